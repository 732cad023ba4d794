#include "config.h"

#include "core/calib/calib.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/memory.h"

static int
compare_floats (gconstpointer a, gconstpointer b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

/*
 * The median of |y| over the sampled points of the outer eighth in readout or phase, where there is least
 * signal, divided by √(2 ln 2): the median of a Rayleigh distribution of unit standard deviation per
 * component. The median, because a few strong edges reach out there. 0 when nothing is sampled there.
 * @mask: what is sampled; padded lines are not. NULL: all. Exact zeros are never data.
 */
gboolean
msm_noise_estimate (MsmTensor *kspace, const MsmMask *mask, double *std, GError **error)
{
  gsize n_coil = msm_tensor_dim (kspace, 1);
  gsize n_rows = msm_tensor_dim (kspace, 2), n_columns = msm_tensor_dim (kspace, 3);
  const float *y = msm_tensor_const_host (kspace);
  g_autofree float *values = msm_try_new (float, n_coil *n_rows *n_columns, error);
  gsize n = 0;
  double median;

  if (values == NULL)
    return FALSE;
  for (gsize c = 0; c < n_coil; c++)
    for (gsize i = 0; i < n_rows; i++)
      for (gsize j = 0; j < n_columns; j++)
        {
          const float *v = y + 2 * ((c * n_rows + i) * n_columns + j);
          gboolean outside =
              i < n_rows / 16 || i >= n_rows - n_rows / 16 || j < n_columns / 16 || j >= n_columns - n_columns / 16;

          if (!outside || (v[0] == 0 && v[1] == 0)
              || (mask != NULL && (!mask->points[i * n_columns + j] || mask->padded[j])))
            continue;
          values[n++] = hypotf (v[0], v[1]);
        }
  *std = 0;
  if (n == 0)
    return TRUE;
  qsort (values, n, sizeof (float), compare_floats);
  median = n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
  *std = median / sqrt (2 * G_LN2);
  return TRUE;
}
