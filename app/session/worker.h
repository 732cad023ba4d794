#pragma once

#include "core/run/run.h"

G_BEGIN_DECLS

/*
 * Two threads. Runs wait for their turn in the compute thread, which gives way to all else. Previews, which somebody
 * waits for with the hand on the mask, have a thread of their own; a newer one replaces a queued older one.
 */
typedef struct _MsmWorker MsmWorker;

typedef enum
{
  MSM_JOB_RUN,
  MSM_JOB_PREVIEW,
} MsmJobKind;

/* In the thread of its kind. */
typedef void (*MsmJobFunc) (MsmWorker *worker, gpointer data);

MsmWorker *msm_worker_new (void);
/* Drops queued jobs, stops the current run, and joins the threads. */
void msm_worker_free (MsmWorker *self);
/* @destroy is called when the job is done or dropped, in whichever thread does that. */
void msm_worker_push (MsmWorker *self, MsmJobKind kind, MsmJobFunc func, gpointer data, GDestroyNotify destroy);
/* In the compute thread: which run executes now; NULL when none. */
void msm_worker_set_run (MsmWorker *self, MsmRun *run);

/* The calling thread, and the threads it makes, give way to the screen from now on. */
void msm_worker_give_way (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmWorker, msm_worker_free)

G_END_DECLS
