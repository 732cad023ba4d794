#include "config.h"

#include "app/session/session-private.h"

#include "core/base/memory.h"
#include "core/base/printable.h"

guint msm_session_signals[MSM_SESSION_N_SIGNALS];

G_DEFINE_FINAL_TYPE (MsmSession, msm_session, G_TYPE_OBJECT)

/* One line, whatever text of a file is in it. */
static void
fail (MsmSession *self, const char *message)
{
  g_autofree char *printable = msm_printable (message, MSM_PRINTABLE_LINE);

  g_signal_emit (self, msm_session_signals[MSM_SESSION_FAILED], 0, printable);
}

void
msm_session_fail (MsmSession *self, const GError *error)
{
  fail (self, error->message);
}

static void
emit (MsmSession *self, guint signal)
{
  g_signal_emit (self, msm_session_signals[signal], 0);
}

MsmSetup *
msm_session_make_setup (MsmSession *self)
{
  g_auto (MsmAddress) address = { NULL };

  if (!msm_setup_model_can_start (self->setup))
    return NULL;
  msm_study_get_address (self->study, &address);
  return msm_setup_model_make (self->setup, &address);
}

/* ---- what one part means for the others ---- */

/* For the run that is prepared ahead: not while the slice may be another in a moment. */
static MsmSetup *
make_ahead (gpointer data)
{
  MsmSession *self = data;

  return msm_study_is_loading (self->study) ? NULL : msm_session_make_setup (self);
}

static void
ask_for_preview (MsmSession *self)
{
  MsmScan *scan = msm_study_get_scan (self->study);
  MsmTensor *kspace = msm_study_get_kspace (self->study), *truth = msm_study_get_truth (self->study);
  const MsmMask *mask = msm_setup_model_get_mask (self->setup);

  if (kspace == NULL || mask == NULL)
    return;
  msm_preview_queue_push (self->previews, (MsmPreviewInput){
                                              .kspace = msm_tensor_ref (kspace),
                                              .is_image = scan->kind == MSM_SCAN_IMAGE,
                                              .mask = msm_mask_copy (mask),
                                              .coil = msm_study_get_coil (self->study),
                                              .crop_readout = scan->crop_readout,
                                              .crop_phase = scan->crop_phase,
                                              .truth = truth != NULL ? msm_tensor_ref (truth) : NULL,
                                              .wants_reference = msm_study_is_fully_sampled (self->study),
                                          });
}

static void
on_opened (MsmStudy *study, gboolean is_same, MsmSession *self)
{
  msm_preview_queue_forget (self->previews);
  msm_run_store_drop_ahead (self->runs);
  g_clear_pointer (&self->put_back, msm_tensor_unref);
  msm_setup_model_set_scan (self->setup, msm_study_get_scan (study), msm_study_get_own_mask (study), is_same);
  msm_run_store_select (self->runs, NULL);
  msm_session_take_wishes (self);
  emit (self, MSM_SESSION_SCAN_CHANGED);
  emit (self, MSM_SESSION_MASK_CHANGED);
}

static void
on_not_opened (MsmStudy *study, MsmSession *self)
{
  msm_session_drop_wishes (self);
}

static void
on_slice_changed (MsmStudy *study, MsmSession *self)
{
  emit (self, MSM_SESSION_SLICE_CHANGED);
}

static void
on_read (MsmStudy *study, MsmSession *self)
{
  msm_preview_queue_forget (self->previews);
  msm_setup_model_set_own_mask (self->setup, msm_study_get_own_mask (study));
  if (msm_study_get_kspace (study) != NULL)
    ask_for_preview (self);
  else
    emit (self, MSM_SESSION_PREVIEW_CHANGED);
}

static void
on_busy_changed (MsmStudy *study, MsmSession *self)
{
  emit (self, MSM_SESSION_BUSY_CHANGED);
}

static void
on_setup_changed (MsmSetupModel *setup, guint what, MsmSession *self)
{
  if (what & MSM_SETUP_CHANGED_MASK)
    {
      msm_preview_queue_start_clock (self->previews);
      ask_for_preview (self);
    }
  if (what & (MSM_SETUP_CHANGED_MASK | MSM_SETUP_CHANGED_STROKE))
    emit (self, MSM_SESSION_MASK_CHANGED);
  if (what & (MSM_SETUP_CHANGED_METHOD | MSM_SETUP_CHANGED_VALUES))
    msm_run_store_plan_ahead (self->runs);
  if (what & MSM_SETUP_CHANGED_METHOD)
    emit (self, MSM_SESSION_METHOD_CHANGED);
  if (what & MSM_SETUP_CHANGED_OPERATOR)
    emit (self, MSM_SESSION_PREVIEW_CHANGED);
}

static void
on_preview_changed (MsmPreviewQueue *previews, MsmSession *self)
{
  msm_run_store_plan_ahead (self->runs);
  emit (self, MSM_SESSION_PREVIEW_CHANGED);
}

/* Takes what @run's operator measured, if it is what is chosen now. */
static void
on_prepared (MsmRunStore *runs, MsmRunItem *run, MsmSession *self)
{
  const MsmSetup *setup = msm_run_item_get_setup (run);
  g_autoptr (MsmTensor) image = NULL;
  g_autoptr (MsmSetup) now = NULL;

  if (msm_run_item_is_generated (run) || !msm_session_shows_run (self, run)
      || (now = msm_session_make_setup (self)) == NULL)
    return;
  image = msm_setup_shares_measurement (setup, now) ? msm_run_item_ref_put_back (run) : NULL;
  if (image == NULL || image == self->put_back)
    return;
  g_clear_pointer (&self->put_back, msm_tensor_unref);
  self->put_back = g_steal_pointer (&image);
  self->put_back_of = setup->operator_class;
  self->put_back_slice = setup->address.slice;
  emit (self, MSM_SESSION_PREVIEW_CHANGED);
}

static void
on_run_changed (MsmRunStore *runs, MsmSession *self)
{
  emit (self, MSM_SESSION_RUN_CHANGED);
}

static void
on_run_updated (MsmRunStore *runs, MsmSession *self)
{
  msm_volume_queue_follow (self->volume);
  emit (self, MSM_SESSION_RUN_UPDATED);
}

static MsmRunItem *
start_slice (const MsmSetup *setup, gpointer data)
{
  return msm_run_store_start_aside (((MsmSession *) data)->runs, setup);
}

static void
on_position_changed (MsmRunStore *runs, MsmSession *self)
{
  emit (self, MSM_SESSION_POSITION_CHANGED);
}

static void
on_failed (GObject *part, const char *message, MsmSession *self)
{
  fail (self, message);
}

/* ---- the study and its preview ---- */

/* The compute thread is not kept from what is opened now. */
static void
stop_selected (MsmSession *self)
{
  MsmRunItem *run = msm_run_store_get_selected (self->runs);

  if (run != NULL)
    msm_run_item_stop (run);
}

void
msm_session_open_with (MsmSession *self, const char *path, const MsmScanOptions *options)
{
  stop_selected (self);
  msm_study_open (self->study, path, options);
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
  if (msm_study_set_group (self->study, group))
    stop_selected (self);
}

gsize
msm_session_get_index (MsmSession *self, const char *axis)
{
  return msm_study_get_index (self->study, axis);
}

void
msm_session_set_index (MsmSession *self, const char *axis, gsize index)
{
  if (msm_study_set_index (self->study, axis, index))
    stop_selected (self);
}

MsmScan *
msm_session_get_scan (MsmSession *self)
{
  return msm_study_get_scan (self->study);
}

gboolean
msm_session_is_loading (MsmSession *self)
{
  return msm_study_is_loading (self->study);
}

gboolean
msm_session_is_unreadable (MsmSession *self)
{
  return msm_study_is_unreadable (self->study);
}

gboolean
msm_session_is_fully_sampled (MsmSession *self)
{
  return msm_study_is_fully_sampled (self->study);
}

const MsmMask *
msm_session_get_own_mask (MsmSession *self)
{
  return msm_study_get_own_mask (self->study);
}

gboolean
msm_session_get_edges (MsmSession *self, char edges[5])
{
  MsmScan *scan = msm_study_get_scan (self->study);

  return scan != NULL && msm_geometry_edges (&scan->geometry, edges);
}

gsize
msm_session_get_slice (MsmSession *self)
{
  return msm_study_get_slice (self->study);
}

void
msm_session_set_slice (MsmSession *self, gsize slice)
{
  msm_study_set_slice (self->study, slice);
}

int
msm_session_get_coil (MsmSession *self)
{
  return msm_study_get_coil (self->study);
}

void
msm_session_set_coil (MsmSession *self, int coil)
{
  int before = msm_study_get_coil (self->study);

  msm_study_set_coil (self->study, coil);
  if (msm_study_get_coil (self->study) == before)
    return;
  msm_preview_queue_renew_reference (self->previews);
  ask_for_preview (self);
}

const MsmPreview *
msm_session_get_preview (MsmSession *self)
{
  return msm_preview_queue_get (self->previews);
}

double
msm_session_get_preview_ms (MsmSession *self)
{
  return msm_preview_queue_get_ms (self->previews);
}

MsmTensor *
msm_session_get_put_back (MsmSession *self)
{
  return self->put_back_of == msm_setup_model_get_operator (self->setup)
                 && self->put_back_slice == msm_study_get_slice (self->study)
             ? self->put_back
             : NULL;
}

MsmTensor *
msm_session_get_picture (MsmSession *self)
{
  MsmScan *scan = msm_study_get_scan (self->study);
  MsmTensor *picture = msm_study_get_kspace (self->study);

  return scan != NULL && scan->kind == MSM_SCAN_IMAGE && picture != NULL && msm_tensor_dtype (picture) == MSM_F32
             ? picture
             : NULL;
}

/* ---- the object ---- */

void
msm_session_close (MsmSession *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  msm_study_close (self->study);
  msm_preview_queue_close (self->previews);
  msm_volume_queue_stop (self->volume);
  msm_run_store_close (self->runs);
  g_clear_pointer (&self->worker, msm_worker_free);
}

static void
msm_session_dispose (GObject *object)
{
  MsmSession *self = MSM_SESSION (object);
  GObject *parts[] = { G_OBJECT (self->study), G_OBJECT (self->setup), G_OBJECT (self->previews),
                       G_OBJECT (self->runs) };

  msm_session_close (self);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_signal_handlers_disconnect_by_data (parts[i], self);
  G_OBJECT_CLASS (msm_session_parent_class)->dispose (object);
}

static void
msm_session_finalize (GObject *object)
{
  MsmSession *self = MSM_SESSION (object);

  g_object_unref (self->volume);
  g_object_unref (self->runs);
  g_object_unref (self->previews);
  g_object_unref (self->setup);
  g_object_unref (self->study);
  g_clear_pointer (&self->put_back, msm_tensor_unref);
  msm_session_drop_wishes (self);
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
  msm_memory_give_back ();
  self->worker = msm_worker_new ();
  self->study = msm_study_new ();
  self->setup = msm_setup_model_new ();
  self->previews = msm_preview_queue_new (self->worker);
  self->runs = msm_run_store_new (self->worker, make_ahead, self);
  self->volume = msm_volume_queue_new (start_slice, self);
  const struct
  {
    gpointer part;
    const char *signal;
    GCallback func;
  } rows[] = {
    { self->study, "opened", G_CALLBACK (on_opened) },
    { self->study, "not-opened", G_CALLBACK (on_not_opened) },
    { self->study, "slice-changed", G_CALLBACK (on_slice_changed) },
    { self->study, "read", G_CALLBACK (on_read) },
    { self->study, "busy-changed", G_CALLBACK (on_busy_changed) },
    { self->study, "failed", G_CALLBACK (on_failed) },
    { self->setup, "changed", G_CALLBACK (on_setup_changed) },
    { self->setup, "failed", G_CALLBACK (on_failed) },
    { self->previews, "changed", G_CALLBACK (on_preview_changed) },
    { self->previews, "failed", G_CALLBACK (on_failed) },
    { self->runs, "run-changed", G_CALLBACK (on_run_changed) },
    { self->runs, "run-updated", G_CALLBACK (on_run_updated) },
    { self->runs, "prepared", G_CALLBACK (on_prepared) },
    { self->runs, "position-changed", G_CALLBACK (on_position_changed) },
    { self->runs, "failed", G_CALLBACK (on_failed) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_signal_connect (rows[i].part, rows[i].signal, rows[i].func, self);
}

MsmSession *
msm_session_new (void)
{
  return g_object_new (MSM_TYPE_SESSION, NULL);
}
