#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"
#include "ui/widgets/viewport.h"

G_BEGIN_DECLS

/* What one pane shows: a source (ui/window/source.h), how, and against what. */
typedef struct
{
  char *source;
  int mode; /* MsmRenderMode, or −1: as the source's kind and the window say */
  MsmCompare compare;
  char *second; /* (nullable) */
} MsmPaneView;

void msm_pane_view_copy (const MsmPaneView *self, MsmPaneView *copy);
void msm_pane_view_clear (MsmPaneView *self);

#define MSM_TYPE_PANE (msm_pane_get_type ())
/*
 * A viewport whose title is a menu of what it can show. Signal: "view-changed": somebody chose something else.
 */
G_DECLARE_FINAL_TYPE (MsmPane, msm_pane, MSM, PANE, GtkBox)

GtkWidget *msm_pane_new (MsmSession *session, MsmViewportModel *model);
MsmViewport *msm_pane_get_viewport (MsmPane *self);
const MsmPaneView *msm_pane_get_view (MsmPane *self);
void msm_pane_set_view (MsmPane *self, const MsmPaneView *view);
/* Shows what its source is now. Does nothing when that is what it shows already. */
void msm_pane_update (MsmPane *self);

G_END_DECLS
