#include "config.h"

#include "core/phantom/acquire.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/device/device.h"
#include "core/tensor/vector.h"

gboolean
msm_acquire_dft (MsmTensor *tensor, gboolean inverse, GError **error)
{
  MsmDevice *host = msm_device_host ();
  const MsmDeviceOps *ops = msm_device_ops (host);
  MsmShape shape = msm_tensor_shape (tensor);
  MsmFftPlan *plan;
  float *data = msm_tensor_host (tensor);

  g_return_val_if_fail (shape.rank == 4 && msm_tensor_dtype (tensor) == MSM_C64, FALSE);
  plan = ops->fourier->plan_new (msm_device_state (host), shape.dim[0] * shape.dim[1], shape.dim[2], shape.dim[3]);
  if (plan == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for a Fourier transform of %zu × %zu points"),
                   shape.dim[2], shape.dim[3]);
      return FALSE;
    }
  ops->fourier->execute (msm_device_state (host), plan, data, data, inverse);
  ops->fourier->plan_free (msm_device_state (host), plan);
  return msm_device_check (host, error);
}

static void
turn_phase (float *x, const float *phase, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      float c = cosf (phase[i]), s = sinf (phase[i]);
      float re = x[2 * i], im = x[2 * i + 1];

      x[2 * i] = re * c - im * s;
      x[2 * i + 1] = re * s + im * c;
    }
}

static gboolean
add_noise (MsmTensor *kspace, double std, guint64 seed, guint32 slice, GError **error)
{
  MsmDevice *host = msm_device_host ();
  gsize n = 2 * msm_tensor_size (kspace);
  g_autoptr (MsmTensor) noise = msm_tensor_new_like (kspace, error);

  if (noise == NULL)
    return FALSE;
  msm_vector_random_normal (host, msm_tensor_host (noise), n, seed, 22, slice, 0);
  msm_vector_axpy (host, msm_tensor_host (kspace), (float) std, msm_tensor_const_host (noise), n);
  return TRUE;
}

gboolean
msm_acquire (MsmTensor *x, const MsmAcquisition *acquisition, MsmTensor **kspace, MsmTensor **sens, MsmTensor **image,
             GError **error)
{
  MsmDevice *host = msm_device_host ();
  gsize n_readout = msm_tensor_dim (x, 2), n_phase = msm_tensor_dim (x, 3);
  gsize n_plane = n_readout * n_phase;
  MsmShape shape = msm_shape4 (1, acquisition->n_coils, n_readout, n_phase);
  g_autofree float *phase = msm_try_new (float, n_plane, error);
  g_autofree float *magnitude = phase != NULL ? msm_try_new (float, n_plane, error) : NULL;
  g_autoptr (MsmTensor) object = NULL, coils = NULL, z = NULL;
  double reference = acquisition->reference;

  if (magnitude == NULL)
    return FALSE;
  object = msm_tensor_new_from (host, MSM_C64, msm_shape4 (1, 1, n_readout, n_phase), msm_tensor_const_host (x), error);
  coils = object != NULL ? msm_tensor_new (host, MSM_C64, shape, error) : NULL;
  z = coils != NULL ? msm_tensor_new (host, MSM_C64, shape, error) : NULL;
  if (z == NULL)
    return FALSE;

  msm_smooth_phase (acquisition->seed, acquisition->phase, n_readout, n_phase, phase);
  turn_phase (msm_tensor_host (object), phase, n_plane);
  if (!msm_coils_make (acquisition->coil_model, acquisition->n_coils, n_readout, n_phase, msm_tensor_host (coils),
                       error))
    return FALSE;
  msm_vector_coil_expand (host, msm_tensor_host (z), msm_tensor_const_host (coils), msm_tensor_const_host (object), 1,
                          1, acquisition->n_coils, n_plane);
  if (!msm_acquire_dft (z, FALSE, error))
    return FALSE;
  if (reference <= 0)
    {
      msm_vector_cabs (host, magnitude, msm_tensor_const_host (object), n_plane);
      reference = msm_vector_max_abs (host, magnitude, n_plane);
    }
  if (acquisition->noise > 0
      && !add_noise (z, acquisition->noise * reference, acquisition->seed, acquisition->slice, error))
    return FALSE;
  if (!msm_device_check (host, error))
    return FALSE;

  *kspace = g_steal_pointer (&z);
  if (sens != NULL)
    *sens = g_steal_pointer (&coils);
  if (image != NULL)
    *image = g_steal_pointer (&object);
  return TRUE;
}
