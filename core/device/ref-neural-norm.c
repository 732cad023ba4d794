#include "config.h"

#include "core/device/ref-neural.h"

#include <math.h>

#include "core/kernels/nn-elements.inc"

/*
 * Group normalisation with scale-shift and SiLU: one read of x for the statistics, one for the values; sums in
 * double.
 */

#define NORM_EPSILON 1e-5

void
msm_ref_norm_forward (MsmDeviceState *state, float *y, float *stats, const float *x, const float *gamma,
                      const float *beta, const float *scale_shift, const MsmNormShape *shape)
{
  const size_t hw = shape->hw;
  const size_t c = shape->c;
  const size_t width = c / shape->groups;

  for (size_t i = 0; i < shape->n * shape->groups; i++)
    {
      const size_t n = i / shape->groups;
      const size_t first = i % shape->groups * width;
      const float *src = x + n * hw * c;
      float *dst = y + n * hw * c;
      double sum = 0;
      double square = 0;
      float mean;
      float rstd;

      for (size_t p = 0; p < hw; p++)
        for (size_t k = first; k < first + width; k++)
          {
            sum += src[p * c + k];
            square += (double) src[p * c + k] * src[p * c + k];
          }
      sum /= (double) (hw * width);
      square = square / (double) (hw * width) - sum * sum;
      mean = (float) sum;
      rstd = (float) (1.0 / sqrt ((square > 0 ? square : 0) + NORM_EPSILON));
      stats[2 * i] = mean;
      stats[2 * i + 1] = rstd;

      for (size_t p = 0; p < hw; p++)
        for (size_t k = first; k < first + width; k++)
          {
            float scale = scale_shift == NULL ? 1.0f : 1.0f + scale_shift[n * 2 * c + k];
            float shift = scale_shift == NULL ? 0.0f : scale_shift[n * 2 * c + c + k];
            float v = msm_norm_value ((src[p * c + k] - mean) * rstd, gamma[k], beta[k], scale, shift);

            dst[p * c + k] = shape->silu ? msm_silu (v) : v;
          }
    }
}

/*
 * With dv = dy silu'(v): dt = Σ dv, ds = Σ dv u, du = dv (1 + s), dγ = Σ du x̂, dβ = Σ du, and with
 * g = γ du:  dx = r (g − mean g − x̂ mean (g x̂)), the means over the group.
 * Per image and channel the two sums A = Σ dv and B = Σ dv x̂ give all of these.
 */
void
msm_ref_norm_backward (MsmDeviceState *state, float *dx, float *dgamma, float *dbeta, float *dscale_shift, float *dy,
                       const float *x, const float *stats, const float *gamma, const float *beta,
                       const float *scale_shift, float *scratch, const MsmNormShape *shape, int accumulate)
{
  const size_t hw = shape->hw;
  const size_t c = shape->c;
  const size_t width = c / shape->groups;
  double *sums = (double *) scratch; /* [n, c, 2] = (A, B) */

  for (size_t i = 0; i < shape->n * shape->groups; i++)
    {
      const size_t n = i / shape->groups;
      const size_t first = i % shape->groups * width;
      const size_t base = n * hw * c;
      const float mean = stats[2 * i];
      const float rstd = stats[2 * i + 1];
      double mean_g = 0;
      double mean_gx = 0;

      for (size_t k = first; k < first + width; k++)
        sums[2 * (n * c + k)] = sums[2 * (n * c + k) + 1] = 0;
      for (size_t p = 0; p < hw; p++)
        for (size_t k = first; k < first + width; k++)
          {
            float scale = scale_shift == NULL ? 1.0f : 1.0f + scale_shift[n * 2 * c + k];
            float shift = scale_shift == NULL ? 0.0f : scale_shift[n * 2 * c + c + k];
            float xhat = (x[base + p * c + k] - mean) * rstd;
            float dv = dy[base + p * c + k];

            if (shape->silu)
              dv *= msm_silu_slope (msm_norm_value (xhat, gamma[k], beta[k], scale, shift));
            sums[2 * (n * c + k)] += dv;
            sums[2 * (n * c + k) + 1] += (double) dv * xhat;
          }
      for (size_t k = first; k < first + width; k++)
        {
          double scale = scale_shift == NULL ? 1.0 : 1.0 + scale_shift[n * 2 * c + k];

          mean_g += sums[2 * (n * c + k)] * scale * gamma[k];
          mean_gx += sums[2 * (n * c + k) + 1] * scale * gamma[k];
        }
      mean_g /= (double) (hw * width);
      mean_gx /= (double) (hw * width);

      for (size_t p = 0; p < hw; p++)
        for (size_t k = first; k < first + width; k++)
          {
            float scale = scale_shift == NULL ? 1.0f : 1.0f + scale_shift[n * 2 * c + k];
            float shift = scale_shift == NULL ? 0.0f : scale_shift[n * 2 * c + c + k];
            float xhat = (x[base + p * c + k] - mean) * rstd;
            float dv = dy[base + p * c + k];
            float *dst = &dx[base + p * c + k];

            if (shape->silu)
              dv *= msm_silu_slope (msm_norm_value (xhat, gamma[k], beta[k], scale, shift));
            *dst =
                (accumulate ? *dst : 0.0f) + rstd * (gamma[k] * dv * scale - (float) mean_g - xhat * (float) mean_gx);
          }
    }

  for (size_t n = 0; n < shape->n; n++)
    for (size_t k = 0; k < c; k++)
      {
        double a = sums[2 * (n * c + k)];
        double b = sums[2 * (n * c + k) + 1];
        double scale = scale_shift == NULL ? 1.0 : 1.0 + scale_shift[n * 2 * c + k];

        if (scale_shift != NULL && dscale_shift != NULL)
          {
            dscale_shift[n * 2 * c + k] = (float) (gamma[k] * b + beta[k] * a);
            dscale_shift[n * 2 * c + c + k] = (float) a;
          }
        dgamma[k] += (float) (scale * b);
        dbeta[k] += (float) (scale * a);
      }
}
