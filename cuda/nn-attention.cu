/*
 * softmax (q kᵀ / √c) v. In float32, heads of 32 and 64 take one kernel that never writes the t × t weights:
 * each thread keeps one query and walks over the keys with a running maximum and sum; keys and values pass
 * through shared memory. Everything else, and backward, makes the weights of several heads at a time in the caller's
 * scratch and leaves the products to cuBLASLt, whose tensor cores do them in the other precisions.
 */

#include <math.h>

#include "cuda/block-sum.cuh"
#include "cuda/cuda-neural.h"
#include "cuda/launch.cuh"

#define QUERIES 128 /* threads of a block, one query each */
#define KEYS 32     /* keys in shared memory at a time */
#define SQUARES ((size_t) 64 << 20) /* floats of t × t matrices at a time */

/* Where a head's q, k and v lie within one position's 3 heads c values. */
typedef struct
{
  size_t q, k, v;
} Offsets;

__host__ __device__ static Offsets
offsets_of (const MsmAttentionShape &shape, size_t head)
{
  const size_t c = shape.c;
  Offsets      at;

  if (shape.new_order)
    at.q = head * c, at.k = (shape.heads + head) * c, at.v = (2 * shape.heads + head) * c;
  else
    at.q = 3 * head * c, at.k = (3 * head + 1) * c, at.v = (3 * head + 2) * c;
  return at;
}

/* From one head to the next. */
static size_t
head_stride (const MsmAttentionShape &shape)
{
  return (shape.new_order ? 1 : 3) * shape.c;
}

/* Heads whose squares are in the scratch together, @n_squares for each. */
static size_t
heads_at_a_time (const MsmAttentionShape &shape, size_t n_squares)
{
  const size_t n = SQUARES / (n_squares * shape.t * shape.t);

  return n < 1 ? 1 : n > shape.heads ? shape.heads : n;
}

/* Blocks: x tiles of queries, y heads, z images. */
template <int C>
__global__ static void
fused_kernel (float *y, const float *qkv, MsmAttentionShape shape)
{
  __shared__ float keys[KEYS][C], values[KEYS][C];
  const size_t     width = shape.heads * C, ld = 3 * width;
  const Offsets    at = offsets_of (shape, blockIdx.y);
  const float     *src = qkv + blockIdx.z * shape.t * ld;
  const size_t     row = (size_t) blockIdx.x * QUERIES + threadIdx.x;
  const float      scale = rsqrtf ((float) C);
  float            query[C], sum[C];
  float            top = -INFINITY, total = 0;

#pragma unroll
  for (int k = 0; k < C; k++)
    {
      query[k] = row < shape.t ? scale * src[row * ld + at.q + k] : 0.0f;
      sum[k] = 0;
    }
  for (size_t begin = 0; begin < shape.t; begin += KEYS)
    {
      const int count = (int) (shape.t - begin < KEYS ? shape.t - begin : KEYS);

      __syncthreads ();
      for (int i = threadIdx.x; i < count * C; i += QUERIES)
        {
          keys[i / C][i % C] = src[(begin + i / C) * ld + at.k + i % C];
          values[i / C][i % C] = src[(begin + i / C) * ld + at.v + i % C];
        }
      __syncthreads ();
      for (int j = 0; j < count; j++)
        {
          float score = 0, weight;

#pragma unroll
          for (int k = 0; k < C; k++)
            score = fmaf (query[k], keys[j][k], score);
          if (score > top)
            {
              float shrink = expf (top - score); /* 0 at the first key */

              total *= shrink;
#pragma unroll
              for (int k = 0; k < C; k++)
                sum[k] *= shrink;
              top = score;
            }
          weight = expf (score - top);
          total += weight;
#pragma unroll
          for (int k = 0; k < C; k++)
            sum[k] = fmaf (weight, values[j][k], sum[k]);
        }
    }
  if (row < shape.t)
#pragma unroll
    for (int k = 0; k < C; k++)
      y[(blockIdx.z * shape.t + row) * width + blockIdx.y * C + k] = sum[k] / total;
}

/* One block for one row of t: s ← softmax (s) */
__global__ static void
softmax_kernel (float *s, size_t t)
{
  __shared__ double fold[MSM_CUDA_THREADS];
  float            *row = s + blockIdx.x * t;
  const unsigned    thread = threadIdx.x;
  double            value = -INFINITY;

  for (size_t j = thread; j < t; j += MSM_CUDA_THREADS)
    value = fmax (value, (double) row[j]);
  fold[thread] = value;
  __syncthreads ();
  for (unsigned half = MSM_CUDA_THREADS / 2; half > 0; half /= 2)
    {
      if (thread < half)
        fold[thread] = fmax (fold[thread], fold[thread + half]);
      __syncthreads ();
    }
  const float top = (float) fold[0];

  value = 0;
  for (size_t j = thread; j < t; j += MSM_CUDA_THREADS)
    {
      row[j] = expf (row[j] - top);
      value += row[j];
    }
  const float share = (float) (1 / msm_cuda_block_sum (value));

  for (size_t j = thread; j < t; j += MSM_CUDA_THREADS)
    row[j] *= share;
}

static MsmCudaMatrix
matrix (const float *data, size_t ld, size_t stride)
{
  MsmCudaMatrix m = { data, ld, stride };

  return m;
}

/* @heads times C [m, n] = α op (A) op (B) */
static void
multiply (MsmDeviceState *state, bool ta, bool tb, size_t m, size_t n, size_t k, double alpha, MsmCudaMatrix a,
          MsmCudaMatrix b, MsmCudaMatrix c, size_t heads)
{
  const MsmCudaProduct product = { a, b, c, ta, tb, m, n, k, heads, alpha, 0, NULL, 0 };

  if (msm_cuda_multiply (state, &product))
    return;
  if (state->mode == MSM_CUDA_PLAN)
    state->spoiled = 1;
  else
    msm_cuda_fail (state, "attention", "cuBLASLt has no algorithm for a product");
}

/* s [heads, t, t] = softmax (q kᵀ / √c) of @heads heads, the first of which lies at src + at. */
static void
attention_weights (MsmDeviceState *state, float *s, const float *src, Offsets at, size_t heads,
                   const MsmAttentionShape *shape)
{
  const size_t t = shape->t, ld = 3 * shape->heads * shape->c, next = head_stride (*shape);

  multiply (state, false, true, t, t, shape->c, 1.0f / sqrtf ((float) shape->c), matrix (src + at.q, ld, next),
            matrix (src + at.k, ld, next), matrix (s, t, t * t), heads);
  MSM_CUDA_RUN_BLOCKS (state, "attention", (unsigned) (heads * t), softmax_kernel, s, t);
}

static void
fused_forward (MsmDeviceState *state, float *y, const float *qkv, const MsmAttentionShape *shape)
{
  const dim3 grid ((unsigned) ((shape->t + QUERIES - 1) / QUERIES), (unsigned) shape->heads,
                   (unsigned) shape->n);

  if (!msm_cuda_call_kernel (state, "attention", shape->t, y, qkv, *shape))
    return;
  if (shape->c == 64)
    MSM_CUDA_LAUNCH (fused_kernel<64>, grid, QUERIES, state->stream, y, qkv, *shape);
  else
    MSM_CUDA_LAUNCH (fused_kernel<32>, grid, QUERIES, state->stream, y, qkv, *shape);
  msm_cuda_check (state, "attention", cudaGetLastError ());
}

static bool
is_fused (const MsmDeviceState *state, const MsmAttentionShape *shape)
{
  return state->precision == MSM_PRECISION_F32 && (shape->c == 32 || shape->c == 64);
}

/* The precision may be another one when it is used: what the largest needs. */
size_t
msm_cuda_attention_scratch (MsmDeviceState *, const MsmAttentionShape *shape, int backward)
{
  const size_t n_squares = backward ? 2 : 1;

  return heads_at_a_time (*shape, n_squares) * n_squares * shape->t * shape->t;
}

void
msm_cuda_attention_forward (MsmDeviceState *state, float *y, const float *qkv, float *s,
                            const MsmAttentionShape *shape)
{
  const size_t t = shape->t, c = shape->c, width = shape->heads * c, ld = 3 * width;
  const size_t group = heads_at_a_time (*shape, 1), next = head_stride (*shape);

  if (is_fused (state, shape))
    {
      fused_forward (state, y, qkv, shape);
      return;
    }
  for (size_t n = 0; n < shape->n; n++)
    for (size_t head = 0; head < shape->heads; head += group)
      {
        const size_t  heads = shape->heads - head < group ? shape->heads - head : group;
        const Offsets at = offsets_of (*shape, head);
        const float  *src = qkv + n * t * ld;

        attention_weights (state, s, src, at, heads, shape);
        multiply (state, false, false, t, c, t, 1, matrix (s, t, t * t), matrix (src + at.v, ld, next),
                  matrix (y + n * t * width + head * c, width, c), heads);
      }
}

/* One block for one row: ds ← s (ds − Σ_j ds s) */
__global__ static void
softmax_backward_kernel (float *ds, const float *s, size_t t)
{
  const size_t   row = blockIdx.x;
  const unsigned thread = threadIdx.x;
  double         sum = 0;

  for (size_t j = thread; j < t; j += MSM_CUDA_THREADS)
    sum += (double) ds[row * t + j] * s[row * t + j];
  sum = msm_cuda_block_sum (sum);
  for (size_t j = thread; j < t; j += MSM_CUDA_THREADS)
    ds[row * t + j] = s[row * t + j] * (ds[row * t + j] - (float) sum);
}

void
msm_cuda_attention_backward (MsmDeviceState *state, float *dqkv, const float *dy, const float *qkv,
                             float *s, const MsmAttentionShape *shape)
{
  const size_t t = shape->t, c = shape->c, width = shape->heads * c, ld = 3 * width;
  const size_t group = heads_at_a_time (*shape, 2), next = head_stride (*shape);
  const float  scale = 1.0f / sqrtf ((float) c);
  float       *ds = s + group * t * t;

  for (size_t n = 0; n < shape->n; n++)
    for (size_t head = 0; head < shape->heads; head += group)
      {
        const size_t        heads = shape->heads - head < group ? shape->heads - head : group;
        const Offsets       at = offsets_of (*shape, head);
        const float        *src = qkv + n * t * ld;
        float              *dst = dqkv + n * t * ld;
        const MsmCudaMatrix weights = matrix (s, t, t * t), slopes = matrix (ds, t, t * t);
        const MsmCudaMatrix d = matrix (dy + n * t * width + head * c, width, c);

        attention_weights (state, s, src, at, heads, shape);
        multiply (state, true, false, t, c, t, 1, weights, d, matrix (dst + at.v, ld, next), heads);
        multiply (state, false, true, t, t, c, 1, d, matrix (src + at.v, ld, next), slopes, heads);
        MSM_CUDA_RUN_BLOCKS (state, "attention", (unsigned) (heads * t), softmax_backward_kernel, ds, s, t);
        multiply (state, false, false, t, c, t, scale, slopes, matrix (src + at.k, ld, next),
                  matrix (dst + at.q, ld, next), heads);
        multiply (state, true, false, t, c, t, scale, slopes, matrix (src + at.q, ld, next),
                  matrix (dst + at.k, ld, next), heads);
      }
}

int
msm_cuda_attention_prepare (MsmDeviceState *state, const MsmAttentionShape *shape, int backward)
{
  float *any = msm_cuda_begin_plan (state);

  if (any == NULL)
    return 0;
  msm_cuda_attention_forward (state, any, any, any, shape);
  if (backward)
    msm_cuda_attention_backward (state, any, any, any, any, shape);
  return msm_cuda_end_plan (state);
}
