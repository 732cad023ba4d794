#pragma once

#include "core/device/device.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * Channels-last images [n, h, w, c] inside larger ones [n, H, W, c]: P repeats the image mirrored at its edge
 * pixels, C cuts the middle out again; C P = I. For networks that take only some sizes.
 */
typedef struct _MsmPadding MsmPadding;

/* MSM_ERROR_SHAPE when a side is too short to be mirrored that far, MSM_ERROR_MEMORY. */
MsmPadding *msm_padding_new            (MsmDevice *device, MsmShape small, gsize big_h, gsize big_w, GError **error);
void        msm_padding_free           (MsmPadding *self);
/* Allocate nothing. big = P small, small = Pᵀ big, small = C big, big = Cᵀ small. */
void        msm_padding_extend         (MsmPadding *self, MsmTensor *big, const MsmTensor *small);
void        msm_padding_extend_adjoint (MsmPadding *self, MsmTensor *small, const MsmTensor *big);
void        msm_padding_crop           (MsmPadding *self, MsmTensor *small, const MsmTensor *big);
void        msm_padding_crop_adjoint   (MsmPadding *self, MsmTensor *big, const MsmTensor *small);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmPadding, msm_padding_free)

G_END_DECLS
