#include "config.h"

#include "core/base/memory.h"

#include <glib/gi18n-lib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "core/base/error.h"

gpointer
msm_try_alloc (gsize n, gsize item, GError **error)
{
  /* One item of nothing: NULL means failure alone. */
  gpointer result = g_try_malloc0_n (MAX (n, 1), item);

  if (result == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("not enough memory: %.1f MB were asked for at once"),
                 (double) n * (double) item / 1e6);
  return result;
}

void
msm_memory_give_back (void)
{
#ifdef __GLIBC__
  /* A value that is set is never moved by the library, even where it is the one that the library begins with. */
  mallopt (M_MMAP_THRESHOLD, 128 << 10);
#endif
}
