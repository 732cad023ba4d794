#pragma once

#include "core/mask/mask.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/**
 * msm_centre_image:
 * @kspace: C64 [1, coil, readout, phase] on the host, masked
 * @mask: (nullable): what was sampled; %NULL: all
 * @width: most points of the centre that are used along an axis
 *
 * I = F⁻¹ (w y): the coil images of the Hann-tapered centre. The taper is as wide as the fully sampled centre, at most
 * @width; where the centre point is not sampled, @width; where that holds nothing, all that is sampled counts, with the
 * aliasing that it has.
 *
 * Returns: (transfer full): like @kspace; or %NULL: MSM_ERROR_MEMORY
 */
MsmTensor *msm_centre_image (MsmTensor *kspace, const MsmMask *mask, gsize width, GError **error);

G_END_DECLS
