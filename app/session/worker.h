#pragma once

#include "core/run/run.h"

G_BEGIN_DECLS

/*
 * Exactly one compute thread and its queue. A newer preview replaces a queued older one; runs wait for
 * their turn. Previews are also done between the steps of a run, and while it is paused.
 */
typedef struct _MsmWorker MsmWorker;

typedef enum
{
  MSM_JOB_RUN,
  MSM_JOB_PREVIEW,
} MsmJobKind;

/* In the compute thread. */
typedef void (*MsmJobFunc) (MsmWorker *worker, gpointer data);

MsmWorker *msm_worker_new         (void);
/* Drops queued jobs, stops the current run, and joins the thread. */
void       msm_worker_free        (MsmWorker *self);
/* @destroy is called when the job is done or dropped, in whichever thread does that. */
void       msm_worker_push        (MsmWorker *self, MsmJobKind kind, MsmJobFunc func, gpointer data,
                                   GDestroyNotify destroy);
/* In the compute thread: which run executes now; NULL when none. */
void       msm_worker_set_run     (MsmWorker *self, MsmRun *run);
/* In the compute thread: does the queued preview, if there is one. */
void       msm_worker_do_previews (MsmWorker *self);

/* The calling thread, and the threads it makes, give way to the screen from now on. */
void       msm_worker_give_way    (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmWorker, msm_worker_free)

G_END_DECLS
