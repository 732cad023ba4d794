#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/say.h"
#include "app/setup/scan-flags.h"
#include "app/commands/weights-info.h"
#include "core/io/scan.h"

static const MsmParam info_params[] = {
  { "json", MSM_PARAM_BOOL, .help = N_("Print JSON") },
  MSM_SCAN_FLAGS,
  { NULL },
};

/* (transfer full): or %NULL */
static char *
describe (const char *path, MsmParams *params, GError **error)
{
  gboolean json = msm_params_get_bool (params, "json");
  g_autoptr (MsmScan) scan = NULL;

  if (msm_weights_is_file (path))
    return msm_weights_describe (path, json, error);
  scan = msm_scan_open_with_flags (path, params, error);
  return scan != NULL ? msm_scan_describe (scan, json) : NULL;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (info_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_info, options, argc, argv, 1, G_MAXUINT, &status))
    return status;
  for (guint i = 0; i < msm_options_files (options)->len; i++)
    {
      g_autofree char *text = describe (g_ptr_array_index (msm_options_files (options), i), params, &error);

      if (text == NULL)
        return msm_command_failed (error);
      if (msm_params_get_bool (params, "json"))
        fputs (text, stdout);
      else
        msm_say ("%s", text);
      fputs (g_str_has_suffix (text, "\n") ? "" : "\n", stdout);
    }
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_info = {
  "info", "FILE… [flags]", N_("Say what a file holds, and what was skipped, reversed, cropped or guessed"), NULL, run,
};
