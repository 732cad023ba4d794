#include "config.h"

#include <math.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/dataset/dataset-private.h"
#include "core/dataset/photo.h"
#include "core/io/scan.h"

/* Photographs: every sample is a random part of one, z = x in [−1, 1]. */

typedef struct
{
  float *normals; /* [channel, size, size] */
} Images;

/*
 * The value that stands for white: pictures are stored as fractions, or in 8 or 16 bits. A reader's values say
 * which, once for the whole file, so that a dark picture stays dark.
 */
static double
white_level (float highest)
{
  return highest <= 1.001f ? 1 : highest <= 255.5f ? 255 : 65535;
}

static gboolean
add_pictures (MsmDataset *self, MsmScan *scan, const char *base, MsmCancel *cancel, GError **error)
{
  g_autoptr (GPtrArray) slices = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_tensor_unref);
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (gsize));
  float highest = 0;
  gsize n_added = 0;

  for (gsize i = 0; i < scan->n_slices; i++)
    {
      g_autoptr (GError) failure = NULL;
      g_autoptr (MsmTensor) slice = msm_scan_read (scan, i, cancel, &failure);
      g_autofree char *remark = msm_scan_get_remark (scan, i);

      if (slice == NULL && g_error_matches (failure, MSM_ERROR, MSM_ERROR_CANCELLED))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if (slice == NULL)
        {
          msm_dataset_skip (self, scan->path, "%s, picture %zu: %s", base, i, failure->message);
          continue;
        }
      if (remark != NULL)
        {
          msm_dataset_skip (self, scan->path, "%s, picture %zu: %s", base, i, remark);
          continue;
        }
      for (gsize k = 0; k < msm_tensor_size (slice); k++)
        highest = MAX (highest, msm_tensor_const_host (slice)[k]);
      g_array_append_val (numbers, i);
      g_ptr_array_add (slices, g_steal_pointer (&slice));
    }
  for (gsize k = 0; k < slices->len; k++)
    {
      gsize i = g_array_index (numbers, gsize, k);
      MsmPhoto *photo = msm_photo_new (slices->pdata[k], white_level (highest), self->n_coil);

      if (photo == NULL)
        {
          msm_dataset_skip (self, scan->path, "%s, picture %zu: every pixel has the same value", base, i);
          continue;
        }
      msm_dataset_add (self, g_strdup_printf ("%s, picture %zu", base, i), base, -1, photo);
      n_added++;
    }
  msm_dataset_note (self, "%s: %zu of %zu pictures, %zu × %zu", base, n_added, scan->n_slices, scan->n_readout,
                    scan->n_phase);
  return TRUE;
}

static gboolean
images_open (MsmDataset *self, MsmCancel *cancel, GError **error)
{
  Images *priv = self->priv = g_new0 (Images, 1);
  g_autoptr (GPtrArray) files = msm_dataset_files (self, error);

  self->n_coil = msm_dataset_channels[msm_params_get_choice (self->params, "channels")];
  if (files == NULL)
    return FALSE;
  for (gsize i = 0; i < files->len; i++)
    {
      const char *path = files->pdata[i];
      g_autofree char *base = g_path_get_basename (path);
      g_autoptr (GError) failure = NULL;
      g_autoptr (MsmScan) scan = NULL;

      msm_cancel_set_progress (cancel, (double) i / files->len);
      if (msm_cancel_check (cancel, error))
        return FALSE;
      scan = msm_scan_open (path, NULL, &failure);
      if (scan == NULL)
        msm_dataset_skip (self, path, "%s", failure->message);
      else if (scan->kind != MSM_SCAN_IMAGE)
        msm_dataset_skip (self, path, "%s: holds k-space, no pictures", base);
      else if (MIN (scan->n_readout, scan->n_phase) < self->size)
        msm_dataset_skip (self, path, "%s: %zu × %zu pixels, fewer than %zu along a side", base, scan->n_readout,
                          scan->n_phase, self->size);
      else if (!add_pictures (self, scan, base, cancel, error))
        return FALSE;
    }
  priv->normals = msm_try_new (float, self->n_coil * self->size * self->size, error);
  return priv->normals != NULL;
}

static void
images_close (MsmDataset *self)
{
  Images *priv = self->priv;

  if (priv == NULL)
    return;
  g_free (priv->normals);
  g_free (priv);
}

static gboolean
images_sample (MsmDataset *self, MsmDatasetItem *item, guint64 key, double augment, const MsmSample *sample,
               GError **error)
{
  Images *priv = self->priv;
  gsize n_plane = self->size * self->size;
  MsmCrop crop = msm_crop_draw (item->data, key, self->size, augment > 0);
  g_autoptr (MsmMask) mask = msm_dataset_draw_mask (self, key, error);

  if (mask == NULL)
    return FALSE;
  msm_photo_view (item->data, &crop, sample->s, self->size);
  if (self->noise_std > 0)
    msm_draw_noise (key, priv->normals, self->n_coil * n_plane);
  for (gsize i = 0; i < self->n_coil * n_plane; i++)
    {
      if (self->noise_std > 0)
        sample->s[i] += (float) self->noise_std * priv->normals[i];
      sample->s[i] *= mask->points[i % n_plane];
    }
  for (gsize i = 0; i < n_plane; i++)
    sample->mask[i] = mask->points[i];
  return TRUE;
}

const MsmDatasetKind msm_dataset_images = {
  .name = "images",
  .measure = MSM_MEASURE_IMAGE,
  .open = images_open,
  .sample = images_sample,
  .free_data = (GDestroyNotify) msm_photo_free,
  .close = images_close,
};
