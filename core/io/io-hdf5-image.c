#include "config.h"

#include "core/io/scan.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/hdf5/io-hdf5.h"
#include "core/io/scan-private.h"

/* Pictures in HDF5: a root dataset `image`, [row, column], [slice, row, column] or [slice, channel, row, column]. */

static gboolean
hdf5_image_probe (const char *path, const guint8 *head, gsize n_head, MsmH5 *h5)
{
  return h5 != NULL && msm_h5_has (h5, "image");
}

static void
hdf5_image_close (MsmScan *scan)
{
  g_free (scan->priv);
  scan->priv = NULL;
}

static gboolean
hdf5_image_open (MsmScan *scan, GError **error)
{
  MsmH5Info *info = scan->priv = g_new0 (MsmH5Info, 1);

  if (!msm_h5_info (scan->h5, "image", info, error))
    return FALSE;
  if ((info->kind != MSM_H5_NUMBER && info->kind != MSM_H5_COMPLEX) || info->rank < 2 || info->rank > 4)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: dataset ‘image’ has %d axes, expected 2 to 4 [slice, channel, row, column] of numbers"),
                   scan->path, info->rank);
      return FALSE;
    }
  scan->kind = MSM_SCAN_IMAGE;
  scan->n_slices = info->rank > 2 ? info->dim[0] : 1;
  scan->n_channels = info->rank > 3 ? info->dim[1] : 1;
  scan->n_readout = info->dim[info->rank - 2];
  scan->n_phase = info->dim[info->rank - 1];
  msm_h5_attributes (scan->h5, scan->fields);
  msm_scan_note (scan, _("Pictures, not raw data: k-space made of them is synthetic."));
  return msm_scan_check_size (scan, scan->n_slices, scan->n_channels, scan->n_readout, scan->n_phase, error);
}

static MsmTensor *
hdf5_image_read (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error)
{
  const MsmH5Info *info = scan->priv;
  gsize start[4] = { 0 }, count[4];
  g_autoptr (MsmTensor) tensor =
      msm_tensor_new (msm_device_host (), info->kind == MSM_H5_COMPLEX ? MSM_C64 : MSM_F32,
                      msm_shape4 (1, scan->n_channels, scan->n_readout, scan->n_phase), error);

  memcpy (count, info->dim, sizeof count);
  if (info->rank > 2)
    {
      start[0] = slice;
      count[0] = 1;
    }
  if (tensor == NULL || !msm_h5_read_block (scan->h5, "image", start, count, msm_tensor_host (tensor), error))
    return NULL;
  return g_steal_pointer (&tensor);
}

const MsmScanFormat msm_scan_hdf5_image = {
  .name = "hdf5-image",
  .title = N_("HDF5 pictures"),
  .is_hdf5 = TRUE,
  .probe = hdf5_image_probe,
  .open = hdf5_image_open,
  .read = hdf5_image_read,
  .close = hdf5_image_close,
};
