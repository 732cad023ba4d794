/* Convolutions by the definition, one thread for each element: for shapes that cuDNN has no engine for. */

#include "core/kernels/conv-elements.inc"
#include "cuda/cuda-neural.h"
#include "cuda/launch.cuh"

__global__ static void
forward_kernel (float *y, const float *x, const float *w, const float *b, MsmConvShape s, size_t total,
                int accumulate)
{
  MSM_CUDA_FOR (i, total)
    y[i] = (accumulate ? y[i] : 0.0f) + msm_conv_element (&s, x, w, i) + (b != NULL ? b[i % s.c_out] : 0.0f);
}

void
msm_cuda_direct_forward (MsmDeviceState *state, const MsmConvShape *s, float *y, const float *x, const float *w,
                         const float *b, int accumulate)
{
  const size_t total = s->n * ((s->h - 1) / s->stride + 1) * ((s->w - 1) / s->stride + 1) * s->c_out;

  MSM_CUDA_RUN (state, "convolution", total, forward_kernel, y, x, w, b, *s, total, accumulate);
}

__global__ static void
data_kernel (float *dx, const float *dy, const float *w, MsmConvShape s, size_t total, int accumulate)
{
  MSM_CUDA_FOR (i, total)
    dx[i] = (accumulate ? dx[i] : 0.0f) + msm_conv_data_element (&s, dy, w, i);
}

void
msm_cuda_direct_backward_data (MsmDeviceState *state, const MsmConvShape *s, float *dx, const float *dy,
                               const float *w, int accumulate)
{
  const size_t total = s->n * s->h * s->w * s->c_in;

  MSM_CUDA_RUN (state, "convolution", total, data_kernel, dx, dy, w, *s, total, accumulate);
}

__global__ static void
weights_kernel (float *dw, const float *x, const float *dy, MsmConvShape s, size_t total)
{
  MSM_CUDA_FOR (i, total)
    dw[i] += msm_conv_weight_element (&s, x, dy, i);
}

void
msm_cuda_direct_backward_weights (MsmDeviceState *state, const MsmConvShape *s, float *dw, const float *x,
                                  const float *dy)
{
  const size_t total = s->c_out * s->c_in * s->kernel * s->kernel;

  MSM_CUDA_RUN (state, "convolution", total, weights_kernel, dw, x, dy, *s, total);
}
