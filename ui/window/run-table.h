#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_RUN_TABLE (msm_run_table_get_type ())
/*
 * Every run with where it is of, what it was started with, how good it is and how long it took; a click on a head
 * sorts.
 * Selecting one goes to its slice and takes up its settings. Each can be starred, named, noted, pinned as A or B, and
 * taken off.
 */
G_DECLARE_FINAL_TYPE (MsmRunTable, msm_run_table, MSM, RUN_TABLE, GtkBox)

GtkWidget *msm_run_table_new (MsmSession *session);

G_END_DECLS
