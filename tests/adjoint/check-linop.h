#pragma once

/* What every operator must satisfy, for the tests of this folder. */

#include <complex.h>
#include <math.h>

#include "core/linop/linop.h"

static inline MsmTensor *
noise (MsmDevice *device, MsmDtype dtype, MsmShape shape, guint stream)
{
  MsmTensor *t = msm_tensor_new (device, dtype, shape, NULL);

  msm_device_ops (device)->vector->random_normal (msm_device_state (device), msm_tensor_data (t),
                                                  msm_tensor_bytes (t) / 4, 7, stream, 0, 0);
  return t;
}

static inline double complex
dot (MsmTensor *x, MsmTensor *y)
{
  double r[2];
  MsmDevice *d = msm_tensor_device (x);

  if (msm_tensor_dtype (x) == MSM_F32)
    return msm_device_ops (d)->vector->dot (msm_device_state (d), msm_tensor_const_data (x), msm_tensor_const_data (y),
                                            msm_tensor_size (x));
  msm_device_ops (d)->vector->cdot (msm_device_state (d), msm_tensor_const_data (x), msm_tensor_const_data (y),
                                    msm_tensor_size (x), r);
  return r[0] + r[1] * I;
}

static inline double
distance (MsmTensor *x, MsmTensor *y)
{
  g_autoptr (MsmTensor) host_x = msm_tensor_to (x, msm_device_host (), NULL);
  g_autoptr (MsmTensor) host_y = msm_tensor_to (y, msm_device_host (), NULL);
  const float *a = msm_tensor_const_host (host_x), *b = msm_tensor_const_host (host_y);
  double difference = 0, norm = 0;

  for (gsize i = 0; i < msm_tensor_bytes (x) / 4; i++)
    {
      difference += pow ((double) a[i] - b[i], 2);
      norm += pow (b[i], 2);
    }
  return sqrt (difference / norm);
}

/* Bounds: float32 rounding over sums of at most a few hundred terms stays well below 1e-5. */
static inline void
check_linop (MsmLinop *a)
{
  MsmDevice *d = a->device;
  g_autoptr (MsmTensor) x = noise (d, a->dtype, a->domain, 1);
  g_autoptr (MsmTensor) x2 = noise (d, a->dtype, a->domain, 2);
  g_autoptr (MsmTensor) y = noise (d, a->dtype, a->codomain, 3);
  g_autoptr (MsmTensor) ax = msm_tensor_new_like (y, NULL);
  g_autoptr (MsmTensor) ax2 = msm_tensor_new_like (y, NULL);
  g_autoptr (MsmTensor) asum = msm_tensor_new_like (y, NULL);
  g_autoptr (MsmTensor) ahy = msm_tensor_new_like (x, NULL);
  g_autoptr (MsmTensor) z = msm_tensor_new_like (x, NULL);
  const MsmVectorOps *v = msm_device_ops (d)->vector;
  double complex left, right;
  double scale;

  msm_linop_forward (a, x, ax);
  msm_linop_adjoint (a, y, ahy);
  left = dot (y, ax);
  right = dot (ahy, x);
  scale = sqrt (creal (dot (ax, ax)) * creal (dot (y, y)));
  g_assert_cmpfloat (cabs (left - right), <=, 1e-5 * scale);

  msm_linop_adjoint (a, ax, ahy);
  msm_linop_normal (a, x, z);
  g_assert_cmpfloat (distance (z, ahy), <=, 1e-5);

  msm_linop_forward (a, x2, ax2);
  v->lincomb (msm_device_state (d), msm_tensor_data (x), 2, msm_tensor_const_data (x), -3, msm_tensor_const_data (x2),
              msm_tensor_bytes (x) / 4);
  v->lincomb (msm_device_state (d), msm_tensor_data (ax), 2, msm_tensor_const_data (ax), -3,
              msm_tensor_const_data (ax2), msm_tensor_bytes (ax) / 4);
  msm_linop_forward (a, x, asum);
  g_assert_cmpfloat (distance (asum, ax), <=, 1e-5);
}
