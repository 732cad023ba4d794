#include "config.h"

#include <math.h>

#include "figure/color-scale.h"
#include "figure/figure-private.h"
#include "figure/plot-draw.h"

/* @scale, or less, so that the text is no wider than @room. */
static double
fit (const MsmCanvas *canvas, const char *text, double scale, gboolean bold, double room)
{
  double width = msm_canvas_text_width (canvas, text, scale, bold);

  return width > room ? MAX (scale * room / width, 0.4 * scale) : scale;
}

static void
draw_titles (const MsmFigure *self, const MsmFigureLayout *layout, const MsmCanvas *canvas, MsmColor ink)
{
  for (guint column = 0; column < self->n_columns; column++)
    {
      const char *title = self->column_titles[column];

      if (title != NULL)
        msm_canvas_text (canvas, title, fit (canvas, title, 1, TRUE, layout->pane_step), TRUE, ink,
                         layout->pane_left + layout->pane_step * column + layout->pane_width / 2, layout->titles_top,
                         (MsmTextAnchor){ 0.5f, 0 }, NULL, NULL);
    }
  for (guint row = 0; row < self->n_rows; row++)
    {
      const char *title = self->row_titles[row];

      if (title == NULL)
        continue;
      /* Upwards, beside the row. */
      cairo_save (canvas->cr);
      cairo_translate (canvas->cr, layout->titles_left, layout->row_top[row] + layout->pane_height / 2);
      cairo_rotate (canvas->cr, -G_PI / 2);
      msm_canvas_text (canvas, title, fit (canvas, title, 1, TRUE, layout->pane_height), TRUE, ink, 0, 0,
                       (MsmTextAnchor){ 0.5f, 0 }, NULL, NULL);
      cairo_restore (canvas->cr);
    }
}

static void
draw_beside (const MsmFigure *self, const MsmFigureLayout *layout, const MsmCanvas *canvas, guint row, guint column,
             MsmColor ink)
{
  const MsmFigurePane *pane = &self->panes[row * self->n_columns + column];
  double top = layout->row_top[row], line = msm_canvas_line_height (canvas, MSM_PLOT_TEXT);

  if (pane->below != NULL)
    msm_canvas_text (canvas, pane->below, fit (canvas, pane->below, MSM_PLOT_TEXT, FALSE, layout->pane_step), FALSE,
                     ink, layout->pane_left + layout->pane_step * column + layout->pane_width / 2,
                     top + layout->pane_height + canvas->unit, (MsmTextAnchor){ 0.5f, 0 }, NULL, NULL);
  if (pane->image != NULL && pane->has_scale)
    msm_color_scale_draw (canvas, pane->options.colormap, pane->options.window_low * pane->scale_factor,
                          pane->options.window_high * pane->scale_factor, layout->scale_left, ceil (top + line / 2),
                          layout->scale_width, floor (layout->pane_height - line), MSM_PLOT_TEXT, ink);
}

static void
draw_plots (const MsmFigure *self, const MsmFigureLayout *layout, const MsmCanvas *canvas, MsmColor ink)
{
  const guint n = MIN (self->plots->len, 3);
  const double gap = 8 * canvas->unit, width = n > 0 ? (layout->width - gap * (n - 1)) / n : 0;

  for (guint i = 0; i < self->plots->len; i++)
    {
      const MsmFigurePlot *plot = g_ptr_array_index (self->plots, i);
      MsmPlotPicture picture = {
        .title = plot->title, .x_label = plot->x_label, .log_y = plot->log_y, .lines = plot->lines, .ink = ink
      };
      double x = (width + gap) * (i % n), y = layout->plots_top + layout->plots_height * (i / n);

      for (guint k = 0; k < plot->lines->len; k++)
        ((MsmPlotLine *) g_ptr_array_index (plot->lines, k))->color = msm_plot_line_color (k, !self->style.is_dark);
      msm_plot_place (&picture, canvas, x, y, width, layout->plots_height);
      msm_plot_draw (&picture, canvas, x, y, width);
    }
}

void
msm_figure_draw (const MsmFigure *self, const MsmFigureLayout *layout, MsmCanvas *canvas)
{
  const MsmColor light = { 1, 1, 1, 1 }, dark = { 0, 0, 0, 1 }, grey = { 0.92f, 0.93f, 0.94f, 1 };
  const MsmColor ink = self->style.is_dark ? grey : dark;

  msm_canvas_rect (canvas, self->style.is_dark ? dark : light, 0, 0, layout->width, layout->height);
  draw_titles (self, layout, canvas, ink);
  for (guint row = 0; row < self->n_rows; row++)
    for (guint column = 0; column < self->n_columns; column++)
      {
        msm_figure_draw_pane (self, layout, canvas, row, column);
        draw_beside (self, layout, canvas, row, column, ink);
      }
  draw_plots (self, layout, canvas, ink);
}
