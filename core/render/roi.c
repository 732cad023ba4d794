#include "config.h"

#include "core/render/roi.h"

#include <math.h>
#include <stdlib.h>

static void
bound (MsmRoi *self)
{
  self->top = self->left = INFINITY;
  self->bottom = self->right = -INFINITY;
  for (guint i = 0; i < self->n_points; i++)
    {
      self->top = MIN (self->top, self->points[i].row);
      self->bottom = MAX (self->bottom, self->points[i].row);
      self->left = MIN (self->left, self->points[i].column);
      self->right = MAX (self->right, self->points[i].column);
    }
}

static void
append (MsmRoi *self, double row, double column)
{
  self->points[self->n_points].row = (float) row;
  self->points[self->n_points++].column = (float) column;
  bound (self);
}

void
msm_roi_add_point (MsmRoi *self, double row, double column)
{
  const guint last = self->n_points - 1;

  self->step = MAX (self->step, 0.5);
  if (self->n_points > 0 && hypot (row - self->points[last].row, column - self->points[last].column) < self->step)
    return;
  if (self->n_points == MSM_ROI_MAX_POINTS)
    {
      self->n_points /= 2;
      self->step *= 2;
      for (guint i = 1; i < self->n_points; i++)
        self->points[i] = self->points[2 * i];
    }
  append (self, row, column);
}

void
msm_roi_set_line (MsmRoi *self, double row, double column, double to_row, double to_column)
{
  self->shape = MSM_ROI_LINE;
  self->n_points = 0;
  append (self, row, column);
  append (self, to_row, to_column);
}

void
msm_roi_move (MsmRoi *self, double down, double right)
{
  self->top += down;
  self->bottom += down;
  self->left += right;
  self->right += right;
  for (guint i = 0; i < self->n_points; i++)
    {
      self->points[i].row += (float) down;
      self->points[i].column += (float) right;
    }
}

/* Even–odd: a ray to the left crosses the outline an odd number of times. */
static gboolean
is_inside_outline (const MsmRoi *self, double row, double column)
{
  gboolean is_inside = FALSE;

  for (guint i = 0, j = self->n_points - 1; i < self->n_points; j = i++)
    {
      const double r0 = self->points[i].row, c0 = self->points[i].column;
      const double r1 = self->points[j].row, c1 = self->points[j].column;

      if ((r0 > row) != (r1 > row) && column > c0 + (row - r0) / (r1 - r0) * (c1 - c0))
        is_inside = !is_inside;
    }
  return is_inside;
}

gboolean
msm_roi_contains (const MsmRoi *self, double row, double column)
{
  const double height = self->bottom - self->top, width = self->right - self->left;

  if (self->shape == MSM_ROI_NONE || self->shape == MSM_ROI_LINE || row < self->top || row >= self->bottom
      || column < self->left || column >= self->right)
    return FALSE;
  if (self->shape == MSM_ROI_FREEHAND)
    return self->n_points > 2 && is_inside_outline (self, row, column);
  if (self->shape == MSM_ROI_ELLIPSE)
    {
      const double y = 2 * (row - self->top) / height - 1, x = 2 * (column - self->left) / width - 1;

      return x * x + y * y <= 1;
    }
  return TRUE;
}

double
msm_roi_length (const MsmRoi *self, const double spacing[2])
{
  if (self->shape != MSM_ROI_LINE)
    return 0;
  return hypot (((double) self->points[1].row - self->points[0].row) * spacing[0],
                ((double) self->points[1].column - self->points[0].column) * spacing[1]);
}

static double
value_at (const MsmRoiPlane *plane, gsize row, gsize column)
{
  const MsmRenderMode mode =
      plane->mode == MSM_RENDER_LOG || plane->mode == MSM_RENDER_COMPLEX ? MSM_RENDER_MAGNITUDE : plane->mode;
  const double value = msm_render_value (plane->data, plane->dtype, row * plane->n_columns + column, mode);

  return mode == MSM_RENDER_PHASE ? value : plane->gain * value;
}

float *
msm_roi_values (const MsmRoiPlane *plane, const MsmRoi *roi, gsize *n_pixels, gsize *n)
{
  const gsize top = (gsize) CLAMP (floor (roi->top), 0, (double) plane->n_rows);
  const gsize bottom = (gsize) CLAMP (ceil (roi->bottom), 0, (double) plane->n_rows);
  const gsize left = (gsize) CLAMP (floor (roi->left), 0, (double) plane->n_columns);
  const gsize right = (gsize) CLAMP (ceil (roi->right), 0, (double) plane->n_columns);
  g_autofree float *values = NULL;

  *n_pixels = *n = 0;
  if (roi->shape == MSM_ROI_NONE || top >= bottom || left >= right)
    return NULL;
  values = g_new (float, (bottom - top) * (right - left));
  for (gsize row = top; row < bottom; row++)
    for (gsize column = left; column < right; column++)
      {
        if (!msm_roi_contains (roi, (double) row + 0.5, (double) column + 0.5))
          continue;
        ++*n_pixels;
        values[*n] = (float) value_at (plane, row, column);
        *n += isfinite (values[*n]) ? 1 : 0;
      }
  return *n > 0 ? g_steal_pointer (&values) : NULL;
}

static int
compare (const void *a, const void *b)
{
  const float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

gboolean
msm_roi_measure (const MsmRoiPlane *plane, const MsmRoi *roi, MsmRoiStats *stats)
{
  gsize n;
  g_autofree float *values = NULL;
  double sum = 0, squares = 0;

  *stats = (MsmRoiStats){ .mean = NAN, .sd = NAN, .min = NAN, .max = NAN, .median = NAN };
  values = msm_roi_values (plane, roi, &stats->n_pixels, &n);
  if (values == NULL)
    return FALSE;
  qsort (values, n, sizeof *values, compare);
  for (gsize i = 0; i < n; i++)
    sum += values[i];
  stats->mean = sum / (double) n;
  for (gsize i = 0; i < n; i++)
    squares += (values[i] - stats->mean) * (values[i] - stats->mean);
  if (n > 1)
    stats->sd = sqrt (squares / (double) (n - 1));
  stats->min = values[0];
  stats->max = values[n - 1];
  stats->median = ((double) values[(n - 1) / 2] + values[n / 2]) / 2;
  return TRUE;
}

/* At (@row, @column) in pixels from the first one's centre, which may lie half a pixel outside. */
static double
interpolate (const MsmRoiPlane *plane, double row, double column)
{
  const double last_row = (double) plane->n_rows - 1, last_column = (double) plane->n_columns - 1;
  gsize r, c, r1, c1;
  double u, v;

  row = CLAMP (row, 0, last_row);
  column = CLAMP (column, 0, last_column);
  if (plane->mode == MSM_RENDER_PHASE)
    return value_at (plane, (gsize) lround (row), (gsize) lround (column));
  r = (gsize) row;
  c = (gsize) column;
  r1 = MIN (r + 1, plane->n_rows - 1);
  c1 = MIN (c + 1, plane->n_columns - 1);
  u = row - (double) r;
  v = column - (double) c;
  return (1 - u) * ((1 - v) * value_at (plane, r, c) + v * value_at (plane, r, c1))
         + u * ((1 - v) * value_at (plane, r1, c) + v * value_at (plane, r1, c1));
}

double *
msm_roi_profile (const MsmRoiPlane *plane, const MsmRoi *roi, gsize *n)
{
  static const double pixels[2] = { 1, 1 };
  double *values;

  *n = 0;
  if (roi->shape != MSM_ROI_LINE)
    return NULL;
  *n = (gsize) ceil (msm_roi_length (roi, pixels)) + 1;
  values = g_new (double, *n);
  for (gsize i = 0; i < *n; i++)
    {
      const double t = *n > 1 ? (double) i / (double) (*n - 1) : 0;

      values[i] = interpolate (plane, (1 - t) * roi->points[0].row + t * roi->points[1].row - 0.5,
                               (1 - t) * roi->points[0].column + t * roi->points[1].column - 0.5);
    }
  return values;
}
