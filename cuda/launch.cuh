#pragma once

#include "cuda/cuda-state.h"

#define MSM_CUDA_THREADS 256

/* kernel (…) on a grid of blocks. The tests' emulated GPU has a launch of its own. */
#ifndef MSM_CUDA_LAUNCH
#define MSM_CUDA_LAUNCH(kernel, grid, block, stream, ...) kernel<<<(grid), (block), 0, (stream)>>> (__VA_ARGS__)
#endif

/* A loop over n elements, each thread taking every gridDim × blockDim-th. */
#define MSM_CUDA_FOR(i, n)                                                       \
  for (size_t i = (size_t) blockIdx.x * blockDim.x + threadIdx.x; i < (n);        \
       i += (size_t) gridDim.x * blockDim.x)

/* Enough blocks to fill a large GPU; the loop above does the rest. */
static inline unsigned
msm_cuda_grid (size_t n)
{
  size_t blocks = (n + MSM_CUDA_THREADS - 1) / MSM_CUDA_THREADS;

  return (unsigned) (blocks < 1 ? 1 : blocks > 65535 ? 65535 : blocks);
}

/* An argument that a launch of a recording may change: it lies on the device then, else it is passed as it is. */
template <typename T>
struct MsmCudaParameter
{
  const T *at;
  T        value;

  __device__ T
  get () const
  {
    return at != NULL ? *at : value;
  }
};

template <typename T>
static inline MsmCudaParameter<T>
msm_cuda_may_change (MsmDeviceState *state, const T &value)
{
  return { (const T *) msm_cuda_parameter (state, &value, sizeof value), value };
}

template <typename T>
static inline void
msm_cuda_note_argument (MsmDeviceState *state, const T &argument)
{
  msm_cuda_note (state, &argument, sizeof argument);
}

template <typename T>
static inline void
msm_cuda_note_argument (MsmDeviceState *state, const MsmCudaParameter<T> &argument)
{
  msm_cuda_note (state, &argument.at, sizeof argument.at);
}

/* msm_cuda_call() with the arguments of a kernel. */
template <typename... A>
static inline int
msm_cuda_call_kernel (MsmDeviceState *state, const char *what, size_t n, const A &...arguments)
{
  if (state->mode != MSM_CUDA_QUEUE)
    (msm_cuda_note_argument (state, arguments), ...);
  return msm_cuda_call (state, what, &n, sizeof n);
}

/* (Their arguments are looked at twice, so msm_cuda_may_change() stands before them, not among them.) */
/* Runs kernel (…) with so many blocks of MSM_CUDA_THREADS unless the device has failed. */
#define MSM_CUDA_RUN_BLOCKS(state, what, n_blocks, kernel, ...)                              \
  do                                                                                         \
    {                                                                                        \
      if (!msm_cuda_call_kernel (state, what, (size_t) (n_blocks), __VA_ARGS__))              \
        break;                                                                               \
      MSM_CUDA_LAUNCH (kernel, n_blocks, MSM_CUDA_THREADS, (state)->stream, __VA_ARGS__);     \
      msm_cuda_check (state, what, cudaGetLastError ());                                     \
    }                                                                                        \
  while (0)

/* The same over n elements. */
#define MSM_CUDA_RUN(state, what, n, kernel, ...)                                            \
  do                                                                                         \
    {                                                                                        \
      if ((n) != 0)                                                                          \
        MSM_CUDA_RUN_BLOCKS (state, what, msm_cuda_grid (n), kernel, __VA_ARGS__);            \
    }                                                                                        \
  while (0)
