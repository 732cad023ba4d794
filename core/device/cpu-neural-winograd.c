#include "config.h"

#include "core/device/cpu-winograd.h"

#include <omp.h>

#include "core/device/cpu-neural-levels.h"
#include "core/device/cpu-product.h"

/* The three convolutions by the transforms of cpu-winograd.h. */

#define POINTS 36
#define SKEW   16 /* floats between rows, so that equal indices fall into other sets of the cache */

/* Tiles in one block: V and M, 36 (c_in + c_out) floats a tile, near 0.5 MB, but enough rows for each U. */
#define BLOCK_FLOATS 65536
#define BLOCK_LEAST  24
#define BLOCK_MOST   96
/* Tiles of one block of the gradient, the length of its inner products. */
#define GRADIENT_TILES 96

typedef struct
{
  size_t rows, columns; /* of tiles in an image */
  size_t total;
} Tiles;

/* Channels of the output, with those that fill the last panel. */
static size_t
padded (size_t c)
{
  return (c + PANEL - 1) / PANEL * PANEL;
}

/* How many of the rows that are left go next: sixes, but no short end, which would wait for itself. */
static inline size_t
next_rows (size_t left)
{
  if (left <= MOST_ROWS)
    return left;
  return left < 2 * MOST_ROWS ? (left + 1) / 2 : MOST_ROWS;
}

static Tiles
count_tiles (const MsmWinogradShape *s)
{
  size_t rows = (s->h + 3) / 4;
  size_t columns = (s->w + 3) / 4;

  return (Tiles) { rows, columns, s->n * rows * columns };
}

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

/* Where the 6 × 6 inputs of a tile are; outside the image: zeros. */
static void
input_pointers (const float **p, const float *x, const float *zeros, const MsmWinogradShape *s,
                const Tiles *tiles, size_t tile, size_t c)
{
  const size_t    n = tile / (tiles->rows * tiles->columns);
  const ptrdiff_t top = (ptrdiff_t) (tile / tiles->columns % tiles->rows * 4) - 1;
  const ptrdiff_t left = (ptrdiff_t) (tile % tiles->columns * 4) - 1;

  for (ptrdiff_t i = 0; i < 6; i++)
    for (ptrdiff_t j = 0; j < 6; j++)
      {
        ptrdiff_t row = top + i;
        ptrdiff_t col = left + j;
        int       inside = row >= 0 && row < (ptrdiff_t) s->h && col >= 0 && col < (ptrdiff_t) s->w;

        p[6 * i + j] = inside ? x + ((n * s->h + (size_t) row) * s->w + (size_t) col) * c : zeros;
      }
}

static void
input_tile (float *v, size_t stride, const float *const *p, size_t c)
{
  for (size_t k = 0; k < c; k += LANES)
    {
      vec t[POINTS];

      for (int i = 0; i < POINTS; i++)
        t[i] = vec_get (p[i] + k, c - k);
      input_2d (t);
      for (int i = 0; i < POINTS; i++)
        vec_put (v + (size_t) i * stride + k, t[i], c - k);
    }
}

/* The first row and column of a tile's outputs, and how many are in the image. */
typedef struct
{
  size_t pixel; /* of the first, in [n, h, w] */
  size_t rows, columns;
} Patch;

static Patch
output_patch (const MsmWinogradShape *s, const Tiles *tiles, size_t tile)
{
  const size_t n = tile / (tiles->rows * tiles->columns);
  const size_t row = tile / tiles->columns % tiles->rows * 4;
  const size_t col = tile % tiles->columns * 4;
  const size_t rows = s->h - row;
  const size_t columns = s->w - col;

  return (Patch) { (n * s->h + row) * s->w + col, rows < 4 ? rows : 4, columns < 4 ? columns : 4 };
}

static void
output_tile (float *y, const float *m, size_t stride, const float *b, const Patch *patch, size_t width,
             size_t c, int accumulate)
{
  for (size_t k = 0; k < c; k += LANES)
    {
      vec t[POINTS];
      vec bias = b == NULL ? vec_set (0) : vec_get (b + k, c - k);

      for (int i = 0; i < POINTS; i++)
        t[i] = vec_load (m + (size_t) i * stride + k);
      output_2d (t);
      for (size_t i = 0; i < patch->rows; i++)
        for (size_t j = 0; j < patch->columns; j++)
          {
            float *dst = y + (patch->pixel + i * width + j) * c + k;
            vec    value = t[6 * i + j] + bias;

            vec_put (dst, accumulate ? vec_get (dst, c - k) + value : value, c - k);
          }
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
  const Tiles  tiles = count_tiles (s);
  const size_t block = block_tiles (s, tiles.total, threads);
  const size_t v_width = POINTS * s->c_in + SKEW;
  const size_t c_out = padded (s->c_out);
  const size_t m_width = POINTS * c_out + SKEW;
  const size_t n_blocks = (tiles.total + block - 1) / block;
  float       *zeros = scratch;

  memset (zeros, 0, s->c_in * sizeof (float));
#pragma omp parallel for num_threads (threads) schedule (static)
  for (size_t i = 0; i < n_blocks; i++)
    {
      float       *v = scratch + s->c_in + (size_t) omp_get_thread_num () * block * (v_width + m_width);
      float       *m = v + block * v_width;
      const size_t first = i * block;
      const size_t count = tiles.total - first < block ? tiles.total - first : block;

      for (size_t t = 0; t < count; t++)
        {
          const float *p[POINTS];

          input_pointers (p, x, zeros, s, &tiles, first + t, s->c_in);
          input_tile (v + t * v_width, s->c_in, p, s->c_in);
        }
      for (size_t k = 0; k < POINTS; k++)
        multiply (m + k * c_out, m_width, v + k * s->c_in, v_width, u + k * s->c_in * c_out, count, s->c_in,
                  c_out);
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
  const size_t forward = s->c_in * padded (s->c_out);
  const size_t back = s->c_out * padded (s->c_in);

  return POINTS * (forward > back ? forward : back);
}

void
MSM_LEVEL (winograd_weights) (float *u, const float *w, const MsmWinogradShape *s, int back)
{
  /* The product's inner index and its columns. */
  const size_t inner = back ? s->c_out : s->c_in;
  const size_t outer = back ? s->c_in : s->c_out;
  const size_t step = back ? 9 : 9 * s->c_in;
  const size_t stride = inner * padded (outer);

  MSM_PARALLEL_FOR_SIZE (POINTS * stride)
  for (size_t column = 0; column < outer; column += PANEL)
    for (size_t k = 0; k < inner; k++)
      weights_panel (u + (column * inner + k * PANEL), stride,
                     w + column * step + k * (back ? 9 * s->c_in : 9), step,
                     outer - column < PANEL ? outer - column : PANEL, back);
}

/* dy [4, 4] of one tile to z, in panels [c / 16] [tile] [16]. */
static void
spread_tile (float *z, size_t stride, size_t panel_stride, const float *dy, const Patch *patch, size_t width,
             size_t c)
{
  for (size_t k = 0; k < padded (c); k += LANES)
    {
      vec    t[POINTS];
      float *dst = z + k / PANEL * panel_stride + k % PANEL;

      for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
          t[6 * i + j] = i < patch->rows && j < patch->columns && k < c
                           ? vec_get (dy + (patch->pixel + i * width + j) * c + k, c - k)
                           : vec_set (0);
      spread_2d (t);
      for (size_t i = 0; i < POINTS; i++)
        vec_store (dst + i * stride, t[i]);
    }
}

/* du [c_in, 16] of a wider matrix (+)= Σ_t v[t, c_in] z[t, 16] */
static void
multiply_panel (float *du, size_t c_in, size_t width, const float *v, size_t v_width, const float *z,
                size_t length, int accumulate)
{
  ProductOutput to = { NULL, width, PANEL, 1.0f, NULL, accumulate };

  for (size_t r = 0, step; r < c_in; r += step)
    {
      step = next_rows (c_in - r);
      to.out = du + r * width;
      product_some (step, &to, v + r, 1, v_width, z, PANEL, length);
    }
}

/* dw [c_out, c_in, 3, 3] += Gᵀ du G */
static void
gather_weights (float *dw, const float *du, const MsmWinogradShape *s)
{
  const size_t width = padded (s->c_out);
  const size_t stride = s->c_in * width;

#pragma omp for schedule(static)
  for (size_t o = 0; o < s->c_out; o += LANES)
    for (size_t i = 0; i < s->c_in; i++)
      {
        vec t[POINTS];

        for (size_t k = 0; k < POINTS; k++)
          t[k] = vec_load (du + k * stride + i * width + o);
        gather_2d (t);
        for (size_t lane = 0; lane < LANES && o + lane < s->c_out; lane++)
          for (size_t k = 0; k < 9; k++)
            dw[((o + lane) * s->c_in + i) * 9 + k] += t[6 * (k / 3) + k % 3][lane];
      }
}

void
MSM_LEVEL (winograd_gradient) (float *dw, float *du, const float *x, const float *dy, float *scratch,
                               const MsmWinogradShape *s, int threads)
{
  const Tiles  tiles = count_tiles (s);
  const size_t v_width = s->c_in + SKEW;
  const size_t v_stride = GRADIENT_TILES * v_width + SKEW;
  const size_t c_out = padded (s->c_out);
  const size_t z_stride = GRADIENT_TILES * c_out + SKEW;
  const size_t n_panels = c_out / PANEL;
  float       *zeros = scratch;
  float       *v = scratch + s->c_in;
  float       *z = v + POINTS * v_stride;

  memset (zeros, 0, s->c_in * sizeof (float));
#pragma omp parallel num_threads (threads)
  {
    for (size_t first = 0; first < tiles.total; first += GRADIENT_TILES)
      {
        const size_t rest = tiles.total - first;
        const size_t count = rest < GRADIENT_TILES ? rest : GRADIENT_TILES;

#pragma omp for schedule(static)
        for (size_t t = 0; t < count; t++)
          {
            const float *p[POINTS];
            Patch        patch = output_patch (s, &tiles, first + t);

            input_pointers (p, x, zeros, s, &tiles, first + t, s->c_in);
            input_tile (v + t * v_width, v_stride, p, s->c_in);
            spread_tile (z + t * PANEL, z_stride, GRADIENT_TILES * PANEL, dy, &patch, s->w, s->c_out);
          }
#pragma omp for schedule(static)
        for (size_t i = 0; i < POINTS * n_panels; i++)
          {
            const size_t k = i / n_panels;
            const size_t panel = i % n_panels;

            multiply_panel (du + k * s->c_in * c_out + panel * PANEL, s->c_in, c_out, v + k * v_stride,
                            v_width, z + k * z_stride + panel * GRADIENT_TILES * PANEL, count, first > 0);
          }
      }
    gather_weights (dw, du, s);
  }
}

size_t
MSM_LEVEL (winograd_scratch_size) (const MsmWinogradShape *s, int threads)
{
  const Tiles  tiles = count_tiles (s);
  const size_t block = block_tiles (s, tiles.total, threads);
  const size_t c_out = padded (s->c_out);
  const size_t forward = (size_t) threads * block * (POINTS * (s->c_in + c_out) + 2 * SKEW);
  const size_t gradient = POINTS * (GRADIENT_TILES * (s->c_in + SKEW + c_out) + 2 * SKEW);

  return s->c_in + (forward > gradient ? forward : gradient);
}
