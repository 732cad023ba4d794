#include "config.h"

#include "core/io/hdf5/io-hdf5.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/base/socket.h"
#include "core/io/hdf5/io-hdf5-process.h"
#include "core/io/hdf5/io-hdf5-wire.h"

/* Seconds without a byte from the reader, and how slow a disk may be: beyond that something is wrong. */
#define PATIENCE       60.0
#define BYTES_A_SECOND 5e6

struct _MsmH5
{
  char *path;
  GMutex mutex; /* a request, its reply and the raw data are one */
  MsmH5Process process;
  char *cause;       /* why there is no process any more, or NULL */
  GHashTable *infos; /* (utf8 → MsmH5Info): what callers measured their memory by */
};

/* The process is of no more use: says why, now and from now on. */
static gboolean
lose (MsmH5 *self, gboolean has_left, GError **error)
{
  if (self->cause == NULL)
    self->cause = msm_h5_process_stop (&self->process, has_left);
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, "%s: %s", self->path, self->cause);
  return FALSE;
}

/* One request and its reply; raw data may follow. The mutex is held. (transfer full) */
static GVariant *
ask (MsmH5 *self, MsmH5Op op, const char *name, const gsize *start, const gsize *count, gsize n, GError **error)
{
  GVariantBuilder starts, counts;
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *message = NULL;
  gboolean is_gone = TRUE;
  guint32 code;

  g_variant_builder_init (&starts, G_VARIANT_TYPE ("at"));
  g_variant_builder_init (&counts, G_VARIANT_TYPE ("at"));
  for (gsize i = 0; i < n; i++)
    {
      g_variant_builder_add (&starts, "t", (guint64) start[i]);
      g_variant_builder_add (&counts, "t", (guint64) count[i]);
    }
  reply = g_variant_ref_sink (g_variant_new ("(u^ayatat)", (guint32) op, name, &starts, &counts));
  if (self->cause != NULL || !msm_h5_wire_put (self->process.socket, reply))
    {
      lose (self, TRUE, error);
      return NULL;
    }
  g_clear_pointer (&reply, g_variant_unref);
  reply = msm_h5_wire_get (self->process.socket, MSM_H5_WIRE_REPLY, &is_gone);
  if (reply == NULL)
    {
      lose (self, is_gone, error);
      return NULL;
    }
  g_variant_get_child (reply, 0, "u", &code);
  if (code == 0)
    return g_steal_pointer (&reply);
  g_variant_get_child (reply, 1, "^ay", &message);
  if (!g_utf8_validate (message, -1, NULL))
    {
      char *valid = g_utf8_make_valid (message, -1);

      g_free (message);
      message = valid;
    }
  g_set_error_literal (error, MSM_ERROR, (int) MIN (code - 1, MSM_ERROR_FILE), message);
  return NULL;
}

static gsize
number (GVariant *reply, gsize index)
{
  g_autoptr (GVariant) numbers = g_variant_get_child_value (reply, 2);
  guint64 value = 0;

  if (index < g_variant_n_children (numbers))
    g_variant_get_child (numbers, index, "t", &value);
  return (gsize) value;
}

/* (transfer full): never NULL */
static char **
texts (GVariant *reply)
{
  char **list = NULL;

  g_variant_get_child (reply, 3, "^aay", &list);
  return list;
}

gboolean
msm_h5_is_head (const guint8 *head, gsize n)
{
  static const guint8 signature[8] = { 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n' };

  return n >= sizeof signature && memcmp (head, signature, sizeof signature) == 0;
}

void
msm_h5_set_patience (MsmH5 *self, double seconds)
{
  const struct timeval time = { (time_t) seconds, (suseconds_t) (1e6 * (seconds - floor (seconds))) };

  setsockopt (self->process.socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt (self->process.socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

MsmH5 *
msm_h5_open (const char *path, GError **error)
{
  const gsize version = MSM_H5_WIRE_VERSION;
  g_autoptr (MsmH5) self = NULL;
  g_autoptr (GVariant) reply = NULL;
  MsmH5Process process;
  GStatBuf info;

  if (!msm_input_check (path, error))
    return NULL;
  if (g_stat (path, &info) != 0 || g_access (path, R_OK) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be read"), path);
      return NULL;
    }
  if (!msm_h5_process_start (&process, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  self = g_new0 (MsmH5, 1);
  g_mutex_init (&self->mutex);
  self->path = g_strdup (path);
  self->process = process;
  self->infos = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  msm_h5_set_patience (self, PATIENCE + (double) info.st_size / BYTES_A_SECOND);
  reply = ask (self, MSM_H5_OP_OPEN, path, &version, &version, 1, error);
  return reply != NULL ? g_steal_pointer (&self) : NULL;
}

void
msm_h5_free (MsmH5 *self)
{
  if (self == NULL)
    return;
  if (self->cause == NULL)
    self->cause = msm_h5_process_stop (&self->process, FALSE);
  g_hash_table_unref (self->infos);
  g_mutex_clear (&self->mutex);
  g_free (self->cause);
  g_free (self->path);
  g_free (self);
}

gboolean
msm_h5_check (MsmH5 *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->cause == NULL || lose (self, TRUE, error);
}

gboolean
msm_h5_has (MsmH5 *self, const char *name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autoptr (GVariant) reply = ask (self, MSM_H5_OP_HAS, name, NULL, NULL, 0, NULL);

  return reply != NULL && number (reply, 0) == 1;
}

GPtrArray *
msm_h5_members (MsmH5 *self, const char *group)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autoptr (GVariant) reply = ask (self, MSM_H5_OP_MEMBERS, group, NULL, NULL, 0, NULL);
  g_autofree char **list = reply != NULL ? texts (reply) : NULL;
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; list != NULL && list[i] != NULL; i++)
    g_ptr_array_add (names, list[i]);
  return names;
}

/* What is known of a dataset, asked for once; owned by @self. The mutex is held. */
static const MsmH5Info *
find_info (MsmH5 *self, const char *name, GError **error)
{
  MsmH5Info *info = g_hash_table_lookup (self->infos, name);
  g_autoptr (GVariant) reply = info == NULL ? ask (self, MSM_H5_OP_INFO, name, NULL, NULL, 0, error) : NULL;
  g_autoptr (GVariant) numbers = reply != NULL ? g_variant_get_child_value (reply, 2) : NULL;
  gsize n = numbers != NULL ? g_variant_n_children (numbers) : 0;

  if (info != NULL || reply == NULL)
    return info;
  if (n < 1 || n > 1 + MSM_H5_MAX_RANK || number (reply, 0) > MSM_H5_COMPOUND)
    {
      lose (self, FALSE, error);
      return NULL;
    }
  info = g_new0 (MsmH5Info, 1);
  info->kind = (MsmH5Kind) number (reply, 0);
  info->rank = (int) n - 1;
  for (int i = 0; i < info->rank; i++)
    info->dim[i] = number (reply, 1 + i);
  g_hash_table_insert (self->infos, g_strdup (name), info);
  return info;
}

gboolean
msm_h5_info (MsmH5 *self, const char *name, MsmH5Info *info, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  const MsmH5Info *found = find_info (self, name, error);

  if (found != NULL)
    *info = *found;
  return found != NULL;
}

/* The raw data that follow @reply must be as many bytes as the caller has room for. */
static gboolean
receive (MsmH5 *self, GVariant *reply, void *out, gsize n_bytes, GError **error)
{
  if (number (reply, 0) != n_bytes)
    return lose (self, FALSE, error);
  return msm_socket_receive (self->process.socket, out, n_bytes) || lose (self, TRUE, error);
}

gboolean
msm_h5_read_block (MsmH5 *self, const char *name, const gsize *start, const gsize *count, float *out, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  const MsmH5Info *info = find_info (self, name, error);
  g_autoptr (GVariant) reply = NULL;
  gsize n_bytes = sizeof (float);

  if (info == NULL)
    return FALSE;
  for (int i = 0; i < info->rank; i++)
    n_bytes *= count[i];
  if (info->kind == MSM_H5_COMPLEX)
    n_bytes *= 2;
  reply = ask (self, MSM_H5_OP_READ_BLOCK, name, start, count, info->rank, error);
  return reply != NULL && receive (self, reply, out, n_bytes, error);
}

char *
msm_h5_read_text (MsmH5 *self, const char *name, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autoptr (GVariant) reply = ask (self, MSM_H5_OP_READ_TEXT, name, NULL, NULL, 0, error);
  g_auto (GStrv) list = reply != NULL ? texts (reply) : NULL;

  return list != NULL ? g_utf8_make_valid (list[0] != NULL ? list[0] : "", -1) : NULL;
}

void
msm_h5_attributes (MsmH5 *self, GHashTable *fields)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autoptr (GVariant) reply = ask (self, MSM_H5_OP_ATTRIBUTES, "/", NULL, NULL, 0, NULL);
  g_auto (GStrv) list = reply != NULL ? texts (reply) : NULL;

  for (gsize i = 0; list != NULL && list[i] != NULL && list[i + 1] != NULL; i += 2)
    g_hash_table_insert (fields, g_utf8_make_valid (list[i], -1), g_utf8_make_valid (list[i + 1], -1));
}

gboolean
msm_h5_number (MsmH5 *self, const char *object, const char *attribute, double *value)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autofree char *name = g_strconcat (object, "\n", attribute, NULL);
  g_autoptr (GVariant) reply = ask (self, MSM_H5_OP_NUMBER, name, NULL, NULL, 0, NULL);
  guint64 bits;

  if (reply == NULL || number (reply, 0) != 1)
    return FALSE;
  bits = number (reply, 1);
  memcpy (value, &bits, sizeof *value);
  return TRUE;
}

gboolean
msm_h5_mrd_headers (MsmH5 *self, const char *name, gsize first, gsize n, MsmMrdHeader *out, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autoptr (GVariant) reply = ask (self, MSM_H5_OP_MRD_HEADERS, name, &first, &n, 1, error);

  return reply != NULL && receive (self, reply, out, n * sizeof *out, error);
}

gboolean
msm_h5_mrd_data (MsmH5 *self, const char *name, gsize first, gsize n, MsmMrdFunc func, gpointer user_data,
                 GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autoptr (GVariant) reply = ask (self, MSM_H5_OP_MRD_DATA, name, &first, &n, 1, error);
  g_autofree float *samples = NULL;
  gsize room = 0;
  gboolean ok = TRUE;

  if (reply == NULL)
    return FALSE;
  /* All rows are taken off the socket, also when @func has had enough. */
  for (gsize i = 0; i < n; i++)
    {
      guint64 n_floats = 0;

      if (!msm_socket_receive (self->process.socket, &n_floats, sizeof n_floats))
        return ok ? lose (self, TRUE, error) : FALSE;
      if (n_floats > MSM_H5_WIRE_MAX_ROW)
        return ok ? lose (self, FALSE, error) : FALSE;
      if (n_floats > room)
        {
          g_free (samples);
          room = (gsize) n_floats;
          samples = g_try_new (float, room);
          if (samples == NULL)
            return ok ? lose (self, FALSE, error) : FALSE;
        }
      if (!msm_socket_receive (self->process.socket, samples, (gsize) n_floats * sizeof (float)))
        return ok ? lose (self, TRUE, error) : FALSE;
      ok = ok && func (first + i, samples, (gsize) n_floats, user_data, error);
    }
  return ok;
}
