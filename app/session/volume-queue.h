#pragma once

#include "app/session/run-item.h"

G_BEGIN_DECLS

#define MSM_TYPE_VOLUME_QUEUE (msm_volume_queue_get_type ())
/**
 * MsmVolumeQueue:
 *
 * Slices of a scan that are reconstructed one after the other: a run of each, begun when the one before has ended, so
 * that only one takes memory for its preparation. A slice that fails is counted, and the next goes on; a run that is
 * stopped ends the queue, and what is done stays. Main thread. Signal "changed": after every step of a run, and when
 * the queue begins or ends.
 */
G_DECLARE_FINAL_TYPE (MsmVolumeQueue, msm_volume_queue, MSM, VOLUME_QUEUE, GObject)

/* Starts a run of @setup. (transfer none): the list of runs keeps it */
typedef MsmRunItem *(*MsmVolumeStartFunc) (const MsmSetup *setup, gpointer data);

MsmVolumeQueue *msm_volume_queue_new (MsmVolumeStartFunc start, gpointer data);
/* Slices 0 … @n_slices − 1 of the scan that @setup is of, which is copied. Nothing else may be in the queue. */
void msm_volume_queue_begin (MsmVolumeQueue *self, const MsmSetup *setup, gsize n_slices);
/* To be called when a run went on: counts what has ended, and begins the next. */
void msm_volume_queue_follow (MsmVolumeQueue *self);
/* The run that goes on. (transfer none) (nullable) */
MsmRunItem *msm_volume_queue_get_run (MsmVolumeQueue *self);
/* Stops the run that goes on, and forgets the slices behind it. */
void msm_volume_queue_stop (MsmVolumeQueue *self);
void msm_volume_queue_pause (MsmVolumeQueue *self, gboolean pause);
gboolean msm_volume_queue_is_active (MsmVolumeQueue *self);
gboolean msm_volume_queue_is_paused (MsmVolumeQueue *self);
/* How many slices there are, are done, and have failed. 0 slices: none was ever begun. */
void msm_volume_queue_get_counts (MsmVolumeQueue *self, gsize *n_slices, gsize *n_done, gsize *n_failed);
/* In [0, 1]. @seconds_left: from the slices that are done; −1 before the first. */
double msm_volume_queue_get_progress (MsmVolumeQueue *self, double *seconds_left);

G_END_DECLS
