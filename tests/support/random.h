#pragma once

/* Seeded tensors on host devices, and their distances. */

#include <math.h>

#include "core/device/device.h"
#include "core/tensor/tensor.h"

static inline MsmTensor *
random_tensor (MsmDevice *device, MsmDtype dtype, MsmShape shape, guint stream)
{
  MsmTensor *t = msm_tensor_new (device, dtype, shape, NULL);

  msm_device_ops (device)->vector->random_normal (msm_device_state (device), msm_tensor_data (t),
                                                  msm_tensor_bytes (t) / sizeof (float), 7, stream, 0, 0);
  return t;
}

/* One with probability @p, else zero. */
static inline MsmTensor *
random_mask (MsmDevice *device, MsmShape shape, double p, guint stream)
{
  MsmTensor *t = msm_tensor_new (device, MSM_F32, shape, NULL);

  msm_device_ops (device)->vector->random_uniform (msm_device_state (device), msm_tensor_data (t), msm_tensor_size (t),
                                                   7, stream, 0, 0);
  for (gsize i = 0; i < msm_tensor_size (t); i++)
    msm_tensor_host (t)[i] = msm_tensor_host (t)[i] < p ? 1 : 0;
  return t;
}

/* Σ x y over real elements: Re ⟨x, y⟩. */
static inline double
real_dot (const MsmTensor *x, const MsmTensor *y)
{
  const float *a = msm_tensor_const_host (x);
  const float *b = msm_tensor_const_host (y);
  double sum = 0;

  for (gsize i = 0; i < msm_tensor_bytes (x) / sizeof (float); i++)
    sum += (double) a[i] * b[i];
  return sum;
}

/* ‖a − b‖ / ‖b‖ */
static inline double
relative_difference (const float *a, const float *b, gsize n)
{
  double error = 0;
  double norm = 0;

  for (gsize i = 0; i < n; i++)
    {
      error += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
      norm += (double) b[i] * b[i];
    }
  return sqrt (error / norm);
}
