#pragma once

#include "core/mask/mask.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/* Side of the block of k-space's centre that says what is smooth. */
#define MSM_SMOOTH_PHASE_WIDTH 20

/**
 * msm_smooth_phase_estimate:
 * @kspace: C64 [1, coil, readout, phase] on the host, masked
 * @mask: (nullable): what was sampled; %NULL: all
 * @sens: C64 [set, coil, readout, phase] on the host
 *
 * e^{iφ} = x / |x|, x = Σ_c conj(C_c) I_c, I the coil images of the tapered centre (core/calib/centre-image.h) of at
 * most MSM_SMOOTH_PHASE_WIDTH points; 1 where x = 0. The slow part of the phase.
 *
 * Returns: (transfer full): C64 [1, set, readout, phase] of magnitude 1; or %NULL: MSM_ERROR_MEMORY
 */
MsmTensor *msm_smooth_phase_estimate (MsmTensor *kspace, const MsmMask *mask, MsmTensor *sens, GError **error);
/**
 * msm_smooth_phase_absorb:
 * @sens: complex [n_sets, n_coils, n_plane]; @to: the same, may be @sens
 * @phase: e^{iφ}, complex [n_sets, n_plane]
 *
 * C e^{iφ}: an image x = e^{iφ} x' of the maps C is x', nearly real, of these. Σ_c |C_c|² is as it was.
 */
void msm_smooth_phase_absorb (const float *sens, const float *phase, gsize n_sets, gsize n_coils, gsize n_plane,
                              float *to);
/* x = e^{iφ} x': @n complex values in place. */
void msm_smooth_phase_restore (float *x, const float *phase, gsize n);

G_END_DECLS
