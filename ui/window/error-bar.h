#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MSM_TYPE_ERROR_BAR (msm_error_bar_get_type ())
/* One sentence at the bottom of the window, with a button that puts it away. Never modal. */
G_DECLARE_FINAL_TYPE (MsmErrorBar, msm_error_bar, MSM, ERROR_BAR, GtkBox)

GtkWidget *msm_error_bar_new (void);
void msm_error_bar_show (MsmErrorBar *self, const char *message);
void msm_error_bar_hide (MsmErrorBar *self);

G_END_DECLS
