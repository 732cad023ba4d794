#pragma once

#include "core/nn/weights.h"

G_BEGIN_DECLS

/**
 * msm_ema_update:
 * @average: an arena as msm_weights_values() is, begun as a copy of it
 *
 * average ← decay · average + (1 − decay) · values, over the whole arena.
 */
void msm_ema_update (MsmTensor *average, MsmWeights *weights, double decay);

G_END_DECLS
