#include "config.h"

#include "core/io/scan.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <math.h>
#include <nifti1_io.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/atomic-file.h"
#include "core/io/image-write.h"
#include "core/io/nifti-plane.h"
#include "core/io/scan-private.h"

typedef struct
{
  nifti_image *image;
  gsize offset; /* bytes, of the first value */
  gsize volume; /* of those along the fourth axis */
  znzFile file; /* kept open: a gzip file that is read in order is unpacked once */
  MsmNiftiPlane plane;
} Nifti;

/* The first 348 bytes, uncompressed when the file is gzip, in this machine's byte order. */
static gboolean
read_header (const char *path, nifti_1_header *header, gboolean *swapped)
{
  /* With compression on, zlib reads plain files as they are. */
  znzFile file = znzopen (path, "rb", 1);
  gboolean ok = !znz_isnull (file) && znzread (header, 1, sizeof *header, file) == sizeof *header;

  if (!znz_isnull (file))
    Xznzclose (&file);
  if (!ok || (memcmp (header->magic, "n+1", 4) != 0 && memcmp (header->magic, "ni1", 4) != 0))
    return FALSE;
  *swapped = header->sizeof_hdr != 348;
  if (*swapped)
    swap_nifti_header (header, 1);
  return header->sizeof_hdr == 348;
}

/* No text that is meant to be read is longer. */
#define MAX_EXTENSION (1024 * 1024)

/* The first extension, as msm_nifti_write() makes it. */
char *
msm_nifti_read_provenance (const char *path)
{
  nifti_1_header header;
  gboolean swapped;
  char extender[4];
  gint32 extra[2]; /* size, code */
  g_autofree char *text = NULL;
  znzFile file;
  gboolean ok;

  if (!read_header (path, &header, &swapped) || swapped)
    return NULL;
  file = znzopen (path, "rb", 1);
  ok = !znz_isnull (file) && znzread (&header, 1, sizeof header, file) == sizeof header
       && znzread (extender, 1, 4, file) == 4 && extender[0] != 0 && znzread (extra, 1, 8, file) == 8
       && extra[1] == NIFTI_ECODE_COMMENT && extra[0] > 8 && extra[0] <= MAX_EXTENSION;
  if (ok)
    {
      text = g_malloc0 ((gsize) extra[0]);
      ok = znzread (text, 1, (gsize) extra[0] - 8, file) == (gsize) extra[0] - 8;
    }
  if (!znz_isnull (file))
    Xznzclose (&file);
  return ok ? g_steal_pointer (&text) : NULL;
}

static gboolean
nifti_probe (const char *path, const guint8 *head, gsize n_head, MsmH5 *h5)
{
  nifti_1_header header;
  gboolean swapped;
  gboolean is_gzip = n_head >= 2 && head[0] == 0x1f && head[1] == 0x8b;

  if (!is_gzip && (n_head < 348 || head[344] != 'n'))
    return FALSE;
  return read_header (path, &header, &swapped);
}

static void
nifti_close (MsmScan *scan)
{
  Nifti *self = scan->priv;

  if (!znz_isnull (self->file))
    Xznzclose (&self->file);
  if (self->image != NULL)
    nifti_image_free (self->image);
  g_free (self);
  scan->priv = NULL;
}

static gboolean
is_supported (int datatype)
{
  switch (datatype)
    {
    case DT_UINT8:
    case DT_INT8:
    case DT_UINT16:
    case DT_INT16:
    case DT_UINT32:
    case DT_INT32:
    case DT_UINT64:
    case DT_INT64:
    case DT_FLOAT32:
    case DT_FLOAT64:
    case DT_COMPLEX64:
      return TRUE;
    default:
      return FALSE;
    }
}

/* What the library takes on trust is checked here first. */
static gboolean
check_header (MsmScan *scan, const nifti_1_header *header, GError **error)
{
  GStatBuf info;
  double n_bytes;

  if (memcmp (header->magic, "n+1", 4) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: a pair of .hdr and .img is not supported, expected one .nii or .nii.gz"), scan->path);
      return FALSE;
    }
  if (!is_supported (header->datatype))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: NIfTI data type %d (%s) is not supported, expected integers, floats or complex64"),
                   scan->path, header->datatype, nifti_datatype_string (header->datatype));
      return FALSE;
    }
  if (header->dim[0] < 1 || header->dim[0] > 7 || !isfinite (header->vox_offset) || header->vox_offset < 0
      || header->vox_offset > 1e9)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: the NIfTI header is damaged: %d axes"), scan->path,
                   header->dim[0]);
      return FALSE;
    }
  n_bytes = 1;
  for (int i = 1; i <= header->dim[0]; i++)
    {
      if (header->dim[i] < 1)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: axis %d of the NIfTI image has size %d"), scan->path,
                       i, header->dim[i]);
          return FALSE;
        }
      n_bytes *= header->dim[i];
    }
  if (g_stat (scan->path, &info) != 0 || n_bytes > 1100.0 * (double) info.st_size + 4096)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: claims %.3g values, more than a file of %" PRIu64 " bytes can hold"), scan->path, n_bytes,
                   (guint64) info.st_size);
      return FALSE;
    }
  return TRUE;
}

static gboolean
nifti_open (MsmScan *scan, GError **error)
{
  Nifti *self = scan->priv = g_new0 (Nifti, 1);
  nifti_1_header header;
  gboolean swapped;
  gsize n_volumes = 1;

  nifti_set_debug_level (0);
  if (!read_header (scan->path, &header, &swapped))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: the NIfTI header is truncated or damaged"), scan->path);
      return FALSE;
    }
  if (!check_header (scan, &header, error))
    return FALSE;
  /* The library wants the file's own byte order. */
  if (swapped)
    swap_nifti_header (&header, 1);
  self->image = nifti_convert_nhdr2nim (header, NULL);
  if (self->image == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: the NIfTI header is damaged"), scan->path);
      return FALSE;
    }
  if (swapped)
    swap_nifti_header (&header, 1);
  self->offset = MAX ((gsize) header.vox_offset, 352);
  for (int i = 4; i <= header.dim[0]; i++)
    n_volumes *= (gsize) header.dim[i];
  scan->kind = MSM_SCAN_IMAGE;
  scan->n_channels = 1;
  scan->n_phase = header.dim[1];
  scan->n_readout = header.dim[0] >= 2 ? header.dim[2] : 1;
  scan->n_slices = header.dim[0] >= 3 ? header.dim[3] : 1;
  msm_nifti_plane_init (&self->plane, self->image, scan);
  if (!msm_scan_check_size (scan, scan->n_slices, 1, scan->n_readout, scan->n_phase, error)
      || !msm_scan_choose_index (scan, "volume", n_volumes, &self->volume, error))
    return FALSE;
  if (header.descrip[0] != '\0')
    {
      g_autofree char *text = g_strndup (header.descrip, sizeof header.descrip);

      g_hash_table_insert (scan->fields, g_strdup ("descrip"), g_utf8_make_valid (text, -1));
    }
  g_hash_table_insert (scan->fields, g_strdup ("datatype"), g_strdup (nifti_datatype_string (header.datatype)));
  msm_scan_note (scan, _("Images, not raw data: k-space made of them is synthetic."));
  return TRUE;
}

static double
value_at (const guint8 *raw, gsize i, int datatype)
{
  switch (datatype)
    {
    case DT_UINT8:
      return raw[i];
    case DT_INT8:
      return ((const gint8 *) raw)[i];
    case DT_UINT16:
      return ((const guint16 *) raw)[i];
    case DT_INT16:
      return ((const gint16 *) raw)[i];
    case DT_UINT32:
      return ((const guint32 *) raw)[i];
    case DT_INT32:
      return ((const gint32 *) raw)[i];
    case DT_UINT64:
      return (double) ((const guint64 *) raw)[i];
    case DT_INT64:
      return (double) ((const gint64 *) raw)[i];
    case DT_FLOAT64:
      return ((const double *) raw)[i];
    default:
      return ((const float *) raw)[i];
    }
}

static guint8 *
read_raw (MsmScan *scan, gsize slice, GError **error)
{
  Nifti *self = scan->priv;
  gsize n = scan->n_readout * scan->n_phase;
  gsize n_bytes = n * self->image->nbyper;
  gsize position = self->offset + (self->volume * scan->n_slices + slice) * n_bytes;
  g_autofree guint8 *raw = g_try_malloc (n_bytes);

  if (znz_isnull (self->file))
    self->file = znzopen (scan->path, "rb", 1);
  if (raw == NULL || znz_isnull (self->file) || znzseek (self->file, position, SEEK_SET) < 0
      || znzread (raw, 1, n_bytes, self->file) != n_bytes)
    {
      if (!znz_isnull (self->file))
        Xznzclose (&self->file);
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: slice %zu cannot be read: the file is truncated or damaged"), scan->path, slice);
      return NULL;
    }
  if (self->image->byteorder != nifti_short_order () && self->image->swapsize > 1)
    nifti_swap_Nbytes (n_bytes / self->image->swapsize, self->image->swapsize, raw);
  return g_steal_pointer (&raw);
}

static MsmTensor *
nifti_read (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error)
{
  Nifti *self = scan->priv;
  const MsmNiftiPlane *plane = &self->plane;
  gboolean is_complex = self->image->datatype == DT_COMPLEX64;
  gsize n_rows = scan->n_readout, n_columns = scan->n_phase;
  double slope = self->image->scl_slope, inter = self->image->scl_inter;
  g_autofree guint8 *raw = read_raw (scan, slice, error);
  g_autoptr (MsmTensor) tensor = NULL;
  float *out;

  if (raw == NULL)
    return NULL;
  tensor =
      msm_tensor_new (msm_device_host (), is_complex ? MSM_C64 : MSM_F32, msm_shape4 (1, 1, n_rows, n_columns), error);
  if (tensor == NULL)
    return NULL;
  out = msm_tensor_host (tensor);
  if (slope == 0 || !isfinite (slope) || !isfinite (inter))
    {
      slope = 1;
      inter = 0;
    }
  for (gsize r = 0; r < n_rows; r++)
    for (gsize c = 0; c < n_columns; c++)
      {
        gsize i = plane->rows_against ? n_rows - 1 - r : r, j = plane->columns_against ? n_columns - 1 - c : c;
        gsize from = plane->is_transposed ? j * n_rows + i : i * n_columns + j, to = r * n_columns + c;

        if (is_complex)
          memcpy (out + 2 * to, raw + 8 * from, 8);
        else
          out[to] = (float) (value_at (raw, from, self->image->datatype) * slope + inter);
      }
  return g_steal_pointer (&tensor);
}

const MsmScanFormat msm_scan_nifti = {
  .name = "nifti",
  .title = "NIfTI-1",
  .probe = nifti_probe,
  .open = nifti_open,
  .read = nifti_read,
  .close = nifti_close,
  .holds_magnitudes = TRUE,
};
