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

typedef struct
{
  gboolean is_single;    /* kspace [slice, row, column]: no coil axis */
  const char *reference; /* dataset, or NULL */
  gsize reference_rows, reference_columns;
} FastMri;

static gboolean
fastmri_probe (const char *path, const guint8 *head, gsize n_head, MsmH5 *h5)
{
  return h5 != NULL && msm_h5_has (h5, "kspace");
}

static void
fastmri_close (MsmScan *scan)
{
  g_free (scan->priv);
  scan->priv = NULL;
}

static gboolean
read_block (MsmScan *scan, gsize slice, gsize coil, gsize n_coils, float *out, GError **error)
{
  FastMri *self = scan->priv;
  gsize start[4] = { slice, coil, 0, 0 };
  gsize count[4] = { 1, n_coils, scan->n_readout, scan->n_phase };

  if (self->is_single)
    {
      start[1] = 0;
      count[1] = scan->n_readout;
      count[2] = scan->n_phase;
    }
  return msm_h5_read_block (scan->h5, "kspace", start, count, out, error);
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
read_header (MsmScan *scan, guint8 **padded, GError **error)
{
  g_auto (MsmMrdXml) xml = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;

  *padded = NULL;
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
  if (xml.trajectory != NULL && g_ascii_strcasecmp (xml.trajectory, "cartesian") != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: trajectory “%s” is not supported yet, only Cartesian"), scan->path, xml.trajectory);
      return FALSE;
    }
  for (int i = 0; i < 3; i++)
    if (xml.recon[i] > 0)
      scan->spacing_mm[i] = xml.recon_mm[i] / (double) xml.recon[i];
  scan->crop_readout = MIN (xml.recon[0], scan->n_readout);
  scan->crop_phase = MIN (xml.recon[1], scan->n_phase);
  *padded = padded_lines (scan, &xml);
  return TRUE;
}

/* `mask`: 1-D over columns, or 2-D [row, column]. */
static gboolean
read_mask (MsmScan *scan, const guint8 *padded, GError **error)
{
  gsize n_readout = scan->n_readout, n_phase = scan->n_phase, start[MSM_H5_MAX_RANK] = { 0 };
  g_autofree float *values = NULL;
  MsmH5Info stored = { 0 }, info = { 0 };
  MsmMask *mask;

  if (!msm_h5_info (scan->h5, "mask", &stored, error))
    return FALSE;
  /* Axes of one, as of [1, 1, W, 1], say nothing. */
  info.kind = stored.kind;
  for (int i = 0; i < stored.rank; i++)
    if (stored.dim[i] != 1)
      info.dim[info.rank++] = stored.dim[i];
  if (info.kind != MSM_H5_NUMBER || info.rank < 1 || info.rank > 2 || info.dim[info.rank - 1] != n_phase
      || (info.rank == 2 && info.dim[0] != n_readout && info.dim[0] != 1))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: dataset ‘mask’ has %d axes, the last of %zu, expected [%zu] or [%zu, %zu] numbers"),
                   scan->path, stored.rank, stored.rank > 0 ? stored.dim[stored.rank - 1] : 0, n_phase, n_readout,
                   n_phase);
      return FALSE;
    }
  values = g_new0 (float, info.rank == 2 ? info.dim[0] * n_phase : n_phase);
  if (!msm_h5_read_block (scan->h5, "mask", start, stored.dim, values, error))
    return FALSE;
  for (gsize i = 0; i < (info.rank == 2 ? info.dim[0] : 1) * n_phase; i++)
    if (!isfinite (values[i]))
      {
        g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: point %zu of the mask is not a finite number"),
                     scan->path, i);
        return FALSE;
      }
  mask = scan->mask = msm_mask_new (n_readout, n_phase);
  for (gsize r = 0; r < n_readout; r++)
    for (gsize p = 0; p < n_phase; p++)
      {
        gsize row = info.rank == 2 && info.dim[0] > 1 ? r : 0;

        mask->points[r * n_phase + p] = values[row * n_phase + p] != 0 && (padded == NULL || !padded[p]);
      }
  if (padded != NULL)
    memcpy (mask->padded, padded, n_phase);
  msm_mask_detect_columns (mask);
  g_free (mask->origin);
  mask->origin = g_strdup ("from the file");
  if (msm_mask_count (mask) == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: dataset ‘mask’ samples nothing"), scan->path);
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_zero (const float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (values[i] != 0)
      return FALSE;
  return TRUE;
}

/* Without a `mask`, the zeros of the middle slice tell what was acquired: of the first coil that measured anything. */
static gboolean
guess_mask (MsmScan *scan, const guint8 *padded, GError **error)
{
  g_autofree float *kspace = g_try_new (float, 2 * scan->n_readout * scan->n_phase);

  if (kspace == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for one coil of a slice"), scan->path);
      return FALSE;
    }
  for (gsize coil = 0; coil < scan->n_channels; coil++)
    {
      if (!read_block (scan, scan->n_slices / 2, coil, 1, kspace, error))
        return FALSE;
      if (!is_zero (kspace, 2 * scan->n_readout * scan->n_phase))
        break;
    }
  scan->mask = msm_scan_mask_from_zeros (kspace, 1, scan->n_readout, scan->n_phase, padded);
  if (scan->mask != NULL && !msm_mask_is_full (scan->mask))
    msm_scan_note (
        scan, _("There is no ‘mask’, but parts of k-space are zero: they are guessed not to have been acquired."));
  return TRUE;
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

static gboolean
fastmri_open (MsmScan *scan, GError **error)
{
  FastMri *self = scan->priv = g_new0 (FastMri, 1);
  g_autofree guint8 *padded = NULL;
  MsmH5Info info = { 0 };
  const char *acquisition;

  if (!msm_h5_info (scan->h5, "kspace", &info, error))
    return FALSE;
  if (info.kind != MSM_H5_COMPLEX)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: dataset ‘kspace’ is not complex, expected a compound {r, i} of floats"), scan->path);
      return FALSE;
    }
  if (info.rank != 3 && info.rank != 4)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: dataset ‘kspace’ has %d axes, expected 4 [slice, coil, row, column] or 3 without coils"),
                   scan->path, info.rank);
      return FALSE;
    }
  self->is_single = info.rank == 3;
  scan->kind = MSM_SCAN_KSPACE;
  scan->n_slices = info.dim[0];
  scan->n_channels = self->is_single ? 1 : info.dim[1];
  scan->n_readout = info.dim[info.rank - 2];
  scan->n_phase = info.dim[info.rank - 1];
  if (!msm_scan_check_size (scan, scan->n_slices, scan->n_channels, scan->n_readout, scan->n_phase, error))
    return FALSE;
  msm_h5_attributes (scan->h5, scan->fields);
  /* Patients' identifiers are of no use here and must not travel into logs and results. */
  g_hash_table_remove (scan->fields, "patient_id");
  if (!read_header (scan, &padded, error))
    return FALSE;
  if (msm_h5_has (scan->h5, "mask") ? !read_mask (scan, padded, error) : !guess_mask (scan, padded, error))
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
  .read_reference = fastmri_read_reference,
  .close = fastmri_close,
};
