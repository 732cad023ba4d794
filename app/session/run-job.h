#pragma once

#include <gio/gio.h>

#include "app/session/run-sink.h"
#include "app/session/worker.h"
#include "app/setup/setup.h"

G_BEGIN_DECLS

/*
 * What a run needs in the compute thread: problem and sampler, prepared in a thread of the pool with a device of its
 * own, so that the compute thread stays free meanwhile. All news go through @feed; stop that before the worker is
 * freed. Main thread.
 */
typedef struct _MsmRunJob MsmRunJob;

/* Begins to prepare a copy of @setup. */
MsmRunJob *msm_run_job_new (const MsmSetup *setup, MsmRunFeed *feed);
void msm_run_job_unref (MsmRunJob *self);
/* Queues the run in @worker, now or when it is prepared. Once. */
void msm_run_job_start (MsmRunJob *self, MsmWorker *worker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmRunJob, msm_run_job_unref)

G_END_DECLS
