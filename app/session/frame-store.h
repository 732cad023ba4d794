#pragma once

#include "core/run/frame.h"

G_BEGIN_DECLS

/*
 * How much memory the kept frames of several runs may take together. A store takes part from msm_frame_store_new() to
 * msm_frame_store_free(). Where it gets tight the oldest run gives way first. Main thread.
 */
typedef struct _MsmFrameBudget MsmFrameBudget;

MsmFrameBudget *msm_frame_budget_new (gsize max_bytes);
MsmFrameBudget *msm_frame_budget_ref (MsmFrameBudget *self);
void msm_frame_budget_unref (MsmFrameBudget *self);
/* Of all stores, in memory; what is still being written counts. */
gsize msm_frame_budget_get_bytes (const MsmFrameBudget *self);
gsize msm_frame_budget_get_max (const MsmFrameBudget *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFrameBudget, msm_frame_budget_unref)

/*
 * The frames of a run that are kept, in the order of their steps. Those that do not fit into the budget, of the oldest
 * run and the earliest first, are written by a thread to an HDF5 file without a name (core/run/trajectory.h), and read
 * back when they are asked for. Where there is no such file (no folder, no disk space), every second frame goes, and
 * from then on frames are taken half as often: what is left is spread evenly over the run. The newest is always there.
 * Main thread.
 */
typedef struct _MsmFrameStore MsmFrameStore;

/* Keeps a reference to @budget. @folder: (nullable): for the file */
MsmFrameStore *msm_frame_store_new (MsmFrameBudget *budget, const char *folder);
void msm_frame_store_free (MsmFrameStore *self);
/* A frame later than all before. Keeps a reference. */
void msm_frame_store_add (MsmFrameStore *self, MsmFrame *frame);
guint msm_frame_store_get_n (const MsmFrameStore *self);
/* By position, the earliest first. No file is read. */
int msm_frame_store_get_step (const MsmFrameStore *self, guint index);
/* By position. (transfer none) (nullable): when it cannot be read back. Until the next call. */
MsmFrame *msm_frame_store_get (MsmFrameStore *self, guint index);
/* Position of the last frame at or before @step, else of the first. -1: the store is empty. */
int msm_frame_store_find (const MsmFrameStore *self, int step);
/* In memory; what is still being written counts. */
gsize msm_frame_store_get_bytes (MsmFrameStore *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFrameStore, msm_frame_store_free)

G_END_DECLS
