#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_RUN_CONTROLS (msm_run_controls_get_type ())
/* Reconstruct, Pause, Step, Stop (the actions win.run, win.pause, win.step, win.stop) and progress. */
G_DECLARE_FINAL_TYPE (MsmRunControls, msm_run_controls, MSM, RUN_CONTROLS, GtkBox)

GtkWidget *msm_run_controls_new (MsmSession *session);

G_END_DECLS
