#pragma once

#include <gio/gio.h>

#include "app/session/train-run.h"

G_BEGIN_DECLS

#define MSM_TYPE_TRAIN_ITEM (msm_train_item_get_type ())
/**
 * MsmTrainItem:
 *
 * The main thread's face of one folder of a training: what its log says, and what a running one adds. The
 * signal "updated" is emitted whenever anything changed.
 */
G_DECLARE_FINAL_TYPE (MsmTrainItem, msm_train_item, MSM, TRAIN_ITEM, GObject)

/* Reads the log and finds the newest strip of an earlier training in @folder, if there is one. */
MsmTrainItem *msm_train_item_new (const char *folder);
/* @experiment: (nullable): %NULL goes on from the checkpoint; @device: "auto", "cpu", …. Not while one is running. */
void msm_train_item_start (MsmTrainItem *self, const char *experiment, const char *device);
/* Saves after the step that is being done, and ends. */
void msm_train_item_stop (MsmTrainItem *self);
gboolean msm_train_item_is_active (MsmTrainItem *self);
/* There is a checkpoint to go on from. */
gboolean msm_train_item_can_resume (MsmTrainItem *self);
const char *msm_train_item_get_folder (MsmTrainItem *self);
/* "step 120 of 2000 · 3.1 images/s · 0:42:10 left", or how it ended. (transfer full) */
char *msm_train_item_format_state (MsmTrainItem *self);
/* Network, data and device of the running one, or NULL. */
const char *msm_train_item_get_report (MsmTrainItem *self);
/* What could not be written, or why it failed; NULL: all is well. */
const char *msm_train_item_get_trouble (MsmTrainItem *self);
/* A PNG: Tᴴs and noisy u above, mask and x̂₀ below; or NULL. */
const char *msm_train_item_get_strip (MsmTrainItem *self);
/* Step and mean loss of every row of the log. */
gsize msm_train_item_get_loss (MsmTrainItem *self, const double **step, const double **loss);
/* Step and ŝ error / signal power of every validation; @band < msm_train_item_n_bands(). */
gsize msm_train_item_get_band (MsmTrainItem *self, guint band, const double **step, const double **error);
guint msm_train_item_n_bands (void);
/* "0.11–0.37", of σ (transfer full) */
char *msm_train_item_name_band (guint band);

G_END_DECLS
