#include "config.h"

/* The centred orthonormal DFT by its definition, in double, one axis after the other: O(N²) per axis. */

#include <complex.h>
#include <math.h>

#include "core/device/host-state.h"

struct MsmFftPlan
{
  size_t n_batch, n_rows, n_columns;
  double complex *plane;
  double complex *line;
};

static void
ref_plan_free (MsmDeviceState *state, MsmFftPlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->plane);
  g_free (plan->line);
  g_free (plan);
}

static MsmFftPlan *
ref_plan_new (MsmDeviceState *state, size_t n_batch, size_t n_rows, size_t n_columns)
{
  MsmFftPlan *plan;

  if (n_batch == 0 || n_rows == 0 || n_columns == 0)
    return NULL;
  plan = g_new0 (MsmFftPlan, 1);
  plan->n_batch = n_batch;
  plan->n_rows = n_rows;
  plan->n_columns = n_columns;
  plan->plane = g_try_new (double complex, n_rows * n_columns);
  plan->line = g_try_new (double complex, MAX (n_rows, n_columns));
  if (plan->plane == NULL || plan->line == NULL)
    {
      ref_plan_free (state, plan);
      return NULL;
    }
  return plan;
}

/* x_k ← Σ_i x_i e^(∓2πi (k − ⌊n/2⌋)(i − ⌊n/2⌋)/n) / √n along one strided line */
static void
transform_line (double complex *x, double complex *line, size_t n, size_t stride, double sign)
{
  ptrdiff_t centre = (ptrdiff_t) (n / 2);

  for (size_t k = 0; k < n; k++)
    {
      double complex sum = 0;

      for (size_t i = 0; i < n; i++)
        sum +=
            x[i * stride]
            * cexp (sign * 2 * G_PI * I * (double) (((ptrdiff_t) k - centre) * ((ptrdiff_t) i - centre)) / (double) n);
      line[k] = sum / sqrt ((double) n);
    }
  for (size_t k = 0; k < n; k++)
    x[k * stride] = line[k];
}

static void
ref_execute (MsmDeviceState *state, MsmFftPlan *plan, float *dst, const float *src, int inverse)
{
  size_t n_plane = plan->n_rows * plan->n_columns;
  double sign = inverse ? 1 : -1;

  if (state->failed)
    return;
  for (size_t b = 0; b < plan->n_batch; b++)
    {
      for (size_t p = 0; p < n_plane; p++)
        plan->plane[p] = src[2 * (b * n_plane + p)] + I * src[2 * (b * n_plane + p) + 1];
      for (size_t row = 0; row < plan->n_rows; row++)
        transform_line (plan->plane + row * plan->n_columns, plan->line, plan->n_columns, 1, sign);
      for (size_t column = 0; column < plan->n_columns; column++)
        transform_line (plan->plane + column, plan->line, plan->n_rows, plan->n_columns, sign);
      for (size_t p = 0; p < n_plane; p++)
        {
          dst[2 * (b * n_plane + p)] = (float) creal (plan->plane[p]);
          dst[2 * (b * n_plane + p) + 1] = (float) cimag (plan->plane[p]);
        }
    }
}

const MsmFourierOps msm_ref_fourier = {
  .plan_new = ref_plan_new,
  .plan_free = ref_plan_free,
  .execute = ref_execute,
};
