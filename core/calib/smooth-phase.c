#include "config.h"

#include "core/calib/smooth-phase.h"

#include <complex.h>

#include "core/calib/centre-image.h"
#include "core/device/device.h"

MsmTensor *
msm_smooth_phase_estimate (MsmTensor *kspace, const MsmMask *mask, MsmTensor *sens, GError **error)
{
  MsmShape shape = msm_tensor_shape (sens);
  gsize n_sets = shape.dim[0], n_coils = shape.dim[1], n_plane = shape.dim[2] * shape.dim[3];
  g_autoptr (MsmTensor) coils = msm_centre_image (kspace, mask, MSM_SMOOTH_PHASE_WIDTH, error);
  g_autoptr (MsmTensor) phase = NULL;
  const float complex *image, *maps = msm_tensor_const_data (sens);
  float complex *to;

  if (coils == NULL)
    return NULL;
  phase = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (1, n_sets, shape.dim[2], shape.dim[3]), error);
  if (phase == NULL)
    return NULL;
  image = msm_tensor_const_data (coils);
  to = msm_tensor_data (phase);
  for (gsize set = 0; set < n_sets; set++)
    for (gsize p = 0; p < n_plane; p++)
      {
        float complex sum = 0;
        float size;

        for (gsize c = 0; c < n_coils; c++)
          sum += conjf (maps[(set * n_coils + c) * n_plane + p]) * image[c * n_plane + p];
        size = cabsf (sum);
        to[set * n_plane + p] = size > 0 ? sum / size : 1;
      }
  return g_steal_pointer (&phase);
}

void
msm_smooth_phase_absorb (const float *sens, const float *phase, gsize n_sets, gsize n_coils, gsize n_plane, float *to)
{
  const float complex *from = (const float complex *) sens, *factor = (const float complex *) phase;
  float complex *result = (float complex *) to;

  for (gsize set = 0; set < n_sets; set++)
    for (gsize c = 0; c < n_coils; c++)
      for (gsize p = 0; p < n_plane; p++)
        {
          gsize at = (set * n_coils + c) * n_plane + p;

          result[at] = from[at] * factor[set * n_plane + p];
        }
}

void
msm_smooth_phase_restore (float *x, const float *phase, gsize n)
{
  float complex *values = (float complex *) x;
  const float complex *factor = (const float complex *) phase;

  for (gsize i = 0; i < n; i++)
    values[i] *= factor[i];
}
