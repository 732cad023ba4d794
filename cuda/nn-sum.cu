/* Sums over positions per channel, in two passes of fixed order. */

#include "cuda/cuda-neural.h"
#include "cuda/launch.cuh"

#define MAX_CHUNKS 256

/* partial[n, chunk, c] = Σ dy over the chunk's positions */
__global__ static void
chunk_kernel (double *partial, const float *dy, size_t hw, size_t c, size_t chunks, size_t total)
{
  MSM_CUDA_FOR (i, total)
    {
      size_t k = i % c, chunk = i / c % chunks, n = i / c / chunks;
      double sum = 0;

      for (size_t p = hw * chunk / chunks; p < hw * (chunk + 1) / chunks; p++)
        sum += dy[(n * hw + p) * c + k];
      partial[i] = sum;
    }
}

__global__ static void
fold_kernel (float *dst, const double *partial, size_t c, size_t chunks, size_t total, int accumulate)
{
  MSM_CUDA_FOR (i, total)
    {
      double sum = 0;

      for (size_t chunk = 0; chunk < chunks; chunk++)
        sum += partial[(i / c * chunks + chunk) * c + i % c];
      dst[i] = (accumulate ? dst[i] : 0.0f) + (float) sum;
    }
}

static void
sum_positions (MsmDeviceState *state, float *dst, const float *dy, size_t n, size_t hw, size_t c,
               int accumulate)
{
  const size_t chunks = (hw + 63) / 64 > MAX_CHUNKS ? MAX_CHUNKS : (hw + 63) / 64;
  const size_t shares = n * chunks * c;
  double      *partial = (double *) msm_cuda_workspace (state, shares * sizeof (double));

  MSM_CUDA_RUN (state, "sum", shares, chunk_kernel, partial, dy, hw, c, chunks, shares);
  MSM_CUDA_RUN (state, "sum", n * c, fold_kernel, dst, partial, c, chunks, n * c, accumulate);
}

void
msm_cuda_sum_positions (MsmDeviceState *state, float *de, const float *dy, size_t n, size_t hw, size_t c)
{
  sum_positions (state, de, dy, n, hw, c, 0);
}

void
msm_cuda_add_bias_gradient (MsmDeviceState *state, float *db, const float *dy, size_t m, size_t c)
{
  sum_positions (state, db, dy, 1, m, c, 1);
}
