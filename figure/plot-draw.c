#include "config.h"

#include "figure/plot-draw.h"

#include <math.h>

#define SMALL MSM_PLOT_TEXT
#define GAP   5.0

static MsmColor
ink (const MsmPlotPicture *self, double alpha)
{
  MsmColor color = self->ink;

  color.alpha *= (float) alpha;
  return color;
}

gboolean
msm_plot_has_data (const MsmPlotPicture *self)
{
  for (guint i = 0; i < self->lines->len; i++)
    if (((const MsmPlotLine *) g_ptr_array_index (self->lines, i))->x->len > 0)
      return TRUE;
  return FALSE;
}

void
msm_plot_place (MsmPlotPicture *self, const MsmCanvas *canvas, double x, double y, double width, double height)
{
  const double gap = GAP * canvas->unit, line = msm_canvas_line_height (canvas, SMALL);
  const double top = self->title != NULL || self->lines->len > 0 ? line + 2 * gap : gap;
  const double bottom = height - line - gap;
  double x_range[2] = { INFINITY, -INFINITY }, y_range[2] = { INFINITY, -INFINITY };
  double left = 0.0;

  for (guint i = 0; i < self->lines->len; i++)
    msm_plot_line_extend (g_ptr_array_index (self->lines, i), self->log_y, x_range, y_range);
  if (self->fixed_high > self->fixed_low)
    {
      x_range[0] = self->fixed_low;
      x_range[1] = self->fixed_high;
    }
  msm_plot_axis_set_range (&self->y_axis, y_range[0], y_range[1], self->log_y,
                           MAX (2, (int) ((bottom - top) / (2.2 * line))), TRUE);
  for (int i = 0; i < self->y_axis.n_ticks; i++)
    {
      g_autofree char *text = msm_plot_axis_format (&self->y_axis, self->y_axis.ticks[i]);

      left = MAX (left, msm_canvas_text_width (canvas, text, SMALL, FALSE));
    }
  left = ceil (left + 2 * gap);
  self->x = x + left;
  self->y = y + ceil (top);
  self->width = MAX (floor (width - left - 2 * gap), 1.0);
  self->height = MAX (floor (bottom - top - gap), 1.0);
  msm_plot_axis_set_range (&self->x_axis, x_range[0], x_range[1], FALSE, MAX (2, (int) (self->width / (3.0 * line))),
                           FALSE);
  self->x_axis.pixel_low = self->x;
  self->x_axis.pixel_high = self->x + self->width;
  self->y_axis.pixel_low = self->y + self->height;
  self->y_axis.pixel_high = self->y;
}

static void
draw_grid (const MsmPlotPicture *self, const MsmCanvas *canvas, double left)
{
  const MsmColor faint = ink (self, 0.12), axis = ink (self, 0.35), label = ink (self, 0.75);
  const double gap = GAP * canvas->unit, hair = canvas->unit, bottom = self->y + self->height;
  const gboolean has_data = msm_plot_has_data (self);
  double free_from = -INFINITY, label_left = INFINITY, label_width;

  if (self->x_label != NULL)
    {
      msm_canvas_text (canvas, self->x_label, SMALL, FALSE, label, self->x + self->width, bottom + gap - hair,
                       (MsmTextAnchor){ 1.0f, 0.0f }, &label_width, NULL);
      label_left = self->x + self->width - label_width - 2 * gap;
    }
  for (int i = 0; i < self->y_axis.n_ticks; i++)
    {
      double y = floor (msm_plot_axis_to_pixel (&self->y_axis, self->y_axis.ticks[i]));
      g_autofree char *text = msm_plot_axis_format (&self->y_axis, self->y_axis.ticks[i]);

      msm_canvas_rect (canvas, faint, self->x, y, self->width, hair);
      if (has_data)
        msm_canvas_text (canvas, text, SMALL, FALSE, label, self->x - gap, y, (MsmTextAnchor){ 1.0f, 0.5f }, NULL,
                         NULL);
    }
  for (int i = 0; i < self->x_axis.n_ticks; i++)
    {
      double x = floor (msm_plot_axis_to_pixel (&self->x_axis, self->x_axis.ticks[i]));
      g_autofree char *text = msm_plot_axis_format (&self->x_axis, self->x_axis.ticks[i]);
      double half = msm_canvas_text_width (canvas, text, SMALL, FALSE) / 2;
      double from = MAX (x - half, left);

      msm_canvas_rect (canvas, faint, x, self->y, hair, self->height);
      /* Neighbours that would touch, and what the label needs, are left out. */
      if ((!has_data && self->fixed_high <= self->fixed_low) || from < free_from + gap || from + 2 * half > label_left)
        continue;
      msm_canvas_text (canvas, text, SMALL, FALSE, label, from, bottom + gap - hair, (MsmTextAnchor){ 0.0f, 0.0f },
                       NULL, NULL);
      free_from = from + 2 * half;
    }
  msm_canvas_rect (canvas, axis, self->x, bottom, self->width, hair);
}

/* Title at the left, the names with their colours at the right, all that fit. */
static void
draw_header (const MsmPlotPicture *self, const MsmCanvas *canvas, double x, double y, double width)
{
  const MsmColor strong = ink (self, 0.95), label = ink (self, 0.75);
  const double unit = canvas->unit, gap = GAP * unit, middle = (y + self->y) / 2;
  double left = self->x, right = x + width - 2 * gap;

  if (self->title != NULL)
    {
      double title_width;

      msm_canvas_text (canvas, self->title, 0.9, TRUE, strong, x + gap, middle, (MsmTextAnchor){ 0.0f, 0.5f },
                       &title_width, NULL);
      left = x + title_width + 2 * gap;
    }
  /* The name of a single series says what the title says. */
  if (self->title != NULL && self->lines->len == 1)
    return;
  for (guint i = self->lines->len; i > 0; i--)
    {
      const MsmPlotLine *line = g_ptr_array_index (self->lines, i - 1);
      double needed = msm_canvas_text_width (canvas, line->name, SMALL, FALSE) + 14.0 * unit;

      if (right - needed < left)
        break;
      msm_canvas_text (canvas, line->name, SMALL, FALSE, label, right, middle, (MsmTextAnchor){ 1.0f, 0.5f }, NULL,
                       NULL);
      msm_canvas_rect (canvas, line->color, floor (right - needed), floor (middle), 10 * unit, 2 * unit);
      right -= needed + 2 * gap;
    }
}

static void
draw_lines (const MsmPlotPicture *self, const MsmCanvas *canvas)
{
  cairo_save (canvas->cr);
  cairo_rectangle (canvas->cr, self->x, self->y - 2 * canvas->unit, self->width, self->height + 4 * canvas->unit);
  cairo_clip (canvas->cr);
  for (guint i = 0; i < self->lines->len; i++)
    msm_plot_line_draw (g_ptr_array_index (self->lines, i), canvas, &self->x_axis, &self->y_axis);
  cairo_restore (canvas->cr);
}

void
msm_plot_draw (const MsmPlotPicture *self, const MsmCanvas *canvas, double x, double y, double width)
{
  draw_grid (self, canvas, x);
  if (msm_plot_has_data (self))
    draw_lines (self, canvas);
  draw_header (self, canvas, x, y, width);
}
