#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_WINDOW (msm_window_get_type ())
G_DECLARE_FINAL_TYPE (MsmWindow, msm_window, MSM, WINDOW, GtkApplicationWindow)

GtkWidget *msm_window_new (GtkApplication *application);
void msm_window_open (MsmWindow *self, const char *path);
MsmSession *msm_window_get_session (MsmWindow *self);

/* Whether @detailed_name, as in "win.layout(5)", names an action of windows with the value that it takes. */
gboolean msm_window_check_action (const char *detailed_name, GError **error);

G_END_DECLS
