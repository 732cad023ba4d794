#include "config.h"

#include "core/io/reader/reader-wire.h"

#include "core/base/socket.h"

/* Texts are at most 64 MiB, and lists far less, so a longer frame is not one of ours. */
#define MAX_FRAME (256u << 20)

gboolean
msm_reader_wire_put (int socket, GVariant *frame)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (frame);
  gsize size = g_variant_get_size (owned);
  guint32 length = (guint32) size;

  return size <= MAX_FRAME && msm_socket_send (socket, &length, sizeof length)
         && msm_socket_send (socket, g_variant_get_data (owned), size);
}

GVariant *
msm_reader_wire_get (int socket, const char *type, gboolean *is_gone)
{
  guint32 length = 0;
  g_autofree guint8 *data = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) frame = NULL;

  *is_gone = !msm_socket_receive (socket, &length, sizeof length);
  if (*is_gone || length > MAX_FRAME)
    return NULL;
  data = g_try_malloc (MAX (length, 1));
  *is_gone = data != NULL && !msm_socket_receive (socket, data, length);
  if (data == NULL || *is_gone)
    return NULL;
  bytes = g_bytes_new_take (g_steal_pointer (&data), length);
  frame = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
  return g_variant_is_normal_form (frame) ? g_steal_pointer (&frame) : NULL;
}
