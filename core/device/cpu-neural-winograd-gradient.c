#include "config.h"

#include "core/device/cpu-neural-levels.h"
#include "core/device/cpu-winograd-tiles.h"

/* The convolution to the weights by the transforms of cpu-winograd.h. */

/* Eight channels of dy [4, 4], all of them in the image. */
static inline void
spread_whole (float *z, size_t stride, const float *dy, size_t row_step, size_t step)
{
  vec t[POINTS];

#pragma GCC unroll 4
  for (size_t j = 0; j < 4; j++)
    {
      vec d[4];

#pragma GCC unroll 4
      for (size_t i = 0; i < 4; i++)
        d[i] = vec_load (dy + i * row_step + j * step);
      spread_1d (t + j, d, 6, 1);
    }
#pragma GCC unroll 6
  for (size_t i = 0; i < 6; i++)
    {
      vec d[6];

      spread_1d (d, t + 6 * i, 1, 1);
#pragma GCC unroll 6
      for (size_t j = 0; j < 6; j++)
        vec_store (z + (6 * i + j) * stride, d[j]);
    }
}

static void
spread_part (float *z, size_t stride, const float *dy, const Patch *patch, size_t row_step, size_t step,
             size_t channels)
{
  vec t[POINTS];

  for (size_t i = 0; i < 4; i++)
    for (size_t j = 0; j < 4; j++)
      t[6 * i + j] =
          i < patch->rows && j < patch->columns ? vec_get (dy + i * row_step + j * step, channels) : vec_set (0);
  spread_2d (t);
  for (size_t i = 0; i < POINTS; i++)
    vec_store (z + i * stride, t[i]);
}

/* dy [4, 4] of one tile to z, in panels [c / 16] [tile] [16]. */
static void
spread_tile (float *z, size_t stride, size_t panel_stride, const float *dy, const Patch *patch, size_t width, size_t c)
{
  const int whole = patch->rows == 4 && patch->columns == 4;

  dy += patch->pixel * c;
  for (size_t k = 0; k < padded (c); k += LANES)
    {
      float *dst = z + k / PANEL * panel_stride + k % PANEL;

      if (whole && k + LANES <= c)
        spread_whole (dst, stride, dy + k, width * c, c);
      else if (k < c)
        spread_part (dst, stride, dy + k, patch, width * c, c, c - k);
      else
        for (size_t i = 0; i < POINTS; i++)
          vec_store (dst + i * stride, vec_set (0));
    }
}

/* du [c_in, 16] of a wider matrix (+)= Σ_t v[t, c_in] z[t, 16] */
static void
multiply_panel (float *du, size_t c_in, size_t width, const float *v, size_t v_width, const float *z, size_t length,
                int accumulate)
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
  const size_t stride = weights_stride (s->c_in, s->c_out);

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
  const Tiles tiles = count_tiles (s);
  const size_t v_width = s->c_in + SKEW;
  const size_t v_stride = GRADIENT_TILES * v_width + SKEW;
  const size_t c_out = padded (s->c_out);
  const size_t z_stride = GRADIENT_TILES * c_out + SKEW;
  const size_t n_panels = c_out / PANEL;
  const size_t u_stride = weights_stride (s->c_in, s->c_out);
  float *zeros = scratch;
  float *v = scratch + s->c_in;
  float *z = v + POINTS * v_stride;

  memset (zeros, 0, s->c_in * sizeof (float));
#pragma omp parallel num_threads(threads)
  {
    for (size_t first = 0; first < tiles.total; first += GRADIENT_TILES)
      {
        const size_t rest = tiles.total - first;
        const size_t count = rest < GRADIENT_TILES ? rest : GRADIENT_TILES;

#pragma omp for schedule(static)
        for (size_t t = 0; t < count; t++)
          {
            const float *p[POINTS];
            Patch patch = output_patch (s, &tiles, first + t);

            input_pointers (p, x, zeros, s, &tiles, first + t, s->c_in);
            input_tile (v + t * v_width, v_stride, p, s->c_in);
            spread_tile (z + t * PANEL, z_stride, GRADIENT_TILES * PANEL, dy, &patch, s->w, s->c_out);
          }
#pragma omp for schedule(static)
        for (size_t i = 0; i < POINTS * n_panels; i++)
          {
            const size_t k = i / n_panels;
            const size_t panel = i % n_panels;

            multiply_panel (du + k * u_stride + panel * PANEL, s->c_in, c_out, v + k * v_stride, v_width,
                            z + k * z_stride + panel * GRADIENT_TILES * PANEL, count, first > 0);
          }
      }
    gather_weights (dw, du, s);
  }
}
