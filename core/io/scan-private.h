#pragma once

#include "core/io/scan.h"

G_BEGIN_DECLS

/* For the readers. The value chosen for an axis of @n entries: noted, and refused when out of range. */
gboolean msm_scan_choose_index (MsmScan *self, const char *axis, gsize n, gsize *index, GError **error);
/* Sizes that no scanner makes are damage: FALSE with MSM_ERROR_SHAPE. */
gboolean msm_scan_check_size (MsmScan *self, gsize n_slices, gsize n_channels, gsize n_readout, gsize n_phase,
                              GError **error);
/*
 * The acquired mask of a k-space slice [1, coil, readout, phase] C64 from its non-zero points; NULL when
 * everything is non-zero. @padded: [phase] or NULL: lines that do not count. (transfer full)
 */
MsmMask *msm_scan_mask_from_zeros (const float *kspace, gsize n_coils, gsize n_readout, gsize n_phase,
                                   const guint8 *padded);

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
