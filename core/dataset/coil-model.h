#pragma once

#include "core/dataset/draw.h"
#include "core/phantom/coils.h"

G_BEGIN_DECLS

/*
 * Random receive arrays, different for every simulated scan. The fields are computed on a coarse grid and
 * interpolated by Catmull–Rom splines: they are smooth, and the training must not wait for them.
 */
typedef struct _MsmCoilArray MsmCoilArray;

/* Memory for maps of @n_coils coils on size × size points. */
MsmCoilArray *msm_coil_array_new (gsize n_coils, gsize size);
void msm_coil_array_free (MsmCoilArray *self);
/**
 * msm_coil_array_draw:
 * @sens: (out): interleaved complex [coil, size, size], Σ_c |C_c|² = 1 everywhere
 * @shading: (out): [size, size]: √Σ_c |C_c|² before that, mean 1: how bright such an array makes a picture
 *
 * Half of the arrays are circular loops by Biot–Savart, half Gaussian; the coils stand around the field of
 * view with random offsets in angle, distance, height and size, and have random complex gains.
 */
void msm_coil_array_draw (MsmCoilArray *self, guint64 key, float *sens, float *shading);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmCoilArray, msm_coil_array_free)

G_END_DECLS
