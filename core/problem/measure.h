#pragma once

#include "core/device/device.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * The full measurement z = T x of a batch of n images (docs/method.md §1), and its masks.
 *
 *   MRI:    z = F C x;  x C64 [n, 1, h, w];  z C64 [n, coil, h, w];  sens C64 [n or 1, coil, h, w]
 *   image:  z = x;      x, z F32 [n, channel, h, w]
 *
 * Masks are F32 [n, h, w] (0 or 1), one per sample, repeated over coils or channels.
 */
typedef enum
{
  MSM_MEASURE_MRI,
  MSM_MEASURE_IMAGE
} MsmMeasureKind;

typedef struct _MsmMeasure MsmMeasure;

/* @n_coil: coils, or channels of images. MSM_ERROR_MEMORY, MSM_ERROR_SHAPE. */
MsmMeasure *msm_measure_new (MsmDevice *device, MsmMeasureKind kind, gsize n, gsize n_coil, gsize h, gsize w,
                             GError **error);
void msm_measure_free (MsmMeasure *self);
/* The maps of the batch (MRI only); borrowed until the next call. First axis n, or 1: shared by all. */
void msm_measure_set_sens (MsmMeasure *self, MsmTensor *sens);
MsmTensor *msm_measure_sens (MsmMeasure *self);
MsmDevice *msm_measure_device (const MsmMeasure *self);
MsmMeasureKind msm_measure_kind (const MsmMeasure *self);
MsmShape msm_measure_image_shape (const MsmMeasure *self); /* of x */
MsmShape msm_measure_shape (const MsmMeasure *self);       /* of z */
MsmDtype msm_measure_dtype (const MsmMeasure *self);       /* of both */
/* Real numbers of one pixel of x: 2 (re, im) or the channels of a picture. */
gsize msm_measure_channels (const MsmMeasure *self);
/* Allocate nothing. */
void msm_measure_forward (MsmMeasure *self, const MsmTensor *x, MsmTensor *z); /* z = T x  */
void msm_measure_adjoint (MsmMeasure *self, const MsmTensor *z, MsmTensor *x); /* x = Tᴴ z */
/* dst = S z (may alias). */
void msm_measure_mask (MsmMeasure *self, MsmTensor *dst, const MsmTensor *mask, const MsmTensor *z);
/* y = Tᴴ S T x; x and y differ. */
void msm_measure_normal (MsmMeasure *self, const MsmTensor *x, const MsmTensor *mask, MsmTensor *y);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmMeasure, msm_measure_free)

G_END_DECLS
