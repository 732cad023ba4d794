#pragma once

#include "figure/canvas.h"
#include "figure/figure.h"
#include "figure/roi-path.h"

G_BEGIN_DECLS

/* Where everything lies: in pixels at @dpi. */
typedef struct
{
  double dpi;
  double width, height;
  double row_zoom, column_zoom; /* pixels for one of a picture */
  double pane_width, pane_height;
  double pane_left, pane_step;    /* of the first column, and from one to the next */
  double titles_top;              /* of the columns' titles */
  double titles_left;             /* of the rows' titles */
  double row_top[64];             /* of the pictures of each row */
  double below_height;            /* of the lines under them; 0: none */
  double scale_left, scale_width; /* of colour scales */
  double plots_top, plots_height;
} MsmFigureLayout;

enum
{
  MSM_FIGURE_MAX_ROWS = 64,
  MSM_FIGURE_MAX_COLUMNS = 64,
};

/* Fonts at @dpi; (transfer full) */
PangoContext *msm_figure_create_fonts (const MsmFigure *self, double dpi);
gboolean msm_figure_place (const MsmFigure *self, MsmFigureLayout *layout, GError **error);
/* What a PDF says about itself; no dates. */
void msm_pdf_describe (cairo_surface_t *surface, const char *title, const char *subject);
/* FALSE with MSM_ERROR_MEMORY or MSM_ERROR_FILE where drawing what becomes @path went wrong. */
gboolean msm_figure_check_status (cairo_status_t status, const char *path, GError **error);
/* The document; @path is for messages. (transfer full): as msm_figure_write() fails */
char *msm_figure_format_svg (const MsmFigure *self, const char *path, const char *text, GError **error);
/* On a canvas whose unit is the layout's pixel. */
void msm_figure_draw (const MsmFigure *self, const MsmFigureLayout *layout, MsmCanvas *canvas);
void msm_figure_draw_pane (const MsmFigure *self, const MsmFigureLayout *layout, const MsmCanvas *canvas, guint row,
                           guint column);
/* A round length with its figure, in the lower left corner, or in the lower right one. */
void msm_scale_bar_draw (const MsmCanvas *canvas, const MsmImagePlace *at, double width, double height,
                         double spacing_mm, double room, gboolean at_right);
/* From the tip towards the angle, on any ground. */
void msm_arrow_draw (const MsmCanvas *canvas, const MsmFigureArrow *arrow, const MsmImagePlace *at);
/* Of the picture; there is one. */
gsize msm_figure_n_rows (const MsmFigure *self);
gsize msm_figure_n_columns (const MsmFigure *self);

G_END_DECLS
