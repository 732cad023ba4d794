#include "config.h"

#include "core/io/dicom/dicom.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/io/reader/reader.h"

static const MsmReaderKind kind = { "msm-reader-dicom", "DICOM" };

struct _MsmDicom
{
  MsmReader *reader;
  GPtrArray *series;
};

static void
series_free (gpointer data)
{
  MsmDicomSeries *self = data;

  g_free (self->label);
  g_free (self->uid);
  g_free (self->number);
  g_free (self->description);
  g_free (self->modality);
  g_free (self);
}

void
msm_dicom_free (MsmDicom *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->series, g_ptr_array_unref);
  msm_reader_free (self->reader);
  g_free (self);
}

static int
compare_series (gconstpointer a, gconstpointer b)
{
  const MsmDicomSeries *first = *(MsmDicomSeries *const *) a, *second = *(MsmDicomSeries *const *) b;
  gint64 x = g_ascii_strtoll (first->number, NULL, 10), y = g_ascii_strtoll (second->number, NULL, 10);

  return x != y ? (x < y ? -1 : 1) : strcmp (first->uid, second->uid);
}

/* “NUMBER DESCRIPTION”, made different from those before. */
static void
name_series (MsmDicom *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->series->len; i++)
    {
      MsmDicomSeries *series = self->series->pdata[i];
      g_autofree char *plain = g_strdup_printf ("%s %s", series->number, series->description);
      int n = 1;

      g_strstrip (plain);
      if (plain[0] == '\0')
        {
          g_free (plain);
          plain = g_strdup (series->modality[0] != '\0' ? series->modality : "?");
        }
      series->label = g_strdup (plain);
      while (g_hash_table_contains (seen, series->label))
        {
          g_free (series->label);
          series->label = g_strdup_printf ("%s (%d)", plain, ++n);
        }
      g_hash_table_add (seen, series->label);
    }
}

static char *
take_text (char **text)
{
  char *valid = g_utf8_make_valid (*text, -1);

  /* A name is one line, wherever it is shown. */
  for (char *c = valid; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return g_strstrip (valid);
}

static gboolean
list_series (MsmDicom *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_DICOM_OP_SERIES, "", NULL, NULL, 0, error);
  g_auto (GStrv) texts = reply != NULL ? msm_reader_texts (reply) : NULL;

  if (texts == NULL)
    return FALSE;
  for (guint i = 0; g_strv_length (texts + 4 * i) >= 4; i++)
    {
      MsmDicomSeries *series = g_new0 (MsmDicomSeries, 1);

      series->uid = take_text (texts + 4 * i);
      series->number = take_text (texts + 4 * i + 1);
      series->description = take_text (texts + 4 * i + 2);
      series->modality = take_text (texts + 4 * i + 3);
      series->n_frames = (gsize) msm_reader_number (reply, i);
      series->index = i;
      g_ptr_array_add (self->series, series);
    }
  g_ptr_array_sort (self->series, compare_series);
  name_series (self);
  return TRUE;
}

/* All files' headers, some at a time, so that each request is short. */
static gboolean
index_all (MsmDicom *self, const char *path, GError **error)
{
  const gsize version = MSM_DICOM_WIRE_VERSION, n = MSM_DICOM_WIRE_BATCH;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_DICOM_OP_OPEN, path, &version, &version, 1, error);
  gsize n_files = reply != NULL ? (gsize) msm_reader_number (reply, 0) : 0;

  if (reply == NULL)
    return FALSE;
  for (gsize first = 0; first < n_files; first += n)
    {
      g_autoptr (GVariant) done = msm_reader_ask (self->reader, MSM_DICOM_OP_INDEX, "", &first, &n, 1, error);

      if (done == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
fail_empty (MsmDicom *self, const char *path, GError **error)
{
  gsize n_skipped, n_other;
  g_autoptr (GPtrArray) reasons = msm_dicom_skipped (self, &n_skipped, &n_other);

  if (!msm_reader_check (self->reader, error))
    return FALSE;
  if (n_skipped > 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                 _("%s: none of its %zu DICOM files holds a picture that can be read; the first: %s"), path, n_skipped,
                 reasons->len > 0 ? (char *) reasons->pdata[0] : "?");
  else
    g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                 _("%s: a folder without DICOM files (%zu others), expected a study"), path, n_other);
  return FALSE;
}

MsmDicom *
msm_dicom_open (const char *path, GError **error)
{
  g_autoptr (MsmDicom) self = NULL;
  MsmReader *reader;
  GStatBuf info;

  if (g_stat (path, &info) != 0 || g_access (path, R_OK) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be read"), path);
      return NULL;
    }
  reader = msm_reader_new (&kind, path, (double) info.st_size, error);
  if (reader == NULL)
    return NULL;
  self = g_new0 (MsmDicom, 1);
  self->reader = reader;
  self->series = g_ptr_array_new_with_free_func (series_free);
  if (!index_all (self, path, error) || !list_series (self, error))
    return NULL;
  if (self->series->len == 0)
    {
      fail_empty (self, path, error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

const GPtrArray *
msm_dicom_series (MsmDicom *self)
{
  return self->series;
}

const MsmDicomSeries *
msm_dicom_find_series (MsmDicom *self, const char *wanted, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);
  const MsmDicomSeries *found = NULL;
  guint n_found = 0;

  for (guint i = 0; i < self->series->len; i++)
    {
      const MsmDicomSeries *series = self->series->pdata[i];

      if (wanted == NULL)
        {
          if (found == NULL || series->n_frames > found->n_frames)
            found = series;
        }
      else if (g_str_equal (wanted, series->label) || g_str_equal (wanted, series->uid))
        return series;
      else if (g_str_equal (wanted, series->number) || g_str_equal (wanted, series->description))
        {
          found = series;
          n_found++;
        }
      if (i < 20)
        g_string_append_printf (list, "%s‘%s’", i > 0 ? ", " : "", series->label);
    }
  if (wanted == NULL || n_found == 1)
    return found;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
               n_found > 0 ? _("%s: several series are called ‘%s’; expected one of %s")
                           : _("%s: there is no series ‘%s’; expected one of %s"),
               self->reader->path, wanted, list->str);
  return NULL;
}

GArray *
msm_dicom_frames (MsmDicom *self, const MsmDicomSeries *series, GError **error)
{
  const gsize index = series->index;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_DICOM_OP_FRAMES, "", &index, &index, 1, error);
  g_autoptr (GArray) frames = g_array_new (FALSE, FALSE, sizeof (MsmDicomFrame));

  if (reply == NULL)
    return NULL;
  g_array_set_size (frames, (guint) MIN (series->n_frames, G_MAXUINT / 2 / sizeof (MsmDicomFrame)));
  if (!msm_reader_receive (self->reader, reply, frames->data, frames->len * sizeof (MsmDicomFrame), error))
    return NULL;
  return g_steal_pointer (&frames);
}

GPtrArray *
msm_dicom_skipped (MsmDicom *self, gsize *n_skipped, gsize *n_other)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_DICOM_OP_SKIPPED, "", NULL, NULL, 0, NULL);
  g_auto (GStrv) texts = reply != NULL ? msm_reader_texts (reply) : NULL;
  GPtrArray *reasons = g_ptr_array_new_with_free_func (g_free);

  *n_skipped = reply != NULL ? (gsize) msm_reader_number (reply, 0) : 0;
  *n_other = reply != NULL ? (gsize) msm_reader_number (reply, 1) : 0;
  for (gsize i = 0; texts != NULL && texts[i] != NULL; i++)
    g_ptr_array_add (reasons, take_text (texts + i));
  return reasons;
}

static gboolean
read_table (MsmDicom *self, MsmDicomOp op, gsize file, GHashTable *values, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, op, "", &file, &file, 1, error);
  g_auto (GStrv) texts = reply != NULL ? msm_reader_texts (reply) : NULL;

  for (gsize i = 0; texts != NULL && texts[i] != NULL && texts[i + 1] != NULL; i += 2)
    g_hash_table_insert (values, g_utf8_make_valid (texts[i], -1), g_utf8_make_valid (texts[i + 1], -1));
  return texts != NULL;
}

gboolean
msm_dicom_fields (MsmDicom *self, guint32 file, GHashTable *fields, GError **error)
{
  return read_table (self, MSM_DICOM_OP_FIELDS, file, fields, error);
}

gboolean
msm_dicom_template (MsmDicom *self, GHashTable *values, GError **error)
{
  const MsmDicomSeries *series = msm_dicom_find_series (self, NULL, error);
  g_autoptr (GArray) frames = series != NULL ? msm_dicom_frames (self, series, error) : NULL;

  return frames != NULL && frames->len > 0
         && read_table (self, MSM_DICOM_OP_TEMPLATE, g_array_index (frames, MsmDicomFrame, 0).file, values, error);
}

gboolean
msm_dicom_read (MsmDicom *self, const MsmDicomFrame *frame, float *out, GError **error)
{
  const gsize at[2] = { frame->file, frame->frame };
  const gsize n = (gsize) frame->n_channels * frame->n_rows * frame->n_columns;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_DICOM_OP_READ, "", at, at, 2, error);

  return reply != NULL && msm_reader_receive (self->reader, reply, out, n * sizeof (float), error);
}
