/* One GPU: its stream, its scratch for reductions, its sticky error. */

#include "cuda/cuda-device.h"

#include <stdio.h>
#include <stdlib.h>

#include "cuda/cuda-neural.h"

void
msm_cuda_fail (MsmDeviceState *state, const char *what, const char *reason)
{
  if (state->failed)
    return;
  snprintf (state->error, sizeof state->error, "%s: %s", what, reason);
  state->failed = 1;
}

void
msm_cuda_check (MsmDeviceState *state, const char *what, cudaError_t status)
{
  if (status != cudaSuccess)
    msm_cuda_fail (state, what, cudaGetErrorString (status));
}

int
msm_cuda_enter (MsmDeviceState *state)
{
  state->twin_of = NULL;
  if (!state->failed)
    msm_cuda_check (state, "GPU", cudaSetDevice (state->index));
  return !state->failed;
}

int
msm_cuda_reserve (MsmDeviceState *state, size_t bytes)
{
  if (bytes <= state->workspace_bytes)
    return !state->failed;
  /* Its calls have run before, so a section that needs more is another one than it was. */
  if (!msm_cuda_ask (state))
    return 0;
  msm_cuda_give (state, state->workspace);
  state->workspace_bytes = 0;
  state->workspace_age++;
  state->workspace = msm_cuda_take (state, bytes);
  if (state->workspace == NULL)
    {
      state->missing = bytes;
      return 0;
    }
  state->workspace_bytes = bytes;
  return 1;
}

size_t
msm_cuda_missing (MsmDeviceState *state)
{
  return state->missing;
}

void *
msm_cuda_workspace (MsmDeviceState *state, size_t bytes)
{
  size_t n_free, n_total;
  char reason[128];

  if (msm_cuda_reserve (state, bytes))
    return state->workspace;
  if (state->mode == MSM_CUDA_PLAN)
    state->spoiled = 1;
  if (state->mode == MSM_CUDA_QUEUE)
    {
      msm_cuda_memory_info (state, &n_free, &n_total);
      snprintf (reason, sizeof reason, "%.1f MB of scratch could not be had, %.1f of %.1f MB are free", bytes / 1e6,
                n_free / 1e6, n_total / 1e6);
      msm_cuda_fail (state, "GPU memory", reason);
      return NULL;
    }
  return state->workspace;
}

float *
msm_cuda_begin_plan (MsmDeviceState *state)
{
  if (!msm_cuda_ask (state))
    return NULL;
  state->mode = MSM_CUDA_PLAN;
  state->spoiled = 0;
  state->missing = 0;
  return (float *) state->partial;
}

int
msm_cuda_end_plan (MsmDeviceState *state)
{
  state->mode = MSM_CUDA_QUEUE;
  cudaGetLastError (); /* what the library tried and could not do is no failure of the next kernel */
  return !state->spoiled && !state->failed;
}

int
msm_cuda_set_precision (MsmDeviceState *state, MsmPrecision precision, char *message, size_t size)
{
  if (precision != MSM_PRECISION_F32 && msm_cuda_best_precision (state) == MSM_PRECISION_F32)
    {
      snprintf (message, size, "it takes compute capability 8.0");
      return 0;
    }
  state->precision = precision;
  return 1;
}

MsmPrecision
msm_cuda_best_precision (MsmDeviceState *state)
{
  int major = 0;

  cudaDeviceGetAttribute (&major, cudaDevAttrComputeCapabilityMajor, state->index);
  return major < 8 ? MSM_PRECISION_F32 : MSM_PRECISION_TF32;
}

void
msm_cuda_memory_info (MsmDeviceState *state, size_t *n_free, size_t *n_total)
{
  uint64_t reserved = 0, used = 0;

  *n_free = *n_total = 0;
  if (!msm_cuda_enter (state))
    return;
  if (cudaMemGetInfo (n_free, n_total) != cudaSuccess)
    cudaGetLastError ();
  /* What the pool keeps is free for us. */
  else if (state->pool != NULL
           && cudaMemPoolGetAttribute (state->pool, cudaMemPoolAttrReservedMemCurrent, &reserved) == cudaSuccess
           && cudaMemPoolGetAttribute (state->pool, cudaMemPoolAttrUsedMemCurrent, &used) == cudaSuccess)
    *n_free += (size_t) (reserved - used);
}

void
msm_cuda_close (MsmDeviceState *state)
{
  cudaSetDevice (state->index);
  msm_cuda_product_free (state);
  msm_cuda_conv_free (state);
  msm_cuda_give (state, state->workspace);
  msm_cuda_give (state, state->twin);
  cudaFree (state->partial);
  cudaFreeHost (state->partial_host);
  if (state->stream != NULL)
    cudaStreamSynchronize (state->stream); /* uploads read the stages */
  msm_cuda_close_fetches (state);
  msm_cuda_close_pool (state);
  if (state->stream != NULL)
    cudaStreamDestroy (state->stream);
  free (state);
}

/* The module holds no code for GPUs older than this; the driver's own words for that are hard to understand. */
static void
check_age (MsmDeviceState *state)
{
  int major = 0, minor = 0;
  char reason[96];

  msm_cuda_check (state, "GPU", cudaDeviceGetAttribute (&major, cudaDevAttrComputeCapabilityMajor, state->index));
  msm_cuda_check (state, "GPU", cudaDeviceGetAttribute (&minor, cudaDevAttrComputeCapabilityMinor, state->index));
  if (state->failed || major >= 8)
    return;
  snprintf (reason, sizeof reason, "its compute capability is %d.%d, and 8.0 or newer is needed", major, minor);
  msm_cuda_fail (state, "too old", reason);
}

MsmDeviceState *
msm_cuda_open (int index, char *message, size_t size)
{
  MsmDeviceState *state = calloc (1, sizeof *state);
  size_t bytes = 2 * MSM_CUDA_MAX_BLOCKS * sizeof (double);

  if (state == NULL)
    {
      snprintf (message, size, "not enough memory");
      return NULL;
    }
  state->index = index;
  msm_cuda_open_fetches (state);
  check_age (state);
  if (msm_cuda_enter (state))
    msm_cuda_check (state, "stream", cudaStreamCreateWithFlags (&state->stream, cudaStreamNonBlocking));
  if (!state->failed && msm_cuda_open_pool (state))
    msm_cuda_check (state, "memory", cudaMalloc ((void **) &state->partial, bytes));
  if (!state->failed)
    msm_cuda_check (state, "host memory", cudaMallocHost ((void **) &state->partial_host, bytes));
  /* A first kernel: a GPU this module holds no code for fails here, in words, and not in mid-run. */
  if (!state->failed)
    msm_cuda_vector.fill (state, (float *) state->partial, 0, 1);
  msm_cuda_synchronise (state);
  if (state->failed)
    {
      snprintf (message, size, "GPU %d cannot be used: %s", index, state->error);
      msm_cuda_close (state);
      return NULL;
    }
  return state;
}

void
msm_cuda_synchronise (MsmDeviceState *state)
{
  if (msm_cuda_ask (state))
    msm_cuda_check (state, "GPU", cudaStreamSynchronize (state->stream));
}

const char *
msm_cuda_get_error (MsmDeviceState *state)
{
  /* Kernels fail late: what has failed by now is fetched without waiting. */
  if (!state->failed)
    msm_cuda_check (state, "GPU", cudaPeekAtLastError ());
  return state->failed ? state->error : NULL;
}

void
msm_cuda_clear_error (MsmDeviceState *state)
{
  cudaGetLastError ();
  state->failed = 0;
}
