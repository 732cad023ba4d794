#pragma once

#include "core/diffusion/denoiser.h"
#include "core/nn/unet.h"

G_BEGIN_DECLS

/*
 * The U-Net f as a local denoiser (docs/method.md §3, §10); u = Tᴴ S z_t, σ = σ_t:
 *
 *   adjoint, epsilon:  x̂₀ = (u − √(1 − ᾱ) f (u)) / √ᾱ                      weight 1 / σ²
 *   adjoint, v:        x̂₀ = √ᾱ u − √(1 − ᾱ) f (u)                          weight 1 / (1 − ᾱ)
 *   lmmse, v:          x̂₀ = x_l − c_out f (c_in x_l)                        weight 1 / c_out²
 *     x_l   = (Tᴴ S T + (σ² / σ_x²) I)⁻¹ u / √ᾱ                             conjugate gradients from 0
 *     c_out = σ σ_x / √(σ² + σ_x²),  c_in = √(σ² + σ_x²) / σ_x²
 *
 * For T = S = I and images of power σ_x² = 1 the last is the v-network: x_l = √ᾱ u, c_in x_l = u; for
 * other powers it is the preconditioning of Karras et al. (2022), of which x_l is c_skip times the input.
 * So f's target has about unit power at every σ: over σ = 0.01 … 150, on a brain slice with 8 coils and 28 % of
 * the lines, 0.3 to 0.9 of it as the loss sees it (v on the adjoint: 0.03 to 2.6).
 */

/**
 * msm_denoiser_unet_channels:
 * @n: channels of a picture; an MRI image has one, and a complex channel is two real ones
 * @in, @out: (out): channels of the network that is shown @input: what it sees, and what it answers, the image
 *
 * The one place that says so: trainings make networks by it, and a network that is otherwise is refused.
 */
void msm_denoiser_unet_channels (MsmInput input, MsmMeasureKind kind, gsize n, int *in, int *out);
/**
 * msm_denoiser_unet_new:
 * @unet: (transfer full): the network; with gradients if backward() will be asked for
 * @name: for messages and provenance
 *
 * The hash stays %NULL: the numbers of a network in training change.
 */
MsmDenoiser *msm_denoiser_unet_new (MsmUnet *unet, const char *name);
/* A network from a weight file, with its hash. */
MsmDenoiser *msm_denoiser_unet_load (MsmDevice *device, const char *path, gboolean with_gradients, GError **error);
/* The network, borrowed; NULL when @self is of another class. */
MsmUnet *msm_denoiser_unet_network (MsmDenoiser *self);

G_END_DECLS
