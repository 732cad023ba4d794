#include "config.h"

#include "core/device/cpu-neural-levels.h"

#include <omp.h>

#include "core/device/cpu-product.h"

/*
 * 3 × 3 convolution from, or to, a few channels: a network's first and last. Winograd's transforms of the many
 * channels on the other side would cost more than the sums, so these are direct. The three rows around a row of
 * outputs are laid out column by column, with zeros around the image: the 9 c_in inputs of an output are then
 * contiguous, and those of the next one begin 3 c_in further.
 */

#define FEW          4 /* channels */
#define MOST_AT_ONCE 4 /* outputs beside each other */

int
MSM_LEVEL (narrow_fits) (const MsmWinogradShape *s)
{
  return s->c_in <= FEW || (s->c_out <= FEW && s->c_in % LANES == 0);
}

static size_t
weights_size (const MsmWinogradShape *s)
{
  return 9 * s->c_in * (s->c_in <= FEW ? (s->c_out + PANEL - 1) / PANEL * PANEL : s->c_out);
}

size_t
MSM_LEVEL (narrow_scratch_size) (const MsmWinogradShape *s, int threads)
{
  return weights_size (s) + (size_t) threads * 3 * s->c_in * (s->w + 2);
}

static inline __attribute__ ((always_inline)) void
copy_pixels (float *dst, size_t step, const float *src, size_t pixels, size_t c)
{
  for (size_t j = 0; j < pixels; j++)
    if (c % LANES == 0)
      for (size_t k = 0; k < c; k += LANES)
        vec_store (dst + j * step + k, vec_load (src + j * c + k));
    else
      for (size_t k = 0; k < c; k++)
        dst[j * step + k] = src[j * c + k];
}

/* The inputs of row @row of an image, [w + 2, 3, c_in]. */
static void
gather_rows (float *to, const float *x, size_t row, const MsmWinogradShape *s)
{
  const size_t c = s->c_in;
  const size_t step = 3 * c;

  memset (to, 0, step * sizeof (float));
  memset (to + (s->w + 1) * step, 0, step * sizeof (float));
  for (size_t i = 0; i < 3; i++)
    {
      float *dst = to + step + i * c;

      if (row + i >= 1 && row + i <= s->h)
        {
          const float *src = x + (row + i - 1) * s->w * c;

          if (c == 2)
            copy_pixels (dst, step, src, s->w, 2);
          else
            copy_pixels (dst, step, src, s->w, c);
        }
      else
        for (size_t j = 0; j < s->w; j++)
          memset (dst + j * step, 0, c * sizeof (float));
    }
}

/* The weights of input @k of the nine times c_in. */
static const float *
weight_at (const float *w, size_t k, const MsmWinogradShape *s)
{
  const size_t column = k / (3 * s->c_in), row = k / s->c_in % 3;

  return w + (k % s->c_in) * 9 + 3 * row + column;
}

/* From a few channels: in panels of 16 outputs. To a few: output by output. */
static void
take_weights (float *u, const float *w, const MsmWinogradShape *s)
{
  const size_t length = 9 * s->c_in;
  const int panels = s->c_in <= FEW;

  memset (u, 0, weights_size (s) * sizeof (float));
  for (size_t o = 0; o < s->c_out; o++)
    for (size_t k = 0; k < length; k++)
      u[panels ? (o / PANEL * length + k) * PANEL + o % PANEL : o * length + k] = *weight_at (w + o * length, k, s);
}

static void
from_few (float *y, const float *rows, const float *u, const float *b, const MsmWinogradShape *s, int accumulate)
{
  const size_t length = 9 * s->c_in;

  for (size_t o = 0; o < s->c_out; o += PANEL)
    {
      ProductOutput to = {
        NULL, s->c_out, s->c_out - o < PANEL ? s->c_out - o : PANEL, 1, b != NULL ? b + o : NULL, accumulate
      };

      for (size_t j = 0; j < s->w; j += MOST_ROWS)
        {
          to.out = y + j * s->c_out + o;
          product_some (s->w - j < MOST_ROWS ? s->w - j : MOST_ROWS, &to, rows + j * 3 * s->c_in, 3 * s->c_in, 1,
                        u + o * length, PANEL, length);
        }
    }
}

/* @outputs channels of @pixels pixels. */
static inline __attribute__ ((always_inline)) void
inner_products (const int outputs, const int pixels, float *y, const float *rows, const float *u, const float *b,
                size_t c_in, int accumulate)
{
  const size_t length = 9 * c_in;
  vec sum[MOST_AT_ONCE][FEW];

#pragma GCC unroll 4
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int o = 0; o < outputs; o++)
      sum[p][o] = vec_set (0);
  for (size_t k = 0; k < length; k += LANES)
#pragma GCC unroll 4
    for (int o = 0; o < outputs; o++)
      {
        vec weights = vec_load (u + (size_t) o * length + k);

#pragma GCC unroll 4
        for (int p = 0; p < pixels; p++)
          sum[p][o] += vec_load (rows + (size_t) p * 3 * c_in + k) * weights;
      }
#pragma GCC unroll 4
  for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
    for (int o = 0; o < outputs; o++)
      {
        float value = vec_sum (sum[p][o]) + (b != NULL ? b[o] : 0);

        y[p * outputs + o] = accumulate ? y[p * outputs + o] + value : value;
      }
}

static inline __attribute__ ((always_inline)) void
to_some (const int outputs, float *y, const float *rows, const float *u, const float *b, const MsmWinogradShape *s,
         int accumulate)
{
  size_t j = 0;

  for (; j + MOST_AT_ONCE <= s->w; j += MOST_AT_ONCE)
    inner_products (outputs, MOST_AT_ONCE, y + j * (size_t) outputs, rows + j * 3 * s->c_in, u, b, s->c_in, accumulate);
  for (; j < s->w; j++)
    inner_products (outputs, 1, y + j * (size_t) outputs, rows + j * 3 * s->c_in, u, b, s->c_in, accumulate);
}

static void
to_few (float *y, const float *rows, const float *u, const float *b, const MsmWinogradShape *s, int accumulate)
{
  switch (s->c_out)
    {
    case 1:
      to_some (1, y, rows, u, b, s, accumulate);
      break;
    case 2:
      to_some (2, y, rows, u, b, s, accumulate);
      break;
    case 3:
      to_some (3, y, rows, u, b, s, accumulate);
      break;
    default:
      to_some (4, y, rows, u, b, s, accumulate);
      break;
    }
}

void
MSM_LEVEL (narrow_forward) (float *y, const float *x, const float *w, const float *b, float *scratch,
                            const MsmWinogradShape *s, int threads, int accumulate)
{
  float *u = scratch;
  float *lines = scratch + weights_size (s);

  take_weights (u, w, s);
#pragma omp parallel for num_threads(threads) schedule(static)
  for (size_t i = 0; i < s->n * s->h; i++)
    {
      float *rows = lines + (size_t) omp_get_thread_num () * 3 * s->c_in * (s->w + 2);
      float *out = y + i * s->w * s->c_out;

      gather_rows (rows, x + i / s->h * s->h * s->w * s->c_in, i % s->h, s);
      if (s->c_in <= FEW)
        from_few (out, rows, u, b, s, accumulate);
      else
        to_few (out, rows, u, b, s, accumulate);
    }
}
