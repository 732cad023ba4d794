#include "config.h"

#include "app/session/run-item.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#include "core/calib/calib.h"

struct _MsmRunItem
{
  GObject                parent_instance;
  char                  *title;
  char                  *path;
  gsize                  slice;
  MsmMask               *mask;
  const MsmSamplerClass *method;
  MsmParams             *params;
  MsmTensor             *sens;
  MsmRunFeed            *feed;
  MsmRunState            state;
  GError                *error;
  MsmFrame              *frame;
  GArray                *series[MSM_N_SERIES];
  MsmRunEvent            last;
  double                 ms_per_step; /* running mean */
  gint64                 told_at;
};

G_DEFINE_FINAL_TYPE (MsmRunItem, msm_run_item, G_TYPE_OBJECT)

enum { PROP_TITLE = 1, PROP_STATE, PROP_STATE_TEXT, N_PROPS };
static GParamSpec *props[N_PROPS];
enum { UPDATED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* A job's own copy of what it needs: the compute thread never touches the GObject. */
typedef struct
{
  gatomicrefcount        ref_count;
  MsmRunFeed            *feed;
  char                  *path;
  gsize                  slice;
  MsmMask               *mask;
  const MsmSamplerClass *method;
  MsmParams             *params;
  MsmTensor             *sens;
  MsmProblem            *problem; /* between preparing and running */
  MsmWorker             *worker;  /* set while it runs */
  gint64                 shown_at;
} RunJob;

/* The screen shows no more frames a second than this; making them costs the run time. */
#define FRAME_INTERVAL_US 30000

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
  g_free (job->path);
  g_clear_pointer (&job->mask, msm_mask_unref);
  g_clear_pointer (&job->params, msm_params_free);
  g_clear_pointer (&job->sens, msm_tensor_unref);
  g_clear_pointer (&job->problem, msm_problem_free);
  g_free (job);
}

static gboolean
job_wants_frame (gpointer data)
{
  RunJob *job = data;

  return g_get_monotonic_time () - job->shown_at >= FRAME_INTERVAL_US
         && msm_mailbox_wants (msm_run_feed_get_mailbox (job->feed));
}

static void
job_on_frame (gpointer  data,
              MsmFrame *frame_take)
{
  RunJob *job = data;

  job->shown_at = g_get_monotonic_time ();
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
};

/*
 * Reading, calibration and scaling, in a GTask thread with a device of its own: the compute thread stays
 * free for previews meanwhile.
 */
static gboolean
prepare_problem (RunJob  *job,
                 GError **error)
{
  MsmProblemOptions options = { .slice = job->slice, .mask = job->mask, .sens = job->sens };
  MsmCancel *cancel = msm_run_feed_get_cancel (job->feed);
  g_autoptr (MsmDevice) device = NULL;
  g_autoptr (MsmScan) scan = NULL;

  if (msm_cancel_check (cancel, error))
    return FALSE;
  device = msm_device_open ("cpu", error);
  if (device == NULL)
    return FALSE;
  /* Its own handle: the one of the window is read from by another thread. */
  scan = msm_scan_open (job->path, NULL, error);
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
    sampler = msm_sampler_new (job->method, g_steal_pointer (&job->problem),
                               msm_params_copy (job->params), &error);
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

static void
append (MsmRunItem *self,
        MsmSeries   series,
        double      value)
{
  g_array_append_val (self->series[series], value);
}

static void
take_events (MsmRunItem *self)
{
  g_autoptr (GArray) events = msm_run_feed_drain (self->feed);

  for (guint i = 0; i < events->len; i++)
    {
      const MsmRunEvent *event = &g_array_index (events, MsmRunEvent, i);

      append (self, MSM_SERIES_STEP, event->info.step);
      append (self, MSM_SERIES_RESIDUAL, event->info.residual);
      append (self, MSM_SERIES_COST, event->info.cost);
      self->ms_per_step = self->ms_per_step > 0 ? 0.9 * self->ms_per_step + 0.1 * event->ms : event->ms;
      self->last = *event;
    }
}

static void
on_wake (MsmMailbox *mailbox,
         gpointer    data)
{
  MsmRunItem *self = data;
  MsmFrame *frame;
  MsmRunState state = msm_run_feed_get_state (self->feed, self->error == NULL ? &self->error : NULL);

  g_object_ref (self); /* a handler may drop the last other reference */
  take_events (self);
  frame = msm_mailbox_take (mailbox);
  if (frame != NULL)
    {
      g_clear_pointer (&self->frame, msm_frame_unref);
      self->frame = frame;
      if (frame->has_metrics)
        {
          append (self, MSM_SERIES_METRIC_STEP, frame->info.step);
          append (self, MSM_SERIES_PSNR, frame->metrics.psnr);
          append (self, MSM_SERIES_SSIM, frame->metrics.ssim);
          append (self, MSM_SERIES_NMSE, frame->metrics.nmse);
        }
    }
  if (state != self->state)
    {
      self->state = state;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
    }
  /* The list's text follows four times a second; its end is never missed. */
  if (state != MSM_RUN_RUNNING || g_get_monotonic_time () - self->told_at > 250000)
    {
      self->told_at = g_get_monotonic_time ();
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE_TEXT]);
    }
  g_signal_emit (self, signals[UPDATED], 0);
  g_object_unref (self);
}

static void
msm_run_item_dispose (GObject *object)
{
  MsmRunItem *self = MSM_RUN_ITEM (object);

  if (self->feed != NULL)
    {
      msm_mailbox_close (msm_run_feed_get_mailbox (self->feed));
      msm_run_feed_stop (self->feed);
      g_clear_pointer (&self->feed, msm_run_feed_unref);
    }
  G_OBJECT_CLASS (msm_run_item_parent_class)->dispose (object);
}

static void
msm_run_item_finalize (GObject *object)
{
  MsmRunItem *self = MSM_RUN_ITEM (object);

  g_free (self->title);
  g_free (self->path);
  g_clear_pointer (&self->mask, msm_mask_unref);
  g_clear_pointer (&self->params, msm_params_free);
  g_clear_pointer (&self->sens, msm_tensor_unref);
  g_clear_pointer (&self->frame, msm_frame_unref);
  g_clear_error (&self->error);
  for (int i = 0; i < MSM_N_SERIES; i++)
    g_array_unref (self->series[i]);
  G_OBJECT_CLASS (msm_run_item_parent_class)->finalize (object);
}

static char *
format_state (MsmRunItem *self)
{
  const MsmFrame *frame = self->frame;

  switch (self->state)
    {
    case MSM_RUN_QUEUED:
      return g_strdup (_("waiting"));
    case MSM_RUN_PREPARING:
      return g_strdup (_("preparing"));
    case MSM_RUN_RUNNING:
      return g_strdup_printf (_("step %d of %d"), self->last.info.step, self->last.info.n_steps);
    case MSM_RUN_PAUSED:
      return g_strdup_printf (_("paused at %d of %d"), self->last.info.step, self->last.info.n_steps);
    case MSM_RUN_STOPPED:
      return g_strdup_printf (_("stopped at %d"), self->last.info.step);
    case MSM_RUN_FAILED:
      return g_strdup (_("failed"));
    case MSM_RUN_DONE:
    default:
      if (frame != NULL && frame->has_metrics)
        return g_strdup_printf (_("%.2f dB · SSIM %.4f"), frame->metrics.psnr, frame->metrics.ssim);
      return g_strdup_printf (_("residual %.4f"), self->last.info.residual);
    }
}

static void
msm_run_item_get_property (GObject    *object,
                           guint       id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  MsmRunItem *self = MSM_RUN_ITEM (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case PROP_STATE_TEXT:
      g_value_take_string (value, format_state (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
msm_run_item_class_init (MsmRunItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = msm_run_item_dispose;
  object_class->finalize = msm_run_item_finalize;
  object_class->get_property = msm_run_item_get_property;
  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  props[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, 0, MSM_RUN_FAILED, 0, flags);
  props[PROP_STATE_TEXT] = g_param_spec_string ("state-text", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[UPDATED] = g_signal_new ("updated", MSM_TYPE_RUN_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
msm_run_item_init (MsmRunItem *self)
{
  for (int i = 0; i < MSM_N_SERIES; i++)
    self->series[i] = g_array_new (FALSE, FALSE, sizeof (double));
  self->feed = msm_run_feed_new (on_wake, self);
}

/**
 * msm_run_item_new:
 * @number: shown in the title, so that runs with equal settings can be told apart
 */
MsmRunItem *
msm_run_item_new (const MsmRunSpec *spec,
                  int               number)
{
  MsmRunItem *self = g_object_new (MSM_TYPE_RUN_ITEM, NULL);

  self->path = g_strdup (spec->path);
  self->slice = spec->slice;
  self->mask = spec->mask != NULL ? msm_mask_copy (spec->mask) : NULL;
  self->method = spec->method;
  self->params = msm_params_copy (spec->params);
  self->sens = spec->sens != NULL ? msm_tensor_ref (spec->sens) : NULL;
  if (self->mask != NULL && !msm_mask_is_full (self->mask))
    self->title = g_strdup_printf (_("%d  %s  R %.2f"), number, _(spec->method->title),
                                   msm_mask_effective_accel (self->mask));
  else
    self->title = g_strdup_printf (_("%d  %s"), number, _(spec->method->title));
  return self;
}

void
msm_run_item_start (MsmRunItem *self,
                    MsmWorker  *worker)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_prepared, worker);
  RunJob *job = g_new0 (RunJob, 1);

  g_atomic_ref_count_init (&job->ref_count);
  job->feed = msm_run_feed_ref (self->feed);
  job->path = g_strdup (self->path);
  job->slice = self->slice;
  job->mask = self->mask != NULL ? msm_mask_ref (self->mask) : NULL;
  job->method = self->method;
  job->params = msm_params_copy (self->params);
  job->sens = self->sens != NULL ? msm_tensor_ref (self->sens) : NULL;
  g_task_set_task_data (task, job, run_job_unref);
  g_task_run_in_thread (task, prepare_in_thread);
}

const char *
msm_run_item_get_path (MsmRunItem *self)
{
  return self->path;
}

const char *
msm_run_item_get_title (MsmRunItem *self)
{
  return self->title;
}

MsmRunState
msm_run_item_get_state (MsmRunItem *self)
{
  return self->state;
}

gboolean
msm_run_item_is_active (MsmRunItem *self)
{
  return self->state < MSM_RUN_DONE;
}

gboolean
msm_run_item_is_paused (MsmRunItem *self)
{
  return self->state == MSM_RUN_PAUSED;
}

void
msm_run_item_get_progress (MsmRunItem *self,
                           int        *step,
                           int        *n_steps,
                           double     *seconds_left)
{
  *step = self->last.info.step;
  *n_steps = self->last.info.n_steps;
  *seconds_left = (self->last.info.n_steps - self->last.info.step) * self->ms_per_step / 1000;
}

const GError *
msm_run_item_get_error (MsmRunItem *self)
{
  return self->error;
}

MsmFrame *
msm_run_item_get_frame (MsmRunItem *self)
{
  return self->frame;
}

const double *
msm_run_item_get_series (MsmRunItem *self,
                         MsmSeries   series,
                         gsize      *n)
{
  *n = self->series[series]->len;
  return (const double *) (gpointer) self->series[series]->data;
}

gsize
msm_run_item_get_slice (MsmRunItem *self)
{
  return self->slice;
}

MsmMask *
msm_run_item_get_mask (MsmRunItem *self)
{
  return self->mask;
}

MsmTensor *
msm_run_item_ref_sens (MsmRunItem *self)
{
  return msm_run_feed_ref_sens (self->feed);
}

char *
msm_run_item_describe (MsmRunItem *self)
{
  GString *text = g_string_new (NULL);
  g_autofree char *name = g_path_get_basename (self->path);

  g_string_append_printf (text, "msm-studio %s\nfile = %s\nslice = %zu\nmethod = %s\n", MSM_VERSION, name,
                          self->slice, self->method->name);
  if (self->mask != NULL)
    g_string_append_printf (text, "mask = %s\neffective-accel = %.4f\n",
                            self->mask->origin != NULL ? self->mask->origin : "",
                            msm_mask_effective_accel (self->mask));
  for (const MsmParam *param = msm_params_get_table (self->params); param != NULL && param->name != NULL;
       param++)
    {
      g_autofree char *value = msm_params_format (self->params, param->name);

      g_string_append_printf (text, "%s = %s\n", param->name, value);
    }
  return g_string_free (text, FALSE);
}

void
msm_run_item_pause (MsmRunItem *self,
                    gboolean    pause)
{
  msm_run_feed_pause (self->feed, pause);
}

void
msm_run_item_step (MsmRunItem *self)
{
  msm_run_feed_step (self->feed);
}

void
msm_run_item_stop (MsmRunItem *self)
{
  msm_run_feed_stop (self->feed);
}
