#pragma once

#include "core/run/frame.h"

G_BEGIN_DECLS

/*
 * The frames of a run that are kept, in the order of their steps, within a budget of memory. When it is reached,
 * every second frame goes, and from then on frames are taken half as often: what is left is spread evenly over
 * the whole run. The newest frame is always there. Main thread.
 */
typedef struct _MsmFrameStore MsmFrameStore;

MsmFrameStore *msm_frame_store_new      (gsize max_bytes);
void           msm_frame_store_free     (MsmFrameStore *self);
/* A frame later than all before. Keeps a reference. */
void           msm_frame_store_add      (MsmFrameStore *self, MsmFrame *frame);
guint          msm_frame_store_get_n    (const MsmFrameStore *self);
/* By position, the earliest first. (transfer none) */
MsmFrame      *msm_frame_store_get      (const MsmFrameStore *self, guint index);
/* Position of the last frame at or before @step, else of the first. -1: the store is empty. */
int            msm_frame_store_find     (const MsmFrameStore *self, int step);
gsize          msm_frame_store_get_bytes (const MsmFrameStore *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFrameStore, msm_frame_store_free)

G_END_DECLS
