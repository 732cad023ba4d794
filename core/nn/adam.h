#pragma once

#include "core/nn/weights.h"

G_BEGIN_DECLS

/* AdamW over a network's whole arena; the moments are two more arenas of the same layout. */
typedef struct _MsmAdam MsmAdam;

typedef struct
{
  double beta1;   /* 0.9 */
  double beta2;   /* 0.999 */
  double epsilon; /* 1e-8 */
  double decay;   /* decoupled weight decay, per unit of learning rate */
} MsmAdamParams;

/* @weights, with gradients, is borrowed. %NULL with MSM_ERROR_MEMORY. */
MsmAdam *msm_adam_new (MsmWeights *weights, const MsmAdamParams *params, GError **error);
void msm_adam_free (MsmAdam *self);
/* ‖gradient‖₂ over all parameters; not finite when any of them is not. */
double msm_adam_gradient_norm (MsmAdam *self);
/**
 * msm_adam_step:
 * @gradient_scale: multiplies the gradients: one over the number of micro-batches
 * @clip: the largest norm of the scaled gradient; 0: any
 *
 * Returns: %FALSE with MSM_ERROR_VALUE, and the parameters untouched, when a gradient is not finite
 */
gboolean msm_adam_step (MsmAdam *self, double lr, double gradient_scale, double clip, GError **error);
/* What a checkpoint stores beside the parameters. (transfer none) */
guint64 msm_adam_get_steps (const MsmAdam *self);
void msm_adam_set_steps (MsmAdam *self, guint64 steps);
MsmTensor *msm_adam_first (MsmAdam *self);
MsmTensor *msm_adam_second (MsmAdam *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmAdam, msm_adam_free)

G_END_DECLS
