#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/dataset/coil-model.h"
#include "core/dataset/dataset-private.h"
#include "core/dataset/estimated-maps.h"
#include "core/dataset/scanner.h"
#include "core/dataset/volume.h"
#include "core/io/hdf5/io-hdf5.h"
#include "core/io/scan.h"

/* Magnitude volumes: every sample is a simulated multi-coil acquisition of one slice. */

/* Of the blurred picture's maximum. */
#define SUPPORT       0.08f
/* Longest side of a voxel over its shortest, and fewest slices, for slices across the other axes. */
#define MOST_OBLONG   1.6
#define FEWEST_SLICES 64
/* The choices of “axes”. */
#define AXES_ALL      1

typedef struct
{
  MsmScanner *scanner;
  MsmCoilArray *coils;
  MsmEstimatedMaps *maps;                       /* NULL: the true ones */
  float *magnitude, *phase, *shading, *support; /* [size, size] */
  float *x;                                     /* complex [size, size] */
} Volumes;

/* The subject's number of every slice, or NULL when the file does not say. */
static float *
read_subjects (const char *path, gsize n_slices)
{
  g_autoptr (MsmH5) h5 = msm_h5_open (path, NULL);
  g_autofree float *subjects = g_new (float, n_slices);
  MsmH5Info info;
  gsize start = 0;

  if (h5 == NULL || !msm_h5_has (h5, "subject") || !msm_h5_info (h5, "subject", &info, NULL) || info.rank != 1
      || info.dim[0] != n_slices || !msm_h5_read_block (h5, "subject", &start, &n_slices, subjects, NULL))
    return NULL;
  return g_steal_pointer (&subjects);
}

/* The pictures of a volume whose slices have all been added. */
static gboolean
add_pictures (MsmDataset *self, MsmVolume *volume, const char *name, const char *base, int subject, gsize first,
              gsize last, GError **error)
{
  gsize n_added = 0;

  for (gsize i = first; msm_volume_is_usable (volume) && i < last; i++)
    {
      g_autoptr (GError) failure = NULL;
      MsmPicture *picture = msm_volume_picture (volume, i, 2 * self->size, &failure);

      if (failure != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if (picture == NULL)
        continue;
      msm_dataset_add (self, g_strdup_printf ("%s, slice %zu", name, i), base, subject, picture);
      n_added++;
    }
  msm_dataset_note (self, "%s: %zu of %zu slices", name, n_added, last - first);
  return TRUE;
}

/* Slices [first, last) of a scan across its third axis, one after the other in @stack when that isn't NULL. */
static MsmVolume *
read_slices (MsmDataset *self, MsmScan *scan, const char *name, gsize first, gsize last, MsmTensor *stack,
             MsmCancel *cancel, GError **error)
{
  g_autoptr (MsmVolume) volume = msm_volume_new (
      scan->n_readout, scan->n_phase,
      scan->spacing_mm[1] > 0 && scan->spacing_mm[0] > 0 ? scan->spacing_mm[0] / scan->spacing_mm[1] : 1);
  gsize n = scan->n_readout * scan->n_phase;

  for (gsize i = first; i < last; i++)
    {
      g_autoptr (GError) failure = NULL;
      g_autoptr (MsmTensor) slice = msm_scan_read (scan, i, cancel, &failure);
      g_autofree char *remark = msm_scan_get_remark (scan, i);

      if (slice == NULL && g_error_matches (failure, MSM_ERROR, MSM_ERROR_CANCELLED))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return NULL;
        }
      if (slice == NULL)
        msm_dataset_skip (self, scan->path, "%s, slice %zu: %s", name, i, failure->message);
      else if (remark != NULL)
        msm_dataset_skip (self, scan->path, "%s, slice %zu: %s", name, i, remark);
      else if (!msm_volume_add (volume, i, slice))
        msm_dataset_skip (self, scan->path, "%s, slice %zu: every pixel has the same value", name, i);
      else if (stack != NULL)
        msm_volume_magnitude (slice, msm_tensor_host (stack) + (i - first) * n, n);
    }
  return g_steal_pointer (&volume);
}

/* Voxels so nearly cubic that a slice across any axis looks like one that a scanner made. */
static gboolean
is_isotropic (const MsmScan *scan, gsize n_slices)
{
  double low = MIN (MIN (scan->spacing_mm[0], scan->spacing_mm[1]), scan->spacing_mm[2]);
  double high = MAX (MAX (scan->spacing_mm[0], scan->spacing_mm[1]), scan->spacing_mm[2]);

  return low > 0 && high <= MOST_OBLONG * low && n_slices >= FEWEST_SLICES;
}

/* The slices of @stack [slice, row, column] across @axis: 0 rows, 1 columns. Rows of the pictures are slices. */
static gboolean
add_across (MsmDataset *self, const MsmScan *scan, MsmTensor *stack, int axis, const char *name, const char *base,
            int subject, GError **error)
{
  gsize n_slices = msm_tensor_shape (stack).dim[0], rows = scan->n_readout, columns = scan->n_phase;
  gsize n_across = axis == 0 ? rows : columns, width = axis == 0 ? columns : rows;
  double across = scan->spacing_mm[axis == 0 ? 1 : 0];
  g_autofree char *title = g_strdup_printf ("%s, axis %d", name, axis + 1);
  g_autoptr (MsmVolume) volume = msm_volume_new (n_slices, width, scan->spacing_mm[2] / across);
  g_autoptr (MsmTensor) slice = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 1, n_slices, width), error);
  const float *from = msm_tensor_const_host (stack);

  if (slice == NULL)
    return FALSE;
  for (gsize k = 0; k < n_across; k++)
    {
      float *to = msm_tensor_host (slice);

      /* The file's slices go upwards; a picture's first row is the top. */
      for (gsize s = 0; s < n_slices; s++)
        for (gsize i = 0; i < width; i++)
          to[s * width + i] = from[((n_slices - 1 - s) * rows + (axis == 0 ? k : i)) * columns + (axis == 0 ? i : k)];
      msm_volume_add (volume, k, slice);
    }
  return add_pictures (self, volume, title, base, subject, 0, n_across, error);
}

/* Slices [first, last) of a scan, of one subject. */
static gboolean
add_volume (MsmDataset *self, MsmScan *scan, int subject, gsize first, gsize last, MsmCancel *cancel, GError **error)
{
  g_autofree char *base = g_path_get_basename (scan->path);
  g_autofree char *name = subject >= 0 ? g_strdup_printf ("%s, subject %d", base, subject) : g_strdup (base);
  gboolean every_axis =
      msm_params_get_choice (self->params, "axes") == MSM_DATASET_EVERY_AXIS && is_isotropic (scan, last - first);
  g_autoptr (MsmTensor) stack = NULL;
  g_autoptr (MsmVolume) volume = NULL;

  if (every_axis)
    {
      stack = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (last - first, 1, scan->n_readout, scan->n_phase),
                              error);
      if (stack == NULL)
        return FALSE;
    }
  volume = read_slices (self, scan, name, first, last, stack, cancel, error);
  if (volume == NULL || !add_pictures (self, volume, name, base, subject, first, last, error))
    return FALSE;
  for (int axis = 0; every_axis && axis < 2; axis++)
    if (!add_across (self, scan, stack, axis, name, base, subject, error))
      return FALSE;
  return TRUE;
}

static gboolean
add_file (MsmDataset *self, const char *path, MsmCancel *cancel, GError **error)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autoptr (GError) failure = NULL;
  g_autoptr (MsmScan) scan = msm_scan_open (path, NULL, &failure);
  g_autofree float *subjects = NULL;
  gsize last;

  if (scan == NULL)
    {
      msm_dataset_skip (self, path, "%s", failure->message);
      return TRUE;
    }
  if (scan->kind != MSM_SCAN_IMAGE || scan->n_channels != 1)
    {
      msm_dataset_skip (self, path, "%s: no magnitude pictures (%zu channels%s)", base, scan->n_channels,
                        scan->kind == MSM_SCAN_KSPACE ? " of k-space" : "");
      return TRUE;
    }
  subjects = read_subjects (path, scan->n_slices);
  for (gsize first = 0; first < scan->n_slices; first = last)
    {
      int subject = subjects != NULL ? (int) subjects[first] : -1;

      last = scan->n_slices;
      if (subjects != NULL)
        for (last = first + 1; last < scan->n_slices && subjects[last] == subjects[first];)
          last++;
      if (subject >= 0 && !msm_dataset_has_subject (self, subject))
        msm_dataset_note (self, "held out: %s, subject %d", base, subject);
      else if (!add_volume (self, scan, subject, first, last, cancel, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
volumes_open (MsmDataset *self, MsmCancel *cancel, GError **error)
{
  Volumes *priv = self->priv = g_new0 (Volumes, 1);
  gsize n_plane = self->size * self->size;
  int memory = msm_params_get_int (self->params, "memory");
  g_autoptr (GPtrArray) files = msm_dataset_files (self, error);

  if (files == NULL)
    return FALSE;
  for (gsize i = 0; i < files->len; i++)
    {
      msm_cancel_set_progress (cancel, (double) i / files->len);
      if (msm_cancel_check (cancel, error) || !add_file (self, files->pdata[i], cancel, error))
        return FALSE;
    }
  priv->scanner = msm_scanner_new (self->n_coil, self->size, error);
  if (priv->scanner == NULL)
    return FALSE;
  priv->coils = msm_coil_array_new (self->n_coil, self->size);
  if (msm_params_get_choice (self->params, "sens") == MSM_DATASET_MAPS_ESPIRIT && self->n_coil > 1)
    priv->maps = msm_estimated_maps_new (self->n_coil, self->size, self->is_fixed ? (guint64) memory << 30 : 0);
  return (priv->magnitude = msm_try_new (float, n_plane, error)) != NULL
         && (priv->phase = msm_try_new (float, n_plane, error)) != NULL
         && (priv->shading = msm_try_new (float, n_plane, error)) != NULL
         && (priv->support = msm_try_new (float, n_plane, error)) != NULL
         && (priv->x = msm_try_new (float, 2 * n_plane, error)) != NULL;
}

static void
volumes_close (MsmDataset *self)
{
  Volumes *priv = self->priv;

  if (priv == NULL)
    return;
  msm_scanner_free (priv->scanner);
  msm_coil_array_free (priv->coils);
  msm_estimated_maps_free (priv->maps);
  g_free (priv->magnitude);
  g_free (priv->phase);
  g_free (priv->shading);
  g_free (priv->support);
  g_free (priv->x);
  g_free (priv);
}

/* Means of 2 radius + 1 values along one axis, beside the edge of those there are. */
static void
blur_lines (const float *from, float *to, gsize size, gsize radius, gsize step, gsize line_step)
{
  for (gsize line = 0; line < size; line++)
    {
      const float *a = from + line * line_step;
      double sum = 0;
      gsize n = 0;

      for (gsize i = 0; i < size + radius; i++)
        {
          if (i < size)
            {
              sum += a[i * step];
              n++;
            }
          if (i > 2 * radius)
            {
              sum -= a[(i - 2 * radius - 1) * step];
              n--;
            }
          if (i >= radius)
            to[line * line_step + (i - radius) * step] = (float) (sum / (double) n);
        }
    }
}

/*
 * Estimated maps end where the calibration sees no signal. So do these: C and the object are zero where the
 * blurred picture is below a part of its maximum, which leaves a margin around the head.
 */
static void
limit_support (Volumes *priv, float *sens, gsize n_coils, gsize size)
{
  gsize radius = MAX (size / 24, 1), n_plane = size * size;
  float highest = 0;

  blur_lines (priv->magnitude, priv->phase, size, radius, 1, size);
  blur_lines (priv->phase, priv->support, size, radius, size, 1);
  for (gsize i = 0; i < n_plane; i++)
    highest = MAX (highest, priv->support[i]);
  for (gsize i = 0; i < n_plane; i++)
    {
      if (priv->support[i] > SUPPORT * highest)
        continue;
      priv->magnitude[i] = 0;
      for (gsize c = 0; c < n_coils; c++)
        sens[2 * (c * n_plane + i)] = sens[2 * (c * n_plane + i) + 1] = 0;
    }
}

/* x = magnitude · shading^b · e^{iφ}, on a limited support or not; @sens follows. */
static void
make_object (MsmDataset *self, guint64 key, double shading, float *sens)
{
  Volumes *priv = self->priv;
  MsmDraw draw = msm_draw_new (key, MSM_DRAW_ACQUISITION);
  float power = (float) (msm_draw_uniform (&draw, 0, 0.7) + shading);
  double highest_phase = msm_draw_uniform (&draw, 0, msm_params_get_number (self->params, "phase"));
  gsize size = self->size;

  if (msm_draw_uniform (&draw, 0, 1) < msm_params_get_number (self->params, "support"))
    limit_support (priv, sens, self->n_coil, size);
  msm_smooth_phase (key, highest_phase, size, size, priv->phase);
  for (gsize i = 0; i < size * size; i++)
    {
      float value = priv->magnitude[i] * powf (priv->shading[i], power);

      priv->x[2 * i] = value * cosf (priv->phase[i]);
      priv->x[2 * i + 1] = value * sinf (priv->phase[i]);
    }
}

static gboolean
volumes_sample (MsmDataset *self, MsmDatasetItem *item, guint64 key, double augment, const MsmSample *sample,
                GError **error)
{
  Volumes *priv = self->priv;
  MsmView view = msm_view_draw (item->data, key, augment, augment > 0 ? self->variety : 0);
  g_autoptr (MsmMask) mask = msm_dataset_draw_mask (self, key, error);

  if (mask == NULL)
    return FALSE;
  msm_picture_view (item->data, &view, msm_scanner_fine (priv->scanner), 2 * self->size);
  msm_scanner_band_limit (priv->scanner, &view.variety, priv->magnitude);
  msm_coil_array_draw (priv->coils, key, sample->sens, priv->shading);
  make_object (self, key, view.variety.shading, sample->sens);
  for (gsize i = 0; i < self->size * self->size; i++)
    sample->mask[i] = mask->points[i];
  msm_scanner_encode (priv->scanner, priv->x, sample->sens, sample->s);
  if (!msm_scanner_finish (priv->scanner, mask, self->noise_std, key, sample->s, error))
    return FALSE;
  return priv->maps == NULL || msm_estimated_maps_get (priv->maps, sample->s, mask, key, sample->sens, error);
}

const MsmDatasetKind msm_dataset_volumes = {
  .name = "volumes",
  .measure = MSM_MEASURE_MRI,
  .open = volumes_open,
  .sample = volumes_sample,
  .free_data = (GDestroyNotify) msm_picture_free,
  .close = volumes_close,
};
