#include "config.h"

#include "core/device/cpu-neural-levels.h"

#include <math.h>

/*
 * Group normalisation, its scale-shift and SiLU, eight channels at a time. Sums over positions are taken
 * in MSM_SUM_PARTS parts of each image: 16 positions in float, the rest in double, in a fixed order, so
 * that the threads change nothing.
 */

#define NORM_EPSILON 1e-5
#define SHORT_SUM    16  /* positions that are summed in float */
#define BLOCK        256 /* channels whose coefficients are on the stack */

/* Part @part of @hw positions: first and last + 1. */
static inline void
part_range (size_t part, size_t hw, size_t *first, size_t *last)
{
  const size_t size = (hw + MSM_SUM_PARTS - 1) / MSM_SUM_PARTS;

  *first = part * size < hw ? part * size : hw;
  *last = *first + size < hw ? *first + size : hw;
}

static inline void
add_to_doubles (double *sum, vec value, size_t n)
{
  for (size_t lane = 0; lane < (n < LANES ? n : LANES); lane++)
    sum[lane] += (double) value[lane];
}

/* sums[2][c] = Σ x, Σ x² of one part. */
static void
moments (double *sums, const float *x, size_t first, size_t last, size_t c)
{
  memset (sums, 0, 2 * c * sizeof (double));
  for (size_t p = first; p < last; p += SHORT_SUM)
    {
      const size_t end = last - p < SHORT_SUM ? last : p + SHORT_SUM;

      for (size_t k = 0; k < c; k += LANES)
        {
          vec sum = vec_set (0);
          vec square = vec_set (0);

          for (size_t q = p; q < end; q++)
            {
              vec v = vec_get (x + q * c + k, c - k);

              sum += v;
              square += v * v;
            }
          add_to_doubles (sums + k, sum, c - k);
          add_to_doubles (sums + c + k, square, c - k);
        }
    }
}

/* v = (x − mean) scale + shift for the channels of a block; x̂ = (x − mean) rstd. */
typedef struct
{
  float mean[BLOCK], rstd[BLOCK], scale[BLOCK], shift[BLOCK];
} Coefficients;

static void
coefficients (Coefficients *self, const float *stats, const float *gamma, const float *beta,
              const float *scale_shift, const MsmNormShape *s, size_t n, size_t first, size_t count)
{
  const size_t width = s->c / s->groups;

  for (size_t i = 0; i < count; i++)
    {
      const size_t k = first + i;
      const float *stat = stats + 2 * (n * s->groups + k / width);
      const float  scale = scale_shift == NULL ? 1.0f : 1.0f + scale_shift[n * 2 * s->c + k];
      const float  shift = scale_shift == NULL ? 0.0f : scale_shift[n * 2 * s->c + s->c + k];

      self->mean[i] = stat[0];
      self->rstd[i] = stat[1];
      self->scale[i] = stat[1] * gamma[k] * scale;
      self->shift[i] = beta[k] * scale + shift;
    }
}

static inline vec
normalise (const Coefficients *self, size_t i, vec x)
{
  return (x - vec_load (self->mean + i)) * vec_load (self->scale + i) + vec_load (self->shift + i);
}

static void
apply (float *y, const float *x, const Coefficients *coef, size_t first, size_t last, size_t c,
       size_t channel, size_t count, int silu)
{
  for (size_t p = first; p < last; p++)
    for (size_t i = 0; i < count; i += LANES)
      {
        const size_t at = p * c + channel + i;
        vec          v = normalise (coef, i, vec_get (x + at, count - i));

        vec_put (y + at, silu ? vec_silu (v) : v, count - i);
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

void
MSM_LEVEL (norm_forward) (MsmDeviceState *state, float *y, float *stats, const float *x, const float *gamma,
                          const float *beta, const float *scale_shift, const MsmNormShape *s)
{
  const size_t size = s->n * s->hw * s->c;
  double      *sums = msm_host_workspace (s->n * MSM_SUM_PARTS * 2 * s->c * sizeof (double));

  if (sums == NULL)
    {
      msm_host_no_memory (state);
      return;
    }
  MSM_PARALLEL_FOR_SIZE (size)
  for (size_t i = 0; i < s->n * MSM_SUM_PARTS; i++)
    {
      size_t first;
      size_t last;

      part_range (i % MSM_SUM_PARTS, s->hw, &first, &last);
      moments (sums + i * 2 * s->c, x + i / MSM_SUM_PARTS * s->hw * s->c, first, last, s->c);
    }
  for (size_t n = 0; n < s->n; n++)
    group_statistics (stats + 2 * n * s->groups, sums + n * MSM_SUM_PARTS * 2 * s->c, s);
  MSM_PARALLEL_FOR_SIZE (size)
  for (size_t i = 0; i < s->n * MSM_SUM_PARTS; i++)
    {
      const size_t n = i / MSM_SUM_PARTS;
      size_t       first;
      size_t       last;

      part_range (i % MSM_SUM_PARTS, s->hw, &first, &last);
      for (size_t channel = 0; channel < s->c; channel += BLOCK)
        {
          const size_t count = s->c - channel < BLOCK ? s->c - channel : BLOCK;
          Coefficients coef;

          coefficients (&coef, stats, gamma, beta, scale_shift, s, n, channel, count);
          apply (y + n * s->hw * s->c, x + n * s->hw * s->c, &coef, first, last, s->c, channel, count,
                 s->silu);
        }
    }
}

/* sums[2][c] at @channel = Σ dv, Σ dv (x − mean) of one part; dv = dy silu'(v). */
static void
slopes (double *sums, const float *dy, const float *x, const Coefficients *coef, size_t first, size_t last,
        size_t c, size_t channel, size_t count, int silu)
{
  for (size_t i = 0; i < count; i++)
    sums[channel + i] = sums[c + channel + i] = 0;
  for (size_t p = first; p < last; p += SHORT_SUM)
    {
      const size_t end = last - p < SHORT_SUM ? last : p + SHORT_SUM;

      for (size_t i = 0; i < count; i += LANES)
        {
          vec sum = vec_set (0);
          vec product = vec_set (0);

          for (size_t q = p; q < end; q++)
            {
              const size_t at = q * c + channel + i;
              vec          value = vec_get (x + at, count - i);
              vec          dv = vec_get (dy + at, count - i);

              if (silu)
                dv *= vec_silu_slope (normalise (coef, i, value));
              sum += dv;
              product += dv * (value - vec_load (coef->mean + i));
            }
          add_to_doubles (sums + channel + i, sum, count - i);
          add_to_doubles (sums + c + channel + i, product, count - i);
        }
    }
}

/* dx = rstd (g − mean g − x̂ mean (g x̂)), g = γ (1 + s) dv */
static void
apply_backward (float *dx, const float *dy, const float *x, const Coefficients *coef, const float *mean_g,
                const float *mean_gx, size_t first, size_t last, size_t c, size_t channel, size_t count,
                int silu, int accumulate)
{
  for (size_t p = first; p < last; p++)
    for (size_t i = 0; i < count; i += LANES)
      {
        const size_t at = p * c + channel + i;
        vec          value = vec_get (x + at, count - i);
        vec          dv = vec_get (dy + at, count - i);
        vec          dx_value;

        if (silu)
          dv *= vec_silu_slope (normalise (coef, i, value));
        dx_value = vec_load (coef->scale + i) * dv - vec_load (mean_g + i)
                   - (value - vec_load (coef->mean + i)) * vec_load (mean_gx + i);
        if (accumulate)
          dx_value += vec_get (dx + at, count - i);
        vec_put (dx + at, dx_value, count - i);
      }
}

/*
 * From A = Σ dv and B = Σ dv x̂ of each image and channel: ds = γ B + β A, dt = A, dγ = Σ (1 + s) B,
 * dβ = Σ (1 + s) A; into @means [2, c]: rstd mean g and rstd² mean (g x̂) of the channel's group.
 */
static void
finish_sums (float *means, double *sums, float *dgamma, float *dbeta, float *dscale_shift,
             const float *stats, const float *gamma, const float *beta, const float *scale_shift,
             const MsmNormShape *s, size_t n)
{
  const size_t c = s->c;
  const size_t width = c / s->groups;
  double      *a = sums;
  double      *b = sums + c;

  for (size_t part = 1; part < MSM_SUM_PARTS; part++)
    for (size_t k = 0; k < 2 * c; k++)
      sums[k] += sums[part * 2 * c + k];
  for (size_t g = 0; g < s->groups; g++)
    {
      const double rstd = stats[2 * (n * s->groups + g) + 1];
      double       mean_g = 0;
      double       mean_gx = 0;

      for (size_t k = g * width; k < (g + 1) * width; k++)
        {
          const double scale = scale_shift == NULL ? 1.0 : 1.0 + scale_shift[n * 2 * c + k];

          b[k] *= rstd;
          mean_g += a[k] * scale * gamma[k];
          mean_gx += b[k] * scale * gamma[k];
          dgamma[k] += (float) (scale * b[k]);
          dbeta[k] += (float) (scale * a[k]);
          if (scale_shift != NULL && dscale_shift != NULL)
            {
              dscale_shift[n * 2 * c + k] = (float) (gamma[k] * b[k] + beta[k] * a[k]);
              dscale_shift[n * 2 * c + c + k] = (float) a[k];
            }
        }
      for (size_t k = g * width; k < (g + 1) * width; k++)
        {
          means[k] = (float) (rstd * mean_g / (double) (s->hw * width));
          means[c + k] = (float) (rstd * rstd * mean_gx / (double) (s->hw * width));
        }
    }
}

void
MSM_LEVEL (norm_backward) (MsmDeviceState *state, float *dx, float *dgamma, float *dbeta,
                           float *dscale_shift, const float *dy, const float *x, const float *stats,
                           const float *gamma, const float *beta, const float *scale_shift, float *scratch,
                           const MsmNormShape *s, int accumulate)
{
  const size_t size = s->n * s->hw * s->c;
  const size_t n_sums = MSM_SUM_PARTS * 2 * s->c; /* of one image */
  double      *sums = msm_host_workspace (s->n * n_sums * sizeof (double));
  float       *means = scratch; /* [n, 2, c] */

  if (sums == NULL)
    {
      msm_host_no_memory (state);
      return;
    }
  MSM_PARALLEL_FOR_SIZE (size)
  for (size_t i = 0; i < s->n * MSM_SUM_PARTS; i++)
    {
      const size_t n = i / MSM_SUM_PARTS;
      const size_t base = n * s->hw * s->c;
      size_t       first;
      size_t       last;

      part_range (i % MSM_SUM_PARTS, s->hw, &first, &last);
      for (size_t channel = 0; channel < s->c; channel += BLOCK)
        {
          const size_t count = s->c - channel < BLOCK ? s->c - channel : BLOCK;
          Coefficients coef;

          coefficients (&coef, stats, gamma, beta, scale_shift, s, n, channel, count);
          slopes (sums + i * 2 * s->c, dy + base, x + base, &coef, first, last, s->c, channel, count,
                  s->silu);
        }
    }
  for (size_t n = 0; n < s->n; n++)
    finish_sums (means + 2 * n * s->c, sums + n * n_sums, dgamma, dbeta, dscale_shift, stats, gamma, beta,
                 scale_shift, s, n);
  MSM_PARALLEL_FOR_SIZE (size)
  for (size_t i = 0; i < s->n * MSM_SUM_PARTS; i++)
    {
      const size_t n = i / MSM_SUM_PARTS;
      const size_t base = n * s->hw * s->c;
      size_t       first;
      size_t       last;

      part_range (i % MSM_SUM_PARTS, s->hw, &first, &last);
      for (size_t channel = 0; channel < s->c; channel += BLOCK)
        {
          const size_t count = s->c - channel < BLOCK ? s->c - channel : BLOCK;
          float        mean_g[BLOCK];
          float        mean_gx[BLOCK];
          Coefficients coef;

          memcpy (mean_g, means + 2 * n * s->c + channel, count * sizeof (float));
          memcpy (mean_gx, means + 2 * n * s->c + s->c + channel, count * sizeof (float));
          coefficients (&coef, stats, gamma, beta, scale_shift, s, n, channel, count);
          apply_backward (dx + base, dy + base, x + base, &coef, mean_g, mean_gx, first, last, s->c,
                          channel, count, s->silu, accumulate);
        }
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
      size_t  first;
      size_t  last;

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
