#include "config.h"

#include "app/session/study.h"

#include "app/session/scan-loader.h"
#include "core/base/error.h"

struct _MsmStudy
{
  GObject parent_instance;
  MsmScan *scan;       /* (nullable) */
  GHashTable *indices; /* (nullable): of the axes; as in MsmScanOptions */
  MsmMask *own_mask;   /* (nullable): what was acquired of the slice, as far as that is known; NULL: everything */
  MsmTensor *kspace;   /* of loaded_slice */
  MsmTensor *truth;    /* (nullable) of loaded_slice, of a simulation */
  gsize loaded_slice;
  gconstpointer read_scan; /* which scan it is of; only compared */
  gsize slice;             /* what is asked for */
  int coil;
  gboolean is_opening;
  gboolean is_reading;
  gboolean was_cut_short; /* the last reading was stopped before it came to an end */
  gboolean closed;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (MsmStudy, msm_study, G_TYPE_OBJECT)

enum
{
  OPENED,
  NOT_OPENED,
  SLICE_CHANGED,
  READ,
  BUSY_CHANGED,
  FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static gboolean
is_stopped (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
         || g_error_matches (error, MSM_ERROR, MSM_ERROR_CANCELLED);
}

static void
fail (MsmStudy *self, const GError *error)
{
  if (!is_stopped (error))
    g_signal_emit (self, signals[FAILED], 0, error->message);
}

/* What is known of the slice that was read last. */
static void
drop_slice (MsmStudy *self)
{
  g_clear_pointer (&self->kspace, msm_tensor_unref);
  g_clear_pointer (&self->truth, msm_tensor_unref);
}

static void
take_mask (MsmStudy *self)
{
  g_clear_pointer (&self->own_mask, msm_mask_unref);
  self->own_mask = msm_scan_peek_mask (self->scan, self->slice);
}

/* One read at a time; the newest wish is read when the current one ends. */
static void
start_reading (MsmStudy *self, GAsyncReadyCallback callback)
{
  if (self->is_reading || self->scan == NULL)
    return;
  self->is_reading = TRUE;
  self->loaded_slice = self->slice;
  self->read_scan = self->scan;
  msm_scan_loader_read_async (self->scan, self->slice, self->cancellable, callback, g_object_ref (self));
  g_signal_emit (self, signals[BUSY_CHANGED], 0);
}

static void
on_slice_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (MsmStudy) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) truth = NULL;
  g_autoptr (MsmTensor) kspace = msm_scan_loader_read_finish (result, &truth, &error);

  self->is_reading = FALSE;
  if (self->closed)
    return;
  self->was_cut_short = is_stopped (error);
  if (kspace == NULL)
    fail (self, error);
  if (self->read_scan != self->scan || self->loaded_slice != self->slice
      || (self->was_cut_short && !self->is_opening)) /* by an opening that has failed already */
    start_reading (self, on_slice_read);
  else
    {
      /* Also where nothing came: the slice before must not stand under this one's number. */
      drop_slice (self);
      self->kspace = g_steal_pointer (&kspace);
      self->truth = g_steal_pointer (&truth);
      take_mask (self);
      g_signal_emit (self, signals[READ], 0);
    }
  g_signal_emit (self, signals[BUSY_CHANGED], 0);
}

static void
take_scan (MsmStudy *self, MsmScan *scan)
{
  /* Another repetition of the same measurement is looked at in the same place. */
  gboolean is_same =
      self->scan != NULL && g_strcmp0 (self->scan->path, scan->path) == 0 && self->scan->n_slices == scan->n_slices;

  g_clear_pointer (&self->scan, msm_scan_unref);
  g_clear_pointer (&self->indices, g_hash_table_unref);
  drop_slice (self);
  self->scan = scan;
  self->indices = msm_indices_copy (scan->indices);
  /* The middle of the head shows more than its first slice. */
  if (!is_same)
    self->slice = scan->n_slices / 2;
  self->coil = -1;
  take_mask (self);
  g_signal_emit (self, signals[OPENED], 0, is_same);
  start_reading (self, on_slice_read);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (MsmStudy) self = data;
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
    {
      g_signal_emit (self, signals[NOT_OPENED], 0);
      fail (self, error);
      /* The scan that stays: opening stopped the slice that was being read of it. */
      if (self->was_cut_short)
        start_reading (self, on_slice_read);
    }
  g_signal_emit (self, signals[BUSY_CHANGED], 0);
}

void
msm_study_open (MsmStudy *self, const char *path, const MsmScanOptions *options)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->is_opening = TRUE;
  msm_scan_loader_open_async (path, options, self->cancellable, on_opened, g_object_ref (self));
  g_signal_emit (self, signals[BUSY_CHANGED], 0);
}

gboolean
msm_study_set_group (MsmStudy *self, const char *group)
{
  MsmScanOptions options = { .group = group };

  if (self->scan == NULL || g_strcmp0 (self->scan->group, group) == 0)
    return FALSE;
  msm_study_open (self, self->scan->path, &options); /* another group may have other axes */
  return TRUE;
}

gsize
msm_study_get_index (MsmStudy *self, const char *axis)
{
  return self->indices != NULL ? GPOINTER_TO_SIZE (g_hash_table_lookup (self->indices, axis)) : 0;
}

gboolean
msm_study_set_index (MsmStudy *self, const char *axis, gsize index)
{
  g_autoptr (GHashTable) indices = NULL;
  MsmScanOptions options = { 0 };

  if (self->scan == NULL || (!self->is_opening && msm_study_get_index (self, axis) == index))
    return FALSE;
  indices = self->indices != NULL ? msm_indices_copy (self->indices)
                                  : g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (indices, g_strdup (axis), GSIZE_TO_POINTER (index));
  options.group = self->scan->group;
  options.indices = indices;
  msm_study_open (self, self->scan->path, &options);
  return TRUE;
}

MsmScan *
msm_study_get_scan (MsmStudy *self)
{
  return self->scan;
}

/* All borrowed. */
static MsmAddress
borrow_address (MsmStudy *self)
{
  return (MsmAddress){ self->scan->path, self->scan->group, self->indices, self->slice };
}

gboolean
msm_study_get_address (MsmStudy *self, MsmAddress *address)
{
  MsmAddress own;

  *address = (MsmAddress){ NULL };
  if (self->scan == NULL)
    return FALSE;
  own = borrow_address (self);
  msm_address_copy (&own, address);
  return TRUE;
}

gboolean
msm_study_is_at (MsmStudy *self, const MsmAddress *address)
{
  MsmAddress own;

  if (self->scan == NULL)
    return FALSE;
  own = borrow_address (self);
  return msm_address_equal (&own, address);
}

gboolean
msm_study_is_loading (MsmStudy *self)
{
  return self->is_opening || self->is_reading;
}

gboolean
msm_study_is_unreadable (MsmStudy *self)
{
  return self->scan != NULL && self->kspace == NULL && !msm_study_is_loading (self);
}

gboolean
msm_study_is_fully_sampled (MsmStudy *self)
{
  return self->scan != NULL && msm_scan_mask_is_full (self->own_mask);
}

const MsmMask *
msm_study_get_own_mask (MsmStudy *self)
{
  return self->own_mask;
}

MsmTensor *
msm_study_get_kspace (MsmStudy *self)
{
  return self->kspace;
}

MsmTensor *
msm_study_get_truth (MsmStudy *self)
{
  return self->truth;
}

gsize
msm_study_get_slice (MsmStudy *self)
{
  return self->slice;
}

void
msm_study_set_slice (MsmStudy *self, gsize slice)
{
  if (self->scan == NULL || slice >= self->scan->n_slices || slice == self->slice)
    return;
  self->slice = slice;
  g_signal_emit (self, signals[SLICE_CHANGED], 0);
  start_reading (self, on_slice_read);
}

void
msm_study_begin_at (MsmStudy *self, gsize slice)
{
  g_return_if_fail (self->scan != NULL && slice < self->scan->n_slices);
  self->slice = slice;
}

int
msm_study_get_coil (MsmStudy *self)
{
  return self->coil;
}

void
msm_study_set_coil (MsmStudy *self, int coil)
{
  if (self->scan == NULL || coil >= (int) self->scan->n_channels || coil == self->coil)
    return;
  self->coil = MAX (coil, -1);
  g_signal_emit (self, signals[SLICE_CHANGED], 0);
}

void
msm_study_close (MsmStudy *self)
{
  self->closed = TRUE;
  g_cancellable_cancel (self->cancellable);
}

static void
msm_study_finalize (GObject *object)
{
  MsmStudy *self = MSM_STUDY (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->scan, msm_scan_unref);
  g_clear_pointer (&self->indices, g_hash_table_unref);
  g_clear_pointer (&self->own_mask, msm_mask_unref);
  drop_slice (self);
  G_OBJECT_CLASS (msm_study_parent_class)->finalize (object);
}

static void
msm_study_class_init (MsmStudyClass *klass)
{
  static const char *const names[] = { "opened", "not-opened", "slice-changed", "read", "busy-changed", "failed" };
  const GType types[N_SIGNALS] = { [OPENED] = G_TYPE_BOOLEAN, [FAILED] = G_TYPE_STRING };

  G_OBJECT_CLASS (klass)->finalize = msm_study_finalize;
  for (guint i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], MSM_TYPE_STUDY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                               types[i] != 0 ? 1 : 0, types[i]);
}

static void
msm_study_init (MsmStudy *self)
{
  self->coil = -1;
  self->cancellable = g_cancellable_new ();
}

MsmStudy *
msm_study_new (void)
{
  return g_object_new (MSM_TYPE_STUDY, NULL);
}
