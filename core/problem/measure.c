#include "config.h"

#include "core/problem/measure.h"

#include "core/base/error.h"
#include "core/tensor/vector.h"

struct _MsmMeasure
{
  MsmDevice *device;
  MsmMeasureKind kind;
  gsize n, n_coil, h, w;
  MsmTensor *sens;  /* borrowed */
  MsmTensor *coils; /* scratch like z, for the adjoint and the normal operator */
  MsmFftPlan *plan;
};

MsmMeasure *
msm_measure_new (MsmDevice *device, MsmMeasureKind kind, gsize n, gsize n_coil, gsize h, gsize w, GError **error)
{
  g_autoptr (MsmMeasure) self = g_new0 (MsmMeasure, 1);

  self->device = msm_device_ref (device);
  self->kind = kind;
  self->n = n;
  self->n_coil = n_coil;
  self->h = h;
  self->w = w;
  self->coils = msm_tensor_new (device, msm_measure_dtype (self), msm_measure_shape (self), error);
  if (self->coils == NULL)
    return NULL;
  if (kind == MSM_MEASURE_IMAGE)
    return g_steal_pointer (&self);
  self->plan = msm_device_plan_fft (device, n * n_coil, h, w, error);
  return self->plan != NULL ? g_steal_pointer (&self) : NULL;
}

void
msm_measure_free (MsmMeasure *self)
{
  if (self == NULL)
    return;
  if (self->plan != NULL)
    msm_device_ops (self->device)->fourier->plan_free (msm_device_state (self->device), self->plan);
  msm_tensor_unref (self->coils);
  msm_device_unref (self->device);
  g_free (self);
}

void
msm_measure_set_sens (MsmMeasure *self, MsmTensor *sens)
{
  g_return_if_fail (self->kind == MSM_MEASURE_MRI && sens != NULL && msm_tensor_dtype (sens) == MSM_C64);
  g_return_if_fail (msm_tensor_dim (sens, 0) == self->n || msm_tensor_dim (sens, 0) == 1);
  g_return_if_fail (msm_tensor_dim (sens, 1) == self->n_coil && msm_tensor_dim (sens, 2) == self->h
                    && msm_tensor_dim (sens, 3) == self->w);
  self->sens = sens;
}

MsmTensor *
msm_measure_sens (MsmMeasure *self)
{
  return self->sens;
}

MsmDevice *
msm_measure_device (const MsmMeasure *self)
{
  return self->device;
}

MsmMeasureKind
msm_measure_kind (const MsmMeasure *self)
{
  return self->kind;
}

MsmShape
msm_measure_image_shape (const MsmMeasure *self)
{
  return msm_shape4 (self->n, self->kind == MSM_MEASURE_MRI ? 1 : self->n_coil, self->h, self->w);
}

MsmShape
msm_measure_shape (const MsmMeasure *self)
{
  return msm_shape4 (self->n, self->n_coil, self->h, self->w);
}

MsmDtype
msm_measure_dtype (const MsmMeasure *self)
{
  return self->kind == MSM_MEASURE_MRI ? MSM_C64 : MSM_F32;
}

gsize
msm_measure_channels (const MsmMeasure *self)
{
  return self->kind == MSM_MEASURE_MRI ? 2 : self->n_coil;
}

/* Maps that all samples share are one call for the batch; maps of each, one call for each. */
static gsize
n_map_groups (const MsmMeasure *self)
{
  return msm_tensor_dim (self->sens, 0);
}

static void
expand (MsmMeasure *self, const float *x, float *z)
{
  gsize plane = self->h * self->w;
  gsize groups = n_map_groups (self);
  gsize each = self->n / groups;

  for (gsize g = 0; g < groups; g++)
    msm_vector_coil_expand (self->device, z + 2 * g * each * self->n_coil * plane,
                            (const float *) msm_tensor_const_data (self->sens) + 2 * g * self->n_coil * plane,
                            x + 2 * g * each * plane, each, 1, self->n_coil, plane);
}

static void
combine (MsmMeasure *self, const float *z, float *x)
{
  gsize plane = self->h * self->w;
  gsize groups = n_map_groups (self);
  gsize each = self->n / groups;

  for (gsize g = 0; g < groups; g++)
    msm_vector_coil_combine (self->device, x + 2 * g * each * plane,
                             (const float *) msm_tensor_const_data (self->sens) + 2 * g * self->n_coil * plane,
                             z + 2 * g * each * self->n_coil * plane, each, 1, self->n_coil, plane);
}

static gboolean
fits (const MsmMeasure *self, const MsmTensor *x, const MsmTensor *z)
{
  return (self->kind == MSM_MEASURE_IMAGE || self->sens != NULL)
         && msm_shape_equal (msm_tensor_shape (x), msm_measure_image_shape (self))
         && (z == NULL || msm_shape_equal (msm_tensor_shape (z), msm_measure_shape (self)));
}

void
msm_measure_forward (MsmMeasure *self, const MsmTensor *x, MsmTensor *z)
{
  MsmDeviceState *state = msm_device_state (self->device);
  float *k = msm_tensor_data (z);

  g_return_if_fail (fits (self, x, z));
  if (self->kind == MSM_MEASURE_IMAGE)
    {
      if (x != z)
        msm_device_ops (self->device)->memory->copy (state, k, msm_tensor_const_data (x), msm_tensor_bytes (x));
      return;
    }
  expand (self, msm_tensor_const_data (x), k);
  msm_device_ops (self->device)->fourier->execute (state, self->plan, k, k, 0);
}

void
msm_measure_adjoint (MsmMeasure *self, const MsmTensor *z, MsmTensor *x)
{
  MsmDeviceState *state = msm_device_state (self->device);
  float *k = msm_tensor_data (self->coils);

  g_return_if_fail (fits (self, x, z));
  if (self->kind == MSM_MEASURE_IMAGE)
    {
      if (x != z)
        msm_device_ops (self->device)
            ->memory->copy (state, msm_tensor_data (x), msm_tensor_const_data (z), msm_tensor_bytes (x));
      return;
    }
  msm_device_ops (self->device)->fourier->execute (state, self->plan, k, msm_tensor_const_data (z), 1);
  combine (self, k, msm_tensor_data (x));
}

void
msm_measure_mask (MsmMeasure *self, MsmTensor *dst, const MsmTensor *mask, const MsmTensor *z)
{
  gsize plane = self->h * self->w;
  float *out = msm_tensor_data (dst);
  const float *m = msm_tensor_const_data (mask);
  const float *in = msm_tensor_const_data (z);

  g_return_if_fail (msm_shape_equal (msm_tensor_shape (mask), msm_shape3 (self->n, self->h, self->w)));
  g_return_if_fail (msm_shape_equal (msm_tensor_shape (z), msm_measure_shape (self)));
  for (gsize b = 0; b < self->n; b++)
    if (self->kind == MSM_MEASURE_MRI)
      msm_vector_mask (self->device, out + 2 * b * self->n_coil * plane, m + b * plane,
                       in + 2 * b * self->n_coil * plane, self->n_coil, plane);
    else
      for (gsize c = 0; c < self->n_coil; c++)
        msm_vector_mul (self->device, out + (b * self->n_coil + c) * plane, m + b * plane,
                        in + (b * self->n_coil + c) * plane, plane);
}

/* For masks of whole lines, where the device has it; FALSE: nothing, or not everything, was done. */
static gboolean
normal_lines (MsmMeasure *self, const MsmTensor *x, const MsmTensor *mask, MsmTensor *y)
{
  const MsmFourierOps *fourier = msm_device_ops (self->device)->fourier;
  gsize plane = self->h * self->w;
  gsize maps = self->kind == MSM_MEASURE_MRI && n_map_groups (self) > 1 ? 2 * self->n_coil * plane : 0;

  if (self->kind == MSM_MEASURE_IMAGE || fourier->normal_lines == NULL || x == y)
    return FALSE;
  for (gsize b = 0; b < self->n; b++)
    if (!fourier->normal_lines (msm_device_state (self->device), self->plan,
                                (float *) msm_tensor_data (y) + 2 * b * plane,
                                (const float *) msm_tensor_const_data (x) + 2 * b * plane,
                                (const float *) msm_tensor_const_data (self->sens) + b * maps,
                                (const float *) msm_tensor_const_data (mask) + b * plane, self->n_coil))
      return FALSE;
  return TRUE;
}

void
msm_measure_normal (MsmMeasure *self, const MsmTensor *x, const MsmTensor *mask, MsmTensor *y)
{
  float *k = msm_tensor_data (self->coils);

  if (normal_lines (self, x, mask, y))
    return;
  msm_measure_forward (self, x, self->coils);
  msm_measure_mask (self, self->kind == MSM_MEASURE_IMAGE ? y : self->coils, mask, self->coils);
  if (self->kind == MSM_MEASURE_IMAGE)
    return;
  msm_device_ops (self->device)->fourier->execute (msm_device_state (self->device), self->plan, k, k, 1);
  combine (self, k, msm_tensor_data (y));
}
