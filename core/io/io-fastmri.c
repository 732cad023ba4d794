#include "config.h"

#include "core/io/scan.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/hdf5/io-hdf5.h"
#include "core/io/mrd-header.h"
#include "core/io/scan-private.h"

typedef enum
{
  NUMBERS_COMPLEX, /* a compound of two */
  NUMBERS_PAIRS,   /* real and imaginary part are a last axis of 2 */
  NUMBERS_LAST,    /* coils are the last axis, each two entries of it: Calgary-Campinas */
} Numbers;

typedef struct
{
  char *name; /* of the dataset */
  Numbers numbers;
  gboolean is_single;           /* [slice, row, column]: no coil axis */
  gboolean is_matlab;           /* rows and columns change places, since MATLAB's axes come in reverse */
  int n_outer;                  /* axes before the slices, of which one entry is chosen */
  gsize outer[MSM_H5_MAX_RANK]; /* … these */
  const char *reference;        /* dataset, or NULL */
  gsize reference_rows, reference_columns;
  MsmMask **masks; /* [n_masks] of the dataset `mask`: one, or one for each slice */
  gsize n_masks;
} FastMri;

/* The dataset of k-space: by that name, or by one that begins so, as CMRxRecon's `kspace_full`. (transfer full) */
static char *
find_kspace (MsmH5 *h5)
{
  g_autoptr (GPtrArray) names = NULL;

  /* ISMRMRD groups may have any name. */
  if (msm_h5_has (h5, "kspace"))
    return msm_h5_has (h5, "kspace/data") && msm_h5_has (h5, "kspace/xml") ? NULL : g_strdup ("kspace");
  names = msm_h5_members (h5, "/");
  for (guint i = 0; i < names->len; i++)
    if (g_ascii_strncasecmp (names->pdata[i], "kspace", 6) == 0)
      return g_strdup (names->pdata[i]);
  return NULL;
}

static gboolean
fastmri_probe (const char *path, const guint8 *head, gsize n_head, MsmH5 *h5)
{
  g_autofree char *name = h5 != NULL ? find_kspace (h5) : NULL;

  return name != NULL;
}

static void
fastmri_close (MsmScan *scan)
{
  FastMri *self = scan->priv;

  for (gsize i = 0; i < self->n_masks; i++)
    g_clear_pointer (&self->masks[i], msm_mask_unref);
  g_free (self->masks);
  g_free (self->name);
  g_free (self);
  scan->priv = NULL;
}

/* Rows and columns change places in each of @n planes that have @n_rows afterwards; values of @size floats. */
static void
transpose (const float *from, gsize n, gsize n_rows, gsize n_columns, float *to)
{
  for (gsize c = 0; c < n; c++)
    for (gsize r = 0; r < n_rows; r++)
      for (gsize p = 0; p < n_columns; p++)
        memcpy (to + 2 * ((c * n_rows + r) * n_columns + p), from + 2 * ((c * n_columns + p) * n_rows + r),
                2 * sizeof (float));
}

/* [row, column, coil] to [coil, row, column] */
static void
coils_first (const float *from, gsize n_coils, gsize n_points, float *to)
{
  for (gsize c = 0; c < n_coils; c++)
    for (gsize i = 0; i < n_points; i++)
      memcpy (to + 2 * (c * n_points + i), from + 2 * (i * n_coils + c), 2 * sizeof (float));
}

/* Rows [@row, @row + @n_rows) of the stored planes. */
static gboolean
read_rows (MsmScan *scan, gsize slice, gsize coil, gsize n_coils, gsize row, gsize n_rows, float *out, GError **error)
{
  FastMri *self = scan->priv;
  const gsize n_columns = self->is_matlab ? scan->n_readout : scan->n_phase;
  gsize start[MSM_H5_MAX_RANK] = { 0 }, count[MSM_H5_MAX_RANK];
  int axis = self->n_outer;

  for (int i = 0; i < self->n_outer; i++)
    {
      start[i] = self->outer[i];
      count[i] = 1;
    }
  start[axis] = slice;
  count[axis++] = 1;
  if (!self->is_single && self->numbers != NUMBERS_LAST)
    {
      start[axis] = coil;
      count[axis++] = n_coils;
    }
  start[axis] = row;
  count[axis++] = n_rows;
  count[axis++] = n_columns;
  if (self->numbers != NUMBERS_COMPLEX)
    {
      start[axis] = self->numbers == NUMBERS_LAST ? 2 * coil : 0;
      count[axis] = self->numbers == NUMBERS_LAST ? 2 * n_coils : 2;
    }
  return msm_h5_read_block (scan->h5, self->name, start, count, out, error);
}

static gboolean
read_block (MsmScan *scan, gsize slice, gsize coil, gsize n_coils, float *out, GError **error)
{
  FastMri *self = scan->priv;
  const gsize n_points = scan->n_readout * scan->n_phase;
  const gboolean is_as_stored = !self->is_matlab && self->numbers != NUMBERS_LAST;
  g_autofree float *stored = is_as_stored ? NULL : g_try_new (float, 2 * n_coils * n_points);

  if (is_as_stored)
    return read_rows (scan, slice, coil, n_coils, 0, scan->n_readout, out, error);
  if (stored == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for a slice"), scan->path);
      return FALSE;
    }
  if (!read_rows (scan, slice, coil, n_coils, 0, self->is_matlab ? scan->n_phase : scan->n_readout, stored, error))
    return FALSE;
  if (self->numbers == NUMBERS_LAST)
    coils_first (stored, n_coils, n_points, out);
  else
    transpose (stored, n_coils, scan->n_readout, scan->n_phase, out);
  return TRUE;
}

static gboolean
fastmri_read_coil (MsmScan *scan, gsize slice, gsize coil, float *out, GError **error)
{
  return read_block (scan, slice, coil, 1, out, error);
}

/* Lines that the header calls padded but that hold data are not: the middle row of the middle slice shows them. */
static gboolean
trust_data (MsmScan *scan, guint8 *padded, GError **error)
{
  const gsize n = scan->n_phase;
  g_autofree float *row = g_new (float, 2 * scan->n_channels * n);
  gsize n_wrong = 0;

  if (!read_rows (scan, scan->n_slices / 2, 0, scan->n_channels, scan->n_readout / 2, 1, row, error))
    return FALSE;
  for (gsize p = 0; p < n; p++)
    for (gsize c = 0; c < scan->n_channels && padded[p]; c++)
      if (row[2 * (c * n + p)] != 0 || row[2 * (c * n + p) + 1] != 0)
        {
          padded[p] = 0;
          n_wrong++;
        }
  if (n_wrong > 0)
    msm_scan_note (scan, _("The header calls %zu lines padded that hold data: they count as measured."), n_wrong);
  return TRUE;
}

/* Lines that the scanner filled with zeros: docs/formats.md, from the encoding limits. NULL when there are none. */
static guint8 *
padded_lines (MsmScan *scan, const MsmMrdXml *xml)
{
  gsize left, right, n = scan->n_phase;
  guint8 *padded;

  if (!xml->has_line_limits || xml->encoded[1] != n || xml->line_center > n / 2)
    return NULL;
  left = n / 2 - xml->line_center;
  right = left + xml->line_max + 1;
  if (right > n || (left == 0 && right == n))
    return NULL;
  padded = g_new0 (guint8, n);
  for (gsize p = 0; p < n; p++)
    padded[p] = p < left || p >= right;
  msm_scan_note (scan,
                 _("The scanner padded %zu lines on the left and %zu on the right with zeros: they count "
                    "neither as sampled nor as missing."),
                 left, n - right);
  return padded;
}

static gboolean
read_header (MsmScan *scan, GError **error)
{
  FastMri *self = scan->priv;
  g_auto (MsmMrdXml) xml = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;

  if (!msm_h5_has (scan->h5, "ismrmrd_header"))
    {
      msm_scan_note (scan, _("There is no ‘ismrmrd_header’: voxel size, cropping and padding are unknown."));
      return TRUE;
    }
  text = msm_h5_read_text (scan->h5, "ismrmrd_header", &local);
  if (text == NULL || !msm_mrd_xml_parse (&xml, text, scan->path, scan->fields, &local))
    {
      msm_scan_note (scan, _("The header could not be used (%s): voxel size, cropping and padding are unknown."),
                     local->message);
      return TRUE;
    }
  /* An array's rows and columns are a grid, whatever the readouts were. */
  xml.is_ramp_sampled = FALSE;
  if (!msm_mrd_xml_check_trajectory (&xml, scan->path, error))
    return FALSE;
  for (int i = 0; i < 3; i++)
    if (xml.recon[i] > 0)
      scan->spacing_mm[i] = xml.recon_mm[i] / (double) xml.recon[i];
  scan->crop_readout = MIN (xml.recon[0], scan->n_readout);
  scan->crop_phase = MIN (xml.recon[1], scan->n_phase);
  if (self->numbers == NUMBERS_LAST || self->is_matlab)
    return TRUE;
  scan->padded = padded_lines (scan, &xml);
  return scan->padded == NULL || trust_data (scan, scan->padded, error);
}

/* What the axes of `mask` that are longer than one are. */
typedef struct
{
  gboolean has_slices, has_rows;
} MaskAxes;

/* [column], [row, column], [slice, column] or [slice, row, column]. FALSE: none of these. */
static gboolean
find_mask_axes (const MsmScan *scan, const MsmH5Info *info, MaskAxes *axes)
{
  const gsize *dim = info->dim;

  *axes = (MaskAxes){ FALSE, FALSE };
  if (info->kind != MSM_H5_NUMBER || info->rank < 1 || info->rank > 3 || dim[info->rank - 1] != scan->n_phase)
    return FALSE;
  axes->has_rows = info->rank >= 2 && dim[info->rank - 2] == scan->n_readout;
  axes->has_slices = info->rank == 3 ? dim[0] == scan->n_slices : info->rank == 2 && !axes->has_rows;
  return info->rank == 1 || (info->rank == 2 && (axes->has_rows || dim[0] == scan->n_slices))
         || (info->rank == 3 && axes->has_rows && axes->has_slices);
}

static MsmMask *
make_mask (MsmScan *scan, const float *values, gboolean has_rows)
{
  const gsize n_readout = scan->n_readout, n_phase = scan->n_phase;
  MsmMask *mask = msm_mask_new (n_readout, n_phase);

  for (gsize r = 0; r < n_readout; r++)
    for (gsize p = 0; p < n_phase; p++)
      mask->points[r * n_phase + p] =
          values[(has_rows ? r : 0) * n_phase + p] != 0 && (scan->padded == NULL || !scan->padded[p]);
  if (scan->padded != NULL)
    memcpy (mask->padded, scan->padded, n_phase);
  msm_mask_detect_columns (mask);
  g_free (mask->origin);
  mask->origin = g_strdup ("from the file");
  return mask;
}

/* `mask`: over columns or planes, one for all slices or one for each; axes of one, as of [1, 1, W, 1], say nothing. */
static gboolean
read_masks (MsmScan *scan, GError **error)
{
  FastMri *self = scan->priv;
  gsize start[MSM_H5_MAX_RANK] = { 0 }, n_values = 1, n_mask;
  g_autofree float *values = NULL;
  MsmH5Info stored = { 0 }, info = { 0 };
  MaskAxes axes;

  if (!msm_h5_info (scan->h5, "mask", &stored, error))
    return FALSE;
  info.kind = stored.kind;
  for (int i = 0; i < stored.rank; i++)
    {
      if (stored.dim[i] != 1)
        info.dim[info.rank++] = stored.dim[i];
      n_values *= stored.dim[i];
    }
  if (!find_mask_axes (scan, &info, &axes))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: dataset ‘mask’ has %d axes, the last of %zu, expected [%zu], [%zu, %zu] or one of these for "
                      "each of %zu slices, as numbers"),
                   scan->path, stored.rank, stored.rank > 0 ? stored.dim[stored.rank - 1] : 0, scan->n_phase,
                   scan->n_readout, scan->n_phase, scan->n_slices);
      return FALSE;
    }
  values = g_new0 (float, n_values);
  if (!msm_h5_read_block (scan->h5, "mask", start, stored.dim, values, error))
    return FALSE;
  for (gsize i = 0; i < n_values; i++)
    if (!isfinite (values[i]))
      {
        g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: point %zu of the mask is not a finite number"),
                     scan->path, i);
        return FALSE;
      }
  self->n_masks = axes.has_slices ? scan->n_slices : 1;
  self->masks = g_new0 (MsmMask *, self->n_masks);
  n_mask = n_values / self->n_masks;
  for (gsize i = 0; i < self->n_masks; i++)
    {
      self->masks[i] = make_mask (scan, values + i * n_mask, axes.has_rows);
      if (msm_mask_count (self->masks[i]) == 0)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: dataset ‘mask’ samples nothing"), scan->path);
          return FALSE;
        }
    }
  return TRUE;
}

static MsmMask *
fastmri_find_mask (MsmScan *scan, gsize slice)
{
  FastMri *self = scan->priv;

  return msm_mask_ref (self->masks[self->n_masks > 1 ? slice : 0]);
}

static void
find_reference (MsmScan *scan)
{
  FastMri *self = scan->priv;
  /* A single coil is scored against the emulated one's image, which is what its k-space can give. */
  const char *const names[] = { self->is_single ? "reconstruction_esc" : "reconstruction_rss",
                                self->is_single ? "reconstruction_rss" : "reconstruction_esc" };

  for (gsize i = 0; i < G_N_ELEMENTS (names) && self->reference == NULL; i++)
    {
      MsmH5Info info = { 0 };
      g_autoptr (GError) local = NULL;

      if (!msm_h5_has (scan->h5, names[i]))
        continue;
      if (!msm_h5_info (scan->h5, names[i], &info, &local))
        msm_scan_note (scan, _("The reference cannot be used: %s"), local->message);
      else if (info.kind != MSM_H5_NUMBER || info.rank != 3 || info.dim[0] != scan->n_slices || info.dim[1] < 1
               || info.dim[1] > 65535 || info.dim[2] < 1 || info.dim[2] > 65535)
        msm_scan_note (scan, _("‘%s’ is not one image per slice and is left alone."), names[i]);
      else
        {
          self->reference = names[i];
          self->reference_rows = info.dim[1];
          self->reference_columns = info.dim[2];
          scan->has_reference = TRUE;
        }
    }
  /* The files' reference is the crop that the challenge scores: it decides when it disagrees. */
  if (scan->has_reference && self->reference_rows <= scan->n_readout && self->reference_columns <= scan->n_phase)
    {
      scan->crop_readout = self->reference_rows;
      scan->crop_phase = self->reference_columns;
      scan->reference_is_truth = g_strcmp0 (g_hash_table_lookup (scan->fields, "reference"), MSM_REFERENCE_TRUTH) == 0;
    }
  if (scan->crop_readout == 0 || scan->crop_phase == 0
      || (scan->crop_readout == scan->n_readout && scan->crop_phase == scan->n_phase))
    scan->crop_readout = scan->crop_phase = 0;
  else
    msm_scan_note (scan,
                   _("Rows are oversampled or wider than shown: images are cropped from %zu × %zu to the "
                      "central %zu × %zu."),
                   scan->n_readout, scan->n_phase, scan->crop_readout, scan->crop_phase);
}

/* Which axis of the dataset is what; sizes go to @scan. */
static gboolean
find_layout (MsmScan *scan, GError **error)
{
  FastMri *self = scan->priv;
  MsmH5Info info = { 0 };
  int rank;

  if (!msm_h5_info (scan->h5, self->name, &info, error))
    return FALSE;
  rank = info.rank;
  if (info.kind == MSM_H5_NUMBER && rank >= 4 && info.dim[rank - 1] == 2)
    {
      self->numbers = NUMBERS_PAIRS;
      rank--;
      msm_scan_note (scan, _("The last axis of ‘%s’ is taken for the real and the imaginary part."), self->name);
    }
  else if (info.kind == MSM_H5_NUMBER && rank == 4 && info.dim[3] % 2 == 0
           && info.dim[3] < MIN (info.dim[1], info.dim[2]))
    {
      self->numbers = NUMBERS_LAST;
      msm_scan_note (scan,
                     _("The last axis of ‘%s’ is taken for the real and the imaginary parts of %zu coils, by turns."),
                     self->name, info.dim[3] / 2);
    }
  else if (info.kind != MSM_H5_COMPLEX)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: dataset ‘%s’ is not complex, expected a compound {r, i} of numbers, or a last axis of 2"),
                   scan->path, self->name);
      return FALSE;
    }
  if (rank < 3 || rank > 6)
    {
      g_set_error (
          error, MSM_ERROR, MSM_ERROR_SHAPE,
          _("%s: dataset ‘%s’ has %d axes, expected 4 [slice, coil, row, column], 3 without coils, or up to 2 "
             "more before these"),
          scan->path, self->name, rank);
      return FALSE;
    }
  self->is_single = rank == 3;
  self->n_outer = MAX (rank - 4, 0);
  self->is_matlab = self->numbers == NUMBERS_COMPLEX && msm_h5_has_attribute (scan->h5, self->name, "MATLAB_class");
  scan->n_slices = info.dim[self->n_outer];
  scan->n_channels = self->is_single ? 1 : info.dim[self->n_outer + 1];
  scan->n_readout = info.dim[self->is_matlab ? rank - 1 : rank - 2];
  scan->n_phase = info.dim[self->is_matlab ? rank - 2 : rank - 1];
  if (self->is_matlab)
    msm_scan_note (scan, _("‘%s’ is MATLAB's, whose axes come in reverse: its first is taken for the readout."),
                   self->name);
  if (self->numbers == NUMBERS_LAST)
    {
      scan->n_channels = info.dim[3] / 2;
      scan->n_readout = info.dim[1];
      scan->n_phase = info.dim[2];
    }
  for (int i = 0; i < self->n_outer; i++)
    {
      /* Of a single one nobody knows what it counts: whichever is asked for. */
      const gboolean is_average =
          self->n_outer == 1 ? scan->indices != NULL && g_hash_table_contains (scan->indices, "average") : i == 1;

      if (!msm_scan_choose_index (scan, is_average ? "average" : "repetition", info.dim[i], &self->outer[i], error))
        return FALSE;
    }
  return msm_scan_check_size (scan, scan->n_slices, scan->n_channels, scan->n_readout, scan->n_phase, error);
}

static gboolean
fastmri_open (MsmScan *scan, GError **error)
{
  FastMri *self = scan->priv = g_new0 (FastMri, 1);
  const char *acquisition;

  scan->kind = MSM_SCAN_KSPACE;
  self->name = scan->group != NULL ? g_strdup (scan->group) : find_kspace (scan->h5);
  if (self->name == NULL)
    self->name = g_strdup ("kspace");
  if (!find_layout (scan, error))
    return FALSE;
  msm_h5_attributes (scan->h5, scan->fields);
  /* Patients' identifiers are of no use here and must not travel into logs and results. */
  g_hash_table_remove (scan->fields, "patient_id");
  if (!read_header (scan, error))
    return FALSE;
  /* MATLAB's stand the other way round as well, and are no part of any known layout. */
  scan->guesses_masks = self->is_matlab || !msm_h5_has (scan->h5, "mask");
  if (!scan->guesses_masks && !read_masks (scan, error))
    return FALSE;
  find_reference (scan);
  acquisition = g_hash_table_lookup (scan->fields, "acquisition");
  scan->is_simulated = g_hash_table_contains (scan->fields, "simulated")
                       || (acquisition != NULL && strstr (acquisition, "imulated") != NULL);
  msm_scan_note (scan, _("fastMRI files carry no geometry: the orientation is unknown."));
  return TRUE;
}

static MsmTensor *
fastmri_read (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error)
{
  MsmShape shape = msm_shape4 (1, scan->n_channels, scan->n_readout, scan->n_phase);
  g_autoptr (MsmTensor) tensor = msm_tensor_new (msm_device_host (), MSM_C64, shape, error);

  if (tensor == NULL || !read_block (scan, slice, 0, scan->n_channels, msm_tensor_host (tensor), error))
    return NULL;
  return g_steal_pointer (&tensor);
}

static MsmTensor *
fastmri_read_reference (MsmScan *scan, gsize slice, GError **error)
{
  FastMri *self = scan->priv;
  gsize start[3] = { slice, 0, 0 };
  gsize count[3] = { 1, self->reference_rows, self->reference_columns };
  g_autoptr (MsmTensor) tensor =
      msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 1, count[1], count[2]), error);

  if (tensor == NULL || !msm_h5_read_block (scan->h5, self->reference, start, count, msm_tensor_host (tensor), error))
    return NULL;
  return g_steal_pointer (&tensor);
}

const MsmScanFormat msm_scan_fastmri = {
  .name = "fastmri",
  .title = "fastMRI HDF5",
  .is_hdf5 = TRUE,
  .probe = fastmri_probe,
  .open = fastmri_open,
  .read = fastmri_read,
  .find_mask = fastmri_find_mask,
  .read_coil = fastmri_read_coil,
  .read_reference = fastmri_read_reference,
  .close = fastmri_close,
};
