#include "config.h"

#include "core/base/error.h"

#include <glib/gi18n-lib.h>

#include "core/calib/calib.h"
#include "core/linop/linop.h"
#include "core/tensor/vector.h"

/* The k-th smallest of n values, in place (quickselect). */
static float
select_value (float *values, gsize n, gsize k)
{
  gssize first = 0, last = (gssize) n - 1;

  while (first < last)
    {
      float pivot = values[(first + last) / 2];
      gssize i = first, j = last;

      while (i <= j)
        {
          while (values[i] < pivot)
            i++;
          while (values[j] > pivot)
            j--;
          if (i <= j)
            {
              float keep = values[i];

              values[i++] = values[j];
              values[j--] = keep;
            }
        }
      if ((gssize) k <= j)
        last = j;
      else if ((gssize) k >= i)
        first = i;
      else
        break;
    }
  return values[k];
}

double
msm_normalise_rule (float *magnitude, gsize n)
{
  g_return_val_if_fail (magnitude != NULL && n > 0, 0);
  return select_value (magnitude, n, (gsize) (0.999 * (n - 1)));
}

/*
 * The 99.9th percentile of the root sum of squares of the zero-filled coil images: what a scan without a
 * fully sampled reference has. @mask: applied first when not NULL. On the host.
 * Returns: the scale; 0 with MSM_ERROR_VALUE when the image is zero, or MSM_ERROR_MEMORY
 */
double
msm_normalise_scale (MsmTensor *kspace, const MsmMask *mask, GError **error)
{
  MsmDevice *host = msm_device_host ();
  MsmShape shape = msm_tensor_shape (kspace);
  gsize n_plane = shape.dim[2] * shape.dim[3];
  g_autoptr (MsmLinop) fft = msm_linop_fft_new (host, shape, error);
  g_autoptr (MsmTensor) coils = NULL;
  g_autoptr (MsmTensor) image = NULL;
  MsmTensor *from = kspace;
  double scale;

  if (fft == NULL)
    return 0;
  coils = msm_tensor_new_like (kspace, error);
  if (coils == NULL)
    return 0;
  image = msm_tensor_new (host, MSM_F32, msm_shape2 (shape.dim[2], shape.dim[3]), error);
  if (image == NULL)
    return 0;
  if (mask != NULL)
    {
      g_autoptr (MsmTensor) plane = msm_mask_to_tensor (mask, host, error);

      if (plane == NULL)
        return 0;
      msm_vector_mask (host, msm_tensor_data (coils), msm_tensor_const_data (plane), msm_tensor_const_data (kspace),
                       shape.dim[0] * shape.dim[1], n_plane);
      from = coils;
    }
  msm_linop_adjoint (fft, from, coils);
  msm_vector_rss (host, msm_tensor_data (image), msm_tensor_const_data (coils), 1, shape.dim[0] * shape.dim[1],
                  n_plane);
  scale = msm_normalise_rule (msm_tensor_host (image), n_plane);
  if (!(scale > 0))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("the zero-filled image is zero: nothing of this k-space is sampled"));
      return 0;
    }
  return scale;
}
