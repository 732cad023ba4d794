#include "config.h"

#include <math.h>

#include "figure/figure-private.h"
#include "figure/plot-draw.h"

static const MsmColor white = { 1, 1, 1, 1 }, black = { 0, 0, 0, 1 }, plate = { 0, 0, 0, 0.55f };

/* The longest of 1, 2 and 5 times a power of ten that is no longer than @room; 0: none. */
static double
round_length (double room)
{
  double power = room > 0 ? pow (10.0, floor (log10 (room))) : 0;

  return power * (room >= 5 * power ? 5 : room >= 2 * power ? 2 : 1);
}

/* @room: part of the width that it may take. */
void
msm_scale_bar_draw (const MsmCanvas *canvas, const MsmImagePlace *at, double width, double height, double spacing_mm,
                    double room, gboolean at_right)
{
  const double unit = canvas->unit, thickness = MAX (rint (2.5 * unit), 1), margin = 6 * unit;
  double mm = round_length (room * width / at->column_scale * spacing_mm), length;
  g_autofree char *text = NULL;
  double x, y, text_width, text_height, middle;

  if (!(spacing_mm > 0) || !(mm > 0))
    return;
  text = mm >= 10 ? g_strdup_printf ("%g cm", mm / 10) : g_strdup_printf ("%g mm", mm);
  length = mm / spacing_mm * at->column_scale;
  msm_canvas_measure (canvas, text, MSM_PLOT_TEXT, FALSE, &text_width, &text_height);
  x = rint (at_right ? at->x0 + width - margin - length : at->x0 + margin);
  y = rint (at->y0 + height - margin - thickness);
  /* The figure stands over the middle of the bar, but not outside the picture. */
  middle = CLAMP (x + length / 2, at->x0 + margin / 2 + text_width / 2, at->x0 + width - margin / 2 - text_width / 2);
  msm_canvas_rect (canvas, plate, x - unit, y - unit, length + 2 * unit, thickness + 2 * unit);
  msm_canvas_rect (canvas, white, x, y, length, thickness);
  msm_canvas_rect (canvas, plate, middle - text_width / 2 - unit, y - unit - text_height, text_width + 2 * unit,
                   text_height);
  msm_canvas_text (canvas, text, MSM_PLOT_TEXT, FALSE, white, middle, y - unit, (MsmTextAnchor){ 0.5f, 1 }, NULL, NULL);
}

static void
arrow_path (cairo_t *cr, double length, double head, double half)
{
  /* The tip at the origin, the shaft to the right. */
  cairo_move_to (cr, 0, 0);
  cairo_line_to (cr, head, -half);
  cairo_line_to (cr, head * 0.8, -half / 4);
  cairo_line_to (cr, length, -half / 4);
  cairo_line_to (cr, length, half / 4);
  cairo_line_to (cr, head * 0.8, half / 4);
  cairo_line_to (cr, head, half);
  cairo_close_path (cr);
}

void
msm_arrow_draw (const MsmCanvas *canvas, const MsmFigureArrow *arrow, const MsmImagePlace *at)
{
  const double unit = canvas->unit, length = MAX (arrow->length * at->column_scale, 12 * unit);
  const double x = at->x0 + (arrow->column + 0.5) * at->column_scale;
  const double y = at->y0 + (arrow->row + 0.5) * at->row_scale;
  const double angle = arrow->angle * G_PI / 180.0;
  cairo_t *cr = canvas->cr;

  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_rotate (cr, -angle);
  arrow_path (cr, length, 8 * unit, 4 * unit);
  msm_canvas_set_color (canvas, black);
  cairo_set_line_width (cr, 1.5 * unit);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke_preserve (cr);
  msm_canvas_set_color (canvas, white);
  cairo_fill (cr);
  cairo_restore (cr);
  if (arrow->label != NULL)
    {
      double ux = cos (angle), uy = -sin (angle), width, height;
      double tx = x + ux * (length + 2 * unit), ty = y + uy * (length + 2 * unit);
      /* On the far side of the shaft, so that it covers neither arrow nor what it points at. */
      MsmTextAnchor anchor = { (float) (0.5 - 0.5 * ux), (float) (0.5 - 0.5 * uy) };

      msm_canvas_measure (canvas, arrow->label, MSM_PLOT_TEXT, TRUE, &width, &height);
      msm_canvas_rect (canvas, plate, tx - anchor.x * width - unit, ty - anchor.y * height, width + 2 * unit, height);
      msm_canvas_text (canvas, arrow->label, MSM_PLOT_TEXT, TRUE, white, tx, ty, anchor, NULL, NULL);
    }
}
