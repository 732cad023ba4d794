#include "config.h"

#include "core/mask/mask.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/io/mask-file.h"
#include "core/io/npy.h"
#include "core/io/scan.h"

typedef enum
{
  FILE_PNG,
  FILE_NPY,
  FILE_HDF5,
  FILE_CFL,
} FileKind;

static gboolean
has_extension (const char *path, const char *extension)
{
  gsize n = strlen (path), m = strlen (extension);

  return n > m && g_ascii_strcasecmp (path + n - m, extension) == 0;
}

/* The first bytes say PNG, NumPy or HDF5; cfl has no signature: the name says it. */
static gboolean
probe (const char *path, FileKind *kind, GError **error)
{
  guint8 head[1024] = { 0 };
  FILE *file = NULL;
  gsize n = 0;

  if (!has_extension (path, ".cfl") && !has_extension (path, ".hdr"))
    {
      file = msm_input_open (path, error);
      if (file == NULL)
        return FALSE;
      n = fread (head, 1, sizeof head, file);
      fclose (file);
      if (n >= 8 && memcmp (head, "\x89PNG\r\n\x1a\n", 8) == 0)
        *kind = FILE_PNG;
      else if (msm_npy_is_head (head, n))
        *kind = FILE_NPY;
      else if (msm_h5_is_head (head, n))
        *kind = FILE_HDF5;
      else
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                       _("%s: not a mask file: expected PNG, NumPy (.npy), HDF5 with a dataset ‘mask’, or .cfl"),
                       path);
          return FALSE;
        }
      return TRUE;
    }
  *kind = FILE_CFL;
  return TRUE;
}

/* Reads "x.hdr" as well as "x.cfl" and "x". */
static MsmTensor *
read_cfl (const char *path, GError **error)
{
  g_autofree char *name = g_strdup (path);

  if (has_extension (name, ".hdr"))
    memcpy (name + strlen (name) - 4, ".cfl", 4);
  return msm_cfl_read (name, error);
}

/* Magnitude at i. */
static double
value_at (MsmTensor *tensor, gsize i)
{
  const float *data = msm_tensor_const_host (tensor);

  return msm_tensor_dtype (tensor) == MSM_C64 ? hypot (data[2 * i], data[2 * i + 1]) : fabs (data[i]);
}

/* Axes of one, as of fastMRI's [1, 1, W, 1], say nothing; a lone axis is a row of phase-encode lines. */
static gboolean
check_sizes (const char *path, MsmTensor *tensor, gsize n_readout, gsize n_phase, gsize *n_rows, GError **error)
{
  MsmShape shape = msm_tensor_shape (tensor);
  gsize dim[MSM_MAX_RANK] = { 1, 1 }, n = 0;
  g_autofree char *found = NULL;

  for (int i = 0; i < shape.rank; i++)
    if (shape.dim[i] != 1)
      dim[n++] = shape.dim[i];
  *n_rows = n > 1 ? dim[0] : 1;
  if (n <= 2 && dim[n > 1 ? 1 : 0] == n_phase && (*n_rows == n_readout || *n_rows == 1))
    return TRUE;
  /* Planes of a single line or a single row. */
  *n_rows = n_phase == 1 ? n_readout : 1;
  if (n <= 1 && (n_phase == 1 || n_readout == 1) && dim[0] == n_readout * n_phase)
    return TRUE;
  found = msm_shape_format (shape);
  g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
               _("%s: the mask has sizes %s, expected [%zu, %zu] or one row of %zu lines"), path, found, n_readout,
               n_phase, n_phase);
  return FALSE;
}

/**
 * msm_mask_load:
 *
 * A point is sampled where the file's value is above half of its maximum. One row of values stands
 * for whole phase-encode lines.
 * Returns: (transfer full): or %NULL with MSM_ERROR_FILE, _FORMAT, _SHAPE or _VALUE (not a number, or
 * nothing is sampled)
 */
MsmMask *
msm_mask_load (const char *path, gsize n_readout, gsize n_phase, GError **error)
{
  FileKind kind;
  g_autoptr (MsmTensor) tensor = NULL;
  g_autoptr (MsmMask) mask = NULL;
  g_autofree char *base = NULL;
  gsize n_rows;
  double highest = 0;

  g_return_val_if_fail (path != NULL, NULL);
  if (!probe (path, &kind, error))
    return NULL;
  tensor = kind == FILE_PNG    ? msm_png_read_levels (path, error)
           : kind == FILE_NPY  ? msm_npy_read (path, error)
           : kind == FILE_HDF5 ? msm_hdf5_read (path, "mask", error)
                               : read_cfl (path, error);
  if (tensor == NULL || !check_sizes (path, tensor, n_readout, n_phase, &n_rows, error))
    return NULL;

  for (gsize i = 0; i < n_rows * n_phase; i++)
    {
      if (!isfinite (value_at (tensor, i)))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: point %zu of the mask is not a finite number"), path,
                       i);
          return NULL;
        }
      highest = MAX (highest, value_at (tensor, i));
    }
  if (highest == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("%s: the mask is empty: expected some points above 0, found none of %zu"), path,
                   n_rows * n_phase);
      return NULL;
    }
  mask = msm_mask_new (n_readout, n_phase);
  for (gsize r = 0; r < n_readout; r++)
    for (gsize p = 0; p < n_phase; p++)
      mask->points[r * n_phase + p] = value_at (tensor, (n_rows == 1 ? 0 : r) * n_phase + p) > highest / 2;
  msm_mask_detect_columns (mask);
  base = g_path_get_basename (path);
  mask->origin = g_strdup_printf ("from file %s", base);
  return g_steal_pointer (&mask);
}

static gboolean
save_cfl (MsmTensor *plane, const char *path, GError **error)
{
  gsize n = msm_tensor_size (plane);
  MsmShape shape = msm_tensor_shape (plane);
  const float *values = msm_tensor_const_host (plane);
  g_autoptr (MsmTensor) tensor = NULL;
  float *data;

  tensor = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (1, 1, shape.dim[0], shape.dim[1]), error);
  if (tensor == NULL)
    return FALSE;
  data = msm_tensor_host (tensor);
  for (gsize i = 0; i < n; i++)
    data[2 * i] = values[i];
  return msm_cfl_write (path, tensor, NULL, error);
}

/* HDF5 as fastMRI has it: one value per line for a column mask, else the plane. */
static gboolean
save_hdf5 (const MsmMask *self, MsmTensor *plane, const char *path, GError **error)
{
  MsmNamedTensor named = { "mask", plane };
  g_autoptr (MsmTensor) lines = NULL;

  if (self->is_columns)
    {
      lines = msm_tensor_new_from (msm_device_host (), MSM_F32, msm_shape1 (self->n_phase),
                                   msm_tensor_const_host (plane), error);
      if (lines == NULL)
        return FALSE;
      named.tensor = lines;
    }
  return msm_hdf5_write (path, &named, 1, self->origin, error);
}

/* By extension: .png, .h5 or .hdf5, .cfl. Padded lines are written as not sampled. */
gboolean
msm_mask_save (const MsmMask *self, const char *path, GError **error)
{
  g_autoptr (MsmTensor) plane = NULL;

  g_return_val_if_fail (self != NULL && path != NULL, FALSE);
  plane = msm_mask_to_tensor (self, msm_device_host (), error);
  if (plane == NULL)
    return FALSE;
  if (has_extension (path, ".png"))
    return msm_png_write_16 (path, msm_tensor_const_host (plane), 1, self->n_readout, self->n_phase, self->origin,
                             error);
  if (has_extension (path, ".h5") || has_extension (path, ".hdf5"))
    return save_hdf5 (self, plane, path, error);
  if (has_extension (path, ".cfl"))
    return save_cfl (plane, path, error);
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
               _("%s: a mask is saved as .png, .h5 or .cfl: the name ends in none of these"), path);
  return FALSE;
}
