#include "config.h"

#include "core/base/memory.h"
#include "core/calib/calib.h"
#include "core/calib/centre-image.h"
#include "core/tensor/vector.h"

/* C_c = I_c / √Σ_e |I_e|², I the coil images of the tapered centre (core/calib/centre-image.h). */
MsmTensor *
msm_low_resolution_sens (MsmTensor *kspace, const MsmMask *mask, gsize width, GError **error)
{
  MsmDevice *host = msm_device_host ();
  MsmShape shape = msm_tensor_shape (kspace);
  gsize n_coil = shape.dim[1], n_plane = shape.dim[2] * shape.dim[3];
  g_autoptr (MsmTensor) sens = msm_centre_image (kspace, mask, width, error);
  g_autofree float *rss = msm_try_new (float, n_plane, error);
  float *maps;

  if (sens == NULL || rss == NULL)
    return NULL;
  maps = msm_tensor_host (sens);
  msm_vector_rss (host, rss, maps, 1, n_coil, n_plane);
  for (gsize c = 0; c < n_coil; c++)
    for (gsize p = 0; p < n_plane; p++)
      {
        float factor = rss[p] > 0 ? 1 / rss[p] : 0;

        maps[2 * (c * n_plane + p)] *= factor;
        maps[2 * (c * n_plane + p) + 1] *= factor;
      }
  return msm_device_check (host, error) ? g_steal_pointer (&sens) : NULL;
}
