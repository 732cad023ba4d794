#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/pattern.h"
#include "core/base/json.h"
#include "core/io/mask-file.h"
#include "core/mask/mask.h"

static const MsmParam mask_params[] = {
  { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT, .help = N_("The same as OUTPUT") },
  { "pattern", MSM_PARAM_TEXT, .def_text = MSM_PATTERN_DEFAULT, .help = N_("How samples are chosen; see below") },
  { "readout", MSM_PARAM_INT, .min = 1, .max = 65536, .def = 256, .help = N_("Points of a readout") },
  { "phase", MSM_PARAM_INT, .min = 1, .max = 65536, .def = 256, .help = N_("Phase-encode lines") },
  { "json", MSM_PARAM_BOOL, .help = N_("Print JSON") },
  { NULL },
};

static void
report (const MsmMask *mask, const MsmMaskPattern *pattern, gboolean json)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  gsize acs_readout, acs_phase;

  msm_mask_acs (mask, &acs_readout, &acs_phase);
  if (!json)
    {
      printf (_("%s: %zu × %zu, R %.3g nominal, %.3g effective, centre block "
                 "%zu × %zu\n"),
              mask->origin != NULL ? mask->origin : pattern->name, mask->n_readout, mask->n_phase, mask->nominal_accel,
              msm_mask_effective_accel (mask), acs_readout, acs_phase);
      return;
    }
  json_builder_begin_object (b);
  msm_json_int (b, "readout", (gint64) mask->n_readout);
  msm_json_int (b, "phase", (gint64) mask->n_phase);
  msm_json_int (b, "sampled", (gint64) msm_mask_count (mask));
  msm_json_real (b, "accel_nominal", mask->nominal_accel);
  msm_json_real (b, "accel_effective", msm_mask_effective_accel (mask));
  msm_json_int (b, "acs_readout", (gint64) acs_readout);
  msm_json_int (b, "acs_phase", (gint64) acs_phase);
  json_builder_end_object (b);
  msm_json_print (b, FALSE);
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (mask_params);
  g_autoptr (MsmParams) values = NULL;
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_autoptr (MsmMask) mask = NULL;
  const MsmMaskPattern *pattern;
  const char *out;
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  pattern = msm_pattern_from_flags (options, argc, argv, &values, &error);
  if (pattern == NULL)
    return msm_command_usage (&msm_command_mask, error);
  if (!msm_command_parse (&msm_command_mask, options, argc, argv, 0, 1, &status))
    return status;
  out = msm_command_output (&msm_command_mask, options, params, &status);
  if (out == NULL)
    return status;
  mask =
      pattern->generate (values, msm_params_get_int (params, "readout"), msm_params_get_int (params, "phase"), &error);
  if (mask == NULL)
    return msm_command_failed (error);
  if (!msm_mask_save (mask, out, &error))
    return msm_command_failed (error);
  report (mask, pattern, msm_params_get_bool (params, "json"));
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_mask = {
  "mask",
  "OUTPUT [flags]",
  N_("Make a sampling mask (.png, .h5 or .cfl)"),
  N_("Patterns: random, equispaced, variable-density, poisson, radial, box, pixels, full. Each has flags of\n"
      "its own: msm mask --pattern NAME --help."),
  run,
};
