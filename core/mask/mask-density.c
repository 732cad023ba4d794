#include "config.h"

#include "core/mask/mask-density.h"

#include <math.h>

/* Σ sampled / Σ there over the window around each bin; NaN where there is nothing. */
static void
smooth (const double *sampled, const double *there, gsize n, gsize half_width, double *density)
{
  for (gsize i = 0; i < n; i++)
    {
      double hits = 0, all = 0;

      for (gsize k = i > half_width ? i - half_width : 0; k < n && k <= i + half_width; k++)
        {
          hits += sampled[k];
          all += there[k];
        }
      density[i] = all > 0 ? hits / all : NAN;
    }
}

gsize
msm_mask_density (const MsmMask *self, double *x, double *density)
{
  const gsize n_rows = self->is_columns ? 1 : self->n_readout, n_columns = self->n_phase;
  const gsize n = self->is_columns ? n_columns : MIN (self->n_readout, n_columns) / 2;
  g_autofree double *sampled = g_new0 (double, n + 1);
  g_autofree double *there = g_new0 (double, n + 1);

  for (gsize row = 0; row < n_rows; row++)
    for (gsize column = 0; column < n_columns; column++)
      {
        double dy = (double) row - (double) (self->n_readout / 2), dx = (double) column - (double) (n_columns / 2);
        gsize bin = self->is_columns ? column : (gsize) lround (hypot (dx, dy));

        if (self->padded[column] || bin >= n)
          continue;
        there[bin]++;
        sampled[bin] += self->points[row * n_columns + column] != 0;
      }
  smooth (sampled, there, n, self->is_columns ? MAX (n / 32, 1) : 1, density);
  for (gsize i = 0; i < n; i++)
    x[i] = self->is_columns ? (double) i - (double) (n_columns / 2) : (double) i;
  return n;
}
