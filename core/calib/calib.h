#pragma once

#include "core/base/cancel.h"
#include "core/base/param.h"
#include "core/device/device.h"
#include "core/mask/mask.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/* ESPIRiT: calib (24), kernel (6), threshold (0.001), crop (0), sets (1 or 2), iterations (30). */
extern const MsmParam msm_espirit_params[];
/* The same and smooth-phase (on): what a reconstruction does with the maps (core/calib/smooth-phase.h). */
extern const MsmParam msm_coil_map_params[];

/**
 * msm_espirit_estimate:
 * @kspace: C64 [1, coil, readout, phase] on the host
 * @mask: what was sampled: the calibration block is the largest fully sampled centre, at most `calib`, moved along
 *   the readout to the echo
 *
 * Returns: (transfer full): sens C64 [set, coil, readout, phase] on the host, Σ_c |C_c|² = 1 where there is
 * signal and 0 elsewhere; or %NULL: MSM_ERROR_VALUE when the sampled centre is too small (says how small)
 */
MsmTensor *msm_espirit_estimate (MsmTensor *kspace, const MsmMask *mask, const MsmParams *params, MsmCancel *cancel,
                                 GError **error);
/**
 * msm_low_resolution_sens:
 * @kspace: C64 [1, coil, readout, phase] on the host, masked
 * @mask: what was sampled, or %NULL: all
 * @width: most points of the centre that are used along an axis
 *
 * For a sampled centre that is too small for ESPIRiT. The maps carry the image's own smooth phase.
 * Returns: (transfer full): sens like @kspace, Σ_c |C_c|² = 1 where there is any signal; or %NULL:
 * MSM_ERROR_MEMORY
 */
MsmTensor *msm_low_resolution_sens (MsmTensor *kspace, const MsmMask *mask, gsize width, GError **error);
/* Whitens k-space in place with the noise covariance C64 [coil, coil] (Cholesky): afterwards covariance = I. */
gboolean msm_noise_whiten (MsmTensor *kspace, MsmTensor *covariance, GError **error);
/* Compression to @n_virtual coils by SVD of the k-space; (transfer full) [1, n_virtual, readout, phase]. */
MsmTensor *msm_coil_compress (MsmTensor *kspace, gsize n_virtual, double *energy_kept, GError **error);
/* @std: (out): standard deviation per real component, from the sampled edges of k-space. MSM_ERROR_MEMORY. */
gboolean msm_noise_estimate (MsmTensor *kspace, const MsmMask *mask, double *std, GError **error);
/* The rule behind it: the 99.9th percentile of a magnitude image, whose values are reordered. */
double msm_normalise_rule (float *magnitude, gsize n);
/* The scale of docs/method.md §9.1: from the zero-filled image alone. */
double msm_normalise_scale (MsmTensor *kspace, const MsmMask *mask, GError **error);

G_END_DECLS
