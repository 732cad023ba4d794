#pragma once

#include "core/io/dicom/dicom-wire.h"

G_BEGIN_DECLS

/*
 * Reading DICOM: one file, or all files of a folder and of the folders in it. DCMTK runs in a process of its own,
 * msm-reader-dicom, one for each that is open, as HDF5 does (core/io/reader/reader.h): files that crash it are an error
 * here. Calls may come from any thread, one at a time.
 */
typedef struct _MsmDicom MsmDicom;

typedef struct
{
  char *label; /* “301 T1 MPRAGE”: number and description, each series another */
  char *uid, *number, *description, *modality;
  gsize n_frames;
  guint index; /* of the reader's */
} MsmDicomSeries;

/*
 * All headers are read. MSM_ERROR_FORMAT, MSM_ERROR_UNSUPPORTED: no picture in it that can be read, and why;
 * MSM_ERROR_FILE.
 */
MsmDicom *msm_dicom_open (const char *path, GError **error);
void msm_dicom_free (MsmDicom *self);
/* In the order of their numbers; at least one. (transfer none) (element-type MsmDicomSeries) */
const GPtrArray *msm_dicom_series (MsmDicom *self);
/* By label, number or UID; NULL @wanted: the one with the most pictures. NULL: MSM_ERROR_VALUE lists what there is. */
const MsmDicomSeries *msm_dicom_find_series (MsmDicom *self, const char *wanted, GError **error);
/* (transfer full) (element-type MsmDicomFrame): in no order */
GArray *msm_dicom_frames (MsmDicom *self, const MsmDicomSeries *series, GError **error);
/* How many files of a folder were skipped, or are something else, and the first reasons. (element-type utf8) */
GPtrArray *msm_dicom_skipped (MsmDicom *self, gsize *n_skipped, gsize *n_other);
/* What the frame's file says of it (msm_dcmtk_fields()) into @fields (utf8 → utf8). */
gboolean msm_dicom_fields (MsmDicom *self, guint32 file, GHashTable *fields, GError **error);
/* Patient, study and place of the largest series, for one derived from it, into @values (keyword → utf8). */
gboolean msm_dicom_template (MsmDicom *self, GHashTable *values, GError **error);
/* [channel, row, column], as many as the frame says. */
gboolean msm_dicom_read (MsmDicom *self, const MsmDicomFrame *frame, float *out, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmDicom, msm_dicom_free)

G_END_DECLS
