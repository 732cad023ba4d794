/* Images of sizes that the down-sampling does not divide: mirrored beyond their end, and the adjoint. */

#include "core/kernels/nn-elements.inc"
#include "cuda/cuda-neural.h"
#include "cuda/launch.cuh"

__global__ static void
pad_kernel (float *y, const float *x, MsmPadShape s, size_t total)
{
  MSM_CUDA_FOR (i, total)
    {
      size_t k = i % s.c, col = i / s.c % s.w_out, row = i / s.c / s.w_out % s.h_out;
      size_t n = i / s.c / s.w_out / s.h_out;
      bool   zero = !s.mirror && (row >= s.h || col >= s.w);

      y[i] = zero ? 0.0f : x[((n * s.h + msm_mirror (row, s.h)) * s.w + msm_mirror (col, s.w)) * s.c + k];
    }
}

void
msm_cuda_pad (MsmDeviceState *state, float *y, const float *x, const MsmPadShape *shape)
{
  const size_t total = shape->n * shape->h_out * shape->w_out * shape->c;

  MSM_CUDA_RUN (state, "pad", total, pad_kernel, y, x, *shape, total);
}

/* Each element gathers from itself and from what mirrors it, in a fixed order. */
__global__ static void
pad_adjoint_kernel (float *dx, const float *dy, MsmPadShape s, size_t total)
{
  MSM_CUDA_FOR (i, total)
    {
      size_t k = i % s.c, col = i / s.c % s.w, row = i / s.c / s.w % s.h;
      size_t n = i / s.c / s.w / s.h;
      size_t h_out = s.mirror ? s.h_out : s.h, w_out = s.mirror ? s.w_out : s.w;
      float  sum = 0;

      for (size_t r = row; r < h_out; r = r < s.h ? s.h : r + 1)
        for (size_t c = col; msm_mirror (r, s.h) == row && c < w_out; c = c < s.w ? s.w : c + 1)
          if (msm_mirror (c, s.w) == col)
            sum += dy[((n * s.h_out + r) * s.w_out + c) * s.c + k];
      dx[i] = sum;
    }
}

void
msm_cuda_pad_adjoint (MsmDeviceState *state, float *dx, const float *dy, const MsmPadShape *shape)
{
  const size_t total = shape->n * shape->h * shape->w * shape->c;

  MSM_CUDA_RUN (state, "pad adjoint", total, pad_adjoint_kernel, dx, dy, *shape, total);
}
