#pragma once

#include "core/io/dicom/dicom-wire.h"

G_BEGIN_DECLS

/*
 * DCMTK behind plain C, for msm-reader-dicom alone: the program itself never parses a DICOM file. Errors are
 * MSM_ERROR_FORMAT or MSM_ERROR_UNSUPPORTED, and name the file.
 */

/* Once: quiet, decoders registered, data dictionary loaded. */
void msm_dcmtk_init (void);

/* What all pictures of a file have in common. */
typedef struct
{
  char *series_uid, *series_number, *description, *modality;
} MsmDcmtkSeries;

void msm_dcmtk_series_clear (MsmDcmtkSeries *self);
/**
 * msm_dcmtk_index:
 * @file: goes into the frames
 * @series: (out): freed with msm_dcmtk_series_clear()
 * @frames: (element-type MsmDicomFrame): appended
 *
 * The header alone. FALSE: holds no picture that can be read, and why.
 */
gboolean msm_dcmtk_index (const char *path, guint32 file, MsmDcmtkSeries *series, GArray *frames, GError **error);
/**
 * msm_dcmtk_fields:
 *
 * What the file says of the picture and of how it was made; nothing of whose it is. Keys are attribute names of our
 * own; "window.N" is “centre\twidth\tname”, "provenance" the text that our writer left.
 * Returns: (transfer full) (element-type utf8): key, value, key, value, …
 */
GPtrArray *msm_dcmtk_fields (const char *path, GError **error);
/* Patient, study and frame of reference for a derived series: keyword, value, … of MSM_DICOM_TEMPLATE_KEYS. */
GPtrArray *msm_dcmtk_template (const char *path, GError **error);
/* Values [channel, row, column] of a frame, rescaled; @n_floats (out). (transfer full), with g_free() */
float *msm_dcmtk_read (const char *path, guint32 frame, gsize *n_floats, GError **error);

G_END_DECLS
