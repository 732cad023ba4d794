#include "config.h"

#include "core/base/error.h"

#include <glib/gi18n-lib.h>

#include "core/calib/calib.h"
#include "core/solve/linear-algebra.h"

/*
 * The strongest n_virtual orthonormal combinations of coils: v_k = u_kᴴ y, u the eigenvectors of Σ y yᴴ
 * (which are the left singular vectors of y), strongest first. @energy_kept: their part of Σ |y|².
 * Errors: MSM_ERROR_VALUE when n_virtual is 0 or more than there are coils.
 */
MsmTensor *
msm_coil_compress (MsmTensor *kspace, gsize n_virtual, double *energy_kept, GError **error)
{
  MsmShape shape = msm_tensor_shape (kspace);
  gsize n_coil = shape.dim[1], n_plane = shape.dim[2] * shape.dim[3];
  const float complex *y = msm_tensor_const_data (kspace);
  g_autoptr (MsmTensor) result = NULL;
  g_autofree float complex *gram = g_new0 (float complex, n_coil * n_coil);
  g_autofree float *values = g_new0 (float, n_coil);
  double kept = 0, total = 0;
  float complex *v;

  g_return_val_if_fail (shape.rank == 4 && shape.dim[0] == 1, NULL);
  if (n_virtual == 0 || n_virtual > n_coil)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("cannot make %zu virtual coils of %zu coils"), n_virtual,
                   n_coil);
      return NULL;
    }
  shape.dim[1] = n_virtual;
  result = msm_tensor_new (msm_device_host (), MSM_C64, shape, error);
  if (result == NULL)
    return NULL;
  /* Planes are contiguous: as a column-major n_plane × n_coil matrix Y this is Yᴴ Y = conj (Σ y yᴴ). */
  if (!msm_gram_inner (y, (int) n_plane, (int) n_coil, gram, error) || !msm_eigen (gram, (int) n_coil, values, error))
    return NULL;
  for (gsize c = 0; c < n_coil; c++)
    total += MAX (values[c], 0);
  v = msm_tensor_data (result);
  for (gsize k = 0; k < n_virtual; k++)
    {
      gsize from = n_coil - 1 - k;

      kept += MAX (values[from], 0);
      for (gsize c = 0; c < n_coil; c++)
        {
          float complex weight = gram[from * n_coil + c]; /* conj (u_k) */

          for (gsize p = 0; p < n_plane; p++)
            v[k * n_plane + p] += weight * y[c * n_plane + p];
        }
    }
  if (energy_kept != NULL)
    *energy_kept = total > 0 ? kept / total : 1;
  return g_steal_pointer (&result);
}
