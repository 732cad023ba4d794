/*
 * softmax (q kᵀ / √c) v. Forward is one kernel that never writes the t × t weights: each thread keeps one
 * query and walks over the keys with a running maximum and sum; keys and values pass through shared
 * memory. Head sizes other than 32 and 64 take a plain kernel. Backward (training) makes the weights of one
 * head at a time in the caller's scratch and leaves the products to cuBLAS.
 */

#include <math.h>

#include "cuda/cuda-neural.h"
#include "cuda/launch.cuh"

#define QUERIES 128 /* threads of a block, one query each */
#define KEYS 32     /* keys in shared memory at a time */

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

          for (int k = 0; k < C; k++)
            score += query[k] * keys[j][k];
          if (score > top)
            {
              float shrink = expf (top - score); /* 0 at the first key */

              total *= shrink;
              for (int k = 0; k < C; k++)
                sum[k] *= shrink;
              top = score;
            }
          weight = expf (score - top);
          total += weight;
          for (int k = 0; k < C; k++)
            sum[k] += weight * values[j][k];
        }
    }
  if (row < shape.t)
    for (int k = 0; k < C; k++)
      y[(blockIdx.z * shape.t + row) * width + blockIdx.y * C + k] = sum[k] / total;
}

/* One block for one query's weights: s[row, j] = softmax_j (q k_jᵀ / √c); the head begins at src + at. */
__global__ static void
weights_kernel (float *s, const float *src, Offsets at, size_t t, size_t c, size_t ld)
{
  __shared__ double fold[MSM_CUDA_THREADS];
  const size_t      row = blockIdx.x;
  const unsigned    thread = threadIdx.x;
  const float       scale = 1.0f / sqrtf ((float) c);
  double            value = -INFINITY;

  for (size_t j = thread; j < t; j += MSM_CUDA_THREADS)
    {
      float score = 0;

      for (size_t k = 0; k < c; k++)
        score += src[row * ld + at.q + k] * src[j * ld + at.k + k];
      s[row * t + j] = score * scale;
      value = fmax (value, (double) (score * scale));
    }
  fold[thread] = value;
  __syncthreads ();
  for (unsigned half = MSM_CUDA_THREADS / 2; half > 0; half /= 2)
    {
      if (thread < half)
        fold[thread] = fmax (fold[thread], fold[thread + half]);
      __syncthreads ();
    }
  const float top = (float) fold[0];

  __syncthreads ();
  value = 0;
  for (size_t j = thread; j < t; j += MSM_CUDA_THREADS)
    {
      s[row * t + j] = expf (s[row * t + j] - top);
      value += s[row * t + j];
    }
  fold[thread] = value;
  __syncthreads ();
  for (unsigned half = MSM_CUDA_THREADS / 2; half > 0; half /= 2)
    {
      if (thread < half)
        fold[thread] += fold[thread + half];
      __syncthreads ();
    }
  for (size_t j = thread; j < t; j += MSM_CUDA_THREADS)
    s[row * t + j] = (float) (s[row * t + j] / fold[0]);
}

static void
attention_weights (MsmDeviceState *state, float *s, const float *src, Offsets at,
                   const MsmAttentionShape *shape)
{
  if (!msm_cuda_enter (state))
    return;
  weights_kernel<<<(unsigned) shape->t, MSM_CUDA_THREADS, 0, state->stream>>> (
    s, src, at, shape->t, shape->c, 3 * shape->heads * shape->c);
  msm_cuda_check (state, "attention", cudaGetLastError ());
}

void
msm_cuda_attention_forward (MsmDeviceState *state, float *y, const float *qkv, float *scratch,
                            const MsmAttentionShape *shape)
{
  const size_t t = shape->t, c = shape->c, width = shape->heads * c;
  const dim3   grid ((unsigned) ((t + QUERIES - 1) / QUERIES), (unsigned) shape->heads,
                     (unsigned) shape->n);

  if (!msm_cuda_enter (state))
    return;
  if (c == 64)
    fused_kernel<64><<<grid, QUERIES, 0, state->stream>>> (y, qkv, *shape);
  else if (c == 32)
    fused_kernel<32><<<grid, QUERIES, 0, state->stream>>> (y, qkv, *shape);
  else
    for (size_t i = 0; i < shape->n * shape->heads; i++)
      {
        const size_t  n = i / shape->heads, head = i % shape->heads;
        const Offsets at = offsets_of (*shape, head);
        const float  *src = qkv + n * t * 3 * width;

        attention_weights (state, scratch, src, at, shape);
        msm_cuda_gemm (state, 'N', 'N', t, c, t, 1.0f, scratch, t, src + at.v, 3 * width,
                       y + n * t * width + head * c, width);
      }
  msm_cuda_check (state, "attention", cudaGetLastError ());
}

/* One block for one row: ds ← s (ds − Σ_j ds s) */
__global__ static void
softmax_backward_kernel (float *ds, const float *s, size_t t)
{
  __shared__ double fold[MSM_CUDA_THREADS];
  const size_t      row = blockIdx.x;
  const unsigned    thread = threadIdx.x;
  double            sum = 0;

  for (size_t j = thread; j < t; j += MSM_CUDA_THREADS)
    sum += (double) ds[row * t + j] * s[row * t + j];
  fold[thread] = sum;
  __syncthreads ();
  for (unsigned half = MSM_CUDA_THREADS / 2; half > 0; half /= 2)
    {
      if (thread < half)
        fold[thread] += fold[thread + half];
      __syncthreads ();
    }
  for (size_t j = thread; j < t; j += MSM_CUDA_THREADS)
    ds[row * t + j] = s[row * t + j] * (ds[row * t + j] - (float) fold[0]);
}

void
msm_cuda_attention_backward (MsmDeviceState *state, float *dqkv, const float *dy, const float *qkv,
                             float *scratch, const MsmAttentionShape *shape)
{
  const size_t t = shape->t, c = shape->c, width = shape->heads * c, ld = 3 * width;
  const float  scale = 1.0f / sqrtf ((float) c);
  float       *s = scratch, *ds = scratch + t * t;

  for (size_t i = 0; i < shape->n * shape->heads; i++)
    {
      const size_t  n = i / shape->heads, head = i % shape->heads;
      const Offsets at = offsets_of (*shape, head);
      const float  *src = qkv + n * t * ld;
      float        *dst = dqkv + n * t * ld;
      const float  *d = dy + n * t * width + head * c;

      attention_weights (state, s, src, at, shape);
      msm_cuda_gemm (state, 'T', 'N', t, c, t, 1.0f, s, t, d, width, dst + at.v, ld);
      msm_cuda_gemm (state, 'N', 'T', t, t, c, 1.0f, d, width, src + at.v, ld, ds, t);
      if (!msm_cuda_enter (state))
        return;
      softmax_backward_kernel<<<(unsigned) t, MSM_CUDA_THREADS, 0, state->stream>>> (ds, s, t);
      msm_cuda_check (state, "attention", cudaGetLastError ());
      msm_cuda_gemm (state, 'N', 'N', t, c, t, scale, ds, t, src + at.k, ld, dst + at.q, ld);
      msm_cuda_gemm (state, 'T', 'N', t, c, t, scale, ds, t, src + at.q, ld, dst + at.k, ld);
    }
}
