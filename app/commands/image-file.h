#pragma once

#include "core/io/image-format.h"
#include "core/io/scan.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/**
 * msm_image_load:
 * @path: an HDF5 result or reference (`dataset`, or the first of reconstruction, reconstruction_rss,
 *   reconstruction_esc, image), cfl, NIfTI or PNG
 * @dataset: name of the HDF5 dataset, or NULL or ""
 * @options: (nullable): group and indices, where it is a scan
 * @slice: which slice
 *
 * Returns: (transfer full): F32 or C64 [1, 1, row, column] on the host, or NULL; MSM_ERROR_VALUE also of an index or
 * group that the file has no place for
 */
MsmTensor *msm_image_load (const char *path, const char *dataset, const MsmScanOptions *options, gsize slice,
                           GError **error);
/* All slices of it, real, as channels: F32 [1, slice, row, column]. Colours are MSM_ERROR_SHAPE. */
MsmTensor *msm_image_load_volume (const char *path, const char *dataset, const MsmScanOptions *options, GError **error);
/* One slice of the first axis: [1, channel, row, column]; copies. MSM_ERROR_VALUE when there is none. */
MsmTensor *msm_image_slice (MsmTensor *tensor, gsize slice, const char *what, GError **error);
/* F32 or C64 tensor times a real number, in place. */
void msm_image_scale (MsmTensor *tensor, double scale);

G_END_DECLS
