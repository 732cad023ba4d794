#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What long core calls poll: an atomic level and a fraction done, shared between a worker and whoever
 * asked for the work. Every function accepts NULL (never cancelled).
 */
typedef enum
{
  MSM_CANCEL_NO,
  MSM_CANCEL_AFTER_SAMPLE, /* finish the current sample, then stop */
  MSM_CANCEL_NOW,          /* stop at the next poll and keep what there is */
} MsmCancelLevel;

typedef struct _MsmCancel MsmCancel;

MsmCancel *msm_cancel_new (void);
MsmCancel *msm_cancel_ref (MsmCancel *self);
void msm_cancel_unref (MsmCancel *self);
void msm_cancel_request (MsmCancel *self, MsmCancelLevel level);
MsmCancelLevel msm_cancel_get_level (MsmCancel *self);
/* TRUE, with MSM_ERROR_CANCELLED set, when the level is NOW. */
gboolean msm_cancel_check (MsmCancel *self, GError **error);
/* Progress in [0, 1], written by the worker, read by anyone. */
void msm_cancel_set_progress (MsmCancel *self, double fraction);
double msm_cancel_get_progress (MsmCancel *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmCancel, msm_cancel_unref)

G_END_DECLS
