#include "config.h"

#include "app/session/run-job.h"

#include "core/calib/calib.h"

/* A job's own copy of what it needs: the compute thread never touches the GObject. */
typedef struct
{
  gatomicrefcount  ref_count;
  MsmRunFeed      *feed;
  MsmRunSpec       spec;
  MsmProblem      *problem; /* between preparing and running */
  MsmWorker       *worker;  /* set while it runs */
  gint64           shown_at;
  double           made_ms; /* of the newest frame */
} RunJob;

/* The screen shows no more frames a second than this; making them costs the run time. */
#define FRAME_INTERVAL_US 30000
/* …and after a frame comes this many times what it took to make before the next: at most 3 % of the run. */
#define FRAME_REST 33

static gpointer
run_job_ref (RunJob *job)
{
  g_atomic_ref_count_inc (&job->ref_count);
  return job;
}

static void
run_job_unref (gpointer data)
{
  RunJob *job = data;

  if (!g_atomic_ref_count_dec (&job->ref_count))
    return;
  /* A job that was dropped from the queue ends, too. */
  if (msm_run_feed_get_state (job->feed, NULL) < MSM_RUN_RUNNING)
    msm_run_feed_set_state (job->feed, MSM_RUN_STOPPED);
  msm_run_feed_unref (job->feed);
  msm_run_spec_clear (&job->spec);
  g_clear_pointer (&job->problem, msm_problem_free);
  g_free (job);
}

static gboolean
job_wants_frame (gpointer data)
{
  RunJob *job = data;
  gint64 rest = MAX (FRAME_INTERVAL_US, (gint64) (FRAME_REST * 1000 * job->made_ms));

  return msm_run_feed_get_shows (job->feed) && g_get_monotonic_time () - job->shown_at >= rest
         && msm_mailbox_wants (msm_run_feed_get_mailbox (job->feed));
}

static void
job_on_frame (gpointer  data,
              MsmFrame *frame_take)
{
  RunJob *job = data;

  job->shown_at = g_get_monotonic_time ();
  job->made_ms = frame_take->made_ms;
  msm_run_feed_add_show_ms (job->feed, frame_take->made_ms);
  msm_mailbox_post (msm_run_feed_get_mailbox (job->feed), frame_take);
}

static void
job_on_event (gpointer           data,
              const MsmStepInfo *info,
              double             ms)
{
  RunJob *job = data;

  msm_run_feed_add_event (job->feed, info, ms);
}

static void
job_on_done (gpointer      data,
             const GError *error)
{
  RunJob *job = data;

  msm_run_feed_finish (job->feed, error);
}

static void
job_on_idle (gpointer data)
{
  RunJob *job = data;

  msm_worker_do_previews (job->worker);
}

static const MsmRunSink job_sink = {
  .on_event = job_on_event,
  .wants_frame = job_wants_frame,
  .on_frame = job_on_frame,
  .on_done = job_on_done,
  .on_idle = job_on_idle,
  .keeps_state = TRUE,
};

/*
 * Reading, calibration and scaling, in a GTask thread with a device of its own: the compute thread stays
 * free for previews meanwhile.
 */
static gboolean
prepare_problem (RunJob  *job,
                 GError **error)
{
  const MsmRunSpec *spec = &job->spec;
  MsmScanOptions scan_options = { .group = spec->group, .indices = spec->indices };
  MsmProblemOptions options = { .slice = spec->slice, .mask = spec->mask, .sens = spec->sens,
                                .espirit = spec->espirit, .n_virtual = spec->n_virtual,
                                .operator_class = spec->operator_class, .operator_params = spec->operator_params };
  MsmCancel *cancel = msm_run_feed_get_cancel (job->feed);
  g_autoptr (MsmDevice) device = NULL;
  g_autoptr (MsmScan) scan = NULL;

  if (msm_cancel_check (cancel, error))
    return FALSE;
  device = msm_device_open ("cpu", error);
  if (device == NULL)
    return FALSE;
  if (spec->path == NULL)
    {
      /* From the prior alone: it brings its own size. */
      job->problem = g_new0 (MsmProblem, 1);
      job->problem->device = g_steal_pointer (&device);
      job->problem->scale = 1;
      return TRUE;
    }
  /* Its own handle: the one of the window is read from by another thread. */
  scan = msm_scan_open (spec->path, &scan_options, error);
  if (scan == NULL)
    return FALSE;
  job->problem = msm_problem_new_from_scan (scan, &options, device, cancel, error);
  if (job->problem == NULL || msm_cancel_check (cancel, error))
    return FALSE;
  if (job->problem->sens != NULL)
    msm_run_feed_set_sens (job->feed, job->problem->sens);
  return TRUE;
}

static void
prepare_in_thread (GTask        *task,
                   gpointer      source,
                   gpointer      data,
                   GCancellable *cancellable)
{
  RunJob *job = data;
  GError *error = NULL;

  msm_worker_give_way ();
  msm_run_feed_set_state (job->feed, MSM_RUN_PREPARING);
  if (prepare_problem (job, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
execute_job (MsmWorker *worker,
             gpointer   data)
{
  RunJob *job = data;
  g_autoptr (MsmRun) run = NULL;
  g_autoptr (GError) error = NULL;
  MsmSampler *sampler = NULL;

  job->worker = worker;
  if (!msm_cancel_check (msm_run_feed_get_cancel (job->feed), &error))
    sampler = msm_sampler_new (job->spec.method, g_steal_pointer (&job->problem),
                               msm_params_copy (job->spec.params), &error);
  if (sampler != NULL && job->spec.start != NULL
      && !msm_sampler_restore (sampler, job->spec.start, &error))
    g_clear_pointer (&sampler, msm_sampler_free);
  if (sampler == NULL)
    {
      msm_run_feed_finish (job->feed, error);
      return;
    }
  run = msm_run_new (sampler, &job_sink, job);
  msm_run_feed_set_run (job->feed, run);
  msm_worker_set_run (worker, run);
  msm_run_feed_set_state (job->feed, MSM_RUN_RUNNING);
  msm_run_execute (run, NULL); /* its end, good or bad, goes through on_done */
  msm_worker_set_run (worker, NULL);
  msm_run_feed_set_run (job->feed, NULL);
}

/* In the main thread. The worker is alive unless the run was stopped: a closing session stops all. */
static void
on_prepared (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  MsmWorker *worker = data;
  RunJob *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)
      || msm_cancel_check (msm_run_feed_get_cancel (job->feed), &error))
    {
      msm_run_feed_finish (job->feed, error);
      return;
    }
  msm_worker_push (worker, MSM_JOB_RUN, execute_job, run_job_ref (job), run_job_unref);
}

void
msm_run_job_start (const MsmRunSpec *spec,
                   MsmRunFeed       *feed,
                   MsmWorker        *worker)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_prepared, worker);
  RunJob *job = g_new0 (RunJob, 1);

  g_atomic_ref_count_init (&job->ref_count);
  job->feed = msm_run_feed_ref (feed);
  msm_run_spec_copy (spec, &job->spec);
  g_task_set_task_data (task, job, run_job_unref);
  g_task_run_in_thread (task, prepare_in_thread);
}
