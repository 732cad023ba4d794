#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MSM_TYPE_APPLICATION (msm_application_get_type ())
G_DECLARE_FINAL_TYPE (MsmApplication, msm_application, MSM, APPLICATION, GtkApplication)

MsmApplication *msm_application_new (void);
/* What was asked for on the command line could not be done: the program's exit status is 1. */
void msm_application_fail (MsmApplication *self);
int msm_application_get_status (MsmApplication *self);

G_END_DECLS
