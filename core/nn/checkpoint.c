#include "config.h"

#include "core/nn/checkpoint.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "core/base/error.h"
#include "core/device/device.h"

enum
{
  N_ARENAS = 4
};

static const char *const prefixes[N_ARENAS] = { "", "ema.", "adam.first.", "adam.second." };

static void
list_arenas (MsmWeights *weights, MsmTensor *average, MsmAdam *adam, MsmTensor *arenas[N_ARENAS])
{
  arenas[0] = msm_weights_values (weights);
  arenas[1] = average;
  arenas[2] = msm_adam_first (adam);
  arenas[3] = msm_adam_second (adam);
}

/* SHA-256 of all numbers and counters, so that a file that was cut or touched is noticed. */
static char *
digest (const MsmCheckpoint *state, const MsmWeights *weights, float *const host[N_ARENAS])
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *counters = g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                                               state->step, state->n_images, state->seed);

  g_checksum_update (sum, (const guchar *) counters, -1);
  for (int a = 0; a < N_ARENAS; a++)
    for (guint i = 0; i < msm_weights_count (weights); i++)
      {
        const MsmWeight *weight = msm_weights_get (weights, i);

        g_checksum_update (sum, (const guchar *) (host[a] + weight->offset), (gssize) (weight->size * sizeof (float)));
      }
  return g_strdup (g_checksum_get_string (sum));
}

gboolean
msm_checkpoint_save (const char *path, const MsmCheckpoint *state, const char *config, MsmWeights *weights,
                     MsmTensor *average, MsmAdam *adam, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (MsmSafetensorsItem));
  g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_tensor_unref);
  g_autofree char *version = g_strdup_printf ("%d", MSM_CHECKPOINT_VERSION);
  g_autofree char *step = g_strdup_printf ("%" G_GUINT64_FORMAT, state->step);
  g_autofree char *images = g_strdup_printf ("%" G_GUINT64_FORMAT, state->n_images);
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, state->seed);
  g_autofree char *seconds = g_strdup_printf ("%.3f", state->seconds);
  g_autofree char *hash = NULL;
  MsmTensor *arenas[N_ARENAS];
  float *host[N_ARENAS];

  list_arenas (weights, average, adam, arenas);
  for (int a = 0; a < N_ARENAS; a++)
    {
      MsmTensor *copy = msm_tensor_to (arenas[a], msm_device_host (), error);

      if (copy == NULL)
        return FALSE;
      g_ptr_array_add (copies, copy);
      host[a] = msm_tensor_host (copy);
      for (guint i = 0; i < msm_weights_count (weights); i++)
        {
          const MsmWeight *weight = msm_weights_get (weights, i);
          MsmSafetensorsItem item = { g_strconcat (prefixes[a], weight->name, NULL), weight->shape,
                                      host[a] + weight->offset };

          g_ptr_array_add (names, (char *) item.name);
          g_array_append_val (items, item);
        }
    }
  hash = digest (state, weights, host);

  const char *metadata[] = { "msm.checkpoint", version, "msm.config",  config,  "msm.step", step, "msm.images", images,
                             "msm.seed",       seed,    "msm.seconds", seconds, "msm.hash", hash, NULL };

  return msm_safetensors_write (path, (const MsmSafetensorsItem *) items->data, items->len, MSM_F32, metadata, error);
}

static gboolean
read_count (const MsmSafetensors *file, const char *key, guint64 *value, GError **error)
{
  const char *text = msm_safetensors_metadata (file, key);

  if (text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, value, NULL))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: not a checkpoint of a training: its metadata lack ‘%s’"),
               msm_safetensors_path (file), key);
  return FALSE;
}

static gboolean
read_state (const MsmSafetensors *file, MsmCheckpoint *state, GError **error)
{
  guint64 version;
  const char *seconds = msm_safetensors_metadata (file, "msm.seconds");

  if (!read_count (file, "msm.checkpoint", &version, error))
    return FALSE;
  if (version > MSM_CHECKPOINT_VERSION)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VERSION,
                   _("%s: checkpoint of version %" PRIu64 ", this program reads up to %d"),
                   msm_safetensors_path (file), version, MSM_CHECKPOINT_VERSION);
      return FALSE;
    }
  state->seconds = seconds != NULL ? MAX (0, g_ascii_strtod (seconds, NULL)) : 0;
  return read_count (file, "msm.step", &state->step, error) && read_count (file, "msm.images", &state->n_images, error)
         && read_count (file, "msm.seed", &state->seed, error);
}

static gboolean
read_arena (const MsmSafetensors *file, const char *prefix, const MsmWeights *weights, float *host, GError **error)
{
  for (guint i = 0; i < msm_weights_count (weights); i++)
    {
      const MsmWeight *weight = msm_weights_get (weights, i);
      g_autofree char *name = g_strconcat (prefix, weight->name, NULL);
      const MsmSafetensorsEntry *entry = msm_safetensors_lookup (file, name);

      if (entry == NULL || entry->dtype != MSM_F32 || !msm_shape_equal (entry->shape, weight->shape))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                       _("%s: tensor ‘%s’ is missing or of another shape: it is the checkpoint of another network"),
                       msm_safetensors_path (file), name);
          return FALSE;
        }
      if (!msm_safetensors_read (file, entry, host + weight->offset, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
msm_checkpoint_load (const char *path, MsmCheckpoint *state, MsmWeights *weights, MsmTensor *average, MsmAdam *adam,
                     GError **error)
{
  g_autoptr (MsmSafetensors) file = msm_safetensors_open (path, error);
  g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_tensor_unref);
  g_autofree char *hash = NULL;
  MsmTensor *arenas[N_ARENAS];
  float *host[N_ARENAS];

  if (file == NULL || !read_state (file, state, error))
    return FALSE;
  list_arenas (weights, average, adam, arenas);
  for (int a = 0; a < N_ARENAS; a++)
    {
      MsmTensor *copy = msm_tensor_new (msm_device_host (), MSM_F32, msm_tensor_shape (arenas[a]), error);

      if (copy == NULL)
        return FALSE;
      g_ptr_array_add (copies, copy);
      host[a] = msm_tensor_host (copy);
      if (!read_arena (file, prefixes[a], weights, host[a], error))
        return FALSE;
    }
  if (msm_safetensors_count (file) != N_ARENAS * msm_weights_count (weights))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: it holds %u tensors, expected %u: it is the checkpoint of another network"), path,
                   msm_safetensors_count (file), N_ARENAS * msm_weights_count (weights));
      return FALSE;
    }
  hash = digest (state, weights, host);
  if (g_strcmp0 (hash, msm_safetensors_metadata (file, "msm.hash")) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: the checkpoint is damaged: its numbers do not have the hash that it states"), path);
      return FALSE;
    }
  for (int a = 0; a < N_ARENAS; a++)
    msm_tensor_upload (arenas[a], host[a]);
  msm_adam_set_steps (adam, state->step);
  return msm_device_check (msm_tensor_device (arenas[0]), error);
}
