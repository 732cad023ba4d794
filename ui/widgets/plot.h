#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MSM_TYPE_PLOT (msm_plot_get_type ())
/**
 * MsmPlot:
 *
 * Several named series over one axis, with ticks, a legend, the values under the pointer and a
 * cursor line.
 *
 * Signal: "cursor-picked" (double x) on a click.
 */
G_DECLARE_FINAL_TYPE (MsmPlot, msm_plot, MSM, PLOT, GtkWidget)

GtkWidget *msm_plot_new (const char *title, const char *x_label);
void msm_plot_set_title (MsmPlot *self, const char *title);
void msm_plot_set_x_label (MsmPlot *self, const char *x_label);
/* Logarithmic values axis; values ≤ 0 are then gaps. */
void msm_plot_set_log_y (MsmPlot *self, gboolean log_y);
/* Creates the series @name when new (with the next colour) and replaces its points; NaN is a gap. */
void msm_plot_set_series (MsmPlot *self, const char *name, const double *x, const double *y, gsize n);
/* Gives the series @name the colour @index. */
void msm_plot_set_color (MsmPlot *self, const char *name, guint index);
/* Adds a point at the end of series @name. */
void msm_plot_append (MsmPlot *self, const char *name, double x, double y);
void msm_plot_remove_series (MsmPlot *self, const char *name);
void msm_plot_clear (MsmPlot *self);
/* Fixed range of x, so that a run does not rescale; low = high: from the data. */
void msm_plot_set_x_range (MsmPlot *self, double low, double high);
/* The scrubber's position; NaN hides it. */
void msm_plot_set_cursor (MsmPlot *self, double x);

G_END_DECLS
