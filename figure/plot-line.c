#include "config.h"

#include "figure/plot-line.h"

#include <math.h>

/* Told apart by hue and by lightness, also by colour-blind eyes: on the window's dark ground, and on white. */
static const MsmColor palette[][2] = {
  { { 0.36f, 0.66f, 0.98f, 1.0f }, { 0.00f, 0.36f, 0.70f, 1.0f } },
  { { 0.96f, 0.65f, 0.20f, 1.0f }, { 0.84f, 0.37f, 0.00f, 1.0f } },
  { { 0.30f, 0.78f, 0.60f, 1.0f }, { 0.00f, 0.55f, 0.42f, 1.0f } },
  { { 0.90f, 0.45f, 0.62f, 1.0f }, { 0.72f, 0.26f, 0.52f, 1.0f } },
  { { 0.72f, 0.62f, 0.96f, 1.0f }, { 0.42f, 0.31f, 0.73f, 1.0f } },
  { { 0.80f, 0.80f, 0.34f, 1.0f }, { 0.55f, 0.52f, 0.05f, 1.0f } },
  { { 0.55f, 0.88f, 0.95f, 1.0f }, { 0.10f, 0.58f, 0.70f, 1.0f } },
  { { 0.72f, 0.42f, 0.26f, 1.0f }, { 0.45f, 0.25f, 0.14f, 1.0f } },
};

MsmColor
msm_plot_line_color (guint index, gboolean on_paper)
{
  return palette[index % G_N_ELEMENTS (palette)][on_paper ? 1 : 0];
}

MsmPlotLine *
msm_plot_line_new (const char *name, guint index)
{
  MsmPlotLine *self = g_new0 (MsmPlotLine, 1);

  self->name = g_strdup (name);
  self->x = g_array_new (FALSE, FALSE, sizeof (double));
  self->y = g_array_new (FALSE, FALSE, sizeof (double));
  self->color = msm_plot_line_color (index, FALSE);
  return self;
}

void
msm_plot_line_free (MsmPlotLine *self)
{
  g_free (self->name);
  g_array_unref (self->x);
  g_array_unref (self->y);
  g_free (self);
}

static gboolean
can_show (double x, double y, gboolean log_y)
{
  return isfinite (x) && isfinite (y) && (!log_y || y > 0.0);
}

void
msm_plot_line_extend (const MsmPlotLine *self, gboolean log_y, double x_range[2], double y_range[2])
{
  for (guint i = 0; i < self->x->len; i++)
    {
      double x = g_array_index (self->x, double, i), y = g_array_index (self->y, double, i);

      if (!can_show (x, y, log_y))
        continue;
      x_range[0] = MIN (x_range[0], x);
      x_range[1] = MAX (x_range[1], x);
      y_range[0] = MIN (y_range[0], y);
      y_range[1] = MAX (y_range[1], y);
    }
}

void
msm_plot_line_draw (const MsmPlotLine *self, const MsmCanvas *canvas, const MsmPlotAxis *x_axis,
                    const MsmPlotAxis *y_axis)
{
  cairo_t *cr = canvas->cr;
  double last_x = 0, last_y = 0;
  guint run = 0;

  msm_canvas_set_color (canvas, self->color);
  cairo_set_line_width (cr, 1.5 * canvas->unit);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  for (guint i = 0; i <= self->x->len; i++)
    {
      gboolean shown =
          i < self->x->len
          && can_show (g_array_index (self->x, double, i), g_array_index (self->y, double, i), y_axis->log);

      if (shown)
        {
          last_x = msm_plot_axis_to_pixel (x_axis, g_array_index (self->x, double, i));
          last_y = msm_plot_axis_to_pixel (y_axis, g_array_index (self->y, double, i));
          if (run++ == 0)
            cairo_move_to (cr, last_x, last_y);
          else
            cairo_line_to (cr, last_x, last_y);
          continue;
        }
      if (run > 1)
        cairo_stroke (cr);
      else if (run == 1)
        {
          /* A lone point between gaps has no line: show a dot. */
          cairo_new_path (cr);
          cairo_arc (cr, last_x, last_y, 2.0 * canvas->unit, 0, 2 * G_PI);
          cairo_fill (cr);
        }
      run = 0;
    }
}

gssize
msm_plot_line_nearest (const MsmPlotLine *self, gboolean log_y, double x)
{
  gssize best = -1;
  double distance = INFINITY;

  for (guint i = 0; i < self->x->len; i++)
    {
      double d = fabs (g_array_index (self->x, double, i) - x);

      if (d < distance && can_show (g_array_index (self->x, double, i), g_array_index (self->y, double, i), log_y))
        {
          distance = d;
          best = i;
        }
    }
  return best;
}
