#include "config.h"

#include "core/io/dicom-write.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/atomic-file.h"
#include "core/io/atomic-folder.h"
#include "core/io/dicom/dcmtk-write.h"
#include "core/io/dicom/dicom-private.h"
#include "core/io/dicom/dicom-uid.h"
#include "core/io/dicom/dicom.h"

/* Of 16 bits the lower 15, so that whoever takes them for signed reads the same. */
#define MAX_STORED 32767
/* Of the pixels that the automatic window shows without clipping. */
#define SHOWN      0.995

typedef struct
{
  const MsmDicomImages *images;
  MsmTensor *host;
  MsmShape shape;
  MsmDcmtkOut out;
  GPtrArray *identity; /* keyword, value, …, NULL; or NULL */
  double *positions;   /* [slice][3] */
  char *study, *series, *frame, *date, *time, *derivation;
} Job;

static void
job_clear (Job *self)
{
  g_clear_pointer (&self->host, msm_tensor_unref);
  g_clear_pointer (&self->identity, g_ptr_array_unref);
  g_free (self->positions);
  g_free (self->study);
  g_free (self->series);
  g_free (self->frame);
  g_free (self->date);
  g_free (self->time);
  g_free (self->derivation);
}

static const char *
find_identity (const Job *self, const char *keyword)
{
  for (guint i = 0; self->identity != NULL && i + 2 < self->identity->len; i += 2)
    if (g_str_equal (self->identity->pdata[i], keyword))
      return self->identity->pdata[i + 1];
  return NULL;
}

static gboolean
take_template (Job *self, GError **error)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (MsmDicom) dicom = NULL;
  GHashTableIter iter;
  gpointer key, value;

  if (self->images->template_path == NULL)
    return TRUE;
  dicom = msm_dicom_open (self->images->template_path, error);
  if (dicom == NULL || !msm_dicom_template (dicom, values, error))
    return FALSE;
  self->identity = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, values);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_ptr_array_add (self->identity, g_strdup (key));
      g_ptr_array_add (self->identity, g_strdup (value));
    }
  g_ptr_array_add (self->identity, NULL);
  return TRUE;
}

static char *
take_uid (const Job *self, const char *keyword)
{
  const char *known = find_identity (self, keyword);

  return known != NULL ? g_strdup (known) : msm_dicom_uid_new ();
}

/* Where each slice's first pixel lies, or an upright axial stack at the origin. */
static void
set_place (Job *self)
{
  static const MsmGeometry upright = { TRUE, { 0, 1, 0 }, { 1, 0, 0 }, { 0, 0, 1 }, { 0, 0, 0 } };
  const MsmGeometry *given = self->images->geometry;
  const gboolean is_known = given != NULL && given->is_known;
  const MsmGeometry *g = is_known ? given : &upright;
  const gboolean has_centres = is_known && self->images->centres != NULL;
  MsmDcmtkOut *out = &self->out;

  for (int i = 0; i < 2; i++)
    out->spacing[i] = self->images->spacing_mm[i] > 0 ? self->images->spacing_mm[i] : 1;
  out->gap = self->images->spacing_mm[2] > 0 ? self->images->spacing_mm[2] : 1;
  out->thickness = out->gap;
  memcpy (out->across, g->column, sizeof out->across);
  memcpy (out->down, g->row, sizeof out->down);
  self->positions = g_new (double, 3 * out->n_slices);
  for (gsize s = 0; s < out->n_slices; s++)
    for (int i = 0; i < 3; i++)
      self->positions[3 * s + i] =
          (has_centres ? self->images->centres[s][i] : g->centre[i] + (double) s * out->gap * g->slice[i])
          - (double) (out->n_rows / 2) * out->spacing[0] * g->row[i]
          - (double) (out->n_columns / 2) * out->spacing[1] * g->column[i];
  /* A place that is not known lies in nobody's frame of reference. */
  self->frame = is_known ? take_uid (self, "FrameOfReferenceUID") : msm_dicom_uid_new ();
  self->derivation = g_strdup_printf ("%s%s%s", self->images->derivation, is_known ? "" : MSM_DICOM_PLACE_UNKNOWN,
                                      self->images->spacing_mm[0] > 0 ? "" : "; pixel spacing unknown, 1 mm written");
}

static gboolean
prepare (Job *self, const char *path, GError **error)
{
  const gboolean may_be_colour = self->images->kind == MSM_DICOM_CAPTURES;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  MsmDcmtkOut *out = &self->out;

  self->host = msm_tensor_to (self->images->tensor, msm_device_host (), error);
  if (self->host == NULL)
    return FALSE;
  self->shape = msm_tensor_shape (self->host);
  if (self->shape.rank != 4 || (self->shape.dim[1] != 1 && !(may_be_colour && self->shape.dim[1] == 3))
      || self->shape.dim[2] > 65535 || self->shape.dim[3] > 65535 || msm_tensor_dtype (self->host) == MSM_BF16
      || (self->shape.dim[1] == 3 && msm_tensor_dtype (self->host) != MSM_F32))
    {
      g_autofree char *found = msm_shape_format (self->shape);

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: cannot write %s as DICOM, expected [slice, %s, row, column] of at most 65535 each"), path,
                   found, may_be_colour ? "1 or 3" : "1");
      return FALSE;
    }
  if (!take_template (self, error))
    return FALSE;
  out->n_slices = self->shape.dim[0];
  out->n_rows = self->shape.dim[2];
  out->n_columns = self->shape.dim[3];
  set_place (self);
  self->study = take_uid (self, "StudyInstanceUID");
  self->series = msm_dicom_uid_new ();
  self->date = g_date_time_format (now, "%Y%m%d");
  self->time = g_date_time_format (now, "%H%M%S");
  out->identity = self->identity != NULL ? (const char *const *) self->identity->pdata : NULL;
  out->study_uid = self->study;
  out->series_uid = self->series;
  out->frame_uid = self->frame;
  out->date = self->date;
  out->time = self->time;
  out->series_number = 9001 + (int) self->images->kind;
  out->description = self->images->description;
  out->derivation = self->derivation;
  out->provenance = self->images->provenance;
  return TRUE;
}

/* Value @i of the tensor: real ones with their sign, complex ones' magnitude; what is no number is 0. */
static float
value_at (const Job *self, gsize i)
{
  const float *v = msm_tensor_const_host (self->host);
  float value = msm_tensor_dtype (self->host) == MSM_C64 ? hypotf (v[2 * i], v[2 * i + 1]) : v[i];

  return isfinite (value) ? value : 0;
}

static guint16
store (const Job *self, gsize i)
{
  return (guint16) lrint (CLAMP ((value_at (self, i) - self->out.intercept) / self->out.slope, 0, MAX_STORED));
}

/* One scale for all slices: from the smallest value, or 0, to the largest. Whole numbers that fit stay as they are. */
static void
set_scale (Job *self)
{
  const gsize n = msm_shape_size (self->shape);
  double lowest = 0, highest = 0;
  gboolean is_whole = TRUE;

  for (gsize i = 0; i < n; i++)
    {
      const float v = value_at (self, i);

      is_whole = is_whole && v == rintf (v);
      lowest = MIN (lowest, v);
      highest = MAX (highest, v);
    }
  self->out.intercept = lowest;
  self->out.slope =
      highest == lowest || (is_whole && highest - lowest <= MAX_STORED) ? 1 : (highest - lowest) / MAX_STORED;
}

/* One window for all slices, in true values. */
static void
choose_window (Job *self, double *black, double *white)
{
  const gsize n = msm_shape_size (self->shape);
  g_autofree gsize *counts = NULL;
  gsize seen = 0, last = 0;

  *black = self->images->black;
  *white = self->images->white;
  if (*black != *white)
    return;
  counts = g_new0 (gsize, MAX_STORED + 1);
  for (gsize i = 0; i < n; i++)
    counts[store (self, i)]++;
  while (last < MAX_STORED && (double) (seen += counts[last]) < SHOWN * (double) n)
    last++;
  *black = self->out.intercept;
  *white = self->out.intercept + self->out.slope * (double) MAX (last, 1);
}

static void
set_window (Job *self)
{
  const gboolean is_map = self->images->kind == MSM_DICOM_MAP;
  double black, white;

  choose_window (self, &black, &white);
  if (!is_map)
    {
      black = (black - self->out.intercept) / self->out.slope;
      white = (white - self->out.intercept) / self->out.slope;
    }
  self->out.centre = (black + white) / 2;
  self->out.width = fabs (white - black);
}

/* Value @i through the window, 0 … 1. */
static double
grey_at (const Job *self, gsize i)
{
  const double stored = (value_at (self, i) - self->out.intercept) / self->out.slope;

  return CLAMP ((stored - self->out.centre) / self->out.width + 0.5, 0, 1);
}

static gboolean
write_slice (const Job *self, const char *path, gsize slice, GError **error)
{
  const gsize n = self->out.n_rows * self->out.n_columns, first = slice * n;
  const gboolean is_colour = self->shape.dim[1] == 3;
  g_autofree guint16 *stored = NULL;
  g_autofree guint8 *rgb = NULL;

  if (self->images->kind == MSM_DICOM_SERIES)
    {
      stored = g_new (guint16, n);
      for (gsize i = 0; i < n; i++)
        stored[i] = store (self, first + i);
      return msm_dcmtk_write_mr (path, &self->out, slice, self->positions + 3 * slice, stored, error);
    }
  rgb = g_new (guint8, 3 * n);
  for (gsize c = 0; c < 3; c++)
    for (gsize i = 0; i < n; i++)
      rgb[3 * i + c] = (guint8) lrint (
          255 * (is_colour ? CLAMP (value_at (self, 3 * first + c * n + i), 0, 1) : grey_at (self, first + i)));
  return msm_dcmtk_write_capture (path, &self->out, slice, rgb, error);
}

static gboolean
write_map (const Job *self, const char *path, GError **error)
{
  const gsize n = msm_shape_size (self->shape);
  g_autofree float *values = g_try_new (float, n);

  if (values == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no memory for the map"), path);
      return FALSE;
    }
  for (gsize i = 0; i < n; i++)
    values[i] = value_at (self, i);
  return msm_dcmtk_write_map (path, &self->out, self->positions, values, error);
}

static gboolean
write_file (const Job *self, const char *path, GError **error)
{
  g_autofree char *temp = msm_atomic_begin (path, error);

  if (temp == NULL)
    return FALSE;
  if (!(self->images->kind == MSM_DICOM_MAP ? write_map (self, temp, error) : write_slice (self, temp, 0, error)))
    {
      msm_atomic_abort (temp);
      return FALSE;
    }
  return msm_atomic_commit (temp, path, error);
}

static gboolean
write_folder (const Job *self, const char *path, GError **error)
{
  g_autofree char *temp = msm_atomic_folder_begin (path, error);

  if (temp == NULL)
    return FALSE;
  for (gsize s = 0; s < self->out.n_slices; s++)
    {
      g_autofree char *name = g_strdup_printf ("IM%04zu.dcm", s + 1);
      g_autofree char *file = g_build_filename (temp, name, NULL);

      if (msm_cancel_check (self->images->cancel, error) || !write_slice (self, file, s, error))
        {
          msm_atomic_folder_abort (temp);
          return FALSE;
        }
    }
  return msm_atomic_folder_commit (temp, path, ".dcm", error);
}

gboolean
msm_dicom_write (const char *path, const MsmDicomImages *images, GError **error)
{
  Job job = { .images = images };
  gboolean ok = prepare (&job, path, error);

  if (ok && job.shape.dim[1] == 1)
    {
      set_scale (&job);
      set_window (&job);
    }
  if (ok && (images->kind == MSM_DICOM_MAP || job.out.n_slices == 1))
    ok = write_file (&job, path, error);
  else if (ok)
    ok = write_folder (&job, path, error);
  job_clear (&job);
  return ok;
}
