#include "config.h"

#include "core/device/ref-neural.h"

#include <math.h>

/*
 * Attention of all positions on all, head after head. The weights of one head are made in scratch and
 * recomputed in backward: t² floats in place of heads t².
 */

typedef struct
{
  size_t q, k, v; /* offsets within one position's 3 heads c values */
} HeadOffsets;

static HeadOffsets
head_offsets (const MsmAttentionShape *shape, size_t head)
{
  const size_t c = shape->c;

  if (shape->new_order)
    return (HeadOffsets){ head * c, (shape->heads + head) * c, (2 * shape->heads + head) * c };
  return (HeadOffsets){ 3 * head * c, (3 * head + 1) * c, (3 * head + 2) * c };
}

/* s = softmax over keys of q kᵀ / √c */
static void
attention_weights (float *s, const float *qkv, HeadOffsets at, const MsmAttentionShape *shape)
{
  const size_t t = shape->t;
  const size_t ld = 3 * shape->heads * shape->c;

  msm_ref_gemm ('N', 'T', t, t, shape->c, 1.0f / sqrtf ((float) shape->c), qkv + at.q, ld, qkv + at.k, ld, s, t);
  for (size_t i = 0; i < t; i++)
    {
      float *row = s + i * t;
      float top = row[0];
      double sum = 0;

      for (size_t j = 1; j < t; j++)
        top = row[j] > top ? row[j] : top;
      for (size_t j = 0; j < t; j++)
        {
          row[j] = expf (row[j] - top);
          sum += row[j];
        }
      for (size_t j = 0; j < t; j++)
        row[j] = (float) (row[j] / sum);
    }
}

void
msm_ref_attention_forward (MsmDeviceState *state, float *y, const float *qkv, float *scratch,
                           const MsmAttentionShape *shape)
{
  const size_t t = shape->t;
  const size_t c = shape->c;
  const size_t width = shape->heads * c;

  for (size_t i = 0; i < shape->n * shape->heads; i++)
    {
      const size_t n = i / shape->heads;
      const size_t head = i % shape->heads;
      HeadOffsets at = head_offsets (shape, head);
      const float *src = qkv + n * t * 3 * width;

      attention_weights (scratch, src, at, shape);
      msm_ref_gemm ('N', 'N', t, c, t, 1.0f, scratch, t, src + at.v, 3 * width, y + n * t * width + head * c, width);
    }
}

void
msm_ref_attention_backward (MsmDeviceState *state, float *dqkv, const float *dy, const float *qkv, float *scratch,
                            const MsmAttentionShape *shape)
{
  const size_t t = shape->t;
  const size_t c = shape->c;
  const size_t width = shape->heads * c;
  const size_t ld = 3 * width;
  const float scale = 1.0f / sqrtf ((float) c);
  float *s = scratch;
  float *ds = scratch + t * t;

  for (size_t i = 0; i < shape->n * shape->heads; i++)
    {
      const size_t n = i / shape->heads;
      const size_t head = i % shape->heads;
      HeadOffsets at = head_offsets (shape, head);
      const float *src = qkv + n * t * ld;
      float *dst = dqkv + n * t * ld;
      const float *d = dy + n * t * width + head * c;

      attention_weights (s, src, at, shape);
      msm_ref_gemm ('T', 'N', t, c, t, 1.0f, s, t, d, width, dst + at.v, ld);
      msm_ref_gemm ('N', 'T', t, t, c, 1.0f, d, width, src + at.v, ld, ds, t);
      for (size_t r = 0; r < t; r++)
        {
          double sum = 0;

          for (size_t j = 0; j < t; j++)
            sum += (double) ds[r * t + j] * s[r * t + j];
          for (size_t j = 0; j < t; j++)
            ds[r * t + j] = s[r * t + j] * (ds[r * t + j] - (float) sum);
        }
      msm_ref_gemm ('N', 'N', t, c, t, scale, ds, t, src + at.k, ld, dst + at.q, ld);
      msm_ref_gemm ('T', 'N', t, c, t, scale, ds, t, src + at.q, ld, dst + at.k, ld);
    }
}
