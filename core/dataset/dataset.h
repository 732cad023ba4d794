#pragma once

#include "core/base/cancel.h"
#include "core/base/param.h"
#include "core/diffusion/batch.h"

G_BEGIN_DECLS

/*
 * Training data: sources that give one measurement each, masks, augmentation. Sample (seed, index) is a pure
 * function, so that a resumed training sees what an unbroken one would have seen. Kinds:
 *
 *   volumes     magnitude volumes (NIfTI, HDF5): simulated multi-coil acquisition
 *   kspace      raw k-space (fastMRI, ISMRMRD, cfl): cut to the size around its centre, compressed to the number
 *               of coils, maps by ESPIRiT. An undersampled scan keeps its own mask for ever
 *   images      photographs (PNG, HDF5 `image`): random parts, reduced to the size, in [−1, 1]
 *
 * The measurements are scaled by the rule of msm_normalise_scale(), from what is measured.
 */
typedef struct _MsmDataset MsmDataset;

/*
 * paths: separated by ‘;’; a folder means all files in it. exclude: parts of file names. subjects: those to use
 * of files that number them (HDF5 `subject`, one number per slice). validation: parts of file names, subjects,
 * or a fraction. fixed-mask: everything that is drawn for an item is drawn once for ever, as for data that are
 * truly undersampled; acquisitions: how many such scans of each item.
 */
const MsmParam *msm_dataset_params (void);

/**
 * msm_dataset_new:
 *
 * Finds and counts the items; slices that are constant, empty or not finite, or whose centre is not sampled, are
 * skipped with a line in the report. MSM_ERROR_FILE, MSM_ERROR_FORMAT; MSM_ERROR_VALUE when nothing usable is left.
 */
MsmDataset *msm_dataset_new (const MsmParams *params, MsmCancel *cancel, GError **error);
void msm_dataset_free (MsmDataset *self);
MsmMeasureKind msm_dataset_kind (const MsmDataset *self);
gsize msm_dataset_n_coil (const MsmDataset *self); /* or channels */
gsize msm_dataset_size (const MsmDataset *self);   /* rows = columns of the images */
gsize msm_dataset_n_items (const MsmDataset *self, gboolean validation);
double msm_dataset_noise_std (const MsmDataset *self);  /* ρ of every sample */
gboolean msm_dataset_is_split (const MsmDataset *self); /* lines are held back from the network */
/* What was found, skipped (with reasons), held out: text for the log. (transfer none) */
const char *msm_dataset_report (const MsmDataset *self);
/**
 * msm_dataset_fill:
 * @index: number of the first sample; the batch holds samples index … index + n − 1
 * @validation: from the items kept apart; no augmentation
 *
 * From any thread; calls wait for each other. Writes to a batch on the host device.
 */
gboolean msm_dataset_fill (MsmDataset *self, MsmBatch *batch, guint64 index, gboolean validation, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmDataset, msm_dataset_free)

/*
 * Runs one batch ahead in a thread of its own. The trainer takes batches in order, from sample @first on, each @stride
 * samples after the one before: the batch's size, or that of all processes' batches.
 */
typedef struct _MsmLoader MsmLoader;

MsmLoader *msm_loader_new (MsmDataset *dataset, MsmMeasure *measure, guint64 first, gsize stride, GError **error);
void msm_loader_free (MsmLoader *self);
/* (transfer none): valid until the next call; NULL with @error when reading failed */
MsmBatch *msm_loader_next (MsmLoader *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmLoader, msm_loader_free)

G_END_DECLS
