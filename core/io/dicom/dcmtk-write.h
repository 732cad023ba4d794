#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* DCMTK behind plain C, to write. What a series has in common; all texts UTF-8, lengths in mm, directions in LPS. */
typedef struct
{
  /* Identity: keyword, value, … of a picture that the user named (msm_dicom_template()), NULL-terminated; or NULL. */
  const char *const *identity;
  const char *study_uid, *series_uid, *frame_uid; /* of the frame of reference */
  const char *date, *time;                        /* DA and TM of now */
  int series_number;
  const char *description; /* of the series */
  const char *derivation;  /* how it was made, in a sentence */
  const char *provenance;  /* everything that repeats it, or NULL */
  gsize n_rows, n_columns, n_slices;
  double across[3], down[3]; /* along increasing column and row index */
  double spacing[2];         /* between rows, between columns */
  double thickness, gap;     /* of a slice, and between their centres */
  double slope, intercept;   /* true value = slope · stored + intercept */
  double centre, width;      /* of the window, in stored values */
} MsmDcmtkOut;

/* One file each. @index: of the slice; @position: its first pixel's centre. MSM_ERROR_FILE */

/* MR Image Storage: [row, column] stored values. */
gboolean msm_dcmtk_write_mr (const char *path, const MsmDcmtkOut *out, gsize index, const double position[3],
                             const guint16 *stored, GError **error);
/* Secondary Capture: [row, column, red green blue]. */
gboolean msm_dcmtk_write_capture (const char *path, const MsmDcmtkOut *out, gsize index, const guint8 *rgb,
                                  GError **error);
/* Parametric Map: [slice, row, column] true values; @positions: [slice][3]; the window in true values. */
gboolean msm_dcmtk_write_map (const char *path, const MsmDcmtkOut *out, const double *positions, const float *values,
                              GError **error);

G_END_DECLS
