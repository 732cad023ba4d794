#pragma once

#include "core/run/mailbox.h"
#include "core/run/run.h"

G_BEGIN_DECLS

typedef enum
{
  MSM_RUN_QUEUED,
  MSM_RUN_PREPARING, /* reading, sensitivities, memory, plans */
  MSM_RUN_RUNNING,
  MSM_RUN_PAUSED,
  MSM_RUN_DONE,
  MSM_RUN_STOPPED,
  MSM_RUN_FAILED,
} MsmRunState;

typedef struct
{
  MsmStepInfo info;
  double ms;
} MsmRunEvent;

/*
 * What a compute job and the main thread's MsmRunItem share: the mailbox of frames, the bounded queue of
 * events, the state, and the run's controls. Reference counted; every call is for any thread.
 */
typedef struct _MsmRunFeed MsmRunFeed;

MsmRunFeed *msm_run_feed_new (MsmMailboxFunc func, gpointer data);
MsmRunFeed *msm_run_feed_ref (MsmRunFeed *self);
void msm_run_feed_unref (MsmRunFeed *self);
MsmMailbox *msm_run_feed_get_mailbox (MsmRunFeed *self);
MsmCancel *msm_run_feed_get_cancel (MsmRunFeed *self);
/* The newest state; @error: (out) (transfer full): set once it is FAILED. */
MsmRunState msm_run_feed_get_state (MsmRunFeed *self, GError **error);
void msm_run_feed_set_state (MsmRunFeed *self, MsmRunState state);
/* The end: NULL, CANCELLED or the cause. */
void msm_run_feed_finish (MsmRunFeed *self, const GError *error);
/* (element-type MsmRunEvent) (transfer full): what happened since the last call. */
GArray *msm_run_feed_drain (MsmRunFeed *self);
/* Gives the run that the controls act on; a pause or stop asked for before takes effect now. */
void msm_run_feed_set_run (MsmRunFeed *self, MsmRun *run);
void msm_run_feed_pause (MsmRunFeed *self, gboolean pause);
void msm_run_feed_step (MsmRunFeed *self);
void msm_run_feed_stop (MsmRunFeed *self);
void msm_run_feed_add_event (MsmRunFeed *self, const MsmStepInfo *info, double ms);
/* The maps that the run uses, kept so that the next run need not estimate them again. */
void msm_run_feed_set_sens (MsmRunFeed *self, MsmTensor *sens);
MsmTensor *msm_run_feed_ref_sens (MsmRunFeed *self); /* (transfer full) (nullable) */
/* What an operator measured, put back into an image of true values: A† y, on the host. */
void msm_run_feed_set_put_back (MsmRunFeed *self, MsmTensor *image);
MsmTensor *msm_run_feed_ref_put_back (MsmRunFeed *self); /* (transfer full) (nullable) */
/* Whether frames are wanted while it runs; TRUE at first. */
void msm_run_feed_set_shows (MsmRunFeed *self, gboolean shows);
gboolean msm_run_feed_get_shows (MsmRunFeed *self);
/* Sum of what the frames took to make. */
void msm_run_feed_add_show_ms (MsmRunFeed *self, double ms);
double msm_run_feed_get_show_ms (MsmRunFeed *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmRunFeed, msm_run_feed_unref)

G_END_DECLS
