#pragma once

#include "figure/plot-line.h"

G_BEGIN_DECLS

/* Size of a plot's texts, of the base font. */
#define MSM_PLOT_TEXT 0.84

/* Several named series over one axis, as it is drawn. */
typedef struct
{
  const char *title, *x_label; /* (nullable) */
  gboolean log_y;
  GPtrArray *lines;             /* MsmPlotLine */
  double fixed_low, fixed_high; /* of x; equal: from the data */
  MsmColor ink;
  /* Of msm_plot_place(): */
  MsmPlotAxis x_axis, y_axis;
  double x, y, width, height; /* where the lines are */
} MsmPlotPicture;

/* Places axes and ticks for a plot at (@x, @y), of @width × @height. */
void msm_plot_place (MsmPlotPicture *self, const MsmCanvas *canvas, double x, double y, double width, double height);
/* A series has points. */
gboolean msm_plot_has_data (const MsmPlotPicture *self);
/* Grid and ticks, the lines, title and names. */
void msm_plot_draw (const MsmPlotPicture *self, const MsmCanvas *canvas, double x, double y, double width);

G_END_DECLS
