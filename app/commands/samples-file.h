#pragma once

#include "app/commands/param-options.h"
#include "app/setup/preset.h"
#include "app/setup/setup.h"
#include "core/io/image-write.h"
#include "core/run/trajectory.h"
#include "core/sampler/sampler.h"

G_BEGIN_DECLS

/* The flags fit each other: asked before the work. MSM_ERROR_VALUE, MSM_ERROR_UNSUPPORTED. */
gboolean msm_samples_check_flags (MsmParams *params, const char *out, GError **error);
/* What --trajectory asks for, or NULL. (transfer full) */
MsmTrajectory *msm_samples_trajectory (MsmParams *params, MsmSampler *sampler, const char *provenance);
/*
 * The experiment file that @argv names, by --experiment or by --preset for @use. NULL: neither, or both, which is an
 * @error, as an unknown preset is. (transfer full)
 */
char *msm_samples_given (int argc, char **argv, MsmPresetUse use, GError **error);
/* Serves --save-experiment. */
gboolean msm_samples_save_experiment (const MsmParams *params, const MsmSetup *setup, const MsmOptions *options,
                                      GError **error);

/* What a finished diffusion sampler leaves, as HDF5 datasets. */
typedef struct
{
  MsmTensor *mean, *sd, *quantile[3], *samples;
  MsmNamedTensor named[6];
  gsize n;
} MsmSamples;

/**
 * msm_samples_collect:
 * @sampler: a finished diffusion sampler
 * @with_all: all samples; else with @with_first the first one
 *
 * mean; of several samples sd, quantile_05, quantile_50, quantile_95 (of magnitudes, where images are complex);
 * samples [n, channel, row, column].
 */
gboolean msm_samples_collect (MsmSamples *self, MsmSampler *sampler, gboolean with_first, gboolean with_all,
                              GError **error);
void msm_samples_clear (MsmSamples *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmSamples, msm_samples_clear)

G_END_DECLS
