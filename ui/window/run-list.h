#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_RUN_LIST (msm_run_list_get_type ())
/* The runs of this session, the newest first; selecting one shows it in the panes. */
G_DECLARE_FINAL_TYPE (MsmRunList, msm_run_list, MSM, RUN_LIST, GtkBox)

GtkWidget *msm_run_list_new (MsmSession *session);

G_END_DECLS
