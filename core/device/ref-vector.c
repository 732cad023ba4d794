#include "config.h"

/*
 * The vector table as its comments say it, in one thread: element by element with the kernels that cuda shares
 * (tests/unit/device/test-elementwise.c judges those), sums in double.
 */

#include <complex.h>
#include <math.h>

#include "core/device/host-state.h"
#include "core/kernels/elementwise.inc"

static double complex
get (const float *x, size_t i)
{
  return x[2 * i] + I * x[2 * i + 1];
}

static void
ref_fill (MsmDeviceState *state, float *dst, float value, size_t n)
{
  if (!state->failed)
    for (size_t i = 0; i < n; i++)
      dst[i] = value;
}

static void
ref_lincomb (MsmDeviceState *state, float *dst, float a, const float *x, float b, const float *y, size_t n)
{
  if (!state->failed)
    for (size_t i = 0; i < n; i++)
      dst[i] = (float) ((double) a * x[i] + (double) b * y[i]);
}

static void
ref_axpy (MsmDeviceState *state, float *y, float a, const float *x, size_t n)
{
  for (size_t i = 0; i < n && !state->failed; i++)
    msm_axpy_element (y, a, x, i);
}

static void
ref_scale (MsmDeviceState *state, float *dst, float a, const float *x, size_t n)
{
  if (!state->failed)
    for (size_t i = 0; i < n; i++)
      dst[i] = a * x[i];
}

static void
ref_mul (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n)
{
  if (!state->failed)
    for (size_t i = 0; i < n; i++)
      dst[i] = x[i] * y[i];
}

static void
ref_cmul (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n)
{
  for (size_t i = 0; i < n && !state->failed; i++)
    msm_cmul_element (dst, x, y, 1, i);
}

static void
ref_cmulc (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n)
{
  for (size_t i = 0; i < n && !state->failed; i++)
    msm_cmul_element (dst, x, y, -1, i);
}

static void
ref_cabs (MsmDeviceState *state, float *dst, const float *x, size_t n)
{
  for (size_t i = 0; i < n && !state->failed; i++)
    dst[i] = msm_cabs_element (x, i);
}

static double
ref_dot (MsmDeviceState *state, const float *x, const float *y, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n && !state->failed; i++)
    sum += (double) x[i] * y[i];
  return sum;
}

static void
ref_cdot (MsmDeviceState *state, const float *x, const float *y, size_t n, double result[2])
{
  double complex sum = 0;

  for (size_t i = 0; i < n && !state->failed; i++)
    sum += conj (get (x, i)) * get (y, i);
  result[0] = creal (sum);
  result[1] = cimag (sum);
}

static double
ref_asum (MsmDeviceState *state, const float *x, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n && !state->failed; i++)
    sum += fabs (x[i]);
  return sum;
}

static double
ref_casum (MsmDeviceState *state, const float *x, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n && !state->failed; i++)
    sum += cabs (get (x, i));
  return sum;
}

static double
ref_max_abs (MsmDeviceState *state, const float *x, size_t n)
{
  double max = 0;

  for (size_t i = 0; i < n && !state->failed; i++)
    max = MAX (max, fabs (x[i]));
  return max;
}

static int
ref_is_finite (MsmDeviceState *state, const float *x, size_t n)
{
  for (size_t i = 0; i < n && !state->failed; i++)
    if (!isfinite (x[i]))
      return 0;
  return 1;
}

static void
ref_mask (MsmDeviceState *state, float *dst, const float *mask, const float *x, size_t n_batch, size_t n_plane)
{
  for (size_t i = 0; i < n_batch * n_plane && !state->failed; i++)
    msm_mask_element (dst, mask, x, n_plane, i);
}

static void
ref_coil_expand (MsmDeviceState *state, float *y, const float *sens, const float *x, size_t n_batch, size_t n_set,
                 size_t n_coil, size_t n_plane)
{
  for (size_t i = 0; i < n_batch * n_coil * n_plane && !state->failed; i++)
    msm_coil_expand_element (y, sens, x, n_set, n_coil, n_plane, i);
}

static void
ref_coil_combine (MsmDeviceState *state, float *x, const float *sens, const float *y, size_t n_batch, size_t n_set,
                  size_t n_coil, size_t n_plane)
{
  for (size_t i = 0; i < n_batch * n_set * n_plane && !state->failed; i++)
    msm_coil_combine_element (x, sens, y, n_set, n_coil, n_plane, i);
}

static void
ref_rss (MsmDeviceState *state, float *dst, const float *y, size_t n_batch, size_t n_coil, size_t n_plane)
{
  for (size_t i = 0; i < n_batch * n_plane && !state->failed; i++)
    dst[i] = msm_rss_element (y, n_coil, n_plane, i);
}

static void
ref_soft_threshold (MsmDeviceState *state, float *dst, const float *x, float threshold, size_t n)
{
  for (size_t i = 0; i < n && !state->failed; i++)
    msm_soft_threshold_element (dst, x, threshold, i);
}

static void
ref_transpose (MsmDeviceState *state, float *dst, const float *src, size_t n_batch, size_t n_rows, size_t n_columns)
{
  for (size_t b = 0; b < n_batch && !state->failed; b++)
    for (size_t i = 0; i < n_rows; i++)
      for (size_t j = 0; j < n_columns; j++)
        dst[(b * n_columns + j) * n_rows + i] = src[(b * n_rows + i) * n_columns + j];
}

static void
ref_sparse (MsmDeviceState *state, float *y, const uint32_t *start, const uint32_t *column, const float *value,
            const float *x, size_t n_outer, size_t n_out, size_t n_in, size_t n_inner)
{
  for (size_t o = 0; o < n_outer && !state->failed; o++)
    for (size_t i = 0; i < n_out; i++)
      for (size_t k = 0; k < n_inner; k++)
        y[(o * n_out + i) * n_inner + k] =
            msm_sparse_element (start, column, value, x + o * n_in * n_inner + k, i, n_inner);
}

static void
ref_cg_weights (MsmDeviceState *state, float *weight, float *inverse, const float *mask, const float *power,
                double flat, double coloured, size_t n)
{
  double kept;

  if (state->failed)
    return;
  kept = ref_asum (state, mask, n) / (double) n;
  for (size_t i = 0; i < n; i++)
    msm_cg_weights_element (weight, inverse, power, kept, flat, coloured, i);
}

const MsmVectorOps msm_ref_vector = {
  .fill = ref_fill,
  .lincomb = ref_lincomb,
  .axpy = ref_axpy,
  .scale = ref_scale,
  .mul = ref_mul,
  .cmul = ref_cmul,
  .cmulc = ref_cmulc,
  .cabs = ref_cabs,
  .dot = ref_dot,
  .cdot = ref_cdot,
  .asum = ref_asum,
  .casum = ref_casum,
  .max_abs = ref_max_abs,
  .is_finite = ref_is_finite,
  .mask = ref_mask,
  .coil_expand = ref_coil_expand,
  .coil_combine = ref_coil_combine,
  .rss = ref_rss,
  .soft_threshold = ref_soft_threshold,
  .sparse = ref_sparse,
  .random_normal = msm_host_random_normal,
  .random_uniform = msm_host_random_uniform,
  .transpose = ref_transpose,
  .cg_begin = msm_host_cg_begin,
  .cg_advance = msm_host_cg_advance,
  .cg_turn = msm_host_cg_turn,
  .cg_weights = ref_cg_weights,
};
