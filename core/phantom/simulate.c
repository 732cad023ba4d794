#include "config.h"

#include "core/phantom/simulate.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/phantom/acquire.h"
#include "core/phantom/coils.h"
#include "core/tensor/crop.h"

static const char *const rotations[] = { "0", "90", "180", "270", NULL };

const MsmParam msm_simulate_params[] = {
  { "size", MSM_PARAM_INT, 8, 2048, 256, NULL, NULL, NULL, N_("Readout points and phase-encode lines") },
  { "first-slice", MSM_PARAM_INT, 0, 100000, 0, NULL, NULL, NULL, N_("First slice of the volume that is taken") },
  { "slices", MSM_PARAM_INT, 1, 1024, 4, NULL, NULL, NULL, N_("How many slices are taken") },
  { "slice-step", MSM_PARAM_INT, 1, 1024, 1, NULL, NULL, NULL, N_("Distance between slices that are taken") },
  { "flip", MSM_PARAM_BOOL, 0, 1, 0, NULL, NULL, NULL, N_("Turn the picture upside down, before it is rotated") },
  { "rotate", MSM_PARAM_CHOICE, 0, 0, 0, NULL, rotations, "°", N_("Turn the picture anticlockwise") },
  { "coils", MSM_PARAM_INT, 1, 128, 8, NULL, NULL, NULL, N_("Receive coils") },
  { "coil-model", MSM_PARAM_CHOICE, 0, 0, MSM_COILS_BIOT_SAVART, NULL, msm_coil_models, NULL,
    N_("How the coils' sensitivities are computed") },
  { "phase", MSM_PARAM_FLOAT, 0, 20, 2, NULL, NULL, "rad", N_("Largest value of the smooth random phase") },
  { "noise", MSM_PARAM_FLOAT, 0, 10, 0.01, NULL, NULL, NULL,
    N_("Standard deviation of the noise, as a part of the images' maximum") },
  { "seed", MSM_PARAM_INT, 0, G_MAXINT, 1, NULL, NULL, NULL, N_("Seed of phase and noise") },
  { "precision", MSM_PARAM_INT, 6, 23, 23, NULL, NULL, "bit",
    N_("Mantissa bits of k-space that are kept: fewer make a smaller file") },
  { "source", MSM_PARAM_TEXT, 0, 0, 0, NULL, NULL, NULL, N_("Where the pictures come from, written into the file") },
  { "licence", MSM_PARAM_TEXT, 0, 0, 0, NULL, NULL, NULL, N_("Licence of the pictures, written into the file") },
  { NULL },
};

/* Magnitude of the first channel, centred in a new complex plane [1, 1, n_rows, n_columns]. */
static MsmTensor *
embed (MsmTensor *picture, gboolean flip, gsize n_rows, gsize n_columns, GError **error)
{
  gsize rows = msm_tensor_dim (picture, 2), columns = msm_tensor_dim (picture, 3);
  gboolean is_complex = msm_tensor_dtype (picture) == MSM_C64;
  MsmTensor *plane = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (1, 1, n_rows, n_columns), error);
  const float *from = msm_tensor_const_host (picture);
  float *to;

  if (plane == NULL)
    return NULL;
  to = msm_tensor_host (plane);
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < columns; c++)
      {
        gsize i = (flip ? rows - 1 - r : r) * columns + c;
        gsize j = (r + msm_centre_first (n_rows, rows)) * n_columns + c + msm_centre_first (n_columns, columns);

        to[2 * j] = is_complex ? hypotf (from[2 * i], from[2 * i + 1]) : fabsf (from[i]);
      }
  return plane;
}

/* Crops or zero-pads a complex plane around its centre. */
static MsmTensor *
resize_centre (MsmTensor *plane, gsize size, GError **error)
{
  gsize rows = msm_tensor_dim (plane, 2), columns = msm_tensor_dim (plane, 3);
  MsmTensor *result = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (1, 1, size, size), error);
  const float *from = msm_tensor_const_host (plane);
  float *to;

  if (result == NULL)
    return NULL;
  to = msm_tensor_host (result);
  for (gsize r = 0; r < size; r++)
    for (gsize c = 0; c < size; c++)
      {
        gssize i = (gssize) r - (gssize) (size / 2) + (gssize) (rows / 2);
        gssize j = (gssize) c - (gssize) (size / 2) + (gssize) (columns / 2);

        if (i >= 0 && j >= 0 && i < (gssize) rows && j < (gssize) columns)
          memcpy (to + 2 * (r * size + c), from + 2 * ((gsize) i * columns + (gsize) j), 2 * sizeof (float));
      }
  return result;
}

static gsize
rotated_index (int quarter_turns, gsize r, gsize c, gsize size)
{
  switch (quarter_turns)
    {
    case 1:
      return c * size + size - 1 - r;
    case 2:
      return (size - 1 - r) * size + size - 1 - c;
    case 3:
      return (size - 1 - c) * size + r;
    default:
      return r * size + c;
    }
}

/* One slice as a magnitude of size × size points; the padded field of view (mm) in @fov. */
static gboolean
prepare_slice (MsmScan *scan, gsize slice, const MsmParams *params, gsize size, float *magnitude, double fov[2],
               MsmCancel *cancel, GError **error)
{
  g_autoptr (MsmTensor) picture = msm_scan_read (scan, slice, cancel, error), plane = NULL, resized = NULL;
  double spacing[2], side, scale;
  gsize rows, columns;
  int quarter_turns = msm_params_get_choice (params, "rotate");
  const float *values;

  if (picture == NULL)
    return FALSE;
  spacing[0] = scan->spacing_mm[0] > 0 && scan->spacing_mm[1] > 0 ? scan->spacing_mm[0] : 1;
  spacing[1] = scan->spacing_mm[0] > 0 && scan->spacing_mm[1] > 0 ? scan->spacing_mm[1] : 1;
  rows = msm_tensor_dim (picture, 2);
  columns = msm_tensor_dim (picture, 3);
  side = MAX ((double) rows * spacing[0], (double) columns * spacing[1]);
  rows = MAX (rows, (gsize) lround (side / spacing[0]));
  columns = MAX (columns, (gsize) lround (side / spacing[1]));

  plane = embed (picture, msm_params_get_bool (params, "flip"), rows, columns, error);
  if (plane == NULL || !msm_acquire_dft (plane, FALSE, error))
    return FALSE;
  resized = resize_centre (plane, size, error);
  if (resized == NULL || !msm_acquire_dft (resized, TRUE, error))
    return FALSE;

  /* The orthonormal transforms of other sizes: this factor keeps the brightness. */
  scale = (double) size / sqrt ((double) rows * (double) columns);
  values = msm_tensor_const_host (resized);
  for (gsize r = 0; r < size; r++)
    for (gsize c = 0; c < size; c++)
      {
        gsize i = rotated_index (quarter_turns, r, c, size);

        magnitude[r * size + c] = (float) (scale * hypot (values[2 * i], values[2 * i + 1]));
      }
  fov[quarter_turns % 2] = (double) rows * scan->spacing_mm[0];
  fov[1 - quarter_turns % 2] = (double) columns * scan->spacing_mm[1];
  return TRUE;
}

/* Acquires one slice into the file's arrays. */
static gboolean
acquire_slice (const float *magnitude, const MsmAcquisition *acquisition, gsize size, float *kspace, GError **error)
{
  MsmDevice *host = msm_device_host ();
  gsize n_plane = size * size, n = acquisition->n_coils * n_plane;
  g_autoptr (MsmTensor) x = NULL, z = NULL;
  float *values;

  x = msm_tensor_new (host, MSM_C64, msm_shape4 (1, 1, size, size), error);
  if (x == NULL)
    return FALSE;
  values = msm_tensor_host (x);
  for (gsize i = 0; i < n_plane; i++)
    values[2 * i] = magnitude[i];
  if (!msm_acquire (x, acquisition, &z, NULL, NULL, error))
    return FALSE;
  memcpy (kspace, msm_tensor_const_host (z), 2 * n * sizeof (float));
  return TRUE;
}

static gboolean
check_request (MsmScan *scan, gsize first, gsize n, gsize step, GError **error)
{
  if (scan->kind != MSM_SCAN_IMAGE)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("%s: holds k-space already; an acquisition is simulated from pictures"), scan->path);
      return FALSE;
    }
  if (first + (n - 1) * step >= scan->n_slices)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("%s: has %zu slices; slice %zu (first %zu, %zu of them, step %zu) is not one of them"),
                   scan->path, scan->n_slices, first + (n - 1) * step, first, n, step);
      return FALSE;
    }
  return TRUE;
}

gboolean
msm_simulate_from_scan (MsmScan *scan, const MsmParams *params, const char *path, MsmCancel *cancel, GError **error)
{
  MsmAcquisition acquisition = { 0 };
  MsmSimulatedFile file = { 0 };
  gsize size, n, n_plane, first, step;
  g_autofree float *magnitudes = NULL, *kspace = NULL;
  g_autofree char *description = NULL;
  float highest = 0;

  g_return_val_if_fail (scan != NULL && params != NULL && path != NULL, FALSE);
  size = msm_params_get_int (params, "size");
  n = msm_params_get_int (params, "slices");
  first = msm_params_get_int (params, "first-slice");
  step = msm_params_get_int (params, "slice-step");
  if (!check_request (scan, first, n, step, error))
    return FALSE;

  acquisition.n_coils = msm_params_get_int (params, "coils");
  acquisition.coil_model = msm_params_get_choice (params, "coil-model");
  acquisition.phase = msm_params_get_number (params, "phase");
  acquisition.noise = msm_params_get_number (params, "noise");
  acquisition.reference = 1;
  acquisition.seed = (guint64) msm_params_get_number (params, "seed");

  n_plane = size * size;
  magnitudes = g_try_new (float, n * n_plane);
  kspace = g_try_new (float, 2 * n * acquisition.n_coils * n_plane);
  if (magnitudes == NULL || kspace == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for %zu slices of %zu coils, %zu × %zu"), n,
                   acquisition.n_coils, size, size);
      return FALSE;
    }
  for (gsize i = 0; i < n; i++)
    if (!prepare_slice (scan, first + i * step, params, size, magnitudes + i * n_plane, file.fov_mm, cancel, error))
      return FALSE;
  for (gsize i = 0; i < n * n_plane; i++)
    highest = MAX (highest, magnitudes[i]);
  for (gsize i = 0; i < n * n_plane && highest > 0; i++)
    magnitudes[i] /= highest;
  for (gsize i = 0; i < n; i++)
    {
      acquisition.slice = (guint32) i;
      if (msm_cancel_check (cancel, error)
          || !acquire_slice (magnitudes + i * n_plane, &acquisition, size,
                             kspace + 2 * i * acquisition.n_coils * n_plane, error))
        return FALSE;
      msm_cancel_set_progress (cancel, (double) (i + 1) / (double) n);
    }

  description =
      g_strdup_printf ("simulated acquisition: %zu coils (%s), smooth phase up to %g rad, noise %g of "
                       "the maximum, seed %d; slices %zu to %zu in steps of %zu",
                       acquisition.n_coils, msm_coil_models[acquisition.coil_model], acquisition.phase,
                       acquisition.noise, msm_params_get_int (params, "seed"), first, first + (n - 1) * step, step);
  file.n_slices = n;
  file.n_coils = acquisition.n_coils;
  file.n_readout = file.n_phase = size;
  file.kspace = kspace;
  file.truth = magnitudes;
  file.fov_mm[2] = scan->spacing_mm[2];
  file.description = description;
  file.source = msm_params_get_text (params, "source");
  file.licence = msm_params_get_text (params, "licence");
  file.precision = msm_params_get_int (params, "precision");
  return msm_simulated_file_write (&file, path, error);
}
