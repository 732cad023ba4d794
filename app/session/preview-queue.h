#pragma once

#include <gio/gio.h>

#include "app/session/preview.h"
#include "app/session/worker.h"

G_BEGIN_DECLS

#define MSM_TYPE_PREVIEW_QUEUE (msm_preview_queue_get_type ())
/**
 * MsmPreviewQueue:
 *
 * The newest preview of one slice, computed in the worker: a newer wish replaces one that waits. The reference of a
 * slice and coil is computed once and passed on from preview to preview. Main thread. Signals: "changed": a preview has
 * come. "failed" (char *message).
 */
G_DECLARE_FINAL_TYPE (MsmPreviewQueue, msm_preview_queue, MSM, PREVIEW_QUEUE, GObject)

/* @worker: borrowed; it must outlive msm_preview_queue_close(). */
MsmPreviewQueue *msm_preview_queue_new (MsmWorker *worker);
/* Nothing comes any more. */
void msm_preview_queue_close (MsmPreviewQueue *self);
/* Another slice, or none: what there is is of no use, nor what is on its way. */
void msm_preview_queue_forget (MsmPreviewQueue *self);
/* Another coil: the reference has to come anew, too. */
void msm_preview_queue_renew_reference (MsmPreviewQueue *self);
/* The mask begins to change: until its preview has come the time counts, see msm_preview_queue_get_ms(). */
void msm_preview_queue_start_clock (MsmPreviewQueue *self);
/* @input: (transfer full): its wants_reference says whether there is one; that it is needed is known here. */
void msm_preview_queue_push (MsmPreviewQueue *self, MsmPreviewInput input);
/* (nullable): the newest */
const MsmPreview *msm_preview_queue_get (MsmPreviewQueue *self);
/* Time from the last change of the mask to its preview; 0 before the first. */
double msm_preview_queue_get_ms (MsmPreviewQueue *self);

G_END_DECLS
