#pragma once

#include "core/dataset/dataset.h"
#include "core/dataset/draw.h"
#include "core/mask/mask.h"

G_BEGIN_DECLS

/* What the kinds of data sets share; not for use outside core/dataset. */

/* Choices of "sens". */
typedef enum
{
  MSM_DATASET_MAPS_TRUE,
  MSM_DATASET_MAPS_ESPIRIT,
} MsmDatasetMaps;

/* The choices of the parameter "axes". */
typedef enum
{
  MSM_DATASET_THIRD_AXIS,
  MSM_DATASET_EVERY_AXIS,
} MsmDatasetAxes;

/* Channels of photographs, by the choice of "channels". */
extern const gsize msm_dataset_channels[];

/* One picture or slice. */
typedef struct
{
  char *name;    /* "patient01_study1_T1W.nii.gz, slice 12" */
  guint64 id;    /* of the name: fixed masks stay with their item whatever else is in the set */
  gpointer data; /* the kind's own */
} MsmDatasetItem;

/* Where a sample goes: host memory of the batch. sens is NULL for images. */
typedef struct
{
  float *s, *mask, *sens;
} MsmSample;

typedef struct
{
  const char *name;
  MsmMeasureKind measure;
  /* Adds all items with msm_dataset_add(); sets n_coil where the parameters do not. */
  gboolean (*open) (MsmDataset *self, MsmCancel *cancel, GError **error);
  /* One sample, a function of @item and @key alone. @augment: 0 to 1. */
  gboolean (*sample) (MsmDataset *self, MsmDatasetItem *item, guint64 key, double augment, const MsmSample *sample,
                      GError **error);
  void (*free_data) (gpointer data);
  void (*close) (MsmDataset *self);
} MsmDatasetKind;

struct _MsmDataset
{
  const MsmDatasetKind *kind;
  MsmParams *params;
  guint64 seed;
  gsize size, n_coil, n_variants;
  double noise_std, augment, variety, split;
  gboolean is_fixed, takes_phase;
  const MsmMaskPattern *pattern;
  MsmParams *pattern_params;
  GPtrArray *items[2]; /* MsmDatasetItem: training, validation */
  GString *report;
  gsize n_skipped;
  guint32 *order; /* of the epoch in order_epoch */
  guint64 order_epoch;
  guint32 *validation_order; /* mixed once, so that the first few are of many volumes */
  GMutex mutex;              /* one sample at a time: its memory is shared */
  gpointer priv;             /* the kind's own */
};

extern const MsmDatasetKind msm_dataset_volumes;
extern const MsmDatasetKind msm_dataset_images;
extern const MsmDatasetKind msm_dataset_kspace;

/* A line of the report. */
void msm_dataset_note (MsmDataset *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The same for something left out, counted. The report travels in weight files: @path's folder is cut out of it. */
void msm_dataset_skip (MsmDataset *self, const char *path, const char *format, ...) G_GNUC_PRINTF (3, 4);
/*
 * Takes over @name and @data. @file and @subject (negative: none) decide about validation.
 */
void msm_dataset_add (MsmDataset *self, char *name, const char *file, int subject, gpointer data);
/* All files of `paths`, sorted within a folder, less those of `exclude`. (element-type utf8) */
GPtrArray *msm_dataset_files (MsmDataset *self, GError **error);
/* TRUE when the parameter's ranges ("1-50; 57") hold @subject, or when it is empty. */
gboolean msm_dataset_has_subject (MsmDataset *self, int subject);
/* FALSE, with @error set, when `subjects` or `validation` cannot be read. */
gboolean msm_dataset_check_ranges (const MsmParams *params, GError **error);
gboolean msm_dataset_is_validation (const MsmParams *params, guint64 seed, const char *file, int subject);
/* The mask of sample @key, from the pattern. (transfer full) */
MsmMask *msm_dataset_draw_mask (MsmDataset *self, guint64 key, GError **error);

G_END_DECLS
