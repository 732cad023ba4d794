#pragma once

#include "core/io/geometry.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * Writers: every one writes to a temporary name beside the target, syncs, and renames, so that nothing
 * half-written is left. @text is NULL or a provenance text (iTXt in PNG, attribute in HDF5, extension of NIfTI, the
 * header of cfl), which msm_provenance_read() finds.
 */
/* RGBA or grey 8-bit pixels. */
gboolean msm_png_write_rgba (const char *path, const guint8 *rgba, gsize n_rows, gsize n_columns, const char *text,
                             GError **error);
/* The same of a page that is printed at @dpi pixels per inch. */
gboolean msm_png_write_page (const char *path, const guint8 *rgba, gsize n_rows, gsize n_columns, double dpi,
                             const char *text, GError **error);
/* 16-bit grey or colour of v [1 or 3, row, column], value = round (65535 · clamp (v, 0, 1)). */
gboolean msm_png_write_16 (const char *path, const float *v, gsize n_channels, gsize n_rows, gsize n_columns,
                           const char *text, GError **error);
/*
 * A picture as a mask's levels, F32 [row, column]: the brightest colour of each pixel times its opacity, or the
 * opacity of black strokes. Both colours and white are MSM_ERROR_UNSUPPORTED: nobody knows which of them is meant.
 */
MsmTensor *msm_png_read_levels (const char *path, GError **error);
/* BART: [set or batch, coil, readout, phase] C64 ↔ READ, PHS1, COIL (3), MAPS (4). */
gboolean msm_cfl_write (const char *path, MsmTensor *tensor, const char *text, GError **error);
MsmTensor *msm_cfl_read (const char *path, GError **error);
/* One HDF5 file of named datasets. C64 as compound {r, i}. */
typedef struct
{
  const char *name;
  MsmTensor *tensor;
} MsmNamedTensor;
gboolean msm_hdf5_write (const char *path, const MsmNamedTensor *tensors, gsize n_tensors, const char *text,
                         GError **error);
/* The same with scalar numbers: attributes of @group, which is made when it is missing ("/": the root). */
typedef struct
{
  const char *group;
  const char *name;
  double value;
} MsmNamedNumber;
gboolean msm_hdf5_write_numbers (const char *path, const MsmNamedTensor *tensors, gsize n_tensors,
                                 const MsmNamedNumber *numbers, gsize n_numbers, const char *text, GError **error);
MsmTensor *msm_hdf5_read (const char *path, const char *dataset, GError **error);
/*
 * Magnitude (F32 [slice, 1, row, column]) as NIfTI-1; complex writes NAME and NAME_phase. Spacings of row, column,
 * slice; 0: unknown. @geometry: of the picture, or NULL: sform and qform say that the orientation is unknown.
 */
gboolean msm_nifti_write (const char *path, MsmTensor *tensor, const double spacing_mm[3], const MsmGeometry *geometry,
                          const char *text, GError **error);
/* Where the phase of complex images goes: NAME.nii.gz → NAME_phase.nii.gz. (transfer full) */
char *msm_nifti_phase_name (const char *path);

G_END_DECLS
