#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/device/cpu-kernels.h"
#include "core/device/host-state.h"

#define LARGE_PAGE ((size_t) 2 << 20)

MsmDeviceState *
msm_host_open (const MsmVectorOps *vector, int index, char *message, size_t size)
{
  MsmDeviceState *state;

  if (index != 0)
    {
      g_snprintf (message, size, "there is only one host device");
      return NULL;
    }
  state = g_new0 (MsmDeviceState, 1);
  state->vector = vector;
  return state;
}

void
msm_host_close (MsmDeviceState *state)
{
  g_free (state);
}

int
msm_host_count (char *message, size_t size)
{
  return 1;
}

void
msm_host_synchronise (MsmDeviceState *state)
{
}

const char *
msm_host_get_error (MsmDeviceState *state)
{
  return state->failed ? state->error : NULL;
}

void
msm_host_clear_error (MsmDeviceState *state)
{
  state->failed = FALSE;
}

void
msm_host_fail (MsmDeviceState *state, const char *format, ...)
{
  va_list args;

  if (state->failed)
    return;
  va_start (args, format);
  g_vsnprintf (state->error, sizeof state->error, format, args);
  va_end (args);
  state->failed = TRUE;
}

/*
 * @bytes, a multiple of 64, aligned to that. Large arrays ask for large pages: a tile of an image lies on as many
 * small ones as it has rows, and there are fewer entries for pages in the processor than an arena has.
 */
static void *
host_memory (size_t bytes)
{
#ifdef MADV_HUGEPAGE
  if (bytes >= 2 * LARGE_PAGE)
    {
      void *pointer = NULL;

      if (posix_memalign (&pointer, LARGE_PAGE, bytes) != 0)
        return NULL;
      madvise (pointer, bytes / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE); /* a wish: failure costs nothing */
      return pointer;
    }
#endif
  return aligned_alloc (64, bytes);
}

typedef struct
{
  void *data;
  size_t size;
} Workspace;

static void
workspace_free (gpointer data)
{
  Workspace *self = data;

  free (self->data);
  g_free (self);
}

void *
msm_host_workspace (size_t bytes)
{
  static GPrivate private = G_PRIVATE_INIT (workspace_free);
  Workspace *self = g_private_get (&private);

  if (self == NULL)
    {
      self = g_new0 (Workspace, 1);
      g_private_set (&private, self);
    }
  if (self->size < bytes)
    {
      free (self->data);
      self->size = (bytes + 4095) / 4096 * 4096;
      self->data = self->size < bytes ? NULL : host_memory (self->size);
      if (self->data == NULL)
        self->size = 0;
    }
  return self->data;
}

void
msm_host_no_memory (MsmDeviceState *state)
{
  msm_host_fail (state, "no memory for a layer of the network");
}

static void *
host_alloc (MsmDeviceState *state, size_t bytes)
{
  size_t rounded = (bytes + 63) / 64 * 64;
  void *pointer = rounded < bytes ? NULL : host_memory (MAX (rounded, 64));

  if (pointer != NULL)
    memset (pointer, 0, rounded);
  return pointer;
}

static void
host_free (MsmDeviceState *state, void *pointer)
{
  free (pointer);
}

static void
host_copy (MsmDeviceState *state, void *dst, const void *src, size_t bytes)
{
  if (!state->failed)
    memmove (dst, src, bytes);
}

static void
host_zero (MsmDeviceState *state, void *dst, size_t bytes)
{
  if (!state->failed)
    memset (dst, 0, bytes);
}

const MsmMemoryOps msm_host_memory = {
  .alloc = host_alloc,
  .free = host_free,
  .upload = host_copy,
  .download = host_copy,
  .copy = host_copy,
  .zero = host_zero,
};
