#pragma once

#include "core/mask/mask.h"

G_BEGIN_DECLS

/* ESPIRiT for samples of training data: more work than all the rest of them, kept for samples that come again. */
typedef struct _MsmEstimatedMaps MsmEstimatedMaps;

/* @limit: bytes that are kept at most; 0: nothing comes again */
MsmEstimatedMaps *msm_estimated_maps_new (gsize n_coils, gsize size, guint64 limit);
void msm_estimated_maps_free (MsmEstimatedMaps *self);
/**
 * msm_estimated_maps_get:
 * @s: complex [coil, size, size], zero off @mask
 * @key: the sample's: the same key means the same @s
 * @sens: (out): complex [coil, size, size]
 *
 * MSM_ERROR_VALUE when the sampled centre is too small.
 */
gboolean msm_estimated_maps_get (MsmEstimatedMaps *self, const float *s, const MsmMask *mask, guint64 key, float *sens,
                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmEstimatedMaps, msm_estimated_maps_free)

G_END_DECLS
