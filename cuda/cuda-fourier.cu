/* The centred orthonormal 2-D DFT: cuFFT between two kernels that shift (and scale). */

#include <cufft.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cuda/launch.cuh"

struct MsmFftPlan
{
  size_t      n_batch, n_rows, n_columns;
  cufftHandle handle;
  int         has_handle;
  float2     *work; /* n_batch planes */
};

/* dst[b, (i + row) mod n_rows, (j + column) mod n_columns] = factor · src[b, i, j] */
__global__ static void
roll_kernel (float2 *dst, const float2 *src, size_t n, size_t n_rows, size_t n_columns, size_t row,
             size_t column, float factor)
{
  MSM_CUDA_FOR (k, n)
    {
      size_t j = k % n_columns, i = k / n_columns % n_rows, b = k / n_columns / n_rows;
      size_t to = (b * n_rows + (i + row) % n_rows) * n_columns + (j + column) % n_columns;

      dst[to] = make_float2 (factor * src[k].x, factor * src[k].y);
    }
}

static void
cuda_plan_free (MsmDeviceState *state, MsmFftPlan *plan)
{
  if (plan == NULL)
    return;
  cudaSetDevice (state->index);
  if (plan->has_handle)
    cufftDestroy (plan->handle);
  msm_cuda_give (state, plan->work);
  free (plan);
}

static MsmFftPlan *
cuda_plan_new (MsmDeviceState *state, size_t n_batch, size_t n_rows, size_t n_columns)
{
  MsmFftPlan *plan;
  int         size[2] = { (int) n_rows, (int) n_columns };

  if (n_batch == 0 || n_rows == 0 || n_columns == 0 || n_batch > INT_MAX || n_rows > INT_MAX
      || n_columns > INT_MAX || n_rows > INT_MAX / n_columns || !msm_cuda_ask (state))
    return NULL;
  plan = (MsmFftPlan *) calloc (1, sizeof *plan);
  if (plan == NULL)
    return NULL;
  plan->n_batch = n_batch;
  plan->n_rows = n_rows;
  plan->n_columns = n_columns;
  plan->work = (float2 *) msm_cuda_take (state, n_batch * n_rows * n_columns * sizeof (float2));
  if (plan->work == NULL)
    {
      cuda_plan_free (state, plan);
      return NULL;
    }
  plan->has_handle = cufftPlanMany (&plan->handle, 2, size, NULL, 1, 0, NULL, 1, 0, CUFFT_C2C,
                                    (int) n_batch) == CUFFT_SUCCESS;
  if (!plan->has_handle || cufftSetStream (plan->handle, state->stream) != CUFFT_SUCCESS)
    {
      cudaGetLastError (); /* taken note of: it must not turn up in a later call */
      cuda_plan_free (state, plan);
      return NULL;
    }
  return plan;
}

static void
cuda_execute (MsmDeviceState *state, MsmFftPlan *plan, float *dst, const float *src, int inverse)
{
  size_t r, c, n;
  float  factor;

  if (plan == NULL)
    {
      msm_cuda_fail (state, "fft", "there is no plan");
      return;
    }
  r = plan->n_rows;
  c = plan->n_columns;
  n = plan->n_batch * r * c;
  factor = (float) (1 / sqrt ((double) r * (double) c));
  /* ifftshift */
  MSM_CUDA_RUN (state, "fft", n, roll_kernel, plan->work, (const float2 *) src, n, r, c, r - r / 2, c - c / 2,
                1.0f);
  if (msm_cuda_call_kernel (state, "fft", n, plan->handle, inverse)
      && cufftExecC2C (plan->handle, plan->work, plan->work, inverse ? CUFFT_INVERSE : CUFFT_FORWARD)
           != CUFFT_SUCCESS)
    msm_cuda_fail (state, "fft", "cuFFT refused to run");
  /* fftshift */
  MSM_CUDA_RUN (state, "fft", n, roll_kernel, (float2 *) dst, plan->work, n, r, c, r / 2, c / 2, factor);
}

extern "C" const MsmFourierOps msm_cuda_fourier = { cuda_plan_new, cuda_plan_free, cuda_execute, NULL };
