#include "config.h"

#include "core/device/cpu-norm.h"

/*
 * The backward pass of cpu-neural-norm.c: the first walk turns dy into dv = dy silu'(v), in place, and sums it;
 * the second makes dx of that. So the exponential is taken once.
 */

/* dv of the first n of eight channels, Σ dv and Σ dv (x − mean). */
static inline __attribute__ ((always_inline)) void
slopes_eight (double *sums, float *dy, const float *x, const Eight *eight, size_t positions, size_t c, size_t n,
              int silu)
{
  vec sum = vec_set (0);
  vec product = vec_set (0);

  for (size_t q = 0; q < positions; q++)
    {
      vec value = vec_get (x + q * c, n);
      vec dv = vec_get (dy + q * c, n);

      if (silu)
        {
          dv *= vec_silu_slope (normalise (eight, value));
          vec_put (dy + q * c, dv, n);
        }
      sum += dv;
      product += dv * (value - eight->mean);
    }
  add_to_doubles (sums, sum, n);
  add_to_doubles (sums + c, product, n);
}

/* sums[2][c] at @channel = Σ dv, Σ dv (x − mean) of one part; dy becomes dv. */
static void
slopes (double *sums, float *dy, const float *x, const Coefficients *coef, size_t first, size_t last, size_t c,
        size_t channel, size_t count, int silu)
{
  for (size_t i = 0; i < count; i++)
    sums[channel + i] = sums[c + channel + i] = 0;
  for (size_t p = first; p < last; p += SHORT_SUM)
    {
      const size_t positions = last - p < SHORT_SUM ? last - p : SHORT_SUM;

      for (size_t i = 0; i < count; i += LANES)
        {
          const size_t at = p * c + channel + i;
          const Eight eight = eight_at (coef, i);
          double *to = sums + channel + i;

          if (count - i < LANES)
            slopes_eight (to, dy + at, x + at, &eight, positions, c, count - i, silu);
          else if (silu)
            slopes_eight (to, dy + at, x + at, &eight, positions, c, LANES, 1);
          else
            slopes_eight (to, dy + at, x + at, &eight, positions, c, LANES, 0);
        }
    }
}

/* The first n of eight channels of dx. */
static inline __attribute__ ((always_inline)) void
backward_eight (float *dx, const float *dv, const float *x, const Eight *eight, vec mean_g, vec mean_gx,
                size_t positions, size_t c, size_t n, int accumulate)
{
  for (size_t q = 0; q < positions; q++)
    {
      vec value = eight->scale * vec_get (dv + q * c, n) - mean_g - (vec_get (x + q * c, n) - eight->mean) * mean_gx;

      vec_put (dx + q * c, accumulate ? vec_get (dx + q * c, n) + value : value, n);
    }
}

/* dx = rstd (g − mean g − x̂ mean (g x̂)), g = γ (1 + s) dv; means: of the block's channels. */
static void
apply_backward (float *dx, const float *dv, const float *x, const Coefficients *coef, const float *mean_g,
                const float *mean_gx, size_t first, size_t last, size_t c, size_t channel, size_t count, int accumulate)
{
  for (size_t p = first; p < last; p += SHORT_SUM)
    {
      const size_t positions = last - p < SHORT_SUM ? last - p : SHORT_SUM;

      for (size_t i = 0; i < count; i += LANES)
        {
          const size_t at = p * c + channel + i;
          const Eight eight = eight_at (coef, i);
          const vec g = vec_get (mean_g + i, count - i);
          const vec gx = vec_get (mean_gx + i, count - i);

          if (count - i < LANES)
            backward_eight (dx + at, dv + at, x + at, &eight, g, gx, positions, c, count - i, accumulate);
          else if (accumulate)
            backward_eight (dx + at, dv + at, x + at, &eight, g, gx, positions, c, LANES, 1);
          else
            backward_eight (dx + at, dv + at, x + at, &eight, g, gx, positions, c, LANES, 0);
        }
    }
}

/*
 * From A = Σ dv and B = Σ dv x̂ of each image and channel: ds = γ B + β A, dt = A, dγ = Σ (1 + s) B,
 * dβ = Σ (1 + s) A; into @means [2, c]: rstd mean g and rstd² mean (g x̂) of the channel's group.
 */
static void
finish_sums (float *means, double *sums, float *dgamma, float *dbeta, float *dscale_shift, const float *stats,
             const float *gamma, const float *beta, const float *scale_shift, const MsmNormShape *s, size_t n)
{
  const size_t c = s->c;
  const size_t width = c / s->groups;
  double *a = sums;
  double *b = sums + c;

  for (size_t part = 1; part < MSM_SUM_PARTS; part++)
    for (size_t k = 0; k < 2 * c; k++)
      sums[k] += sums[part * 2 * c + k];
  for (size_t g = 0; g < s->groups; g++)
    {
      const double rstd = stats[2 * (n * s->groups + g) + 1];
      double mean_g = 0;
      double mean_gx = 0;

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

/* What a pass over some images needs. */
typedef struct
{
  float *dx, *dy, *dgamma, *dbeta, *dscale_shift;
  const float *x, *stats, *gamma, *beta, *scale_shift;
  float *means; /* [n, 2, c] */
  double *sums; /* [MSM_SUM_PARTS, 2, c] of each */
  const MsmNormShape *shape;
  int accumulate;
} Backward;

/* The first walk (@second 0) or the second over part @part of image @n, whose sums are image @i's. */
static void
walk_part (const Backward *b, size_t n, size_t i, size_t part, int second)
{
  const MsmNormShape *s = b->shape;
  const size_t base = n * s->hw * s->c;
  size_t first;
  size_t last;

  part_range (part, s->hw, &first, &last);
  for (size_t channel = 0; channel < s->c; channel += BLOCK)
    {
      const size_t count = s->c - channel < BLOCK ? s->c - channel : BLOCK;
      const float *means = b->means + 2 * n * s->c + channel;
      Coefficients coef;

      coefficients (&coef, b->stats, b->gamma, b->beta, b->scale_shift, s, n, channel, count);
      if (second)
        apply_backward (b->dx + base, b->dy + base, b->x + base, &coef, means, means + s->c, first, last, s->c, channel,
                        count, b->accumulate);
      else
        slopes (b->sums + (i * MSM_SUM_PARTS + part) * 2 * s->c, b->dy + base, b->x + base, &coef, first, last, s->c,
                channel, count, s->silu);
    }
}

static void
backward_images (const Backward *b, size_t first_image, size_t images)
{
  const MsmNormShape *s = b->shape;
  const size_t size = images * s->hw * s->c;

  MSM_PARALLEL_FOR_SIZE (size)
  for (size_t i = 0; i < images * MSM_SUM_PARTS; i++)
    walk_part (b, first_image + i / MSM_SUM_PARTS, i / MSM_SUM_PARTS, i % MSM_SUM_PARTS, 0);
  for (size_t n = 0; n < images; n++)
    finish_sums (b->means + 2 * (first_image + n) * s->c, b->sums + n * MSM_SUM_PARTS * 2 * s->c, b->dgamma, b->dbeta,
                 b->dscale_shift, b->stats, b->gamma, b->beta, b->scale_shift, s, first_image + n);
  MSM_PARALLEL_FOR_SIZE (size)
  for (size_t i = 0; i < images * MSM_SUM_PARTS; i++)
    walk_part (b, first_image + i / MSM_SUM_PARTS, i / MSM_SUM_PARTS, i % MSM_SUM_PARTS, 1);
}

void
MSM_LEVEL (norm_backward) (MsmDeviceState *state, float *dx, float *dgamma, float *dbeta, float *dscale_shift,
                           float *dy, const float *x, const float *stats, const float *gamma, const float *beta,
                           const float *scale_shift, float *scratch, const MsmNormShape *s, int accumulate)
{
  const Backward b = {
    dx,          dy,           dgamma,
    dbeta,       dscale_shift, x,
    stats,       gamma,        beta,
    scale_shift, scratch,      msm_host_workspace (norm_images (s, s->n) * MSM_SUM_PARTS * 2 * s->c * sizeof (double)),
    s,           accumulate,
  };

  if (b.sums == NULL)
    {
      msm_host_no_memory (state);
      return;
    }
  for (size_t n = 0, images; n < s->n; n += images)
    {
      images = norm_images (s, s->n - n);
      backward_images (&b, n, images);
    }
}
