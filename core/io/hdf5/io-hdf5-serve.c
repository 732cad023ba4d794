#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/language.h"
#include "core/base/socket.h"
#include "core/io/hdf5/io-hdf5-file.h"
#include "core/io/hdf5/io-hdf5-wire.h"

/*
 * msm-reader: answers the requests of io-hdf5.c about one file, over standard input, which is a socket. It may
 * be ended by damaged files at any time; nothing depends on it but the scan that it reads for.
 */

enum
{
  SOCKET = 0,
  SECONDS = 1,
  BYTES_A_SECOND = 20000000
};

/* A damaged file may ask for any amount of memory. Address sanitisers reserve more than any limit. */
static void
limit_memory (void)
{
#ifndef __SANITIZE_ADDRESS__
  rlim_t half = (rlim_t) sysconf (_SC_PHYS_PAGES) / 2 * (rlim_t) sysconf (_SC_PAGESIZE);
  struct rlimit limit;

  if (getrlimit (RLIMIT_AS, &limit) == 0 && (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > half))
    {
      limit.rlim_cur = MAX (half, (rlim_t) 1 << 30);
      setrlimit (RLIMIT_AS, &limit);
    }
#endif
}

/*
 * Of processor time from now on. Damage can send the library round in a circle (an object of no size in a global
 * heap), and this is how long a user waits for that. Headers need milliseconds; samples at most as much as all of
 * the file, for which even packed ones leave a margin of several times.
 */
static void
limit_time (MsmH5Op op, const MsmH5File *file)
{
  const gboolean is_data = op == MSM_H5_OP_READ_BLOCK || op == MSM_H5_OP_MRD_HEADERS || op == MSM_H5_OP_MRD_DATA;
  struct rusage used;
  struct rlimit limit;
  double seconds;

  if (getrusage (RUSAGE_SELF, &used) != 0 || getrlimit (RLIMIT_CPU, &limit) != 0)
    return;
  seconds = (double) (used.ru_utime.tv_sec + used.ru_stime.tv_sec)
            + 1e-6 * (double) (used.ru_utime.tv_usec + used.ru_stime.tv_usec) + SECONDS;
  if (is_data && file != NULL)
    seconds += (double) file->n_bytes / BYTES_A_SECOND;
  /* The kernel counts whole seconds: up, so that the first is not cut short. */
  limit.rlim_cur = MIN ((rlim_t) seconds + 1, limit.rlim_max);
  setrlimit (RLIMIT_CPU, &limit);
}

static gboolean
reply (const GError *error, const guint64 *numbers, gsize n_numbers, GPtrArray *texts)
{
  GVariantBuilder n, t;

  g_variant_builder_init (&n, G_VARIANT_TYPE ("at"));
  g_variant_builder_init (&t, G_VARIANT_TYPE ("aay"));
  for (gsize i = 0; i < n_numbers; i++)
    g_variant_builder_add (&n, "t", numbers[i]);
  for (guint i = 0; texts != NULL && i < texts->len; i++)
    g_variant_builder_add (&t, "^ay", texts->pdata[i]);
  return msm_h5_wire_put (SOCKET, g_variant_new ("(u^ayataay)", error != NULL ? (guint32) error->code + 1 : 0,
                                                 error != NULL ? error->message : "", &n, &t));
}

static gboolean
reply_bytes (const void *bytes, gsize n_bytes)
{
  const guint64 n = n_bytes;

  return reply (NULL, &n, 1, NULL) && msm_socket_send (SOCKET, bytes, n_bytes);
}

static gboolean
answer_info (MsmH5File *file, const char *name)
{
  g_autoptr (GError) error = NULL;
  guint64 numbers[1 + MSM_H5_MAX_RANK];
  MsmH5Info info = { 0 };

  if (!msm_h5_file_info (file, name, &info, &error))
    return reply (error, NULL, 0, NULL);
  numbers[0] = info.kind;
  for (int i = 0; i < info.rank; i++)
    numbers[1 + i] = info.dim[i];
  return reply (NULL, numbers, 1 + info.rank, NULL);
}

static gboolean
answer_block (MsmH5File *file, const char *name, const gsize *start, const gsize *count)
{
  g_autoptr (GError) error = NULL;
  gsize n_floats = 0;
  g_autofree float *block = msm_h5_file_read_block (file, name, start, count, &n_floats, &error);

  return block != NULL ? reply_bytes (block, n_floats * sizeof (float)) : reply (error, NULL, 0, NULL);
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
  return reply (error, NULL, 0, texts);
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
  return reply (NULL, numbers, 2, NULL);
}

static gboolean
answer_headers (MsmH5File *file, const char *name, gsize first, gsize n)
{
  g_autofree MsmMrdHeader *rows = g_new0 (MsmMrdHeader, n);
  g_autoptr (GError) error = NULL;

  if (!msm_h5_file_mrd_headers (file, name, first, n, rows, &error))
    return reply (error, NULL, 0, NULL);
  return reply_bytes (rows, n * sizeof *rows);
}

static gboolean
answer_data (MsmH5File *file, const char *name, gsize first, gsize n)
{
  g_autofree hvl_t *rows = g_new0 (hvl_t, n);
  g_autoptr (GError) error = NULL;
  gboolean ok = msm_h5_file_mrd_data (file, name, first, n, rows, &error);
  gboolean sent = reply (error, NULL, 0, NULL);

  for (gsize i = 0; i < n; i++)
    {
      const guint64 n_floats = rows[i].p != NULL ? rows[i].len : 0;

      sent = sent
             && (!ok
                 || (msm_socket_send (SOCKET, &n_floats, sizeof n_floats)
                     && msm_socket_send (SOCKET, rows[i].p, n_floats * sizeof (float))));
      g_free (rows[i].p);
    }
  return sent;
}

/* The first numbers of an array in a request; the rest of @out is zero. */
static void
get_numbers (GVariant *request, gsize child, gsize out[MSM_H5_MAX_RANK])
{
  g_autoptr (GVariant) array = g_variant_get_child_value (request, child);

  memset (out, 0, MSM_H5_MAX_RANK * sizeof *out);
  for (gsize i = 0; i < MIN (g_variant_n_children (array), MSM_H5_MAX_RANK); i++)
    {
      guint64 value;

      g_variant_get_child (array, i, "t", &value);
      out[i] = (gsize) value;
    }
}

/* The first request must open a file. FALSE ends the program. */
static gboolean
answer (MsmH5File **file, GVariant *request)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  gsize start[MSM_H5_MAX_RANK], count[MSM_H5_MAX_RANK];
  guint64 yes;
  guint32 op;

  g_variant_get_child (request, 0, "u", &op);
  g_variant_get_child (request, 1, "^ay", &name);
  get_numbers (request, 2, start);
  get_numbers (request, 3, count);
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
      return reply (error, NULL, 0, NULL) && *file != NULL;
    case MSM_H5_OP_HAS:
      yes = msm_h5_file_has (*file, name);
      return reply (NULL, &yes, 1, NULL);
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
  gboolean more = TRUE;

  msm_language_init ();
  /* A crash is expected of it: no report to the desktop, no core with a patient's data. */
  prctl (PR_SET_DUMPABLE, 0);
  limit_memory ();
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  while (more)
    {
      gboolean is_gone;
      g_autoptr (GVariant) request = msm_h5_wire_get (SOCKET, MSM_H5_WIRE_REQUEST, &is_gone);

      more = request != NULL && answer (&file, request);
    }
  /* Without the library's own closing, which a damaged file can upset too. */
  _exit (0);
}
