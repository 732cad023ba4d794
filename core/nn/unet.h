#pragma once

#include "core/nn/unet-config.h"
#include "core/nn/weights.h"

G_BEGIN_DECLS

/*
 * The Dhariwal–Nichol U-Net of guided diffusion: y = network (x, t), channels-last
 * [batch, readout, phase, channel] float32 on one device.
 */
typedef struct _MsmUnet MsmUnet;

/**
 * msm_unet_new:
 *
 * A network whose parameters are all zero, named as the reference's state dict names them.
 * Returns: (transfer full): or %NULL with MSM_ERROR_MEMORY
 */
MsmUnet *msm_unet_new (MsmDevice *device, const MsmUnetConfig *config, gboolean with_gradients, GError **error);
/* From a weight file whose metadata "msm.config" describes it. */
MsmUnet *msm_unet_load (MsmDevice *device, const char *path, gboolean with_gradients, GError **error);
void msm_unet_free (MsmUnet *self);
const MsmUnetConfig *msm_unet_config (const MsmUnet *self);
MsmWeights *msm_unet_weights (MsmUnet *self);
/**
 * msm_unet_plan:
 *
 * Takes all memory for inputs of [n, h, w]; replaces the plan of other sizes.
 * @backward needs a network with gradients; without it the weights may not change until the next plan.
 * Where 2^(levels − 1) does not divide h or w, inputs are mirrored at their last row and column up to the
 * next multiple and outputs cropped; backward is the exact adjoint of both.
 *
 * Returns: %FALSE with MSM_ERROR_SHAPE (an empty image), MSM_ERROR_MEMORY or MSM_ERROR_DEVICE
 */
gboolean msm_unet_plan (MsmUnet *self, gsize n, gsize h, gsize w, gboolean backward, GError **error);
/* Bytes of the plan's activations and gradients. */
gsize msm_unet_plan_bytes (MsmUnet *self);
/* (transfer full) (element-type MsmConvShape): the plan's convolutions, for `msm bench`. */
GArray *msm_unet_conv_shapes (MsmUnet *self);
/* y = network (x, timestep [n]); allocates nothing. Shapes must be the plan's. */
void msm_unet_forward (MsmUnet *self, MsmTensor *y, const MsmTensor *x, const double *timestep);
/* dx = Jᵀ dy (dx may be NULL); the parameters' gradients accumulate. Once after each forward. */
void msm_unet_backward (MsmUnet *self, MsmTensor *dx, const MsmTensor *dy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmUnet, msm_unet_free)

G_END_DECLS
