#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_MASK_PANEL (msm_mask_panel_get_type ())
/*
 * What is measured: the sampling pattern with its parameters and the mask, or another operator.
 */
G_DECLARE_FINAL_TYPE (MsmMaskPanel, msm_mask_panel, MSM, MASK_PANEL, GtkBox)

GtkWidget *msm_mask_panel_new (MsmSession *session);

G_END_DECLS
