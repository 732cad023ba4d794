#pragma once

#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * What a tensor holds now, for the host. From a GPU that can it travels while the calls that follow run; from others it
 * is there at once. Of a device that computes in the host's memory it is the tensor's own memory, so it must be read
 * before anything else happens to it.
 */
typedef struct _MsmHostCopy MsmHostCopy;

/* NULL with MSM_ERROR_MEMORY. */
MsmHostCopy *msm_host_copy_new (MsmTensor *tensor, GError **error);
void msm_host_copy_free (MsmHostCopy *self);
/* It is still on its way, perhaps. */
gboolean msm_host_copy_is_pending (const MsmHostCopy *self);
gsize msm_host_copy_bytes (const MsmHostCopy *self);
/* Waits for it, in any thread. (transfer none) NULL: the device failed. */
const void *msm_host_copy_wait (MsmHostCopy *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmHostCopy, msm_host_copy_free)

G_END_DECLS
