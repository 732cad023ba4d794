#include "config.h"

#include "figure/roi-path.h"

static void
trace (cairo_t *cr, const MsmRoi *roi, const MsmImagePlace *at, double x, double y, double width, double height)
{
  if (roi->shape == MSM_ROI_ELLIPSE)
    {
      cairo_save (cr);
      cairo_translate (cr, x + width / 2, y + height / 2);
      cairo_scale (cr, MAX (width / 2, 0.5), MAX (height / 2, 0.5));
      cairo_arc (cr, 0, 0, 1, 0, 2 * G_PI);
      cairo_restore (cr);
      return;
    }
  for (guint i = 0; i < roi->n_points; i++)
    cairo_line_to (cr, at->x0 + roi->points[i].column * at->column_scale, at->y0 + roi->points[i].row * at->row_scale);
  if (roi->shape == MSM_ROI_FREEHAND)
    cairo_close_path (cr);
}

void
msm_roi_stroke (const MsmCanvas *canvas, const MsmRoi *roi, const MsmImagePlace *at, MsmColor color, double thickness)
{
  const double x = at->x0 + roi->left * at->column_scale, y = at->y0 + roi->top * at->row_scale;
  const double width = (roi->right - roi->left) * at->column_scale, height = (roi->bottom - roi->top) * at->row_scale;

  if (roi->shape == MSM_ROI_NONE)
    return;
  if (roi->shape == MSM_ROI_RECTANGLE)
    {
      msm_canvas_frame (canvas, color, x, y, width, height, thickness);
      return;
    }
  cairo_save (canvas->cr);
  trace (canvas->cr, roi, at, x, y, width, height);
  msm_canvas_set_color (canvas, color);
  cairo_set_line_width (canvas->cr, thickness);
  cairo_set_line_join (canvas->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke (canvas->cr);
  cairo_restore (canvas->cr);
}
