#pragma once

#include "figure/canvas.h"
#include "figure/plot-axis.h"

G_BEGIN_DECLS

/* One named series of a plot. */
typedef struct
{
  char *name;
  GArray *x, *y; /* double */
  MsmColor color;
} MsmPlotLine;

/* The colours of series, from 0; they come again. @on_paper: darker ones, for white. */
MsmColor msm_plot_line_color (guint index, gboolean on_paper);
/* With the colour @index. */
MsmPlotLine *msm_plot_line_new (const char *name, guint index);
void msm_plot_line_free (MsmPlotLine *self);
/* Widens the range by what can be shown; NaN, and values ≤ 0 on a logarithmic axis, cannot. */
void msm_plot_line_extend (const MsmPlotLine *self, gboolean log_y, double x_range[2], double y_range[2]);
void msm_plot_line_draw (const MsmPlotLine *self, const MsmCanvas *canvas, const MsmPlotAxis *x_axis,
                         const MsmPlotAxis *y_axis);
/* Index of the shown point nearest to @x; −1 when there is none. */
gssize msm_plot_line_nearest (const MsmPlotLine *self, gboolean log_y, double x);

G_END_DECLS
