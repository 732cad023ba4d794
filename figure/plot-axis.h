#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MSM_AXIS_MAX_TICKS 24

/* One axis of a plot: its range, its ticks, and the way from values to pixels. Pure. */
typedef struct
{
  double low, high; /* of the data, widened */
  gboolean log;
  double pixel_low, pixel_high; /* where low and high lie; either order */
  int n_ticks;
  double ticks[MSM_AXIS_MAX_TICKS];
} MsmPlotAxis;

/**
 * msm_plot_axis_set_range:
 * @round: widen the ends to whole ticks
 *
 * Ticks at 1, 2 or 5 times a power of ten, about @wanted of them; on a logarithmic axis at powers of ten,
 * with 2 and 5 between when there are few. A range of no width is widened.
 */
void msm_plot_axis_set_range (MsmPlotAxis *self, double low, double high, gboolean log, int wanted, gboolean round);
double msm_plot_axis_to_pixel (const MsmPlotAxis *self, double value);
double msm_plot_axis_to_value (const MsmPlotAxis *self, double pixel);
/* "0.25", "1e−4": no more figures than the distance of the ticks needs. (transfer full) */
char *msm_plot_axis_format (const MsmPlotAxis *self, double value);

G_END_DECLS
