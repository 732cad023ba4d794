#pragma once

#include "core/nn/weights.h"

G_BEGIN_DECLS

/**
 * msm_unet_init_weights:
 * @seed: the values are a function of it and of the table of parameters
 *
 * Values to begin a training with, as the reference's: weights and biases uniform in ±1/√fan_in; scales of
 * normalisations 1 and their shifts 0; the last convolution of every residual block, the projection out of
 * every attention and the network's output 0, so that each block begins as the identity.
 *
 * Returns: %FALSE with MSM_ERROR_MEMORY
 */
gboolean msm_unet_init_weights (MsmWeights *weights, guint64 seed, GError **error);

G_END_DECLS
