#include "config.h"

#include "app/session/psf.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/tensor/vector.h"

MsmTensor *
msm_psf_compute (const MsmMask *mask, MsmDevice *device, GError **error)
{
  const MsmDeviceOps *ops = msm_device_ops (device);
  MsmDeviceState *state = msm_device_state (device);
  const gsize n_rows = mask->n_readout, n_columns = mask->n_phase;
  g_autoptr (MsmTensor) plane = msm_tensor_new (device, MSM_C64, msm_shape4 (1, 1, n_rows, n_columns), error);
  g_autoptr (MsmTensor) psf = NULL;
  MsmFftPlan *plan;
  float peak;

  if (plane == NULL)
    return NULL;
  psf = msm_tensor_new (device, MSM_F32, msm_shape4 (1, 1, n_rows, n_columns), error);
  plan = psf != NULL ? ops->fourier->plan_new (state, 1, n_rows, n_columns) : NULL;
  if (plan == NULL)
    {
      if (psf != NULL)
        g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for the transform of %zu × %zu"), n_rows,
                     n_columns);
      return NULL;
    }
  for (gsize i = 0; i < n_rows * n_columns; i++)
    msm_tensor_host (plane)[2 * i] = mask->points[i];
  ops->fourier->execute (state, plan, msm_tensor_data (plane), msm_tensor_const_data (plane), 1);
  ops->fourier->plan_free (state, plan);
  msm_vector_rss (device, msm_tensor_data (psf), msm_tensor_const_data (plane), 1, 1, n_rows * n_columns);
  peak = msm_tensor_const_host (psf)[n_rows / 2 * n_columns + n_columns / 2];
  if (peak > 0)
    msm_vector_scale (device, msm_tensor_data (psf), 1 / peak, msm_tensor_const_data (psf), n_rows * n_columns);
  msm_tensor_seal (psf);
  return msm_device_check (device, error) ? g_steal_pointer (&psf) : NULL;
}
