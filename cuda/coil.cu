/* Masks and coils: planes repeated over a batch. One thread makes one output element, in coil order. */

#include <math.h>

#include "cuda/launch.cuh"

__global__ static void
mask_kernel (float2 *dst, const float *mask, const float2 *x, size_t n, size_t n_plane)
{
  MSM_CUDA_FOR (i, n)
    {
      float m = mask[i % n_plane];

      dst[i] = make_float2 (m * x[i].x, m * x[i].y);
    }
}

void
msm_cuda_mask (MsmDeviceState *state, float *dst, const float *mask, const float *x, size_t n_batch,
               size_t n_plane)
{
  size_t n = n_batch * n_plane;

  MSM_CUDA_RUN (state, "mask", n, mask_kernel, (float2 *) dst, mask, (const float2 *) x, n, n_plane);
}

/* y[b,c,p] = Σ_s sens[s,c,p] x[b,s,p] */
__global__ static void
expand_kernel (float2 *y, const float2 *sens, const float2 *x, size_t n, size_t n_set, size_t n_coil,
               size_t n_plane)
{
  MSM_CUDA_FOR (i, n)
    {
      size_t p = i % n_plane, c = i / n_plane % n_coil, b = i / n_plane / n_coil;
      float2 sum = make_float2 (0, 0);

      for (size_t s = 0; s < n_set; s++)
        {
          float2 m = sens[(s * n_coil + c) * n_plane + p], a = x[(b * n_set + s) * n_plane + p];

          sum.x += m.x * a.x - m.y * a.y;
          sum.y += m.x * a.y + m.y * a.x;
        }
      y[i] = sum;
    }
}

void
msm_cuda_coil_expand (MsmDeviceState *state, float *y, const float *sens, const float *x, size_t n_batch,
                      size_t n_set, size_t n_coil, size_t n_plane)
{
  size_t n = n_batch * n_coil * n_plane;

  MSM_CUDA_RUN (state, "coil_expand", n, expand_kernel, (float2 *) y, (const float2 *) sens,
                (const float2 *) x, n, n_set, n_coil, n_plane);
}

/* x[b,s,p] = Σ_c conj (sens[s,c,p]) y[b,c,p] */
__global__ static void
combine_kernel (float2 *x, const float2 *sens, const float2 *y, size_t n, size_t n_set, size_t n_coil,
                size_t n_plane)
{
  MSM_CUDA_FOR (i, n)
    {
      size_t p = i % n_plane, s = i / n_plane % n_set, b = i / n_plane / n_set;
      float2 sum = make_float2 (0, 0);

      for (size_t c = 0; c < n_coil; c++)
        {
          float2 m = sens[(s * n_coil + c) * n_plane + p], a = y[(b * n_coil + c) * n_plane + p];

          sum.x += m.x * a.x + m.y * a.y;
          sum.y += m.x * a.y - m.y * a.x;
        }
      x[i] = sum;
    }
}

void
msm_cuda_coil_combine (MsmDeviceState *state, float *x, const float *sens, const float *y, size_t n_batch,
                       size_t n_set, size_t n_coil, size_t n_plane)
{
  size_t n = n_batch * n_set * n_plane;

  MSM_CUDA_RUN (state, "coil_combine", n, combine_kernel, (float2 *) x, (const float2 *) sens,
                (const float2 *) y, n, n_set, n_coil, n_plane);
}

__global__ static void
rss_kernel (float *dst, const float2 *y, size_t n, size_t n_coil, size_t n_plane)
{
  MSM_CUDA_FOR (i, n)
    {
      size_t p = i % n_plane, b = i / n_plane;
      float  sum = 0;

      for (size_t c = 0; c < n_coil; c++)
        {
          float2 a = y[(b * n_coil + c) * n_plane + p];

          sum += a.x * a.x + a.y * a.y;
        }
      dst[i] = sqrtf (sum);
    }
}

void
msm_cuda_rss (MsmDeviceState *state, float *dst, const float *y, size_t n_batch, size_t n_coil,
              size_t n_plane)
{
  size_t n = n_batch * n_plane;

  MSM_CUDA_RUN (state, "rss", n, rss_kernel, dst, (const float2 *) y, n, n_coil, n_plane);
}
