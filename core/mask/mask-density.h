#pragma once

#include "core/mask/mask.h"

G_BEGIN_DECLS

/**
 * msm_mask_density:
 * @x, @density: (out): room for max (n_readout, n_phase) values
 *
 * How densely the mask samples. Of lines: over the phase-encode lines, @x from −n/2, the fraction of the lines
 * within ± n/32 that are sampled. Of points: over the distance from the centre, @x from 0 in points, the fraction
 * sampled of the ring one point wide (averaged with its neighbours). Padded lines count neither way.
 * Returns: how many values
 */
gsize msm_mask_density (const MsmMask *self, double *x, double *density);

G_END_DECLS
