#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_PLOTS_PANEL (msm_plots_panel_get_type ())
/*
 * The residual, metrics and the noise level over the steps, of every run of the slice that is looked at. The line is
 * the step that the panes show; a click picks one.
 */
G_DECLARE_FINAL_TYPE (MsmPlotsPanel, msm_plots_panel, MSM, PLOTS_PANEL, GtkBox)

GtkWidget *msm_plots_panel_new (MsmSession *session);

G_END_DECLS
