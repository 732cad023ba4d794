#pragma once

#include "core/io/mrd-header.h"
#include "core/io/scan.h"

G_BEGIN_DECLS

/* The acquisitions of an ISMRMRD file: which of them are imaging lines, and where their samples belong. */

/* Flags are counted from 1. */
#define MSM_MRD_FLAG(bit) (G_GUINT64_CONSTANT (1) << ((bit) -1))

enum
{
  MSM_MRD_NOISE = 19,
  MSM_MRD_CALIBRATION = 20,
  MSM_MRD_REVERSE = 22,
};

typedef struct
{
  char *data; /* dataset name */
  MsmMrdHeader *rows;
  gsize n_rows;
  guint8 *use;                            /* [n_rows]: 1 = an imaging line of the chosen contrast, repetition, … */
  gsize n_full;                           /* readout samples on the oversampled grid */
  gsize n_parts;                          /* partitions; above 1 they are the slices */
  gsize slab;                             /* the slice index when there are partitions */
  gssize line_shift;                      /* line = kspace_encode_step_1 + line_shift */
  gboolean conjugate;                     /* so that the image runs along the direction cosines */
  gboolean rows_against, columns_against; /* … and is shown against them */
} MsmMrdRows;

/*
 * Reads all headers, chooses the imaging lines (of one repetition, contrast, set, phase) and sets the sizes of @scan,
 * whose `priv` is a MsmMrdRows with the name of the data. Notes what was left out.
 */
gboolean msm_mrd_read_rows (MsmScan *scan, const MsmMrdXml *xml, GError **error);
/*
 * The geometry by the acquisitions' direction cosines, and what it takes to show it: Siemens files are conjugated,
 * since their cosines are meant for the other sign of the Fourier transform (mrpro#828, #833); then rows and
 * columns are turned towards left, posterior and inferior. Nothing is done where the cosines are missing.
 */
void msm_mrd_find_orientation (MsmScan *scan);
/* What the middle slice acquired; partial echoes and partial Fourier stay missing, never data. */
gboolean msm_mrd_find_mask (MsmScan *scan, GError **error);

/* Samples of a row after the discarded ones, and where its first lands on the full grid. */
gsize msm_mrd_placement (const MsmMrdRows *self, const MsmMrdHeader *row, gssize *start);
/* FALSE when the row's line lies outside the matrix. */
gboolean msm_mrd_line_of (const MsmScan *scan, const MsmMrdHeader *row, gsize *line);
gboolean msm_mrd_row_in_slice (const MsmScan *scan, gsize i, gsize slice);
/* k → −k on a centred grid of @n when @mirror: the image runs the other way. */
gsize msm_mrd_mirrored (gsize at, gsize n, gboolean mirror);

G_END_DECLS
