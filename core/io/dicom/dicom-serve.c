#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/io/dicom/dcmtk-read.h"
#include "core/io/dicom/dicom-probe.h"
#include "core/io/reader/reader-sandbox.h"
#include "core/io/reader/reader-serve.h"

/* msm-reader-dicom: answers the requests of dicom.c about one file or folder (reader-serve.h). */

#define MAX_FILES   200000
#define MAX_DEPTH   12
#define MAX_FRAMES  2000000
/* Of reasons why files were skipped. */
#define MAX_REASONS 5

typedef struct
{
  MsmDcmtkSeries info;
  GArray *frames; /* (element-type MsmDicomFrame) */
} Series;

typedef struct
{
  GPtrArray *paths; /* (element-type utf8), or NULL before the first request */
  gboolean is_folder;
  GPtrArray *series;  /* (element-type Series) */
  GHashTable *by_uid; /* (utf8 → Series) */
  GPtrArray *reasons;
  gsize n_frames, n_skipped, n_other;
} Study;

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* All regular files below @folder. Links to files are followed, links to folders are not: they may go round. */
static void
list_folder (const char *folder, GPtrArray *paths, int depth)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL && paths->len < MAX_FILES)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      struct stat info;

      if (name[0] == '.' || lstat (path, &info) != 0)
        continue;
      if (S_ISDIR (info.st_mode) && depth < MAX_DEPTH)
        list_folder (path, paths, depth + 1);
      else if (S_ISREG (info.st_mode) || (S_ISLNK (info.st_mode) && stat (path, &info) == 0 && S_ISREG (info.st_mode)))
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
}

/* What the sandbox lets through: the folder, and what links in it lead to, resolved now. */
static void
enter_sandbox (const char *path, GPtrArray *files)
{
  g_autoptr (GPtrArray) allowed = g_ptr_array_new_with_free_func (free);

  g_ptr_array_add (allowed, realpath (path, NULL));
  for (guint i = 0; i < files->len; i++)
    {
      struct stat info;
      char *target =
          lstat (files->pdata[i], &info) == 0 && S_ISLNK (info.st_mode) ? realpath (files->pdata[i], NULL) : NULL;

      if (target != NULL)
        g_ptr_array_add (allowed, target);
    }
  g_ptr_array_add (allowed, NULL);
  msm_reader_sandbox_enter ((const char *const *) allowed->pdata);
}

static gboolean
open_study (Study *self, const char *path, GError **error)
{
  struct stat info;

  if (stat (path, &info) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be read"), path);
      return FALSE;
    }
  self->paths = g_ptr_array_new_with_free_func (g_free);
  self->is_folder = S_ISDIR (info.st_mode);
  if (self->is_folder)
    {
      list_folder (path, self->paths, 0);
      g_ptr_array_sort (self->paths, compare_paths);
    }
  else
    g_ptr_array_add (self->paths, g_strdup (path));
  enter_sandbox (path, self->paths);
  return TRUE;
}

static Series *
find_series (Study *self, MsmDcmtkSeries *info)
{
  Series *series = g_hash_table_lookup (self->by_uid, info->series_uid);

  if (series != NULL)
    {
      msm_dcmtk_series_clear (info);
      return series;
    }
  series = g_new0 (Series, 1);
  series->info = *info;
  series->frames = g_array_new (FALSE, FALSE, sizeof (MsmDicomFrame));
  g_ptr_array_add (self->series, series);
  g_hash_table_insert (self->by_uid, series->info.series_uid, series);
  return series;
}

static gboolean
is_dicom (const char *path)
{
  FILE *file = msm_input_open (path, NULL);
  guint8 head[256];
  gsize n = file != NULL ? fread (head, 1, sizeof head, file) : 0;

  if (file != NULL)
    fclose (file);
  return msm_dicom_is_head (head, n);
}

/* FALSE: the one file that was asked for is none to read. Files of a folder are skipped and counted. */
static gboolean
index_file (Study *self, guint32 i, GError **error)
{
  const char *path = self->paths->pdata[i];
  g_autoptr (GArray) frames = NULL;
  g_autoptr (GError) reason = NULL;
  MsmDcmtkSeries info = { 0 };

  if (self->is_folder && !is_dicom (path))
    {
      self->n_other++;
      return TRUE;
    }
  frames = g_array_new (FALSE, FALSE, sizeof (MsmDicomFrame));
  if (msm_dcmtk_index (path, i, &info, frames, &reason) && self->n_frames + frames->len <= MAX_FRAMES)
    {
      self->n_frames += frames->len;
      g_array_append_vals (find_series (self, &info)->frames, frames->data, frames->len);
      return TRUE;
    }
  if (!self->is_folder && reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  msm_dcmtk_series_clear (&info);
  self->n_skipped++;
  if (reason != NULL && self->reasons->len < MAX_REASONS)
    g_ptr_array_add (self->reasons, g_strdup (reason->message));
  return TRUE;
}

static gboolean
answer_index (Study *self, gsize first, gsize n)
{
  g_autoptr (GError) error = NULL;
  struct stat info;
  double n_bytes = 0;

  for (gsize i = first; i < MIN (first + n, self->paths->len); i++)
    n_bytes += 1e6 + (stat (self->paths->pdata[i], &info) == 0 ? (double) info.st_size : 0);
  msm_reader_limit_time (n_bytes);
  for (gsize i = first; i < MIN (first + n, self->paths->len) && error == NULL; i++)
    index_file (self, (guint32) i, &error);
  return msm_reader_reply (error, NULL, 0, NULL);
}

static gboolean
answer_series (Study *self)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  g_autofree guint64 *numbers = g_new0 (guint64, self->series->len + 1);

  for (guint i = 0; i < self->series->len; i++)
    {
      const Series *series = self->series->pdata[i];

      g_ptr_array_add (texts, series->info.series_uid);
      g_ptr_array_add (texts, series->info.series_number);
      g_ptr_array_add (texts, series->info.description);
      g_ptr_array_add (texts, series->info.modality);
      numbers[i] = series->frames->len;
    }
  return msm_reader_reply (NULL, numbers, self->series->len, texts);
}

static gboolean
answer_read (Study *self, const char *path, guint32 frame)
{
  g_autoptr (GError) error = NULL;
  struct stat info;
  gsize n = 0;
  g_autofree float *values = NULL;

  /* Packed pictures take longer than their bytes: as long as ten megabytes. */
  msm_reader_limit_time (1e7 + (stat (path, &info) == 0 ? (double) info.st_size : 0));
  values = msm_dcmtk_read (path, frame, &n, &error);
  return values != NULL ? msm_reader_reply_bytes (values, n * sizeof (float)) : msm_reader_reply (error, NULL, 0, NULL);
}

/* The first request must open something. FALSE ends the program. */
static gboolean
answer (const MsmReaderRequest *request, gpointer data)
{
  Study *self = data;
  const gsize at = request->start[0];
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) texts = NULL;
  guint64 numbers[2];

  if ((request->op == MSM_DICOM_OP_OPEN) != (self->paths == NULL))
    return FALSE;
  msm_reader_limit_time (request->op == MSM_DICOM_OP_OPEN ? 1e9 : 2e7);
  switch ((MsmDicomOp) request->op)
    {
    case MSM_DICOM_OP_OPEN:
      if (at != MSM_DICOM_WIRE_VERSION)
        g_set_error (&error, MSM_ERROR, MSM_ERROR_VERSION, _("msm-reader is of another version than this program"));
      else
        open_study (self, request->name, &error);
      numbers[0] = self->paths != NULL ? self->paths->len : 0;
      return msm_reader_reply (error, numbers, 1, NULL) && self->paths != NULL;
    case MSM_DICOM_OP_INDEX:
      return answer_index (self, at, MIN (request->count[0], MSM_DICOM_WIRE_BATCH));
    case MSM_DICOM_OP_SERIES:
      return answer_series (self);
    case MSM_DICOM_OP_FRAMES:
      if (at >= self->series->len)
        return FALSE;
      GArray *frames = ((Series *) self->series->pdata[at])->frames;
      return msm_reader_reply_bytes (frames->data, frames->len * sizeof (MsmDicomFrame));
    case MSM_DICOM_OP_SKIPPED:
      numbers[0] = self->n_skipped;
      numbers[1] = self->n_other;
      return msm_reader_reply (NULL, numbers, 2, self->reasons);
    case MSM_DICOM_OP_FIELDS:
    case MSM_DICOM_OP_TEMPLATE:
      if (at >= self->paths->len)
        return FALSE;
      texts =
          (request->op == MSM_DICOM_OP_FIELDS ? msm_dcmtk_fields : msm_dcmtk_template) (self->paths->pdata[at], &error);
      return msm_reader_reply (error, NULL, 0, texts);
    case MSM_DICOM_OP_READ:
      return at < self->paths->len && answer_read (self, self->paths->pdata[at], (guint32) request->start[1]);
    default:
      return FALSE;
    }
}

int
main (void)
{
  Study study = {
    .series = g_ptr_array_new (),
    .by_uid = g_hash_table_new (g_str_hash, g_str_equal),
    .reasons = g_ptr_array_new_with_free_func (g_free),
  };

  msm_dcmtk_init ();
  msm_reader_serve (answer, &study);
}
