#include "config.h"

#include "core/device/cpu-norm.h"

#include <math.h>

/* Group normalisation, its scale-shift and SiLU, eight channels at a time. */

#define NORM_EPSILON 1e-5

/* Σ x, Σ x² of the first n of eight channels at positions from x on. */
static inline __attribute__ ((always_inline)) void
short_moments (double *sums, const float *x, size_t positions, size_t c, size_t n)
{
  vec sum = vec_set (0);
  vec square = vec_set (0);

  for (size_t q = 0; q < positions; q++)
    {
      vec v = vec_get (x + q * c, n);

      sum += v;
      square += v * v;
    }
  add_to_doubles (sums, sum, n);
  add_to_doubles (sums + c, square, n);
}

/* sums[2][c] = Σ x, Σ x² of one part. */
static void
moments (double *sums, const float *x, size_t first, size_t last, size_t c)
{
  memset (sums, 0, 2 * c * sizeof (double));
  for (size_t p = first; p < last; p += SHORT_SUM)
    {
      const size_t positions = last - p < SHORT_SUM ? last - p : SHORT_SUM;

      for (size_t k = 0; k < c; k += LANES)
        if (c - k >= LANES)
          short_moments (sums + k, x + p * c + k, positions, c, LANES);
        else
          short_moments (sums + k, x + p * c + k, positions, c, c - k);
    }
}

/* The first n of eight channels at positions from x on. */
static inline __attribute__ ((always_inline)) void
apply_eight (float *y, const float *x, const Eight *eight, size_t positions, size_t c, size_t n, int silu)
{
  for (size_t q = 0; q < positions; q++)
    {
      vec v = normalise (eight, vec_get (x + q * c, n));

      vec_put (y + q * c, silu ? vec_silu (v) : v, n);
    }
}

static void
apply (float *y, const float *x, const Coefficients *coef, size_t first, size_t last, size_t c, size_t channel,
       size_t count, int silu)
{
  for (size_t p = first; p < last; p += SHORT_SUM)
    {
      const size_t positions = last - p < SHORT_SUM ? last - p : SHORT_SUM;

      for (size_t i = 0; i < count; i += LANES)
        {
          const size_t at = p * c + channel + i;
          const Eight eight = eight_at (coef, i);

          if (count - i < LANES)
            apply_eight (y + at, x + at, &eight, positions, c, count - i, silu);
          else if (silu)
            apply_eight (y + at, x + at, &eight, positions, c, LANES, 1);
          else
            apply_eight (y + at, x + at, &eight, positions, c, LANES, 0);
        }
    }
}

static void
group_statistics (float *stats, const double *sums, const MsmNormShape *s)
{
  const size_t width = s->c / s->groups;
  const double count = (double) (s->hw * width);

  for (size_t g = 0; g < s->groups; g++)
    {
      double mean = 0;
      double square = 0;

      for (size_t part = 0; part < MSM_SUM_PARTS; part++)
        for (size_t k = g * width; k < (g + 1) * width; k++)
          {
            mean += sums[part * 2 * s->c + k];
            square += sums[part * 2 * s->c + s->c + k];
          }
      mean /= count;
      square = square / count - mean * mean;
      stats[2 * g] = (float) mean;
      stats[2 * g + 1] = (float) (1.0 / sqrt ((square > 0 ? square : 0) + NORM_EPSILON));
    }
}

/* Of @images images from @first_image on; sums: [MSM_SUM_PARTS, 2, c] of each. */
static void
forward_images (float *y, float *stats, const float *x, const float *gamma, const float *beta, const float *scale_shift,
                double *sums, const MsmNormShape *s, size_t first_image, size_t images)
{
  const size_t each = s->hw * s->c;

  MSM_PARALLEL_FOR_SIZE (images * each)
  for (size_t i = 0; i < images * MSM_SUM_PARTS; i++)
    {
      size_t first;
      size_t last;

      part_range (i % MSM_SUM_PARTS, s->hw, &first, &last);
      moments (sums + i * 2 * s->c, x + (first_image + i / MSM_SUM_PARTS) * each, first, last, s->c);
    }
  for (size_t n = 0; n < images; n++)
    group_statistics (stats + 2 * (first_image + n) * s->groups, sums + n * MSM_SUM_PARTS * 2 * s->c, s);
  MSM_PARALLEL_FOR_SIZE (images * each)
  for (size_t i = 0; i < images * MSM_SUM_PARTS; i++)
    {
      const size_t n = first_image + i / MSM_SUM_PARTS;
      size_t first;
      size_t last;

      part_range (i % MSM_SUM_PARTS, s->hw, &first, &last);
      for (size_t channel = 0; channel < s->c; channel += BLOCK)
        {
          const size_t count = s->c - channel < BLOCK ? s->c - channel : BLOCK;
          Coefficients coef;

          coefficients (&coef, stats, gamma, beta, scale_shift, s, n, channel, count);
          apply (y + n * each, x + n * each, &coef, first, last, s->c, channel, count, s->silu);
        }
    }
}

void
MSM_LEVEL (norm_forward) (MsmDeviceState *state, float *y, float *stats, const float *x, const float *gamma,
                          const float *beta, const float *scale_shift, const MsmNormShape *s)
{
  double *sums = msm_host_workspace (norm_images (s, s->n) * MSM_SUM_PARTS * 2 * s->c * sizeof (double));

  if (sums == NULL)
    {
      msm_host_no_memory (state);
      return;
    }
  for (size_t n = 0, images; n < s->n; n += images)
    {
      images = norm_images (s, s->n - n);
      forward_images (y, stats, x, gamma, beta, scale_shift, sums, s, n, images);
    }
}

/* sum[c] += Σ x[m, c] */
void
MSM_LEVEL (add_column_sums) (float *sum, const float *x, double *partial, size_t m, size_t c)
{
  MSM_PARALLEL_FOR_SIZE (m * c)
  for (size_t part = 0; part < MSM_SUM_PARTS; part++)
    {
      double *sums = partial + part * c;
      size_t first;
      size_t last;

      part_range (part, m, &first, &last);
      memset (sums, 0, c * sizeof (double));
      for (size_t p = first; p < last; p += SHORT_SUM)
        {
          const size_t end = last - p < SHORT_SUM ? last : p + SHORT_SUM;

          for (size_t k = 0; k < c; k += LANES)
            {
              vec total = vec_set (0);

              for (size_t q = p; q < end; q++)
                total += vec_get (x + q * c + k, c - k);
              add_to_doubles (sums + k, total, c - k);
            }
        }
    }
  for (size_t k = 0; k < c; k++)
    {
      double total = 0;

      for (size_t part = 0; part < MSM_SUM_PARTS; part++)
        total += partial[part * c + k];
      sum[k] += (float) total;
    }
}
