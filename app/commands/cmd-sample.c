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
#include "app/setup/sample-tables.h"
#include "app/setup/stages.h"
#include "core/io/image-write.h"
#include "core/sampler/sampler-diffusion.h"

/* One stage of what is drawn. */
typedef struct _Stage Stage;
struct _Stage
{
  MsmSampleTables tables;
  MsmExperiment *experiment;
  Stage *parent; /* (nullable): owned: of a branch, what it goes on from, */
  int start;     /* after this step */
};

static void
stage_free (Stage *self)
{
  if (self == NULL)
    return;
  stage_free (self->parent);
  g_clear_pointer (&self->experiment, msm_experiment_free);
  msm_sample_tables_clear (&self->tables);
  g_free (self);
}

static Stage *
stage_new (void)
{
  Stage *self = g_new0 (Stage, 1);

  msm_sample_tables_init (&self->tables);
  self->experiment = msm_sample_tables_make_experiment (&self->tables);
  return self;
}

/* @self becomes stage @index of the experiment @path, with those before it. */
static gboolean
load_stage (Stage *self, GPtrArray *stages, guint index, const char *path, GError **error)
{
  const MsmStage *stage = g_ptr_array_index (stages, index);

  if (index > 0)
    {
      self->parent = stage_new ();
      self->start = stage->start;
      msm_experiment_set_parent (self->experiment, self->parent->experiment, self->start);
      if (!load_stage (self->parent, stages, index - 1, path, error))
        return FALSE;
    }
  return msm_experiment_load_sections (self->experiment, stage->sections, path, error);
}

static gboolean
load (Stage *self, const char *path, GError **error)
{
  g_autoptr (GPtrArray) stages = msm_experiment_read_stages (path, error);

  return stages != NULL && load_stage (self, stages, stages->len - 1, path, error);
}

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

/* Prepared; of a branch, where its parent was. (transfer full) */
static MsmSampler *
make_sampler (const Stage *self, GError **error)
{
  MsmSampler *parent = self->parent != NULL ? make_sampler (self->parent, error) : NULL, *sampler;
  g_autoptr (GBytes) state = parent != NULL ? msm_terminal_state_at (parent, self->start, _("sampling"), error) : NULL;
  MsmProblem *problem = self->parent == NULL || state != NULL ? make_problem (self->tables.params, error) : NULL;

  if (problem == NULL)
    return NULL;
  sampler = msm_sampler_new (&msm_uncond_class, problem, msm_params_copy (self->tables.method), error);
  if (sampler != NULL && state != NULL && !msm_sampler_restore (sampler, state, error))
    g_clear_pointer (&sampler, msm_sampler_free);
  return sampler;
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
            "\"run_ms\": %.1f }\n",
            msm_tensor_dim (samples, 0), shape, sum, square, msm_device_name (sampler->problem->device), result->ms);
  else
    printf (_("%zu samples %s in %.0f ms on %s: values %.4g ± %.4g\n"), msm_tensor_dim (samples, 0), shape, result->ms,
            msm_device_name (sampler->problem->device), sum, square);
}

static gboolean
draw (const Stage *stage, GError **error)
{
  MsmParams *params = stage->tables.params, *method = stage->tables.method;
  g_autofree char *settings = msm_params_describe (method);
  g_autofree char *prior = NULL, *details = NULL, *provenance = NULL, *text = NULL;
  g_autofree char *experiment = msm_samples_format_experiment (params, stage->experiment, TRUE);
  const char *out = msm_params_get_text (params, "out");
  g_autoptr (MsmTrajectory) trajectory = NULL;
  g_autoptr (MsmTensor) samples = NULL, one = NULL;
  g_auto (MsmTerminalRun) result = { NULL };
  MsmSampler *sampler;

  if (!msm_samples_check_flags (params, out, error))
    return FALSE;
  sampler = make_sampler (stage, error);
  if (sampler == NULL)
    return FALSE;
  prior = msm_diffusion_describe_prior (sampler);
  details = g_strdup_printf ("%s; %s; device=%s", settings, prior, msm_device_name (sampler->problem->device));
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
  g_autoptr (MsmOptions) options = msm_options_new ();
  const char *given = msm_options_peek (argc, argv, "experiment");
  Stage *stage = stage_new ();
  GError *error = NULL;
  int status = MSM_EXIT_OK;

  msm_options_add (options, _("Flags"), NULL, stage->tables.params);
  msm_options_add (options, _("Sampling"), NULL, stage->tables.method);
  /* The file first, so that flags can change it. */
  if ((given == NULL || load (stage, given, &error))
      && msm_command_parse (&msm_command_sample, options, argc, argv, 0, 0, &status)
      && msm_samples_save_experiment (stage->tables.params, stage->experiment, &error))
    draw (stage, &error);
  stage_free (stage);
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
