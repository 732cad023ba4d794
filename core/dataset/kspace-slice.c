#include "config.h"

#include "core/dataset/kspace-slice.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/calib/calib.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/phantom/acquire.h"
#include "core/tensor/crop.h"

/* Raised when slices are prepared in another way, so that old caches are not taken. */
#define CACHE_VERSION 2

/* The middle [n_rows, n_columns] of each plane. */
static MsmTensor *
cut_centre (MsmTensor *from, gsize n_rows, gsize n_columns, GError **error)
{
  MsmShape shape = msm_tensor_shape (from);
  gsize rows = shape.dim[2], columns = shape.dim[3];
  gsize first_row = msm_centre_first (rows, n_rows), first_column = msm_centre_first (columns, n_columns);
  MsmTensor *to;

  shape.dim[2] = n_rows;
  shape.dim[3] = n_columns;
  to = msm_tensor_new (msm_device_host (), MSM_C64, shape, error);
  if (to == NULL)
    return NULL;
  for (gsize c = 0; c < shape.dim[1]; c++)
    for (gsize r = 0; r < n_rows; r++)
      memcpy (msm_tensor_host (to) + 2 * (c * n_rows + r) * n_columns,
              msm_tensor_const_host (from) + 2 * ((c * rows + first_row + r) * columns + first_column),
              2 * n_columns * sizeof (float));
  return to;
}

/*
 * The field of view that is shown, along the readout, where everything is sampled when the mask is one of
 * columns. Zeros of columns that are not sampled stay zero up to rounding; the mask is applied later.
 */
static MsmTensor *
crop_readout (MsmTensor *kspace, gsize n_readout, GError **error)
{
  g_autoptr (MsmTensor) cropped = NULL;

  if (!msm_acquire_dft (kspace, TRUE, error))
    return NULL;
  cropped = cut_centre (kspace, n_readout, msm_tensor_dim (kspace, 3), error);
  if (cropped == NULL || !msm_acquire_dft (cropped, FALSE, error))
    return NULL;
  return g_steal_pointer (&cropped);
}

/* The mask's middle size × size points, of a readout cut to @n_readout when that changes columns only. */
static MsmMask *
cut_mask (const MsmMask *mask, gsize n_readout, gsize n_phase, gsize size)
{
  MsmMask *cut = msm_mask_new (size, size);

  for (gsize r = 0; r < size; r++)
    for (gsize p = 0; p < size; p++)
      {
        gsize row = mask->is_columns ? 0 : msm_centre_first (n_readout, size) + r;
        gsize column = msm_centre_first (n_phase, size) + p;

        cut->points[r * size + p] = mask->points[row * n_phase + column];
      }
  cut->is_columns = mask->is_columns;
  return cut;
}

static void
apply_mask (MsmTensor *kspace, const MsmMask *mask)
{
  gsize n_plane = mask->n_readout * mask->n_phase;
  float *values = msm_tensor_host (kspace);

  for (gsize i = 0; i < msm_tensor_size (kspace); i++)
    if (mask->points[i % n_plane] == 0)
      values[2 * i] = values[2 * i + 1] = 0;
}

/* The block that every mask of the pattern samples. */
static MsmMask *
centre_mask (const MsmKspaceOptions *options)
{
  MsmMask *mask = msm_mask_new (options->size, options->size);
  gsize r0 = msm_centre_first (options->size, options->acs_readout);
  gsize p0 = msm_centre_first (options->size, options->acs_phase);

  for (gsize r = r0; r < r0 + options->acs_readout; r++)
    memset (mask->points + r * options->size + p0, 1, options->acs_phase);
  msm_mask_detect_columns (mask);
  return mask;
}

static MsmTensor *
estimate_maps (MsmTensor *kspace, const MsmMask *mask, MsmCancel *cancel, GError **error)
{
  MsmTensor *ones;

  if (msm_tensor_dim (kspace, 1) > 1)
    return msm_espirit_estimate (kspace, mask, NULL, cancel, error);
  ones = msm_tensor_new_like (kspace, error);
  if (ones == NULL)
    return NULL;
  for (gsize i = 0; i < msm_tensor_size (ones); i++)
    msm_tensor_host (ones)[2 * i] = 1;
  return ones;
}

static gboolean
is_constant (MsmTensor *kspace)
{
  const float *values = msm_tensor_const_host (kspace);

  for (gsize i = 1; i < msm_tensor_size (kspace); i++)
    if (values[2 * i] != values[0] || values[2 * i + 1] != values[1])
      return FALSE;
  return TRUE;
}

static gboolean
prepare (MsmKspaceSlice *self, MsmScan *scan, gsize slice, const MsmKspaceOptions *options, MsmCancel *cancel,
         GError **error)
{
  gsize readout = scan->n_readout;
  gboolean is_columns;
  g_autoptr (MsmTensor) read = msm_scan_read (scan, slice, cancel, error);
  g_autoptr (MsmTensor) kspace = NULL, small = NULL;
  g_autoptr (MsmMask) own = NULL, mask = NULL, centre = NULL;

  if (read == NULL || !msm_scan_find_mask (scan, slice, &own, error))
    return FALSE;
  is_columns = own == NULL || own->is_columns;
  self->is_full = msm_scan_mask_is_full (own);
  if (is_constant (read))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("every point of k-space has the same value"));
      return FALSE;
    }
  /* A copy: whitening works in place, and a reader may keep what it returned. */
  kspace =
      msm_tensor_new_from (msm_device_host (), MSM_C64, msm_tensor_shape (read), msm_tensor_const_host (read), error);
  if (kspace == NULL || (scan->noise_covariance != NULL && !msm_noise_whiten (kspace, scan->noise_covariance, error)))
    return FALSE;
  if (is_columns && scan->crop_readout >= options->size && scan->crop_readout < readout)
    {
      g_autoptr (MsmTensor) cropped = crop_readout (kspace, scan->crop_readout, error);

      if (cropped == NULL)
        return FALSE;
      readout = scan->crop_readout;
      msm_tensor_unref (kspace);
      kspace = g_steal_pointer (&cropped);
    }
  small = cut_centre (kspace, options->size, options->size, error);
  if (small == NULL)
    return FALSE;
  if (!self->is_full)
    {
      mask = cut_mask (own, readout, scan->n_phase, options->size);
      apply_mask (small, mask);
    }
  self->kspace = msm_tensor_dim (small, 1) > options->n_coils ? msm_coil_compress (small, options->n_coils, NULL, error)
                                                              : g_steal_pointer (&small);
  if (self->kspace == NULL)
    return FALSE;
  centre = self->is_full ? centre_mask (options) : NULL;
  self->sens = estimate_maps (self->kspace, centre != NULL ? centre : mask, cancel, error);
  return self->sens != NULL;
}

/* Names in the cache: of everything that the result depends on, and whether the slice is_full. */
static void
name_cache (MsmKspaceSlice *self, MsmScan *scan, gsize slice, const MsmKspaceOptions *options)
{
  GStatBuf info = { 0 };
  g_autofree char *path = g_canonicalize_filename (scan->path, NULL);
  g_autofree char *text = NULL, *hash = NULL, *kspace = NULL, *sens = NULL;

  g_stat (scan->path, &info);
  text = g_strdup_printf ("%d|%s|%" G_GINT64_FORMAT "|%" G_GINT64_FORMAT "|%zu|%zu|%zu|%zu|%zu", CACHE_VERSION, path,
                          (gint64) info.st_size, (gint64) info.st_mtime, slice, options->size, options->n_coils,
                          options->acs_readout, options->acs_phase);
  hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  hash[24] = '\0';
  kspace = g_strconcat (hash, self->is_full ? "-kspace.cfl" : "-masked.cfl", NULL);
  sens = g_strconcat (hash, "-sens.cfl", NULL);
  g_free (self->kspace_path);
  g_free (self->sens_path);
  self->kspace_path = g_build_filename (options->cache, kspace, NULL);
  self->sens_path = g_build_filename (options->cache, sens, NULL);
}

static gboolean
check_size (MsmScan *scan, const MsmKspaceOptions *options, GError **error)
{
  if (scan->n_channels < options->n_coils)
    g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%zu coils, fewer than %zu"), scan->n_channels,
                 options->n_coils);
  else if (MIN (scan->n_readout, scan->n_phase) < options->size)
    g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("k-space of %zu × %zu points, smaller than %zu × %zu"),
                 scan->n_readout, scan->n_phase, options->size, options->size);
  else
    return TRUE;
  return FALSE;
}

MsmKspaceSlice *
msm_kspace_slice_new (MsmScan *scan, gsize slice, const MsmKspaceOptions *options, MsmCancel *cancel, GError **error)
{
  g_autoptr (MsmKspaceSlice) self = g_new0 (MsmKspaceSlice, 1);

  if (!check_size (scan, options, error))
    return NULL;
  for (int i = 0; options->cache != NULL && i < 2; i++)
    {
      g_autoptr (MsmTensor) kspace = NULL, sens = NULL;

      self->is_full = i == 0;
      name_cache (self, scan, slice, options);
      if (msm_kspace_slice_load (self, &kspace, &sens, NULL))
        return g_steal_pointer (&self);
    }
  if (!prepare (self, scan, slice, options, cancel, error))
    return NULL;
  if (options->cache != NULL)
    {
      name_cache (self, scan, slice, options);
      if (!msm_cfl_write (self->sens_path, self->sens, NULL, error)
          || !msm_cfl_write (self->kspace_path, self->kspace, NULL, error))
        return NULL;
      g_clear_pointer (&self->sens, msm_tensor_unref);
      g_clear_pointer (&self->kspace, msm_tensor_unref);
    }
  return g_steal_pointer (&self);
}

void
msm_kspace_slice_free (MsmKspaceSlice *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->kspace, msm_tensor_unref);
  g_clear_pointer (&self->sens, msm_tensor_unref);
  g_free (self->kspace_path);
  g_free (self->sens_path);
  g_free (self);
}

gboolean
msm_kspace_slice_load (MsmKspaceSlice *self, MsmTensor **kspace, MsmTensor **sens, GError **error)
{
  g_autoptr (MsmTensor) a = NULL, b = NULL;

  if (self->kspace != NULL)
    {
      *kspace = msm_tensor_ref (self->kspace);
      *sens = msm_tensor_ref (self->sens);
      return TRUE;
    }
  a = msm_cfl_read (self->kspace_path, error);
  b = a != NULL ? msm_cfl_read (self->sens_path, error) : NULL;
  if (b == NULL)
    return FALSE;
  if (!msm_shape_equal (msm_tensor_shape (a), msm_tensor_shape (b)))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s and %s are of different sizes"), self->kspace_path,
                   self->sens_path);
      return FALSE;
    }
  *kspace = g_steal_pointer (&a);
  *sens = g_steal_pointer (&b);
  return TRUE;
}
