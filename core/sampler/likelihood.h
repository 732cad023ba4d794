#pragma once

#include "core/problem/measure.h"
#include "core/diffusion/spectrum.h"
#include "core/problem/problem.h"

G_BEGIN_DECLS

/*
 * How the measurement y = H x + e pulls on a batch of ẑ, x = Tᴴ ẑ (docs/method.md §6, §10). All corrections work
 * in place, on a measurement-shaped tensor, and allocate nothing; samples do not influence one another.
 */
typedef enum
{
  MSM_LIKELIHOOD_GRADIENT, /* CS-MRI: in every partial mask; else after aggregation, H's adjoint */
  MSM_LIKELIHOOD_PINV,     /* after aggregation, a pseudo-inverse in place of the adjoint */
  MSM_LIKELIHOOD_PROXIMAL, /* after aggregation, by conjugate gradients */
} MsmLikelihoodKind;

typedef struct _MsmLikelihood MsmLikelihood;

/**
 * msm_likelihood_new:
 * @measure, @problem: (borrowed): of one device and size; @measure has its maps
 * @spectrum: of the prior's images, for the proximal step
 * @gain, @offset: an image of the problem is gain · x + offset for the prior's x
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_SHAPE, MSM_ERROR_VALUE (nothing was measured),
 * MSM_ERROR_UNSUPPORTED (no pseudo-inverse) or MSM_ERROR_MEMORY
 */
MsmLikelihood *msm_likelihood_new (MsmMeasure *measure, MsmProblem *problem, MsmLikelihoodKind kind,
                                   const MsmSpectrum *spectrum, double gain, double offset, GError **error);
void msm_likelihood_free (MsmLikelihood *self);
MsmLikelihoodKind msm_likelihood_get_kind (const MsmLikelihood *self);
/* TRUE: corrections may go into each partial mask (local), or come as msm_likelihood_sampled(); else after all. */
gboolean msm_likelihood_is_local (const MsmLikelihood *self);
/* ŝ ← S (ŝ − λ P (P ŝ − y)): CS-MRI, P = the acquisition's mask, S = @mask [n, h, w] */
void msm_likelihood_local (MsmLikelihood *self, MsmTensor *s, const MsmTensor *mask, double lik_step);
/* ẑ ← ẑ − λ P (P ẑ − y): the same after aggregation */
void msm_likelihood_sampled (MsmLikelihood *self, MsmTensor *z, double lik_step);
/* ẑ ← ẑ − λ T Hᴴ (H x − y) / ‖HᴴH‖, or with H† in place of Hᴴ / ‖HᴴH‖ */
void msm_likelihood_gradient (MsmLikelihood *self, MsmTensor *z, double lik_step);
/*
 * ẑ ← T argmin_x ‖y − H x‖² + ‖x − Tᴴ ẑ‖²_M, @n_iterations of CG from Tᴴ ẑ. CS-MRI: M = a I + c Fᴴ P⁻¹ F, a =
 * @flat, c = @coloured, P the prior's spectrum; other H: M = (a + c/σ_x²) I.
 */
void msm_likelihood_proximal (MsmLikelihood *self, MsmTensor *z, double flat, double coloured, int n_iterations);
/* √(mean over the batch of ‖y − H x‖²) / ‖y‖; CS-MRI: ‖y − P ẑ‖ */
double msm_likelihood_residual (MsmLikelihood *self, const MsmTensor *z);
/* Sample 0 of Tᴴ ẑ without what the measurement tells, (I − H†H) x, into @x [1, …]; FALSE: H† is not known. */
gboolean msm_likelihood_null_space (MsmLikelihood *self, const MsmTensor *z, MsmTensor *x);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmLikelihood, msm_likelihood_free)

G_END_DECLS
