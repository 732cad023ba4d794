#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/command.h"
#include "app/commands/say.h"
#include "core/nn/import-checkpoint.h"
#include "core/nn/weights.h"

#define KEY_HELP N_("This key of the configuration, over --config and the shapes")

/* The first ones are the command's, the others are keys of the configuration with hyphens. */
#define N_OWN 3

static const MsmParam import_params[] = {
  { "config", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Configuration: JSON, or the reference's YAML; else guessed from the shapes") },
  { "key", MSM_PARAM_TEXT, .help = N_("Which dictionary of the file; else one named ema, else the first") },
  { "dtype", MSM_PARAM_CHOICE, .choices = msm_weights_dtype_names, .help = N_("Numbers of the weight file") },
  { "image-size", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "num-channels", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "num-res-blocks", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "channel-mult", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "attention-resolutions", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "num-heads", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "num-head-channels", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "use-new-attention-order", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "norm-groups", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "prediction", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "input", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "signal-power", MSM_PARAM_TEXT, .help = KEY_HELP },
  { "cg-iterations", MSM_PARAM_TEXT, .help = KEY_HELP },
  { NULL },
};

/* The given keys, with the configuration's spelling. */
static GHashTable *
given_keys (MsmParams *params)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (const MsmParam *param = import_params + N_OWN; param->name != NULL; param++)
    {
      const char *value = msm_params_get_text (params, param->name);

      if (value[0] != '\0')
        g_hash_table_insert (keys, g_strdelimit (g_strdup (param->name), "-", '_'), g_strdup (value));
    }
  return keys;
}

/* @text, or NULL when it is empty */
static const char *
or_null (const char *text)
{
  return text[0] != '\0' ? text : NULL;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (import_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_autoptr (GHashTable) keys = NULL;
  g_autofree char *report = NULL;
  GError *error = NULL;
  MsmImportOptions import;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_import_checkpoint, options, argc, argv, 2, 2, &status))
    return status;
  keys = given_keys (params);
  import = (MsmImportOptions){ or_null (msm_params_get_text (params, "key")),
                               or_null (msm_params_get_text (params, "config")), keys,
                               msm_weights_dtypes[msm_params_get_choice (params, "dtype")] };
  if (!msm_import_checkpoint (g_ptr_array_index (msm_options_files (options), 0),
                              g_ptr_array_index (msm_options_files (options), 1), &import, &report, &error))
    return msm_command_failed (error);
  msm_say ("%s\n", report);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_import_checkpoint = {
  "import-checkpoint",
  "MODEL.pt OUTPUT.safetensors [flags]",
  N_("Make a weight file of a PyTorch checkpoint"),
  N_("Reads the zip format of torch.save (1.6 and later): a state dictionary of a guided-diffusion U-Net,\n"
      "at the top or nested. No code of the file is run; what asks for any is refused. Check the result with\n"
      "`msm unet`: shapes do not tell the number of attention heads, the order of qkv, or what the network\n"
      "predicts."),
  run,
};
