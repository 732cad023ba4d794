#pragma once

#include "core/io/scan.h"

G_BEGIN_DECLS

/* For the readers. The value chosen for an axis of @n entries: noted, and refused when out of range. */
gboolean msm_scan_choose_index (MsmScan *self, const char *axis, gsize n, gsize *index, GError **error);
/* Sizes that no scanner makes are damage: FALSE with MSM_ERROR_SHAPE. */
gboolean msm_scan_check_size (MsmScan *self, gsize n_slices, gsize n_channels, gsize n_readout, gsize n_phase,
                              GError **error);
/*
 * The acquired mask of a k-space slice [1, coil, readout, phase] C64 from its non-zero points, over all coils; NULL
 * when everything is non-zero, and when nothing is. @padded: [phase] or NULL: lines that the header calls padded;
 * those that hold data are not. One or two zero lines at the edges of an otherwise full plane are padding too.
 * (transfer full)
 */
MsmMask *msm_scan_mask_from_zeros (const float *kspace, gsize n_coils, gsize n_readout, gsize n_phase,
                                   const guint8 *padded);
/* What was read of @slice, whose mask is known from now on where masks are guessed. */
void msm_scan_keep_mask (MsmScan *self, gsize slice, MsmTensor *kspace);
/*
 * For the end of an opening: looks at one coil of the middle slice, or of the nearest that holds anything, where masks
 * are guessed. FALSE where it cannot be read.
 */
gboolean msm_scan_look_at_zeros (MsmScan *self, GError **error);

extern const MsmScanFormat msm_scan_fastmri;
extern const MsmScanFormat msm_scan_ismrmrd;
extern const MsmScanFormat msm_scan_bart;
extern const MsmScanFormat msm_scan_nifti;
extern const MsmScanFormat msm_scan_dicom;
extern const MsmScanFormat msm_scan_png;
extern const MsmScanFormat msm_scan_hdf5_image;

/* In io-bart.c: the .hdr and .cfl names of any of the three ways to name the pair. */
void msm_bart_names (const char *path, char **header, char **data);
/* In io-png.c, io-nifti.c, io-dicom.c: the provenance text of msm_provenance_read(). (transfer full) (nullable) */
char *msm_png_read_provenance (const char *path);
char *msm_nifti_read_provenance (const char *path);
char *msm_dicom_read_provenance (const char *path);

G_END_DECLS
