#include "config.h"

#include "core/tensor/host-copy.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/device/device.h"

struct _MsmHostCopy
{
  MsmDevice *device;
  gsize n_bytes;
  MsmFetch *fetch;      /* on its way, or */
  void *owned;          /* downloaded, or */
  const void *borrowed; /* the tensor's own */
};

MsmHostCopy *
msm_host_copy_new (MsmTensor *tensor, GError **error)
{
  g_autoptr (MsmHostCopy) self = g_new0 (MsmHostCopy, 1);
  const MsmMemoryOps *memory;
  MsmDeviceState *state;

  self->device = msm_device_ref (msm_tensor_device (tensor));
  self->n_bytes = msm_tensor_bytes (tensor);
  memory = msm_device_ops (self->device)->memory;
  state = msm_device_state (self->device);
  if (msm_device_is_host (self->device))
    self->borrowed = msm_tensor_const_data (tensor);
  else if (memory->fetch != NULL)
    self->fetch = memory->fetch (state, msm_tensor_const_data (tensor), self->n_bytes);
  if (self->borrowed != NULL || self->fetch != NULL)
    return g_steal_pointer (&self);
  self->owned = g_try_malloc (self->n_bytes);
  if (self->owned == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for a frame of %zu bytes"), self->n_bytes);
      return NULL;
    }
  msm_tensor_download (tensor, self->owned);
  return g_steal_pointer (&self);
}

void
msm_host_copy_free (MsmHostCopy *self)
{
  if (self == NULL)
    return;
  if (self->fetch != NULL)
    msm_device_ops (self->device)->memory->fetch_free (self->fetch);
  g_free (self->owned);
  msm_device_unref (self->device);
  g_free (self);
}

gboolean
msm_host_copy_is_pending (const MsmHostCopy *self)
{
  return self->fetch != NULL;
}

gsize
msm_host_copy_bytes (const MsmHostCopy *self)
{
  return self->n_bytes;
}

const void *
msm_host_copy_wait (MsmHostCopy *self)
{
  if (self->fetch != NULL)
    return msm_device_ops (self->device)->memory->fetched (self->fetch);
  return self->owned != NULL ? self->owned : self->borrowed;
}
