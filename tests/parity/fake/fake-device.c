/*
 * A device module without a GPU, to try the loader and everything that a device's failure passes through.
 * Its pointers are not host pointers (touching one crashes), its memory holds 1 MiB, and filling with a
 * negative number fails. It has the slots those tests call and no others.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/device/device-ops.h"

#ifndef FAKE_ABI
#define FAKE_ABI MSM_DEVICE_ABI
#endif

#define FAKE_CAPACITY ((size_t) 1 << 20)
#define FAKE_OFFSET   ((uintptr_t) 1 << 62)

struct MsmDeviceState
{
  const char *error;
};

static void *
hide (void *pointer)
{
  return (void *) ((uintptr_t) pointer + FAKE_OFFSET);
}

static void *
reveal (const void *pointer)
{
  return (void *) ((uintptr_t) pointer - FAKE_OFFSET);
}

static void *
fake_alloc (MsmDeviceState *state, size_t bytes)
{
  void *pointer = bytes <= FAKE_CAPACITY ? calloc (1, bytes) : NULL;

  return pointer != NULL ? hide (pointer) : NULL;
}

static void
fake_free (MsmDeviceState *state, void *pointer)
{
  free (reveal (pointer));
}

static void
fake_upload (MsmDeviceState *state, void *dst, const void *host, size_t bytes)
{
  if (state->error == NULL)
    memcpy (reveal (dst), host, bytes);
}

static void
fake_download (MsmDeviceState *state, void *host, const void *src, size_t bytes)
{
  if (state->error == NULL)
    memcpy (host, reveal (src), bytes);
}

static const MsmMemoryOps fake_memory = {
  .alloc = fake_alloc,
  .free = fake_free,
  .upload = fake_upload,
  .download = fake_download,
};

static void
fake_fill (MsmDeviceState *state, float *dst, float value, size_t n)
{
  if (state->error != NULL)
    return;
  if (value < 0)
    {
      state->error = "fill: the fake device has been asked to fail";
      return;
    }
  for (size_t i = 0; i < n; i++)
    ((float *) reveal (dst))[i] = value;
}

static const MsmVectorOps fake_vector = { .fill = fake_fill };

/* "auto" takes a device only when it has a network table; nobody looks into this one. */
static const char fake_neural[1024];

static MsmDeviceState *
fake_open (int index, char *message, size_t size)
{
  return calloc (1, sizeof (MsmDeviceState));
}

static void
fake_close (MsmDeviceState *state)
{
  free (state);
}

static int
fake_count (char *message, size_t size)
{
  return 1;
}

static void
fake_describe (int index, char *text, size_t size)
{
  snprintf (text, size, "Fake GPU %d", index);
}

static void
fake_synchronise (MsmDeviceState *state)
{
}

static const char *
fake_get_error (MsmDeviceState *state)
{
  return state->error;
}

static void
fake_clear_error (MsmDeviceState *state)
{
  state->error = NULL;
}

static const MsmDeviceOps fake_ops = {
  .abi = FAKE_ABI,
  .name = "cuda",
  .open = fake_open,
  .close = fake_close,
  .count = fake_count,
  .describe = fake_describe,
  .synchronise = fake_synchronise,
  .get_error = fake_get_error,
  .clear_error = fake_clear_error,
  .memory = &fake_memory,
  .vector = &fake_vector,
  .neural = (const MsmNeuralOps *) fake_neural,
};

const MsmDeviceOps *msm_device_module_open (void);

const MsmDeviceOps *
msm_device_module_open (void)
{
  return &fake_ops;
}
