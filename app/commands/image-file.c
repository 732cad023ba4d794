#include "config.h"

#include "app/commands/image-file.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/commands/command.h"
#include "app/setup/experiment.h"
#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/dicom-write.h"
#include "core/io/image-write.h"
#include "core/io/scan.h"
#include "core/render/render.h"

MsmTensor *
msm_image_slice (MsmTensor *tensor, gsize slice, const char *what, GError **error)
{
  MsmShape shape = msm_tensor_shape (tensor);
  gsize n_planes = shape.rank >= 3 ? shape.dim[0] : 1;
  gsize n_channels = shape.rank >= 4 ? shape.dim[shape.rank - 3] : 1;
  gsize bytes;

  if (shape.rank < 2)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: %d axis, expected an image"), what, shape.rank);
      return NULL;
    }
  if (slice >= n_planes)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: slice %zu was asked for, the last is %zu"), what, slice,
                   n_planes - 1);
      return NULL;
    }
  bytes = msm_tensor_bytes (tensor) / n_planes;
  shape = msm_shape4 (1, n_channels, shape.dim[shape.rank - 2], shape.dim[shape.rank - 1]);
  return msm_tensor_new_from (msm_device_host (), msm_tensor_dtype (tensor), shape,
                              (const char *) msm_tensor_const_data (tensor) + slice * bytes, error);
}

void
msm_image_scale (MsmTensor *tensor, double scale)
{
  gsize n = msm_tensor_size (tensor) * (msm_tensor_dtype (tensor) == MSM_C64 ? 2 : 1);
  float *x = msm_tensor_host (tensor);

  for (gsize i = 0; i < n; i++)
    x[i] *= scale;
}

static gboolean
has_extension (const char *path, const char *extension)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  return g_str_has_suffix (lower, extension);
}

static MsmTensor *
load_hdf5 (const char *path, const char *dataset, GError **error)
{
  /* fastMRI's single-coil files hold both references, and are scored against the emulated coil's. */
  static const char *const names[] = { "reconstruction", "reconstruction_esc", "reconstruction_rss", "image", NULL };

  if (dataset != NULL && dataset[0] != '\0')
    return msm_hdf5_read (path, dataset, error);
  for (gsize i = 0; names[i] != NULL; i++)
    {
      MsmTensor *tensor = msm_hdf5_read (path, names[i], NULL);

      if (tensor != NULL)
        return tensor;
    }
  /* The plain name's message says what is wrong with the file. */
  return msm_hdf5_read (path, names[0], error);
}

static MsmTensor *
load_scan (const char *path, const MsmScanOptions *options, gsize slice, GError **error)
{
  g_autoptr (MsmScan) scan = msm_scan_open (path, options, error);

  if (scan == NULL)
    return NULL;
  if (scan->kind != MSM_SCAN_IMAGE)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: holds k-space, expected an image (msm recon makes one)"), path);
      return NULL;
    }
  if (slice >= scan->n_slices)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: slice %zu was asked for, the last is %zu"), path, slice,
                   scan->n_slices - 1);
      return NULL;
    }
  return msm_scan_read (scan, slice, NULL, error);
}

/* All planes of a file that is read as a whole; NULL without @error: it is one that slices are asked of. */
static MsmTensor *
load_whole (const char *path, const char *dataset, const MsmScanOptions *options, GError **error)
{
  const gboolean is_cfl = has_extension (path, ".cfl") || has_extension (path, ".hdr");
  GHashTableIter iter;
  gpointer axis, index;

  if (!is_cfl && !has_extension (path, ".h5") && !has_extension (path, ".hdf5"))
    return NULL;
  if (options != NULL && options->group != NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("%s: holds no scan whose group ‘%s’ could be chosen; "
                      "--dataset names a dataset of images"),
                   path, options->group);
      return NULL;
    }
  if (options != NULL && options->indices != NULL)
    {
      g_hash_table_iter_init (&iter, options->indices);
      while (g_hash_table_iter_next (&iter, &axis, &index))
        if (GPOINTER_TO_SIZE (index) > 0)
          {
            g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: there is no axis ‘%s’ to choose from"), path,
                         (const char *) axis);
            return NULL;
          }
    }
  return is_cfl ? msm_cfl_read (path, error) : load_hdf5 (path, dataset, error);
}

MsmTensor *
msm_image_load (const char *path, const char *dataset, const MsmScanOptions *options, gsize slice, GError **error)
{
  GError *failure = NULL;
  g_autoptr (MsmTensor) tensor = load_whole (path, dataset, options, &failure);

  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return NULL;
    }
  return tensor != NULL ? msm_image_slice (tensor, slice, path, error) : load_scan (path, options, slice, error);
}

/* @slice of the file that is already open, one way or the other. */
static MsmTensor *
real_slice (const char *path, MsmTensor *whole, MsmScan *scan, gsize slice, GError **error)
{
  g_autoptr (MsmTensor) image =
      whole != NULL ? msm_image_slice (whole, slice, path, error) : msm_scan_read (scan, slice, NULL, error);
  g_autoptr (MsmTensor) real = image != NULL ? msm_image_real (image, error) : NULL;

  if (real != NULL && msm_tensor_dim (real, 1) != 1)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: pictures in colour, expected a volume of grey slices"),
                   path);
      return NULL;
    }
  return g_steal_pointer (&real);
}

MsmTensor *
msm_image_load_volume (const char *path, const char *dataset, const MsmScanOptions *options, GError **error)
{
  GError *failure = NULL;
  g_autoptr (MsmTensor) whole = load_whole (path, dataset, options, &failure), volume = NULL;
  g_autoptr (MsmScan) scan = NULL;
  gsize n_slices, n_plane = 0;

  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return NULL;
    }
  if (whole == NULL && (scan = msm_scan_open (path, options, error)) == NULL)
    return NULL;
  n_slices = scan != NULL ? scan->n_slices : msm_tensor_shape (whole).rank >= 3 ? msm_tensor_dim (whole, 0) : 1;
  for (gsize s = 0; s < n_slices; s++)
    {
      g_autoptr (MsmTensor) real = real_slice (path, whole, scan, s, error);

      if (real == NULL)
        return NULL;
      n_plane = msm_tensor_size (real);
      if (volume == NULL)
        volume = msm_tensor_new (msm_device_host (), MSM_F32,
                                 msm_shape4 (1, n_slices, msm_tensor_dim (real, 2), msm_tensor_dim (real, 3)), error);
      if (volume == NULL)
        return NULL;
      memcpy (msm_tensor_host (volume) + s * n_plane, msm_tensor_const_host (real), n_plane * sizeof (float));
    }
  return g_steal_pointer (&volume);
}
