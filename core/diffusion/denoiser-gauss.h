#pragma once

#include "core/diffusion/denoiser.h"

G_BEGIN_DECLS

/*
 * Priors whose local denoiser is known in closed form: x ~ Σ_k π_k N(μ_k, Σ_k), over the real elements
 * [channel, row, column] of an image (MRI: channels re, im). Small: at most MSM_GAUSS_MAX_SIDE rows and
 * columns.
 *
 *   s = S T x + σ n:   E[x | s] = Σ_k r_k (μ_k + Σ_k Aᵀ (A Σ_k Aᵀ + σ² I)⁻¹ (s − A μ_k)),   A = S T,
 *   r_k ∝ π_k N(s; A μ_k, A Σ_k Aᵀ + σ² I).
 */
#define MSM_GAUSS_MAX_SIDE 24

/**
 * msm_denoiser_gauss_new:
 * @name: for messages
 * @weights: [n_components], π, normalised here
 * @means: [n_components, n], n = channels · rows · columns
 * @covs: [n_components, n, n], symmetric, positive semi-definite
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_VALUE (not symmetric, negative, not finite),
 * MSM_ERROR_UNSUPPORTED (too large) or MSM_ERROR_MEMORY
 */
MsmDenoiser *msm_denoiser_gauss_new (MsmDevice *device, const char *name, gsize n_components, gsize channels,
                                     gsize rows, gsize columns, const float *weights, const float *means,
                                     const float *covs, GError **error);
/**
 * msm_denoiser_gauss_open:
 * @path: HDF5 with `mean` [channel, row, column] and `cov` [n, n]; or `weights` [k],
 *   `means` [k, channel, row, column] and `covs` [k, n, n]
 *
 * Returns: (transfer full): or %NULL: also MSM_ERROR_FORMAT, MSM_ERROR_SHAPE
 */
MsmDenoiser *msm_denoiser_gauss_open (MsmDevice *device, const char *path, GError **error);
/* Sizes of a prior that msm_denoiser_gauss_new() made; FALSE for any other. */
gboolean msm_denoiser_gauss_size (const MsmDenoiser *denoiser, gsize *channels, gsize *rows, gsize *columns);

G_END_DECLS
