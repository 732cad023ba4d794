#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_MASK_PANEL (msm_mask_panel_get_type ())
/*
 * What is measured: the sampling pattern with its parameters and the mask editor, or another operator.
 */
G_DECLARE_FINAL_TYPE (MsmMaskPanel, msm_mask_panel, MSM, MASK_PANEL, GtkBox)

GtkWidget *msm_mask_panel_new (MsmSession *session);
/* 0 draw, 1 erase, 2 ACS, 3 rectangle */
void msm_mask_panel_set_tool (MsmMaskPanel *self, int tool);

G_END_DECLS
