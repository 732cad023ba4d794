/*
 * Group normalisation with scale-shift and SiLU, forward and backward. Sums over positions are made per
 * channel, channels side by side in the threads (memory is read once and in order), split into chunks
 * of positions; the chunks' sums are added in a fixed order, in double: the same bits every time.
 */

#include <cuda_bf16.h>

#include "core/kernels/nn-elements.inc"
#include "cuda/block-sum.cuh"
#include "cuda/cuda-neural.h"
#include "cuda/launch.cuh"

#define NORM_EPSILON 1e-5
#define MAX_CHUNKS 1024

static size_t
n_chunks (size_t hw)
{
  size_t n = (hw + 63) / 64;

  return n > MAX_CHUNKS ? MAX_CHUNKS : n;
}

/* What one thread of the per-channel kernels works on. */
typedef struct
{
  size_t n, k, first, last; /* image, channel, positions */
} Share;

__device__ static Share
share_of (size_t i, size_t chunks, const MsmNormShape &shape)
{
  Share s;
  size_t chunk;

  s.k = i % shape.c;
  chunk = i / shape.c % chunks;
  s.n = i / shape.c / chunks;
  s.first = shape.hw * chunk / chunks;
  s.last = shape.hw * (chunk + 1) / chunks;
  return s;
}

/* partial[n, chunk, c] = (Σ x, Σ x²) */
__global__ static void
moments_kernel (double2 *partial, const float *x, size_t chunks, size_t total, MsmNormShape shape)
{
  MSM_CUDA_FOR (i, total)
    {
      Share        s = share_of (i, chunks, shape);
      const float *src = x + s.n * shape.hw * shape.c + s.k;
      double       sum = 0, square = 0;

      for (size_t p = s.first; p < s.last; p++)
        {
          float v = src[p * shape.c];

          sum += v;
          square += (double) v * v;
        }
      partial[i] = make_double2 (sum, square);
    }
}

/* One block for each image and group. */
__global__ static void
stats_kernel (float *stats, const double2 *partial, size_t chunks, MsmNormShape shape)
{
  const size_t width = shape.c / shape.groups, i = blockIdx.x;
  const size_t n = i / shape.groups, first = i % shape.groups * width;
  const double count = (double) shape.hw * (double) width;
  double2      own = make_double2 (0, 0);
  double       mean, variance;

  for (size_t j = threadIdx.x; j < chunks * width; j += MSM_CUDA_THREADS)
    {
      double2 v = partial[(n * chunks + j / width) * shape.c + first + j % width];

      own = make_double2 (own.x + v.x, own.y + v.y);
    }
  own = msm_cuda_block_sum (own);
  if (threadIdx.x > 0)
    return;
  mean = own.x / count;
  variance = own.y / count - mean * mean;
  stats[2 * i] = (float) mean;
  stats[2 * i + 1] = (float) (1.0 / sqrt ((variance > 0 ? variance : 0) + NORM_EPSILON));
}

/* The numbers that an element of image n and channel k is normalised with. */
typedef struct
{
  float mean, rstd, gamma, beta, scale, shift;
} Affine;

__device__ static Affine
affine_of (size_t n, size_t k, const float *stats, const float *gamma, const float *beta,
           const float *scale_shift, const MsmNormShape &shape)
{
  const size_t group = n * shape.groups + k / (shape.c / shape.groups);
  Affine       a;

  a.mean = stats[2 * group];
  a.rstd = stats[2 * group + 1];
  a.gamma = gamma[k];
  a.beta = beta[k];
  a.scale = scale_shift == NULL ? 1.0f : 1.0f + scale_shift[n * 2 * shape.c + k];
  a.shift = scale_shift == NULL ? 0.0f : scale_shift[n * 2 * shape.c + shape.c + k];
  return a;
}

/* @twin: y in bfloat16, or NULL */
__global__ static void
normalise_kernel (float *y, __nv_bfloat16 *twin, const float *x, const float *stats, const float *gamma, const float *beta,
                  const float *scale_shift, size_t total, MsmNormShape shape)
{
  MSM_CUDA_FOR (i, total)
    {
      Affine a = affine_of (i / (shape.hw * shape.c), i % shape.c, stats, gamma, beta, scale_shift, shape);
      float  v = msm_norm_value ((x[i] - a.mean) * a.rstd, a.gamma, a.beta, a.scale, a.shift);

      y[i] = v = shape.silu ? msm_silu (v) : v;
      if (twin != NULL)
        twin[i] = __float2bfloat16_rn (v);
    }
}

void
msm_cuda_norm_forward (MsmDeviceState *state, float *y, float *stats, const float *x, const float *gamma,
                       const float *beta, const float *scale_shift, const MsmNormShape *shape)
{
  const size_t chunks = n_chunks (shape->hw);
  const size_t shares = shape->n * chunks * shape->c;
  const size_t total = shape->n * shape->hw * shape->c;
  double2     *partial = (double2 *) msm_cuda_workspace (state, shares * sizeof (double2));
  const bool   has_twin = state->precision == MSM_PRECISION_BF16 && total * sizeof (__nv_bfloat16) <= state->twin_bytes;
  __nv_bfloat16 *twin = has_twin ? (__nv_bfloat16 *) state->twin : NULL;

  MSM_CUDA_RUN (state, "norm", shares, moments_kernel, partial, x, chunks, shares, *shape);
  MSM_CUDA_RUN_BLOCKS (state, "norm", (unsigned) (shape->n * shape->groups), stats_kernel, stats, partial, chunks,
                       *shape);
  MSM_CUDA_RUN (state, "norm", total, normalise_kernel, y, twin, x, stats, gamma, beta, scale_shift, total,
                *shape);
  state->twin_of = has_twin && !state->failed ? y : NULL;
}

__device__ static float
slope_of (float dy, float xhat, const Affine &a, int is_silu)
{
  return is_silu ? dy * msm_silu_slope (msm_norm_value (xhat, a.gamma, a.beta, a.scale, a.shift)) : dy;
}

/* partial[n, chunk, c] = (Σ dv, Σ dv x̂) */
__global__ static void
slopes_kernel (double2 *partial, const float *dy, const float *x, const float *stats, const float *gamma,
               const float *beta, const float *scale_shift, size_t chunks, size_t total, MsmNormShape shape)
{
  MSM_CUDA_FOR (i, total)
    {
      Share  s = share_of (i, chunks, shape);
      Affine a = affine_of (s.n, s.k, stats, gamma, beta, scale_shift, shape);
      size_t base = s.n * shape.hw * shape.c + s.k;
      double first = 0, second = 0;

      for (size_t p = s.first; p < s.last; p++)
        {
          float xhat = (x[base + p * shape.c] - a.mean) * a.rstd;
          float dv = slope_of (dy[base + p * shape.c], xhat, a, shape.silu);

          first += dv;
          second += (double) dv * xhat;
        }
      partial[i] = make_double2 (first, second);
    }
}

/* sums[n, c] = (A, B), a block for each: the chunks added in a fixed order. */
__global__ static void
fold_kernel (double2 *sums, const double2 *partial, size_t chunks, MsmNormShape shape)
{
  const size_t i = blockIdx.x;
  double2      own = make_double2 (0, 0);

  for (size_t chunk = threadIdx.x; chunk < chunks; chunk += MSM_CUDA_THREADS)
    {
      double2 v = partial[(i / shape.c * chunks + chunk) * shape.c + i % shape.c];

      own = make_double2 (own.x + v.x, own.y + v.y);
    }
  own = msm_cuda_block_sum (own);
  if (threadIdx.x == 0)
    sums[i] = own;
}

/* means[n, group] = (mean g, mean g x̂), g = γ (1 + s) dv */
__global__ static void
group_means_kernel (float2 *means, const double2 *sums, const float *gamma, const float *scale_shift,
                    MsmNormShape shape)
{
  const size_t width = shape.c / shape.groups;

  MSM_CUDA_FOR (i, shape.n * shape.groups)
    {
      const size_t n = i / shape.groups, first = i % shape.groups * width;
      const double count = (double) shape.hw * (double) width;
      double       g = 0, gx = 0;

      for (size_t k = first; k < first + width; k++)
        {
          double scale = scale_shift == NULL ? 1.0 : 1.0 + scale_shift[n * 2 * shape.c + k];

          g += sums[n * shape.c + k].x * scale * gamma[k];
          gx += sums[n * shape.c + k].y * scale * gamma[k];
        }
      means[i] = make_float2 ((float) (g / count), (float) (gx / count));
    }
}

__global__ static void
norm_dx_kernel (float *dx, const float *dy, const float *x, const float2 *means, const float *stats,
                const float *gamma, const float *beta, const float *scale_shift, size_t total,
                MsmNormShape shape, int accumulate)
{
  MSM_CUDA_FOR (i, total)
    {
      const size_t n = i / (shape.hw * shape.c), k = i % shape.c;
      Affine       a = affine_of (n, k, stats, gamma, beta, scale_shift, shape);
      float2       mean = means[n * shape.groups + k / (shape.c / shape.groups)];
      float        xhat = (x[i] - a.mean) * a.rstd;
      float        dv = slope_of (dy[i], xhat, a, shape.silu);

      dx[i] = (accumulate ? dx[i] : 0.0f) + a.rstd * (a.gamma * dv * a.scale - mean.x - xhat * mean.y);
    }
}

/* One thread for each channel; images in order. */
__global__ static void
norm_parameters_kernel (float *dgamma, float *dbeta, float *dscale_shift, const double2 *sums,
                        const float *gamma, const float *beta, const float *scale_shift, MsmNormShape shape)
{
  MSM_CUDA_FOR (k, shape.c)
    for (size_t n = 0; n < shape.n; n++)
      {
        double2 sum = sums[n * shape.c + k];
        double  scale = scale_shift == NULL ? 1.0 : 1.0 + scale_shift[n * 2 * shape.c + k];

        if (scale_shift != NULL && dscale_shift != NULL)
          {
            dscale_shift[n * 2 * shape.c + k] = (float) (gamma[k] * sum.y + beta[k] * sum.x);
            dscale_shift[n * 2 * shape.c + shape.c + k] = (float) sum.x;
          }
        dgamma[k] += (float) (scale * sum.y);
        dbeta[k] += (float) (scale * sum.x);
      }
}

void
msm_cuda_norm_backward (MsmDeviceState *state, float *dx, float *dgamma, float *dbeta, float *dscale_shift,
                        float *dy, const float *x, const float *stats, const float *gamma,
                        const float *beta, const float *scale_shift, float *scratch,
                        const MsmNormShape *shape, int accumulate)
{
  const size_t chunks = n_chunks (shape->hw);
  const size_t shares = shape->n * chunks * shape->c;
  const size_t total = shape->n * shape->hw * shape->c;
  const size_t bytes = shares * sizeof (double2) + shape->n * shape->groups * sizeof (float2);
  double2     *partial = (double2 *) msm_cuda_workspace (state, bytes);
  float2      *means = (float2 *) (partial + shares);
  double2     *sums = (double2 *) scratch; /* 4 n c floats: n c pairs of doubles */

  MSM_CUDA_RUN (state, "norm backward", shares, slopes_kernel, partial, dy, x, stats, gamma, beta,
                scale_shift, chunks, shares, *shape);
  MSM_CUDA_RUN_BLOCKS (state, "norm backward", (unsigned) (shape->n * shape->c), fold_kernel, sums, partial, chunks,
                       *shape);
  MSM_CUDA_RUN (state, "norm backward", shape->n * shape->groups, group_means_kernel, means, sums, gamma,
                scale_shift, *shape);
  MSM_CUDA_RUN (state, "norm backward", shape->c, norm_parameters_kernel, dgamma, dbeta, dscale_shift, sums,
                gamma, beta, scale_shift, *shape);
  MSM_CUDA_RUN (state, "norm backward", total, norm_dx_kernel, dx, dy, x, means, stats, gamma, beta,
                scale_shift, total, *shape, accumulate);
}
