/*
 * The linear layers of the time embedding: a handful of rows (one for each image), so plain kernels of
 * fixed order; matrix units would have nothing to fill.
 */

#include "cuda/cuda-neural.h"
#include "cuda/launch.cuh"

__global__ static void
forward_kernel (float *y, const float *x, const float *w, const float *b, size_t c_in, size_t c_out,
                size_t total)
{
  MSM_CUDA_FOR (i, total)
    {
      const float *row = x + i / c_out * c_in;
      const float *weights = w + i % c_out * c_in;
      double       sum = b[i % c_out];

      for (size_t k = 0; k < c_in; k++)
        sum += (double) row[k] * weights[k];
      y[i] = (float) sum;
    }
}

void
msm_cuda_linear_forward (MsmDeviceState *state, float *y, const float *x, const float *w, const float *b,
                         size_t m, size_t c_in, size_t c_out)
{
  MSM_CUDA_RUN (state, "linear", m * c_out, forward_kernel, y, x, w, b, c_in, c_out, m * c_out);
}

__global__ static void
weights_kernel (float *dw, const float *dy, const float *x, size_t m, size_t c_in, size_t c_out)
{
  MSM_CUDA_FOR (i, c_in * c_out)
    {
      float sum = dw[i];

      for (size_t r = 0; r < m; r++)
        sum += dy[r * c_out + i / c_in] * x[r * c_in + i % c_in];
      dw[i] = sum;
    }
}

__global__ static void
data_kernel (float *dx, const float *dy, const float *w, size_t c_in, size_t c_out, size_t total,
             int accumulate)
{
  MSM_CUDA_FOR (i, total)
    {
      double sum = 0;

      for (size_t o = 0; o < c_out; o++)
        sum += (double) dy[i / c_in * c_out + o] * w[o * c_in + i % c_in];
      dx[i] = (accumulate ? dx[i] : 0.0f) + (float) sum;
    }
}

void
msm_cuda_linear_backward (MsmDeviceState *state, float *dx, float *dw, float *db, const float *dy,
                          const float *x, const float *w, size_t m, size_t c_in, size_t c_out,
                          int accumulate)
{
  MSM_CUDA_RUN (state, "linear backward", c_in * c_out, weights_kernel, dw, dy, x, m, c_in, c_out);
  msm_cuda_add_bias_gradient (state, db, dy, m, c_out);
  if (dx != NULL)
    MSM_CUDA_RUN (state, "linear backward", m * c_in, data_kernel, dx, dy, w, c_in, c_out, m * c_in,
                  accumulate);
}
