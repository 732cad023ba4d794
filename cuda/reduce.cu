/*
 * Reductions in double, in two passes of fixed order: the grid depends on n alone, a block folds its
 * threads' sums pairwise, and the host adds the blocks' sums in order. The same input gives the same bits
 * every time and on every GPU.
 */

#include <math.h>

#include "cuda/launch.cuh"

typedef enum { DOT, CDOT, ASUM, CASUM, MAX_ABS, NOT_FINITE } Operation;

__device__ static void
element (int operation, const float *x, const float *y, size_t i, double value[2])
{
  double a, b, c, d;

  value[1] = 0;
  switch (operation)
    {
    case DOT:
      value[0] = (double) x[i] * y[i];
      break;
    case CDOT:
      a = x[2 * i], b = x[2 * i + 1], c = y[2 * i], d = y[2 * i + 1];
      value[0] = a * c + b * d;
      value[1] = a * d - b * c;
      break;
    case CASUM:
      a = x[2 * i], b = x[2 * i + 1];
      value[0] = sqrt (a * a + b * b);
      break;
    case NOT_FINITE:
      value[0] = isfinite (x[i]) ? 0 : 1;
      break;
    default:
      value[0] = fabs ((double) x[i]);
    }
}

__global__ static void
reduce_kernel (int operation, const float *x, const float *y, size_t n, double *partial)
{
  __shared__ double sum[2][MSM_CUDA_THREADS];
  unsigned          t = threadIdx.x;
  double            own[2] = { 0, 0 };

  MSM_CUDA_FOR (i, n)
    {
      double value[2];

      element (operation, x, y, i, value);
      own[0] = operation == MAX_ABS ? fmax (own[0], value[0]) : own[0] + value[0];
      own[1] += value[1];
    }
  sum[0][t] = own[0];
  sum[1][t] = own[1];
  __syncthreads ();
  for (unsigned half = MSM_CUDA_THREADS / 2; half > 0; half /= 2)
    {
      if (t < half)
        {
          sum[0][t] = operation == MAX_ABS ? fmax (sum[0][t], sum[0][t + half]) : sum[0][t] + sum[0][t + half];
          sum[1][t] += sum[1][t + half];
        }
      __syncthreads ();
    }
  if (t == 0)
    {
      partial[2 * blockIdx.x] = sum[0][0];
      partial[2 * blockIdx.x + 1] = sum[1][0];
    }
}

static void
reduce (MsmDeviceState *state, const char *what, int operation, const float *x, const float *y, size_t n,
        double total[2])
{
  size_t n_blocks = (n + 16 * MSM_CUDA_THREADS - 1) / (16 * MSM_CUDA_THREADS);

  total[0] = total[1] = 0;
  if (n == 0 || !msm_cuda_ask (state))
    return;
  if (n_blocks > MSM_CUDA_MAX_BLOCKS)
    n_blocks = MSM_CUDA_MAX_BLOCKS;
  MSM_CUDA_LAUNCH (reduce_kernel, (unsigned) n_blocks, MSM_CUDA_THREADS, state->stream, operation, x, y, n,
                   state->partial);
  msm_cuda_check (state, what, cudaGetLastError ());
  msm_cuda_check (state, what,
                  cudaMemcpyAsync (state->partial_host, state->partial, 2 * n_blocks * sizeof (double),
                                   cudaMemcpyDeviceToHost, state->stream));
  msm_cuda_check (state, what, cudaStreamSynchronize (state->stream));
  if (state->failed)
    return;
  for (size_t b = 0; b < n_blocks; b++)
    {
      double value = state->partial_host[2 * b];

      total[0] = operation == MAX_ABS ? fmax (total[0], value) : total[0] + value;
      total[1] += state->partial_host[2 * b + 1];
    }
}

double
msm_cuda_dot (MsmDeviceState *state, const float *x, const float *y, size_t n)
{
  double total[2];

  reduce (state, "dot", DOT, x, y, n, total);
  return total[0];
}

void
msm_cuda_cdot (MsmDeviceState *state, const float *x, const float *y, size_t n, double result[2])
{
  reduce (state, "cdot", CDOT, x, y, n, result);
}

double
msm_cuda_asum (MsmDeviceState *state, const float *x, size_t n)
{
  double total[2];

  reduce (state, "asum", ASUM, x, NULL, n, total);
  return total[0];
}

double
msm_cuda_casum (MsmDeviceState *state, const float *x, size_t n)
{
  double total[2];

  reduce (state, "casum", CASUM, x, NULL, n, total);
  return total[0];
}

double
msm_cuda_max_abs (MsmDeviceState *state, const float *x, size_t n)
{
  double total[2];

  reduce (state, "max_abs", MAX_ABS, x, NULL, n, total);
  return total[0];
}

int
msm_cuda_is_finite (MsmDeviceState *state, const float *x, size_t n)
{
  double total[2];

  reduce (state, "is_finite", NOT_FINITE, x, NULL, n, total);
  return total[0] == 0;
}
