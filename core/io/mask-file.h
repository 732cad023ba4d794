#pragma once

#include "core/mask/mask.h"

G_BEGIN_DECLS

/*
 * By content and extension: PNG (white = sampled), HDF5 dataset `mask` (1-D or 2-D), cfl. Atomic
 * writes.
 */
MsmMask *msm_mask_load (const char *path, gsize n_readout, gsize n_phase, GError **error);
gboolean msm_mask_save (const MsmMask *self, const char *path, GError **error);

G_END_DECLS
