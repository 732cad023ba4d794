#include "config.h"

#include "app/session/session.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "app/session/history.h"
#include "app/session/scan-loader.h"
#include "core/base/error.h"
#include "core/device/device.h"

struct _MsmSession
{
  GObject                parent_instance;
  MsmWorker             *worker;
  MsmScan               *scan;
  MsmTensor             *kspace;     /* of loaded_slice */
  gsize                  loaded_slice;
  gconstpointer          read_scan;  /* which scan it is of; only compared */
  gsize                  slice;      /* what is asked for */
  int                    coil;
  gboolean               is_opening;
  gboolean               is_reading;
  GCancellable          *cancellable;
  const MsmMaskPattern  *pattern;
  GHashTable            *params;     /* table → MsmParams: kept when another is chosen */
  MsmMask               *mask;
  MsmHistory            *history;
  MsmPreview            *preview;
  gboolean               needs_reference;
  guint                  serial;     /* of the newest preview asked for */
  gint64                 changed_at; /* when the mask changed; 0: its preview has come */
  double                 preview_ms;
  const MsmSamplerClass *method;
  GListStore            *runs;
  MsmRunItem            *run;
  int                    n_started;
  gboolean               closed;
};

G_DEFINE_FINAL_TYPE (MsmSession, msm_session, G_TYPE_OBJECT)

enum
{
  SCAN_CHANGED,
  SLICE_CHANGED,
  MASK_CHANGED,
  PREVIEW_CHANGED,
  RUN_CHANGED,
  RUN_UPDATED,
  BUSY_CHANGED,
  FAILED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static MsmParams *
params_of_table (MsmSession     *self,
                 const MsmParam *table)
{
  MsmParams *params = g_hash_table_lookup (self->params, table);

  if (params == NULL)
    {
      params = msm_params_new (table);
      g_hash_table_insert (self->params, (gpointer) table, params);
    }
  return params;
}

static void
fail (MsmSession   *self,
      const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      && !g_error_matches (error, MSM_ERROR, MSM_ERROR_CANCELLED))
    g_signal_emit (self, signals[FAILED], 0, error->message);
}

/* ---- the preview ---- */

typedef struct
{
  GWeakRef        session;
  guint           serial;
  MsmPreviewInput input;
  MsmPreview     *preview;
  GError         *error;
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
      fail (self, job->error);
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
  g_signal_emit (self, signals[PREVIEW_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* In the compute thread, where only its weak reference to the session is held, and never resolved. */
static void
compute_preview (MsmWorker *worker,
                 gpointer   data)
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

static void
queue_preview (MsmSession *self)
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
  job->input.wants_reference = self->needs_reference && msm_session_is_fully_sampled (self);
  handle = g_new (PreviewJob *, 1);
  *handle = job;
  msm_worker_push (self->worker, MSM_JOB_PREVIEW, compute_preview, handle, preview_handle_free);
}

/* ---- the mask ---- */

static void
mask_changed (MsmSession *self)
{
  if (self->changed_at == 0)
    self->changed_at = g_get_monotonic_time ();
  queue_preview (self);
  g_signal_emit (self, signals[MASK_CHANGED], 0);
}

/* What was not measured cannot be sampled: the scan's own mask and padded lines bound every mask. */
static void
bound_mask (MsmSession *self,
            MsmMask    *mask)
{
  const MsmMask *own = self->scan->mask;

  if (own == NULL || own->n_readout != mask->n_readout || own->n_phase != mask->n_phase)
    return;
  memcpy (mask->padded, own->padded, mask->n_phase);
  for (gsize i = 0; i < mask->n_readout * mask->n_phase; i++)
    mask->points[i] = mask->points[i] != 0 && own->points[i] != 0 && !own->padded[i % mask->n_phase];
  mask->is_columns = mask->is_columns && own->is_columns;
}

static MsmMask *
full_mask (gsize n_readout,
           gsize n_phase)
{
  MsmMask *mask = msm_mask_new (n_readout, n_phase);

  memset (mask->points, 1, n_readout * n_phase);
  mask->is_columns = TRUE;
  mask->nominal_accel = 1;
  g_free (mask->origin);
  mask->origin = g_strdup ("full");
  return mask;
}

/* The mask that the pattern and its parameters ask for, or NULL after telling why. */
static MsmMask *
draw_mask (MsmSession *self)
{
  g_autoptr (GError) error = NULL;
  MsmMask *mask;

  if (self->pattern == NULL && self->scan->mask != NULL)
    return msm_mask_copy (self->scan->mask);
  if (self->pattern == NULL)
    return full_mask (self->scan->n_readout, self->scan->n_phase);
  mask = self->pattern->generate (msm_session_get_pattern_params (self), self->scan->n_readout,
                                  self->scan->n_phase, &error);
  if (mask == NULL)
    {
      fail (self, error);
      return NULL;
    }
  bound_mask (self, mask);
  return mask;
}

static void
replace_mask (MsmSession *self,
              MsmMask    *mask)
{
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_replace (mask);
  double nominal_accel = mask->nominal_accel;

  msm_history_apply (self->history, self->mask, edit);
  self->mask->nominal_accel = nominal_accel;
  mask_changed (self);
}

static void
redraw_mask (MsmSession *self)
{
  g_autoptr (MsmMask) mask = NULL;

  if (self->scan == NULL)
    return;
  mask = draw_mask (self);
  if (mask == NULL)
    return;
  replace_mask (self, mask);
}

const MsmMaskPattern *
msm_session_get_pattern (MsmSession *self)
{
  return self->pattern;
}

void
msm_session_set_pattern (MsmSession           *self,
                         const MsmMaskPattern *pattern)
{
  if (self->pattern == pattern)
    return;
  self->pattern = pattern;
  redraw_mask (self);
}

MsmParams *
msm_session_get_pattern_params (MsmSession *self)
{
  return self->pattern != NULL ? params_of_table (self, self->pattern->params) : NULL;
}

void
msm_session_pattern_params_changed (MsmSession *self)
{
  redraw_mask (self);
}

MsmMask *
msm_session_get_mask (MsmSession *self)
{
  return self->mask;
}

void
msm_session_begin_stroke (MsmSession *self)
{
  msm_history_begin (self->history);
}

void
msm_session_edit_mask (MsmSession        *self,
                       const MsmMaskEdit *edit)
{
  if (self->mask == NULL)
    return;
  msm_history_apply (self->history, self->mask, edit);
  if (self->scan != NULL && !msm_session_is_fully_sampled (self))
    bound_mask (self, self->mask);
  mask_changed (self);
}

void
msm_session_end_stroke (MsmSession *self)
{
  msm_history_end (self->history);
  g_signal_emit (self, signals[MASK_CHANGED], 0);
}

gboolean
msm_session_can_undo (MsmSession *self)
{
  return self->mask != NULL && msm_history_can_undo (self->history);
}

gboolean
msm_session_can_redo (MsmSession *self)
{
  return self->mask != NULL && msm_history_can_redo (self->history);
}

void
msm_session_undo (MsmSession *self)
{
  if (!msm_session_can_undo (self))
    return;
  msm_history_undo (self->history, self->mask);
  mask_changed (self);
}

void
msm_session_redo (MsmSession *self)
{
  if (!msm_session_can_redo (self))
    return;
  msm_history_redo (self->history, self->mask);
  mask_changed (self);
}

void
msm_session_load_mask (MsmSession *self,
                       const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmMask) mask = NULL;

  if (self->scan == NULL)
    return;
  mask = msm_mask_load (path, self->scan->n_readout, self->scan->n_phase, &error);
  if (mask == NULL)
    {
      fail (self, error);
      return;
    }
  bound_mask (self, mask);
  replace_mask (self, mask);
}

void
msm_session_save_mask (MsmSession *self,
                       const char *path)
{
  g_autoptr (GError) error = NULL;

  if (self->mask != NULL && !msm_mask_save (self->mask, path, &error))
    fail (self, error);
}

const MsmPreview *
msm_session_get_preview (MsmSession *self)
{
  return self->preview;
}

double
msm_session_get_preview_ms (MsmSession *self)
{
  return self->preview_ms;
}

/* ---- the scan and its slices ---- */

/* One read at a time; the newest wish is read when the current one ends. */
static void
start_reading (MsmSession          *self,
               GAsyncReadyCallback  callback)
{
  if (self->is_reading || self->scan == NULL)
    return;
  self->is_reading = TRUE;
  self->loaded_slice = self->slice;
  self->read_scan = self->scan;
  msm_scan_loader_read_async (self->scan, self->slice, self->cancellable, callback,
                              g_object_ref (self));
  g_signal_emit (self, signals[BUSY_CHANGED], 0);
}

static void
on_slice_read (GObject      *source,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr (MsmSession) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) kspace = msm_scan_loader_read_finish (result, &error);

  self->is_reading = FALSE;
  if (self->closed)
    return;
  if (kspace == NULL)
    fail (self, error);
  if (self->read_scan != self->scan || self->loaded_slice != self->slice)
    start_reading (self, on_slice_read);
  else if (kspace != NULL)
    {
      g_clear_pointer (&self->kspace, msm_tensor_unref);
      self->kspace = g_steal_pointer (&kspace);
      g_clear_pointer (&self->preview, msm_preview_free);
      self->needs_reference = TRUE;
      queue_preview (self);
    }
  g_signal_emit (self, signals[BUSY_CHANGED], 0);
}

static const MsmMaskPattern *
default_pattern (MsmSession *self)
{
  return msm_session_is_fully_sampled (self) ? msm_mask_pattern_find ("random", NULL) : NULL;
}

static void
take_scan (MsmSession *self,
           MsmScan    *scan)
{
  g_clear_pointer (&self->scan, msm_scan_unref);
  g_clear_pointer (&self->kspace, msm_tensor_unref);
  g_clear_pointer (&self->preview, msm_preview_free);
  g_clear_pointer (&self->mask, msm_mask_unref);
  msm_history_clear (self->history);
  self->scan = scan;
  /* The middle of the head shows more than its first slice. */
  self->slice = scan->n_slices / 2;
  self->coil = -1;
  self->pattern = default_pattern (self);
  self->mask = draw_mask (self);
  if (self->mask == NULL)
    {
      self->pattern = NULL;
      self->mask = draw_mask (self);
    }
  msm_session_select_run (self, NULL);
  g_signal_emit (self, signals[SCAN_CHANGED], 0);
  g_signal_emit (self, signals[MASK_CHANGED], 0);
  start_reading (self, on_slice_read);
}

static void
on_opened (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr (MsmSession) self = data;
  g_autoptr (GError) error = NULL;
  MsmScan *scan = msm_scan_loader_open_finish (result, &error);

  if (self->closed)
    {
      g_clear_pointer (&scan, msm_scan_unref);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* another file was asked for meanwhile */
  self->is_opening = FALSE;
  if (scan != NULL)
    take_scan (self, scan);
  else
    fail (self, error);
  g_signal_emit (self, signals[BUSY_CHANGED], 0);
}

void
msm_session_open (MsmSession *self,
                  const char *path)
{
  g_return_if_fail (MSM_IS_SESSION (self) && path != NULL);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  if (self->run != NULL)
    msm_run_item_stop (self->run);
  self->is_opening = TRUE;
  msm_scan_loader_open_async (path, self->cancellable, on_opened, g_object_ref (self));
  g_signal_emit (self, signals[BUSY_CHANGED], 0);
}

MsmScan *
msm_session_get_scan (MsmSession *self)
{
  return self->scan;
}

gboolean
msm_session_is_loading (MsmSession *self)
{
  return self->is_opening || self->is_reading;
}

gboolean
msm_session_is_fully_sampled (MsmSession *self)
{
  return self->scan != NULL && (self->scan->mask == NULL || msm_mask_is_full (self->scan->mask));
}

gsize
msm_session_get_slice (MsmSession *self)
{
  return self->slice;
}

void
msm_session_set_slice (MsmSession *self,
                       gsize       slice)
{
  if (self->scan == NULL || slice >= self->scan->n_slices || slice == self->slice)
    return;
  self->slice = slice;
  g_signal_emit (self, signals[SLICE_CHANGED], 0);
  start_reading (self, on_slice_read);
}

int
msm_session_get_coil (MsmSession *self)
{
  return self->coil;
}

void
msm_session_set_coil (MsmSession *self,
                      int         coil)
{
  if (self->scan == NULL || coil >= (int) self->scan->n_channels || coil == self->coil)
    return;
  self->coil = MAX (coil, -1);
  self->needs_reference = TRUE;
  queue_preview (self);
  g_signal_emit (self, signals[SLICE_CHANGED], 0);
}

/* ---- runs ---- */

const MsmSamplerClass *
msm_session_get_method (MsmSession *self)
{
  return self->method;
}

void
msm_session_set_method (MsmSession            *self,
                        const MsmSamplerClass *method)
{
  self->method = method;
}

MsmParams *
msm_session_get_method_params (MsmSession *self)
{
  return self->method != NULL ? params_of_table (self, self->method->params) : NULL;
}

static void
on_run_updated (MsmRunItem *run,
                MsmSession *self)
{
  const GError *error = msm_run_item_get_error (run);

  if (error != NULL && msm_run_item_get_state (run) == MSM_RUN_FAILED)
    fail (self, error);
  if (run == self->run)
    g_signal_emit (self, signals[RUN_UPDATED], 0);
}

/* Maps of an earlier run: they depend on the slice and the sampled centre alone, so equal centres share them. */
static MsmTensor *
find_sens (MsmSession *self)
{
  gsize acs_readout, acs_phase;

  msm_mask_acs (self->mask, &acs_readout, &acs_phase);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);
      MsmTensor *sens = msm_run_item_ref_sens (run);
      gsize run_readout, run_phase;

      if (sens == NULL)
        continue;
      msm_mask_acs (msm_run_item_get_mask (run), &run_readout, &run_phase);
      if (g_strcmp0 (msm_run_item_get_path (run), self->scan->path) == 0
          && msm_run_item_get_slice (run) == self->slice && run_readout == acs_readout
          && run_phase == acs_phase)
        return sens;
      msm_tensor_unref (sens);
    }
  return NULL;
}

MsmRunItem *
msm_session_start_run (MsmSession *self)
{
  g_autoptr (MsmRunItem) run = NULL;
  g_autoptr (MsmTensor) sens = NULL;
  MsmRunSpec spec = { 0 };

  if (self->scan == NULL || self->method == NULL || self->mask == NULL)
    return NULL;
  spec.path = self->scan->path;
  spec.slice = self->slice;
  spec.mask = self->mask;
  spec.method = self->method;
  spec.params = msm_session_get_method_params (self);
  sens = find_sens (self);
  spec.sens = sens;
  run = msm_run_item_new (&spec, ++self->n_started);
  g_signal_connect (run, "updated", G_CALLBACK (on_run_updated), self);
  g_list_store_insert (self->runs, 0, run);
  msm_session_select_run (self, run);
  msm_run_item_start (run, self->worker);
  return run;
}

GListModel *
msm_session_get_runs (MsmSession *self)
{
  return G_LIST_MODEL (self->runs);
}

MsmRunItem *
msm_session_get_run (MsmSession *self)
{
  return self->run;
}

void
msm_session_select_run (MsmSession *self,
                        MsmRunItem *run)
{
  if (self->run == run)
    return;
  g_set_object (&self->run, run);
  g_signal_emit (self, signals[RUN_CHANGED], 0);
}

void
msm_session_remove_run (MsmSession *self,
                        MsmRunItem *run)
{
  guint position;

  if (!g_list_store_find (self->runs, run, &position))
    return;
  msm_run_item_stop (run);
  g_signal_handlers_disconnect_by_data (run, self);
  if (self->run == run)
    msm_session_select_run (self, NULL);
  g_list_store_remove (self->runs, position);
}

/* ---- the object ---- */

void
msm_session_close (MsmSession *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  g_cancellable_cancel (self->cancellable);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

      g_signal_handlers_disconnect_by_data (run, self);
      msm_run_item_stop (run);
    }
  g_clear_pointer (&self->worker, msm_worker_free);
}

static void
msm_session_dispose (GObject *object)
{
  MsmSession *self = MSM_SESSION (object);

  msm_session_close (self);
  g_clear_object (&self->run);
  g_clear_object (&self->runs);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (msm_session_parent_class)->dispose (object);
}

static void
msm_session_finalize (GObject *object)
{
  MsmSession *self = MSM_SESSION (object);

  g_clear_pointer (&self->scan, msm_scan_unref);
  g_clear_pointer (&self->kspace, msm_tensor_unref);
  g_clear_pointer (&self->preview, msm_preview_free);
  g_clear_pointer (&self->mask, msm_mask_unref);
  g_clear_pointer (&self->history, msm_history_free);
  g_hash_table_unref (self->params);
  G_OBJECT_CLASS (msm_session_parent_class)->finalize (object);
}

static void
msm_session_class_init (MsmSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  static const char *const names[] = {
    "scan-changed", "slice-changed", "mask-changed", "preview-changed", "run-changed", "run-updated",
    "busy-changed",
  };

  object_class->dispose = msm_session_dispose;
  object_class->finalize = msm_session_finalize;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    signals[i] = g_signal_new (names[i], MSM_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", MSM_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
msm_session_init (MsmSession *self)
{
  self->worker = msm_worker_new ();
  self->coil = -1;
  self->cancellable = g_cancellable_new ();
  self->params = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) msm_params_free);
  self->history = msm_history_new ();
  self->runs = g_list_store_new (MSM_TYPE_RUN_ITEM);
  self->method = msm_sampler_class_find ("cg-sense", NULL);
}

MsmSession *
msm_session_new (void)
{
  return g_object_new (MSM_TYPE_SESSION, NULL);
}
