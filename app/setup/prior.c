#include "config.h"

#include "app/setup/prior.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "core/base/error.h"
#include "core/diffusion/denoiser.h"
#include "core/io/hdf5/io-hdf5.h"
#include "core/nn/safetensors.h"
#include "core/nn/unet-config.h"

#define SUFFIX ".safetensors"

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GStrv
msm_prior_list (void)
{
  static const char *const folders[] = { MSM_DATA_DIR, MSM_SOURCE_DATA_DIR };
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (folders[i], "priors", NULL);
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      const char *file;

      while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *name =
              g_str_has_suffix (file, SUFFIX) ? g_strndup (file, strlen (file) - strlen (SUFFIX)) : NULL;

          if (name != NULL && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
            g_ptr_array_add (names, g_steal_pointer (&name));
        }
    }
  g_ptr_array_sort (names, compare);
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static gboolean
read_config (const char *prior, MsmUnetConfig *config)
{
  g_autofree char *path = msm_denoiser_find (prior);
  g_autoptr (MsmSafetensors) file = msm_safetensors_open (path, NULL);
  const char *json = file != NULL ? msm_safetensors_metadata (file, "msm.config") : NULL;

  return json != NULL && msm_unet_config_parse (config, path, json, NULL);
}

char *
msm_prior_suggest (int channels, gsize size)
{
  g_auto (GStrv) names = msm_prior_list ();
  const char *nearest = NULL;
  double best = INFINITY;

  for (guint i = 0; names[i] != NULL; i++)
    {
      MsmUnetConfig config;
      double distance;

      if (!read_config (names[i], &config) || config.out_channels != channels)
        continue;
      distance = fabs (log ((double) MAX (size, 1) / MAX (config.image_size, 1)));
      if (distance < best)
        {
          best = distance;
          nearest = names[i];
        }
    }
  return g_strdup (nearest);
}

/* Of complex images: real and imaginary part. */
#define MRI_CHANNELS 2
#define MRI_SIZE     256

char *
msm_prior_suggest_for (const MsmScan *scan, gboolean is_sampling)
{
  gboolean is_picture = scan != NULL && scan->kind == MSM_SCAN_IMAGE && !is_sampling;
  gsize size = scan != NULL ? MAX (scan->n_readout, scan->n_phase) : MRI_SIZE;

  return msm_prior_suggest (is_picture ? (int) scan->n_channels : MRI_CHANNELS, size);
}

static void
append_line (GString *text, const char *title, const char *value)
{
  g_auto (GStrv) lines = value != NULL ? g_strsplit (value, "\n", -1) : NULL;

  if (lines == NULL || lines[0] == NULL || lines[0][0] == '\0')
    return;
  g_string_append_printf (text, "%s%s: %s", text->len > 0 ? "\n" : "", title, lines[0]);
}

/* How it was sampled, and how much it was: the list of files is for `msm info`. */
static void
append_data (GString *text, const char *data)
{
  g_auto (GStrv) lines = data != NULL ? g_strsplit (data, "\n", -1) : NULL;
  guint n_files = 0, n_held_out = 0;

  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "masks: "))
      append_line (text, _("Masks"), lines[i] + strlen ("masks: "));
    else if (g_str_has_prefix (lines[i], "held out: "))
      n_held_out++;
    else if (lines[i][0] != '\0')
      n_files++;
  if (n_files > 0)
    {
      /* Translators: of what a prior was trained on */
      g_autofree char *counts = g_strdup_printf (_("%u files or subjects; %u files held out"), n_files, n_held_out);

      append_line (text, _("Data"), counts);
    }
}

/* "0.01–0.0335: 0.0008328; …", a line for each band of σ. */
static void
append_validation (GString *text, const char *validation)
{
  g_auto (GStrv) bands = validation != NULL ? g_strsplit (validation, "; ", -1) : NULL;

  if (bands == NULL || bands[0] == NULL || bands[0][0] == '\0')
    return;
  append_line (text, _("Validation"), _("error of ŝ over the power of the signal"));
  for (guint i = 0; bands[i] != NULL; i++)
    g_string_append_printf (text, "\n    σ %s", bands[i]);
}

static void
append_config (GString *text, const char *path, const char *json)
{
  MsmUnetConfig config;
  g_autofree char *size = NULL;

  if (json == NULL || !msm_unet_config_parse (&config, path, json, NULL))
    return;
  size = g_strdup_printf (_("%d × %d, %d channels, predicts %s"), config.image_size, config.image_size,
                          config.out_channels, config.prediction == MSM_PREDICTION_V ? "v" : "ε");
  append_line (text, _("Network"), size);
}

/* By its first bytes: what else it holds takes a process to read, and is said when a run begins. */
static gboolean
is_hdf5 (const char *path)
{
  guint8 head[8];
  FILE *file = g_fopen (path, "rb");
  gboolean is = file != NULL && msm_h5_is_head (head, fread (head, 1, sizeof head, file));

  if (file != NULL)
    fclose (file);
  return is;
}

char *
msm_prior_describe (const char *prior, GError **error)
{
  static const struct
  {
    const char *key, *title;
  } rows[] = {
    { "msm.loss", N_("Loss") },
    { "msm.steps", N_("Training steps") },
    { "msm.images", N_("Training images") },
    { "msm.licence", N_("Licence") },
  };
  g_autofree char *path = msm_denoiser_find (prior);
  g_autoptr (MsmSafetensors) file = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: no such prior"), prior);
      return NULL;
    }
  if (!g_str_has_suffix (path, SUFFIX) && is_hdf5 (path))
    return g_strdup (_("A prior in closed form: Gaussian, or a mixture"));
  if (!g_str_has_suffix (path, SUFFIX))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: no prior: neither a network (.safetensors) nor a closed form in HDF5"), prior);
      return NULL;
    }
  file = msm_safetensors_open (path, error);
  if (file == NULL)
    return NULL;
  append_config (text, path, msm_safetensors_metadata (file, "msm.config"));
  append_data (text, msm_safetensors_metadata (file, "msm.data"));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    append_line (text, _(rows[i].title), msm_safetensors_metadata (file, rows[i].key));
  append_validation (text, msm_safetensors_metadata (file, "msm.validation"));
  if (text->len == 0)
    g_string_append (text, _("The file says nothing about itself"));
  return g_string_free (g_steal_pointer (&text), FALSE);
}
