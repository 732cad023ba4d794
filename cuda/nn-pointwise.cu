/* The network's element-by-element layers: the same arithmetic as core/device/ref-neural-pointwise.c. */

#include "core/kernels/nn-elements.inc"
#include "cuda/cuda-neural.h"
#include "cuda/launch.cuh"

__global__ static void
silu_kernel (float *y, const float *x, size_t n)
{
  MSM_CUDA_FOR (i, n)
    y[i] = msm_silu (x[i]);
}

void
msm_cuda_silu_forward (MsmDeviceState *state, float *y, const float *x, size_t n)
{
  MSM_CUDA_RUN (state, "silu", n, silu_kernel, y, x, n);
}

__global__ static void
silu_backward_kernel (float *dx, const float *dy, const float *x, size_t n, int accumulate)
{
  MSM_CUDA_FOR (i, n)
    dx[i] = (accumulate ? dx[i] : 0.0f) + dy[i] * msm_silu_slope (x[i]);
}

void
msm_cuda_silu_backward (MsmDeviceState *state, float *dx, const float *dy, const float *x, size_t n,
                        int accumulate)
{
  MSM_CUDA_RUN (state, "silu backward", n, silu_backward_kernel, dx, dy, x, n, accumulate);
}

/* One thread for each element of y [n, 2h, 2w, c]. */
__global__ static void
upsample_kernel (float *y, const float *x, float scale, size_t w, size_t c, size_t total, int accumulate)
{
  MSM_CUDA_FOR (i, total)
    {
      size_t k = i % c, col = i / c % (2 * w), row = i / c / (2 * w); /* row counts images too: 2h is even */

      y[i] = (accumulate ? y[i] : 0.0f) + scale * x[(row / 2 * w + col / 2) * c + k];
    }
}

void
msm_cuda_upsample (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h,
                   size_t w, size_t c, int accumulate)
{
  const size_t total = 4 * n * h * w * c;

  MSM_CUDA_RUN (state, "upsample", total, upsample_kernel, y, x, scale, w, c, total, accumulate);
}

/* One thread for each element of y [n, h, w, c]. */
__global__ static void
downsample_kernel (float *y, const float *x, float scale, size_t w, size_t c, size_t total, int accumulate)
{
  MSM_CUDA_FOR (i, total)
    {
      size_t       k = i % c, col = i / c % w, row = i / c / w;
      const float *a = x + (2 * row * 2 * w + 2 * col) * c + k;
      const float *b = a + 2 * w * c;

      y[i] = (accumulate ? y[i] : 0.0f) + scale * (a[0] + a[c] + (b[0] + b[c]));
    }
}

void
msm_cuda_downsample (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h,
                     size_t w, size_t c, int accumulate)
{
  const size_t total = n * h * w * c;

  MSM_CUDA_RUN (state, "downsample", total, downsample_kernel, y, x, scale, w, c, total, accumulate);
}

__global__ static void
concat_kernel (float *y, const float *a, const float *b, size_t ca, size_t cb, size_t total)
{
  MSM_CUDA_FOR (i, total)
    {
      size_t k = i % (ca + cb), p = i / (ca + cb);

      y[i] = k < ca ? a[p * ca + k] : b[p * cb + k - ca];
    }
}

void
msm_cuda_concat (MsmDeviceState *state, float *y, const float *a, const float *b, size_t m, size_t ca,
                 size_t cb)
{
  const size_t total = m * (ca + cb);

  MSM_CUDA_RUN (state, "concat", total, concat_kernel, y, a, b, ca, cb, total);
}

__global__ static void
split_kernel (float *da, float *db, const float *dy, size_t ca, size_t cb, size_t total, int accumulate_a,
              int accumulate_b)
{
  MSM_CUDA_FOR (i, total)
    {
      size_t k = i % (ca + cb), p = i / (ca + cb);

      if (k < ca && da != NULL)
        da[p * ca + k] = (accumulate_a ? da[p * ca + k] : 0.0f) + dy[i];
      if (k >= ca && db != NULL)
        db[p * cb + k - ca] = (accumulate_b ? db[p * cb + k - ca] : 0.0f) + dy[i];
    }
}

void
msm_cuda_split (MsmDeviceState *state, float *da, float *db, const float *dy, size_t m, size_t ca,
                size_t cb, int accumulate_a, int accumulate_b)
{
  const size_t total = m * (ca + cb);

  MSM_CUDA_RUN (state, "split", total, split_kernel, da, db, dy, ca, cb, total, accumulate_a, accumulate_b);
}

__global__ static void
add_channel_kernel (float *y, const float *x, const float *e, size_t hw, size_t c, size_t total)
{
  MSM_CUDA_FOR (i, total)
    y[i] = x[i] + e[i / (hw * c) * c + i % c];
}

void
msm_cuda_add_channel (MsmDeviceState *state, float *y, const float *x, const float *e, size_t n, size_t hw,
                      size_t c)
{
  const size_t total = n * hw * c;

  MSM_CUDA_RUN (state, "add_channel", total, add_channel_kernel, y, x, e, hw, c, total);
}

__global__ static void
adam_kernel (float *w, float *m, float *v, const float *g, size_t n, MsmAdamStep step)
{
  MSM_CUDA_FOR (i, n)
    msm_adam_element (&w[i], &m[i], &v[i], step.gradient_scale * g[i], step.lr, step.beta1, step.beta2,
                      step.epsilon, step.decay, step.correction1, step.correction2);
}

void
msm_cuda_adam_step (MsmDeviceState *state, float *w, float *m, float *v, const float *g, size_t n,
                    const MsmAdamStep *step)
{
  MSM_CUDA_RUN (state, "adam", n, adam_kernel, w, m, v, g, n, *step);
}
