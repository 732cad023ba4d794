#include "config.h"

#include "core/diffusion/batch.h"

MsmBatch *
msm_batch_new (MsmMeasure *measure, GError **error)
{
  g_autoptr (MsmBatch) self = g_new0 (MsmBatch, 1);
  MsmDevice *device = msm_measure_device (measure);
  MsmShape z = msm_measure_shape (measure);

  self->s = msm_tensor_new (device, msm_measure_dtype (measure), z, error);
  if (self->s == NULL)
    return NULL;
  self->mask = msm_tensor_new (device, MSM_F32, msm_shape3 (z.dim[0], z.dim[2], z.dim[3]), error);
  if (self->mask == NULL)
    return NULL;
  if (msm_measure_kind (measure) == MSM_MEASURE_IMAGE)
    return g_steal_pointer (&self);
  self->sens = msm_tensor_new (device, MSM_C64, z, error);
  return self->sens == NULL ? NULL : g_steal_pointer (&self);
}

gboolean
msm_batch_split (MsmBatch *self, GError **error)
{
  if (self->shown == NULL)
    self->shown = msm_tensor_new_like (self->mask, error);
  return self->shown != NULL;
}

void
msm_batch_free (MsmBatch *self)
{
  if (self == NULL)
    return;
  msm_tensor_unref (self->s);
  msm_tensor_unref (self->mask);
  msm_tensor_unref (self->shown);
  msm_tensor_unref (self->sens);
  g_free (self);
}

MsmTensor *
msm_batch_shown (const MsmBatch *self)
{
  return self->shown != NULL ? self->shown : self->mask;
}

gboolean
msm_batch_upload (MsmBatch *self, const MsmBatch *from, GError **error)
{
  if (from->shown != NULL && !msm_batch_split (self, error))
    return FALSE;
  msm_tensor_upload (self->s, msm_tensor_const_host (from->s));
  msm_tensor_upload (self->mask, msm_tensor_const_host (from->mask));
  if (from->shown != NULL)
    msm_tensor_upload (self->shown, msm_tensor_const_host (from->shown));
  if (self->sens != NULL)
    msm_tensor_upload (self->sens, msm_tensor_const_host (from->sens));
  self->noise_std = from->noise_std;
  return TRUE;
}
