#pragma once

#include <gtk/gtk.h>

#include "core/render/render.h"

G_BEGIN_DECLS

#define MSM_TYPE_COLOR_BAR (msm_color_bar_get_type ())
/* A vertical colour scale with ticks at round values. */
G_DECLARE_FINAL_TYPE (MsmColorBar, msm_color_bar, MSM, COLOR_BAR, GtkWidget)

GtkWidget *msm_color_bar_new (void);
void msm_color_bar_set_colormap (MsmColorBar *self, MsmColormap colormap);
void msm_color_bar_set_range (MsmColorBar *self, double low, double high);

G_END_DECLS
