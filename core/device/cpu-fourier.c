#include "config.h"

/*
 * The centred orthonormal 2-D DFT through FFTW. For even sizes both shifts are sign changes: with n/2 as
 * the origin, y_k = (−1)^(k + n/2) Σ (−1)^i x_i e^(−2πi k i / n), so no data move. Odd sizes are rolled.
 * Plans are made with FFTW_ESTIMATE: measuring would choose another algorithm, and so other rounding, from
 * run to run. Left to itself that plan of two dimensions is ten times slower than the best for 256 × 256; so lines
 * are planned alone: a row, and a few columns side by side, each taken in and given out while it is in the cache.
 */

#include <fftw3.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "core/device/cpu-kernels.h"
#include "core/device/device.h"
#include "core/device/host-state.h"

/* Columns side by side: the complex numbers of one cache line. */
#define COLUMNS 8

struct MsmFftPlan
{
  size_t n_batch, n_rows, n_columns;
  gboolean even;         /* both sizes: the sign trick */
  size_t width;          /* of a plane */
  fftwf_plan row[2];     /* forward and inverse; out of place */
  fftwf_plan columns[2]; /* of a plane, into [n_rows, COLUMNS] */
  fftwf_plan last[2];    /* the columns that are left, or NULL; into the same */
  float *weights;        /* [n_columns] of a mask's row, 1 / n_columns in it */
  int n_planes, n_lines;
  fftwf_complex **planes; /* between rows and columns: one per thread that has one for itself */
  fftwf_complex **lines;  /* one per thread: two rows, or COLUMNS columns */
};

static GMutex planner_mutex; /* FFTW's planner is not thread-safe */

static void
destroy (fftwf_plan plan[2])
{
  for (int i = 0; i < 2; i++)
    if (plan[i] != NULL)
      fftwf_destroy_plan (plan[i]);
}

static void
free_all (fftwf_complex **arrays, int n)
{
  for (int i = 0; i < n; i++)
    fftwf_free (arrays[i]);
  g_free (arrays);
}

static void
cpu_plan_free (MsmDeviceState *state, MsmFftPlan *plan)
{
  if (plan == NULL)
    return;
  g_mutex_lock (&planner_mutex);
  destroy (plan->row);
  destroy (plan->columns);
  destroy (plan->last);
  g_mutex_unlock (&planner_mutex);
  free_all (plan->planes, plan->n_planes);
  free_all (plan->lines, plan->n_lines);
  g_free (plan->weights);
  g_free (plan);
}

/* FALSE: no memory. */
static gboolean
make_transforms (MsmFftPlan *plan)
{
  fftwf_complex *plane = plan->planes[0], *line = plan->lines[0];
  const int n_rows = (int) plan->n_rows, n_columns = (int) plan->n_columns, width = (int) plan->width;
  const int last = n_columns % COLUMNS;
  gboolean made = TRUE;

  g_mutex_lock (&planner_mutex);
  for (int i = 0; i < 2; i++)
    {
      const int sign = i == 0 ? FFTW_FORWARD : FFTW_BACKWARD;

      plan->row[i] = fftwf_plan_dft_1d (n_columns, line, plane, sign, FFTW_ESTIMATE);
      plan->columns[i] =
          fftwf_plan_many_dft (1, &n_rows, COLUMNS, plane, NULL, width, 1, line, NULL, COLUMNS, 1, sign, FFTW_ESTIMATE);
      if (last > 0)
        plan->last[i] =
            fftwf_plan_many_dft (1, &n_rows, last, plane, NULL, width, 1, line, NULL, COLUMNS, 1, sign, FFTW_ESTIMATE);
      made = made && plan->row[i] != NULL && plan->columns[i] != NULL && (last == 0 || plan->last[i] != NULL);
    }
  g_mutex_unlock (&planner_mutex);
  return made;
}

/* NULL in the array: no memory. */
static fftwf_complex **
allocate (int n, size_t size)
{
  fftwf_complex **arrays = g_new0 (fftwf_complex *, n);

  for (int i = 0; i < n; i++)
    arrays[i] = fftwf_malloc (sizeof (fftwf_complex) * size);
  return arrays;
}

static MsmFftPlan *
cpu_plan_new (MsmDeviceState *state, size_t n_batch, size_t n_rows, size_t n_columns)
{
  const int threads = msm_device_get_threads ();
  MsmFftPlan *plan;
  gboolean complete = TRUE;

  if (n_batch == 0 || n_rows == 0 || n_columns == 0 || n_rows > G_MAXINT || n_columns > G_MAXINT - 2 * COLUMNS)
    return NULL;
  plan = g_new0 (MsmFftPlan, 1);
  plan->n_batch = n_batch;
  plan->n_rows = n_rows;
  plan->n_columns = n_columns;
  /* An odd number of cache lines, or a column would have a few sets of the cache for itself. */
  plan->width = (((n_columns + COLUMNS - 1) / COLUMNS) | 1) * COLUMNS;
  plan->even = n_rows % 2 == 0 && n_columns % 2 == 0;
  plan->weights = g_new0 (float, n_columns);
  plan->n_planes = n_batch >= (size_t) threads ? threads : 1;
  plan->n_lines = threads;
  plan->planes = allocate (plan->n_planes, n_rows * plan->width);
  plan->lines = allocate (plan->n_lines, MAX (2 * plan->width, n_rows * COLUMNS));
  for (int i = 0; i < plan->n_planes; i++)
    complete = complete && plan->planes[i] != NULL;
  for (int i = 0; i < plan->n_lines; i++)
    complete = complete && plan->lines[i] != NULL;
  if (complete && make_transforms (plan))
    return plan;
  cpu_plan_free (state, plan);
  return NULL;
}

/* to[(j + shift) mod n] = factor · from[j]; @even: (−1)^j factor · from[j] */
static void
place (fftwf_complex *to, const float *from, size_t n, size_t shift, gboolean even, float factor)
{
  float *out = (float *) (to + shift);

  if (even)
    for (size_t j = 0; j < n; j += 2)
      {
        out[2 * j] = factor * from[2 * j];
        out[2 * j + 1] = factor * from[2 * j + 1];
        out[2 * j + 2] = -factor * from[2 * j + 2];
        out[2 * j + 3] = -factor * from[2 * j + 3];
      }
  else
    {
      for (size_t j = 0; j < 2 * (n - shift); j++)
        out[j] = factor * from[j];
      out = (float *) to - 2 * (n - shift);
      for (size_t j = 2 * (n - shift); j < 2 * n; j++)
        out[j] = factor * from[j];
    }
}

static void
transform_row (const MsmFftPlan *plan, fftwf_complex *plane, const float *in, size_t i, int direction)
{
  const size_t r = plan->n_rows, c = plan->n_columns;
  fftwf_complex *line = plan->lines[omp_get_thread_num ()];

  if (plan->even)
    place (line, in + 2 * i * c, c, 0, TRUE, i % 2 == 0 ? 1 : -1);
  else
    {
      place (line, in + 2 * i * c, c, c - c / 2, FALSE, 1); /* ifftshift */
      i = (i + r - r / 2) % r;
    }
  fftwf_execute_dft (plan->row[direction], line, plane + i * plan->width);
}

/* Those from @first on. The signs, or the shift, of the other origin too. */
static void
transform_columns (const MsmFftPlan *plan, fftwf_complex *plane, float *out, size_t first, int direction)
{
  const size_t r = plan->n_rows, c = plan->n_columns;
  const size_t count = MIN (c - first, COLUMNS);
  const size_t column = plan->even ? first : (first + c / 2) % c;
  const size_t before = MIN (count, c - column); /* the others are at the row's begin */
  const float factor = (float) (1 / sqrt ((double) (r * c))) * (plan->even && (r / 2 + c / 2) % 2 == 1 ? -1 : 1);
  fftwf_complex *line = plan->lines[omp_get_thread_num ()];

  fftwf_execute_dft (count == COLUMNS ? plan->columns[direction] : plan->last[direction], plane + first, line);
  for (size_t i = 0; i < r; i++)
    {
      const float *from = (const float *) (line + i * COLUMNS);
      fftwf_complex *to = (fftwf_complex *) out + (plan->even ? i : (i + r / 2) % r) * c;

      if (plan->even)
        place (to + column, from, count, 0, TRUE, i % 2 == 0 ? factor : -factor);
      else
        {
          place (to + column, from, before, 0, FALSE, factor);
          place (to, from + 2 * before, count - before, 0, FALSE, factor);
        }
    }
}

/* A plane by one thread. */
static void
transform_plane (const MsmFftPlan *plan, fftwf_complex *plane, float *out, const float *in, int direction)
{
  for (size_t i = 0; i < plan->n_rows; i++)
    transform_row (plan, plane, in, i, direction);
  for (size_t first = 0; first < plan->n_columns; first += COLUMNS)
    transform_columns (plan, plane, out, first, direction);
}

/* A plane by all threads. */
static void
share_plane (const MsmFftPlan *plan, float *out, const float *in, int direction, int n_threads)
{
#pragma omp parallel num_threads(n_threads)
  {
#pragma omp for schedule(static)
    for (size_t i = 0; i < plan->n_rows; i++)
      transform_row (plan, plan->planes[0], in, i, direction);
#pragma omp for schedule(static) nowait
    for (size_t first = 0; first < plan->n_columns; first += COLUMNS)
      transform_columns (plan, plan->planes[0], out, first, direction);
  }
}

static void
cpu_execute (MsmDeviceState *state, MsmFftPlan *plan, float *dst, const float *src, int inverse)
{
  const int direction = inverse != 0;
  size_t n_plane;
  int n_threads;

  if (plan == NULL)
    msm_host_fail (state, "Fourier transform: there is no plan");
  if (state->failed)
    return;
  n_plane = plan->n_rows * plan->n_columns;
  n_threads = MIN (plan->n_lines, msm_device_get_threads ());
  if (plan->n_batch * n_plane <= 8192)
    n_threads = 1;
  if (plan->n_batch < (size_t) n_threads)
    {
      for (size_t b = 0; b < plan->n_batch; b++)
        share_plane (plan, dst + 2 * b * n_plane, src + 2 * b * n_plane, direction, n_threads);
      return;
    }
#pragma omp parallel for num_threads(n_threads) schedule(static) if (n_threads > 1)
  for (size_t b = 0; b < plan->n_batch; b++)
    transform_plane (plan, plan->planes[omp_get_thread_num ()], dst + 2 * b * n_plane, src + 2 * b * n_plane,
                     direction);
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

/*
 * Along the columns F⁻¹ F = 1. F⁻¹ m F is a convolution along the row, and so the same wherever the origin is: no
 * signs, no shifts. A row of all coils stays in the cache.
 */
static int
cpu_normal_lines (MsmDeviceState *state, MsmFftPlan *plan, float *y, const float *x, const float *sens,
                  const float *mask, size_t n_coil)
{
  const MsmCpuKernels *kernels = msm_cpu_kernels ();
  const size_t n = plan->n_columns;
  const size_t n_plane = plan->n_rows * n;

  if (state->failed || !take_line (plan, mask))
    return 0;
#pragma omp parallel for num_threads(MIN(plan->n_lines, msm_device_get_threads()))                                     \
    schedule(static) if (n_coil * n_plane > 8192)
  for (size_t row = 0; row < plan->n_rows; row++)
    {
      fftwf_complex *image = plan->lines[omp_get_thread_num ()], *k = image + plan->width;

      /* y = Σ s̄ F⁻¹ m F s x */
      for (size_t c = 0; c < n_coil; c++)
        {
          const float *s = sens + 2 * (c * n_plane + row * n);

          kernels->complex_multiply ((float *) image, s, x + 2 * row * n, n);
          fftwf_execute_dft (plan->row[0], image, k);
          kernels->complex_weigh ((float *) k, plan->weights, n);
          fftwf_execute_dft (plan->row[1], k, image);
          kernels->complex_add_conjugate (y + 2 * row * n, s, (const float *) image, n, c > 0);
        }
    }
  return 1;
}

const MsmFourierOps msm_cpu_fourier = {
  .plan_new = cpu_plan_new,
  .plan_free = cpu_plan_free,
  .execute = cpu_execute,
  .normal_lines = cpu_normal_lines,
};
