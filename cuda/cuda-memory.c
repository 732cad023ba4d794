/*
 * Memory of the GPU, out of a pool of the device's own: what is freed stays there for the next one, in the stream's
 * order, so that nobody waits for an allocation. Uploads pass through page-locked memory and return at once;
 * downloads wait.
 */

#include <string.h>

#include "cuda/cuda-state.h"

#define STAGE_BYTES ((size_t) 512 << 10)

int
msm_cuda_open_pool (MsmDeviceState *state)
{
  struct cudaMemPoolProps properties;
  uint64_t keep = UINT64_MAX;
  int supported = 0;

  for (int i = 0; i < MSM_CUDA_STAGES && !state->failed; i++)
    {
      msm_cuda_check (state, "host memory", cudaMallocHost ((void **) &state->stages[i].bytes, STAGE_BYTES));
      msm_cuda_check (state, "event", cudaEventCreateWithFlags (&state->stages[i].is_free, cudaEventDisableTiming));
    }
  cudaDeviceGetAttribute (&supported, cudaDevAttrMemoryPoolsSupported, state->index);
  if (state->failed || !supported)
    return !state->failed;
  memset (&properties, 0, sizeof properties);
  properties.allocType = cudaMemAllocationTypePinned;
  properties.location.type = cudaMemLocationTypeDevice;
  properties.location.id = state->index;
  msm_cuda_check (state, "memory pool", cudaMemPoolCreate (&state->pool, &properties));
  if (!state->failed)
    msm_cuda_check (state, "memory pool",
                    cudaMemPoolSetAttribute (state->pool, cudaMemPoolAttrReleaseThreshold, &keep));
  return !state->failed;
}

void
msm_cuda_close_pool (MsmDeviceState *state)
{
  for (int i = 0; i < MSM_CUDA_STAGES; i++)
    {
      if (state->stages[i].is_free != NULL)
        cudaEventDestroy (state->stages[i].is_free);
      cudaFreeHost (state->stages[i].bytes);
    }
  if (state->pool != NULL)
    cudaMemPoolDestroy (state->pool);
}

static void *
try_take (MsmDeviceState *state, size_t bytes)
{
  void *pointer = NULL;
  cudaError_t status = state->pool != NULL ? cudaMallocFromPoolAsync (&pointer, bytes, state->pool, state->stream)
                                           : cudaMalloc (&pointer, bytes);

  if (status == cudaSuccess)
    return pointer;
  cudaGetLastError (); /* not sticky: the caller reports that memory is short */
  return NULL;
}

void *
msm_cuda_take (MsmDeviceState *state, size_t bytes)
{
  void *pointer;

  if (!msm_cuda_enter (state))
    return NULL;
  bytes = bytes > 0 ? bytes : 1;
  pointer = try_take (state, bytes);
  if (pointer != NULL || state->pool == NULL)
    return pointer;
  /* What others have freed by now, and what the pool keeps in pieces of other sizes. */
  cudaStreamSynchronize (state->stream);
  cudaMemPoolTrimTo (state->pool, 0);
  return try_take (state, bytes);
}

void
msm_cuda_give (MsmDeviceState *state, void *pointer)
{
  if (pointer == NULL)
    return;
  cudaSetDevice (state->index);
  if (state->pool != NULL)
    cudaFreeAsync (pointer, state->stream);
  else
    cudaFree (pointer); /* waits for the work that uses it */
}

static void *
cuda_alloc (MsmDeviceState *state, size_t bytes)
{
  void *pointer = msm_cuda_ask (state) ? msm_cuda_take (state, bytes) : NULL;

  if (pointer != NULL)
    msm_cuda_check (state, "zero", cudaMemsetAsync (pointer, 0, bytes, state->stream));
  return pointer;
}

/* In a section the bytes are a part of what is new at the launch. */
static void
upload_in_section (MsmDeviceState *state, void *dst, const void *host, size_t bytes)
{
  const void *from = msm_cuda_parameter (state, host, bytes);
  const void *arguments[2] = { dst, from };

  msm_cuda_note (state, &bytes, sizeof bytes);
  if (msm_cuda_call (state, "upload", arguments, sizeof arguments) && !state->spoiled)
    msm_cuda_check (state, "upload", cudaMemcpyAsync (dst, from, bytes, cudaMemcpyDeviceToDevice, state->stream));
}

static void
cuda_upload (MsmDeviceState *state, void *dst, const void *host, size_t bytes)
{
  if (state->mode != MSM_CUDA_QUEUE)
    {
      upload_in_section (state, dst, host, bytes);
      return;
    }
  for (size_t at = 0; at < bytes && msm_cuda_enter (state); at += STAGE_BYTES)
    {
      const size_t part = bytes - at < STAGE_BYTES ? bytes - at : STAGE_BYTES;
      MsmCudaStage *stage = &state->stages[state->stage];

      state->stage = (state->stage + 1) % MSM_CUDA_STAGES;
      msm_cuda_check (state, "upload", cudaEventSynchronize (stage->is_free));
      memcpy (stage->bytes, (const char *) host + at, part);
      msm_cuda_check (state, "upload",
                      cudaMemcpyAsync ((char *) dst + at, stage->bytes, part, cudaMemcpyHostToDevice, state->stream));
      msm_cuda_check (state, "upload", cudaEventRecord (stage->is_free, state->stream));
    }
}

static void
cuda_download (MsmDeviceState *state, void *host, const void *src, size_t bytes)
{
  if (!msm_cuda_ask (state))
    return;
  msm_cuda_check (state, "download", cudaMemcpyAsync (host, src, bytes, cudaMemcpyDeviceToHost, state->stream));
  msm_cuda_check (state, "download", cudaStreamSynchronize (state->stream));
}

static void
cuda_copy (MsmDeviceState *state, void *dst, const void *src, size_t bytes)
{
  const void *arguments[2] = { dst, src };

  if (dst == src)
    return;
  msm_cuda_note (state, &bytes, sizeof bytes);
  if (msm_cuda_call (state, "copy", arguments, sizeof arguments))
    msm_cuda_check (state, "copy", cudaMemcpyAsync (dst, src, bytes, cudaMemcpyDeviceToDevice, state->stream));
}

static void
cuda_zero (MsmDeviceState *state, void *dst, size_t bytes)
{
  msm_cuda_note (state, &bytes, sizeof bytes);
  if (msm_cuda_call (state, "zero", &dst, sizeof dst))
    msm_cuda_check (state, "zero", cudaMemsetAsync (dst, 0, bytes, state->stream));
}

const MsmMemoryOps msm_cuda_memory = {
  .alloc = cuda_alloc,
  .free = msm_cuda_give,
  .upload = cuda_upload,
  .download = cuda_download,
  .copy = cuda_copy,
  .zero = cuda_zero,
  .fetch = msm_cuda_fetch,
  .fetched = msm_cuda_fetched,
  .fetch_free = msm_cuda_fetch_free,
};
