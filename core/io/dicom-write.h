#pragma once

#include "core/base/cancel.h"
#include "core/io/geometry.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

typedef enum
{
  MSM_DICOM_SERIES,   /* MR Image Storage: one file for a slice, magnitudes in 16 bits */
  MSM_DICOM_CAPTURES, /* Secondary Capture: colours, or greys by the window, in 8 bits, one file for a slice */
  MSM_DICOM_MAP,      /* Parametric Map: float32, one file for all slices */
} MsmDicomKind;

/*
 * Pictures of one series. Without a template they are nobody's: a new study, and “orientation unknown” where that is
 * so. With one, they are of its patient and study, and in its frame of reference where their own place is known.
 */
typedef struct
{
  MsmDicomKind kind;
  MsmTensor *tensor;    /* [slice, 1, row, column] F32, or C64 by magnitude; captures also [slice, 3, …] in 0 … 1 */
  double spacing_mm[3]; /* between rows, columns, slices; 0 unknown */
  const MsmGeometry *geometry; /* of the first slice, or NULL */
  const double (*centres)[3];  /* of every slice as MsmGeometry has it, or NULL: one spacing apart */
  const char *description;     /* of the series, a few words */
  const char *derivation;      /* how it was made, a sentence */
  const char *provenance;      /* what repeats it, or NULL */
  const char *template_path;   /* a DICOM file of whom it is, or NULL */
  double black, white;         /* of the window, true values; equal: automatic */
  MsmCancel *cancel;           /* or NULL */
} MsmDicomImages;

/**
 * msm_dicom_write:
 * @path: a file, when there is one slice or a map; else a folder, whose files are IM0001.dcm, …
 *
 * True value = slope · stored + intercept, one of each and one window for all slices. What exists under @path is
 * replaced as msm_atomic_commit() and msm_atomic_folder_commit() say.
 *
 * Returns: %FALSE with MSM_ERROR_SHAPE, MSM_ERROR_FILE, MSM_ERROR_CANCELLED, or as msm_dicom_open() fails for the
 * template
 */
gboolean msm_dicom_write (const char *path, const MsmDicomImages *images, GError **error);

G_END_DECLS
