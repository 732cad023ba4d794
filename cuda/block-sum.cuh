#pragma once

#include "cuda/launch.cuh"

__device__ static inline double
msm_cuda_plus (double a, double b)
{
  return a + b;
}

__device__ static inline double2
msm_cuda_plus (double2 a, double2 b)
{
  return make_double2 (a.x + b.x, a.y + b.y);
}

/*
 * The sum of what the MSM_CUDA_THREADS threads of a block hold, pairwise: in all of them. Before a second one in the
 * same kernel the threads must meet.
 */
template <typename T>
__device__ static inline T
msm_cuda_block_sum (T own)
{
  __shared__ T   fold[MSM_CUDA_THREADS];
  const unsigned t = threadIdx.x;

  fold[t] = own;
  __syncthreads ();
  for (unsigned half = MSM_CUDA_THREADS / 2; half > 0; half /= 2)
    {
      if (t < half)
        fold[t] = msm_cuda_plus (fold[t], fold[t + half]);
      __syncthreads ();
    }
  return fold[0];
}
