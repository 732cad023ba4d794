#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/image-file.h"
#include "app/commands/metrics-text.h"
#include "app/commands/sampler-run.h"
#include "app/commands/samples-file.h"
#include "app/setup/setup-ini.h"
#include "app/setup/setup-prepare.h"
#include "core/base/json.h"
#include "core/io/image-write.h"
#include "core/io/provenance.h"
#include "core/sampler/sampler-diffusion.h"

static void
report (MsmParams *params, MsmSampler *sampler, const MsmTerminalRun *result, MsmTensor *samples)
{
  const float *v = msm_tensor_const_host (samples);
  gsize n = msm_tensor_size (samples), parts = msm_tensor_dtype (samples) == MSM_C64 ? 2 : 1;
  g_autofree char *shape = msm_shape_format (msm_tensor_shape (samples));
  g_autoptr (JsonBuilder) b = json_builder_new ();
  double sum = 0, square = 0;

  for (gsize i = 0; i < n * parts; i++)
    {
      sum += v[i];
      square += (double) v[i] * v[i];
    }
  sum /= (double) (n * parts);
  square = sqrt (MAX (square / (double) (n * parts) - sum * sum, 0));
  if (!msm_params_get_bool (params, "json"))
    {
      printf (_("%zu samples %s in %.0f ms on %s: values %.4g ± %.4g\n"), msm_tensor_dim (samples, 0), shape,
              result->ms, msm_device_name (sampler->problem->device), sum, square);
      return;
    }
  json_builder_begin_object (b);
  msm_json_int (b, "samples", (gint64) msm_tensor_dim (samples, 0));
  msm_json_text (b, "shape", shape);
  msm_json_real (b, "mean", sum);
  msm_json_real (b, "sd", square);
  msm_json_text (b, "device", msm_device_name (sampler->problem->device));
  msm_json_real (b, "run_ms", result->ms);
  json_builder_end_object (b);
  msm_json_print (b, FALSE);
}

static gboolean
draw (const MsmSetup *setup, MsmParams *params, MsmNames names, GError **error)
{
  MsmPrepareOptions options = { .on_progress = msm_terminal_stage_progress };
  g_autofree char *settings = msm_params_describe_with (setup->params, names);
  g_autofree char *prior = NULL, *details = NULL, *provenance = NULL, *text = NULL;
  g_autofree char *experiment = msm_setup_format (setup, names, error);
  const char *out = msm_params_get_text (params, "out");
  g_autoptr (MsmTrajectory) trajectory = NULL;
  g_autoptr (MsmTensor) samples = NULL, one = NULL;
  g_auto (MsmTerminalRun) result = { NULL };
  MsmSampler *sampler;

  if (experiment == NULL || !msm_samples_check_flags (params, out, error))
    return FALSE;
  sampler = msm_setup_prepare (setup, &options, error);
  if (sampler == NULL)
    return FALSE;
  prior = names != MSM_NAMES_NONE ? msm_diffusion_describe_prior (sampler) : g_strdup ("prior not named");
  details = g_strdup_printf ("%s; %s; device=%s", settings, prior, msm_device_name (sampler->problem->device));
  provenance = msm_command_provenance ("sample", NULL, details);
  text = msm_provenance_attach (provenance, experiment);
  trajectory = msm_samples_trajectory (params, sampler, text);
  if (!msm_terminal_run (&result, sampler, _("sampling"), trajectory, error)
      || (trajectory != NULL && !msm_trajectory_finish (trajectory, error)))
    return FALSE;
  samples = msm_diffusion_get_samples (sampler, error);
  if (samples == NULL)
    return FALSE;
  if (out[0] != '\0' && msm_image_format_can (out, MSM_HOLDS_ARRAYS))
    {
      g_auto (MsmSamples) all = { NULL };

      if (!msm_samples_collect (&all, sampler, TRUE, msm_params_get_bool (params, "keep-samples"), error)
          || !msm_hdf5_write (out, all.named, all.n, text, error))
        return FALSE;
    }
  else if (out[0] != '\0')
    {
      MsmImageNotes notes = { .provenance = provenance, .experiment = experiment };

      one = msm_image_slice (samples, 0, "sample", error);
      if (one == NULL || !msm_image_format_write (out, one, &notes, error))
        return FALSE;
    }
  report (params, sampler, &result, samples);
  return TRUE;
}

/* What the flags say, of a branch with what the experiment @given (nullable) goes on from. (transfer full) */
static MsmSetup *
make_setup (const MsmSampleTables *tables, const char *given, GError **error)
{
  g_autoptr (MsmSetup) self = msm_setup_new_from_sample (tables);

  return given == NULL || msm_setup_load_parent (given, &self->parent, &self->start_step, error)
             ? g_steal_pointer (&self)
             : NULL;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_autofree char *given = NULL;
  g_auto (MsmSampleTables) tables = { NULL };
  g_autoptr (MsmExperiment) experiment = NULL;
  g_autoptr (MsmSetup) setup = NULL;
  GError *error = NULL;
  int status = MSM_EXIT_OK;

  given = msm_samples_given (argc, argv, MSM_PRESET_SAMPLE, &error);
  if (error != NULL)
    return msm_command_usage (&msm_command_sample, error);
  msm_sample_tables_init (&tables);
  experiment = msm_sample_tables_make_experiment (&tables);
  msm_options_add (options, _("Flags"), NULL, tables.params);
  msm_options_add (options, _("Sampling"), NULL, tables.method);
  /* The file first, so that flags can change it. */
  if ((given == NULL || msm_experiment_load (experiment, given, &error))
      && msm_command_parse (&msm_command_sample, options, argc, argv, 0, 0, &status)
      && (given == NULL || (msm_command_show_experiment (experiment, given, FALSE), TRUE))
      && (setup = make_setup (&tables, given, &error)) != NULL
      && msm_samples_save_experiment (tables.params, setup, options, &error))
    draw (setup, tables.params, msm_options_names (options), &error);
  return error != NULL ? msm_command_failed (error) : status;
}

const MsmCommand msm_command_sample = {
  "sample",
  "--prior PRIOR [flags]",
  N_("Draw images from a prior"),
  N_("A prior is the name of a shipped one, a weight file (.safetensors), or a closed form in HDF5: a Gaussian\n"
      "(mean [channel, row, column], cov [n, n]) or a mixture (weights, means, covs) of at most 24 × 24 pixels.\n"
      "The same seed gives the same pixels, for any number of threads."),
  run,
};
