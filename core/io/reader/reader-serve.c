#include "config.h"

#include "core/io/reader/reader-serve.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/language.h"
#include "core/base/socket.h"
#include "core/io/reader/reader-wire.h"

enum
{
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

void
msm_reader_limit_time (double n_bytes)
{
  struct rusage used;
  struct rlimit limit;
  double seconds;

  if (getrusage (RUSAGE_SELF, &used) != 0 || getrlimit (RLIMIT_CPU, &limit) != 0)
    return;
  seconds = (double) (used.ru_utime.tv_sec + used.ru_stime.tv_sec)
            + 1e-6 * (double) (used.ru_utime.tv_usec + used.ru_stime.tv_usec) + SECONDS + n_bytes / BYTES_A_SECOND;
  /* The kernel counts whole seconds: up, so that the first is not cut short. */
  limit.rlim_cur = MIN ((rlim_t) seconds + 1, limit.rlim_max);
  setrlimit (RLIMIT_CPU, &limit);
}

gboolean
msm_reader_reply (const GError *error, const guint64 *numbers, gsize n_numbers, GPtrArray *texts)
{
  GVariantBuilder n, t;

  g_variant_builder_init (&n, G_VARIANT_TYPE ("at"));
  g_variant_builder_init (&t, G_VARIANT_TYPE ("aay"));
  for (gsize i = 0; i < n_numbers; i++)
    g_variant_builder_add (&n, "t", numbers[i]);
  for (guint i = 0; texts != NULL && i < texts->len; i++)
    g_variant_builder_add (&t, "^ay", texts->pdata[i]);
  return msm_reader_wire_put (MSM_READER_SOCKET,
                              g_variant_new ("(u^ayataay)", error != NULL ? (guint32) error->code + 1 : 0,
                                             error != NULL ? error->message : "", &n, &t));
}

gboolean
msm_reader_reply_bytes (const void *bytes, gsize n_bytes)
{
  const guint64 n = n_bytes;

  return msm_reader_reply (NULL, &n, 1, NULL) && msm_socket_send (MSM_READER_SOCKET, bytes, n_bytes);
}

static void
get_numbers (GVariant *request, gsize child, gsize out[MSM_READER_MAX_NUMBERS])
{
  g_autoptr (GVariant) array = g_variant_get_child_value (request, child);

  memset (out, 0, MSM_READER_MAX_NUMBERS * sizeof *out);
  for (gsize i = 0; i < MIN (g_variant_n_children (array), MSM_READER_MAX_NUMBERS); i++)
    {
      guint64 value;

      g_variant_get_child (array, i, "t", &value);
      out[i] = (gsize) value;
    }
}

void
msm_reader_serve (MsmReaderAnswer answer, gpointer data)
{
  gboolean more = TRUE;

  msm_language_init ();
  /* A crash is expected of it: no report to the desktop, no core with a patient's data. */
  prctl (PR_SET_DUMPABLE, 0);
  limit_memory ();
  while (more)
    {
      gboolean is_gone;
      g_autoptr (GVariant) frame = msm_reader_wire_get (MSM_READER_SOCKET, MSM_READER_WIRE_REQUEST, &is_gone);
      MsmReaderRequest request = { 0 };

      more = frame != NULL;
      if (!more)
        break;
      g_variant_get_child (frame, 0, "u", &request.op);
      g_variant_get_child (frame, 1, "^ay", &request.name);
      get_numbers (frame, 2, request.start);
      get_numbers (frame, 3, request.count);
      more = answer (&request, data);
      g_free (request.name);
    }
  /* Without the library's own closing, which a damaged file can upset too. */
  _exit (0);
}
