#include "config.h"

#include "core/calib/espirit-kernels.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "core/solve/linear-algebra.h"

void
msm_espirit_kernels_free (MsmEspiritKernels *self)
{
  if (self == NULL)
    return;
  g_free (self->lags);
  g_free (self->first_component);
  g_free (self);
}

gsize
msm_espirit_first_row (MsmTensor *kspace, const MsmMask *mask, gsize rows, gsize columns)
{
  gsize n_coil = msm_tensor_dim (kspace, 1), n_rows = msm_tensor_dim (kspace, 2);
  gsize n_columns = msm_tensor_dim (kspace, 3), first_column = n_columns / 2 - columns / 2;
  const float complex *y = msm_tensor_const_data (kspace);
  g_autofree double *energy = g_new0 (double, n_rows); /* of a row; −1: not all sampled */
  gsize best = n_rows / 2 - rows / 2, n_good = 0;
  double highest = -1;

  for (gsize r = 0; r < n_rows; r++)
    for (gsize p = first_column; p < first_column + columns && energy[r] >= 0; p++)
      {
        if (mask != NULL && (mask->points[r * n_columns + p] == 0 || mask->padded[p] != 0))
          energy[r] = -1;
        for (gsize c = 0; c < n_coil && energy[r] >= 0; c++)
          energy[r] += cabsf (y[(c * n_rows + r) * n_columns + p]) * cabsf (y[(c * n_rows + r) * n_columns + p]);
      }
  for (gsize r = 0; r < n_rows; r++)
    {
      double sum = 0;

      n_good = energy[r] >= 0 ? n_good + 1 : 0;
      if (n_good < rows)
        continue;
      for (gsize i = r + 1 - rows; i <= r; i++)
        sum += energy[i];
      if (sum > highest)
        {
          highest = sum;
          best = r + 1 - rows;
        }
    }
  return best;
}

/* Patches as columns: [window, (coil, row, column) of the kernel], the latter fastest. */
static void
gather_patches (const float complex *kspace, gsize n_coil, gsize n_rows, gsize n_columns, gsize first_row, gsize rows,
                gsize columns, gsize k, float complex *patches)
{
  gsize first_column = n_columns / 2 - columns / 2;

  for (gsize i = 0; i + k <= rows; i++)
    for (gsize j = 0; j + k <= columns; j++)
      for (gsize c = 0; c < n_coil; c++)
        for (gsize a = 0; a < k; a++)
          for (gsize b = 0; b < k; b++)
            *patches++ = kspace[(c * n_rows + first_row + i + a) * n_columns + first_column + j + b];
}

/*
 * The eigenvectors u of Σ patch patchᴴ with large eigenvalues, as columns (transfer full). Of the two Gram
 * matrices the smaller is decomposed: u = patches w / σ turns the one's vectors into the other's.
 */
static float complex *
signal_subspace (const float complex *patches, int n, int n_windows, double threshold, int *n_kernels, GError **error)
{
  gboolean is_inner = n_windows < n;
  int m = MIN (n, n_windows), first = 0;
  g_autofree float complex *gram = g_try_new (float complex, (gsize) m * m);
  g_autofree float *values = g_new (float, m);
  float complex *u;

  if (gram == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for a %d × %d calibration matrix"), m, m);
      return NULL;
    }
  if (!(is_inner ? msm_gram_inner (patches, n, m, gram, error) : msm_gram (patches, m, n_windows, gram, error))
      || !msm_eigen (gram, m, values, error))
    return NULL;
  if (!(values[m - 1] > 0))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("the calibration block of k-space is zero"));
      return NULL;
    }
  while (first < m - 1 && values[first] <= threshold * values[m - 1])
    first++;
  *n_kernels = m - first;
  u = g_try_new (float complex, (gsize) n * *n_kernels);
  if (u == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for %d kernels"), *n_kernels);
      return NULL;
    }
  if (!is_inner)
    {
      for (gsize i = 0; i < (gsize) n * *n_kernels; i++)
        u[i] = gram[(gsize) first * n + i];
      return u;
    }
  msm_matrix_multiply (patches, gram + (gsize) first * m, n, m, *n_kernels, u);
  for (int j = 0; j < *n_kernels; j++)
    for (int i = 0; i < n; i++)
      u[(gsize) j * n + i] /= sqrtf (values[first + j]);
  return u;
}

/* R_cc'(δ) = Σ_d P[(c, d), (c', d + δ)] / k², P = u uᴴ. */
static gboolean
correlate (MsmEspiritKernels *self, const float complex *u, GError **error)
{
  int k = self->kernel, n = self->n_coil * k * k;
  g_autofree float complex *projection = g_try_new (float complex, (gsize) n * n);
  int pair = 0;

  if (projection == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for a %d × %d projection"), n, n);
      return FALSE;
    }
  if (!msm_gram (u, n, self->n_kernels, projection, error))
    return FALSE;
  for (int c = 0; c < self->n_coil; c++)
    for (int e = c; e < self->n_coil; e++, pair++)
      {
        float complex *lags = self->lags + (gsize) pair * self->n_lag * self->n_lag;

        for (int a = 0; a < k * k; a++)
          for (int b = 0; b < k * k; b++)
            {
              int down = b / k - a / k + k - 1, right = b % k - a % k + k - 1;

              /* Column-major: element (row, column) at column n + row. */
              lags[down * self->n_lag + right] +=
                  projection[(gsize) (e * k * k + b) * n + c * k * k + a] / (float) (k * k);
            }
      }
  return TRUE;
}

/* The leading eigenvector of the coils' covariance over the block: what BART's phase refers to. */
static gboolean
find_first_component (MsmEspiritKernels *self, const float complex *kspace, gsize n_rows, gsize n_columns,
                      gsize first_row, gsize rows, gsize columns, GError **error)
{
  gsize n_coil = self->n_coil, first_column = n_columns / 2 - columns / 2;
  g_autofree float complex *block = g_new (float complex, n_coil * rows * columns);
  g_autofree float complex *gram = g_new (float complex, n_coil * n_coil);
  g_autofree float *values = g_new (float, n_coil);
  gsize at = 0;

  for (gsize i = 0; i < rows; i++)
    for (gsize j = 0; j < columns; j++)
      for (gsize c = 0; c < n_coil; c++)
        block[at++] = kspace[(c * n_rows + first_row + i) * n_columns + first_column + j];
  if (!msm_gram (block, (int) n_coil, (int) (rows * columns), gram, error)
      || !msm_eigen (gram, (int) n_coil, values, error))
    return FALSE;
  for (gsize c = 0; c < n_coil; c++)
    self->first_component[c] = gram[(n_coil - 1) * n_coil + c];
  return TRUE;
}

MsmEspiritKernels *
msm_espirit_kernels_new (MsmTensor *kspace, gsize first_row, gsize rows, gsize columns, int kernel, double threshold,
                         GError **error)
{
  g_autoptr (MsmEspiritKernels) self = g_new0 (MsmEspiritKernels, 1);
  const float complex *data = msm_tensor_const_data (kspace);
  gsize n_rows = msm_tensor_dim (kspace, 2), n_columns = msm_tensor_dim (kspace, 3);
  gsize n_windows = (rows - kernel + 1) * (columns - kernel + 1);
  g_autofree float complex *patches = NULL;
  g_autofree float complex *u = NULL;
  int n;

  self->n_coil = (int) msm_tensor_dim (kspace, 1);
  self->kernel = kernel;
  self->n_lag = 2 * kernel - 1;
  self->n_pairs = self->n_coil * (self->n_coil + 1) / 2;
  self->lags = g_new0 (float complex, (gsize) self->n_pairs * self->n_lag * self->n_lag);
  self->first_component = g_new0 (float complex, self->n_coil);
  n = self->n_coil * kernel * kernel;
  patches = g_try_new (float complex, n_windows * n);
  if (patches == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for %zu calibration patches"), n_windows);
      return NULL;
    }
  gather_patches (data, self->n_coil, n_rows, n_columns, first_row, rows, columns, kernel, patches);
  u = signal_subspace (patches, n, (int) n_windows, threshold, &self->n_kernels, error);
  if (u == NULL || !correlate (self, u, error)
      || !find_first_component (self, data, n_rows, n_columns, first_row, rows, columns, error))
    return NULL;
  return g_steal_pointer (&self);
}
