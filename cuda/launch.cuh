#pragma once

#include "cuda/cuda-state.h"

#define MSM_CUDA_THREADS 256

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

/* Runs kernel (…) over n elements unless the device has failed. */
#define MSM_CUDA_RUN(state, what, n, kernel, ...)                                            \
  do                                                                                         \
    {                                                                                        \
      if ((n) == 0 || !msm_cuda_enter (state))                                               \
        break;                                                                               \
      kernel<<<msm_cuda_grid (n), MSM_CUDA_THREADS, 0, (state)->stream>>> (__VA_ARGS__);      \
      msm_cuda_check (state, what, cudaGetLastError ());                                     \
    }                                                                                        \
  while (0)
