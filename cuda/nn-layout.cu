/* Filters between the arena's order and cuDNN's, and the bias. */

#include "cuda/cuda-neural.h"
#include "cuda/launch.cuh"

/* i numbers OHWI; the index of the same weight in OIHW. */
__device__ static size_t
oihw_index (size_t i, size_t c_in, size_t area)
{
  size_t in = i % c_in, tap = i / c_in % area, out = i / c_in / area;

  return (out * c_in + in) * area + tap;
}

__global__ static void
to_ohwi_kernel (float *dst, const float *src, size_t c_in, size_t area, size_t total)
{
  MSM_CUDA_FOR (i, total)
    dst[i] = src[oihw_index (i, c_in, area)];
}

void
msm_cuda_filter_to_ohwi (MsmDeviceState *state, float *dst, const float *src, size_t c_out, size_t c_in,
                         size_t kernel)
{
  const size_t total = c_out * c_in * kernel * kernel;

  MSM_CUDA_RUN (state, "filter", total, to_ohwi_kernel, dst, src, c_in, kernel * kernel, total);
}

__global__ static void
add_ohwi_kernel (float *dst, const float *src, size_t c_in, size_t area, size_t total)
{
  MSM_CUDA_FOR (i, total)
    dst[oihw_index (i, c_in, area)] += src[i];
}

void
msm_cuda_filter_add_ohwi (MsmDeviceState *state, float *dst, const float *src, size_t c_out, size_t c_in,
                          size_t kernel)
{
  const size_t total = c_out * c_in * kernel * kernel;

  MSM_CUDA_RUN (state, "filter", total, add_ohwi_kernel, dst, src, c_in, kernel * kernel, total);
}

__global__ static void
bias_kernel (float *y, const float *x, const float *b, size_t c, size_t total, int accumulate)
{
  MSM_CUDA_FOR (i, total)
    y[i] = (accumulate ? y[i] : 0.0f) + x[i] + (b != NULL ? b[i % c] : 0.0f);
}

void
msm_cuda_add_bias (MsmDeviceState *state, float *y, const float *x, const float *b, size_t m, size_t c,
                   int accumulate)
{
  MSM_CUDA_RUN (state, "bias", m * c, bias_kernel, y, x, b, c, m * c, accumulate);
}
