#include "config.h"

#include "core/nn/import-checkpoint.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/device/device.h"
#include "core/nn/import-torch.h"
#include "core/nn/unet-guess.h"
#include "core/nn/unet.h"
#include "core/tensor/tensor.h"

#define MAX_CONFIG (1 << 20)

static gboolean
read_config (GHashTable *keys, const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *text = NULL;
  gsize n;

  if (!msm_input_check (path, error))
    return FALSE;
  if (!g_file_get_contents (path, &text, &n, &local))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be read"), path);
      return FALSE;
    }
  if (n > MAX_CONFIG || !g_utf8_validate (text, (gssize) n, NULL))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: expected a text of configuration keys"), path);
      return FALSE;
    }
  return msm_unet_keys_read (keys, path, text, error);
}

/* The shapes' configuration, the file's over it, and what is given one by one over that, as JSON. */
static char *
find_config (MsmTorchFile *file, const char *path, const MsmImportOptions *options, GString *report, GError **error)
{
  g_autofree char *assumed = NULL;
  g_autoptr (GError) local = NULL;
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) guess = NULL;
  GHashTableIter iter;
  gpointer key;
  gpointer value;
  const char *size;

  if (options->config_path != NULL && !read_config (keys, options->config_path, error))
    return NULL;
  if (options->overrides != NULL)
    {
      g_hash_table_iter_init (&iter, options->overrides);
      while (g_hash_table_iter_next (&iter, &key, &value))
        if (!msm_unet_keys_set (keys, key, value, error))
          return NULL;
    }
  size = g_hash_table_lookup (keys, "image_size");
  guess = msm_unet_guess (path, msm_torch_shapes (file), size != NULL ? atoi (size) : 0, &assumed, &local);
  if (guess == NULL && options->config_path == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (guess != NULL)
    {
      g_hash_table_iter_init (&iter, guess);
      while (g_hash_table_iter_next (&iter, &key, &value))
        if (!g_hash_table_contains (keys, key))
          g_hash_table_insert (keys, g_strdup (key), g_strdup (value));
    }
  if (options->config_path == NULL)
    g_string_append_printf (report, "Configuration from the shapes. What they do not tell, unless given: %s\n",
                            assumed);
  return msm_unet_keys_format (keys);
}

static gboolean
fill (MsmWeights *weights, MsmTorchFile *file, const char *path, GError **error)
{
  GHashTable *shapes = msm_torch_shapes (file);
  GHashTableIter iter;
  gpointer name;

  for (guint i = 0; i < msm_weights_count (weights); i++)
    {
      const MsmWeight *weight = msm_weights_get (weights, i);
      const MsmShape *shape = g_hash_table_lookup (shapes, weight->name);
      g_autofree char *expected = msm_shape_format (weight->shape);
      g_autofree char *found = shape != NULL ? msm_shape_format (*shape) : g_strdup ("none");

      if (shape == NULL || !msm_shape_equal (*shape, weight->shape))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: tensor ‘%s’: expected %s, found %s"), path,
                       weight->name, expected, found);
          return FALSE;
        }
      if (!msm_torch_read (file, weight->name, msm_weights_value (weights, i), error))
        return FALSE;
    }
  g_hash_table_iter_init (&iter, shapes);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (msm_weights_find (weights, name) < 0)
      {
        g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                     _("%s: tensor ‘%.100s’ has no place in the network that the configuration describes"), path,
                     (const char *) name);
        return FALSE;
      }
  return TRUE;
}

gboolean
msm_import_checkpoint (const char *path, const char *out, const MsmImportOptions *options, char **report,
                       GError **error)
{
  g_autoptr (MsmTorchFile) file = msm_torch_open (path, options->key, error);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (MsmUnet) unet = NULL;
  g_autofree char *json = NULL;
  g_autofree char *config_text = NULL;
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *keys = NULL;
  MsmUnetConfig config;

  if (file == NULL)
    return FALSE;
  keys = g_strjoinv (", ", (char **) msm_torch_keys (file));
  g_string_append_printf (text, "Taken: %s; in the file: %s\n", msm_torch_key (file), keys);
  json = find_config (file, path, options, text, error);
  if (json == NULL || !msm_unet_config_parse (&config, path, json, error)
      || (unet = msm_unet_new (msm_device_host (), &config, FALSE, error)) == NULL
      || !fill (msm_unet_weights (unet), file, path, error))
    return FALSE;
  config_text = msm_unet_config_format (&config);
  {
    const char *metadata[] = { "msm.config",   config_text, "msm.program", "MSM Studio " MSM_VERSION,
                               "msm.imported", base,        NULL };

    if (!msm_weights_save (msm_unet_weights (unet), out, options->dtype, metadata, error))
      return FALSE;
  }
  g_string_append_printf (text, "%zu parameters; configuration %s", msm_weights_n_parameters (msm_unet_weights (unet)),
                          config_text);
  *report = g_string_free (g_steal_pointer (&text), FALSE);
  return TRUE;
}
