#include "config.h"

#include "app/session/run-job.h"

#include "app/setup/setup-prepare.h"
#include "core/tensor/tensor-math.h"

/* A job's own copy of what it needs: the compute thread never touches the GObject. */
struct _MsmRunJob
{
  gatomicrefcount ref_count;
  MsmRunFeed *feed;
  MsmSetup *setup;
  MsmSampler *sampler;  /* between preparing and running */
  MsmWorker *worker;    /* NULL: nobody has asked for the run yet */
  gboolean is_prepared; /* main thread */
  gint64 shown_at;
  double made_ms; /* of the newest frame */
};

/* The screen shows no more frames a second than this; making them costs the run time. */
#define FRAME_INTERVAL_US 30000
/* …and after a frame comes this many times what it took to make before the next: at most 3 % of the run. */
#define FRAME_REST        33

static gpointer
job_ref (MsmRunJob *job)
{
  g_atomic_ref_count_inc (&job->ref_count);
  return job;
}

void
msm_run_job_unref (MsmRunJob *job)
{
  if (job == NULL || !g_atomic_ref_count_dec (&job->ref_count))
    return;
  /* A job that was dropped from the queue ends, too. */
  if (msm_run_feed_get_state (job->feed, NULL) < MSM_RUN_RUNNING)
    msm_run_feed_set_state (job->feed, MSM_RUN_STOPPED);
  msm_run_feed_unref (job->feed);
  msm_setup_free (job->setup);
  g_clear_pointer (&job->sampler, msm_sampler_free);
  g_free (job);
}

static void
unref_job (gpointer data)
{
  msm_run_job_unref (data);
}

static gboolean
job_wants_frame (gpointer data)
{
  MsmRunJob *job = data;
  gint64 rest = MAX (FRAME_INTERVAL_US, (gint64) (FRAME_REST * 1000 * job->made_ms));

  return msm_run_feed_get_shows (job->feed) && g_get_monotonic_time () - job->shown_at >= rest
         && msm_mailbox_wants (msm_run_feed_get_mailbox (job->feed));
}

static void
job_on_frame (gpointer data, MsmFrame *frame_take)
{
  MsmRunJob *job = data;

  job->shown_at = g_get_monotonic_time ();
  job->made_ms = frame_take->made_ms;
  msm_run_feed_add_show_ms (job->feed, frame_take->made_ms);
  msm_mailbox_post (msm_run_feed_get_mailbox (job->feed), frame_take);
}

static void
job_on_event (gpointer data, const MsmStepInfo *info, double ms)
{
  MsmRunJob *job = data;

  msm_run_feed_add_event (job->feed, info, ms);
}

static void
job_on_done (gpointer data, const GError *error)
{
  MsmRunJob *job = data;

  msm_run_feed_finish (job->feed, error);
}

static const MsmRunSink job_sink = {
  .on_event = job_on_event,
  .wants_frame = job_wants_frame,
  .on_frame = job_on_frame,
  .on_done = job_on_done,
  .newest_only = TRUE,
  .keeps_state = TRUE,
  .shows_early = TRUE,
};

/* For the next run, which may compute on something else. */
static gboolean
keep_sens (MsmRunJob *job, MsmTensor *sens, GError **error)
{
  g_autoptr (MsmTensor) host = sens != NULL ? msm_tensor_to (sens, msm_device_host (), error) : NULL;

  if (host != NULL)
    msm_run_feed_set_sens (job->feed, host);
  return sens == NULL || host != NULL;
}

/* What an operator measured, as an image: the window shows it before the run. k-space has its own preview. */
static gboolean
keep_put_back (MsmRunJob *job, MsmProblem *problem, GError **error)
{
  g_autoptr (MsmTensor) image = NULL, host = NULL, shown = NULL;

  if (problem->op == NULL || problem->kspace != NULL || !msm_linop_has_pinv (problem->op))
    return TRUE;
  image = msm_tensor_new (problem->device, problem->op->dtype, msm_linop_domain (problem->op), error);
  if (image == NULL)
    return FALSE;
  msm_linop_pinv (problem->op, problem->y, image);
  msm_tensor_lincomb (image, problem->scale, image, 0, image);
  host = msm_tensor_to (image, msm_device_host (), error);
  shown = host != NULL ? msm_tensor_crop (host, problem->crop_readout, problem->crop_phase, error) : NULL;
  if (shown == NULL)
    return FALSE;
  msm_tensor_seal (shown);
  msm_run_feed_set_put_back (job->feed, shown);
  return TRUE;
}

/* What the next run and the window can use of it, before the sampler is made, which may take long. */
static gboolean
keep_parts (MsmProblem *problem, gpointer data, GError **error)
{
  MsmRunJob *job = data;

  return keep_sens (job, problem->maps, error) && keep_put_back (job, problem, error)
         && !msm_cancel_check (msm_run_feed_get_cancel (job->feed), error);
}

static void
prepare_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  MsmRunJob *job = data;
  /* With a handle of its own on the scan: that of the window is read from by another thread. */
  MsmPrepareOptions options = { .cancel = msm_run_feed_get_cancel (job->feed), .on_problem = keep_parts, .data = job };
  GError *error = NULL;

  msm_worker_give_way ();
  msm_run_feed_set_state (job->feed, MSM_RUN_PREPARING);
  job->sampler = msm_setup_prepare (job->setup, &options, &error);
  if (job->sampler != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
execute_job (MsmWorker *worker, gpointer data)
{
  MsmRunJob *job = data;
  g_autoptr (MsmRun) run = msm_run_new (g_steal_pointer (&job->sampler), &job_sink, job);

  msm_run_feed_set_run (job->feed, run);
  msm_worker_set_run (worker, run);
  msm_run_feed_set_state (job->feed, MSM_RUN_RUNNING);
  msm_run_execute (run, NULL); /* its end, good or bad, goes through on_done */
  msm_worker_set_run (worker, NULL);
  msm_run_feed_set_run (job->feed, NULL);
}

static void
push (MsmRunJob *job)
{
  msm_worker_push (job->worker, MSM_JOB_RUN, execute_job, job_ref (job), unref_job);
}

/* In the main thread. The worker is alive unless the run was stopped: a closing session stops all. */
static void
on_prepared (GObject *source, GAsyncResult *result, gpointer data)
{
  MsmRunJob *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)
      || msm_cancel_check (msm_run_feed_get_cancel (job->feed), &error))
    {
      g_clear_pointer (&job->sampler, msm_sampler_free);
      msm_run_feed_finish (job->feed, error);
      return;
    }
  job->is_prepared = TRUE;
  msm_run_feed_set_state (job->feed, MSM_RUN_QUEUED);
  if (job->worker != NULL)
    push (job);
}

MsmRunJob *
msm_run_job_new (const MsmSetup *setup, MsmRunFeed *feed)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_prepared, NULL);
  MsmRunJob *job = g_new0 (MsmRunJob, 1);

  g_atomic_ref_count_init (&job->ref_count);
  job->feed = msm_run_feed_ref (feed);
  job->setup = msm_setup_copy (setup);
  g_task_set_task_data (task, job_ref (job), unref_job);
  g_task_run_in_thread (task, prepare_in_thread);
  return job;
}

void
msm_run_job_start (MsmRunJob *job, MsmWorker *worker)
{
  g_return_if_fail (job->worker == NULL);
  job->worker = worker;
  if (job->is_prepared)
    push (job);
}
