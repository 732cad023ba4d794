#include "config.h"

#include "app/setup/sample-tables.h"

#include <glib/gi18n-lib.h>

#include "app/setup/flags.h"
#include "core/sampler/sampler-diffusion.h"

const MsmParam msm_sample_params[] = {
  { "sens", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Coil maps (.cfl, or .h5 with sens); without them one coil that sees everything alike") },
  MSM_SAMPLES_FLAGS,
  MSM_DEVICE_FLAGS,
  { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT,
    .help = N_("Result: .h5 (samples, mean, standard deviation), or one sample as .png, .cfl or .nii") },
  { "json", MSM_PARAM_BOOL, .help = N_("Print JSON") },
  { NULL },
};

void
msm_sample_tables_init (MsmSampleTables *self)
{
  self->method = msm_params_new (msm_uncond_class.params);
  self->params = msm_params_new (msm_sample_params);
}

void
msm_sample_tables_clear (MsmSampleTables *self)
{
  g_clear_pointer (&self->method, msm_params_free);
  g_clear_pointer (&self->params, msm_params_free);
}

MsmExperiment *
msm_sample_tables_make_experiment (const MsmSampleTables *self)
{
  MsmExperiment *experiment = msm_experiment_new ();

  msm_experiment_add (experiment, MSM_SAMPLE_SECTION, self->method);
  msm_experiment_add (experiment, "run", self->params);
  return experiment;
}
