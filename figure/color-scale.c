#include "config.h"

#include "figure/color-scale.h"

#include <math.h>

#include "figure/plot-axis.h"

#define TICK      3.0
#define GAP       5.0
/* More say nothing more. */
#define MAX_TICKS 8

void
msm_color_scale_fill (const MsmCanvas *canvas, MsmColormap colormap, double x, double y, double width, double height)
{
  cairo_pattern_t *pattern = cairo_pattern_create_linear (x, y, x, y + height);

  for (int i = 0; i < 33; i++)
    {
      guint8 rgb[3];

      msm_colormap_rgb (colormap, 1.0 - i / 32.0, rgb);
      cairo_pattern_add_color_stop_rgb (pattern, i / 32.0, rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0);
    }
  cairo_set_source (canvas->cr, pattern);
  cairo_rectangle (canvas->cr, x, y, width, height);
  cairo_fill (canvas->cr);
  cairo_pattern_destroy (pattern);
}

static void
set_axis (const MsmCanvas *canvas, MsmPlotAxis *axis, double low, double high, double y, double height, double scale)
{
  axis->pixel_low = y + height;
  axis->pixel_high = y;
  msm_plot_axis_set_range (axis, low, high, FALSE,
                           CLAMP ((int) (height / (2.5 * msm_canvas_line_height (canvas, scale))), 2, MAX_TICKS),
                           FALSE);
}

double
msm_color_scale_label_width (const MsmCanvas *canvas, double low, double high, double height, double scale)
{
  MsmPlotAxis axis;
  double widest = 0;

  set_axis (canvas, &axis, low, high, 0, height, scale);
  for (int i = 0; i < axis.n_ticks; i++)
    {
      g_autofree char *text = msm_plot_axis_format (&axis, axis.ticks[i]);

      widest = MAX (widest, msm_canvas_text_width (canvas, text, scale, FALSE));
    }
  return (1 + GAP + 2) * canvas->unit + widest;
}

void
msm_color_scale_draw (const MsmCanvas *canvas, MsmColormap colormap, double low, double high, double x, double y,
                      double width, double height, double scale, MsmColor ink)
{
  const double unit = canvas->unit;
  MsmColor frame = ink, label = ink;
  MsmPlotAxis axis;

  frame.alpha *= 0.35f;
  label.alpha *= 0.8f;
  msm_color_scale_fill (canvas, colormap, x, y, width, height);
  msm_canvas_frame (canvas, frame, x - unit, y - unit, width + 2 * unit, height + 2 * unit, unit);
  set_axis (canvas, &axis, low, high, y, height, scale);
  for (int i = 0; i < axis.n_ticks; i++)
    {
      double at = floor (msm_plot_axis_to_pixel (&axis, axis.ticks[i]));
      g_autofree char *text = msm_plot_axis_format (&axis, axis.ticks[i]);

      msm_canvas_rect (canvas, label, x + width + unit, at, TICK * unit, unit);
      msm_canvas_text (canvas, text, scale, FALSE, label, x + width + (1 + GAP + 2) * unit, at,
                       (MsmTextAnchor){ 0.0f, 0.5f }, NULL, NULL);
    }
}
