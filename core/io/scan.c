#include "config.h"

#include "core/io/scan.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/io/hdf5/io-hdf5.h"
#include "core/io/scan-private.h"

#define MAX_HEAD (64 * 1024 + 8)

/* Probed in this order: the strictest first. */
static const MsmScanFormat *const formats[] = {
  &msm_scan_fastmri, &msm_scan_ismrmrd, &msm_scan_hdf5_image, &msm_scan_png,
  &msm_scan_dicom,   &msm_scan_nifti,   &msm_scan_bart,       NULL,
};

const MsmScanFormat *const *
msm_scan_formats (void)
{
  return formats;
}

void
msm_scan_note (MsmScan *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (self->notes, g_strdup_vprintf (format, args));
  va_end (args);
}

gboolean
msm_scan_choose_index (MsmScan *self, const char *axis, gsize n, gsize *index, GError **error)
{
  gsize wanted = 0;

  if (self->indices != NULL)
    wanted = GPOINTER_TO_SIZE (g_hash_table_lookup (self->indices, axis));
  if (wanted >= n)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: %s %zu was asked for, the file has 0 … %zu"), self->path,
                   axis, wanted, n - 1);
      return FALSE;
    }
  *index = wanted;
  if (n > 1)
    {
      g_hash_table_insert (self->axes, g_strdup (axis), GSIZE_TO_POINTER (n));
      msm_scan_note (self, _("The file holds %zu entries along “%s”; number %zu is used."), n, axis, wanted);
    }
  return TRUE;
}

gboolean
msm_scan_check_size (MsmScan *self, gsize n_slices, gsize n_channels, gsize n_readout, gsize n_phase, GError **error)
{
  /* What was read, its image, and what is made of it: three times one complex slice, at the least. */
  const double bytes = 3 * 8.0 * n_channels * n_readout * n_phase;
  const double memory = (double) sysconf (_SC_PHYS_PAGES) * (double) sysconf (_SC_PAGESIZE);

  if (n_slices < 1 || n_slices > 1000000 || n_channels < 1 || n_channels > 4096 || n_readout < 1 || n_readout > 65535
      || n_phase < 1 || n_phase > 65535 || (double) n_channels * n_readout * n_phase > 2e9)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: a size of [%zu, %zu, %zu, %zu] is empty or absurd for a scan"), self->path, n_slices,
                   n_channels, n_readout, n_phase);
      return FALSE;
    }
  if (bytes > memory)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY,
                   _("%s: a slice of %zu × %zu × %zu needs %.1f GB to be worked on, this machine has %.1f GB"),
                   self->path, n_channels, n_readout, n_phase, bytes / 1e9, memory / 1e9);
      return FALSE;
    }
  return TRUE;
}

static void
scan_free (MsmScan *self)
{
  if (self->format != NULL && self->format->close != NULL && self->priv != NULL)
    self->format->close (self);
  g_clear_pointer (&self->h5, msm_h5_free);
  g_clear_pointer (&self->seen_mask, msm_mask_unref);
  g_hash_table_unref (self->masks);
  g_hash_table_unref (self->remarks);
  g_hash_table_unref (self->blank);
  g_mutex_clear (&self->lock);
  g_free (self->padded);
  g_free (self->centres);
  g_clear_pointer (&self->noise_covariance, msm_tensor_unref);
  g_ptr_array_unref (self->notes);
  g_hash_table_unref (self->fields);
  g_hash_table_unref (self->axes);
  g_clear_pointer (&self->indices, g_hash_table_unref);
  g_free (self->group);
  g_clear_pointer (&self->groups, g_ptr_array_unref);
  g_free (self->path);
  g_free (self);
}

MsmScan *
msm_scan_ref (MsmScan *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
msm_scan_unref (MsmScan *self)
{
  if (self != NULL && g_atomic_ref_count_dec (&self->ref_count))
    scan_free (self);
}

static void
free_mask (gpointer mask)
{
  g_clear_pointer ((MsmMask **) &mask, msm_mask_unref);
}

MsmGeometry
msm_scan_geometry (const MsmScan *self, gsize slice)
{
  MsmGeometry geometry;

  g_return_val_if_fail (slice < self->n_slices, self->geometry);
  if (self->centres == NULL || !self->geometry.is_known)
    return msm_geometry_of_slice (&self->geometry, slice, self->spacing_mm[2]);
  geometry = self->geometry;
  memcpy (geometry.centre, self->centres[slice], sizeof geometry.centre);
  return geometry;
}

static gboolean
read_head (const char *path, guint8 *head, gsize size, gsize *n_head, GError **error)
{
  g_autofree char *bart_header = NULL;
  g_autofree char *bart_data = NULL;
  const char *name = path;
  FILE *file;

  /* BART names a pair of files by their common stem. */
  msm_bart_names (path, &bart_header, &bart_data);
  if (!g_file_test (path, G_FILE_TEST_EXISTS) && g_file_test (bart_header, G_FILE_TEST_EXISTS))
    name = bart_header;
  file = msm_input_open (name, error);
  if (file == NULL)
    return FALSE;
  *n_head = fread (head, 1, size, file);
  fclose (file);
  return TRUE;
}

/* A dataset that was asked for by its name, and that can be k-space. */
static gboolean
is_array (MsmH5 *h5, const char *name)
{
  MsmH5Info info = { 0 };

  return h5 != NULL && name != NULL && msm_h5_has (h5, name) && msm_h5_info (h5, name, &info, NULL)
         && (info.kind == MSM_H5_COMPLEX || info.kind == MSM_H5_NUMBER) && info.rank >= 3;
}

/* @h5 is the open file when it is HDF5 (transfer full). */
static const MsmScanFormat *
find_format (const char *path, const MsmScanOptions *options, MsmH5 **h5, GError **error)
{
  const char *wanted = options != NULL ? options->format : NULL;
  /* As far as user blocks of HDF5 are looked behind. */
  g_autofree guint8 *head = g_malloc0 (MAX_HEAD);
  gsize n_head = 0;

  if (g_file_test (path, G_FILE_TEST_IS_DIR) && (wanted == NULL || g_str_equal (wanted, msm_scan_dicom.name)))
    return &msm_scan_dicom;
  if (!read_head (path, head, MAX_HEAD, &n_head, error))
    return NULL;
  if (msm_h5_is_head (head, n_head))
    {
      *h5 = msm_h5_open (path, error);
      if (*h5 == NULL)
        return NULL;
    }
  if (wanted == NULL && options != NULL && is_array (*h5, options->group))
    return &msm_scan_fastmri;
  for (gsize i = 0; formats[i] != NULL; i++)
    if (wanted != NULL ? g_str_equal (formats[i]->name, wanted) : formats[i]->probe (path, head, n_head, *h5))
      return formats[i];
  if (wanted != NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                 _("%s: unknown format “%s”, expected fastmri, ismrmrd, hdf5-image, png, dicom, nifti or bart"), path,
                 wanted);
  else if (*h5 != NULL)
    {
      g_autoptr (GPtrArray) names = msm_h5_members (*h5, "/");
      g_autoptr (GString) list = g_string_new (NULL);

      for (guint i = 0; i < names->len && i < 8; i++)
        g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", (char *) names->pdata[i]);
      if (msm_h5_check (*h5, error))
        g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                     _("%s: HDF5, but not a scan: expected ‘kspace’ (fastMRI), a group with ‘data’ and ‘xml’ "
                        "(ISMRMRD) or ‘image’, found %s; --group NAME takes one of these for k-space"),
                     path, list->len > 0 ? list->str : _("nothing"));
    }
  else
    g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                 _("%s: not a format that is known here: expected fastMRI or ISMRMRD HDF5, BART cfl, NIfTI, "
                    "DICOM or PNG"),
                 path);
  return NULL;
}

/* Readers check the axes they have (msm_scan_choose_index); this refuses one that nobody looked at. */
static gboolean
check_indices (MsmScan *self, GError **error)
{
  GHashTableIter iter;
  gpointer axis, index;

  if (self->indices == NULL)
    return TRUE;
  g_hash_table_iter_init (&iter, self->indices);
  while (g_hash_table_iter_next (&iter, &axis, &index))
    if (GPOINTER_TO_SIZE (index) > 0 && !g_hash_table_contains (self->axes, axis))
      {
        g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: there is no axis ‘%s’ to choose from"), self->path,
                     (const char *) axis);
        return FALSE;
      }
  return TRUE;
}

MsmScan *
msm_scan_open (const char *path, const MsmScanOptions *options, GError **error)
{
  g_autoptr (MsmH5) h5 = NULL;
  const MsmScanFormat *format = find_format (path, options, &h5, error);
  g_autoptr (MsmScan) self = NULL;

  if (format == NULL)
    return NULL;
  if (format->is_hdf5 && h5 == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: is not an HDF5 file, or its start is damaged"), path);
      return NULL;
    }
  self = g_new0 (MsmScan, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->format = format;
  self->path = g_strdup (path);
  self->h5 = g_steal_pointer (&h5);
  self->notes = g_ptr_array_new_with_free_func (g_free);
  self->fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->axes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->masks = g_hash_table_new_full (NULL, NULL, NULL, free_mask);
  self->remarks = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->blank = g_hash_table_new (NULL, NULL);
  g_mutex_init (&self->lock);
  if (options != NULL)
    {
      self->group = g_strdup (options->group);
      if (options->indices != NULL)
        self->indices = g_hash_table_ref (options->indices);
    }
  if (!format->open (self, error) || !check_indices (self, error)
      || (self->guesses_masks && !msm_scan_look_at_zeros (self, error))
      || (self->h5 != NULL && !msm_h5_check (self->h5, error)))
    return NULL;
  return g_steal_pointer (&self);
}

static gboolean
check_slice (MsmScan *self, gsize slice, GError **error)
{
  if (slice < self->n_slices)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: slice %zu was asked for, the file has 0 … %zu"), self->path,
               slice, self->n_slices - 1);
  return FALSE;
}

/* Squares of such values, summed over an image and its coils, are float32 numbers; so are those of 1 / LARGEST. */
#define LARGEST 1e15f

/* What was found of the values of a slice. */
typedef struct
{
  gsize n_bad; /* NaN or infinite */
  gboolean is_zero;
  float largest; /* of the finite ones */
} Values;

static Values
look_at (MsmTensor *tensor)
{
  const float *v = msm_tensor_const_host (tensor);
  const gsize n = msm_tensor_bytes (tensor) / sizeof (float);
  Values values = { 0, TRUE, 0 };

  for (gsize i = 0; i < n; i++)
    {
      values.n_bad += !isfinite (v[i]);
      values.largest = isfinite (v[i]) ? MAX (values.largest, fabsf (v[i])) : values.largest;
    }
  values.is_zero = values.largest == 0;
  return values;
}

static gboolean
check_finite (MsmScan *self, gsize slice, const Values *values, GError **error)
{
  if (values->n_bad == 0)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: slice %zu holds %zu values that are NaN or infinite"),
               self->path, slice, values->n_bad);
  return FALSE;
}

static gboolean
check_range (MsmScan *self, gsize slice, const Values *values, GError **error)
{
  if (values->is_zero || (values->largest <= LARGEST && values->largest >= 1 / LARGEST))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
               _("%s: the largest value of slice %zu is %.3g, expected one between %.0e and %.0e; scale the values"),
               self->path, slice, (double) values->largest, (double) (1 / LARGEST), (double) LARGEST);
  return FALSE;
}

static void
remember (MsmScan *self, gsize slice, const Values *values)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (values->is_zero)
    g_hash_table_add (self->blank, GSIZE_TO_POINTER (slice));
  if (values->n_bad > 0)
    g_hash_table_insert (self->remarks, GSIZE_TO_POINTER (slice),
                         g_strdup_printf (_("%zu values of slice %zu are not finite, as background is stored: they "
                                             "are taken as zero"),
                                          values->n_bad, slice));
}

char *
msm_scan_get_remark (MsmScan *self, gsize slice)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (g_hash_table_lookup (self->remarks, GSIZE_TO_POINTER (slice)));
}

gboolean
msm_scan_is_blank (MsmScan *self, gsize slice)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_hash_table_contains (self->blank, GSIZE_TO_POINTER (slice));
}

static gboolean
check_values (MsmScan *self, gsize slice, MsmTensor *tensor, GError **error)
{
  const Values values = look_at (tensor);
  float *v;

  if (self->kind == MSM_SCAN_KSPACE && !check_finite (self, slice, &values, error))
    return FALSE;
  if (!check_range (self, slice, &values, error))
    return FALSE;
  remember (self, slice, &values);
  if (self->kind == MSM_SCAN_KSPACE)
    {
      if (values.is_zero)
        g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                     _("%s: slice %zu is zero everywhere: nothing was measured there"), self->path, slice);
      return !values.is_zero;
    }
  v = msm_tensor_host (tensor);
  for (gsize i = 0; values.n_bad > 0 && i < msm_tensor_bytes (tensor) / sizeof (float); i++)
    if (!isfinite (v[i]))
      v[i] = 0;
  return TRUE;
}

/* References and calibration lines may be blank. */
static gboolean
check_numbers (MsmScan *self, gsize slice, MsmTensor *tensor, GError **error)
{
  const Values values = look_at (tensor);

  return check_finite (self, slice, &values, error) && check_range (self, slice, &values, error);
}

MsmTensor *
msm_scan_read (MsmScan *self, gsize slice, MsmCancel *cancel, GError **error)
{
  g_autoptr (MsmTensor) tensor = NULL;

  if (!check_slice (self, slice, error) || msm_cancel_check (cancel, error))
    return NULL;
  tensor = self->format->read (self, slice, cancel, error);
  if (tensor == NULL || !check_values (self, slice, tensor, error))
    return NULL;
  msm_scan_keep_mask (self, slice, tensor);
  return g_steal_pointer (&tensor);
}

MsmTensor *
msm_scan_read_calibration (MsmScan *self, gsize slice, MsmMask **mask, MsmCancel *cancel, GError **error)
{
  g_autoptr (MsmTensor) tensor = NULL;

  *mask = NULL;
  g_return_val_if_fail (self->has_calibration, NULL);
  if (!check_slice (self, slice, error) || msm_cancel_check (cancel, error))
    return NULL;
  tensor = self->format->read_calibration (self, slice, mask, cancel, error);
  if (tensor != NULL && !check_numbers (self, slice, tensor, error))
    g_clear_pointer (&tensor, msm_tensor_unref);
  if (tensor == NULL)
    g_clear_pointer (mask, msm_mask_unref);
  return g_steal_pointer (&tensor);
}

MsmTensor *
msm_scan_read_reference (MsmScan *self, gsize slice, GError **error)
{
  g_autoptr (MsmTensor) tensor = NULL;

  if (!check_slice (self, slice, error))
    return NULL;
  if (!self->has_reference || self->format->read_reference == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: holds no reference image"), self->path);
      return NULL;
    }
  tensor = self->format->read_reference (self, slice, error);
  if (tensor == NULL || !check_numbers (self, slice, tensor, error))
    return NULL;
  return g_steal_pointer (&tensor);
}
