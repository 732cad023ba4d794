#pragma once

#include "core/sampler/diffusion-params.h"
#include "core/sampler/diffusion-step.h"
#include "core/sampler/posterior-stats.h"
#include "core/sampler/sampler.h"

G_BEGIN_DECLS

extern const MsmSamplerClass msm_posterior_class; /* "msm": y = H x + e with an MSM prior */
extern const MsmSamplerClass msm_oracle_class;    /* "oracle": the same with S = I: a plain diffusion posterior */
extern const MsmSamplerClass msm_uncond_class;    /* "generate": from the prior alone */

/*
 * What the diffusion samplers share. K steps for each batch of samples, batches one after the other; sample k is
 * a function of (seed, k) alone, whatever the batch.
 */
typedef struct
{
  MsmSampler parent;
  MsmDenoiser *denoiser;
  MsmMeasure *measure;       /* of a batch */
  MsmMeasure *view;          /* of one sample, for the pictures */
  MsmLikelihood *likelihood; /* NULL: unconditional */
  MsmStepSetup setup;
  MsmDiffusionStep *step;
  MsmPosteriorStats *stats; /* of the finished samples */
  MsmTensor *sens;          /* MRI */
  MsmShape full;            /* of one sample's z: [1, coil or channel, row, column] */
  gsize n_samples, n_batch, n_rounds, round;
  int k;               /* the next step is from the k-th kept index; −1: the round is done */
  gboolean is_counted; /* the batch has been added to stats */
  double gain, offset; /* the problem's image = gain · the prior's + offset */

  MsmTensor *batch_x; /* Tᴴ ẑ of the batch */
  float *host_x;      /* the same on the host, in the problem's units */
  float *host_mean, *host_sd;
  MsmTensor *one_z; /* sample 0 of z */
  MsmTensor *estimate, *sample, *z, *null_space, *coverage, *uncertainty;
  MsmTensor *locals[MSM_STEP_MAX_LOCALS];
  char failure[240];
} MsmDiffusion;

/* Opens the prior and settles the batches. MSM_ERROR_VALUE when no prior is named. */
gboolean msm_diffusion_open_prior (MsmDiffusion *self, GError **error);
/* Takes `full` from the problem's maps or operator. MSM_ERROR_SHAPE. */
gboolean msm_diffusion_take_size (MsmDiffusion *self, GError **error);
/* Takes all memory, and makes the class's step; @self has its prior and `full`. */
gboolean msm_diffusion_prepare (MsmDiffusion *self, GError **error);
/* All of it, for a method that reconstructs: the prior, the problem's size, the step. MsmSamplerClass.prepare. */
gboolean msm_diffusion_prepare_posterior (MsmSampler *sampler, GError **error);
/* The classes' idle. */
const char *msm_diffusion_idle (const MsmParams *params, const char *name, gboolean is_sampling);
gboolean msm_diffusion_step (MsmSampler *sampler, MsmStepInfo *info);
/* estimate, z, local-1 …, coverage, then sample and uncertainty (several samples), nullspace (H† known). */
gsize msm_diffusion_outputs (MsmSampler *sampler, MsmSamplerOutput *outputs);
void msm_diffusion_dispose (MsmSampler *sampler);
/* The classes' save and restore, in the first batch; a branch has its own parameters but as many steps and samples. */
GBytes *msm_diffusion_save (MsmSampler *sampler, MsmTensor **parts, gsize *n_parts);
double msm_diffusion_state_scale (GBytes *saved);
gboolean msm_diffusion_restore (MsmSampler *sampler, GBytes *saved, GError **error);

/**
 * msm_diffusion_get_samples:
 * @sampler: of a class that msm_diffusion_is_class()
 *
 * The finished samples, F32 or C64 [n, channel or 1, row, column] on the host in true values, cropped as frames
 * are. (transfer full): or %NULL with MSM_ERROR_MEMORY, or MSM_ERROR_VALUE when there is none
 */
MsmTensor *msm_diffusion_get_samples (MsmSampler *sampler, GError **error);
/* A quantile of what msm_diffusion_get_samples() holds, F32 [1, channel or 1, row, column]. (transfer full) */
MsmTensor *msm_diffusion_get_quantile (MsmSampler *sampler, double q, GError **error);
/* TRUE when samplers of @klass are MsmDiffusion. */
gboolean msm_diffusion_is_class (const MsmSamplerClass *klass);
/* "prior brain.safetensors (sha256 …)" for the provenance; NULL of what neither is one nor builds on one. */
char *msm_diffusion_describe_prior (MsmSampler *sampler);

/* What every class here shares beside its names, parameters, `prepare` and step. */
#define MSM_DIFFUSION_CLASS                                                                                            \
  .instance_size = sizeof (MsmDiffusion), .step = msm_diffusion_step, .outputs = msm_diffusion_outputs,                \
  .dispose = msm_diffusion_dispose, .save = msm_diffusion_save, .restore = msm_diffusion_restore,                      \
  .state_scale = msm_diffusion_state_scale, .idle = msm_diffusion_idle

G_END_DECLS
