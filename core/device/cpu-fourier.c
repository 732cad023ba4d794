#include "config.h"

/*
 * The centred orthonormal 2-D DFT through FFTW. For even sizes both shifts are sign changes: with n/2 as
 * the origin, y_k = (−1)^(k + n/2) Σ (−1)^i x_i e^(−2πi k i / n), so no data move. Odd sizes are rolled.
 * Plans are made with FFTW_ESTIMATE: measuring would choose another algorithm, and so other rounding, from
 * run to run. Left to itself that plan of two dimensions is ten times slower than the best for 256 × 256; so rows
 * and columns are planned alone, in planes whose rows are no power of two apart (their columns would share a few
 * sets of the cache).
 */

#include <fftw3.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "core/device/device.h"
#include "core/device/host-state.h"

/* Complex numbers between the rows of a scratch plane. */
#define PADDING 8

struct MsmFftPlan
{
  size_t         n_batch, n_rows, n_columns;
  gboolean       even;    /* both sizes: the sign trick */
  size_t         width;      /* of a scratch plane */
  fftwf_plan     rows[2];    /* forward and inverse, of one scratch plane, in place */
  fftwf_plan     columns[2];
  fftwf_plan     line[2];    /* of one row: forward from the scratch's first to its second, inverse back */
  float         *weights;    /* [n_columns] of a mask's row, 1 / n_columns in it */
  int            n_scratch;
  fftwf_complex **scratch; /* one plane per thread */
};

static GMutex planner_mutex; /* FFTW's planner is not thread-safe */

static void
cpu_plan_free (MsmDeviceState *state, MsmFftPlan *plan)
{
  if (plan == NULL)
    return;
  g_mutex_lock (&planner_mutex);
  for (int i = 0; i < 2; i++)
    {
      if (plan->rows[i] != NULL)
        fftwf_destroy_plan (plan->rows[i]);
      if (plan->columns[i] != NULL)
        fftwf_destroy_plan (plan->columns[i]);
      if (plan->line[i] != NULL)
        fftwf_destroy_plan (plan->line[i]);
    }
  g_mutex_unlock (&planner_mutex);
  for (int i = 0; i < plan->n_scratch; i++)
    fftwf_free (plan->scratch[i]);
  g_free (plan->scratch);
  g_free (plan->weights);
  g_free (plan);
}

/* Transforms of a scratch plane's rows and columns; FALSE: no memory. */
static gboolean
make_transforms (MsmFftPlan *plan)
{
  fftwf_complex *x = plan->scratch[0];
  const int      n_rows = (int) plan->n_rows, n_columns = (int) plan->n_columns, width = (int) plan->width;

  g_mutex_lock (&planner_mutex);
  for (int i = 0; i < 2; i++)
    {
      const int sign = i == 0 ? FFTW_FORWARD : FFTW_BACKWARD;

      plan->rows[i] = fftwf_plan_many_dft (1, &n_columns, n_rows, x, NULL, 1, width, x, NULL, 1, width, sign,
                                           FFTW_ESTIMATE);
      plan->columns[i] = fftwf_plan_many_dft (1, &n_rows, n_columns, x, NULL, width, 1, x, NULL, width, 1, sign,
                                              FFTW_ESTIMATE);
      if (n_rows > 1)
        plan->line[i] = fftwf_plan_dft_1d (n_columns, i == 0 ? x : x + width, i == 0 ? x + width : x, sign,
                                           FFTW_ESTIMATE);
    }
  g_mutex_unlock (&planner_mutex);
  return plan->rows[0] != NULL && plan->rows[1] != NULL && plan->columns[0] != NULL && plan->columns[1] != NULL;
}

static MsmFftPlan *
cpu_plan_new (MsmDeviceState *state, size_t n_batch, size_t n_rows, size_t n_columns)
{
  MsmFftPlan *plan;

  if (n_batch == 0 || n_rows == 0 || n_columns == 0 || n_rows > G_MAXINT || n_columns > G_MAXINT - PADDING)
    return NULL;
  plan = g_new0 (MsmFftPlan, 1);
  plan->n_batch = n_batch;
  plan->n_rows = n_rows;
  plan->n_columns = n_columns;
  plan->width = n_columns + PADDING;
  plan->even = n_rows % 2 == 0 && n_columns % 2 == 0;
  plan->n_scratch = (int) MIN (n_batch, (size_t) msm_device_get_threads ());
  plan->scratch = g_new0 (fftwf_complex *, plan->n_scratch);
  plan->weights = g_new0 (float, n_columns);
  for (int i = 0; i < plan->n_scratch; i++)
    {
      plan->scratch[i] = fftwf_malloc (sizeof (fftwf_complex) * n_rows * plan->width);
      if (plan->scratch[i] == NULL)
        {
          cpu_plan_free (state, plan);
          return NULL;
        }
    }
  if (!make_transforms (plan))
    {
      cpu_plan_free (state, plan);
      return NULL;
    }
  return plan;
}

/* dst[i, j] = factor · (−1)^(i + j) · src[i, j], rows of dst and src so many complex numbers apart */
static void
checkerboard (float *dst, size_t dst_width, const float *src, size_t src_width, size_t n_rows, size_t n_columns,
              float factor)
{
  for (size_t i = 0; i < n_rows; i++)
    {
      float sign = i % 2 == 0 ? factor : -factor;
      float *d = dst + 2 * i * dst_width;
      const float *s = src + 2 * i * src_width;

      for (size_t j = 0; j < n_columns; j += 2)
        {
          d[2 * j] = sign * s[2 * j];
          d[2 * j + 1] = sign * s[2 * j + 1];
          d[2 * j + 2] = -sign * s[2 * j + 2];
          d[2 * j + 3] = -sign * s[2 * j + 3];
        }
    }
}

/* dst[(i + row) mod n_rows, (j + column) mod n_columns] = factor · src[i, j]; no aliasing */
static void
roll (float *dst, size_t dst_width, const float *src, size_t src_width, size_t n_rows, size_t n_columns, size_t row,
      size_t column, float factor)
{
  for (size_t i = 0; i < n_rows; i++)
    {
      float *d = dst + 2 * ((i + row) % n_rows) * dst_width;
      const float *s = src + 2 * i * src_width;

      for (size_t j = 0; j < n_columns; j++)
        {
          size_t k = j + column < n_columns ? j + column : j + column - n_columns;

          d[2 * k] = factor * s[2 * j];
          d[2 * k + 1] = factor * s[2 * j + 1];
        }
    }
}

static void
cpu_execute (MsmDeviceState *state, MsmFftPlan *plan, float *dst, const float *src, int inverse)
{
  size_t r, c, n_plane;
  int direction;
  float factor;
  int n_threads;

  if (plan == NULL)
    msm_host_fail (state, "Fourier transform: there is no plan");
  if (state->failed)
    return;
  r = plan->n_rows;
  c = plan->n_columns;
  n_plane = r * c;
  factor = (float) (1 / sqrt ((double) n_plane));
  direction = inverse != 0;
  n_threads = MIN (plan->n_scratch, msm_device_get_threads ());
  /* The second checkerboard carries the sign (−1)^(r/2 + c/2) of the origin's shift. */
  if (plan->even && (r / 2 + c / 2) % 2 == 1)
    factor = -factor;
#pragma omp parallel for num_threads (n_threads) schedule (static) \
  if (plan->n_batch > 1 && plan->n_batch * n_plane > 8192)
  for (size_t b = 0; b < plan->n_batch; b++)
    {
      fftwf_complex *work = plan->scratch[omp_get_thread_num ()];
      const float *in = src + 2 * b * n_plane;
      float *out = dst + 2 * b * n_plane;

      if (plan->even)
        checkerboard ((float *) work, plan->width, in, c, r, c, 1);
      else
        roll ((float *) work, plan->width, in, c, r, c, r - r / 2, c - c / 2, 1); /* ifftshift */
      fftwf_execute_dft (plan->rows[direction], work, work);
      fftwf_execute_dft (plan->columns[direction], work, work);
      if (plan->even)
        checkerboard (out, c, (const float *) work, plan->width, r, c, factor);
      else
        roll (out, c, (const float *) work, plan->width, r, c, r / 2, c / 2, factor); /* fftshift */
    }
}

/* The mask's row, its origin in the corner and with the transforms' factor; FALSE: its rows differ. */
static gboolean
take_line (MsmFftPlan *plan, const float *mask)
{
  const size_t n = plan->n_columns;

  for (size_t i = 1; i < plan->n_rows; i++)
    if (memcmp (mask, mask + i * n, n * sizeof (float)) != 0)
      return FALSE;
  for (size_t j = 0; j < n; j++)
    plan->weights[(j + n - n / 2) % n] = mask[j] / (float) n;
  return TRUE;
}

/* One row of one coil: y (+)= s̄ F⁻¹ m F s x. */
static void
normal_row (MsmFftPlan *plan, fftwf_complex *work, float *y, const float *x, const float *s, gboolean add)
{
  const size_t   n = plan->n_columns;
  const float   *m = plan->weights;
  fftwf_complex *from = work, *to = work + plan->width;

  for (size_t j = 0; j < n; j++)
    {
      from[j][0] = s[2 * j] * x[2 * j] - s[2 * j + 1] * x[2 * j + 1];
      from[j][1] = s[2 * j] * x[2 * j + 1] + s[2 * j + 1] * x[2 * j];
    }
  fftwf_execute_dft (plan->line[0], from, to);
  for (size_t j = 0; j < n; j++)
    {
      to[j][0] *= m[j];
      to[j][1] *= m[j];
    }
  fftwf_execute_dft (plan->line[1], to, from);
  for (size_t j = 0; j < n; j++)
    {
      const float real = s[2 * j] * from[j][0] + s[2 * j + 1] * from[j][1];
      const float imaginary = s[2 * j] * from[j][1] - s[2 * j + 1] * from[j][0];

      y[2 * j] = add ? y[2 * j] + real : real;
      y[2 * j + 1] = add ? y[2 * j + 1] + imaginary : imaginary;
    }
}

/*
 * Along the columns F⁻¹ F = 1. F⁻¹ m F is a convolution along the row, and so the same wherever the origin is: no
 * signs, no shifts. A row of all coils stays in the cache.
 */
static int
cpu_normal_lines (MsmDeviceState *state, MsmFftPlan *plan, float *y, const float *x, const float *sens,
                  const float *mask, size_t n_coil)
{
  const size_t n = plan->n_columns;
  const size_t n_plane = plan->n_rows * n;

  if (state->failed || plan->line[0] == NULL || plan->line[1] == NULL || !take_line (plan, mask))
    return 0;
#pragma omp parallel for num_threads (plan->n_scratch) schedule (static) if (n_coil * n_plane > 8192)
  for (size_t row = 0; row < plan->n_rows; row++)
    for (size_t c = 0; c < n_coil; c++)
      normal_row (plan, plan->scratch[omp_get_thread_num ()], y + 2 * row * n, x + 2 * row * n,
                  sens + 2 * (c * n_plane + row * n), c > 0);
  return 1;
}

const MsmFourierOps msm_cpu_fourier = {
  .plan_new = cpu_plan_new,
  .plan_free = cpu_plan_free,
  .execute = cpu_execute,
  .normal_lines = cpu_normal_lines,
};
