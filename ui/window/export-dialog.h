#pragma once

#include "ui/window/pane-grid.h"

G_BEGIN_DECLS

#define MSM_TYPE_EXPORT_DIALOG (msm_export_dialog_get_type ())
/*
 * What leaves the window, where to, and as what: the selected pane as it is shown, or images of the selected run, or of
 * a run of each slice. What the format cannot hold is said before. Not modal.
 */
G_DECLARE_FINAL_TYPE (MsmExportDialog, msm_export_dialog, MSM, EXPORT_DIALOG, GtkWindow)

GtkWidget *msm_export_dialog_new (GtkWindow *parent, MsmSession *session, MsmPaneGrid *panes);
/* What there is to export now; what was chosen stays chosen where it still can be. */
void msm_export_dialog_refresh (MsmExportDialog *self);

/* For tests: what a hand does. @kind: a name of msm_export_kinds(), NULL the pane; FALSE: it is not offered. */
gboolean msm_export_dialog_choose (MsmExportDialog *self, const char *kind, gboolean is_volume);
void msm_export_dialog_set_path (MsmExportDialog *self, const char *path);
void msm_export_dialog_press (MsmExportDialog *self);
/* What it says: what will be lost, what was written, or what went wrong. */
const char *msm_export_dialog_get_message (MsmExportDialog *self);
gboolean msm_export_dialog_is_busy (MsmExportDialog *self);

G_END_DECLS
