#include "config.h"

#include "core/io/reader/reader.h"

#include <math.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "core/base/error.h"
#include "core/base/socket.h"
#include "core/io/reader/reader-wire.h"

/* Seconds without a byte from the reader, and how slow a disk may be: beyond that something is wrong. */
#define PATIENCE       60.0
#define BYTES_A_SECOND 5e6

MsmReader *
msm_reader_new (const MsmReaderKind *kind, const char *path, double n_bytes, GError **error)
{
  MsmReaderProcess process;
  MsmReader *self;

  if (!msm_reader_process_start (&process, kind, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  self = g_new0 (MsmReader, 1);
  g_mutex_init (&self->mutex);
  self->path = g_strdup (path);
  self->process = process;
  msm_reader_set_patience (self, PATIENCE + n_bytes / BYTES_A_SECOND);
  return self;
}

void
msm_reader_free (MsmReader *self)
{
  if (self == NULL)
    return;
  if (self->cause == NULL)
    self->cause = msm_reader_process_stop (&self->process, FALSE);
  g_mutex_clear (&self->mutex);
  g_free (self->cause);
  g_free (self->path);
  g_free (self);
}

void
msm_reader_set_patience (MsmReader *self, double seconds)
{
  const struct timeval time = { (time_t) seconds, (suseconds_t) (1e6 * (seconds - floor (seconds))) };

  setsockopt (self->process.socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt (self->process.socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

gboolean
msm_reader_lose (MsmReader *self, gboolean has_left, GError **error)
{
  if (self->cause == NULL)
    self->cause = msm_reader_process_stop (&self->process, has_left);
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, "%s: %s", self->path, self->cause);
  return FALSE;
}

GVariant *
msm_reader_ask (MsmReader *self, guint32 op, const char *name, const gsize *start, const gsize *count, gsize n,
                GError **error)
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
  reply = g_variant_ref_sink (g_variant_new ("(u^ayatat)", op, name, &starts, &counts));
  if (self->cause != NULL || !msm_reader_wire_put (self->process.socket, reply))
    {
      msm_reader_lose (self, TRUE, error);
      return NULL;
    }
  g_clear_pointer (&reply, g_variant_unref);
  reply = msm_reader_wire_get (self->process.socket, MSM_READER_WIRE_REPLY, &is_gone);
  if (reply == NULL)
    {
      msm_reader_lose (self, is_gone, error);
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

guint64
msm_reader_number (GVariant *reply, gsize index)
{
  g_autoptr (GVariant) numbers = g_variant_get_child_value (reply, 2);
  guint64 value = 0;

  if (index < g_variant_n_children (numbers))
    g_variant_get_child (numbers, index, "t", &value);
  return value;
}

char **
msm_reader_texts (GVariant *reply)
{
  char **list = NULL;

  g_variant_get_child (reply, 3, "^aay", &list);
  return list;
}

gboolean
msm_reader_receive (MsmReader *self, GVariant *reply, void *out, gsize n_bytes, GError **error)
{
  if (msm_reader_number (reply, 0) != n_bytes)
    return msm_reader_lose (self, FALSE, error);
  return msm_socket_receive (self->process.socket, out, n_bytes) || msm_reader_lose (self, TRUE, error);
}

gboolean
msm_reader_check (MsmReader *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->cause == NULL || msm_reader_lose (self, TRUE, error);
}
