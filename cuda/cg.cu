/*
 * Conjugate gradients whose scalars stay on the GPU: sums in double in two passes of fixed order, then one thread
 * makes of them what the vectors are updated with.
 */

#include "core/kernels/elementwise.inc"
#include "cuda/block-sum.cuh"
#include "cuda/launch.cuh"

/* Blocks of a system's sums: one thread of the second pass for each. */
#define SHARES MSM_CUDA_THREADS

/* In the scratch: the blocks' sums of every system, and what they come to. */
typedef struct
{
  double *shares;
  float  *factor; /* [n_batch] of p, or of x's update; NaN: no update */
} Scratch;

static Scratch
scratch_of (MsmDeviceState *state, size_t n_batch)
{
  double *shares = (double *) msm_cuda_workspace (state, n_batch * (SHARES + 1) * sizeof (double));

  return { shares, (float *) (shares + n_batch * SHARES) };
}

/* shares[b, s] = the part s of x[b]ᵀ y[b], or with y = NULL of Σ |x[b]|; a block for each. */
__global__ static void
shares_kernel (double *shares, const float *x, const float *y, size_t n)
{
  const size_t b = blockIdx.x / SHARES, s = blockIdx.x % SHARES;
  const float *u = x + b * n, *v = y != NULL ? y + b * n : NULL;
  double       own = 0;

  for (size_t i = s * MSM_CUDA_THREADS + threadIdx.x; i < n; i += (size_t) SHARES * MSM_CUDA_THREADS)
    own += v != NULL ? (double) u[i] * v[i] : fabs ((double) u[i]);
  own = msm_cuda_block_sum (own);
  if (threadIdx.x == 0)
    shares[blockIdx.x] = own;
}

/* rr = rᵀ m; a block for each system. */
__global__ static void
begin_kernel (double *rr, const double *shares)
{
  double sum = msm_cuda_block_sum (shares[blockIdx.x * SHARES + threadIdx.x]);

  if (threadIdx.x == 0)
    rr[blockIdx.x] = sum;
}

/* factor = rr / pᵀ q */
__global__ static void
advance_kernel (double *rr, float *factor, const double *shares)
{
  const double pq = msm_cuda_block_sum (shares[blockIdx.x * SHARES + threadIdx.x]);

  if (threadIdx.x > 0)
    return;
  if (!(pq > 0) || !(rr[blockIdx.x] > 0))
    {
      rr[blockIdx.x] = 0;
      factor[blockIdx.x] = NAN;
    }
  else
    factor[blockIdx.x] = (float) (rr[blockIdx.x] / pq);
}

/* factor = rᵀ m / rr, and rr = rᵀ m */
__global__ static void
turn_kernel (double *rr, float *factor, const double *shares)
{
  const double sigma = msm_cuda_block_sum (shares[blockIdx.x * SHARES + threadIdx.x]);

  if (threadIdx.x > 0)
    return;
  if (!(rr[blockIdx.x] > 0))
    {
      factor[blockIdx.x] = NAN;
      return;
    }
  factor[blockIdx.x] = (float) (sigma / rr[blockIdx.x]);
  rr[blockIdx.x] = sigma;
}

__global__ static void
step_kernel (float *x, float *r, const float *p, const float *q, const float *factor, size_t n, size_t total)
{
  MSM_CUDA_FOR (i, total)
    {
      const float a = factor[i / n];

      if (isnan (a))
        continue;
      msm_axpy_element (x, a, p, i);
      msm_axpy_element (r, -a, q, i);
    }
}

__global__ static void
direction_kernel (float *p, const float *m, const float *factor, size_t n, size_t total)
{
  MSM_CUDA_FOR (i, total)
    {
      const float b = factor[i / n];

      if (!isnan (b))
        p[i] = m[i] + b * p[i];
    }
}

void
msm_cuda_cg_begin (MsmDeviceState *state, double *rr, float *p, const float *r, const float *m, size_t n_batch,
                   size_t n)
{
  const Scratch at = scratch_of (state, n_batch);

  msm_cuda_memory.copy (state, p, m, n_batch * n * sizeof (float));
  MSM_CUDA_RUN_BLOCKS (state, "cg", (unsigned) (n_batch * SHARES), shares_kernel, at.shares, r, m, n);
  MSM_CUDA_RUN_BLOCKS (state, "cg", (unsigned) n_batch, begin_kernel, rr, at.shares);
}

void
msm_cuda_cg_advance (MsmDeviceState *state, double *rr, float *x, float *r, const float *p, const float *q,
                     size_t n_batch, size_t n)
{
  const Scratch at = scratch_of (state, n_batch);

  MSM_CUDA_RUN_BLOCKS (state, "cg", (unsigned) (n_batch * SHARES), shares_kernel, at.shares, p, q, n);
  MSM_CUDA_RUN_BLOCKS (state, "cg", (unsigned) n_batch, advance_kernel, rr, at.factor, at.shares);
  MSM_CUDA_RUN (state, "cg", n_batch * n, step_kernel, x, r, p, q, at.factor, n, n_batch * n);
}

void
msm_cuda_cg_turn (MsmDeviceState *state, double *rr, float *p, const float *r, const float *m, size_t n_batch,
                  size_t n)
{
  const Scratch at = scratch_of (state, n_batch);

  MSM_CUDA_RUN_BLOCKS (state, "cg", (unsigned) (n_batch * SHARES), shares_kernel, at.shares, r, m, n);
  MSM_CUDA_RUN_BLOCKS (state, "cg", (unsigned) n_batch, turn_kernel, rr, at.factor, at.shares);
  MSM_CUDA_RUN (state, "cg", n_batch * n, direction_kernel, p, m, at.factor, n, n_batch * n);
}

/* Every block adds up the mask's shares for itself, in the same order. */
__global__ static void
weights_kernel (float *weight, float *inverse, const float *power, const double *shares,
                MsmCudaParameter<double2> flat_coloured, size_t n)
{
  const double  kept = msm_cuda_block_sum (shares[threadIdx.x]) / (double) n;
  const double2 f = flat_coloured.get ();

  MSM_CUDA_FOR (i, n)
    msm_cg_weights_element (weight, inverse, power, kept, f.x, f.y, i);
}

void
msm_cuda_cg_weights (MsmDeviceState *state, float *weight, float *inverse, const float *mask, const float *power,
                     double flat, double coloured, size_t n)
{
  const Scratch at = scratch_of (state, 1);
  const auto    flat_coloured = msm_cuda_may_change (state, make_double2 (flat, coloured));
  const float  *none = NULL;

  MSM_CUDA_RUN_BLOCKS (state, "weights", (unsigned) SHARES, shares_kernel, at.shares, mask, none, n);
  MSM_CUDA_RUN (state, "weights", n, weights_kernel, weight, inverse, power, at.shares, flat_coloured, n);
}
