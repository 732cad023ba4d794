#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/socket.h"
#include "core/io/hdf5/io-hdf5-file.h"
#include "core/io/hdf5/io-hdf5-wire.h"
#include "core/io/reader/reader-serve.h"

/* msm-reader: answers the requests of io-hdf5.c about one file (reader-serve.h). */

G_STATIC_ASSERT (MSM_READER_MAX_NUMBERS >= MSM_H5_MAX_RANK);

/* Headers need milliseconds; samples at most as much as all of the file, for which even packed ones leave a margin. */
static void
limit_time (MsmH5Op op, const MsmH5File *file)
{
  const gboolean is_data = op == MSM_H5_OP_READ_BLOCK || op == MSM_H5_OP_MRD_HEADERS || op == MSM_H5_OP_MRD_DATA;

  msm_reader_limit_time (is_data && file != NULL ? (double) file->n_bytes : 0);
}

static gboolean
answer_info (MsmH5File *file, const char *name)
{
  g_autoptr (GError) error = NULL;
  guint64 numbers[1 + MSM_H5_MAX_RANK];
  MsmH5Info info = { 0 };

  if (!msm_h5_file_info (file, name, &info, &error))
    return msm_reader_reply (error, NULL, 0, NULL);
  numbers[0] = info.kind;
  for (int i = 0; i < info.rank; i++)
    numbers[1 + i] = info.dim[i];
  return msm_reader_reply (NULL, numbers, 1 + info.rank, NULL);
}

static gboolean
answer_block (MsmH5File *file, const char *name, const gsize *start, const gsize *count)
{
  g_autoptr (GError) error = NULL;
  gsize n_floats = 0;
  g_autofree float *block = msm_h5_file_read_block (file, name, start, count, &n_floats, &error);

  return block != NULL ? msm_reader_reply_bytes (block, n_floats * sizeof (float))
                       : msm_reader_reply (error, NULL, 0, NULL);
}

static gboolean
answer_texts (MsmH5File *file, MsmH5Op op, const char *name)
{
  g_autoptr (GPtrArray) texts = NULL;
  g_autoptr (GError) error = NULL;

  if (op == MSM_H5_OP_MEMBERS)
    texts = msm_h5_file_members (file, name);
  else
    texts = g_ptr_array_new_with_free_func (g_free);
  if (op == MSM_H5_OP_READ_TEXT)
    {
      char *text = msm_h5_file_read_text (file, name, &error);

      if (text != NULL)
        g_ptr_array_add (texts, text);
    }
  if (op == MSM_H5_OP_ATTRIBUTES)
    {
      g_autoptr (GHashTable) fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      GHashTableIter iter;
      gpointer key, value;

      msm_h5_file_attributes (file, fields);
      g_hash_table_iter_init (&iter, fields);
      while (g_hash_table_iter_next (&iter, &key, &value))
        {
          g_ptr_array_add (texts, g_strdup (key));
          g_ptr_array_add (texts, g_strdup (value));
        }
    }
  return msm_reader_reply (error, NULL, 0, texts);
}

/* @name: "object\nattribute" */
static gboolean
answer_number (MsmH5File *file, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "\n", 2);
  guint64 numbers[2] = { 0, 0 };
  double value = 0;

  if (g_strv_length (parts) == 2 && msm_h5_file_number (file, parts[0], parts[1], &value))
    {
      numbers[0] = 1;
      memcpy (&numbers[1], &value, sizeof value);
    }
  return msm_reader_reply (NULL, numbers, 2, NULL);
}

/* @name: "object\nattribute" */
static gboolean
answer_has_attribute (MsmH5File *file, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "\n", 2);
  guint64 yes = g_strv_length (parts) == 2 && msm_h5_file_has_attribute (file, parts[0], parts[1]);

  return msm_reader_reply (NULL, &yes, 1, NULL);
}

static gboolean
answer_headers (MsmH5File *file, const char *name, gsize first, gsize n)
{
  g_autofree MsmMrdHeader *rows = g_new0 (MsmMrdHeader, n);
  g_autoptr (GError) error = NULL;

  if (!msm_h5_file_mrd_headers (file, name, first, n, rows, &error))
    return msm_reader_reply (error, NULL, 0, NULL);
  return msm_reader_reply_bytes (rows, n * sizeof *rows);
}

static gboolean
answer_data (MsmH5File *file, const char *name, gsize first, gsize n)
{
  g_autofree hvl_t *rows = g_new0 (hvl_t, n);
  g_autoptr (GError) error = NULL;
  gboolean ok = msm_h5_file_mrd_data (file, name, first, n, rows, &error);
  gboolean sent = msm_reader_reply (error, NULL, 0, NULL);

  for (gsize i = 0; i < n; i++)
    {
      const guint64 n_floats = rows[i].p != NULL ? rows[i].len : 0;

      sent = sent
             && (!ok
                 || (msm_socket_send (MSM_READER_SOCKET, &n_floats, sizeof n_floats)
                     && msm_socket_send (MSM_READER_SOCKET, rows[i].p, n_floats * sizeof (float))));
      g_free (rows[i].p);
    }
  return sent;
}

/* The first request must open a file. FALSE ends the program. */
static gboolean
answer (const MsmReaderRequest *request, gpointer data)
{
  MsmH5File **file = data;
  g_autoptr (GError) error = NULL;
  const char *name = request->name;
  const gsize *start = request->start, *count = request->count;
  const guint32 op = request->op;
  guint64 yes;

  if ((op == MSM_H5_OP_OPEN) != (*file == NULL))
    return FALSE;
  limit_time ((MsmH5Op) op, *file);
  switch ((MsmH5Op) op)
    {
    case MSM_H5_OP_OPEN:
      if (start[0] != MSM_H5_WIRE_VERSION)
        g_set_error (&error, MSM_ERROR, MSM_ERROR_VERSION, _("msm-reader is of another version than this program"));
      else
        *file = msm_h5_file_open (name, &error);
      return msm_reader_reply (error, NULL, 0, NULL) && *file != NULL;
    case MSM_H5_OP_HAS:
      yes = msm_h5_file_has (*file, name);
      return msm_reader_reply (NULL, &yes, 1, NULL);
    case MSM_H5_OP_INFO:
      return answer_info (*file, name);
    case MSM_H5_OP_READ_BLOCK:
      return answer_block (*file, name, start, count);
    case MSM_H5_OP_MEMBERS:
    case MSM_H5_OP_READ_TEXT:
    case MSM_H5_OP_ATTRIBUTES:
      return answer_texts (*file, op, name);
    case MSM_H5_OP_NUMBER:
      return answer_number (*file, name);
    case MSM_H5_OP_HAS_ATTRIBUTE:
      return answer_has_attribute (*file, name);
    case MSM_H5_OP_MRD_HEADERS:
      return count[0] <= MSM_H5_WIRE_MAX_ROWS && answer_headers (*file, name, start[0], count[0]);
    case MSM_H5_OP_MRD_DATA:
      return count[0] <= MSM_H5_WIRE_MAX_ROWS && answer_data (*file, name, start[0], count[0]);
    default:
      return FALSE;
    }
}

int
main (void)
{
  MsmH5File *file = NULL;

  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  msm_reader_serve (answer, &file);
}
