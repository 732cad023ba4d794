#include "config.h"

#include "app/session/preview.h"

#include <glib/gi18n-lib.h>

#include "app/session/psf.h"
#include "core/base/error.h"
#include "core/device/device.h"
#include "core/tensor/vector.h"

void
msm_preview_free (MsmPreview *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->zero_filled, msm_tensor_unref);
  g_clear_pointer (&self->kspace, msm_tensor_unref);
  g_clear_pointer (&self->reference, msm_tensor_unref);
  g_clear_pointer (&self->psf, msm_tensor_unref);
  g_free (self);
}

void
msm_preview_input_clear (MsmPreviewInput *input)
{
  g_clear_pointer (&input->kspace, msm_tensor_unref);
  g_clear_pointer (&input->mask, msm_mask_unref);
  g_clear_pointer (&input->truth, msm_tensor_unref);
}

/* Σ over coils, or the one there is, as a picture of the whole plane. */
static MsmTensor *
combine (MsmDevice *device, MsmTensor *coils, GError **error)
{
  gsize n_coils = msm_tensor_dim (coils, 1);
  gsize n_rows = msm_tensor_dim (coils, 2);
  gsize n_columns = msm_tensor_dim (coils, 3);
  MsmTensor *result;

  if (n_coils == 1)
    return msm_tensor_new_from (device, MSM_C64, msm_shape4 (1, 1, n_rows, n_columns), msm_tensor_const_data (coils),
                                error);
  result = msm_tensor_new (device, MSM_F32, msm_shape4 (1, 1, n_rows, n_columns), error);
  if (result != NULL)
    msm_vector_rss (device, msm_tensor_data (result), msm_tensor_const_data (coils), 1, n_coils, n_rows * n_columns);
  return result;
}

/* The coils that are looked at, on @device; for an image, its first channel as complex numbers. */
static MsmTensor *
select_coils (const MsmPreviewInput *input, MsmDevice *device, GError **error)
{
  gsize n_coils = msm_tensor_dim (input->kspace, 1);
  gsize n_rows = msm_tensor_dim (input->kspace, 2);
  gsize n_columns = msm_tensor_dim (input->kspace, 3);
  gsize n = n_rows * n_columns;
  gsize first = input->coil >= 0 && (gsize) input->coil < n_coils ? (gsize) input->coil : 0;
  MsmTensor *result;

  if (msm_tensor_dtype (input->kspace) == MSM_F32)
    {
      const float *from = msm_tensor_const_host (input->kspace) + first * n;
      float *to;

      result = msm_tensor_new (device, MSM_C64, msm_shape4 (1, 1, n_rows, n_columns), error);
      if (result == NULL)
        return NULL;
      to = msm_tensor_host (result);
      for (gsize i = 0; i < n; i++)
        to[2 * i] = from[i];
      return result;
    }
  if (input->coil < 0 && !input->is_image)
    return msm_tensor_new_from (device, MSM_C64, msm_shape4 (1, n_coils, n_rows, n_columns),
                                msm_tensor_const_data (input->kspace), error);
  return msm_tensor_new_from (device, MSM_C64, msm_shape4 (1, 1, n_rows, n_columns),
                              msm_tensor_const_host (input->kspace) + 2 * first * n, error);
}

/* coils → its images, in place, combined and cropped. */
static MsmTensor *
image_of (const MsmPreviewInput *input, MsmDevice *device, MsmFftPlan *plan, MsmTensor *coils, GError **error)
{
  g_autoptr (MsmTensor) whole = NULL;
  MsmTensor *shown;

  msm_device_ops (device)->fourier->execute (msm_device_state (device), plan, msm_tensor_data (coils),
                                             msm_tensor_const_data (coils), 1);
  whole = combine (device, coils, error);
  shown = whole != NULL ? msm_tensor_crop (whole, input->crop_readout, input->crop_phase, error) : NULL;
  if (shown != NULL)
    msm_tensor_seal (shown);
  return shown;
}

MsmPreview *
msm_preview_compute (const MsmPreviewInput *input, MsmDevice *device, GError **error)
{
  const MsmDeviceOps *ops = msm_device_ops (device);
  MsmDeviceState *state = msm_device_state (device);
  g_autoptr (MsmPreview) self = g_new0 (MsmPreview, 1);
  g_autoptr (MsmTensor) coils = select_coils (input, device, error);
  g_autoptr (MsmTensor) mask = NULL;
  gint64 start = g_get_monotonic_time ();
  MsmFftPlan *plan;
  gboolean ok = FALSE;
  gsize n_coils, n_rows, n_columns;

  if (coils == NULL)
    return NULL;
  n_coils = msm_tensor_dim (coils, 1);
  n_rows = msm_tensor_dim (coils, 2);
  n_columns = msm_tensor_dim (coils, 3);
  plan = ops->fourier->plan_new (state, n_coils, n_rows, n_columns);
  if (plan == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for the transform of %zu × %zu × %zu"), n_coils,
                   n_rows, n_columns);
      return NULL;
    }
  if (input->is_image)
    ops->fourier->execute (state, plan, msm_tensor_data (coils), msm_tensor_const_data (coils), 0);
  if (input->wants_reference && input->truth != NULL && input->coil < 0)
    self->reference = msm_tensor_ref (input->truth);
  else if (input->wants_reference)
    {
      g_autoptr (MsmTensor) copy =
          msm_tensor_new_from (device, MSM_C64, msm_tensor_shape (coils), msm_tensor_const_data (coils), error);

      if (copy == NULL || (self->reference = image_of (input, device, plan, copy, error)) == NULL)
        goto out;
    }
  if (input->mask != NULL)
    {
      self->psf = msm_psf_compute (input->mask, device, error);
      if (self->psf == NULL)
        goto out;
      mask = msm_mask_to_tensor (input->mask, device, error);
      if (mask == NULL)
        goto out;
      msm_vector_mask (device, msm_tensor_data (coils), msm_tensor_const_data (mask), msm_tensor_const_data (coils),
                       n_coils, n_rows * n_columns);
    }
  self->kspace = combine (device, coils, error);
  if (self->kspace == NULL)
    goto out;
  msm_tensor_seal (self->kspace);
  self->zero_filled = image_of (input, device, plan, coils, error);
  ok = self->zero_filled != NULL && msm_device_check (device, error);
  self->ms = (g_get_monotonic_time () - start) / 1000.0;
out:
  ops->fourier->plan_free (state, plan);
  return ok ? g_steal_pointer (&self) : NULL;
}
