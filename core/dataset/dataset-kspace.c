#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/dataset/dataset-private.h"
#include "core/dataset/kspace-slice.h"
#include "core/dataset/scanner.h"

/* Raw k-space. What is not sampled is never used: neither for maps nor for the scale. */

/* Masks that are drawn to find out which centre all of a pattern's masks sample. */
#define N_CENTRE_MASKS 16

typedef struct
{
  MsmScanner *scanner;
  guint64 n_bytes; /* in memory */
} Kspace;

/* The fully sampled centre that many masks have in common. */
static gboolean
find_centre (MsmDataset *self, MsmKspaceOptions *options, GError **error)
{
  g_autoptr (MsmMask) common = msm_mask_new (self->size, self->size);

  memset (common->points, 1, self->size * self->size);
  for (guint64 k = 0; k < N_CENTRE_MASKS; k++)
    {
      g_autoptr (MsmMask) mask = msm_dataset_draw_mask (self, msm_draw_key (self->seed, k), error);

      if (mask == NULL)
        return FALSE;
      for (gsize i = 0; i < self->size * self->size; i++)
        common->points[i] &= mask->points[i];
    }
  msm_mask_acs (common, &options->acs_readout, &options->acs_phase);
  return TRUE;
}

static gboolean
check_memory (MsmDataset *self, GError **error)
{
  Kspace *priv = self->priv;
  double limit = msm_params_get_number (self->params, "memory");

  priv->n_bytes += 2 * 8 * (guint64) self->n_coil * self->size * self->size;
  if ((double) priv->n_bytes <= limit * 1024 * 1024 * 1024)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY,
               _("prepared k-space takes more than %g GiB: give a folder for it (cache), or allow more (memory)"),
               limit);
  return FALSE;
}

static gboolean
add_file (MsmDataset *self, const char *path, const MsmKspaceOptions *options, MsmCancel *cancel, GError **error)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autoptr (GError) failure = NULL;
  g_autoptr (MsmScan) scan = msm_scan_open (path, NULL, &failure);
  gsize n_added = 0;
  gboolean is_full = TRUE;

  if (scan == NULL)
    {
      msm_dataset_skip (self, path, "%s", failure->message);
      return TRUE;
    }
  if (scan->kind != MSM_SCAN_KSPACE)
    {
      msm_dataset_skip (self, path, "%s: pictures, no k-space", base);
      return TRUE;
    }
  for (gsize i = 0; i < scan->n_slices; i++)
    {
      g_autoptr (GError) reason = NULL;
      MsmKspaceSlice *slice = msm_kspace_slice_new (scan, i, options, cancel, &reason);

      if (slice == NULL)
        {
          if (g_error_matches (reason, MSM_ERROR, MSM_ERROR_CANCELLED)
              || g_error_matches (reason, MSM_ERROR, MSM_ERROR_MEMORY)
              || g_error_matches (reason, MSM_ERROR, MSM_ERROR_FILE))
            {
              g_propagate_error (error, g_steal_pointer (&reason));
              return FALSE;
            }
          msm_dataset_skip (self, path, "%s, slice %zu: %s", base, i, reason->message);
          continue;
        }
      msm_dataset_add (self, g_strdup_printf ("%s, slice %zu", base, i), base, -1, slice);
      n_added++;
      is_full = is_full && slice->is_full;
      if (slice->kspace != NULL && !check_memory (self, error))
        return FALSE;
    }
  msm_dataset_note (self, "%s: %zu of %zu slices, %s%s", base, n_added, scan->n_slices,
                    is_full ? "fully sampled" : "with their own masks", scan->is_simulated ? ", simulated" : "");
  return TRUE;
}

static gboolean
kspace_open (MsmDataset *self, MsmCancel *cancel, GError **error)
{
  Kspace *priv = self->priv = g_new0 (Kspace, 1);
  const char *cache = msm_params_get_text (self->params, "cache");
  MsmKspaceOptions options = { .size = self->size, .n_coils = self->n_coil };
  g_autoptr (GPtrArray) files = msm_dataset_files (self, error);

  if (files == NULL || !find_centre (self, &options, error))
    return FALSE;
  options.cache = *cache != '\0' ? cache : NULL;
  if (options.cache != NULL && g_mkdir_with_parents (cache, 0755) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: the folder cannot be made"), cache);
      return FALSE;
    }
  msm_dataset_note (self, "maps of fully sampled scans: from the centre of %zu × %zu points", options.acs_readout,
                    options.acs_phase);
  for (gsize i = 0; i < files->len; i++)
    {
      msm_cancel_set_progress (cancel, (double) i / files->len);
      if (msm_cancel_check (cancel, error) || !add_file (self, files->pdata[i], &options, cancel, error))
        return FALSE;
    }
  priv->scanner = msm_scanner_new (self->n_coil, self->size, error);
  return priv->scanner != NULL;
}

static void
kspace_close (MsmDataset *self)
{
  Kspace *priv = self->priv;

  if (priv == NULL)
    return;
  msm_scanner_free (priv->scanner);
  g_free (priv);
}

/*
 * Copies planes, mirrored along either axis about the index n/2 (so that a mirror of the image is the mirror of its
 * k-space), times a complex number.
 */
static void
copy_planes (const float *from, float *to, gsize n_coils, gsize size, const gboolean mirror[2], const double factor[2])
{
  float a = (float) factor[0], b = (float) factor[1];

  for (gsize c = 0; c < n_coils; c++)
    for (gsize r = 0; r < size; r++)
      for (gsize p = 0; p < size; p++)
        {
          gsize row = mirror[0] ? (size - r + 2 * (size / 2)) % size : r;
          gsize column = mirror[1] ? (size - p + 2 * (size / 2)) % size : p;
          const float *x = from + 2 * ((c * size + row) * size + column);
          float *y = to + 2 * ((c * size + r) * size + p);

          y[0] = a * x[0] - b * x[1];
          y[1] = a * x[1] + b * x[0];
        }
}

/* The scan's own mask: the points where some coil is not zero. */
static MsmMask *
own_mask (const float *s, gsize n_coils, gsize size)
{
  MsmMask *mask = msm_mask_new (size, size);

  for (gsize c = 0; c < n_coils; c++)
    for (gsize i = 0; i < size * size; i++)
      if (s[2 * (c * size * size + i)] != 0 || s[2 * (c * size * size + i) + 1] != 0)
        mask->points[i] = 1;
  return mask;
}

static gboolean
kspace_sample (MsmDataset *self, MsmDatasetItem *item, guint64 key, double augment, const MsmSample *sample,
               GError **error)
{
  static const double one[2] = { 1, 0 };
  Kspace *priv = self->priv;
  MsmKspaceSlice *slice = item->data;
  MsmDraw draw = msm_draw_new (key, MSM_DRAW_GEOMETRY);
  gboolean mirror[2] = { msm_draw_uniform (&draw, 0, 1) < 0.5 && augment > 0,
                         msm_draw_uniform (&draw, 0, 1) < 0.5 && augment > 0 };
  double turn = augment > 0 ? msm_draw_uniform (&draw, 0, 2 * G_PI) : 0;
  double factor[2] = { cos (turn), sin (turn) };
  g_autoptr (MsmTensor) kspace = NULL, sens = NULL;
  g_autoptr (MsmMask) mask = NULL;

  if (!msm_kspace_slice_load (slice, &kspace, &sens, error))
    return FALSE;
  copy_planes (msm_tensor_const_host (kspace), sample->s, self->n_coil, self->size, mirror, factor);
  copy_planes (msm_tensor_const_host (sens), sample->sens, self->n_coil, self->size, mirror, one);
  mask = own_mask (sample->s, self->n_coil, self->size);
  if (slice->is_full)
    {
      g_autoptr (MsmMask) drawn = msm_dataset_draw_mask (self, key, error);

      if (drawn == NULL)
        return FALSE;
      for (gsize i = 0; i < self->size * self->size; i++)
        mask->points[i] &= drawn->points[i];
    }
  for (gsize i = 0; i < self->size * self->size; i++)
    sample->mask[i] = mask->points[i];
  return msm_scanner_finish (priv->scanner, mask, self->noise_std, key, sample->s, error);
}

const MsmDatasetKind msm_dataset_kspace = {
  .name = "kspace",
  .measure = MSM_MEASURE_MRI,
  .open = kspace_open,
  .sample = kspace_sample,
  .free_data = (GDestroyNotify) msm_kspace_slice_free,
  .close = kspace_close,
};
