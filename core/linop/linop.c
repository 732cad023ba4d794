#include "config.h"

#include "core/linop/linop-private.h"

gboolean
msm_linop_init (MsmLinop *self, const MsmLinopClass *klass, MsmDevice *device, MsmDtype dtype,
                MsmShape domain, MsmShape codomain, GError **error)
{
  g_atomic_ref_count_init (&self->ref_count);
  self->klass = klass;
  self->device = msm_device_ref (device);
  self->dtype = dtype;
  self->domain = domain;
  self->codomain = codomain;
  if (klass->normal != NULL)
    return TRUE;
  self->scratch = msm_tensor_new (device, dtype, codomain, error);
  return self->scratch != NULL;
}

MsmLinop *
msm_linop_ref (MsmLinop *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
msm_linop_unref (MsmLinop *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  if (self->klass->dispose != NULL)
    self->klass->dispose (self);
  msm_tensor_unref (self->scratch);
  msm_device_unref (self->device);
  g_free (self);
}

static gboolean
fits (const MsmLinop *self, const MsmTensor *tensor, MsmShape shape)
{
  return tensor != NULL && msm_tensor_device (tensor) == self->device
         && msm_tensor_dtype (tensor) == self->dtype && msm_shape_equal (msm_tensor_shape (tensor), shape);
}

void
msm_linop_forward (MsmLinop *self, const MsmTensor *x, MsmTensor *y)
{
  g_return_if_fail (self != NULL && fits (self, x, self->domain) && fits (self, y, self->codomain));
  self->klass->forward (self, x, y);
}

void
msm_linop_adjoint (MsmLinop *self, const MsmTensor *y, MsmTensor *x)
{
  g_return_if_fail (self != NULL && fits (self, x, self->domain) && fits (self, y, self->codomain));
  self->klass->adjoint (self, y, x);
}

void
msm_linop_normal (MsmLinop *self, const MsmTensor *x, MsmTensor *z)
{
  g_return_if_fail (self != NULL && fits (self, x, self->domain) && fits (self, z, self->domain));
  if (self->klass->normal != NULL)
    {
      self->klass->normal (self, x, z);
      return;
    }
  self->klass->forward (self, x, self->scratch);
  self->klass->adjoint (self, self->scratch, z);
}

MsmShape
msm_linop_domain (const MsmLinop *self)
{
  g_return_val_if_fail (self != NULL, (MsmShape) { 0 });
  return self->domain;
}

MsmShape
msm_linop_codomain (const MsmLinop *self)
{
  g_return_val_if_fail (self != NULL, (MsmShape) { 0 });
  return self->codomain;
}
