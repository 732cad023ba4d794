#pragma once

#include "core/base/cancel.h"
#include "core/io/dicom-write.h"
#include "core/io/image-write.h"
#include "core/mask/mask.h"

G_BEGIN_DECLS

/*
 * Formats that images are written in. A format is a row of the table in image-format.c, found by the suffix of the
 * file's name, and says what it can hold: what it cannot is said before the work.
 */
typedef enum
{
  MSM_HOLDS_COMPLEX = 1 << 0, /* complex values; else their magnitude is written */
  MSM_HOLDS_FLOAT = 1 << 1,   /* values as they are; else a number of steps between the smallest and the largest */
  MSM_HOLDS_COLOUR = 1 << 2,  /* three channels as red, green and blue */
  MSM_HOLDS_VOLUME = 1 << 3,  /* more than one slice */
  MSM_HOLDS_ARRAYS = 1 << 4,  /* further arrays by name: the mask, samples, maps */
  MSM_HOLDS_KSPACE = 1 << 5,  /* k-space of all coils */
  MSM_HOLDS_PLACE = 1 << 6,   /* where the pictures lie */
  MSM_HOLDS_UNEVEN = 1 << 7,  /* slices that are not one spacing apart; else their mean is written */
  MSM_HOLDS_SCREEN = 1 << 8,  /* a picture as it is on the screen */
} MsmHolds;

/* What is written beside the image, where the format has a place for it. */
typedef struct
{
  const char *provenance;
  const char *experiment; /* (nullable): what repeats it */
  const MsmMask *mask;
  const double *spacing_mm;   /* [3], or NULL */
  MsmGeometry geometry;       /* of the first slice; unknown when zero */
  const double (*centres)[3]; /* of every slice, or NULL: one spacing apart */
  const MsmNamedTensor *more; /* MSM_HOLDS_ARRAYS: further ones, */
  gsize n_more;               /* so many */
  gboolean with_phase;        /* NIfTI: the phase too, as a file of its own */
  double white;               /* PNG: the value that is white; 0: the 99.9th percentile of the magnitude */
  const char *title;          /* (nullable) DICOM: what the series is called */
  const MsmDicomKind *object; /* DICOM, or NULL: a series, of colours captures */
  const char *template_path;  /* (nullable) DICOM: a file of whom it is */
  MsmCancel *cancel;          /* or NULL */
} MsmImageNotes;

typedef struct
{
  const char *name;            /* "nifti" */
  const char *title;           /* translatable: "NIfTI" */
  const char *const *suffixes; /* lower case, ended by NULL; the first is the usual one */
  guint holds;                 /* MsmHolds, at best */
  /* MsmHolds with what @notes chooses, of @image; NULL: the same. */
  guint (*holds_with) (MsmTensor *image, const MsmImageNotes *notes);
  /* @image: C64 or F32 [slice, set or channel, row, column] on the host; @text: provenance and experiment. */
  gboolean (*write) (const char *path, MsmTensor *image, const MsmImageNotes *notes, const char *text, GError **error);
  /* MSM_HOLDS_KSPACE: one array as it is, by @name where arrays have names. */
  gboolean (*write_array) (const char *path, const char *name, MsmTensor *array, const char *text, GError **error);
} MsmImageFormat;

/* All of them, ended by NULL. */
const MsmImageFormat *const *msm_image_formats (void);
/**
 * msm_image_format_find:
 * @path: a file's name; its suffix decides, in capitals or not
 * @needs: MsmHolds, or 0
 *
 * Returns: the format, or %NULL with MSM_ERROR_UNSUPPORTED: the suffix is unknown, or its format cannot hold that; the
 *   message lists the suffixes that can
 */
const MsmImageFormat *msm_image_format_find (const char *path, guint needs, GError **error);
/* The same as a question. */
gboolean msm_image_format_can (const char *path, guint needs);
/* ".h5, .cfl": the usual suffixes of those that hold all of @needs. (transfer full) */
char *msm_image_format_suffixes (guint needs);
/**
 * msm_image_format_losses:
 *
 * What of @image will be lost, for people. (transfer full) (element-type utf8); %NULL with MSM_ERROR_UNSUPPORTED: it
 * cannot be written at all
 */
GPtrArray *msm_image_format_losses (const MsmImageFormat *self, const char *path, MsmTensor *image,
                                    const MsmImageNotes *notes, GError **error);
/* Finds, and writes: to a temporary name, then renamed. Also fails as the format's writer does. */
gboolean msm_image_format_write (const char *path, MsmTensor *image, const MsmImageNotes *notes, GError **error);
/* K-space, maps: any array as it is, in a format of MSM_HOLDS_KSPACE. */
gboolean msm_image_format_write_array (const char *path, const char *name, MsmTensor *array, const char *text,
                                       GError **error);

/* F32 [1, 1, row, column]: √Σ |x|² over everything before the last two axes, times @scale. (transfer full) */
MsmTensor *msm_image_magnitude (MsmTensor *tensor, double scale, GError **error);
/*
 * F32 [slice, 1 or 3, row, column]: real numbers as they are, with their signs, if grey or coloured; else √Σ |x|² over
 * the second axis. (transfer full)
 */
MsmTensor *msm_image_real (MsmTensor *tensor, GError **error);

G_END_DECLS
