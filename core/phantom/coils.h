#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Order of the names in msm_coil_models. */
typedef enum
{
  MSM_COILS_BIOT_SAVART,
  MSM_COILS_GAUSSIAN,
  MSM_COILS_UNIFORM, /* every coil sees all alike: C_c = 1/√n */
} MsmCoilModel;

extern const char *const msm_coil_models[];

/**
 * msm_coils_make:
 * @sens: (out): interleaved complex [coil, readout, phase]
 *
 * Receive sensitivities of @n_coils loops evenly placed around the field of view (half side 1,
 * centre 0), scaled so that Σ_c |C_c|² = 1 at every point.
 *   Biot–Savart: C = B_x − i B_y of circular loops (radius 0.7) at distance 1.6, facing the
 *   centre, in the plane through their middles, each integrated over 48 straight pieces.
 *   Gaussian: C = exp (−d²/(2 · 0.9²)) e^{iθ}, d the distance to a point at 1.1 from the centre, θ
 *   its angle.
 */
void msm_coils_make (MsmCoilModel model, gsize n_coils, gsize n_readout, gsize n_phase,
                     float *sens);

/**
 * msm_smooth_phase:
 * @phase: (out): radians, [n_readout, n_phase]
 *
 * A smooth random phase: the quadratic polynomials and slow cosines of the position with normal
 * coefficients, scaled to a largest value of @amplitude.
 */
void msm_smooth_phase (guint64 seed, double amplitude, gsize n_readout, gsize n_phase,
                       float *phase);

G_END_DECLS
