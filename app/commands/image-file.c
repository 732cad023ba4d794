#include "config.h"

#include "app/commands/image-file.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

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

MsmTensor *
msm_image_magnitude (MsmTensor *tensor, double scale, GError **error)
{
  MsmShape shape = msm_tensor_shape (tensor);
  gsize n_rows = shape.dim[shape.rank - 2], n_columns = shape.dim[shape.rank - 1];
  gsize n = n_rows * n_columns;
  gsize n_planes = msm_shape_size (shape) / n;
  const float *x = msm_tensor_const_host (tensor);
  MsmTensor *magnitude = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 1, n_rows, n_columns), error);
  gsize parts = msm_tensor_dtype (tensor) == MSM_C64 ? 2 : 1;
  float *out;

  if (magnitude == NULL)
    return NULL;
  out = msm_tensor_host (magnitude);
  for (gsize p = 0; p < n; p++)
    {
      double sum = 0;

      for (gsize plane = 0; plane < n_planes; plane++)
        for (gsize part = 0; part < parts; part++)
          {
            double v = x[(plane * n + p) * parts + part];

            sum += v * v;
          }
      out[p] = scale * sqrt (sum);
    }
  return magnitude;
}

/* Real, of one channel, or of three: red, green and blue. */
static gboolean
is_real (MsmTensor *image)
{
  return msm_tensor_dtype (image) == MSM_F32 && msm_tensor_shape (image).rank == 4 && msm_tensor_dim (image, 0) == 1
         && (msm_tensor_dim (image, 1) == 1 || msm_tensor_dim (image, 1) == 3);
}

MsmTensor *
msm_image_real (MsmTensor *image, GError **error)
{
  if (is_real (image))
    return msm_tensor_new_from (msm_device_host (), MSM_F32, msm_tensor_shape (image), msm_tensor_const_data (image),
                                error);
  return msm_image_magnitude (image, 1, error);
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

static gboolean
save_hdf5 (const char *path, MsmTensor *image, const MsmImageNotes *notes, const char *text, GError **error)
{
  g_autoptr (MsmTensor) real = msm_image_real (image, error);
  g_autoptr (MsmTensor) mask = NULL;
  MsmNamedTensor named[16];
  MsmShape shape;
  gsize n = 0;

  g_return_val_if_fail (notes->n_more + 3 <= G_N_ELEMENTS (named), FALSE);

  if (real == NULL)
    return FALSE;
  shape = msm_tensor_shape (real);
  if (shape.dim[1] == 1)
    msm_tensor_reshape (real, msm_shape3 (1, shape.dim[2], shape.dim[3])); /* as fastMRI submissions */
  named[n++] = (MsmNamedTensor){ "reconstruction", real };
  if (msm_tensor_dtype (image) == MSM_C64)
    named[n++] = (MsmNamedTensor){ "image", image };
  if (notes->mask != NULL)
    {
      mask = msm_mask_to_tensor (notes->mask, msm_device_host (), error);
      if (mask == NULL)
        return FALSE;
      named[n++] = (MsmNamedTensor){ "mask", mask };
    }
  for (gsize i = 0; i < notes->n_more; i++)
    named[n++] = notes->more[i];
  return msm_hdf5_write (path, named, n, text, error);
}

static gboolean
save_png (const char *path, MsmTensor *image, const MsmImageNotes *notes, GError **error)
{
  g_autoptr (MsmTensor) real = msm_image_real (image, error);
  g_autofree char *summary = NULL, *text = NULL;
  double low, high = notes->white;

  if (real == NULL)
    return FALSE;
  if (!(high > 0))
    msm_render_auto_window (msm_tensor_const_host (real), MSM_F32, msm_tensor_size (real), MSM_RENDER_MAGNITUDE, 0,
                            99.9, &low, &high);
  if (!(high > 0))
    high = 1;
  msm_image_scale (real, 1 / high);
  summary = g_strdup_printf ("%s; white = %.9g", notes->provenance != NULL ? notes->provenance : "", high);
  text = msm_experiment_attach (summary, notes->experiment);
  return msm_png_write_16 (path, msm_tensor_const_host (real), msm_tensor_dim (real, 1), msm_tensor_dim (real, 2),
                           msm_tensor_dim (real, 3), text, error);
}

gboolean
msm_image_can_save (const char *path, GError **error)
{
  static const char *const extensions[] = { ".h5", ".hdf5", ".cfl", ".nii", ".nii.gz", ".dcm", ".png", NULL };

  for (gsize i = 0; extensions[i] != NULL; i++)
    if (has_extension (path, extensions[i]))
      return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
               _("%s: unknown extension, expected .h5, .cfl, .nii, .nii.gz, .dcm or .png"), path);
  return FALSE;
}

/* Of a colour picture a capture, of anything else an MR image; nobody's, since no template is named. */
static gboolean
save_dicom (const char *path, MsmTensor *image, const MsmImageNotes *notes, const char *text, GError **error)
{
  g_autoptr (MsmTensor) real = msm_image_real (image, error);
  /* Behind the program and the input, whose name is perhaps somebody's. */
  const char *input = notes->provenance != NULL ? strstr (notes->provenance, "; ") : NULL;
  const char *details = input != NULL ? strstr (input + 2, "; ") : NULL;
  g_autofree char *derivation = g_strdup_printf ("MSM Studio %s%s", MSM_VERSION, details != NULL ? details : "");
  MsmDicomImages images = { .tensor = real,
                            .geometry = &notes->geometry,
                            .description = notes->title != NULL ? notes->title : "MSM Studio",
                            .derivation = derivation,
                            .provenance = text };

  if (real == NULL)
    return FALSE;
  images.kind = msm_tensor_shape (real).dim[1] == 3 ? MSM_DICOM_CAPTURES : MSM_DICOM_SERIES;
  for (int i = 0; i < 3 && notes->spacing_mm != NULL; i++)
    images.spacing_mm[i] = notes->spacing_mm[i];
  return msm_dicom_write (path, &images, error);
}

gboolean
msm_image_save (const char *path, MsmTensor *image, const MsmImageNotes *notes, GError **error)
{
  static const double unknown_mm[3] = { 0, 0, 0 };
  g_autofree char *text =
      notes->provenance != NULL ? msm_experiment_attach (notes->provenance, notes->experiment) : NULL;

  if (!msm_image_can_save (path, error))
    return FALSE;
  if (has_extension (path, ".png"))
    return save_png (path, image, notes, error);
  if (has_extension (path, ".cfl"))
    return msm_cfl_write (path, image, text, error);
  if (has_extension (path, ".dcm"))
    return save_dicom (path, image, notes, text, error);
  if (has_extension (path, ".nii") || has_extension (path, ".nii.gz"))
    {
      g_autoptr (MsmTensor) magnitude = msm_image_magnitude (image, 1, error);

      return magnitude != NULL
             && msm_nifti_write (path, magnitude, notes->spacing_mm != NULL ? notes->spacing_mm : unknown_mm,
                                 &notes->geometry, text, error);
    }
  return save_hdf5 (path, image, notes, text, error);
}
