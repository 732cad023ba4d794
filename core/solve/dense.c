#include "config.h"

#include "core/solve/dense.h"

#include <math.h>
#include <string.h>

/* The Fortran symbols; hidden lengths of the text arguments are not read for single letters. */
extern void dpbtrf_ (const char *uplo, const int *n, const int *kd, double *ab, const int *ldab, int *info);
extern void dpbtrs_ (const char *uplo, const int *n, const int *kd, const int *nrhs, const double *ab, const int *ldab,
                     double *b, const int *ldb, int *info);

gboolean
msm_dense_cholesky (double *a, gsize n, double tolerance)
{
  for (gsize k = 0; k < n; k++)
    {
      double *u = a + k * n;
      double pivot;

      if (u[k] < -tolerance || isnan (u[k]))
        return FALSE;
      if (u[k] <= tolerance)
        {
          memset (u + k, 0, (n - k) * sizeof *u);
          continue;
        }
      pivot = sqrt (u[k]);
      for (gsize j = k; j < n; j++)
        u[j] /= pivot;
      for (gsize i = k + 1; i < n; i++)
        {
          double *row = a + i * n;
          double factor = u[i];

          if (factor != 0)
            for (gsize j = i; j < n; j++)
              row[j] -= factor * u[j];
        }
    }
  return TRUE;
}

void
msm_dense_solve (const double *u, gsize n, double *x)
{
  /* Uᵀ y = x, a row of U at a time. */
  for (gsize i = 0; i < n; i++)
    {
      x[i] /= u[i * n + i];
      for (gsize j = i + 1; j < n; j++)
        x[j] -= u[i * n + j] * x[i];
    }
  for (gsize i = n; i-- > 0;)
    {
      double sum = x[i];

      for (gsize j = i + 1; j < n; j++)
        sum -= u[i * n + j] * x[j];
      x[i] = sum / u[i * n + i];
    }
}

double
msm_dense_log_det (const double *u, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += 2 * log (u[i * n + i]);
  return sum;
}

gboolean
msm_dense_solve_band (double *lower, gsize n, gsize band, double *x, gsize n_right)
{
  int order = (int) n, kd = (int) band, ld = kd + 1, nrhs = (int) n_right, info = 0;

  dpbtrf_ ("L", &order, &kd, lower, &ld, &info);
  if (info == 0)
    dpbtrs_ ("L", &order, &kd, &nrhs, lower, &ld, x, &order, &info);
  return info == 0;
}
