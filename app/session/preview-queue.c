#include "config.h"

#include "app/session/preview-queue.h"

#include "core/device/device.h"

struct _MsmPreviewQueue
{
  GObject parent_instance;
  MsmWorker *worker; /* NULL once it is closed */
  MsmPreview *preview;
  guint epoch;  /* counts slices: a preview of an earlier one comes too late */
  guint serial; /* of the newest preview asked for */
  gboolean needs_reference;
  gint64 changed_at; /* when the mask changed; 0: its preview has come */
  double ms;
};

G_DEFINE_FINAL_TYPE (MsmPreviewQueue, msm_preview_queue, G_TYPE_OBJECT)

enum
{
  CHANGED,
  FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

typedef struct
{
  GWeakRef queue;
  guint epoch, serial;
  MsmPreviewInput input;
  MsmPreview *preview;
  GError *error;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_weak_ref_clear (&job->queue);
  msm_preview_input_clear (&job->input);
  msm_preview_free (job->preview);
  g_clear_error (&job->error);
  g_free (job);
}

static gboolean
deliver (gpointer data)
{
  Job *job = data;
  g_autoptr (MsmPreviewQueue) self = g_weak_ref_get (&job->queue);

  if (self == NULL || self->worker == NULL || job->epoch != self->epoch)
    return G_SOURCE_REMOVE; /* of a slice that is gone */
  if (job->preview == NULL)
    {
      g_signal_emit (self, signals[FAILED], 0, job->error->message);
      return G_SOURCE_REMOVE;
    }
  /* It is asked for until it has come: a newer preview may push out the one that was to bring it. */
  if (job->input.wants_reference)
    self->needs_reference = FALSE;
  else if (self->preview != NULL && self->preview->reference != NULL)
    job->preview->reference = msm_tensor_ref (self->preview->reference);
  msm_preview_free (self->preview);
  self->preview = g_steal_pointer (&job->preview);
  if (job->serial == self->serial && self->changed_at != 0)
    {
      self->ms = (g_get_monotonic_time () - self->changed_at) / 1000.0;
      self->changed_at = 0;
    }
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* In the worker's thread, where only its weak reference to the queue is held, and never resolved. */
static void
compute (MsmWorker *worker, gpointer data)
{
  Job *job = *(Job **) data;

  *(Job **) data = NULL;
  job->preview = msm_preview_compute (&job->input, msm_device_host (), &job->error);
  /* Not g_main_context_invoke(): that may run it here while no loop owns the context. */
  g_idle_add_full (G_PRIORITY_DEFAULT, deliver, job, job_free);
}

/* A job that was done has been handed on to the main thread; a replaced one is freed here. */
static void
handle_free (gpointer data)
{
  Job **handle = data;

  if (*handle != NULL)
    job_free (*handle);
  g_free (handle);
}

void
msm_preview_queue_push (MsmPreviewQueue *self, MsmPreviewInput input)
{
  Job *job;
  Job **handle;

  if (self->worker == NULL)
    {
      msm_preview_input_clear (&input);
      return;
    }
  job = g_new0 (Job, 1);
  g_weak_ref_init (&job->queue, self);
  job->epoch = self->epoch;
  job->serial = ++self->serial;
  job->input = input;
  job->input.wants_reference = input.wants_reference && self->needs_reference;
  handle = g_new (Job *, 1);
  *handle = job;
  msm_worker_push (self->worker, MSM_JOB_PREVIEW, compute, handle, handle_free);
}

void
msm_preview_queue_forget (MsmPreviewQueue *self)
{
  g_clear_pointer (&self->preview, msm_preview_free);
  self->epoch++;
  self->needs_reference = TRUE;
}

void
msm_preview_queue_renew_reference (MsmPreviewQueue *self)
{
  self->needs_reference = TRUE;
}

void
msm_preview_queue_start_clock (MsmPreviewQueue *self)
{
  if (self->changed_at == 0)
    self->changed_at = g_get_monotonic_time ();
}

const MsmPreview *
msm_preview_queue_get (MsmPreviewQueue *self)
{
  return self->preview;
}

double
msm_preview_queue_get_ms (MsmPreviewQueue *self)
{
  return self->ms;
}

void
msm_preview_queue_close (MsmPreviewQueue *self)
{
  self->worker = NULL;
}

static void
msm_preview_queue_finalize (GObject *object)
{
  g_clear_pointer (&MSM_PREVIEW_QUEUE (object)->preview, msm_preview_free);
  G_OBJECT_CLASS (msm_preview_queue_parent_class)->finalize (object);
}

static void
msm_preview_queue_class_init (MsmPreviewQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = msm_preview_queue_finalize;
  signals[CHANGED] =
      g_signal_new ("changed", MSM_TYPE_PREVIEW_QUEUE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", MSM_TYPE_PREVIEW_QUEUE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                  1, G_TYPE_STRING);
}

static void
msm_preview_queue_init (MsmPreviewQueue *self)
{
  self->needs_reference = TRUE;
}

MsmPreviewQueue *
msm_preview_queue_new (MsmWorker *worker)
{
  MsmPreviewQueue *self = g_object_new (MSM_TYPE_PREVIEW_QUEUE, NULL);

  self->worker = worker;
  return self;
}
