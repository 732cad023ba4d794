#include "config.h"

#include "core/tensor/tensor-math.h"

#include <math.h>

#include "core/device/device.h"

gsize
msm_tensor_floats (const MsmTensor *x)
{
  return msm_tensor_size (x) * (msm_tensor_dtype (x) == MSM_C64 ? 2 : 1);
}

void
msm_tensor_lincomb (MsmTensor *dst, double a, const MsmTensor *x, double b, const MsmTensor *y)
{
  MsmDevice *device = msm_tensor_device (dst);

  msm_device_ops (device)->vector->lincomb (msm_device_state (device), msm_tensor_data (dst), (float) a,
                                            msm_tensor_const_data (x), (float) b, msm_tensor_const_data (y),
                                            msm_tensor_floats (dst));
}

void
msm_tensor_axpy (MsmTensor *y, double a, const MsmTensor *x)
{
  MsmDevice *device = msm_tensor_device (y);

  msm_device_ops (device)->vector->axpy (msm_device_state (device), msm_tensor_data (y), (float) a,
                                         msm_tensor_const_data (x), msm_tensor_floats (y));
}

void
msm_tensor_copy (MsmTensor *dst, const MsmTensor *src)
{
  MsmDevice *device = msm_tensor_device (dst);

  msm_device_ops (device)->memory->copy (msm_device_state (device), msm_tensor_data (dst), msm_tensor_const_data (src),
                                         msm_tensor_bytes (dst));
}

double
msm_tensor_dot (const MsmTensor *x, const MsmTensor *y)
{
  MsmDevice *device = msm_tensor_device (x);

  return msm_device_ops (device)->vector->dot (msm_device_state (device), msm_tensor_const_data (x),
                                               msm_tensor_const_data (y), msm_tensor_floats (x));
}

void
msm_tensor_root_of_squares (const MsmTensor *x, gsize first, gsize n_planes, gsize n, float *out)
{
  const gsize n_parts = msm_tensor_dtype (x) == MSM_C64 ? 2 : 1;
  const float *v = (const float *) msm_tensor_const_host (x) + first * n * n_parts;

  g_return_if_fail ((first + n_planes) * n <= msm_tensor_size (x));

  for (gsize i = 0; i < n; i++)
    {
      double sum = 0;

      for (gsize p = 0; p < n_planes; p++)
        for (gsize part = 0; part < n_parts; part++)
          {
            const double value = v[(p * n + i) * n_parts + part];

            sum += value * value;
          }
      out[i] = (float) sqrt (sum);
    }
}
