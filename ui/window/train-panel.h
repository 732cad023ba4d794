#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MSM_TYPE_TRAIN_PANEL (msm_train_panel_get_type ())
/**
 * MsmTrainPanel:
 *
 * A window of its own for the folder of one training: error per σ-band and loss over the steps, the newest strip
 * of a validation sample, start, stop, resume. Closing it hides it; the training goes on until the window that
 * it belongs to is closed, which saves.
 */
G_DECLARE_FINAL_TYPE (MsmTrainPanel, msm_train_panel, MSM, TRAIN_PANEL, GtkWindow)

GtkWidget *msm_train_panel_new (GtkWindow *parent);
/* Looks at the training in @folder. One that is running is stopped first. */
void msm_train_panel_open (MsmTrainPanel *self, const char *folder);
/* Trains what @experiment describes; the results go to @folder. */
void msm_train_panel_start (MsmTrainPanel *self, const char *experiment, const char *folder);
/* Goes on from the checkpoint of the folder that is looked at, if there is one. */
void msm_train_panel_resume (MsmTrainPanel *self);
void msm_train_panel_stop (MsmTrainPanel *self);

G_END_DECLS
