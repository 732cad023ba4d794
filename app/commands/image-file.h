#pragma once

#include "core/io/geometry.h"
#include "core/io/image-write.h"
#include "core/io/scan.h"
#include "core/mask/mask.h"
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
/* F32 [1, 1, row, column]: √Σ |x|² over everything before the last two axes, times @scale. */
MsmTensor *msm_image_magnitude (MsmTensor *tensor, double scale, GError **error);
/* F32: an image of real numbers as it is, with its signs, if grey or coloured; else the magnitude; copies. */
MsmTensor *msm_image_real (MsmTensor *tensor, GError **error);
/* F32 or C64 tensor times a real number, in place. */
void msm_image_scale (MsmTensor *tensor, double scale);

/* What is written beside the image, where the format has a place for it. */
typedef struct
{
  const char *provenance;
  const char *experiment; /* (nullable): what repeats it, of msm_experiment_format() */
  const MsmMask *mask;
  const double *spacing_mm;   /* [3], or NULL */
  MsmGeometry geometry;       /* unknown when zero */
  const MsmNamedTensor *more; /* HDF5: further datasets, */
  gsize n_more;               /* so many */
  double white;               /* PNG: the value that is white; 0: the 99.9th percentile of the magnitude */
  const char *title;          /* (nullable) DICOM: what the series is called */
} MsmImageNotes;

/**
 * msm_image_save:
 * @path: .h5 (reconstruction F32, image C64, mask), .cfl, .nii, .nii.gz, .dcm, or .png (16-bit grey, or colour of
 *   a real image of three channels; the text in the file says the value of white)
 * @image: C64 or F32 [1, set or channel, row, column] on the host
 *
 * Written to a temporary name, then renamed. MSM_ERROR_UNSUPPORTED for another extension.
 */
gboolean msm_image_save (const char *path, MsmTensor *image, const MsmImageNotes *notes, GError **error);
/* The extension is one that msm_image_save() knows: asked before the work, not after it. */
gboolean msm_image_can_save (const char *path, GError **error);

G_END_DECLS
