#include "config.h"

#include "core/base/error.h"

#include <glib/gi18n-lib.h>

#include "core/calib/calib.h"
#include "core/solve/linear-algebra.h"

/*
 * y ← L⁻¹ y over the coils of every point, Ψ = L Lᴴ. Both on the host device.
 * Errors: MSM_ERROR_SHAPE; MSM_ERROR_VALUE when Ψ is not positive definite (k-space is left as it was).
 */
gboolean
msm_noise_whiten (MsmTensor *kspace, MsmTensor *covariance, GError **error)
{
  gsize n_coil = msm_tensor_dim (kspace, 1);
  gsize n_batch = msm_tensor_dim (kspace, 0);
  gsize n_plane = msm_tensor_dim (kspace, 2) * msm_tensor_dim (kspace, 3);
  g_autofree float complex *factor = NULL;

  if (!msm_shape_equal (msm_tensor_shape (covariance), msm_shape2 (n_coil, n_coil))
      || msm_tensor_dtype (covariance) != MSM_C64)
    {
      g_autofree char *is = msm_shape_format (msm_tensor_shape (covariance));

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("the noise covariance is %s, expected complex [%zu, %zu] for as many coils"), is, n_coil, n_coil);
      return FALSE;
    }
  factor = g_memdup2 (msm_tensor_const_data (covariance), msm_tensor_bytes (covariance));
  if (!msm_cholesky_rows (factor, (int) n_coil, error))
    return FALSE;
  for (gsize b = 0; b < n_batch; b++)
    {
      float complex *y = (float complex *) msm_tensor_data (kspace) + b * n_coil * n_plane;

      /* Forward substitution, a coil at a time over whole planes. */
      for (gsize c = 0; c < n_coil; c++)
        {
          float complex *to = y + c * n_plane;
          float inverse = 1 / crealf (factor[c * n_coil + c]);

          for (gsize e = 0; e < c; e++)
            {
              const float complex *from = y + e * n_plane;
              float complex l = factor[c * n_coil + e];

              if (l != 0)
                for (gsize p = 0; p < n_plane; p++)
                  to[p] -= l * from[p];
            }
          for (gsize p = 0; p < n_plane; p++)
            to[p] *= inverse;
        }
    }
  return TRUE;
}
