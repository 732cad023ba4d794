#include "config.h"

#include "core/metric/ssim.h"

#include <math.h>

#define WINDOW 7
#define BORDER (WINDOW / 2)

/* Σx, Σy, Σx², Σy², Σxy */
enum { SUM_X, SUM_Y, SUM_XX, SUM_YY, SUM_XY, N_SUMS };

/* Adds (sign 1) or takes away (sign −1) one row's products to the sums down each column. */
static void
add_row (double *columns, const float *x, const float *y, gsize n_columns, double sign)
{
  for (gsize c = 0; c < n_columns; c++)
    {
      double  a = x[c], b = y[c];
      double *sums = columns + N_SUMS * c;

      sums[SUM_X] += sign * a;
      sums[SUM_Y] += sign * b;
      sums[SUM_XX] += sign * a * a;
      sums[SUM_YY] += sign * b * b;
      sums[SUM_XY] += sign * a * b;
    }
}

static double
window_ssim (const double *sums, double c1, double c2)
{
  const double n = WINDOW * WINDOW;
  double       mx = sums[SUM_X] / n, my = sums[SUM_Y] / n;
  double       vx = (sums[SUM_XX] / n - mx * mx) * n / (n - 1);
  double       vy = (sums[SUM_YY] / n - my * my) * n / (n - 1);
  double       vxy = (sums[SUM_XY] / n - mx * my) * n / (n - 1);

  return (2 * mx * my + c1) * (2 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2));
}

double
msm_ssim (const float *x, const float *y, const guint8 *roi, gsize n_rows, gsize n_columns, double range)
{
  g_autofree double *columns = NULL;
  double             c1 = 0.01 * range * 0.01 * range, c2 = 0.03 * range * 0.03 * range, total = 0;
  gsize              count = 0;

  g_return_val_if_fail (x != NULL && y != NULL, NAN);
  if (n_rows < WINDOW || n_columns < WINDOW || !(range > 0))
    return NAN;

  columns = g_new0 (double, N_SUMS * n_columns);
  for (gsize r = 0; r < WINDOW - 1; r++)
    add_row (columns, x + r * n_columns, y + r * n_columns, n_columns, 1);
  for (gsize r = BORDER; r + BORDER < n_rows; r++)
    {
      double sums[N_SUMS] = { 0 };
      gsize  below = (r + BORDER) * n_columns, above = (r - BORDER) * n_columns;

      add_row (columns, x + below, y + below, n_columns, 1);
      for (gsize c = 0; c < n_columns; c++)
        {
          for (int i = 0; i < N_SUMS; i++)
            sums[i] += columns[N_SUMS * c + i] - (c >= WINDOW ? columns[N_SUMS * (c - WINDOW) + i] : 0);
          if (c < WINDOW - 1 || (roi != NULL && roi[r * n_columns + c - BORDER] == 0))
            continue;
          total += window_ssim (sums, c1, c2);
          count++;
        }
      add_row (columns, x + above, y + above, n_columns, -1);
    }
  return count > 0 ? total / (double) count : NAN;
}
