#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"
#include "core/render/render.h"

G_BEGIN_DECLS

typedef enum
{
  MSM_PANE_ZERO_FILLED,
  MSM_PANE_ESTIMATE,
  MSM_PANE_REFERENCE,
  MSM_PANE_ERROR,
  MSM_PANE_KSPACE,
  MSM_PANE_PHASE,
  MSM_N_PANES,
} MsmPane;

typedef enum
{
  MSM_LAYOUT_1X1,
  MSM_LAYOUT_2X2,
  MSM_LAYOUT_2X3,
} MsmLayout;

#define MSM_TYPE_PANE_GRID (msm_pane_grid_get_type ())
/*
 * Linked viewports of the session's images. A double click shows one alone, another brings all back.
 * Signal: "window-changed": the selected pane's window is another, or another pane is selected.
 */
G_DECLARE_FINAL_TYPE (MsmPaneGrid, msm_pane_grid, MSM, PANE_GRID, GtkBox)

GtkWidget *msm_pane_grid_new           (MsmSession *session);
void       msm_pane_grid_set_layout    (MsmPaneGrid *self, MsmLayout layout);
MsmLayout  msm_pane_grid_get_layout    (MsmPaneGrid *self);
/* Mode of the panes that show reconstructed images. */
void       msm_pane_grid_set_mode      (MsmPaneGrid *self, MsmRenderMode mode);
void       msm_pane_grid_auto_window   (MsmPaneGrid *self);
void       msm_pane_grid_reset_view    (MsmPaneGrid *self);
void       msm_pane_grid_get_window    (MsmPaneGrid *self, double *low, double *high);
void       msm_pane_grid_set_window    (MsmPaneGrid *self, double low, double high);
void       msm_pane_grid_focus         (MsmPaneGrid *self); /* keys go to the selected pane */
void       msm_pane_grid_next          (MsmPaneGrid *self); /* selects the next pane */
/* The selected pane's picture as it is shown; FALSE with @error when it shows nothing. */
gboolean   msm_pane_grid_export        (MsmPaneGrid *self, const char *path, GError **error);
const char *msm_pane_grid_selected_name (MsmPaneGrid *self);

G_END_DECLS
