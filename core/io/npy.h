#pragma once

#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/* NumPy's .npy files, of numbers: what Python programs save masks in. */

/* Whether the first @n bytes of a file are those of a .npy file. */
gboolean msm_npy_is_head (const guint8 *head, gsize n);
/**
 * msm_npy_read:
 *
 * Booleans, integers and floats of up to 64 bits, little-endian, of up to four axes of more than one; in either order.
 * Returns: (transfer full): F32 on the host, axes as in the file but for those of one; or %NULL with MSM_ERROR_FILE,
 * _FORMAT (damaged, truncated), _UNSUPPORTED (another type) or _MEMORY
 */
MsmTensor *msm_npy_read (const char *path, GError **error);
/* F32 or C64 of any axes as float32 or complex64 in C order, axes as in the tensor. MSM_ERROR_FILE. */
gboolean msm_npy_write (const char *path, MsmTensor *tensor, GError **error);

G_END_DECLS
