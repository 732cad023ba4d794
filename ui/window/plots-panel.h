#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

/* All values that runs have over their steps, one plot below the other (ui/window/step-plot.h). */
GtkWidget *msm_plots_panel_new (MsmSession *session);

G_END_DECLS
