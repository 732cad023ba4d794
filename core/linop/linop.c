#include "config.h"

#include "core/linop/linop-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

gboolean
msm_linop_init (MsmLinop *self, const MsmLinopClass *klass, MsmDevice *device, MsmDtype dtype, MsmShape domain,
                MsmShape codomain, GError **error)
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
  return tensor != NULL && msm_tensor_device (tensor) == self->device && msm_tensor_dtype (tensor) == self->dtype
         && msm_shape_equal (msm_tensor_shape (tensor), shape);
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

gboolean
msm_linop_has_pinv (const MsmLinop *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->klass->pinv != NULL;
}

void
msm_linop_pinv (MsmLinop *self, const MsmTensor *y, MsmTensor *x)
{
  g_return_if_fail (self != NULL && self->klass->pinv != NULL);
  g_return_if_fail (fits (self, x, self->domain) && fits (self, y, self->codomain));
  self->klass->pinv (self, y, x);
}

/* λ ← ‖AᴴA v‖, v ← AᴴA v / λ: 40 times, from noise. */
static double
power_iteration (MsmLinop *self, GError **error)
{
  g_autoptr (MsmTensor) v = msm_tensor_new (self->device, self->dtype, self->domain, error);
  g_autoptr (MsmTensor) w = v != NULL ? msm_tensor_new_like (v, error) : NULL;
  gsize n;
  double norm = 0;

  if (w == NULL)
    return -1;
  n = msm_tensor_floats (v);
  msm_vector_random_normal (self->device, msm_tensor_data (v), n, 1, 0, 0, 0);
  for (int i = 0; i <= 40; i++)
    {
      norm = sqrt (msm_tensor_dot (v, v));
      if (!(norm > 0) || !isfinite (norm))
        break;
      msm_vector_scale (self->device, msm_tensor_data (v), (float) (1 / norm), msm_tensor_const_data (v), n);
      if (i == 40)
        break;
      msm_linop_normal (self, v, w);
      msm_tensor_copy (v, w);
    }
  return norm;
}

double
msm_linop_norm2 (MsmLinop *self, GError **error)
{
  double norm2;

  g_return_val_if_fail (self != NULL, -1);
  if (self->klass->norm2 != NULL)
    return self->klass->norm2 (self, error);
  norm2 = power_iteration (self, error);
  if (norm2 < 0)
    return -1;
  if (!(norm2 > 0) || !isfinite (norm2))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("the operator ‘%s’ is zero or not finite"), self->klass->name);
      return -1;
    }
  return 1.02 * norm2;
}

MsmShape
msm_linop_domain (const MsmLinop *self)
{
  g_return_val_if_fail (self != NULL, (MsmShape){ 0 });
  return self->domain;
}

MsmShape
msm_linop_codomain (const MsmLinop *self)
{
  g_return_val_if_fail (self != NULL, (MsmShape){ 0 });
  return self->codomain;
}
