/* Element by element: the same arithmetic as core/device/ref-vector.c. */

#include <math.h>

#include "core/kernels/elementwise.inc"
#include "cuda/launch.cuh"

__global__ static void
fill_kernel (float *dst, float value, size_t n)
{
  MSM_CUDA_FOR (i, n)
    dst[i] = value;
}

static void
cuda_fill (MsmDeviceState *state, float *dst, float value, size_t n)
{
  MSM_CUDA_RUN (state, "fill", n, fill_kernel, dst, value, n);
}

__global__ static void
lincomb_kernel (float *dst, MsmCudaParameter<float2> factors, const float *x, const float *y, size_t n)
{
  const float2 f = factors.get ();

  MSM_CUDA_FOR (i, n)
    dst[i] = f.x * x[i] + f.y * y[i];
}

static void
cuda_lincomb (MsmDeviceState *state, float *dst, float a, const float *x, float b, const float *y, size_t n)
{
  const auto factors = msm_cuda_may_change (state, make_float2 (a, b));

  MSM_CUDA_RUN (state, "lincomb", n, lincomb_kernel, dst, factors, x, y, n);
}

__global__ static void
axpy_kernel (float *y, MsmCudaParameter<float> factor, const float *x, size_t n)
{
  const float a = factor.get ();

  MSM_CUDA_FOR (i, n)
    msm_axpy_element (y, a, x, i);
}

static void
cuda_axpy (MsmDeviceState *state, float *y, float a, const float *x, size_t n)
{
  const auto factor = msm_cuda_may_change (state, a);

  MSM_CUDA_RUN (state, "axpy", n, axpy_kernel, y, factor, x, n);
}

__global__ static void
scale_kernel (float *dst, MsmCudaParameter<float> factor, const float *x, size_t n)
{
  const float a = factor.get ();

  MSM_CUDA_FOR (i, n)
    dst[i] = a * x[i];
}

static void
cuda_scale (MsmDeviceState *state, float *dst, float a, const float *x, size_t n)
{
  const auto factor = msm_cuda_may_change (state, a);

  MSM_CUDA_RUN (state, "scale", n, scale_kernel, dst, factor, x, n);
}

__global__ static void
mul_kernel (float *dst, const float *x, const float *y, size_t n)
{
  MSM_CUDA_FOR (i, n)
    dst[i] = x[i] * y[i];
}

static void
cuda_mul (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n)
{
  MSM_CUDA_RUN (state, "mul", n, mul_kernel, dst, x, y, n);
}

/* sign = 1: x y;  sign = −1: conj (x) y */
__global__ static void
cmul_kernel (float *dst, const float *x, const float *y, float sign, size_t n)
{
  MSM_CUDA_FOR (i, n)
    msm_cmul_element (dst, x, y, sign, i);
}

static void
cuda_cmul (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n)
{
  MSM_CUDA_RUN (state, "cmul", n, cmul_kernel, dst, x, y, 1, n);
}

static void
cuda_cmulc (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n)
{
  MSM_CUDA_RUN (state, "cmulc", n, cmul_kernel, dst, x, y, -1, n);
}

__global__ static void
cabs_kernel (float *dst, const float *x, size_t n)
{
  MSM_CUDA_FOR (i, n)
    dst[i] = msm_cabs_element (x, i);
}

static void
cuda_cabs (MsmDeviceState *state, float *dst, const float *x, size_t n)
{
  MSM_CUDA_RUN (state, "cabs", n, cabs_kernel, dst, x, n);
}

__global__ static void
soft_threshold_kernel (float *dst, const float *x, float threshold, size_t n)
{
  MSM_CUDA_FOR (i, n)
    msm_soft_threshold_element (dst, x, threshold, i);
}

static void
cuda_soft_threshold (MsmDeviceState *state, float *dst, const float *x, float threshold, size_t n)
{
  MSM_CUDA_RUN (state, "soft_threshold", n, soft_threshold_kernel, dst, x, threshold, n);
}

/* dst[b, j, i] = src[b, i, j]; n counts all elements, in the order of dst */
__global__ static void
transpose_kernel (float *dst, const float *src, size_t n, size_t n_rows, size_t n_columns)
{
  MSM_CUDA_FOR (k, n)
    {
      size_t i = k % n_rows, j = k / n_rows % n_columns, b = k / n_rows / n_columns;

      dst[k] = src[(b * n_rows + i) * n_columns + j];
    }
}

static void
cuda_transpose (MsmDeviceState *state, float *dst, const float *src, size_t n_batch, size_t n_rows,
                size_t n_columns)
{
  size_t n = n_batch * n_rows * n_columns;

  MSM_CUDA_RUN (state, "transpose", n, transpose_kernel, dst, src, n, n_rows, n_columns);
}

__global__ static void
sparse_kernel (float *y, const uint32_t *start, const uint32_t *column, const float *value, const float *x,
               size_t n, size_t n_out, size_t n_in, size_t n_inner)
{
  MSM_CUDA_FOR (at, n)
    {
      size_t k = at % n_inner, i = at / n_inner % n_out, o = at / n_inner / n_out;

      y[at] = msm_sparse_element (start, column, value, x + o * n_in * n_inner + k, i, n_inner);
    }
}

static void
cuda_sparse (MsmDeviceState *state, float *y, const uint32_t *start, const uint32_t *column, const float *value,
             const float *x, size_t n_outer, size_t n_out, size_t n_in, size_t n_inner)
{
  size_t n = n_outer * n_out * n_inner;

  MSM_CUDA_RUN (state, "sparse", n, sparse_kernel, y, start, column, value, x, n, n_out, n_in, n_inner);
}

/* In the order of MsmVectorOps: C++ of this age has no designated initialisers that may skip. */
extern "C" const MsmVectorOps msm_cuda_vector = {
  cuda_fill, cuda_lincomb, cuda_axpy, cuda_scale, cuda_mul,
  cuda_cmul, cuda_cmulc, cuda_cabs,
  msm_cuda_dot, msm_cuda_cdot, msm_cuda_asum, msm_cuda_casum, msm_cuda_max_abs, msm_cuda_is_finite,
  msm_cuda_mask, msm_cuda_coil_expand, msm_cuda_coil_combine, msm_cuda_rss,
  cuda_soft_threshold, cuda_sparse, msm_cuda_random_normal, msm_cuda_random_uniform,
  cuda_transpose,
  msm_cuda_cg_begin, msm_cuda_cg_advance, msm_cuda_cg_turn, msm_cuda_cg_weights,
};
