#pragma once

#include "ui/window/pane-kind.h"

G_BEGIN_DECLS

#define MSM_TYPE_PANE (msm_pane_get_type ())
/*
 * A place in the window whose title is a menu of what it can show. Signals: "view-changed": somebody chose something
 * else. "focused": it was pressed. "maximise": somebody wants to see it alone, or among the others again.
 */
G_DECLARE_FINAL_TYPE (MsmPane, msm_pane, MSM, PANE, GtkBox)

GtkWidget *msm_pane_new (MsmSession *session, MsmViewportModel *model);
/* There is always one; it is empty while the pane shows another kind than a picture. */
MsmViewport *msm_pane_get_viewport (MsmPane *self);
const MsmPaneView *msm_pane_get_view (MsmPane *self);
void msm_pane_set_view (MsmPane *self, const MsmPaneView *view);
/* Shows what its source is now. Does nothing when that is what it shows already. */
void msm_pane_update (MsmPane *self);
/* A ring around what the panels show the settings of. */
void msm_pane_set_selected (MsmPane *self, gboolean selected);
/* Keys go to its content. */
void msm_pane_focus (MsmPane *self);

G_END_DECLS
