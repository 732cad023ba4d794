#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/device-flags.h"
#include "app/commands/image-file.h"
#include "app/commands/metrics-text.h"
#include "app/commands/sampler-run.h"
#include "app/commands/samples-file.h"
#include "app/experiment.h"
#include "core/io/image-write.h"
#include "core/sampler/sampler-diffusion.h"

static const MsmParam sample_params[] = {
  { "sens", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Coil maps (.cfl, or .h5 with sens); without them one coil that sees everything alike") },
  MSM_SAMPLES_FLAGS,
  MSM_DEVICE_FLAGS,
  { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Result: .h5 (samples, mean, standard deviation), or one sample as .png, .cfl or .nii") },
  { "json", MSM_PARAM_BOOL, .help = N_("Print JSON") },
  { NULL },
};

static MsmProblem *
make_problem (MsmParams *params, GError **error)
{
  g_autoptr (MsmProblem) problem = g_new0 (MsmProblem, 1);
  const char *sens = msm_params_get_text (params, "sens");

  problem->scale = 1;
  problem->device = msm_device_from_flags (params, FALSE, error);
  if (problem->device == NULL)
    return NULL;
  if (sens[0] != '\0')
    {
      g_autoptr (MsmTensor) maps = msm_sens_load (sens, error);

      problem->sens = maps != NULL ? msm_tensor_to (maps, problem->device, error) : NULL;
      if (problem->sens == NULL)
        return NULL;
    }
  return g_steal_pointer (&problem);
}

static void
report (MsmParams *params, MsmSampler *sampler, const MsmTerminalRun *result, MsmTensor *samples)
{
  const float *v = msm_tensor_const_host (samples);
  gsize n = msm_tensor_size (samples), parts = msm_tensor_dtype (samples) == MSM_C64 ? 2 : 1;
  g_autofree char *shape = msm_shape_format (msm_tensor_shape (samples));
  double sum = 0, square = 0;

  for (gsize i = 0; i < n * parts; i++)
    {
      sum += v[i];
      square += (double) v[i] * v[i];
    }
  sum /= (double) (n * parts);
  square = sqrt (MAX (square / (double) (n * parts) - sum * sum, 0));
  if (msm_params_get_bool (params, "json"))
    printf ("{ \"samples\": %zu, \"shape\": \"%s\", \"mean\": %.6g, \"sd\": %.6g, \"device\": \"%s\", "
            "\"run_ms\": %.1f }\n", msm_tensor_dim (samples, 0), shape, sum, square,
            msm_device_name (sampler->problem->device), result->ms);
  else
    printf (_("%zu samples %s in %.0f ms on %s: values %.4g ± %.4g\n"), msm_tensor_dim (samples, 0), shape,
            result->ms, msm_device_name (sampler->problem->device), sum, square);
}

static gboolean
draw (MsmParams *params, MsmParams *method, MsmExperiment *sections, GError **error)
{
  g_autofree char *settings = msm_params_describe (method);
  g_autofree char *prior = NULL, *details = NULL, *provenance = NULL, *text = NULL;
  g_autofree char *experiment = msm_samples_format_experiment (params, sections, TRUE);
  const char *out = msm_params_get_text (params, "out");
  g_autoptr (MsmTrajectory) trajectory = NULL;
  g_autoptr (MsmTensor) samples = NULL, one = NULL;
  g_auto (MsmTerminalRun) result = { NULL };
  MsmProblem *problem;
  MsmSampler *sampler;

  if (!msm_samples_check_flags (params, out, error))
    return FALSE;
  problem = make_problem (params, error);
  if (problem == NULL)
    return FALSE;
  sampler = msm_sampler_new (&msm_uncond_class, problem, msm_params_copy (method), error);
  if (sampler == NULL)
    return FALSE;
  prior = msm_diffusion_describe_prior (sampler);
  details = g_strdup_printf ("%s; %s; device=%s", settings, prior, msm_device_name (problem->device));
  provenance = msm_command_provenance ("sample", NULL, details);
  text = msm_experiment_attach (provenance, experiment);
  trajectory = msm_samples_trajectory (params, sampler, text);
  if (!msm_terminal_run (&result, sampler, _("sampling"), trajectory, error)
      || (trajectory != NULL && !msm_trajectory_finish (trajectory, error)))
    return FALSE;
  samples = msm_diffusion_get_samples (sampler, error);
  if (samples == NULL)
    return FALSE;
  if (out[0] != '\0' && msm_samples_is_hdf5 (out))
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
      if (one == NULL || !msm_image_save (out, one, &notes, error))
        return FALSE;
    }
  report (params, sampler, &result, samples);
  return TRUE;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (sample_params);
  g_autoptr (MsmParams) method = msm_params_new (msm_uncond_class.params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_autoptr (MsmExperiment) experiment = msm_experiment_new ();
  const char *given = msm_options_peek (argc, argv, "experiment");
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  msm_options_add (options, _("Sampling"), NULL, method);
  msm_experiment_add (experiment, "sample", method);
  /* The file first, so that flags can change it. */
  if (given != NULL && !msm_experiment_load (experiment, given, &error))
    return msm_command_failed (error);
  if (!msm_command_parse (&msm_command_sample, options, argc, argv, 0, 0, &status))
    return status;
  if (!msm_samples_save_experiment (params, experiment, &error) || !draw (params, method, experiment, &error))
    return msm_command_failed (error);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_sample = {
  "sample", "--prior PRIOR [flags]", N_("Draw images from a prior"),
  N_("A prior is the name of a shipped one, a weight file (.safetensors), or a closed form in HDF5: a Gaussian\n"
     "(mean [channel, row, column], cov [n, n]) or a mixture (weights, means, covs) of at most 24 × 24 pixels.\n"
     "The same seed gives the same pixels, for any number of threads."),
  run,
};
