#pragma once

#include "core/run/frame.h"

G_BEGIN_DECLS

/*
 * The kept frames of a run: every n-th step and the last. How many there will be is known at the start, and so
 * is their place: in memory up to a budget, all of them in an HDF5 file when one is named. One writer stores a
 * frame, then raises an atomic count; readers look below the count and take no lock.
 *
 * The file: a dataset [kept, …] for every image of a frame, `step`, `sigma`, `residual`, `ms`, and the metrics
 * that are followed over the steps (NaN without a reference), `state` where frames have what a branch starts from;
 * rows that a stopped run did not reach are zero, and `count` says how many were. It is laid out and its disk space
 * taken with the first frame, under a temporary name; frames are then written in place. msm_trajectory_finish() gives
 * it its name.
 */
typedef struct _MsmTrajectory MsmTrajectory;

/**
 * msm_trajectory_new:
 * @path: (nullable): the file; %NULL: memory alone, and frames beyond the budget are not kept
 * @n_steps: of the whole run
 * @every: a frame of every so many steps
 * @budget: bytes of frames that may stay in memory
 * @text: (nullable): provenance for the file
 */
MsmTrajectory *msm_trajectory_new (const char *path, int n_steps, int every, gsize budget, const char *text);
/* Without msm_trajectory_finish() the file is deleted. */
void msm_trajectory_free (MsmTrajectory *self);
/* @step (1-based, as in MsmStepInfo) is one of those to keep. */
gboolean msm_trajectory_wants (const MsmTrajectory *self, int step);
/* The writer. MSM_ERROR_FILE when there is no disk space; MSM_ERROR_SHAPE when frames change their images. */
gboolean msm_trajectory_add (MsmTrajectory *self, MsmFrame *frame, GError **error);
/* Any thread: how many are kept. */
gsize msm_trajectory_count (MsmTrajectory *self);
/* Any thread: (transfer full): a kept frame, from memory or read back; MSM_ERROR_FILE. */
MsmFrame *msm_trajectory_get (MsmTrajectory *self, gsize index, GError **error);
/* Bytes of frames in memory. */
gsize msm_trajectory_bytes (MsmTrajectory *self);
/* The file loses its name, so that nothing is left of it when this is freed, or the program ends badly. */
void msm_trajectory_unlink (MsmTrajectory *self);
gboolean msm_trajectory_finish (MsmTrajectory *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmTrajectory, msm_trajectory_free)

G_END_DECLS
