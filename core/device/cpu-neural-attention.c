#include "config.h"

#include "core/device/cpu-neural-levels.h"

#include <math.h>
#include <omp.h>

#include "core/device/cpu-product.h"

/*
 * Attention of all positions on all. Forward takes a few positions at a time, so that their weights stay in the
 * cache between the two products; backward makes those of one head again, in scratch.
 */

/* C = α op(A) op(B), as BLAS, row-major. */
static void
gemm (MsmDeviceState *state, char ta, char tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
      const float *b, size_t ldb, float *c, size_t ldc)
{
  const MsmMatrices matrices = {
    .m = m,
    .n = n,
    .k = k,
    .alpha = alpha,
    .a = a,
    .a_row = ta == 'T' ? 1 : lda,
    .a_column = ta == 'T' ? lda : 1,
    .b = b,
    .b_row = tb == 'T' ? 1 : ldb,
    .b_column = tb == 'T' ? ldb : 1,
    .c = c,
    .c_row = ldc,
  };

  MSM_LEVEL (multiply) (state, &matrices);
}

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

/* Over one row of t values. */
static void
softmax (float *row, size_t t)
{
  vec sum = vec_set (0);
  vec most = vec_set (row[0]);
  float top = row[0];
  float scale;
  size_t j = 0;

  for (; j + LANES <= t; j += LANES)
    most = vec_max (vec_load (row + j), most);
  for (size_t lane = 0; lane < LANES; lane++)
    top = most[lane] > top ? most[lane] : top;
  for (; j < t; j++)
    top = row[j] > top ? row[j] : top;
  for (j = 0; j + LANES <= t; j += LANES)
    {
      vec e = vec_exp (vec_load (row + j) - top);

      vec_store (row + j, e);
      sum += e;
    }
  if (j < t)
    {
      vec e = vec_exp (vec_load_part (row + j, t - j) - top);

      for (size_t lane = t - j; lane < LANES; lane++)
        e[lane] = 0;
      vec_store_part (row + j, e, t - j);
      sum += e;
    }
  scale = 1.0f / vec_sum (sum);
  for (j = 0; j < t; j++)
    row[j] *= scale;
}

/* s = softmax over keys of q kᵀ / √c */
static void
attention_weights (MsmDeviceState *state, float *s, const float *qkv, HeadOffsets at, const MsmAttentionShape *shape)
{
  const size_t t = shape->t;
  const size_t ld = 3 * shape->heads * shape->c;

  gemm (state, 'N', 'T', t, t, shape->c, 1.0f / sqrtf ((float) shape->c), qkv + at.q, ld, qkv + at.k, ld, s, t);
  MSM_PARALLEL_FOR_SIZE (t * t)
  for (size_t i = 0; i < t; i++)
    softmax (s + i * t, t);
}

/* Keys and values of one head, in panels of 16 columns. */
typedef struct
{
  size_t keys, values; /* floats of each */
} HeadPanels;

static HeadPanels
head_panels (const MsmAttentionShape *shape)
{
  return (HeadPanels){ (shape->t + PANEL - 1) / PANEL * PANEL * shape->c,
                       (shape->c + PANEL - 1) / PANEL * PANEL * shape->t };
}

size_t
MSM_LEVEL (attention_scratch) (MsmDeviceState *state, const MsmAttentionShape *shape, int backward)
{
  HeadPanels size = head_panels (shape);

  return backward ? 2 * shape->t * shape->t : shape->n * shape->heads * (size.keys + size.values);
}

/* The products of one head: s = q kᵀ / √c, y = s v; s holds the rows of a few positions. */
static void
head_products (MsmMatrices *weights, MsmMatrices *result, const float *qkv, float *s, float *y, size_t head,
               const MsmAttentionShape *shape)
{
  const size_t t = shape->t;
  const size_t c = shape->c;
  const size_t ld = 3 * shape->heads * c;
  HeadOffsets at = head_offsets (shape, head);

  *weights = (MsmMatrices){ .m = t,
                            .n = t,
                            .k = c,
                            .alpha = 1.0f / sqrtf ((float) c),
                            .a = qkv + at.q,
                            .a_row = ld,
                            .a_column = 1,
                            .b = qkv + at.k,
                            .b_row = 1,
                            .b_column = ld,
                            .c = s,
                            .c_row = t };
  *result = (MsmMatrices){ .m = t,
                           .n = c,
                           .k = t,
                           .alpha = 1,
                           .a = s,
                           .a_row = t,
                           .a_column = 1,
                           .b = qkv + at.v,
                           .b_row = ld,
                           .b_column = 1,
                           .c = y + head * c,
                           .c_row = shape->heads * c };
}

static void
pack_all (float *panels, const MsmMatrices *p)
{
  for (size_t column = 0; column < p->n; column += PANEL)
    pack_panel (panels + column * p->k, p, column);
}

static void
multiply_all (const MsmMatrices *p, const float *panels, size_t rows)
{
  for (size_t column = 0; column < p->n; column += PANEL)
    product_panel (p, panels + column * p->k, column, 0, rows);
}

void
MSM_LEVEL (attention_forward) (MsmDeviceState *state, float *y, const float *qkv, float *scratch,
                               const MsmAttentionShape *shape)
{
  const size_t t = shape->t;
  const size_t width = shape->heads * shape->c;
  const size_t blocks = (t + MOST_ROWS - 1) / MOST_ROWS;
  const HeadPanels size = head_panels (shape);
  float *values = scratch + shape->n * shape->heads * size.keys;
  float *rows = msm_host_workspace ((size_t) msm_device_get_threads () * MOST_ROWS * t * sizeof (float));

  if (rows == NULL)
    {
      msm_host_no_memory (state);
      return;
    }
  MSM_PARALLEL_FOR_SIZE (shape->n * width * t)
  for (size_t i = 0; i < shape->n * shape->heads; i++)
    {
      MsmMatrices weights, result;

      head_products (&weights, &result, qkv + i / shape->heads * t * 3 * width, NULL, y, i % shape->heads, shape);
      pack_all (scratch + i * size.keys, &weights);
      pack_all (values + i * size.values, &result);
    }
  MSM_PARALLEL_FOR_SIZE (shape->n * width * t * t / 8)
  for (size_t job = 0; job < shape->n * shape->heads * blocks; job++)
    {
      const size_t i = job / blocks;
      const size_t n = i / shape->heads;
      const size_t first = job % blocks * MOST_ROWS;
      const size_t count = t - first < MOST_ROWS ? t - first : MOST_ROWS;
      float *s = rows + (size_t) omp_get_thread_num () * MOST_ROWS * t;
      MsmMatrices weights, result;

      head_products (&weights, &result, qkv + n * t * 3 * width, s, y + (n * t + first) * width, i % shape->heads,
                     shape);
      weights.a += first * weights.a_row;
      multiply_all (&weights, scratch + i * size.keys, count);
      for (size_t r = 0; r < count; r++)
        softmax (s + r * t, t);
      multiply_all (&result, values + i * size.values, count);
    }
}

/* ds ← s (ds − Σ s ds) over one row. */
static void
softmax_backward (float *ds, const float *s, size_t t)
{
  vec products = vec_set (0);
  float sum;

  for (size_t j = 0; j < t; j += LANES)
    products += vec_get (ds + j, t - j) * vec_get (s + j, t - j);
  sum = vec_sum (products);
  for (size_t j = 0; j < t; j++)
    ds[j] = s[j] * (ds[j] - sum);
}

void
MSM_LEVEL (attention_backward) (MsmDeviceState *state, float *dqkv, const float *dy, const float *qkv, float *scratch,
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

      attention_weights (state, s, src, at, shape);
      gemm (state, 'T', 'N', t, c, t, 1.0f, s, t, d, width, dst + at.v, ld);
      gemm (state, 'N', 'T', t, t, c, 1.0f, d, width, src + at.v, ld, ds, t);
      MSM_PARALLEL_FOR_SIZE (t * t)
      for (size_t r = 0; r < t; r++)
        softmax_backward (ds + r * t, s + r * t, t);
      gemm (state, 'N', 'N', t, c, t, scale, ds, t, src + at.k, ld, dst + at.q, ld);
      gemm (state, 'T', 'N', t, c, t, scale, ds, t, src + at.q, ld, dst + at.k, ld);
    }
}
