#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "figure/color-scale.h"
#include "figure/figure-private.h"
#include "figure/plot-draw.h"

/* Lengths in pixels of a screen. */
#define MARGIN          2.0
#define GAP             3.0
#define SCALE_GAP       6.0
#define SCALE_WIDTH     8.0
#define PLOT_GAP        10.0
/* No side of a figure is longer: what Cairo, and whoever opens it, can do. */
#define MAX_SIDE        24000.0
#define PLOTS_IN_A_ROW  3
#define WIDTH_OF_HEIGHT 0.30

PangoContext *
msm_figure_create_fonts (const MsmFigure *self, double dpi)
{
  PangoFontMap *map = pango_cairo_font_map_new ();
  PangoContext *context = pango_font_map_create_context (map);
  PangoFontDescription *font = pango_font_description_new ();
  cairo_font_options_t *options = cairo_font_options_create ();

  /* Letters have the same places on every surface, and do not follow this machine's taste. */
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options (context, options);
  cairo_font_options_destroy (options);
  pango_font_description_set_family (font, self->style.font);
  pango_font_description_set_absolute_size (font, self->style.font_pt * dpi / 72.0 * PANGO_SCALE);
  pango_context_set_font_description (context, font);
  pango_font_description_free (font);
  g_object_unref (map);
  return context;
}

static gboolean
has_any (char *const *texts, guint n)
{
  for (guint i = 0; i < n; i++)
    if (texts[i] != NULL)
      return TRUE;
  return FALSE;
}

/* All that is as wide as it is, whatever the pictures are: titles, gaps, scales. */
static double
place_sides (const MsmFigure *self, const MsmCanvas *canvas, MsmFigureLayout *layout)
{
  const double unit = canvas->unit;
  double labels = 0;
  gboolean has_scale = FALSE;

  layout->titles_left = layout->pane_left = ceil (MARGIN * unit);
  if (has_any (self->row_titles, self->n_rows))
    layout->pane_left += ceil (msm_canvas_line_height (canvas, 1) + GAP * unit);
  for (gsize i = 0; i < (gsize) self->n_rows * self->n_columns; i++)
    {
      const MsmFigurePane *pane = &self->panes[i];

      if (pane->image == NULL || !pane->has_scale)
        continue;
      has_scale = TRUE;
      labels = MAX (labels, msm_color_scale_label_width (canvas, pane->options.window_low * pane->scale_factor,
                                                         pane->options.window_high * pane->scale_factor,
                                                         MAX (layout->pane_height, 1), MSM_PLOT_TEXT));
    }
  layout->scale_width = ceil (SCALE_WIDTH * unit);
  return layout->pane_left + ceil (MARGIN * unit) + ceil (GAP * unit) * (self->n_columns - 1)
         + (has_scale ? ceil (SCALE_GAP * unit) + layout->scale_width + ceil (labels) : 0);
}

/* How many screen pixels wide and high a pixel of the picture is, of the two the smaller 1. */
static void
pixel_shape (const MsmFigure *self, double *row, double *column)
{
  double smaller = MIN (self->spacing[0], self->spacing[1]);

  *row = smaller > 0 ? self->spacing[0] / smaller : 1;
  *column = smaller > 0 ? self->spacing[1] / smaller : 1;
}

static void
set_zoom (const MsmFigure *self, MsmFigureLayout *layout, double zoom)
{
  double row, column;

  pixel_shape (self, &row, &column);
  layout->row_zoom = zoom * row;
  layout->column_zoom = zoom * column;
  layout->pane_height = round (layout->row_zoom * (double) msm_figure_n_rows (self));
  layout->pane_width = round (layout->column_zoom * (double) msm_figure_n_columns (self));
}

/* From top to bottom. */
static void
place_rows (const MsmFigure *self, const MsmCanvas *canvas, MsmFigureLayout *layout)
{
  const double unit = canvas->unit, gap = ceil (GAP * unit);
  double y = ceil (MARGIN * unit);
  guint plot_rows = (self->plots->len + PLOTS_IN_A_ROW - 1) / PLOTS_IN_A_ROW;

  layout->titles_top = y;
  layout->below_height = 0;
  if (has_any (self->column_titles, self->n_columns))
    y += ceil (msm_canvas_line_height (canvas, 1) + GAP * unit / 2);
  for (guint row = 0; row < self->n_rows; row++)
    {
      gboolean has_below = FALSE;

      for (guint column = 0; column < self->n_columns; column++)
        has_below = has_below || self->panes[row * self->n_columns + column].below != NULL;
      layout->row_top[row] = y;
      y += layout->pane_height;
      if (has_below)
        {
          layout->below_height = ceil (msm_canvas_line_height (canvas, MSM_PLOT_TEXT) + GAP * unit);
          y += layout->below_height;
        }
      if (row + 1 < self->n_rows)
        y += gap;
    }
  if (plot_rows > 0)
    {
      layout->plots_top = y + ceil (PLOT_GAP * unit);
      layout->plots_height = ceil (MAX (layout->width * (self->plots->len == 1 ? 0.8 : 1) * WIDTH_OF_HEIGHT,
                                        10 * msm_canvas_line_height (canvas, 1)));
      y = layout->plots_top + layout->plots_height * plot_rows;
    }
  layout->height = ceil (y + MARGIN * unit);
}

gboolean
msm_figure_place (const MsmFigure *self, MsmFigureLayout *layout, GError **error)
{
  const MsmFigureStyle *style = &self->style;
  const double n = self->n_columns;
  double row_shape, column_shape, picture;

  if (!msm_figure_check (self, error))
    return FALSE;
  pixel_shape (self, &row_shape, &column_shape);
  picture = (double) msm_figure_n_columns (self) * column_shape;
  *layout = (MsmFigureLayout){ .dpi = style->dpi };
  set_zoom (self, layout, MAX (style->zoom, 1));
  /* Texts do not grow quite as the resolution does, so that the last word is had after a few rounds. */
  for (int round = 0; round < 6; round++)
    {
      PangoContext *fonts = msm_figure_create_fonts (self, layout->dpi);
      MsmCanvas canvas = { .pango = fonts, .unit = layout->dpi / 96.0, .hides_text = self->hides_text };
      double sides = place_sides (self, &canvas, layout), width = style->width_cm / 2.54 * layout->dpi;
      double zoom = style->zoom > 0 ? style->zoom : (width - sides) / (n * picture), needed;

      if (!(zoom * picture >= 8))
        {
          g_object_unref (fonts);
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                       _("%g cm are too narrow for %u pictures side by side; try a larger width or fewer columns"),
                       style->width_cm, self->n_columns);
          return FALSE;
        }
      if (!style->is_smooth && style->zoom == 0)
        zoom = round == 0 ? ceil (zoom - 1e-9) : MAX (rint (zoom), 1);
      set_zoom (self, layout, zoom);
      layout->pane_step = layout->pane_width + ceil (GAP * canvas.unit);
      needed = sides + n * layout->pane_width;
      layout->width = ceil (style->zoom > 0 || !style->is_smooth ? needed : width);
      layout->scale_left =
          layout->pane_left + layout->pane_step * (n - 1) + layout->pane_width + ceil (SCALE_GAP * canvas.unit);
      place_rows (self, &canvas, layout);
      g_object_unref (fonts);
      if (style->zoom > 0 || style->is_smooth || fabs (needed - width) < 1)
        break;
      layout->dpi *= needed / width;
    }
  if (layout->width <= MAX_SIDE && layout->height <= MAX_SIDE)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
               _("the figure would be %.0f × %.0f pixels large; try fewer pictures or a lower resolution"),
               layout->width, layout->height);
  return FALSE;
}

gboolean
msm_figure_locate (const MsmFigure *self, guint row, guint column, gsize *top, gsize *left, double *zoom)
{
  MsmFigureLayout layout;

  if (!msm_figure_place (self, &layout, NULL))
    return FALSE;
  *top = (gsize) layout.row_top[row];
  *left = (gsize) (layout.pane_left + layout.pane_step * column);
  *zoom = layout.column_zoom;
  return TRUE;
}
