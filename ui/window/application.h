#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MSM_TYPE_APPLICATION (msm_application_get_type ())
G_DECLARE_FINAL_TYPE (MsmApplication, msm_application, MSM, APPLICATION, GtkApplication)

MsmApplication *msm_application_new (void);

G_END_DECLS
