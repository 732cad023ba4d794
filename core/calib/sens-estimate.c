#include "config.h"

#include "core/calib/calib.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/calib/espirit-kernels.h"

/* Pixels of a row that are worked on together: the innermost loops run over them. */
#define LANES    16
#define MAX_SETS 2

#define ESPIRIT_PARAMS                                                                                                 \
  { .name = "calib",                                                                                                   \
    .type = MSM_PARAM_INT,                                                                                             \
    .min = 6,                                                                                                          \
    .max = 256,                                                                                                        \
    .def = 24,                                                                                                         \
    .help = N_("Largest side of the calibration block in the centre of k-space"),                                     \
    .unit = N_("lines"),                                                                                              \
    .title = N_("Calibration block") },                                                                               \
      { .name = "kernel",                                                                                              \
        .type = MSM_PARAM_INT,                                                                                         \
        .min = 2,                                                                                                      \
        .max = 16,                                                                                                     \
        .def = 6,                                                                                                      \
        .help = N_("Side of the kernels in k-space"),                                                                 \
        .flags = MSM_PARAM_ADVANCED,                                                                                   \
        .title = N_("Kernel size") },                                                                                 \
      { .name = "threshold",                                                                                           \
        .type = MSM_PARAM_FLOAT,                                                                                       \
        .min = 1e-9,                                                                                                   \
        .max = 1,                                                                                                      \
        .def = 0.001,                                                                                                  \
        .help = N_("Kernels whose squared singular value is above this part of the largest are kept"),                \
        .flags = MSM_PARAM_LOG,                                                                                        \
        .title = N_("Singular-value threshold") },                                                                    \
      { .name = "crop",                                                                                                \
        .type = MSM_PARAM_FLOAT,                                                                                       \
        .min = 0,                                                                                                      \
        .max = 1,                                                                                                      \
        .def = 0.6,                                                                                                    \
        .help = N_("Maps are zero where the eigenvalue is below this"),                                               \
        .title = N_("Eigenvalue crop") },                                                                             \
      { .name = "sets",                                                                                                \
        .type = MSM_PARAM_INT,                                                                                         \
        .min = 1,                                                                                                      \
        .max = MAX_SETS,                                                                                               \
        .def = 1,                                                                                                      \
        .help = N_("Sets of maps; two where the object is larger than the field of view"),                            \
        .title = N_("Sets of maps") },                                                                                \
  {                                                                                                                    \
    .name = "iterations", .type = MSM_PARAM_INT, .min = 1, .max = 1000, .def = 30,                                     \
    .help = N_("Most power iterations at each pixel"), .flags = MSM_PARAM_ADVANCED, .title = N_("Iterations")        \
  }

const MsmParam msm_espirit_params[] = { ESPIRIT_PARAMS, { NULL } };

const MsmParam msm_coil_map_params[] = {
  ESPIRIT_PARAMS,
  { .name = "smooth-phase",
    .type = MSM_PARAM_BOOL,
    .def = 1,
    .help = N_(
        "The maps take up the image's smooth phase, so that methods see a nearly real image; results have it again"),
    .flags = MSM_PARAM_LATER,
    .title = N_("Take up the smooth phase") },
  { NULL },
};

typedef struct
{
  const MsmEspiritKernels *kernels;
  gsize n_rows, n_columns;
  int n_sets, iterations;
  float crop;
  float complex *maps; /* [set, coil, row, column] */
} Estimate;

/* Of one thread, planar with LANES values each: re and im apart. */
typedef struct
{
  float *column;  /* [pair, lag, 2, LANES]: Σ over the phase lags of lags · e^{−2πi q δ/N} */
  float *matrix;  /* [pair, 2, LANES] */
  float *vector;  /* [set, coil, 2, LANES] */
  float *product; /* [coil, 2, LANES] */
} Scratch;

static void
reduce_phase_lags (const Estimate *self, gsize first, Scratch *scratch)
{
  const MsmEspiritKernels *kernels = self->kernels;
  int n_lag = kernels->n_lag, k = kernels->kernel;
  float turn[2 * LANES];

  memset (scratch->column, 0, sizeof (float) * kernels->n_pairs * n_lag * 2 * LANES);
  for (int b = 0; b < n_lag; b++)
    {
      for (int lane = 0; lane < LANES; lane++)
        {
          double q = (double) (first + lane) - (double) (self->n_columns / 2);
          double angle = -2 * G_PI * q * (b - k + 1) / self->n_columns;

          turn[lane] = (float) cos (angle);
          turn[LANES + lane] = (float) sin (angle);
        }
      for (int at = 0; at < kernels->n_pairs * n_lag; at++)
        {
          float complex lag = kernels->lags[(gsize) at * n_lag + b];
          float re = crealf (lag), im = cimagf (lag);
          float *restrict to = scratch->column + (gsize) at * 2 * LANES;

          for (int lane = 0; lane < LANES; lane++)
            {
              to[lane] += re * turn[lane] - im * turn[LANES + lane];
              to[LANES + lane] += re * turn[LANES + lane] + im * turn[lane];
            }
        }
    }
}

static void
make_matrix (const Estimate *self, gsize row, Scratch *scratch)
{
  const MsmEspiritKernels *kernels = self->kernels;
  int n_lag = kernels->n_lag, k = kernels->kernel;
  double q = (double) row - (double) (self->n_rows / 2);

  memset (scratch->matrix, 0, sizeof (float) * kernels->n_pairs * 2 * LANES);
  for (int a = 0; a < n_lag; a++)
    {
      double angle = -2 * G_PI * q * (a - k + 1) / self->n_rows;
      float re = (float) cos (angle), im = (float) sin (angle);

      for (int pair = 0; pair < kernels->n_pairs; pair++)
        {
          const float *restrict from = scratch->column + ((gsize) pair * n_lag + a) * 2 * LANES;
          float *restrict to = scratch->matrix + (gsize) pair * 2 * LANES;

          for (int lane = 0; lane < LANES; lane++)
            {
              to[lane] += re * from[lane] - im * from[LANES + lane];
              to[LANES + lane] += re * from[LANES + lane] + im * from[lane];
            }
        }
    }
}

/* product = matrix · vector, the matrix Hermitian with its upper pairs stored. */
static void
apply_matrix (const Estimate *self, Scratch *scratch, const float *vector)
{
  int n_coil = self->kernels->n_coil;
  const float *matrix = scratch->matrix;

  memset (scratch->product, 0, sizeof (float) * n_coil * 2 * LANES);
  for (int c = 0; c < n_coil; c++)
    for (int e = c; e < n_coil; e++, matrix += 2 * LANES)
      {
        const float *restrict m = matrix;
        const float *restrict v = vector + e * 2 * LANES;
        const float *restrict w = vector + c * 2 * LANES;
        float *restrict to = scratch->product + c * 2 * LANES;
        float *restrict other = scratch->product + e * 2 * LANES;

        if (e == c)
          for (int lane = 0; lane < LANES; lane++)
            {
              to[lane] += m[lane] * v[lane];
              to[LANES + lane] += m[lane] * v[LANES + lane];
            }
        else
          for (int lane = 0; lane < LANES; lane++)
            {
              float re = m[lane], im = m[LANES + lane];

              to[lane] += re * v[lane] - im * v[LANES + lane];
              to[LANES + lane] += re * v[LANES + lane] + im * v[lane];
              other[lane] += re * w[lane] + im * w[LANES + lane];
              other[LANES + lane] += re * w[LANES + lane] - im * w[lane];
            }
      }
}

/* vector −= base (baseᴴ vector) */
static void
remove_component (int n_coil, const float *base, float *vector)
{
  float re[LANES] = { 0 }, im[LANES] = { 0 };

  for (int c = 0; c < n_coil; c++)
    for (int lane = 0; lane < LANES; lane++)
      {
        const float *a = base + c * 2 * LANES + lane;
        const float *b = vector + c * 2 * LANES + lane;

        re[lane] += a[0] * b[0] + a[LANES] * b[LANES];
        im[lane] += a[0] * b[LANES] - a[LANES] * b[0];
      }
  for (int c = 0; c < n_coil; c++)
    for (int lane = 0; lane < LANES; lane++)
      {
        const float *a = base + c * 2 * LANES + lane;
        float *b = vector + c * 2 * LANES + lane;

        b[0] -= a[0] * re[lane] - a[LANES] * im[lane];
        b[LANES] -= a[0] * im[lane] + a[LANES] * re[lane];
      }
}

/*
 * One iteration of one set: vector ← normalised product. Returns whether every lane has settled: the
 * direction where the eigenvalue passes the crop, the eigenvalue elsewhere.
 */
static gboolean
renew_vector (const Estimate *self, const float *product, float *vector, float values[LANES])
{
  int n_coil = self->kernels->n_coil;
  float power[LANES] = { 0 }, change[LANES] = { 0 };
  gboolean settled = TRUE;

  for (int c = 0; c < n_coil; c++)
    for (int lane = 0; lane < LANES; lane++)
      {
        const float *w = product + c * 2 * LANES + lane;

        power[lane] += w[0] * w[0] + w[LANES] * w[LANES];
      }
  for (int lane = 0; lane < LANES; lane++)
    {
      float value = sqrtf (power[lane]);

      power[lane] = value > 1e-20f ? 1 / value : 0;
      change[lane] = fabsf (value - values[lane]);
      values[lane] = value;
      if (change[lane] > 1e-2f)
        settled = FALSE;
      change[lane] = 0;
    }
  for (int c = 0; c < n_coil; c++)
    for (int lane = 0; lane < LANES; lane++)
      {
        const float *w = product + c * 2 * LANES + lane;
        float *v = vector + c * 2 * LANES + lane;
        float re = w[0] * power[lane], im = w[LANES] * power[lane];

        change[lane] += (re - v[0]) * (re - v[0]) + (im - v[LANES]) * (im - v[LANES]);
        v[0] = re;
        v[LANES] = im;
      }
  /* 2e-3 of the vector's length, an order below the noise of the maps. */
  for (int lane = 0; lane < LANES; lane++)
    if (values[lane] > 0.95f * self->crop && change[lane] > 4e-6f)
      settled = FALSE;
  return settled;
}

/*
 * Orthogonal iteration, from the vectors of the row above: neighbours differ little. A part of a fixed
 * vector is added, so that no start can be orthogonal to the wanted one.
 */
static void
find_vectors (const Estimate *self, Scratch *scratch, float values[MAX_SETS][LANES])
{
  int n_coil = self->kernels->n_coil;
  gsize stride = (gsize) n_coil * 2 * LANES;

  for (int s = 0; s < self->n_sets; s++)
    for (int c = 0; c < n_coil; c++)
      for (int lane = 0; lane < LANES; lane++)
        {
          float *v = scratch->vector + s * stride + c * 2 * LANES + lane;

          v[0] += 0.05f * (float) cos (1 + 2.4 * c * (s + 1));
          v[LANES] += 0.05f * (float) sin (1 + 2.4 * c * (s + 1));
        }
  memset (values, 0, sizeof (float) * MAX_SETS * LANES);
  for (int i = 0; i < self->iterations; i++)
    {
      gboolean settled = TRUE;

      for (int s = 0; s < self->n_sets; s++)
        {
          float *vector = scratch->vector + s * stride;

          apply_matrix (self, scratch, vector);
          for (int t = 0; t < s; t++)
            remove_component (n_coil, scratch->vector + t * stride, scratch->product);
          if (!renew_vector (self, scratch->product, vector, values[s]))
            settled = FALSE;
        }
      if (settled && i > 1)
        break;
    }
}

static void
store_vectors (const Estimate *self, const Scratch *scratch, float values[MAX_SETS][LANES], gsize row, gsize first)
{
  const MsmEspiritKernels *kernels = self->kernels;
  gsize n_coil = kernels->n_coil, n_plane = self->n_rows * self->n_columns;
  gsize n_lanes = MIN (LANES, self->n_columns - first);

  for (int s = 0; s < self->n_sets; s++)
    for (gsize lane = 0; lane < n_lanes; lane++)
      {
        const float *vector = scratch->vector + (gsize) s * n_coil * 2 * LANES + lane;
        float complex *to = self->maps + s * n_coil * n_plane + row * self->n_columns + first + lane;
        float complex sum = 0;
        float length;

        if (values[s][lane] < self->crop)
          continue; /* zero already */
        for (gsize c = 0; c < n_coil; c++)
          sum += conjf (kernels->first_component[c]) * CMPLXF (vector[c * 2 * LANES], vector[c * 2 * LANES + LANES]);
        length = cabsf (sum);
        sum = length > 0 ? conjf (sum) / length : 1;
        for (gsize c = 0; c < n_coil; c++)
          to[c * n_plane] = sum * CMPLXF (vector[c * 2 * LANES], vector[c * 2 * LANES + LANES]);
      }
}

static void
estimate_columns (const Estimate *self, gsize first, Scratch *scratch)
{
  float values[MAX_SETS][LANES];

  memset (scratch->vector, 0, sizeof (float) * self->n_sets * self->kernels->n_coil * 2 * LANES);
  reduce_phase_lags (self, first, scratch);
  for (gsize row = 0; row < self->n_rows; row++)
    {
      make_matrix (self, row, scratch);
      find_vectors (self, scratch, values);
      store_vectors (self, scratch, values, row, first);
    }
}

/* Every block of columns is worked on alone: the maps do not depend on the number of threads. */
static void
estimate_maps (const Estimate *self, MsmCancel *cancel)
{
  gsize n_pairs = self->kernels->n_pairs, n_coil = self->kernels->n_coil;
  gsize n_blocks = (self->n_columns + LANES - 1) / LANES;

#pragma omp parallel num_threads(msm_device_get_threads())
  {
    Scratch scratch = {
      g_new (float, n_pairs *self->kernels->n_lag * 2 * LANES),
             g_new (float, n_pairs * 2 * LANES),
                    g_new (float, self->n_sets * n_coil * 2 * LANES),
                           g_new (float, n_coil * 2 * LANES),
                    };

#pragma omp for schedule(dynamic)
    for (gsize block = 0; block < n_blocks; block++)
      if (msm_cancel_get_level (cancel) != MSM_CANCEL_NOW)
        estimate_columns (self, block * LANES, &scratch);
    g_free (scratch.column);
    g_free (scratch.matrix);
    g_free (scratch.vector);
    g_free (scratch.product);
  }
}

MsmTensor *
msm_espirit_estimate (MsmTensor *kspace, const MsmMask *mask, const MsmParams *params, MsmCancel *cancel,
                      GError **error)
{
  g_autoptr (MsmParams) defaults = NULL;
  g_autoptr (MsmEspiritKernels) kernels = NULL;
  g_autoptr (MsmTensor) sens = NULL;
  Estimate estimate = { 0 };
  MsmShape shape = msm_tensor_shape (kspace);
  gsize rows, columns, calib;
  int kernel;

  g_return_val_if_fail (shape.rank == 4 && msm_tensor_dtype (kspace) == MSM_C64, NULL);
  if (params == NULL)
    params = defaults = msm_params_new (msm_espirit_params);
  calib = (gsize) msm_params_get_int (params, "calib");
  kernel = msm_params_get_int (params, "kernel");
  rows = shape.dim[2];
  columns = shape.dim[3];
  if (mask != NULL)
    msm_mask_acs (mask, &rows, &columns);
  rows = MIN (rows, calib);
  columns = MIN (columns, calib);
  if (rows < (gsize) kernel || columns < (gsize) kernel)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("coil sensitivities need a fully sampled centre of at least %d × %d points, found %zu × %zu"),
                   kernel, kernel, rows, columns);
      return NULL;
    }
  kernels = msm_espirit_kernels_new (kspace, msm_espirit_first_row (kspace, mask, rows, columns), rows, columns, kernel,
                                     msm_params_get_number (params, "threshold"), error);
  if (kernels == NULL || msm_cancel_check (cancel, error))
    return NULL;
  estimate.n_sets = MIN (msm_params_get_int (params, "sets"), kernels->n_coil);
  shape.dim[0] = estimate.n_sets;
  sens = msm_tensor_new (msm_device_host (), MSM_C64, shape, error);
  if (sens == NULL)
    return NULL;
  estimate.kernels = kernels;
  estimate.n_rows = shape.dim[2];
  estimate.n_columns = shape.dim[3];
  estimate.iterations = msm_params_get_int (params, "iterations");
  estimate.crop = (float) msm_params_get_number (params, "crop");
  estimate.maps = msm_tensor_data (sens);
  estimate_maps (&estimate, cancel);
  if (msm_cancel_check (cancel, error))
    return NULL;
  return g_steal_pointer (&sens);
}
