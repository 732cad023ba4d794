/* Masks and coils: planes repeated over a batch. One thread makes one output element, in coil order. */

#include "core/kernels/elementwise.inc"
#include "cuda/launch.cuh"

__global__ static void
mask_kernel (float *dst, const float *mask, const float *x, size_t n, size_t n_plane)
{
  MSM_CUDA_FOR (i, n)
    msm_mask_element (dst, mask, x, n_plane, i);
}

void
msm_cuda_mask (MsmDeviceState *state, float *dst, const float *mask, const float *x, size_t n_batch,
               size_t n_plane)
{
  size_t n = n_batch * n_plane;

  MSM_CUDA_RUN (state, "mask", n, mask_kernel, dst, mask, x, n, n_plane);
}

__global__ static void
expand_kernel (float *y, const float *sens, const float *x, size_t n, size_t n_set, size_t n_coil,
               size_t n_plane)
{
  MSM_CUDA_FOR (i, n)
    msm_coil_expand_element (y, sens, x, n_set, n_coil, n_plane, i);
}

void
msm_cuda_coil_expand (MsmDeviceState *state, float *y, const float *sens, const float *x, size_t n_batch,
                      size_t n_set, size_t n_coil, size_t n_plane)
{
  size_t n = n_batch * n_coil * n_plane;

  MSM_CUDA_RUN (state, "coil_expand", n, expand_kernel, y, sens, x, n, n_set, n_coil, n_plane);
}

__global__ static void
combine_kernel (float *x, const float *sens, const float *y, size_t n, size_t n_set, size_t n_coil,
                size_t n_plane)
{
  MSM_CUDA_FOR (i, n)
    msm_coil_combine_element (x, sens, y, n_set, n_coil, n_plane, i);
}

void
msm_cuda_coil_combine (MsmDeviceState *state, float *x, const float *sens, const float *y, size_t n_batch,
                       size_t n_set, size_t n_coil, size_t n_plane)
{
  size_t n = n_batch * n_set * n_plane;

  MSM_CUDA_RUN (state, "coil_combine", n, combine_kernel, x, sens, y, n, n_set, n_coil, n_plane);
}

__global__ static void
rss_kernel (float *dst, const float *y, size_t n, size_t n_coil, size_t n_plane)
{
  MSM_CUDA_FOR (i, n)
    dst[i] = msm_rss_element (y, n_coil, n_plane, i);
}

void
msm_cuda_rss (MsmDeviceState *state, float *dst, const float *y, size_t n_batch, size_t n_coil,
              size_t n_plane)
{
  size_t n = n_batch * n_plane;

  MSM_CUDA_RUN (state, "rss", n, rss_kernel, dst, y, n, n_coil, n_plane);
}
