/* Filters between the arena's order and cuDNN's, float32 and bfloat16, and the bias. */

#include <cuda_bf16.h>

#include "cuda/cuda-neural.h"
#include "cuda/launch.cuh"

/* i numbers OHWI; the index of the same weight in OIHW. */
__device__ static size_t
oihw_index (size_t i, size_t c_in, size_t area)
{
  size_t in = i % c_in, tap = i / c_in % area, out = i / c_in / area;

  return (out * c_in + in) * area + tap;
}

template <typename T>
__global__ static void
to_ohwi_kernel (T *dst, const float *src, size_t c_in, size_t area, size_t total)
{
  MSM_CUDA_FOR (i, total)
    dst[i] = (T) src[oihw_index (i, c_in, area)];
}

void
msm_cuda_filter_to_ohwi (MsmDeviceState *state, void *dst, const float *src, size_t c_out, size_t c_in,
                         size_t kernel, int narrow)
{
  const size_t area = kernel * kernel, total = c_out * c_in * area;

  if (narrow)
    MSM_CUDA_RUN (state, "filter", total, to_ohwi_kernel, (__nv_bfloat16 *) dst, src, c_in, area, total);
  else
    MSM_CUDA_RUN (state, "filter", total, to_ohwi_kernel, (float *) dst, src, c_in, area, total);
}

template <typename T>
__global__ static void
add_ohwi_kernel (float *dst, const T *src, size_t c_in, size_t area, size_t total)
{
  MSM_CUDA_FOR (i, total)
    dst[oihw_index (i, c_in, area)] += (float) src[i];
}

void
msm_cuda_filter_add_ohwi (MsmDeviceState *state, float *dst, const void *src, size_t c_out, size_t c_in,
                          size_t kernel, int narrow)
{
  const size_t area = kernel * kernel, total = c_out * c_in * area;

  if (narrow)
    MSM_CUDA_RUN (state, "filter", total, add_ohwi_kernel, dst, (const __nv_bfloat16 *) src, c_in, area, total);
  else
    MSM_CUDA_RUN (state, "filter", total, add_ohwi_kernel, dst, (const float *) src, c_in, area, total);
}

template <typename T>
__global__ static void
bias_kernel (float *y, const T *x, const float *b, size_t c, size_t total, int accumulate)
{
  MSM_CUDA_FOR (i, total)
    y[i] = (accumulate ? y[i] : 0.0f) + (float) x[i] + (b != NULL ? b[i % c] : 0.0f);
}

void
msm_cuda_add_bias (MsmDeviceState *state, float *y, const void *x, const float *b, size_t m, size_t c,
                   int accumulate, int narrow)
{
  if (narrow)
    MSM_CUDA_RUN (state, "bias", m * c, bias_kernel, y, (const __nv_bfloat16 *) x, b, c, m * c, accumulate);
  else
    MSM_CUDA_RUN (state, "bias", m * c, bias_kernel, y, (const float *) x, b, c, m * c, accumulate);
}

/* Pairs, so that a thread writes four bytes; an odd last value by itself. */
__global__ static void
to_bf16_kernel (__nv_bfloat16 *dst, const float *src, size_t n, size_t n_pairs)
{
  MSM_CUDA_FOR (i, n_pairs)
    {
      if (2 * i + 1 < n)
        ((__nv_bfloat162 *) dst)[i] = __floats2bfloat162_rn (src[2 * i], src[2 * i + 1]);
      else
        dst[2 * i] = __float2bfloat16_rn (src[2 * i]);
    }
}

void
msm_cuda_to_bf16 (MsmDeviceState *state, void *dst, const float *src, size_t n)
{
  const size_t n_pairs = (n + 1) / 2;

  MSM_CUDA_RUN (state, "rounding", n_pairs, to_bf16_kernel, (__nv_bfloat16 *) dst, src, n, n_pairs);
}
