#pragma once

#include "core/base/cancel.h"
#include "core/io/geometry.h"
#include "core/io/hdf5/io-hdf5.h"
#include "core/mask/mask.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * An open measurement file. Opening reads headers only; slices are read one at a time, so files of any
 * size open at once. Readers convert to [slice, coil, readout, phase], remove oversampling, un-reverse
 * lines and average; `notes` says everything that was found, skipped, reversed, cropped or guessed.
 */
typedef enum
{
  MSM_SCAN_KSPACE, /* raw k-space */
  MSM_SCAN_IMAGE,  /* pictures: magnitude or complex; k-space made of it is synthetic */
} MsmScanKind;

typedef struct _MsmScan MsmScan;

typedef struct
{
  const char *name; /* "fastmri", "ismrmrd", "bart", "nifti", "dicom", "png" */
  const char *title;
  gboolean is_hdf5; /* opened before open(), as scan->h5 */
  /* TRUE when the content (not the name) looks like this format. @h5: the open file, or NULL: not HDF5. */
  gboolean (*probe) (const char *path, const guint8 *head, gsize n_head, MsmH5 *h5);
  gboolean (*open) (MsmScan *scan, GError **error);
  /* [1, coil, readout, phase] C64; or for images [1, channel, row, column] F32 or C64. */
  MsmTensor *(*read) (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error);
  /*
   * Optional: what the file's headers, or a mask in it, say was acquired of @slice. NULL: everything. Without it
   * the zeros of the slice tell. (transfer full)
   */
  MsmMask *(*find_mask) (MsmScan *scan, gsize slice);
  /* Optional, of those whose masks are guessed: one coil of a slice, as read() gives it. */
  gboolean (*read_coil) (MsmScan *scan, gsize slice, gsize coil, float *out, GError **error);
  /* Of those with has_calibration: as read(), and what it covers. */
  MsmTensor *(*read_calibration) (MsmScan *scan, gsize slice, MsmMask **mask, MsmCancel *cancel, GError **error);
  /* Optional: the file's own reference image [1, 1, row, column] F32. */
  MsmTensor *(*read_reference) (MsmScan *scan, gsize slice, GError **error);
  void (*close) (MsmScan *scan);
  double white; /* the value of white in every file, and kept as it is; 0: each file has a unit of its own */
  gboolean holds_magnitudes; /* a real image of one channel is the magnitude of a complex one */
} MsmScanFormat;

struct _MsmScan
{
  gatomicrefcount ref_count;
  const MsmScanFormat *format;
  char *path;
  MsmScanKind kind;
  gsize n_slices;
  gsize n_channels;         /* coils, or image channels */
  gsize n_readout, n_phase; /* as delivered by read(), oversampling removed */
  double spacing_mm[3];     /* readout, phase, slice; 0 = unknown */
  MsmGeometry geometry;     /* of what read() delivers */
  double (*centres)[3];     /* [n_slices] mm, or NULL: the slices lie one spacing apart; see msm_scan_geometry() */
  gsize crop_readout, crop_phase; /* the reconstruction's size to show; 0 = all */
  gboolean guesses_masks;         /* nothing in the file says what was acquired: the zeros of each slice do */
  guint8 *padded;                 /* [n_phase], or NULL: lines that the header says the scanner filled with zeros */
  MsmTensor *noise_covariance;    /* C64 [coil, coil], or NULL: from noise scans */
  gboolean has_calibration;       /* of its own acquisition: see msm_scan_read_calibration() */
  gboolean has_reference;
  gboolean reference_is_truth; /* of a simulation: the object, without the noise of its k-space, in its unit */
  gboolean is_simulated;       /* the file says that it is a simulated acquisition */
  GPtrArray *notes;            /* (element-type utf8) one sentence each */
  GHashTable *fields;          /* (utf8 → utf8) vendor header fields, kept as text */
  char *group;                 /* in: HDF5 group, or NULL for the first; DICOM series */
  GPtrArray *groups;           /* out: (element-type utf8): the names when there are several, or NULL */
  GHashTable *indices;         /* in: (utf8 → int as pointer) repetition, contrast, set, average…; */
  GHashTable *axes;            /* out: (utf8 → int) how many of each there are */
  MsmH5 *h5;                   /* of the HDF5 formats; else NULL */
  void *priv;                  /* the format's own */
  GMutex lock;                 /* of the next four */
  GHashTable *masks;           /* (slice → MsmMask or NULL): those that are known */
  GHashTable *remarks;         /* (slice → utf8): of those that were read */
  GHashTable *blank;           /* (slice): those that were read and are zero everywhere */
  MsmMask *seen_mask;          /* of the slice that opening looked at; NULL: fully sampled */
};

typedef struct
{
  const char *group;   /* NULL: the first; of DICOM a series, by number or name */
  GHashTable *indices; /* NULL: all zero; an axis the file lacks is MSM_ERROR_VALUE, unless its index is 0 */
  const char *format;  /* NULL: probe by content */
} MsmScanOptions;

/* (transfer full): thread-compatible: use from one thread at a time. */
MsmScan *msm_scan_open (const char *path, const MsmScanOptions *options, GError **error);
MsmScan *msm_scan_ref (MsmScan *self);
void msm_scan_unref (MsmScan *self);
/*
 * Values are checked. Of k-space NaN, infinity and an all-zero slice are MSM_ERROR_VALUE; the latter with
 * msm_scan_is_blank() afterwards. Pictures may be blank, and their NaN are zeros, as background is stored: with a
 * remark. On msm_device_host().
 */
MsmTensor *msm_scan_read (MsmScan *self, gsize slice, MsmCancel *cancel, GError **error);
/* What reading @slice found that a user should know, or NULL. For any thread. (transfer full) */
char *msm_scan_get_remark (MsmScan *self, gsize slice);
/* Whether @slice was read and is zero everywhere. For any thread. */
gboolean msm_scan_is_blank (MsmScan *self, gsize slice);
/* Lines that were measured for the coil maps alone, and what of the plane they cover. Only of scans that have some. */
MsmTensor *msm_scan_read_calibration (MsmScan *self, gsize slice, MsmMask **mask, MsmCancel *cancel, GError **error);
MsmTensor *msm_scan_read_reference (MsmScan *self, gsize slice, GError **error);
/**
 * msm_scan_find_mask:
 * @mask: (out) (transfer full) (nullable): what was acquired of @slice, with padded lines; NULL: everything
 *
 * Each slice has its own. By the headers or a mask in the file; else by the zeros of the slice over all its coils,
 * which is read for that unless msm_scan_read() has done so. For any thread, as msm_scan_read().
 * Returns: FALSE where the slice cannot be read
 */
gboolean msm_scan_find_mask (MsmScan *self, gsize slice, MsmMask **mask, GError **error);
/* The same without reading: a slice that is not known yet is taken to be as the one that opening looked at. */
MsmMask *msm_scan_peek_mask (MsmScan *self, gsize slice);
/* TRUE of NULL, and of a mask that lacks nothing but padded lines. */
gboolean msm_scan_mask_is_full (const MsmMask *mask);
/* Where the picture of @slice lies; unknown where the scan's geometry is. */
MsmGeometry msm_scan_geometry (const MsmScan *self, gsize slice);
/* What a simulation's HDF5 file says in its attribute `reference`, of `reconstruction_rss`. */
#define MSM_REFERENCE_TRUTH "noise-free"
/* What `msm info` prints; JSON when @json. (transfer full) */
char *msm_scan_describe (MsmScan *self, gboolean json);
void msm_scan_note (MsmScan *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
const MsmScanFormat *const *msm_scan_formats (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmScan, msm_scan_unref)

G_END_DECLS
