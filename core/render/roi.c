#include "config.h"

#include "core/render/roi.h"

#include <math.h>

gboolean
msm_roi_contains (const MsmRoi *self,
                  double        row,
                  double        column)
{
  const double height = self->bottom - self->top, width = self->right - self->left;

  if (self->shape == MSM_ROI_NONE || row < self->top || row >= self->bottom || column < self->left
      || column >= self->right)
    return FALSE;
  if (self->shape == MSM_ROI_ELLIPSE)
    {
      const double y = 2 * (row - self->top) / height - 1, x = 2 * (column - self->left) / width - 1;

      return x * x + y * y <= 1;
    }
  return TRUE;
}

gboolean
msm_roi_measure (const float   *plane,
                 MsmDtype       dtype,
                 gsize          n_rows,
                 gsize          n_columns,
                 MsmRenderMode  mode,
                 double         gain,
                 const MsmRoi  *roi,
                 MsmRoiStats   *stats)
{
  const gsize top = (gsize) CLAMP (floor (roi->top), 0, (double) n_rows);
  const gsize bottom = (gsize) CLAMP (ceil (roi->bottom), 0, (double) n_rows);
  const gsize left = (gsize) CLAMP (floor (roi->left), 0, (double) n_columns);
  const gsize right = (gsize) CLAMP (ceil (roi->right), 0, (double) n_columns);
  double sum = 0, squares = 0;
  gsize n = 0;

  if (mode == MSM_RENDER_LOG || mode == MSM_RENDER_COMPLEX)
    mode = MSM_RENDER_MAGNITUDE;
  if (mode == MSM_RENDER_PHASE)
    gain = 1;
  *stats = (MsmRoiStats) { .min = INFINITY, .max = -INFINITY, .mean = NAN, .sd = NAN };
  for (int pass = 0; pass < 2; pass++)
    for (gsize row = top; row < bottom; row++)
      for (gsize column = left; column < right; column++)
        {
          double value;

          if (!msm_roi_contains (roi, (double) row + 0.5, (double) column + 0.5))
            continue;
          stats->n_pixels += pass == 0;
          value = gain * msm_render_value (plane, dtype, row * n_columns + column, mode);
          if (!isfinite (value))
            continue;
          if (pass == 1)
            {
              squares += (value - stats->mean) * (value - stats->mean);
              continue;
            }
          n++;
          sum += value;
          stats->mean = sum / (double) n;
          stats->min = MIN (stats->min, value);
          stats->max = MAX (stats->max, value);
        }
  if (n > 1)
    stats->sd = sqrt (squares / (double) (n - 1));
  return n > 0;
}
