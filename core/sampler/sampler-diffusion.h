#pragma once

#include "core/sampler/msm-step.h"
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
  MsmStep *step;
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
/**
 * msm_diffusion_prepare:
 * @self: with its prior and `full`
 * @masks: p(S); NULL: as the parameters say (auto: boxes for pictures, random lines for MRI), with "partials"
 * @generation: no measurement is used
 */
gboolean msm_diffusion_prepare (MsmDiffusion *self, const MsmMaskCoverOptions *masks, int n_partials,
                                gboolean generation, GError **error);
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
 * @sampler: one of the classes above
 *
 * The finished samples, F32 or C64 [n, channel or 1, row, column] on the host in true values, cropped as frames
 * are. (transfer full): or %NULL with MSM_ERROR_MEMORY, or MSM_ERROR_VALUE when there is none
 */
MsmTensor *msm_diffusion_get_samples (MsmSampler *sampler, GError **error);
/* A quantile of what msm_diffusion_get_samples() holds, F32 [1, channel or 1, row, column]. (transfer full) */
MsmTensor *msm_diffusion_get_quantile (MsmSampler *sampler, double q, GError **error);
/* TRUE when @klass is one of the classes above. */
gboolean msm_diffusion_is_class (const MsmSamplerClass *klass);
/* "prior brain.safetensors (sha256 …)" for the provenance. (transfer full) */
char *msm_diffusion_describe_prior (MsmSampler *sampler);

/* Rows that the classes' tables share. */
#define MSM_DIFFUSION_PARAM_ETA                                                                                        \
  {                                                                                                                    \
    N_("ddim-eta"), MSM_PARAM_FLOAT, .min = 0, .max = 1, .def = 1, .flags = MSM_PARAM_LIVE,                           \
                                      .help = N_("Part of every step's noise that is new")                            \
  }

/* The same where the sampler can choose. */
#define MSM_DIFFUSION_PARAM_OPEN_ETA                                                                                   \
  {                                                                                                                    \
    N_("ddim-eta"), MSM_PARAM_FLOAT,                                                                                  \
        .min = 0, .max = 1, .flags = MSM_PARAM_LIVE | MSM_PARAM_AUTO,                                                  \
        .help = N_("Part of every step's noise that is new; auto is 0.85, and beside a proximal step what keeps "     \
                    "(σ falls by this factor)⁵ of the old noise")                                                      \
  }

#define MSM_DIFFUSION_PARAMS_FIRST(steps, partials)                                                                    \
  { N_("prior"), MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_SHIPPED,                                         \
    .help = N_("Prior: the name of a shipped one, a weight file, or a closed form (.h5)"), .role = MSM_ROLE_PRIOR },  \
      { N_("steps"),          MSM_PARAM_INT,  .min = 1,                                                               \
        .max = 1000,           .def = (steps), .help = N_("Diffusion steps K; divides 1000 where they are uniform"),  \
        .role = MSM_ROLE_STEPS },                                                                                      \
  {                                                                                                                    \
    N_("partials"), MSM_PARAM_INT, .min = 1, .max = 64, .def = (partials), .flags = MSM_PARAM_LIVE,                   \
                                    .help = N_("Random partial masks w of each step")                                 \
  }

#define MSM_DIFFUSION_PARAMS_SPACING                                                                                   \
  { N_("spacing"), MSM_PARAM_CHOICE, .choices = msm_diffusion_spacings, .flags = MSM_PARAM_AUTO,                      \
    .help = N_("Noise levels of the steps: uniform in time, as the paper has it, or log, equally spaced in log σ; "  \
                "auto is log for sampled k-space, the proximal step and a prior with a spectrum") },                   \
  {                                                                                                                    \
    N_("sigma-start"), MSM_PARAM_FLOAT,                                                                               \
        .min = 0.02, .max = 157, .def = 0.5, .flags = MSM_PARAM_ADVANCED | MSM_PARAM_LOG,                              \
        .help = N_("First noise level of the log spacing beside a proximal step: sampling begins with what the data " \
                    "say, and this noise")                                                                             \
  }

#define MSM_DIFFUSION_PARAMS_MASKS                                                                                     \
  { N_("masks"), MSM_PARAM_CHOICE, .choices = msm_mask_cover_names, .flags = MSM_PARAM_AUTO,                          \
    .help = N_("Pattern of the partial masks; auto is what the prior was trained with, else boxes for pictures and "  \
                "random lines for MRI") },                                                                             \
      { N_("masks-accel"),                                                                                            \
        MSM_PARAM_FLOAT,                                                                                               \
        .min = 1,                                                                                                      \
        .max = 64,                                                                                                     \
        .flags = MSM_PARAM_AUTO,                                                                                       \
        .help = N_("Nominal acceleration of the partial masks (lines); auto is the training's, else 4; for sampled "  \
                    "k-space, the proximal step and a prior with a spectrum 2") },                                     \
      { N_("masks-acs"),                                                                                              \
        MSM_PARAM_INT,                                                                                                 \
        .min = 0,                                                                                                      \
        .max = 8192,                                                                                                   \
        .flags = MSM_PARAM_AUTO,                                                                                       \
        .help = N_("Centre lines that every partial mask has; auto is the training's part of k-space, else 20, but "  \
                    "at most a sixth of all") },                                                                       \
      { N_("masks-grid"),                                                                                             \
        MSM_PARAM_INT,                                                                                                 \
        .min = 1,                                                                                                      \
        .max = 64,                                                                                                     \
        .def = 4,                                                                                                      \
        .flags = MSM_PARAM_ADVANCED,                                                                                   \
        .help = N_("Cells along each side (box)") },                                                                  \
      { N_("masks-fraction"),                                                                                         \
        MSM_PARAM_FLOAT,                                                                                               \
        .min = 0,                                                                                                      \
        .max = 0.95,                                                                                                   \
        .flags = MSM_PARAM_ADVANCED | MSM_PARAM_AUTO,                                                                  \
        .help = N_("Dropped part of the cells or pixels (box, pixels); auto is the training's, else 0.4") },          \
  {                                                                                                                    \
    N_("shared-masks"), MSM_PARAM_BOOL, .flags = MSM_PARAM_ADVANCED,                                                  \
                                         .help = N_("All samples use the same sequence of partial masks")             \
  }

#define MSM_DIFFUSION_PARAMS_LAST                                                                                      \
  { N_("renoise"), MSM_PARAM_CHOICE, .choices = msm_diffusion_renoise, .flags = MSM_PARAM_LIVE | MSM_PARAM_ADVANCED,  \
    .help = N_("The noise that stays when a mask's result is put back: the measurement's own, or that of the image, " \
                "as the paper has it, of which several coils lose a part each time") },                                \
      { N_("samples"), MSM_PARAM_INT, .min = 1,                                                                       \
        .max = 100000,  .def = 1,      .help = N_("Samples; the estimate is their mean") },                           \
      { N_("batch"),                                                                                                  \
        MSM_PARAM_INT,                                                                                                 \
        .min = 1,                                                                                                      \
        .max = 100000,                                                                                                 \
        .flags = MSM_PARAM_ADVANCED | MSM_PARAM_AUTO,                                                                  \
        .help = N_("Samples computed at once") },                                                                     \
  {                                                                                                                    \
    N_("seed"), MSM_PARAM_INT, .min = 0, .max = G_MAXINT, .def = 1,                                                   \
                                .help = N_("Seed of noise and masks: the same number gives the same pixels"),         \
                                .role = MSM_ROLE_SEED                                                                  \
  }

extern const char *const msm_diffusion_spacings[];
extern const char *const msm_diffusion_renoise[];

G_END_DECLS
