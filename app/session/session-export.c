#include "config.h"

#include "app/session/session-export.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "app/setup/address.h"
#include "app/setup/setup-ini.h"
#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/image-format.h"

/* What DICOM keeps each as: pictures in 16 bits, or values that have a sign or a unit as they are. */
static const struct
{
  MsmExportKind kind;
  MsmDicomKind object;
} kinds[] = {
  { { "estimate", N_("Estimate") }, MSM_DICOM_SERIES },
  { { "uncertainty", N_("Standard deviation") }, MSM_DICOM_MAP },
  { { "sample", N_("One sample") }, MSM_DICOM_SERIES },
  { { "nullspace", N_("Null-space part") }, MSM_DICOM_SERIES },
  { { "error", N_("Error") }, MSM_DICOM_MAP },
};

struct _MsmExport
{
  GPtrArray *runs; /* MsmRunItem; none once it is written: they are the main thread's */
  gsize n;         /* how many */
  gsize kind;      /* place in kinds */
  int step;
  MsmTensor *images;

  /* For the thread that writes. */
  MsmAddress address;
  gsize *slices;
  char *path, *template_path, *provenance, *experiment;
  gboolean with_phase;
  MsmCancel *cancel;
};

const MsmExportKind *
msm_export_kinds (void)
{
  static MsmExportKind list[G_N_ELEMENTS (kinds) + 1];

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    list[i] = kinds[i].kind;
  return list;
}

/* ---- which runs ---- */

static gint
by_slice (gconstpointer a, gconstpointer b)
{
  const gsize x = msm_run_item_get_setup (*(MsmRunItem *const *) a)->address.slice;
  const gsize y = msm_run_item_get_setup (*(MsmRunItem *const *) b)->address.slice;

  return (x > y) - (x < y);
}

GPtrArray *
msm_export_volume (GListModel *runs, MsmRunItem *like)
{
  GPtrArray *volume = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (runs, i); /* the newest first */

      if (msm_run_item_get_state (run) == MSM_RUN_DONE
          && msm_setup_is_alike (msm_run_item_get_setup (run), msm_run_item_get_setup (like))
          && g_hash_table_add (seen, GSIZE_TO_POINTER (msm_run_item_get_setup (run)->address.slice)))
        g_ptr_array_add (volume, g_steal_pointer (&run));
    }
  if (volume->len == 0)
    g_ptr_array_add (volume, g_object_ref (like));
  g_ptr_array_sort (volume, by_slice);
  return volume;
}

/* ---- which format ---- */

MsmExportFormat *
msm_export_formats (gsize n_slices)
{
  const guint needs = n_slices == 0 ? MSM_HOLDS_SCREEN : n_slices > 1 ? MSM_HOLDS_VOLUME : 0;
  GArray *list = g_array_new (TRUE, TRUE, sizeof (MsmExportFormat));

  for (const MsmImageFormat *const *format = msm_image_formats (); *format != NULL; format++)
    for (const char *const *suffix = (*format)->suffixes; *suffix != NULL; suffix++)
      {
        const MsmExportFormat row = { (*format)->name, (*format)->title, *suffix };

        if (((*format)->holds & needs) == needs)
          g_array_append_val (list, row);
      }
  return (MsmExportFormat *) g_array_free (list, FALSE);
}

int
msm_export_format_of (const MsmExportFormat *formats, const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (int i = 0; formats[i].name != NULL; i++)
    if (g_str_has_suffix (lower, formats[i].suffix))
      return i;
  return -1;
}

char *
msm_export_rename (const MsmExportFormat *formats, const char *path, const MsmExportFormat *format)
{
  const int now = msm_export_format_of (formats, path);
  const gsize length = strlen (path) - (now >= 0 ? strlen (formats[now].suffix) : 0);

  return g_strdup_printf ("%.*s%s", (int) length, path, format->suffix);
}

/* ---- what ---- */

static MsmFrame *
frame_of (MsmExport *self, guint i)
{
  return msm_run_item_get_frame_at (self->runs->pdata[i], self->n > 1 ? -1 : self->step);
}

/* One slice of true values into its place; the first makes the tensor. */
static gboolean
take_slice (MsmExport *self, guint i, GError **error)
{
  MsmRunItem *run = self->runs->pdata[i];
  MsmFrame *frame = frame_of (self, i);
  MsmTensor *image = frame != NULL ? msm_frame_find (frame, kinds[self->kind].kind.name) : NULL;
  const float *from;
  MsmShape shape;
  float *to;
  gsize n;

  if (image == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: has no image “%s” to export"),
                   msm_run_item_get_title (run), _(kinds[self->kind].kind.title));
      return FALSE;
    }
  shape = msm_tensor_shape (image);
  shape.dim[0] = self->n;
  if (self->images == NULL
      && (self->images = msm_tensor_new (msm_device_host (), msm_tensor_dtype (image), shape, error)) == NULL)
    return FALSE;
  if (!msm_shape_equal (shape, msm_tensor_shape (self->images))
      || msm_tensor_dtype (image) != msm_tensor_dtype (self->images))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: its images have another size than those of %s"),
                   msm_run_item_get_title (run), msm_run_item_get_title (self->runs->pdata[0]));
      return FALSE;
    }
  n = msm_tensor_bytes (image) / sizeof (float);
  from = msm_tensor_const_host (image);
  to = msm_tensor_host (self->images) + i * n;
  for (gsize k = 0; k < n; k++)
    to[k] = (float) (frame->scale * from[k]);
  return TRUE;
}

MsmExport *
msm_export_new (GPtrArray *runs, const char *name, int step, GError **error)
{
  g_autoptr (MsmExport) self = g_new0 (MsmExport, 1);
  const MsmAddress *address = &msm_run_item_get_setup (runs->pdata[0])->address;

  while (self->kind + 1 < G_N_ELEMENTS (kinds) && !g_str_equal (kinds[self->kind].kind.name, name))
    self->kind++;
  self->runs = g_ptr_array_new_with_free_func (g_object_unref);
  self->step = step;
  self->n = runs->len;
  self->slices = g_new (gsize, self->n);
  msm_address_copy (address, &self->address);
  for (guint i = 0; i < runs->len; i++)
    {
      g_ptr_array_add (self->runs, g_object_ref (runs->pdata[i]));
      self->slices[i] = msm_run_item_get_setup (runs->pdata[i])->address.slice;
    }
  for (guint i = 0; i < runs->len; i++)
    if (!take_slice (self, i, error))
      return NULL;
  return g_steal_pointer (&self);
}

void
msm_export_free (MsmExport *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->runs, g_ptr_array_unref);
  g_clear_pointer (&self->images, msm_tensor_unref);
  g_clear_pointer (&self->cancel, msm_cancel_unref);
  msm_address_clear (&self->address);
  g_free (self->slices);
  g_free (self->path);
  g_free (self->template_path);
  g_free (self->provenance);
  g_free (self->experiment);
  g_free (self);
}

gsize
msm_export_get_n_slices (const MsmExport *self)
{
  return self->n;
}

MsmTensor *
msm_export_get_images (MsmExport *self)
{
  return self->images;
}

/* What the table is told; the place is added where it is known. */
static MsmImageNotes
notes_of (MsmExport *self, const char *template_path, gboolean with_phase)
{
  const gboolean is_colour = msm_tensor_dtype (self->images) == MSM_F32 && msm_tensor_dim (self->images, 1) == 3;

  return (MsmImageNotes){ .provenance = self->provenance,
                          .experiment = self->experiment,
                          .with_phase = with_phase,
                          .title = _(kinds[self->kind].kind.title),
                          .object = is_colour ? NULL : &kinds[self->kind].object,
                          .template_path = template_path,
                          .cancel = self->cancel };
}

char *
msm_export_losses (MsmExport *self, const MsmExportWish *wish, GError **error)
{
  const guint needs = self->n > 1 ? MSM_HOLDS_VOLUME : 0;
  const MsmImageFormat *format = msm_image_format_find (wish->path, needs, error);
  const MsmImageNotes notes = notes_of (self, wish->template_path, wish->with_phase);
  g_autoptr (GPtrArray) losses =
      format != NULL ? msm_image_format_losses (format, wish->path, self->images, &notes, error) : NULL;

  if (losses == NULL)
    return NULL;
  g_ptr_array_add (losses, NULL);
  return g_strjoinv ("\n", (char **) losses->pdata);
}

/* ---- writing ---- */

/* One line, as the terminal's results have it, and the experiment that repeats the first slice. */
static gboolean
set_text (MsmExport *self, const MsmExportWish *wish, GError **error)
{
  MsmRunItem *run = self->runs->pdata[0];
  const MsmSetup *setup = msm_run_item_get_setup (run);
  const MsmNames names = wish->anonymise ? MSM_NAMES_NONE : MSM_NAMES_BASE;
  g_autofree char *settings = msm_params_describe_with (setup->params, names), *slices = NULL;
  g_autofree char *base = !wish->anonymise && self->address.path != NULL
                              ? g_filename_display_basename (self->address.path)
                              : g_strdup (_("a scan"));
  const char *origin = setup->mask != NULL ? setup->mask->origin : NULL;
  MsmFrame *frame = frame_of (self, 0);

  slices = self->n > 1 ? g_strdup_printf ("slices=%zu-%zu", self->slices[0], self->slices[self->n - 1])
                       : g_strdup_printf ("slice=%zu", self->slices[0]);
  self->provenance =
      g_strdup_printf ("MSM Studio %s; msm-studio %s; %s method=%s %s; mask: %s; step %d", MSM_VERSION, base, slices,
                       setup->method->name, settings, origin != NULL ? origin : "as acquired", frame->info.step);
  if (wish->anonymise)
    self->experiment = msm_setup_format (setup, MSM_NAMES_NONE, error);
  else
    self->experiment = msm_session_format_run (run, wish->path, error);
  return self->experiment != NULL;
}

/* Where the slices lie, of the scan itself. */
static gboolean
write_images (MsmExport *self, GError **error)
{
  MsmImageNotes notes = notes_of (self, self->template_path, self->with_phase);
  double spacing_mm[3] = { 0, 0, 0 };
  const gsize n = self->n;
  g_autofree double (*centres)[3] = g_malloc (n * sizeof *centres);

  if (self->address.path != NULL)
    {
      g_autoptr (MsmScan) scan = msm_address_open (&self->address, error);

      if (scan == NULL)
        return FALSE;
      memcpy (spacing_mm, scan->spacing_mm, sizeof spacing_mm);
      notes.geometry = msm_scan_geometry (scan, self->slices[0]);
      for (gsize i = 0; i < n && notes.geometry.is_known; i++)
        {
          const MsmGeometry place = msm_scan_geometry (scan, self->slices[i]);

          memcpy (centres[i], place.centre, sizeof place.centre);
        }
    }
  notes.spacing_mm = spacing_mm;
  if (notes.geometry.is_known)
    {
      notes.centres = (const double (*)[3]) centres;
      msm_geometry_span (&notes.geometry, notes.centres, n, &spacing_mm[2]);
    }
  return msm_image_format_write (self->path, self->images, &notes, error);
}

static void
write_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (write_images (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* NIfTI's phase is a file of its own, which may exist as well. (transfer full) (nullable) */
static char *
second_name (const MsmExportWish *wish)
{
  const MsmImageFormat *format = msm_image_format_find (wish->path, 0, NULL);

  return wish->with_phase && format != NULL && g_str_equal (format->name, "nifti") ? msm_nifti_phase_name (wish->path)
                                                                                   : NULL;
}

char *
msm_export_find_existing (const MsmExportWish *wish)
{
  g_autofree char *second = second_name (wish);

  if (g_file_test (wish->path, G_FILE_TEST_EXISTS))
    return g_strdup (wish->path);
  return second != NULL && g_file_test (second, G_FILE_TEST_EXISTS) ? g_steal_pointer (&second) : NULL;
}

static gboolean
check_outputs (MsmExport *self, MsmSession *session, const MsmExportWish *wish, GError **error)
{
  g_autofree char *second = second_name (wish);

  return msm_image_format_find (wish->path, self->n > 1 ? MSM_HOLDS_VOLUME : 0, error) != NULL
         && msm_session_check_output (session, wish->path, wish->may_replace, error)
         && (second == NULL || msm_session_check_output (session, second, wish->may_replace, error));
}

void
msm_export_write_async (MsmExport *self_take, MsmSession *session, const MsmExportWish *wish, MsmCancel *cancel,
                        GAsyncReadyCallback callback, gpointer data)
{
  MsmExport *self = self_take;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  GError *error = NULL;

  g_task_set_task_data (task, self, (GDestroyNotify) msm_export_free);
  self->path = g_strdup (wish->path);
  self->template_path =
      wish->template_path != NULL && wish->template_path[0] != '\0' ? g_strdup (wish->template_path) : NULL;
  self->with_phase = wish->with_phase;
  self->cancel = cancel != NULL ? msm_cancel_ref (cancel) : NULL;
  if (!check_outputs (self, session, wish, &error) || !set_text (self, wish, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_pointer (&self->runs, g_ptr_array_unref);
  g_task_run_in_thread (task, write_in_thread);
}

gboolean
msm_export_write_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
