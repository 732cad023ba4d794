#pragma once

#include "ui/window/pane-grid.h"

G_BEGIN_DECLS

#define MSM_TYPE_ROI_PANEL (msm_roi_panel_get_type ())
/*
 * What is measured in the region of interest: its size, the figures of every pane that shows a picture, and the
 * histogram of the selected pane's values, whose ends set its window; of a line its length, and the profile of every
 * pane whose values are comparable to the selected one's. Hidden while there is no region.
 */
G_DECLARE_FINAL_TYPE (MsmRoiPanel, msm_roi_panel, MSM, ROI_PANEL, GtkBox)

GtkWidget *msm_roi_panel_new (MsmPaneGrid *panes);

G_END_DECLS
