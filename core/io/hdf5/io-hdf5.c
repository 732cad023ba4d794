#include "config.h"

#include "core/io/hdf5/io-hdf5.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/base/socket.h"
#include "core/io/hdf5/io-hdf5-wire.h"
#include "core/io/reader/reader.h"

static const MsmReaderKind kind = { "msm-reader", "HDF5" };

struct _MsmH5
{
  MsmReader *reader;
  GHashTable *infos; /* (utf8 → MsmH5Info): what callers measured their memory by */
};

gboolean
msm_h5_is_head (const guint8 *head, gsize n)
{
  static const guint8 signature[8] = { 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n' };

  /* Behind a user block, as MATLAB's, the file begins at 512 bytes or a multiple by a power of two. */
  for (gsize at = 0; at + sizeof signature <= n; at = at == 0 ? 512 : 2 * at)
    if (memcmp (head + at, signature, sizeof signature) == 0)
      return TRUE;
  return FALSE;
}

void
msm_h5_set_patience (MsmH5 *self, double seconds)
{
  msm_reader_set_patience (self->reader, seconds);
}

MsmH5 *
msm_h5_open (const char *path, GError **error)
{
  const gsize version = MSM_H5_WIRE_VERSION;
  g_autoptr (MsmH5) self = NULL;
  g_autoptr (GVariant) reply = NULL;
  MsmReader *reader;
  GStatBuf info;

  if (!msm_input_check (path, error))
    return NULL;
  if (g_stat (path, &info) != 0 || g_access (path, R_OK) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be read"), path);
      return NULL;
    }
  reader = msm_reader_new (&kind, path, (double) info.st_size, error);
  if (reader == NULL)
    return NULL;
  self = g_new0 (MsmH5, 1);
  self->reader = reader;
  self->infos = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  reply = msm_reader_ask (self->reader, MSM_H5_OP_OPEN, path, &version, &version, 1, error);
  return reply != NULL ? g_steal_pointer (&self) : NULL;
}

void
msm_h5_free (MsmH5 *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->infos);
  msm_reader_free (self->reader);
  g_free (self);
}

gboolean
msm_h5_check (MsmH5 *self, GError **error)
{
  return msm_reader_check (self->reader, error);
}

gboolean
msm_h5_has (MsmH5 *self, const char *name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_H5_OP_HAS, name, NULL, NULL, 0, NULL);

  return reply != NULL && msm_reader_number (reply, 0) == 1;
}

GPtrArray *
msm_h5_members (MsmH5 *self, const char *group)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_H5_OP_MEMBERS, group, NULL, NULL, 0, NULL);
  g_autofree char **list = reply != NULL ? msm_reader_texts (reply) : NULL;
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
  g_autoptr (GVariant) reply =
      info == NULL ? msm_reader_ask (self->reader, MSM_H5_OP_INFO, name, NULL, NULL, 0, error) : NULL;
  g_autoptr (GVariant) numbers = reply != NULL ? g_variant_get_child_value (reply, 2) : NULL;
  gsize n = numbers != NULL ? g_variant_n_children (numbers) : 0;

  if (info != NULL || reply == NULL)
    return info;
  if (n < 1 || n > 1 + MSM_H5_MAX_RANK || msm_reader_number (reply, 0) > MSM_H5_COMPOUND)
    {
      msm_reader_lose (self->reader, FALSE, error);
      return NULL;
    }
  info = g_new0 (MsmH5Info, 1);
  info->kind = (MsmH5Kind) msm_reader_number (reply, 0);
  info->rank = (int) n - 1;
  for (int i = 0; i < info->rank; i++)
    info->dim[i] = msm_reader_number (reply, 1 + i);
  g_hash_table_insert (self->infos, g_strdup (name), info);
  return info;
}

gboolean
msm_h5_info (MsmH5 *self, const char *name, MsmH5Info *info, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  const MsmH5Info *found = find_info (self, name, error);

  if (found != NULL)
    *info = *found;
  return found != NULL;
}

gboolean
msm_h5_read_block (MsmH5 *self, const char *name, const gsize *start, const gsize *count, float *out, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  const MsmH5Info *info = find_info (self, name, error);
  g_autoptr (GVariant) reply = NULL;
  gsize n_bytes = sizeof (float);

  if (info == NULL)
    return FALSE;
  for (int i = 0; i < info->rank; i++)
    n_bytes *= count[i];
  if (info->kind == MSM_H5_COMPLEX)
    n_bytes *= 2;
  reply = msm_reader_ask (self->reader, MSM_H5_OP_READ_BLOCK, name, start, count, info->rank, error);
  return reply != NULL && msm_reader_receive (self->reader, reply, out, n_bytes, error);
}

char *
msm_h5_read_text (MsmH5 *self, const char *name, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_H5_OP_READ_TEXT, name, NULL, NULL, 0, error);
  g_auto (GStrv) list = reply != NULL ? msm_reader_texts (reply) : NULL;

  return list != NULL ? g_utf8_make_valid (list[0] != NULL ? list[0] : "", -1) : NULL;
}

void
msm_h5_attributes (MsmH5 *self, GHashTable *fields)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_H5_OP_ATTRIBUTES, "/", NULL, NULL, 0, NULL);
  g_auto (GStrv) list = reply != NULL ? msm_reader_texts (reply) : NULL;

  for (gsize i = 0; list != NULL && list[i] != NULL && list[i + 1] != NULL; i += 2)
    g_hash_table_insert (fields, g_utf8_make_valid (list[i], -1), g_utf8_make_valid (list[i + 1], -1));
}

gboolean
msm_h5_number (MsmH5 *self, const char *object, const char *attribute, double *value)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autofree char *name = g_strconcat (object, "\n", attribute, NULL);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_H5_OP_NUMBER, name, NULL, NULL, 0, NULL);
  guint64 bits;

  if (reply == NULL || msm_reader_number (reply, 0) != 1)
    return FALSE;
  bits = msm_reader_number (reply, 1);
  memcpy (value, &bits, sizeof *value);
  return TRUE;
}

gboolean
msm_h5_has_attribute (MsmH5 *self, const char *object, const char *attribute)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autofree char *name = g_strconcat (object, "\n", attribute, NULL);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_H5_OP_HAS_ATTRIBUTE, name, NULL, NULL, 0, NULL);

  return reply != NULL && msm_reader_number (reply, 0) == 1;
}

gboolean
msm_h5_mrd_headers (MsmH5 *self, const char *name, gsize first, gsize n, MsmMrdHeader *out, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_H5_OP_MRD_HEADERS, name, &first, &n, 1, error);

  return reply != NULL && msm_reader_receive (self->reader, reply, out, n * sizeof *out, error);
}

gboolean
msm_h5_mrd_data (MsmH5 *self, const char *name, gsize first, gsize n, MsmMrdFunc func, gpointer user_data,
                 GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reader->mutex);
  g_autoptr (GVariant) reply = msm_reader_ask (self->reader, MSM_H5_OP_MRD_DATA, name, &first, &n, 1, error);
  g_autofree float *samples = NULL;
  gsize room = 0;
  gboolean ok = TRUE;

  if (reply == NULL)
    return FALSE;
  /* All rows are taken off the socket, also when @func has had enough. */
  for (gsize i = 0; i < n; i++)
    {
      guint64 n_floats = 0;

      if (!msm_socket_receive (self->reader->process.socket, &n_floats, sizeof n_floats))
        return ok ? msm_reader_lose (self->reader, TRUE, error) : FALSE;
      if (n_floats > MSM_H5_WIRE_MAX_ROW)
        return ok ? msm_reader_lose (self->reader, FALSE, error) : FALSE;
      if (n_floats > room)
        {
          g_free (samples);
          room = (gsize) n_floats;
          samples = g_try_new (float, room);
          if (samples == NULL)
            return ok ? msm_reader_lose (self->reader, FALSE, error) : FALSE;
        }
      if (!msm_socket_receive (self->reader->process.socket, samples, (gsize) n_floats * sizeof (float)))
        return ok ? msm_reader_lose (self->reader, TRUE, error) : FALSE;
      ok = ok && func (first + i, samples, (gsize) n_floats, user_data, error);
    }
  return ok;
}
