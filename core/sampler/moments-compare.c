#include "config.h"

#include "core/sampler/moments.h"

#include <math.h>
#include <string.h>

#include "core/solve/dense.h"

/* x ← U⁻ᵀ x */
static void
whiten (const double *u, gsize m, double *x)
{
  for (gsize i = 0; i < m; i++)
    {
      x[i] /= u[i * m + i];
      for (gsize j = i + 1; j < m; j++)
        x[j] -= u[i * m + j] * x[i];
    }
}

/* U⁻ᵀ C U⁻¹ into @c, in place. */
static void
whiten_cov (const double *u, gsize m, double *c)
{
  for (int side = 0; side < 2; side++)
    {
      for (gsize i = 0; i < m; i++)
        whiten (u, m, c + i * m);
      for (gsize i = 0; i < m; i++)
        for (gsize j = i + 1; j < m; j++)
          {
            double keep = c[i * m + j];

            c[i * m + j] = c[j * m + i];
            c[j * m + i] = keep;
          }
    }
}

/* U of C + δ I, and W = U⁻ᵀ C U⁻¹ into @expected with tr W and tr W²; FALSE: C is 0. */
static gboolean
whiten_expected (const double *cov, gsize m, double *u, double *expected, double *trace, double *power)
{
  double sum = 0;

  memcpy (u, cov, m * m * sizeof *u);
  memcpy (expected, cov, m * m * sizeof *u);
  for (gsize i = 0; i < m; i++)
    sum += cov[i * m + i];
  for (gsize i = 0; i < m; i++)
    u[i * m + i] += 1e-6 * sum / (double) m + 1e-30;
  if (!msm_dense_cholesky (u, m, 0))
    return FALSE;
  whiten_cov (u, m, expected);
  *trace = *power = 0;
  for (gsize i = 0; i < m; i++)
    {
      *trace += expected[i * m + i];
      for (gsize j = 0; j < m; j++)
        *power += expected[i * m + j] * expected[i * m + j];
    }
  return TRUE;
}

void
msm_moments_expect (gsize n_samples, gsize m, const double *own_mean, const double *own_cov, const double *mean,
                    const double *cov, double *z_mean, double *z_cov)
{
  g_autofree double *u = g_new (double, m * m), *expected = g_new (double, m * m);
  g_autofree double *own = g_memdup2 (own_cov, m * m * sizeof *own), *w = g_new (double, m);
  double trace, power, own_trace = 0, own_power = 0, shift = 0, difference = 0, count = (double) n_samples;
  double expected_difference;

  if (!whiten_expected (cov, m, u, expected, &trace, &power))
    {
      *z_mean = *z_cov = INFINITY;
      return;
    }
  whiten_cov (u, m, own);
  for (gsize i = 0; i < m; i++)
    w[i] = own_mean[i] - mean[i];
  whiten (u, m, w);
  for (gsize i = 0; i < m; i++)
    {
      shift += w[i] * w[i];
      own_trace += own[i * m + i];
      for (gsize j = 0; j < m; j++)
        {
          double d = own[i * m + j] - expected[i * m + j];

          own_power += own[i * m + j] * own[i * m + j];
          difference += d * d;
        }
    }
  expected_difference = 0.5 * (trace * trace + power);
  *z_mean = (own_trace + count * shift - trace) / sqrt (2 * power);
  *z_cov = (0.5 * (own_trace * own_trace + own_power) + 0.5 * count * difference - expected_difference)
           / sqrt (2 * expected_difference);
}

void
msm_moments_compare (const float *samples, gsize n_samples, gsize m, const double *mean, const double *cov,
                     double *z_mean, double *z_cov)
{
  g_autofree double *u = g_new (double, m * m), *expected = g_new (double, m * m);
  g_autofree double *found = g_new0 (double, m * m);
  g_autofree double *sum = g_new0 (double, m);
  g_autofree double *w = g_new (double, m);
  double trace, power, square = 0, difference = 0, count = (double) n_samples;
  double expected_difference;

  if (!whiten_expected (cov, m, u, expected, &trace, &power))
    {
      *z_mean = *z_cov = INFINITY; /* no covariance at all */
      return;
    }
  for (gsize s = 0; s < n_samples; s++)
    {
      for (gsize i = 0; i < m; i++)
        w[i] = samples[s * m + i] - mean[i];
      whiten (u, m, w);
      for (gsize i = 0; i < m; i++)
        {
          sum[i] += w[i];
          for (gsize j = i; j < m; j++)
            found[i * m + j] += w[i] * w[j];
        }
    }
  for (gsize i = 0; i < m; i++)
    {
      square += sum[i] * sum[i] / count;
      for (gsize j = i; j < m; j++)
        {
          /* About the sample mean: a wrong mean shall show once, not twice. */
          double d = (found[i * m + j] - sum[i] * sum[j] / count) / (count - 1) - expected[i * m + j];

          difference += (i == j ? 1 : 2) * d * d;
        }
    }
  /* N var (Ŵ_ij) = W_ii W_jj + W_ij²; where nothing is random W is 0, elsewhere I. */
  expected_difference = 0.5 * (trace * trace + power);
  *z_mean = (square - trace) / sqrt (2 * power);
  *z_cov = (0.5 * count * difference - expected_difference) / sqrt (2 * expected_difference);
}
