#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_WINDOW (msm_window_get_type ())
G_DECLARE_FINAL_TYPE (MsmWindow, msm_window, MSM, WINDOW, GtkApplicationWindow)

GtkWidget  *msm_window_new         (GtkApplication *application);
void        msm_window_open        (MsmWindow *self, const char *path);
MsmSession *msm_window_get_session (MsmWindow *self);

G_END_DECLS
