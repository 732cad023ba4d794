#pragma once

#include "core/render/render.h"
#include "core/render/roi.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * A figure: pictures of one size in a grid, with titles, figures under each, scales, insets, marks and plots. Filled by
 * its owner, then drawn to a file of any format with the same layout. Its lengths are in the file's own pixels: so
 * many to an inch that each pixel of a picture is a whole number of them, where the style asks for that.
 */
typedef struct
{
  double width_cm;
  double dpi;         /* at least; whole pixels may need more */
  int zoom;           /* not 0: so many pixels for one of a picture, at @dpi, however wide that is */
  gboolean is_dark;   /* on black instead of on white */
  gboolean is_smooth; /* pictures are interpolated, and any size will do */
  const char *font;   /* family; borrowed */
  double font_pt;
  gboolean has_letters; /* a, b, c in the corners of the pictures */
} MsmFigureStyle;

/* Where something stands that not every picture needs. */
typedef enum
{
  MSM_FIGURE_FIRST, /* on the first picture */
  MSM_FIGURE_ALL,
  MSM_FIGURE_NONE,
} MsmFigureWhere;

typedef struct
{
  MsmTensor *image; /* (nullable): host; the last two axes are the picture; NULL: the place stays empty */
  gsize plane;      /* which, counted over the leading axes */
  gboolean is_rgb;  /* the planes are red, green and blue */
  MsmRenderOptions options;
  char *below;         /* (nullable): a line under it */
  gboolean has_scale;  /* a colour scale at the right of it: for the last picture of a row */
  double scale_factor; /* the scale's figures are the values times this */
  char edges[5];       /* letters at the left, right, top and bottom edge; "": unknown */
} MsmFigurePane;

typedef enum
{
  MSM_CORNER_AUTO, /* one that does not hide what is enlarged */
  MSM_CORNER_TOP_LEFT,
  MSM_CORNER_TOP_RIGHT,
  MSM_CORNER_BOTTOM_LEFT,
  MSM_CORNER_BOTTOM_RIGHT,
} MsmCorner;

/* A part of each picture, enlarged in one of its corners. In pixels of the picture. */
typedef struct
{
  gsize top, left, size;
  int zoom; /* whole; 0: such that it takes some two fifths of the picture */
  MsmCorner corner;
} MsmFigureInset;

/* In pixels of the picture; pixel (row, column) has its centre at + 0.5. */
typedef struct
{
  double row, column; /* of the tip */
  double angle;       /* degrees: where the arrow comes from; 0: from the right, 90: from above */
  double length;
  char *label;         /* (nullable) */
  guint first, beyond; /* of the columns (items) it is drawn on: first ≤ i < beyond */
} MsmFigureArrow;

typedef struct
{
  MsmRoi roi;
  char *label; /* (nullable) */
} MsmFigureRegion;

/* Several named series over one axis. */
typedef struct
{
  char *title, *x_label;
  gboolean log_y;
  GPtrArray *lines; /* MsmPlotLine (figure/plot-line.h), of msm_figure_plot_add() */
} MsmFigurePlot;

typedef struct
{
  MsmFigureStyle style;
  guint n_rows, n_columns;
  MsmFigurePane *panes;               /* [n_rows · n_columns] */
  char **row_titles, **column_titles; /* [n_rows], [n_columns]; entries may be NULL */
  double spacing[2];                  /* mm per row and column; 0: not known */
  GArray *insets;                     /* MsmFigureInset */
  GArray *arrows;                     /* MsmFigureArrow */
  GArray *regions;                    /* MsmFigureRegion */
  GPtrArray *plots;                   /* MsmFigurePlot */
  MsmFigureWhere scale_bar, edges;
  char *title;   /* (nullable): for the file's own data */
  char *caption; /* (nullable): all there is to say, for the file's own data */
  gboolean hides_text;
} MsmFigure;

MsmFigure *msm_figure_new (guint n_rows, guint n_columns);
void msm_figure_free (MsmFigure *self);
MsmFigurePane *msm_figure_pane (MsmFigure *self, guint row, guint column);
/* (transfer none): the figure's */
MsmFigurePlot *msm_figure_add_plot (MsmFigure *self, const char *title, const char *x_label, gboolean log_y);
void msm_figure_plot_add (MsmFigurePlot *self, const char *name, const double *x, const double *y, gsize n);
/**
 * msm_figure_check:
 *
 * Returns: FALSE with MSM_ERROR_VALUE where it cannot be drawn: no picture, pictures of several sizes, an inset outside
 * or too large, a width too small for what is in it
 */
gboolean msm_figure_check (const MsmFigure *self, GError **error);

/* The name's suffix is that of a format: .pdf, .svg, .png. MSM_ERROR_UNSUPPORTED, which lists them. */
gboolean msm_figure_can_write (const char *path, GError **error);
/**
 * msm_figure_write:
 * @text: (nullable): provenance and description, for the file's own data
 *
 * Texts are texts, in PDF with their fonts. The same figure gives the same bytes, where fonts are the same.
 * Returns: FALSE as msm_figure_check() and msm_figure_can_write() fail, or with MSM_ERROR_FILE, MSM_ERROR_MEMORY
 */
gboolean msm_figure_write (const MsmFigure *self, const char *path, const char *text, GError **error);
/**
 * msm_figure_render:
 * @n_rows, @n_columns: (out)
 *
 * (transfer full): opaque RGBA pixels, from g_malloc(); NULL as msm_figure_check() fails, or with MSM_ERROR_MEMORY
 */
guint8 *msm_figure_render (const MsmFigure *self, gsize *n_rows, gsize *n_columns, GError **error);
/* Where the picture of a pane lies in what msm_figure_render() gives, and pixels for each of its own along @zoom. */
gboolean msm_figure_locate (const MsmFigure *self, guint row, guint column, gsize *top, gsize *left, double *zoom);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFigure, msm_figure_free)

G_END_DECLS
