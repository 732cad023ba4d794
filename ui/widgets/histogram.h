#pragma once

#include <gtk/gtk.h>

#include "core/render/render.h"

G_BEGIN_DECLS

#define MSM_TYPE_HISTOGRAM (msm_histogram_get_type ())
/**
 * MsmHistogram:
 *
 * The distribution of an image's values with the window on it; the window's ends can be dragged.
 *
 * Signal: "window-changed" (double low, double high) while dragging.
 */
G_DECLARE_FINAL_TYPE (MsmHistogram, msm_histogram, MSM, HISTOGRAM, GtkWidget)

GtkWidget *msm_histogram_new (void);
/* Counts @values, in fewer bins where there are few; @n 0 empties it. */
void msm_histogram_set_values (MsmHistogram *self, const float *values, gsize n);
void msm_histogram_set_window (MsmHistogram *self, double low, double high);

G_END_DECLS
