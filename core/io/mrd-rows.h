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

/* What a row is used for. */
enum
{
  MSM_MRD_SKIPPED,
  MSM_MRD_IMAGING,   /* a line of the chosen contrast, repetition, … */
  MSM_MRD_COIL_MAPS, /* of a calibration of its own: for the coil maps alone */
};

typedef struct _MsmMrdBlock MsmMrdBlock;

typedef struct
{
  char *data; /* dataset name */
  MsmMrdHeader *rows;
  gsize n_rows;
  guint8 *use;     /* [n_rows]: MSM_MRD_IMAGING, … */
  gsize usual;     /* samples that most lines have, without the discarded ones */
  gsize n_full;    /* readout samples on the oversampled grid */
  gsize n_image;   /* … without the oversampling */
  gsize n_lines;   /* phase encodes of the matrix */
  gsize n_parts;   /* partitions; above 1 it is a volume */
  guint16 *slices; /* the numbers that the file gives its slices or slabs, in order: they may begin anywhere */
  gsize n_slices;
  gsize slab;         /* of a volume: the slice number */
  gssize line_shift;  /* line of the matrix = kspace_encode_step_1 + line_shift */
  gssize part_shift;  /* … of partitions */
  gssize centre;      /* of forward rows of the usual length: the sample where k = 0; −1: as each row says */
  gboolean is_hybrid; /* a volume that lacks partitions: its slices are the readout's positions, its planes ky × kz */
  MsmMrdBlock *block; /* of such a volume: the positions that were transformed last */
  gboolean conjugate; /* so that the image runs along the direction cosines */
  gboolean rows_against, columns_against; /* … and is shown against them */
} MsmMrdRows;

/*
 * Reads all headers, chooses the imaging lines (of one repetition, contrast, set, phase) and sets the sizes of @scan,
 * whose `priv` is a MsmMrdRows with the name of the data. Notes what was left out, and what of the header was
 * corrected.
 */
gboolean msm_mrd_read_rows (MsmScan *scan, const MsmMrdXml *xml, GError **error);
/*
 * The geometry by the acquisitions' direction cosines and positions, and what it takes to show it: Siemens files are
 * conjugated, since their cosines are meant for the other sign of the Fourier transform (mrpro#828, #833); then rows
 * and columns are turned towards left, posterior and inferior. Nothing is done where the cosines are missing.
 */
void msm_mrd_find_orientation (MsmScan *scan);
/* What @slice acquired; partial echoes and partial Fourier stay missing, never data. NULL: everything. */
MsmMask *msm_mrd_find_mask (MsmScan *scan, gsize slice);
/* Of the rows for the coil maps alone, or of any use: what they cover. Never NULL. (transfer full) */
MsmMask *msm_mrd_cover (MsmScan *scan, gsize slice, guint8 use);
/*
 * Where the header's centres of the lines and of the readout cannot be: they do not fit the matrix, or the energy of
 * one slice lies elsewhere, at a place that fits an edge of the matrix. Corrected and noted.
 */
gboolean msm_mrd_check_centres (MsmScan *scan, GError **error);

/* Samples of a row after the discarded ones, and where its first lands on the full grid. */
gsize msm_mrd_placement (const MsmMrdRows *self, const MsmMrdHeader *row, gssize *start);
/* FALSE when the row lies outside the matrix. */
gboolean msm_mrd_place (const MsmMrdRows *self, const MsmMrdHeader *row, gsize *line, gsize *part);
/* Of a hybrid volume each slice has all rows. */
gboolean msm_mrd_row_in_slice (const MsmMrdRows *self, gsize i, gsize slice, guint8 use);
/* k → −k on a centred grid of @n when @mirror: the image runs the other way. */
gsize msm_mrd_mirrored (gsize at, gsize n, gboolean mirror);

/* FALSE when row @i does not hold as many numbers as its header says. */
gboolean msm_mrd_check_row (MsmScan *scan, gsize i, gsize n_floats, GError **error);
/* Hands the rows that @wanted names to @func, among others, in batches of neighbours. */
gboolean msm_mrd_for_rows (MsmScan *scan, const guint8 *wanted, MsmMrdFunc func, gpointer data, MsmCancel *cancel,
                           GError **error);
/* A slice of a hybrid volume: [1, coil, ky, kz]. Several neighbours are transformed at once, and kept. */
MsmTensor *msm_mrd_read_hybrid (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error);
void msm_mrd_block_free (MsmMrdBlock *block);

G_END_DECLS
