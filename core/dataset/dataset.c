#include "config.h"

#include "core/dataset/dataset-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/calib/smooth-phase.h"
#include "core/device/device.h"

/* "kind" chooses by position. */
static const MsmDatasetKind *const kinds[] = { &msm_dataset_volumes, &msm_dataset_images, &msm_dataset_kspace };

/* Their names, the choices of "kind": from the table, by msm_dataset_params(). */
static const char *kind_names[G_N_ELEMENTS (kinds) + 1];

static const char *const channels[] = { "1", "3", NULL };
const gsize msm_dataset_channels[] = { 1, 3 };

/* As MsmDatasetAxes. */
static const char *const axes[] = { "third", "all", NULL };

/* As MsmDatasetMaps. */
static const char *const maps[] = { "true", "espirit", NULL };

static const char *const patterns[] = { "random",  "equispaced", "variable-density",
                                        "poisson", "radial",     "box",
                                        "pixels",  "full",       NULL };

static const MsmParam dataset_params[] = {
  { "kind", MSM_PARAM_CHOICE, 0, 0, 0, NULL, kind_names, NULL, N_("What the files hold") },
  { "paths", MSM_PARAM_TEXT, 0, 0, 0, NULL, NULL, NULL,
    N_("Files and folders of training data, separated by semicolons"), MSM_PARAM_PATH | MSM_PARAM_LIST },
  { "exclude", MSM_PARAM_TEXT, 0, 0, 0, NULL, NULL, NULL,
    N_("Parts of names, separated by semicolons: files that are never used") },
  { "subjects", MSM_PARAM_TEXT, 0, 0, 0, NULL, NULL, NULL,
    N_("Numbers of the subjects that are used, of files that number them, such as 1-50") },
  { "validation", MSM_PARAM_TEXT, 0, 0, 0, "0.1", NULL, NULL,
    N_("Kept for validation: parts of file names, subjects, or a fraction of them such as 0.1") },
  { "axes", MSM_PARAM_CHOICE, 0, 0, 0, NULL, axes, NULL,
    N_("Slices of volumes: across the file's third axis, or across every axis of those with nearly cubic voxels") },
  { "size", MSM_PARAM_INT, 16, 1024, 128, NULL, NULL, NULL, N_("Rows and columns of the images") },
  { "coils", MSM_PARAM_INT, 1, 64, 8, NULL, NULL, NULL, N_("Receive coils") },
  { "channels", MSM_PARAM_CHOICE, 0, 0, 1, NULL, channels, NULL, N_("Channels of photographs: grey, or colours") },
  { "noise-std", MSM_PARAM_FLOAT, 0, 10, 0, NULL, NULL, NULL,
    N_("Noise added to the measurements, with the zero-filled image scaled to a maximum near 1") },
  { "pattern", MSM_PARAM_CHOICE, 0, 0, 0, NULL, patterns, NULL, N_("How measurements are subsampled") },
  { "accel", MSM_PARAM_FLOAT, 1, 64, 4, NULL, NULL, NULL, N_("Nominal acceleration R of the pattern") },
  { "acs", MSM_PARAM_INT, 0, 1024, 0, NULL, NULL, NULL,
    N_("Centre lines that are always sampled; auto: as the pattern has it"), MSM_PARAM_AUTO },
  { "fraction", MSM_PARAM_FLOAT, 0, 1, 0.4, NULL, NULL, NULL,
    N_("Part of the cells or pixels that patterns of pixels drop") },
  { "fixed-mask", MSM_PARAM_BOOL, 0, 1, 0, NULL, NULL, NULL,
    N_("Every item is acquired once: one mask, one set of coils, one noise, for ever") },
  { "acquisitions", MSM_PARAM_INT, 1, 10000, 1, NULL, NULL, NULL,
    N_("With a fixed mask: how many scans are made of every item") },
  { "split", MSM_PARAM_FLOAT, 0, 0.9, 0, NULL, NULL, NULL,
    N_("Largest part of the sampled lines that the network is not given but must predict; MRI") },
  { "augment", MSM_PARAM_FLOAT, 0, 1, 1, NULL, NULL, NULL,
    N_("How much pictures are turned, moved, scaled and changed in contrast") },
  { "variety", MSM_PARAM_FLOAT, 0, 1, 0, NULL, NULL, NULL,
    N_("Beyond augment: any angle, other sizes, contrasts, coil shadings and resolutions of simulated scans") },
  { "phase", MSM_PARAM_FLOAT, 0, 20, 3, NULL, NULL, "rad",
    N_("Largest value of the smooth random phase of simulated scans") },
  { "smooth-phase", MSM_PARAM_BOOL, 0, 1, 1, NULL, NULL, NULL,
    N_("The maps take up the image's smooth phase, as in a reconstruction"), MSM_PARAM_LATER },
  { "support", MSM_PARAM_FLOAT, 0, 1, 0.5, NULL, NULL, NULL,
    N_("Part of the simulated scans whose coil maps end around the object, as estimated maps do") },
  { "sens", MSM_PARAM_CHOICE, 0, 0, 0, NULL, maps, NULL,
    N_("Coil maps of simulated scans: the true ones, or estimated from what was measured (slow)") },
  { "cache", MSM_PARAM_TEXT, 0, 0, 0, NULL, NULL, NULL,
    N_("Folder for prepared k-space and its coil maps; without one they are kept in memory"), MSM_PARAM_PATH },
  { "memory", MSM_PARAM_INT, 1, 100000, 4, NULL, NULL, "GiB",
    N_("Most memory for k-space without a cache, and for estimated maps") },
  { "seed", MSM_PARAM_INT, 0, G_MAXINT, 1, NULL, NULL, NULL, N_("Seed of everything that is drawn") },
  { NULL },
};

const MsmParam *
msm_dataset_params (void)
{
  static gsize is_filled;

  if (g_once_init_enter (&is_filled))
    {
      for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
        kind_names[i] = kinds[i]->name;
      g_once_init_leave (&is_filled, 1);
    }
  return dataset_params;
}

void
msm_dataset_note (MsmDataset *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_string_append_vprintf (self->report, format, arguments);
  va_end (arguments);
  g_string_append_c (self->report, '\n');
}

void
msm_dataset_skip (MsmDataset *self, const char *path, const char *format, ...)
{
  g_autofree char *dirname = g_path_get_dirname (path);
  g_autofree char *folder = g_strconcat (dirname, G_DIR_SEPARATOR_S, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  va_list arguments;

  va_start (arguments, format);
  g_string_vprintf (text, format, arguments);
  va_end (arguments);
  g_string_replace (text, folder, "", 0);
  self->n_skipped++;
  g_string_append_printf (self->report, "skipped: %s\n", text->str);
}

static guint64
name_id (const char *name)
{
  guint64 id = 0;

  for (const char *c = name; *c != '\0'; c++)
    id = msm_draw_key (id, (guint8) *c);
  return id;
}

void
msm_dataset_add (MsmDataset *self, char *name, const char *file, int subject, gpointer data)
{
  MsmDatasetItem *item = g_new0 (MsmDatasetItem, 1);
  gboolean apart = msm_dataset_is_validation (self->params, self->seed, file, subject);

  item->name = name;
  item->id = name_id (name);
  item->data = data;
  g_ptr_array_add (self->items[apart ? 1 : 0], item);
}

MsmMask *
msm_dataset_draw_mask (MsmDataset *self, guint64 key, GError **error)
{
  const MsmParam *seed = msm_params_find_role (self->pattern_params, MSM_ROLE_SEED);

  if (seed != NULL && !msm_params_set_number (self->pattern_params, seed->name, (double) (key >> 33), error))
    return NULL;
  return self->pattern->generate (self->pattern_params, self->size, self->size, error);
}

/* The pattern with those of its parameters that the data set has too. */
static gboolean
open_pattern (MsmDataset *self, GError **error)
{
  static const char *const shared[] = { "accel", "acs", "fraction" };
  g_autoptr (MsmMask) mask = NULL;

  self->pattern = msm_mask_pattern_find (msm_params_get_text (self->params, "pattern"), error);
  if (self->pattern == NULL)
    return FALSE;
  self->pattern_params = msm_params_new (self->pattern->params);
  for (gsize i = 0; i < G_N_ELEMENTS (shared); i++)
    {
      if (!msm_params_is_auto (self->params, shared[i]) && msm_params_has (self->pattern_params, shared[i])
          && !msm_params_set_number (self->pattern_params, shared[i], msm_params_get_number (self->params, shared[i]),
                                     error))
        return FALSE;
    }
  mask = msm_dataset_draw_mask (self, 0, error);
  if (mask == NULL)
    return FALSE;
  msm_dataset_note (self, "masks: %s; the first one keeps 1 of %.2f points", self->pattern->name,
                    msm_mask_effective_accel (mask));
  return TRUE;
}

static void
free_items (MsmDataset *self, GPtrArray *items)
{
  for (gsize i = 0; i < items->len; i++)
    {
      MsmDatasetItem *item = items->pdata[i];

      self->kind->free_data (item->data);
      g_free (item->name);
      g_free (item);
    }
  g_ptr_array_unref (items);
}

void
msm_dataset_free (MsmDataset *self)
{
  if (self == NULL)
    return;
  for (int i = 0; i < 2; i++)
    free_items (self, self->items[i]);
  self->kind->close (self);
  msm_params_free (self->params);
  msm_params_free (self->pattern_params);
  g_string_free (self->report, TRUE);
  g_free (self->order);
  g_free (self->validation_order);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

MsmDataset *
msm_dataset_new (const MsmParams *params, MsmCancel *cancel, GError **error)
{
  g_autoptr (MsmDataset) self = NULL;

  g_return_val_if_fail (params != NULL, NULL);
  self = g_new0 (MsmDataset, 1);
  g_mutex_init (&self->mutex);
  self->params = msm_params_copy (params);
  self->kind = kinds[msm_params_get_choice (params, "kind")];
  self->seed = (guint64) msm_params_get_int (params, "seed");
  self->size = (gsize) msm_params_get_int (params, "size");
  self->n_coil = (gsize) msm_params_get_int (params, "coils");
  self->noise_std = msm_params_get_number (params, "noise-std");
  self->augment = msm_params_get_number (params, "augment");
  self->variety = msm_params_get_number (params, "variety");
  self->split = msm_params_get_number (params, "split");
  self->is_fixed = msm_params_get_bool (params, "fixed-mask");
  self->takes_phase = self->kind->measure == MSM_MEASURE_MRI && msm_params_get_bool (params, "smooth-phase");
  self->n_variants = self->is_fixed ? (gsize) msm_params_get_int (params, "acquisitions") : 1;
  self->items[0] = g_ptr_array_new ();
  self->items[1] = g_ptr_array_new ();
  self->report = g_string_new (NULL);
  if (self->split > 0 && self->kind->measure != MSM_MEASURE_MRI)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("‘split’ is for k-space: it holds lines back"));
      return NULL;
    }
  if (!msm_dataset_check_ranges (params, error) || !open_pattern (self, error)
      || !self->kind->open (self, cancel, error))
    return NULL;
  if (self->items[0]->len == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("no usable training data: %u items are kept for validation, %zu were skipped\n%s"),
                   self->items[1]->len, self->n_skipped, self->report->str);
      return NULL;
    }
  msm_dataset_note (self, "%u items for training, %u for validation, %zu skipped", self->items[0]->len,
                    self->items[1]->len, self->n_skipped);
  self->order = g_new (guint32, self->items[0]->len * self->n_variants);
  self->order_epoch = G_MAXUINT64;
  self->validation_order = g_new (guint32, self->items[1]->len * self->n_variants);
  msm_draw_order (self->seed, 0, self->validation_order, self->items[1]->len * self->n_variants);
  return g_steal_pointer (&self);
}

MsmMeasureKind
msm_dataset_kind (const MsmDataset *self)
{
  return self->kind->measure;
}

gsize
msm_dataset_n_coil (const MsmDataset *self)
{
  return self->n_coil;
}

gsize
msm_dataset_size (const MsmDataset *self)
{
  return self->size;
}

gsize
msm_dataset_n_items (const MsmDataset *self, gboolean validation)
{
  return self->items[validation ? 1 : 0]->len * self->n_variants;
}

double
msm_dataset_noise_std (const MsmDataset *self)
{
  return self->noise_std;
}

gboolean
msm_dataset_is_split (const MsmDataset *self)
{
  return self->split > 0;
}

const char *
msm_dataset_report (const MsmDataset *self)
{
  return self->report->str;
}

/* Which item sample @index is, and its key. */
static MsmDatasetItem *
choose (MsmDataset *self, guint64 index, gboolean validation, guint64 *key)
{
  GPtrArray *items = self->items[validation ? 1 : 0];
  gsize n = items->len * self->n_variants;
  gsize entry = index % n;
  guint64 part = msm_draw_key (self->seed, validation ? 1 : 0);
  MsmDatasetItem *item;

  if (validation)
    entry = self->validation_order[entry];
  else
    {
      if (self->order_epoch != index / n)
        msm_draw_order (self->seed, index / n, self->order, n);
      self->order_epoch = index / n;
      entry = self->order[entry];
    }
  item = items->pdata[entry % items->len];
  *key = self->is_fixed ? msm_draw_key (msm_draw_key (part, item->id), entry / items->len) : msm_draw_key (part, index);
  return item;
}

static gboolean
check_batch (MsmDataset *self, MsmBatch *batch, GError **error)
{
  MsmShape s = msm_tensor_shape (batch->s);
  gsize n = s.dim[0];
  gboolean is_mri = self->kind->measure == MSM_MEASURE_MRI;
  g_autofree char *found = NULL;

  if (msm_shape_equal (s, msm_shape4 (n, self->n_coil, self->size, self->size))
      && msm_shape_equal (msm_tensor_shape (batch->mask), msm_shape3 (n, self->size, self->size))
      && msm_tensor_dtype (batch->s) == (is_mri ? MSM_C64 : MSM_F32)
      && (!is_mri || (batch->sens != NULL && msm_shape_equal (msm_tensor_shape (batch->sens), s))))
    return TRUE;
  found = msm_shape_format (s);
  g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("a batch of %s does not fit training data of [n, %zu, %zu, %zu]"),
               found, self->n_coil, self->size, self->size);
  return FALSE;
}

/*
 * Takes columns out of a mask: each with one probability, drawn up to the largest. Those around the centre stay
 * that are sampled without a gap, whatever their number: all that is known of the coils' calibration.
 */
static void
split (MsmDataset *self, float *mask, guint64 key)
{
  MsmDraw draw = msm_draw_new (key, MSM_DRAW_SPLIT);
  double part = msm_draw_uniform (&draw, 0, self->split);
  gsize size = self->size, low = size / 2, high = size / 2;
  const float *middle = mask + size / 2 * size;

  while (low > 0 && middle[low - 1] > 0)
    low--;
  while (high + 1 < size && middle[high + 1] > 0)
    high++;
  for (gsize c = 0; c < size; c++)
    {
      double at = msm_draw_uniform (&draw, 0, 1);

      for (gsize r = 0; at < part && (c < low || c > high) && r < size; r++)
        mask[r * size + c] = 0;
    }
}

/* The maps take up the smooth phase by the very estimate of a reconstruction: from what the sample's mask shows. */
static gboolean
take_phase (const MsmDataset *self, const MsmSample *sample, GError **error)
{
  gsize n_plane = self->size * self->size;
  MsmShape shape = msm_shape4 (1, self->n_coil, self->size, self->size);
  g_autoptr (MsmMask) mask = msm_mask_new (self->size, self->size);
  g_autoptr (MsmTensor) kspace = msm_tensor_new_from (msm_device_host (), MSM_C64, shape, sample->s, error);
  g_autoptr (MsmTensor) sens =
      kspace != NULL ? msm_tensor_new_from (msm_device_host (), MSM_C64, shape, sample->sens, error) : NULL;
  g_autoptr (MsmTensor) phase = NULL;

  for (gsize i = 0; i < n_plane; i++)
    mask->points[i] = sample->mask[i] > 0;
  msm_mask_detect_columns (mask);
  phase = sens != NULL ? msm_smooth_phase_estimate (kspace, mask, sens, error) : NULL;
  if (phase == NULL)
    return FALSE;
  msm_smooth_phase_absorb (sample->sens, msm_tensor_const_host (phase), 1, self->n_coil, n_plane, sample->sens);
  return TRUE;
}

static gboolean
fill (MsmDataset *self, MsmBatch *batch, guint64 index, gboolean validation, GError **error)
{
  gsize n_plane = self->size * self->size, n_values;

  if (!check_batch (self, batch, error))
    return FALSE;
  if (self->items[validation ? 1 : 0]->len == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("no item is kept for validation"));
      return FALSE;
    }
  n_values = self->n_coil * n_plane * (self->kind->measure == MSM_MEASURE_MRI ? 2 : 1);
  for (gsize i = 0; i < msm_tensor_dim (batch->s, 0); i++)
    {
      guint64 key;
      float *shown;
      MsmDatasetItem *item = choose (self, index + i, validation, &key);
      MsmSample sample = { msm_tensor_host (batch->s) + i * n_values, msm_tensor_host (batch->mask) + i * n_plane,
                           NULL };

      if (batch->sens != NULL)
        sample.sens = msm_tensor_host (batch->sens) + i * n_values;
      if (!self->kind->sample (self, item, key, validation ? 0 : self->augment, &sample, error)
          || (self->takes_phase && !take_phase (self, &sample, error)))
        {
          g_prefix_error (error, "%s: ", item->name);
          return FALSE;
        }
      if (validation || self->split == 0)
        continue;
      if (!msm_batch_split (batch, error))
        return FALSE;
      shown = msm_tensor_host (batch->shown) + i * n_plane;
      memcpy (shown, sample.mask, n_plane * sizeof (float));
      split (self, shown, msm_draw_key (self->seed, index + i));
    }
  batch->noise_std = self->noise_std;
  return TRUE;
}

gboolean
msm_dataset_fill (MsmDataset *self, MsmBatch *batch, guint64 index, gboolean validation, GError **error)
{
  gboolean ok;

  g_return_val_if_fail (self != NULL && batch != NULL, FALSE);
  g_mutex_lock (&self->mutex);
  ok = fill (self, batch, index, validation, error);
  g_mutex_unlock (&self->mutex);
  return ok;
}
