#pragma once

#include <glib.h>

#include "core/device/shape.h"

G_BEGIN_DECLS

typedef struct _MsmDevice MsmDevice;

/*
 * A contiguous row-major array on one device, with an atomic reference count. No views, no
 * broadcasting, no implicit copies between devices: msm_tensor_to() is the only crossing.
 */
typedef struct _MsmTensor MsmTensor;

/**
 * msm_tensor_new:
 *
 * Allocates; the contents are zero.
 * Returns: (transfer full): or %NULL with MSM_ERROR_MEMORY (the message says how much was asked for)
 * or MSM_ERROR_SHAPE (an axis of size 0, or more elements than an address space holds)
 */
MsmTensor *msm_tensor_new (MsmDevice *device, MsmDtype dtype, MsmShape shape, GError **error);
/* A new tensor holding a copy of host memory. */
MsmTensor *msm_tensor_new_from (MsmDevice *device, MsmDtype dtype, MsmShape shape, const void *host, GError **error);
/* Same device, dtype and shape as @like; zero. */
MsmTensor *msm_tensor_new_like (const MsmTensor *like, GError **error);
MsmTensor *msm_tensor_ref (MsmTensor *self);
void msm_tensor_unref (MsmTensor *self);
MsmDevice *msm_tensor_device (const MsmTensor *self);
MsmDtype msm_tensor_dtype (const MsmTensor *self);
MsmShape msm_tensor_shape (const MsmTensor *self);
gsize msm_tensor_dim (const MsmTensor *self, int axis);
/* Elements, and bytes. */
gsize msm_tensor_size (const MsmTensor *self);
gsize msm_tensor_bytes (const MsmTensor *self);
/* Device pointer. Writing to a sealed tensor is a programming error. */
void *msm_tensor_data (MsmTensor *self);
const void *msm_tensor_const_data (const MsmTensor *self);
/* Host pointer of a tensor whose device computes in host memory ("cpu", "ref"); else a programming error. */
float *msm_tensor_host (MsmTensor *self);
const float *msm_tensor_const_host (const MsmTensor *self);
/* Read-only from now on, so that threads may share it. */
void msm_tensor_seal (MsmTensor *self);
gboolean msm_tensor_is_sealed (const MsmTensor *self);
/* The same values on @device: a new reference when it is there already, else a copy. */
MsmTensor *msm_tensor_to (MsmTensor *self, MsmDevice *device, GError **error);
/*
 * The middle of the last two axes of host numbers @from, of @shape, by msm_crop_first(). 0, or more than there are:
 * all. (transfer full): on the host, or %NULL with MSM_ERROR_MEMORY
 */
MsmTensor *msm_tensor_new_cropped (const void *from, MsmDtype dtype, MsmShape shape, gsize crop_rows,
                                   gsize crop_columns, GError **error);
/* The same of a tensor on the host. */
MsmTensor *msm_tensor_crop (const MsmTensor *self, gsize crop_rows, gsize crop_columns, GError **error);
/* Sticky device errors on failure, as all compute calls. @host holds msm_tensor_bytes(). */
void msm_tensor_upload (MsmTensor *self, const void *host);
void msm_tensor_download (const MsmTensor *self, void *host);
/* Same size in elements, other shape: reinterprets in place. */
void msm_tensor_reshape (MsmTensor *self, MsmShape shape);
/* "[1, 8, 256, 256]" (transfer full) */
char *msm_shape_format (MsmShape shape);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmTensor, msm_tensor_unref)

G_END_DECLS
