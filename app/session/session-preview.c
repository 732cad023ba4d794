#include "config.h"

#include "app/session/session-private.h"

#include "core/device/device.h"

typedef struct
{
  GWeakRef session;
  guint serial;
  MsmPreviewInput input;
  MsmPreview *preview;
  GError *error;
} PreviewJob;

static void
preview_job_free (gpointer data)
{
  PreviewJob *job = data;

  g_weak_ref_clear (&job->session);
  msm_preview_input_clear (&job->input);
  msm_preview_free (job->preview);
  g_clear_error (&job->error);
  g_free (job);
}

static gboolean
deliver_preview (gpointer data)
{
  PreviewJob *job = data;
  g_autoptr (MsmSession) self = g_weak_ref_get (&job->session);

  if (self == NULL || self->closed || job->input.kspace != self->kspace)
    return G_SOURCE_REMOVE; /* of a slice that is gone */
  if (job->preview == NULL)
    {
      msm_session_fail (self, job->error);
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
      self->preview_ms = (g_get_monotonic_time () - self->changed_at) / 1000.0;
      self->changed_at = 0;
    }
  msm_session_plan_ahead (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_PREVIEW_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* In the compute thread, where only its weak reference to the session is held, and never resolved. */
static void
compute_preview (MsmWorker *worker, gpointer data)
{
  PreviewJob *job = *(PreviewJob **) data;

  *(PreviewJob **) data = NULL;
  job->preview = msm_preview_compute (&job->input, msm_device_host (), &job->error);
  /* Not g_main_context_invoke(): that may run it here while no loop owns the context. */
  g_idle_add_full (G_PRIORITY_DEFAULT, deliver_preview, job, preview_job_free);
}

/* A job that was done has been handed on to the main thread; a replaced one is freed here. */
static void
preview_handle_free (gpointer data)
{
  PreviewJob **handle = data;

  if (*handle != NULL)
    preview_job_free (*handle);
  g_free (handle);
}

void
msm_session_queue_preview (MsmSession *self)
{
  PreviewJob *job;
  PreviewJob **handle;

  if (self->kspace == NULL || self->mask == NULL || self->worker == NULL)
    return;
  job = g_new0 (PreviewJob, 1);
  g_weak_ref_init (&job->session, self);
  job->serial = ++self->serial;
  job->input.kspace = msm_tensor_ref (self->kspace);
  job->input.is_image = self->scan->kind == MSM_SCAN_IMAGE;
  job->input.mask = msm_mask_copy (self->mask);
  job->input.coil = self->coil;
  job->input.crop_readout = self->scan->crop_readout;
  job->input.crop_phase = self->scan->crop_phase;
  job->input.truth = self->truth != NULL ? msm_tensor_ref (self->truth) : NULL;
  job->input.wants_reference = self->needs_reference && msm_session_is_fully_sampled (self);
  handle = g_new (PreviewJob *, 1);
  *handle = job;
  msm_worker_push (self->worker, MSM_JOB_PREVIEW, compute_preview, handle, preview_handle_free);
}

const MsmPreview *
msm_session_get_preview (MsmSession *self)
{
  return self->preview;
}

void
msm_session_take_put_back (MsmSession *self, MsmRunItem *run)
{
  const MsmSetup *setup = run != NULL ? msm_run_item_get_setup (run) : NULL;
  g_autoptr (MsmTensor) image = NULL;
  g_autoptr (MsmSetup) now = NULL;

  if (run == NULL)
    {
      g_clear_pointer (&self->put_back, msm_tensor_unref);
      return;
    }
  if (!msm_session_can_start (self) || msm_run_item_is_generated (run) || !msm_session_shows_run (self, run))
    return;
  now = msm_session_make_setup (self);
  image = msm_setup_shares_measurement (setup, now) ? msm_run_item_ref_put_back (run) : NULL;
  if (image == NULL || image == self->put_back)
    return;
  g_clear_pointer (&self->put_back, msm_tensor_unref);
  self->put_back = g_steal_pointer (&image);
  self->put_back_of = setup->operator_class;
  self->put_back_slice = setup->address.slice;
  g_signal_emit (self, msm_session_signals[MSM_SESSION_PREVIEW_CHANGED], 0);
}

MsmTensor *
msm_session_get_put_back (MsmSession *self)
{
  return self->put_back_of == self->operator_class && self->put_back_slice == self->slice ? self->put_back : NULL;
}

double
msm_session_get_preview_ms (MsmSession *self)
{
  return self->preview_ms;
}

MsmTensor *
msm_session_get_picture (MsmSession *self)
{
  return self->scan != NULL && self->scan->kind == MSM_SCAN_IMAGE && self->kspace != NULL
                 && msm_tensor_dtype (self->kspace) == MSM_F32
             ? self->kspace
             : NULL;
}
