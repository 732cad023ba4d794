#include "config.h"

#include "app/session/session-private.h"

#include "app/session/scan-loader.h"
#include "core/base/error.h"

guint msm_session_signals[MSM_SESSION_N_SIGNALS];

G_DEFINE_FINAL_TYPE (MsmSession, msm_session, G_TYPE_OBJECT)

MsmParams *
msm_session_params_of (MsmSession *self, const MsmParam *table)
{
  MsmParams *params = g_hash_table_lookup (self->params, table);

  if (params == NULL)
    {
      params = msm_params_new (table);
      g_hash_table_insert (self->params, (gpointer) table, params);
    }
  return params;
}

void
msm_session_fail (MsmSession *self, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      && !g_error_matches (error, MSM_ERROR, MSM_ERROR_CANCELLED))
    g_signal_emit (self, msm_session_signals[MSM_SESSION_FAILED], 0, error->message);
}

/* ---- the scan and its slices ---- */

/* One read at a time; the newest wish is read when the current one ends. */
static void
start_reading (MsmSession *self, GAsyncReadyCallback callback)
{
  if (self->is_reading || self->scan == NULL)
    return;
  self->is_reading = TRUE;
  self->loaded_slice = self->slice;
  self->read_scan = self->scan;
  msm_scan_loader_read_async (self->scan, self->slice, self->cancellable, callback, g_object_ref (self));
  g_signal_emit (self, msm_session_signals[MSM_SESSION_BUSY_CHANGED], 0);
}

/* What is known of the slice that was read last. */
static void
drop_slice (MsmSession *self)
{
  g_clear_pointer (&self->kspace, msm_tensor_unref);
  g_clear_pointer (&self->truth, msm_tensor_unref);
  g_clear_pointer (&self->preview, msm_preview_free);
}

static void
on_slice_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (MsmSession) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) truth = NULL;
  g_autoptr (MsmTensor) kspace = msm_scan_loader_read_finish (result, &truth, &error);

  self->is_reading = FALSE;
  if (self->closed)
    return;
  self->was_cut_short = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                        || g_error_matches (error, MSM_ERROR, MSM_ERROR_CANCELLED);
  if (kspace == NULL)
    msm_session_fail (self, error);
  if (self->read_scan != self->scan || self->loaded_slice != self->slice
      || (self->was_cut_short && !self->is_opening)) /* by an opening that has failed already */
    start_reading (self, on_slice_read);
  else
    {
      /* Also where nothing came: the slice before must not stand under this one's number. */
      drop_slice (self);
      self->kspace = g_steal_pointer (&kspace);
      self->truth = g_steal_pointer (&truth);
      self->needs_reference = TRUE;
      if (self->kspace != NULL)
        msm_session_queue_preview (self);
      else
        g_signal_emit (self, msm_session_signals[MSM_SESSION_PREVIEW_CHANGED], 0);
    }
  g_signal_emit (self, msm_session_signals[MSM_SESSION_BUSY_CHANGED], 0);
}

static const MsmMaskPattern *
default_pattern (MsmSession *self)
{
  return msm_session_is_fully_sampled (self) ? msm_mask_pattern_find ("random", NULL) : NULL;
}

static void
take_scan (MsmSession *self, MsmScan *scan)
{
  /* Another repetition of the same measurement is looked at in the same place. */
  gboolean is_same =
      self->scan != NULL && g_strcmp0 (self->scan->path, scan->path) == 0 && self->scan->n_slices == scan->n_slices;

  g_clear_pointer (&self->scan, msm_scan_unref);
  drop_slice (self);
  g_clear_pointer (&self->mask, msm_mask_unref);
  msm_history_clear (self->history);
  msm_session_drop_ahead (self);
  msm_session_take_put_back (self, NULL);
  self->scan = scan;
  /* The middle of the head shows more than its first slice. */
  if (!is_same)
    self->slice = scan->n_slices / 2;
  self->coil = -1;
  if (!is_same || !msm_session_is_fully_sampled (self))
    self->pattern = default_pattern (self);
  self->mask = msm_session_draw_mask (self);
  if (self->mask == NULL)
    {
      self->pattern = NULL;
      self->mask = msm_session_draw_mask (self);
    }
  self->mask_is_drawn = TRUE;
  /* On an undersampled scan no other can be simulated. */
  if (!msm_session_is_fully_sampled (self))
    msm_session_set_operator_named (self, "sampling");
  msm_session_select_run (self, NULL);
  msm_session_suggest_prior (self);
  msm_session_take_wishes (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_SCAN_CHANGED], 0);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_MASK_CHANGED], 0);
  start_reading (self, on_slice_read);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
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
    {
      g_clear_pointer (&self->indices, g_hash_table_unref);
      self->indices = msm_indices_copy (scan->indices);
      take_scan (self, scan);
    }
  else
    {
      msm_session_drop_wishes (self);
      msm_session_fail (self, error);
      /* The scan that stays: opening stopped the slice that was being read of it. */
      if (self->was_cut_short)
        start_reading (self, on_slice_read);
    }
  g_signal_emit (self, msm_session_signals[MSM_SESSION_BUSY_CHANGED], 0);
}

void
msm_session_open_with (MsmSession *self, const char *path, const MsmScanOptions *options)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  if (self->run != NULL)
    msm_run_item_stop (self->run);
  self->is_opening = TRUE;
  msm_scan_loader_open_async (path, options, self->cancellable, on_opened, g_object_ref (self));
  g_signal_emit (self, msm_session_signals[MSM_SESSION_BUSY_CHANGED], 0);
}

void
msm_session_open (MsmSession *self, const char *path)
{
  g_return_if_fail (MSM_IS_SESSION (self) && path != NULL);
  msm_session_drop_wishes (self);
  msm_session_open_with (self, path, NULL);
}

void
msm_session_set_group (MsmSession *self, const char *group)
{
  MsmScanOptions options = { .group = group };

  if (self->scan != NULL && g_strcmp0 (self->scan->group, group) != 0)
    msm_session_open_with (self, self->scan->path, &options); /* another group may have other axes */
}

gsize
msm_session_get_index (MsmSession *self, const char *axis)
{
  return self->indices != NULL ? GPOINTER_TO_SIZE (g_hash_table_lookup (self->indices, axis)) : 0;
}

void
msm_session_set_index (MsmSession *self, const char *axis, gsize index)
{
  g_autoptr (GHashTable) indices = NULL;
  MsmScanOptions options = { 0 };

  if (self->scan == NULL || (!self->is_opening && msm_session_get_index (self, axis) == index))
    return;
  indices = self->indices != NULL ? msm_indices_copy (self->indices)
                                  : g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (indices, g_strdup (axis), GSIZE_TO_POINTER (index));
  options.group = self->scan->group;
  options.indices = indices;
  msm_session_open_with (self, self->scan->path, &options);
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
msm_session_is_unreadable (MsmSession *self)
{
  return self->scan != NULL && self->kspace == NULL && !msm_session_is_loading (self);
}

gboolean
msm_session_is_fully_sampled (MsmSession *self)
{
  return self->scan != NULL && (self->scan->mask == NULL || msm_mask_is_full (self->scan->mask));
}

gboolean
msm_session_get_edges (MsmSession *self, char edges[5])
{
  return self->scan != NULL && msm_geometry_edges (&self->scan->geometry, edges);
}

gsize
msm_session_get_slice (MsmSession *self)
{
  return self->slice;
}

void
msm_session_set_slice (MsmSession *self, gsize slice)
{
  if (self->scan == NULL || slice >= self->scan->n_slices || slice == self->slice)
    return;
  self->slice = slice;
  g_signal_emit (self, msm_session_signals[MSM_SESSION_SLICE_CHANGED], 0);
  start_reading (self, on_slice_read);
}

int
msm_session_get_coil (MsmSession *self)
{
  return self->coil;
}

void
msm_session_set_coil (MsmSession *self, int coil)
{
  if (self->scan == NULL || coil >= (int) self->scan->n_channels || coil == self->coil)
    return;
  self->coil = MAX (coil, -1);
  self->needs_reference = TRUE;
  msm_session_queue_preview (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_SLICE_CHANGED], 0);
}

/* ---- the object ---- */

void
msm_session_close (MsmSession *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  g_cancellable_cancel (self->cancellable);
  msm_session_drop_ahead (self);
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
  drop_slice (self);
  g_clear_pointer (&self->put_back, msm_tensor_unref);
  g_clear_pointer (&self->mask, msm_mask_unref);
  g_clear_pointer (&self->history, msm_history_free);
  g_free (self->suggested);
  g_free (self->device);
  msm_session_drop_wishes (self);
  g_hash_table_unref (self->params);
  g_clear_pointer (&self->indices, g_hash_table_unref);
  G_OBJECT_CLASS (msm_session_parent_class)->finalize (object);
}

static void
msm_session_class_init (MsmSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  static const char *const names[] = {
    "scan-changed", "slice-changed", "mask-changed",     "preview-changed", "run-changed",
    "run-updated",  "busy-changed",  "position-changed", "method-changed",
  };

  object_class->dispose = msm_session_dispose;
  object_class->finalize = msm_session_finalize;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    msm_session_signals[i] =
        g_signal_new (names[i], MSM_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  msm_session_signals[MSM_SESSION_FAILED] =
      g_signal_new ("failed", MSM_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
msm_session_init (MsmSession *self)
{
  self->worker = msm_worker_new ();
  self->coil = -1;
  self->shows = TRUE;
  self->position = -1;
  self->cancellable = g_cancellable_new ();
  self->params = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) msm_params_free);
  self->history = msm_history_new ();
  self->runs = g_list_store_new (MSM_TYPE_RUN_ITEM);
  self->operator_class = msm_operator_classes ()[0];
  msm_session_choose_first (self);
}

MsmSession *
msm_session_new (void)
{
  return g_object_new (MSM_TYPE_SESSION, NULL);
}
