#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_SOURCE_PANEL (msm_source_panel_get_type ())
/* What the open file is: format, sizes, spacing, and everything the reader noted about it. */
G_DECLARE_FINAL_TYPE (MsmSourcePanel, msm_source_panel, MSM, SOURCE_PANEL, GtkBox)

GtkWidget *msm_source_panel_new (MsmSession *session);

G_END_DECLS
