#pragma once

#include "core/problem/measure.h"
#include "core/diffusion/spectrum.h"

G_BEGIN_DECLS

/*
 * x = (Tᴴ S T + a_b I + c_b Fᴴ P⁻¹ F)⁻¹ r for every sample b of a batch, by conjugate gradients from 0: the
 * linear-MMSE image of images with the power spectrum P (a = 0, c = σ²; Wiener's filter), and the proximal step.
 *
 * With a white P this is one multiple of I and plain CG. Otherwise the iterations run in the image's k-space with
 * the preconditioner (ρ + a + c/P)⁻¹, ρ the sampled part: P spans five decades, and without it 30 iterations do
 * not reach what 6 reach with it.
 */
typedef struct _MsmLmmse MsmLmmse;

/* @spectrum is copied, @measure borrowed. MSM_ERROR_UNSUPPORTED: images (T = I) with a P that is not white;
 * MSM_ERROR_MEMORY. */
MsmLmmse *msm_lmmse_new (MsmMeasure *measure, const MsmSpectrum *spectrum, GError **error);
void msm_lmmse_free (MsmLmmse *self);
/*
 * @flat, @coloured: [n]: a_b and c_b. Where T = I the closed form x = r / (S + a + c/P). Allocates nothing; x and
 * r differ. Outside the mask of an image, where the closed form has r / (a + c/P), r is zero by contract.
 */
void msm_lmmse_solve (MsmLmmse *self, MsmTensor *x, const MsmTensor *r, const MsmTensor *mask, const double *flat,
                      const double *coloured, int n_iterations);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmLmmse, msm_lmmse_free)

G_END_DECLS
