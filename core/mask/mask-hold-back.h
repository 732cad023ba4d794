#pragma once

#include "core/mask/mask.h"

G_BEGIN_DECLS

/**
 * msm_mask_hold_back:
 * @mask: what was measured
 * @part: of the measured lines (points, where the mask is not one of columns) outside its fully sampled centre
 * @given, @held: (out) (transfer full): both together are @mask
 *
 * Returns: FALSE with MSM_ERROR_VALUE when that is not a single one
 */
gboolean msm_mask_hold_back (const MsmMask *mask, double part, guint64 seed, MsmMask **given, MsmMask **held,
                             GError **error);

G_END_DECLS
