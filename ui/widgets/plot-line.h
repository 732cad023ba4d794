#pragma once

#include <gtk/gtk.h>

#include "ui/widgets/plot-axis.h"

G_BEGIN_DECLS

/* One named series of a plot. */
typedef struct
{
  char *name;
  GArray *x, *y; /* double */
  GdkRGBA color;
} MsmPlotLine;

MsmPlotLine *msm_plot_line_new (const char *name, guint index);
void msm_plot_line_free (MsmPlotLine *self);
/* Widens the range by what can be shown; NaN, and values ≤ 0 on a logarithmic axis, cannot. */
void msm_plot_line_extend (const MsmPlotLine *self, gboolean log_y, double x_range[2], double y_range[2]);
void msm_plot_line_draw (const MsmPlotLine *self, cairo_t *cr, const MsmPlotAxis *x_axis, const MsmPlotAxis *y_axis);
/* Index of the shown point nearest to @x; −1 when there is none. */
gssize msm_plot_line_nearest (const MsmPlotLine *self, gboolean log_y, double x);

G_END_DECLS
