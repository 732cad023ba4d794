#pragma once

#include "core/diffusion/measure.h"

G_BEGIN_DECLS

/* x = (Tᴴ S T + λ_b I)⁻¹ r for every sample b of a batch, by a fixed number of conjugate gradients from 0. */
typedef struct _MsmLmmse MsmLmmse;

/* MSM_ERROR_MEMORY. @measure is borrowed. */
MsmLmmse *msm_lmmse_new   (MsmMeasure *measure, int n_iterations, GError **error);
void      msm_lmmse_free  (MsmLmmse *self);
/*
 * @lambda: [n]. Where T = I the closed form x = r / (S + λ). Allocates nothing; x and r differ.
 * Outside the mask of an image, where the closed form has r / λ, r is zero by contract.
 */
void      msm_lmmse_solve (MsmLmmse *self, MsmTensor *x, const MsmTensor *r, const MsmTensor *mask,
                           const double *lambda);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmLmmse, msm_lmmse_free)

G_END_DECLS
