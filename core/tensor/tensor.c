#include "config.h"

#include "core/base/error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/device/device.h"
#include "core/tensor/crop.h"
#include "core/tensor/tensor.h"

struct _MsmTensor
{
  gatomicrefcount ref_count;
  MsmDevice *device;
  MsmDtype dtype;
  MsmShape shape;
  gsize bytes;
  void *data;
  int sealed; /* atomic */
};

char *
msm_shape_format (MsmShape shape)
{
  GString *text = g_string_new ("[");

  for (int i = 0; i < shape.rank; i++)
    g_string_append_printf (text, "%s%zu", i > 0 ? ", " : "", shape.dim[i]);
  return g_string_free (g_string_append_c (text, ']'), FALSE);
}

static gboolean
shape_bytes (MsmShape shape, MsmDtype dtype, gsize *bytes)
{
  gsize n = msm_dtype_size (dtype);

  if (shape.rank < 1 || shape.rank > MSM_MAX_RANK)
    return FALSE;
  for (int i = 0; i < shape.rank; i++)
    if (shape.dim[i] == 0 || __builtin_mul_overflow (n, shape.dim[i], &n))
      return FALSE;
  *bytes = n;
  return n < G_MAXSSIZE;
}

MsmTensor *
msm_tensor_new (MsmDevice *device, MsmDtype dtype, MsmShape shape, GError **error)
{
  g_return_val_if_fail (device != NULL, NULL);

  gsize bytes;
  void *data;
  MsmTensor *self;

  if (!shape_bytes (shape, dtype, &bytes))
    {
      g_autofree char *text = msm_shape_format (shape);

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("an array of shape %s cannot be made"), text);
      return NULL;
    }
  data = msm_device_ops (device)->memory->alloc (msm_device_state (device), bytes);
  if (data == NULL)
    {
      g_autofree char *text = msm_shape_format (shape);
      g_autofree char *left = msm_device_memory_text (device);

      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY,
                   _("not enough memory on %s for an array of shape %s (%.1f MB%s)"), msm_device_name (device), text,
                   bytes / 1e6, left);
      return NULL;
    }
  self = g_new0 (MsmTensor, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->device = msm_device_ref (device);
  self->dtype = dtype;
  self->shape = shape;
  self->bytes = bytes;
  self->data = data;
  return self;
}

MsmTensor *
msm_tensor_new_from (MsmDevice *device, MsmDtype dtype, MsmShape shape, const void *host, GError **error)
{
  MsmTensor *self = msm_tensor_new (device, dtype, shape, error);

  if (self != NULL)
    msm_tensor_upload (self, host);
  return self;
}

MsmTensor *
msm_tensor_new_like (const MsmTensor *like, GError **error)
{
  g_return_val_if_fail (like != NULL, NULL);
  return msm_tensor_new (like->device, like->dtype, like->shape, error);
}

MsmTensor *
msm_tensor_ref (MsmTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
msm_tensor_unref (MsmTensor *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  msm_device_ops (self->device)->memory->free (msm_device_state (self->device), self->data);
  msm_device_unref (self->device);
  g_free (self);
}

MsmDevice *
msm_tensor_device (const MsmTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->device;
}

MsmDtype
msm_tensor_dtype (const MsmTensor *self)
{
  g_return_val_if_fail (self != NULL, MSM_F32);
  return self->dtype;
}

MsmShape
msm_tensor_shape (const MsmTensor *self)
{
  g_return_val_if_fail (self != NULL, (MsmShape){ 0 });
  return self->shape;
}

gsize
msm_tensor_dim (const MsmTensor *self, int axis)
{
  g_return_val_if_fail (self != NULL && axis >= 0 && axis < self->shape.rank, 0);
  return self->shape.dim[axis];
}

gsize
msm_tensor_size (const MsmTensor *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return msm_shape_size (self->shape);
}

gsize
msm_tensor_bytes (const MsmTensor *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->bytes;
}

void *
msm_tensor_data (MsmTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (!msm_tensor_is_sealed (self), NULL);
  return self->data;
}

const void *
msm_tensor_const_data (const MsmTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->data;
}

float *
msm_tensor_host (MsmTensor *self)
{
  g_return_val_if_fail (self != NULL && msm_device_is_host (self->device), NULL);
  g_return_val_if_fail (!msm_tensor_is_sealed (self), NULL);
  return self->data;
}

const float *
msm_tensor_const_host (const MsmTensor *self)
{
  g_return_val_if_fail (self != NULL && msm_device_is_host (self->device), NULL);
  return self->data;
}

void
msm_tensor_seal (MsmTensor *self)
{
  g_return_if_fail (self != NULL);
  g_atomic_int_set (&self->sealed, 1);
}

gboolean
msm_tensor_is_sealed (const MsmTensor *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return g_atomic_int_get (&self->sealed) != 0;
}

void
msm_tensor_upload (MsmTensor *self, const void *host)
{
  g_return_if_fail (self != NULL && host != NULL && !msm_tensor_is_sealed (self));
  msm_device_ops (self->device)->memory->upload (msm_device_state (self->device), self->data, host, self->bytes);
}

void
msm_tensor_download (const MsmTensor *self, void *host)
{
  g_return_if_fail (self != NULL && host != NULL);
  msm_device_ops (self->device)->memory->download (msm_device_state (self->device), host, self->data, self->bytes);
}

MsmTensor *
msm_tensor_new_cropped (const void *from, MsmDtype dtype, MsmShape shape, gsize crop_rows, gsize crop_columns,
                        GError **error)
{
  gsize item = msm_dtype_size (dtype);
  gsize n_rows = shape.dim[shape.rank - 2], n_columns = shape.dim[shape.rank - 1];
  gsize rows = crop_rows > 0 && crop_rows < n_rows ? crop_rows : n_rows;
  gsize columns = crop_columns > 0 && crop_columns < n_columns ? crop_columns : n_columns;
  gsize first_row = msm_crop_first (n_rows, rows), first_column = msm_crop_first (n_columns, columns);
  gsize n_planes = msm_shape_size (shape) / (n_rows * n_columns);
  const guint8 *source = from;
  MsmTensor *result;
  guint8 *to;

  shape.dim[shape.rank - 2] = rows;
  shape.dim[shape.rank - 1] = columns;
  result = msm_tensor_new (msm_device_host (), dtype, shape, error);
  if (result == NULL)
    return NULL;
  to = msm_tensor_data (result);
  for (gsize plane = 0; plane < n_planes; plane++)
    for (gsize row = 0; row < rows; row++)
      memcpy (to + (plane * rows + row) * columns * item,
              source + ((plane * n_rows + row + first_row) * n_columns + first_column) * item, columns * item);
  return result;
}

MsmTensor *
msm_tensor_crop (const MsmTensor *self, gsize crop_rows, gsize crop_columns, GError **error)
{
  return msm_tensor_new_cropped (msm_tensor_const_host (self), msm_tensor_dtype (self), msm_tensor_shape (self),
                                 crop_rows, crop_columns, error);
}

MsmTensor *
msm_tensor_to (MsmTensor *self, MsmDevice *device, GError **error)
{
  g_return_val_if_fail (self != NULL && device != NULL, NULL);

  g_autoptr (MsmTensor) copy = NULL;
  void *staging;

  if (self->device == device)
    return msm_tensor_ref (self);
  copy = msm_tensor_new (device, self->dtype, self->shape, error);
  if (copy == NULL)
    return NULL;
  if (msm_device_is_host (self->device))
    msm_tensor_upload (copy, self->data);
  else if (msm_device_is_host (device))
    msm_tensor_download (self, copy->data);
  else
    {
      staging = g_try_malloc (self->bytes);
      if (staging == NULL)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("not enough memory to copy %.1f MB"), self->bytes / 1e6);
          return NULL;
        }
      msm_tensor_download (self, staging);
      msm_tensor_upload (copy, staging);
      g_free (staging);
    }
  if (!msm_device_check (self->device, error) || !msm_device_check (device, error))
    return NULL;
  return g_steal_pointer (&copy);
}

void
msm_tensor_reshape (MsmTensor *self, MsmShape shape)
{
  g_return_if_fail (self != NULL && !msm_tensor_is_sealed (self));
  g_return_if_fail (msm_shape_size (shape) == msm_shape_size (self->shape));
  self->shape = shape;
}
