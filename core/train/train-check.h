#pragma once

#include "core/train/train.h"

G_BEGIN_DECLS

/*
 * What a training is judged by: fixed validation samples with fixed noise, so that two evaluations differ
 * only by the network.
 */
typedef struct _MsmTrainCheck MsmTrainCheck;

/**
 * msm_train_check_new:
 * @loss: planned for @measure
 * @n_items: validation samples, rounded up to whole batches
 *
 * Reads the samples. Before a loader runs on @dataset, which takes one call at a time.
 */
MsmTrainCheck *msm_train_check_new (MsmLoss *loss, MsmDenoiser *denoiser, MsmMeasure *measure, MsmDataset *dataset,
                                    int n_items, guint64 seed, GError **error);
void msm_train_check_free (MsmTrainCheck *self);
/* Σ ‖ŝ − s‖² / Σ ‖s‖² over all samples, for σ in each band. */
void msm_train_check_run (MsmTrainCheck *self, double error_of_band[MSM_TRAIN_BANDS]);
/**
 * msm_train_check_strip:
 *
 * The first validation sample at several σ: Tᴴ s and the noisy u above, the mask and x̂₀ below. Magnitudes
 * (MRI) or colours; x̂₀ and Tᴴ s share one scale, each u has its own.
 */
gboolean msm_train_check_strip (MsmTrainCheck *self, const char *path, GError **error);
/* The samples are fully measured, as the oracle's loss needs them. */
gboolean msm_train_check_is_full (MsmTrainCheck *self);
/* The band of σ at an index of the schedule. */
int msm_train_band_of (const MsmSchedule *schedule, double step);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmTrainCheck, msm_train_check_free)

G_END_DECLS
