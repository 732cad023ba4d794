#pragma once

#include "core/mask/mask.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/**
 * msm_psf_compute:
 * @device: a host device
 *
 * The point-spread function of sampling with @mask: |Fᴴ m| over its peak, the image that zero-filling makes of one
 * bright pixel in the centre.
 * Returns: (transfer full): sealed F32 [1, 1, readout, phase]; or %NULL with MSM_ERROR_MEMORY
 */
MsmTensor *msm_psf_compute (const MsmMask *mask, MsmDevice *device, GError **error);

G_END_DECLS
