#pragma once

#include "app/experiment.h"
#include "core/run/trajectory.h"
#include "core/sampler/sampler.h"

G_BEGIN_DECLS

/* Flags of commands that run diffusion samplers. */
#define MSM_SAMPLES_FLAGS  \
  { "keep-samples", MSM_PARAM_BOOL, .help = N_("Write every sample (dataset samples; only .h5)") },  \
  { "trajectory", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,  \
    .help = N_("Write the images of the steps to this .h5") },  \
  { "trajectory-every", MSM_PARAM_INT, .min = 1, .max = 100000, .def = 1,  \
    .help = N_("Keep every so many steps of the trajectory") },  \
  { "experiment", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,  \
    .help = N_("Take the settings from this file; flags go before it") },  \
  { "save-experiment", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,  \
    .help = N_("Write all settings to this file, to be repeated with --experiment") }

/* The flags fit each other: asked before the work. MSM_ERROR_VALUE, MSM_ERROR_UNSUPPORTED. */
gboolean       msm_samples_check_flags     (MsmParams *params, const char *out, GError **error);
gboolean       msm_samples_is_hdf5         (const char *path);
/* What --trajectory asks for, or NULL. (transfer full) */
MsmTrajectory *msm_samples_trajectory      (MsmParams *params, MsmSampler *sampler, const char *provenance);
/* Serves --save-experiment. */
gboolean       msm_samples_save_experiment (MsmParams *params, MsmExperiment *experiment, GError **error);
/* Maps from .cfl or HDF5 (dataset sens). (transfer full) */
MsmTensor     *msm_sens_load               (const char *path, GError **error);

typedef struct
{
  const char *name;
  MsmTensor  *tensor;
} MsmSamplesExtra;

/**
 * msm_samples_save:
 * @sampler: a finished diffusion sampler
 * @extra: (array length=n_extra): further datasets
 * @with_first: write the first sample even without @with_all
 *
 * HDF5: mean, sd, quantile_05, quantile_50, quantile_95 (more than one sample; magnitudes of complex images),
 * samples [n, channel, row, column].
 */
gboolean       msm_samples_save            (const char *path, MsmSampler *sampler, const MsmSamplesExtra *extra,
                                            gsize n_extra, gboolean with_first, gboolean with_all,
                                            const char *provenance, GError **error);

G_END_DECLS
