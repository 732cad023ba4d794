#pragma once

#include <gio/gio.h>

#include "app/session/run-sink.h"
#include "app/session/run-spec.h"
#include "app/session/worker.h"

G_BEGIN_DECLS

/*
 * Prepares @spec in a thread of the pool, then queues the run in @worker. All news go through @feed; stop it
 * before @worker is freed. Main thread.
 */
void msm_run_job_start (const MsmRunSpec *spec, MsmRunFeed *feed, MsmWorker *worker);

G_END_DECLS
