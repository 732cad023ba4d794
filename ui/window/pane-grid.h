#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"
#include "ui/widgets/viewport.h"

G_BEGIN_DECLS

/* Arrangements of panes. What their panes show can be changed; each remembers it. */
typedef enum
{
  MSM_LAYOUT_1X1,
  MSM_LAYOUT_2X2,
  MSM_LAYOUT_2X3,
  MSM_LAYOUT_3X3,
  MSM_LAYOUT_TRAJECTORY, /* a diffusion sampler's state, every local denoising, the estimate */
  MSM_LAYOUT_COMPARE,    /* the estimate against the reference, or what was measured */
  MSM_N_LAYOUTS,
} MsmLayout;

#define MSM_TYPE_PANE_GRID (msm_pane_grid_get_type ())
/*
 * Linked panes of the session's images. A double click shows one alone, another brings all back.
 * Signals: "window-changed": the selected pane's window is another, or another pane is selected. "roi-changed": the
 * region of interest is another, or what it lies on.
 */
G_DECLARE_FINAL_TYPE (MsmPaneGrid, msm_pane_grid, MSM, PANE_GRID, GtkBox)

GtkWidget *msm_pane_grid_new (MsmSession *session);
const char *msm_layout_title (MsmLayout layout); /* translated */
void msm_pane_grid_set_layout (MsmPaneGrid *self, MsmLayout layout);
MsmLayout msm_pane_grid_get_layout (MsmPaneGrid *self);
/* Mode of the panes that show reconstructed images. */
void msm_pane_grid_set_mode (MsmPaneGrid *self, MsmRenderMode mode);
/* What a drag does in all panes; signal "tool-changed" where a key chose another. */
void msm_pane_grid_set_tool (MsmPaneGrid *self, const MsmTool *tool);
const MsmTool *msm_pane_grid_get_tool (MsmPaneGrid *self);
/* What MSM_LAYOUT_COMPARE sets side by side: two sources (ui/window/source.h). */
void msm_pane_grid_compare (MsmPaneGrid *self, const char *first, const char *second);
/* The region of all panes; shape NONE: none. */
const MsmRoi *msm_pane_grid_get_roi (MsmPaneGrid *self);
/* What the panes share: MsmSyncFlags; of the rest each has its own. */
void msm_pane_grid_set_sync (MsmPaneGrid *self, MsmSyncFlags sync);
MsmSyncFlags msm_pane_grid_get_sync (MsmPaneGrid *self);
/* A layer over the pictures of all panes, by its place in msm_layer_classes(). */
void msm_pane_grid_show_layer (MsmPaneGrid *self, guint layer, gboolean show);
gboolean msm_pane_grid_hides_layer (MsmPaneGrid *self, guint layer);
void msm_pane_grid_auto_window (MsmPaneGrid *self);
void msm_pane_grid_reset_view (MsmPaneGrid *self);
void msm_pane_grid_get_window (MsmPaneGrid *self, double *low, double *high);
void msm_pane_grid_set_window (MsmPaneGrid *self, double low, double high);
void msm_pane_grid_focus (MsmPaneGrid *self); /* keys go to the selected pane */
void msm_pane_grid_next (MsmPaneGrid *self);  /* selects the next pane */
/* The pane at a place of the present arrangement, counted by rows; NULL past the last. */
MsmViewport *msm_pane_grid_get_viewport (MsmPaneGrid *self, guint place);
MsmViewport *msm_pane_grid_get_selected (MsmPaneGrid *self);
/* What the selected pane shows is changed by the actions of this group: source, second, mode, compare. */
void msm_pane_grid_activate (MsmPaneGrid *self, const char *action, GVariant *value);
/* The selected pane's picture as it is shown; FALSE with @error when it shows nothing. */
gboolean msm_pane_grid_export (MsmPaneGrid *self, const char *path, GError **error);
/* (transfer full): a file name without ending, "estimate" */
char *msm_pane_grid_selected_name (MsmPaneGrid *self);

G_END_DECLS
