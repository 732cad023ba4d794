#pragma once

#include "core/dataset/variety.h"
#include "core/mask/mask.h"

G_BEGIN_DECLS

/*
 * The simulated scanner of training data: memory and transforms of one size, made once. One thread, so that
 * the trainer keeps the others.
 */
typedef struct _MsmScanner MsmScanner;

/* MSM_ERROR_MEMORY. */
MsmScanner *msm_scanner_new (gsize n_coils, gsize size, GError **error);
void msm_scanner_free (MsmScanner *self);
/* [2 size, 2 size]: where a picture is drawn before it is scanned. */
float *msm_scanner_fine (MsmScanner *self);
/*
 * The picture in msm_scanner_fine() as a scanner of size × size lines sees it: its centre of k-space, with the
 * truncation ringing that comes of it, and of @variety's window. @x: (out): real [size, size]
 */
void msm_scanner_band_limit (MsmScanner *self, const MsmVariety *variety, float *x);
/* z = F C x. @x: complex [size, size]; @sens, @z: complex [coil, size, size] */
void msm_scanner_encode (MsmScanner *self, const float *x, const float *sens, float *z);
/**
 * msm_scanner_finish:
 * @noise_std: ρ per real component, in the units of the result
 * @s: (inout): z, complex [coil, size, size]; then the measurement, zero off the mask
 *
 * s = S z / c + ρ n, with c such that msm_normalise_rule() gives 1 for the zero-filled image of s: what is
 * measured alone decides the scale, as in reconstruction. MSM_ERROR_VALUE when nothing was sampled.
 */
gboolean msm_scanner_finish (MsmScanner *self, const MsmMask *mask, double noise_std, guint64 key, float *s,
                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmScanner, msm_scanner_free)

G_END_DECLS
