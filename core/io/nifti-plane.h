#pragma once

#include "core/io/scan.h"

#include <nifti1_io.h>

G_BEGIN_DECLS

/* How a slice of a NIfTI file, [second axis, first axis], becomes a picture. */
typedef struct
{
  gboolean is_transposed; /* rows run along the file's first axis, not its second */
  gboolean rows_against;  /* against the sense of the file's axis */
  gboolean columns_against;
} MsmNiftiPlane;

/*
 * The radiological view by sform, else qform: the patient's right on the picture's left, anterior or superior on
 * top. The file's third axis stays the slices. Fills the geometry of @scan, whose sizes and spacings are those of
 * the file's axes before and of the picture's afterwards.
 */
void msm_nifti_plane_init (MsmNiftiPlane *self, const nifti_image *image, MsmScan *scan);

G_END_DECLS
