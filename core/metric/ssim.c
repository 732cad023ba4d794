#include "config.h"

#include "core/metric/ssim.h"

#include <math.h>

#define WINDOW 7
#define BORDER (WINDOW / 2)

/* Σx, Σy, Σx², Σy², Σxy: one row of each, so that the loops over them vectorise. */
enum
{
  SUM_X,
  SUM_Y,
  SUM_XX,
  SUM_YY,
  SUM_XY,
  N_SUMS
};

/* Adds (sign 1) or takes away (sign −1) one row's products to the sums down each column. */
static void
add_row (double *restrict columns, const float *restrict x, const float *restrict y, gsize n, double sign)
{
  double *restrict sx = columns + SUM_X * n, *restrict sy = columns + SUM_Y * n;
  double *restrict sxx = columns + SUM_XX * n, *restrict syy = columns + SUM_YY * n;
  double *restrict sxy = columns + SUM_XY * n;

  for (gsize c = 0; c < n; c++)
    {
      double a = x[c], b = y[c];

      sx[c] += sign * a;
      sy[c] += sign * b;
      sxx[c] += sign * a * a;
      syy[c] += sign * b * b;
      sxy[c] += sign * a * b;
    }
}

/* Running sums over WINDOW columns; the window of index c is that of columns c … c + WINDOW − 1. */
static void
slide (const double *restrict columns, double *restrict windows, gsize n)
{
  for (int i = 0; i < N_SUMS; i++)
    {
      const double *column = columns + i * n;
      double *window = windows + i * n;
      double sum = 0;

      for (gsize c = 0; c < WINDOW; c++)
        sum += column[c];
      window[0] = sum;
      for (gsize c = 1; c + WINDOW <= n; c++)
        {
          sum += column[c + WINDOW - 1] - column[c - 1];
          window[c] = sum;
        }
    }
}

/* S of each window of a row. */
static void
row_ssim (const double *restrict windows, gsize n, double c1, double c2, double *restrict ssim)
{
  const double scale = 1.0 / (WINDOW * WINDOW), unbiased = (double) (WINDOW * WINDOW) / (WINDOW * WINDOW - 1);
  const double *sx = windows + SUM_X * n, *sy = windows + SUM_Y * n;
  const double *sxx = windows + SUM_XX * n, *syy = windows + SUM_YY * n, *sxy = windows + SUM_XY * n;

  for (gsize c = 0; c + WINDOW <= n; c++)
    {
      double mx = sx[c] * scale, my = sy[c] * scale;
      double vx = (sxx[c] * scale - mx * mx) * unbiased;
      double vy = (syy[c] * scale - my * my) * unbiased;
      double vxy = (sxy[c] * scale - mx * my) * unbiased;

      ssim[c] = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2));
    }
}

double
msm_ssim (const float *x, const float *y, const guint8 *roi, gsize n_rows, gsize n_columns, double range)
{
  g_autofree double *columns = NULL, *windows = NULL, *ssim = NULL;
  double c1 = 0.01 * range * 0.01 * range, c2 = 0.03 * range * 0.03 * range, total = 0;
  gsize count = 0;

  g_return_val_if_fail (x != NULL && y != NULL, NAN);
  if (n_rows < WINDOW || n_columns < WINDOW || !(range > 0))
    return NAN;

  columns = g_new0 (double, N_SUMS * n_columns);
  windows = g_new (double, N_SUMS * n_columns);
  ssim = g_new (double, n_columns);
  for (gsize r = 0; r < WINDOW - 1; r++)
    add_row (columns, x + r * n_columns, y + r * n_columns, n_columns, 1);
  for (gsize r = BORDER; r + BORDER < n_rows; r++)
    {
      gsize below = (r + BORDER) * n_columns, above = (r - BORDER) * n_columns;

      add_row (columns, x + below, y + below, n_columns, 1);
      slide (columns, windows, n_columns);
      row_ssim (windows, n_columns, c1, c2, ssim);
      for (gsize c = 0; c + WINDOW <= n_columns; c++)
        if (roi == NULL || roi[r * n_columns + c + BORDER] != 0)
          {
            total += ssim[c];
            count++;
          }
      add_row (columns, x + above, y + above, n_columns, -1);
    }
  return count > 0 ? total / (double) count : NAN;
}

gboolean
msm_metric_ssim (const MsmMetricPair *pair, double *value, GError **error)
{
  gsize n = pair->n_rows * pair->n_columns;
  double sum = 0;

  for (gsize c = 0; c < pair->n_channels; c++)
    sum +=
        msm_ssim (pair->image + c * n, pair->reference + c * n, pair->roi, pair->n_rows, pair->n_columns, pair->range);
  *value = sum / (double) pair->n_channels;
  return TRUE;
}
