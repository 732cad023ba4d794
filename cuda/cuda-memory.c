/* Memory of the GPU. Copies to and from the host wait until they are done. */

#include "cuda/cuda-state.h"

static void *
cuda_alloc (MsmDeviceState *state, size_t bytes)
{
  void *pointer = NULL;

  if (!msm_cuda_enter (state))
    return NULL;
  if (cudaMalloc (&pointer, bytes > 0 ? bytes : 1) != cudaSuccess)
    {
      cudaGetLastError (); /* not sticky: the caller reports that memory is short */
      return NULL;
    }
  msm_cuda_check (state, "zero", cudaMemsetAsync (pointer, 0, bytes, state->stream));
  return pointer;
}

static void
cuda_free (MsmDeviceState *state, void *pointer)
{
  cudaSetDevice (state->index);
  cudaFree (pointer); /* waits for the work that uses it */
}

static void
copy_and_wait (MsmDeviceState *state, const char *what, void *dst, const void *src, size_t bytes,
               enum cudaMemcpyKind kind)
{
  if (!msm_cuda_enter (state))
    return;
  msm_cuda_check (state, what, cudaMemcpyAsync (dst, src, bytes, kind, state->stream));
  msm_cuda_check (state, what, cudaStreamSynchronize (state->stream));
}

static void
cuda_upload (MsmDeviceState *state, void *dst, const void *host, size_t bytes)
{
  copy_and_wait (state, "upload", dst, host, bytes, cudaMemcpyHostToDevice);
}

static void
cuda_download (MsmDeviceState *state, void *host, const void *src, size_t bytes)
{
  copy_and_wait (state, "download", host, src, bytes, cudaMemcpyDeviceToHost);
}

static void
cuda_copy (MsmDeviceState *state, void *dst, const void *src, size_t bytes)
{
  if (dst != src && msm_cuda_enter (state))
    msm_cuda_check (state, "copy", cudaMemcpyAsync (dst, src, bytes, cudaMemcpyDeviceToDevice, state->stream));
}

static void
cuda_zero (MsmDeviceState *state, void *dst, size_t bytes)
{
  if (msm_cuda_enter (state))
    msm_cuda_check (state, "zero", cudaMemsetAsync (dst, 0, bytes, state->stream));
}

const MsmMemoryOps msm_cuda_memory = {
  .alloc = cuda_alloc,
  .free = cuda_free,
  .upload = cuda_upload,
  .download = cuda_download,
  .copy = cuda_copy,
  .zero = cuda_zero,
};
