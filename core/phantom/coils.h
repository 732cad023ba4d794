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

/* One receive coil near the plane of the image (half side of the field of view 1, centre 0). */
typedef struct
{
  MsmCoilModel model;
  double angle;    /* radians: where it is, seen from the centre */
  double distance; /* of its middle from the centre */
  double radius;   /* of the loop, or the Gaussian's width */
  double height;   /* of a loop's middle above the plane */
  double gain[2];  /* complex factor */
} MsmCoil;

/* The @index-th of @n_coils coils evenly placed around the centre: what msm_coils_make() uses. */
MsmCoil msm_coil_regular (MsmCoilModel model, gsize index, gsize n_coils);

/**
 * msm_coil_field:
 * @x, @y: positions of the columns and of the rows
 * @field: (out): interleaved complex [n_y, n_x], not scaled
 *
 *   Biot–Savart: B_x − i B_y of a circular loop that faces the centre's axis, integrated over 48
 *   straight pieces.
 *   Gaussian: exp (−d²/(2 radius²)) e^{i angle}, d the distance to the coil's middle.
 */
void msm_coil_field (const MsmCoil *coil, const double *x, gsize n_x, const double *y, gsize n_y, double *field);

/**
 * msm_coils_make:
 * @sens: (out): interleaved complex [coil, readout, phase]
 *
 * Receive sensitivities of @n_coils loops evenly placed around the field of view (half side 1,
 * centre 0), scaled so that Σ_c |C_c|² = 1 at every point.
 *   Biot–Savart: loops of radius 0.7 at distance 1.6.  Gaussian: width 0.9, at distance 1.1.
 * Returns: %FALSE with MSM_ERROR_MEMORY
 */
gboolean msm_coils_make (MsmCoilModel model, gsize n_coils, gsize n_readout, gsize n_phase, float *sens,
                         GError **error);

/**
 * msm_smooth_phase:
 * @phase: (out): radians, [n_readout, n_phase]
 *
 * A smooth random phase: the quadratic polynomials and slow cosines of the position with normal
 * coefficients, scaled to a largest value of @amplitude.
 */
void msm_smooth_phase (guint64 seed, double amplitude, gsize n_readout, gsize n_phase, float *phase);

G_END_DECLS
