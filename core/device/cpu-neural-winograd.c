#include "config.h"

#include <omp.h>

#include "core/device/cpu-neural-levels.h"
#include "core/device/cpu-winograd-tiles.h"

/* The forward convolution and that to the input by the transforms of cpu-winograd.h. */

/* Tiles in one block: V and M, 36 (c_in + c_out) floats a tile, near 0.5 MB, but enough rows for each U. */
#define BLOCK_FLOATS 65536
#define BLOCK_LEAST  24
#define BLOCK_MOST   96

/* A multiple of 6, the rows of a product. The number of tiles in a block changes no sum. */
static size_t
block_tiles (const MsmWinogradShape *s, size_t total, int threads)
{
  size_t block = BLOCK_FLOATS / (POINTS * (s->c_in + s->c_out));
  size_t share = (total + (size_t) threads - 1) / (size_t) threads;

  block = block < BLOCK_LEAST ? BLOCK_LEAST : block > BLOCK_MOST ? BLOCK_MOST : block;
  block = block < share ? block : share;
  return (block + 5) / 6 * 6;
}

/* Eight channels of a tile that is inside the image. */
static inline __attribute__ ((always_inline)) void
output_whole (float *y, const float *m, size_t stride, vec bias, size_t row_step, size_t step, int accumulate)
{
  vec t[POINTS];

#pragma GCC unroll 6
  for (int j = 0; j < 6; j++)
    {
      vec d[6];

#pragma GCC unroll 6
      for (int i = 0; i < 6; i++)
        d[i] = vec_load (m + (size_t) (6 * i + j) * stride);
      output_1d (t + j, d, 6, 1);
    }
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; i++)
    {
      vec d[4];

      output_1d (d, t + 6 * i, 1, 1);
#pragma GCC unroll 4
      for (size_t j = 0; j < 4; j++)
        {
          float *dst = y + i * row_step + j * step;

          d[j] += bias;
          vec_store (dst, accumulate ? vec_load (dst) + d[j] : d[j]);
        }
    }
}

static void
output_part (float *y, const float *m, size_t stride, vec bias, const Patch *patch, size_t row_step, size_t step,
             size_t channels, int accumulate)
{
  vec t[POINTS];

  for (int i = 0; i < POINTS; i++)
    t[i] = vec_load (m + (size_t) i * stride);
  output_2d (t);
  for (size_t i = 0; i < patch->rows; i++)
    for (size_t j = 0; j < patch->columns; j++)
      {
        float *dst = y + i * row_step + j * step;
        vec value = t[6 * i + j] + bias;

        vec_put (dst, accumulate ? vec_get (dst, channels) + value : value, channels);
      }
}

static void
output_tile (float *y, const float *m, size_t stride, const float *b, const Patch *patch, size_t width, size_t c,
             int accumulate)
{
  y += patch->pixel * c;
  for (size_t k = 0; k < c; k += LANES)
    {
      vec bias = b == NULL ? vec_set (0) : vec_get (b + k, c - k);

      if (patch->rows < 4 || patch->columns < 4 || c - k < LANES)
        output_part (y + k, m + k, stride, bias, patch, width * c, c, c - k, accumulate);
      else if (accumulate)
        output_whole (y + k, m + k, stride, bias, width * c, c, 1);
      else
        output_whole (y + k, m + k, stride, bias, width * c, c, 0);
    }
}

/* m [rows, c_out] = v [rows, c_in] u, u in panels [c_out / 16] [c_in, 16] */
static void
multiply (float *m, size_t m_width, const float *v, size_t v_width, const float *u, size_t rows, size_t c_in,
          size_t c_out)
{
  ProductOutput to = { NULL, m_width, PANEL, 1.0f, NULL, 0 };

  for (size_t o = 0; o < c_out; o += PANEL)
    for (size_t r = 0, step; r < rows; r += step)
      {
        step = next_rows (rows - r);
        to.out = m + r * m_width + o;
        product_some (step, &to, v + r * v_width, v_width, 1, u + o * c_in, PANEL, c_in);
      }
}

void
MSM_LEVEL (winograd_forward) (float *y, const float *x, const float *u, const float *b, float *scratch,
                              const MsmWinogradShape *s, int threads, int accumulate)
{
  const Tiles tiles = count_tiles (s);
  const size_t block = block_tiles (s, tiles.total, threads);
  const size_t v_width = POINTS * s->c_in + SKEW;
  const size_t c_out = padded (s->c_out);
  const size_t m_width = POINTS * c_out + SKEW;
  const size_t u_stride = weights_stride (s->c_in, s->c_out);
  const size_t n_blocks = (tiles.total + block - 1) / block;
  float *zeros = scratch;

  memset (zeros, 0, s->c_in * sizeof (float));
#pragma omp parallel for num_threads(threads) schedule(static)
  for (size_t i = 0; i < n_blocks; i++)
    {
      float *v = scratch + s->c_in + (size_t) omp_get_thread_num () * block * (v_width + m_width);
      float *m = v + block * v_width;
      const size_t first = i * block;
      const size_t count = tiles.total - first < block ? tiles.total - first : block;

      for (size_t t = 0; t < count; t++)
        {
          const float *p[POINTS];

          input_pointers (p, x, zeros, s, &tiles, first + t, s->c_in);
          input_tile (v + t * v_width, s->c_in, p, s->c_in);
        }
      for (size_t k = 0; k < POINTS; k++)
        multiply (m + k * c_out, m_width, v + k * s->c_in, v_width, u + k * u_stride, count, s->c_in, c_out);
      for (size_t t = 0; t < count; t++)
        {
          Patch patch = output_patch (s, &tiles, first + t);

          output_tile (y, m + t * m_width, c_out, b, &patch, s->w, s->c_out, accumulate);
        }
    }
}

/* Sixteen columns of weights at a time, those beyond @columns zero; taps from the last for @back. */
static void
weights_panel (float *u, size_t stride, const float *w, size_t step, size_t columns, int back)
{
  float rows[9][PANEL] = { 0 };

  for (size_t o = 0; o < columns; o++)
    for (int k = 0; k < 9; k++)
      rows[back ? 8 - k : k][o] = w[o * step + (size_t) k];
  for (size_t half = 0; half < PANEL; half += LANES)
    {
      vec t[POINTS];

      for (int k = 0; k < 9; k++)
        t[6 * (k / 3) + k % 3] = vec_load (rows[k] + half);
      weights_2d (t);
      for (size_t k = 0; k < POINTS; k++)
        vec_store (u + k * stride + half, t[k]);
    }
}

size_t
MSM_LEVEL (winograd_weights_size) (const MsmWinogradShape *s)
{
  const size_t forward = weights_stride (s->c_in, s->c_out);
  const size_t back = weights_stride (s->c_out, s->c_in);

  return POINTS * (forward > back ? forward : back);
}

void
MSM_LEVEL (winograd_weights) (float *u, const float *w, const MsmWinogradShape *s, int back)
{
  /* The product's inner index and its columns. */
  const size_t inner = back ? s->c_out : s->c_in;
  const size_t outer = back ? s->c_in : s->c_out;
  const size_t step = back ? 9 : 9 * s->c_in;
  const size_t stride = weights_stride (inner, outer);

  MSM_PARALLEL_FOR_SIZE (POINTS * stride)
  for (size_t column = 0; column < outer; column += PANEL)
    for (size_t k = 0; k < inner; k++)
      weights_panel (u + (column * inner + k * PANEL), stride, w + column * step + k * (back ? 9 * s->c_in : 9), step,
                     outer - column < PANEL ? outer - column : PANEL, back);
}

size_t
MSM_LEVEL (winograd_scratch_size) (const MsmWinogradShape *s, int threads)
{
  const Tiles tiles = count_tiles (s);
  const size_t block = block_tiles (s, tiles.total, threads);
  const size_t c_out = padded (s->c_out);
  const size_t forward = (size_t) threads * block * (POINTS * (s->c_in + c_out) + 2 * SKEW);
  const size_t gradient = POINTS * (GRADIENT_TILES * (s->c_in + SKEW + c_out) + 2 * SKEW);

  return s->c_in + (forward > gradient ? forward : gradient);
}
