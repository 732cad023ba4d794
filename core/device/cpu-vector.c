#include "config.h"

/* The vector table of the CPU: OpenMP loops that the compiler vectorises. */

#include <math.h>
#include <omp.h>

#include "core/device/cpu-random.h"
#include "core/device/device.h"
#include "core/device/host-state.h"
#include "core/kernels/elementwise.inc"

/* Below this many floats a thread team costs more than it saves. */
#define PARALLEL_FROM 16384

#define PARALLEL_FOR(n)                                                                                                \
  _Pragma ("omp parallel for simd num_threads (msm_device_get_threads ()) schedule (static) if ((n) > PARALLEL_FROM)")

static void
cpu_fill (MsmDeviceState *state, float *dst, float value, size_t n)
{
  if (state->failed)
    return;
  PARALLEL_FOR (n)
  for (size_t i = 0; i < n; i++)
    dst[i] = value;
}

static void
cpu_lincomb (MsmDeviceState *state, float *dst, float a, const float *x, float b, const float *y, size_t n)
{
  if (state->failed)
    return;
  PARALLEL_FOR (n)
  for (size_t i = 0; i < n; i++)
    dst[i] = a * x[i] + b * y[i];
}

static void
cpu_axpy (MsmDeviceState *state, float *y, float a, const float *x, size_t n)
{
  if (state->failed)
    return;
  PARALLEL_FOR (n)
  for (size_t i = 0; i < n; i++)
    y[i] += a * x[i];
}

static void
cpu_scale (MsmDeviceState *state, float *dst, float a, const float *x, size_t n)
{
  if (state->failed)
    return;
  PARALLEL_FOR (n)
  for (size_t i = 0; i < n; i++)
    dst[i] = a * x[i];
}

static void
cpu_mul (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n)
{
  if (state->failed)
    return;
  PARALLEL_FOR (n)
  for (size_t i = 0; i < n; i++)
    dst[i] = x[i] * y[i];
}

static void
cpu_cmul (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n)
{
  if (state->failed)
    return;
  PARALLEL_FOR (n)
  for (size_t i = 0; i < n; i++)
    {
      float a = x[2 * i], b = x[2 * i + 1], c = y[2 * i], d = y[2 * i + 1];

      dst[2 * i] = a * c - b * d;
      dst[2 * i + 1] = a * d + b * c;
    }
}

static void
cpu_cmulc (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n)
{
  if (state->failed)
    return;
  PARALLEL_FOR (n)
  for (size_t i = 0; i < n; i++)
    {
      float a = x[2 * i], b = x[2 * i + 1], c = y[2 * i], d = y[2 * i + 1];

      dst[2 * i] = a * c + b * d;
      dst[2 * i + 1] = a * d - b * c;
    }
}

static void
cpu_cabs (MsmDeviceState *state, float *dst, const float *x, size_t n)
{
  if (state->failed)
    return;
  PARALLEL_FOR (n)
  for (size_t i = 0; i < n; i++)
    dst[i] = sqrtf (x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1]);
}

/*
 * Reductions: at most MAX_BLOCKS blocks whose bounds depend on n alone, summed in order, so that any
 * number of threads gives the same bits.
 */
#define MAX_BLOCKS 1024

typedef void (*BlockFunc) (const float *x, const float *y, size_t n, double sum[2]);

static void
reduce (const float *x, const float *y, size_t n, int floats_per_element, BlockFunc func, double total[2])
{
  double partial[MAX_BLOCKS][2];
  size_t block = MAX (4096, (n + MAX_BLOCKS - 1) / MAX_BLOCKS);
  int n_blocks = (int) ((n + block - 1) / block);

#pragma omp parallel for num_threads(msm_device_get_threads()) schedule(static) if (n > PARALLEL_FROM)
  for (int b = 0; b < n_blocks; b++)
    {
      size_t first = b * block, count = MIN (block, n - first), offset = first * floats_per_element;

      func (x + offset, y != NULL ? y + offset : NULL, count, partial[b]);
    }
  total[0] = total[1] = 0;
  for (int b = 0; b < n_blocks; b++)
    {
      total[0] += partial[b][0];
      total[1] += partial[b][1];
    }
}

/* Eight running sums: a fixed order that still vectorises. */
#define LANES 8

static double
fold (const double lane[LANES])
{
  double sum = 0;

  for (int k = 0; k < LANES; k++)
    sum += lane[k];
  return sum;
}

static void
block_dot (const float *x, const float *y, size_t n, double sum[2])
{
  double lane[LANES] = { 0 };
  size_t i = 0;

  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++)
      lane[k] += (double) x[i + k] * y[i + k];
  for (; i < n; i++)
    lane[0] += (double) x[i] * y[i];
  sum[0] = fold (lane);
  sum[1] = 0;
}

static void
block_cdot (const float *x, const float *y, size_t n, double sum[2])
{
  double re[LANES] = { 0 }, im[LANES] = { 0 };

  for (size_t i = 0; i < n; i++)
    {
      double a = x[2 * i], b = x[2 * i + 1], c = y[2 * i], d = y[2 * i + 1];

      re[i % LANES] += a * c + b * d;
      im[i % LANES] += a * d - b * c;
    }
  sum[0] = fold (re);
  sum[1] = fold (im);
}

static void
block_asum (const float *x, const float *y, size_t n, double sum[2])
{
  double lane[LANES] = { 0 };

  for (size_t i = 0; i < n; i++)
    lane[i % LANES] += fabs ((double) x[i]);
  sum[0] = fold (lane);
  sum[1] = 0;
}

static void
block_casum (const float *x, const float *y, size_t n, double sum[2])
{
  double lane[LANES] = { 0 };

  for (size_t i = 0; i < n; i++)
    lane[i % LANES] += sqrt ((double) x[2 * i] * x[2 * i] + (double) x[2 * i + 1] * x[2 * i + 1]);
  sum[0] = fold (lane);
  sum[1] = 0;
}

static double
cpu_dot (MsmDeviceState *state, const float *x, const float *y, size_t n)
{
  double total[2];

  if (state->failed)
    return 0;
  reduce (x, y, n, 1, block_dot, total);
  return total[0];
}

static void
cpu_cdot (MsmDeviceState *state, const float *x, const float *y, size_t n, double result[2])
{
  result[0] = result[1] = 0;
  if (!state->failed)
    reduce (x, y, n, 2, block_cdot, result);
}

static double
cpu_asum (MsmDeviceState *state, const float *x, size_t n)
{
  double total[2];

  if (state->failed)
    return 0;
  reduce (x, NULL, n, 1, block_asum, total);
  return total[0];
}

static double
cpu_casum (MsmDeviceState *state, const float *x, size_t n)
{
  double total[2];

  if (state->failed)
    return 0;
  reduce (x, NULL, n, 2, block_casum, total);
  return total[0];
}

static double
cpu_max_abs (MsmDeviceState *state, const float *x, size_t n)
{
  float max = 0;

  if (state->failed)
    return 0;
#pragma omp parallel for simd num_threads(msm_device_get_threads()) reduction(max : max) if (n > PARALLEL_FROM)
  for (size_t i = 0; i < n; i++)
    max = MAX (max, fabsf (x[i]));
  return max;
}

static int
cpu_is_finite (MsmDeviceState *state, const float *x, size_t n)
{
  int bad = 0;

  if (state->failed)
    return 1;
#pragma omp parallel for simd num_threads(msm_device_get_threads()) reduction(| : bad) if (n > PARALLEL_FROM)
  for (size_t i = 0; i < n; i++)
    bad |= !(fabsf (x[i]) <= G_MAXFLOAT);
  return !bad;
}

static void
cpu_mask (MsmDeviceState *state, float *dst, const float *mask, const float *x, size_t n_batch, size_t n_plane)
{
  if (state->failed)
    return;
#pragma omp parallel for num_threads(msm_device_get_threads()) schedule(static) if (n_batch * n_plane > PARALLEL_FROM)
  for (size_t b = 0; b < n_batch; b++)
    for (size_t p = 0; p < n_plane; p++)
      {
        dst[2 * (b * n_plane + p)] = mask[p] * x[2 * (b * n_plane + p)];
        dst[2 * (b * n_plane + p) + 1] = mask[p] * x[2 * (b * n_plane + p) + 1];
      }
}

/* Pixels are cut into chunks that stay in the first-level cache while the coils go by. */
#define CHUNK 512

static void
cpu_coil_expand (MsmDeviceState *state, float *y, const float *sens, const float *x, size_t n_batch, size_t n_set,
                 size_t n_coil, size_t n_plane)
{
  size_t n_chunks = (n_plane + CHUNK - 1) / CHUNK;

  if (state->failed)
    return;
#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (n_batch * n_coil * n_plane > PARALLEL_FROM)
  for (size_t job = 0; job < n_batch * n_chunks; job++)
    {
      size_t b = job / n_chunks, p0 = job % n_chunks * CHUNK, p1 = MIN (p0 + CHUNK, n_plane);

      for (size_t c = 0; c < n_coil; c++)
        for (size_t s = 0; s < n_set; s++)
          {
            float *restrict out = y + 2 * ((b * n_coil + c) * n_plane);
            const float *restrict m = sens + 2 * ((s * n_coil + c) * n_plane);
            const float *restrict in = x + 2 * ((b * n_set + s) * n_plane);

            for (size_t p = p0; p < p1; p++)
              {
                float re = m[2 * p] * in[2 * p] - m[2 * p + 1] * in[2 * p + 1];
                float im = m[2 * p] * in[2 * p + 1] + m[2 * p + 1] * in[2 * p];

                out[2 * p] = s == 0 ? re : out[2 * p] + re;
                out[2 * p + 1] = s == 0 ? im : out[2 * p + 1] + im;
              }
          }
    }
}

static void
cpu_coil_combine (MsmDeviceState *state, float *x, const float *sens, const float *y, size_t n_batch, size_t n_set,
                  size_t n_coil, size_t n_plane)
{
  size_t n_chunks = (n_plane + CHUNK - 1) / CHUNK;

  if (state->failed)
    return;
#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (n_batch * n_coil * n_plane > PARALLEL_FROM)
  for (size_t job = 0; job < n_batch * n_chunks; job++)
    {
      size_t b = job / n_chunks, p0 = job % n_chunks * CHUNK, p1 = MIN (p0 + CHUNK, n_plane);

      for (size_t s = 0; s < n_set; s++)
        for (size_t c = 0; c < n_coil; c++)
          {
            float *restrict out = x + 2 * ((b * n_set + s) * n_plane);
            const float *restrict m = sens + 2 * ((s * n_coil + c) * n_plane);
            const float *restrict in = y + 2 * ((b * n_coil + c) * n_plane);

            for (size_t p = p0; p < p1; p++)
              {
                float re = m[2 * p] * in[2 * p] + m[2 * p + 1] * in[2 * p + 1];
                float im = m[2 * p] * in[2 * p + 1] - m[2 * p + 1] * in[2 * p];

                out[2 * p] = c == 0 ? re : out[2 * p] + re;
                out[2 * p + 1] = c == 0 ? im : out[2 * p + 1] + im;
              }
          }
    }
}

static void
cpu_rss (MsmDeviceState *state, float *dst, const float *y, size_t n_batch, size_t n_coil, size_t n_plane)
{
  if (state->failed)
    return;
#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (n_batch * n_coil * n_plane > PARALLEL_FROM)
  for (size_t i = 0; i < n_batch * n_plane; i++)
    {
      const float *in = y + 2 * (i / n_plane * n_coil * n_plane + i % n_plane);
      float sum = 0;

      for (size_t c = 0; c < n_coil; c++)
        sum += in[2 * c * n_plane] * in[2 * c * n_plane] + in[2 * c * n_plane + 1] * in[2 * c * n_plane + 1];
      dst[i] = sqrtf (sum);
    }
}

static void
cpu_soft_threshold (MsmDeviceState *state, float *dst, const float *x, float threshold, size_t n)
{
  if (state->failed)
    return;
  PARALLEL_FOR (n)
  for (size_t i = 0; i < n; i++)
    {
      float magnitude = sqrtf (x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1]);
      float factor = magnitude > threshold ? 1 - threshold / magnitude : 0;

      dst[2 * i] = factor * x[2 * i];
      dst[2 * i + 1] = factor * x[2 * i + 1];
    }
}

/* Rows of dst in turn: the short side, channels, is read with a stride that few cache lines serve. */
static void
cpu_transpose (MsmDeviceState *state, float *dst, const float *src, size_t n_batch, size_t n_rows, size_t n_columns)
{
  if (state->failed)
    return;
#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (n_batch * n_rows * n_columns > PARALLEL_FROM)
  for (size_t row = 0; row < n_batch * n_columns; row++)
    {
      float *out = dst + row * n_rows;
      const float *in = src + row / n_columns * n_rows * n_columns + row % n_columns;

      for (size_t i = 0; i < n_rows; i++)
        out[i] = in[i * n_columns];
    }
}

/* One row of a sparse matrix, on n_inner contiguous columns at once. */
static void
sparse_row (float *restrict out, const float *restrict in, const uint32_t *column, const float *value, uint32_t n_terms,
            size_t n_inner)
{
  if (n_inner == 1)
    {
      float sum = 0;

      for (uint32_t t = 0; t < n_terms; t++)
        sum += value[t] * in[column[t]];
      out[0] = sum;
      return;
    }
  for (size_t k = 0; k < n_inner; k++)
    out[k] = 0;
  for (uint32_t t = 0; t < n_terms; t++)
    for (size_t k = 0; k < n_inner; k++)
      out[k] += value[t] * in[column[t] * n_inner + k];
}

static void
cpu_sparse (MsmDeviceState *state, float *y, const uint32_t *start, const uint32_t *column, const float *value,
            const float *x, size_t n_outer, size_t n_out, size_t n_in, size_t n_inner)
{
  if (state->failed)
    return;
#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (n_outer * n_out * n_inner > PARALLEL_FROM)
  for (size_t row = 0; row < n_outer * n_out; row++)
    {
      size_t o = row / n_out, i = row % n_out;

      sparse_row (y + row * n_inner, x + o * n_in * n_inner, column + start[i], value + start[i],
                  start[i + 1] - start[i], n_inner);
    }
}

static void
cpu_cg_weights (MsmDeviceState *state, float *weight, float *inverse, const float *mask, const float *power,
                double flat, double coloured, size_t n)
{
  double kept;

  if (state->failed)
    return;
  kept = cpu_asum (state, mask, n) / (double) n;
  PARALLEL_FOR (n)
  for (size_t i = 0; i < n; i++)
    msm_cg_weights_element (weight, inverse, power, kept, flat, coloured, i);
}

const MsmVectorOps msm_cpu_vector = {
  .fill = cpu_fill,
  .lincomb = cpu_lincomb,
  .axpy = cpu_axpy,
  .scale = cpu_scale,
  .mul = cpu_mul,
  .cmul = cpu_cmul,
  .cmulc = cpu_cmulc,
  .cabs = cpu_cabs,
  .dot = cpu_dot,
  .cdot = cpu_cdot,
  .asum = cpu_asum,
  .casum = cpu_casum,
  .max_abs = cpu_max_abs,
  .is_finite = cpu_is_finite,
  .mask = cpu_mask,
  .coil_expand = cpu_coil_expand,
  .coil_combine = cpu_coil_combine,
  .rss = cpu_rss,
  .soft_threshold = cpu_soft_threshold,
  .sparse = cpu_sparse,
  .random_normal = msm_cpu_random_normal,
  .random_uniform = msm_host_random_uniform,
  .transpose = cpu_transpose,
  .cg_begin = msm_host_cg_begin,
  .cg_advance = msm_host_cg_advance,
  .cg_turn = msm_host_cg_turn,
  .cg_weights = cpu_cg_weights,
};
