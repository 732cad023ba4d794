#include "config.h"

#include "core/sampler/sampler-diffusion.h"

#include <glib/gi18n-lib.h>

/* y = H x + e by measurement-score diffusion (docs/method.md §6): random partial masks, consistency with y. */

/* As MsmLikelihoodKind. */
static const char *const likelihoods[] = { N_("gradient"), N_("pseudo-inverse"), N_("proximal"), NULL };
static const char *const schedules[] = { N_("constant"), N_("falling"), N_("rising"), NULL };

#define LIKELIHOOD_PARAMS                                                                                              \
  { N_("lik-step"),                                                                                                   \
    MSM_PARAM_FLOAT,                                                                                                   \
    .min = 0,                                                                                                          \
    .max = 1e4,                                                                                                        \
    .def = 2,                                                                                                          \
    .flags = MSM_PARAM_LIVE,                                                                                           \
    .help = N_("Likelihood step λ, in units of 1/‖HᵀH‖ (gradient, pseudo-inverse)") },                                \
      { N_("likelihood"), MSM_PARAM_CHOICE, .choices = likelihoods, .flags = MSM_PARAM_AUTO,                          \
        .help =                                                                                                        \
            N_("How the measurement is used: gradient, a pseudo-inverse, a proximal step by CG; auto is proximal "    \
                "for sampled k-space, gradient for other operators") },                                                \
      { N_("lik-schedule"), MSM_PARAM_CHOICE, .choices = schedules, .flags = MSM_PARAM_LIVE | MSM_PARAM_ADVANCED,     \
        .help = N_("How λ changes: constant, λ √(1 − ᾱ), or λ √ᾱ") },                                                 \
      { N_("prox-weight"),                                                                                            \
        MSM_PARAM_FLOAT,                                                                                               \
        .min = 0,                                                                                                      \
        .max = 1e6,                                                                                                    \
        .def = 0.1,                                                                                                    \
        .flags = MSM_PARAM_LIVE | MSM_PARAM_ADVANCED | MSM_PARAM_LOG,                                                  \
        .help = N_("Weight of the estimate against the data (proximal)") },                                           \
  {                                                                                                                    \
    N_("prox-iterations"), MSM_PARAM_INT, .min = 1, .max = 200, .def = 10,                                            \
                                           .flags = MSM_PARAM_LIVE | MSM_PARAM_ADVANCED,                               \
                                           .help = N_("CG iterations (proximal)")                                     \
  }

/*
 * η left open falls with the size of the steps beside a proximal step (sampler-diffusion.c). With gradients it
 * is the paper's 0.85: 1 costs 2 to 3 dB of a photograph's super-resolution and deblurring.
 */
static const MsmParam params[] = {
  MSM_DIFFUSION_PARAMS_FIRST (20, 2),
  MSM_DIFFUSION_PARAM_OPEN_ETA,
  MSM_DIFFUSION_PARAMS_SPACING,
  LIKELIHOOD_PARAMS,
  MSM_DIFFUSION_PARAMS_MASKS,
  MSM_DIFFUSION_PARAMS_LAST,
  { NULL },
};

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  MsmDiffusion *self = (MsmDiffusion *) sampler;

  return msm_diffusion_open_prior (self, error) && msm_diffusion_take_size (self, error)
         && msm_diffusion_prepare (self, NULL, 0, FALSE, error);
}

const MsmSamplerClass msm_posterior_class = {
  .name = "msm",
  .title = N_("MSM posterior"),
  .help = N_("Posterior samples by measurement-score diffusion, from a prior trained on measurements"),
  .params = params,
  .instance_size = sizeof (MsmDiffusion),
  .prepare = prepare,
  .step = msm_diffusion_step,
  .outputs = msm_diffusion_outputs,
  .dispose = msm_diffusion_dispose,
  .save = msm_diffusion_save,
  .restore = msm_diffusion_restore,
  .state_scale = msm_diffusion_state_scale,
};

/* The same with S = I: what a prior of whole images would do. One mask is all of them. */

static const MsmParam oracle_params[] = {
  { N_("prior"), MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_SHIPPED,
    .help = N_("Prior of whole images: the name of a shipped one, a weight file, or a closed form (.h5)"),
    .role = MSM_ROLE_PRIOR },
  { N_("steps"), MSM_PARAM_INT, .min = 1, .max = 1000, .def = 200,
    .help = N_("Diffusion steps K; divides 1000 where they are uniform"), .role = MSM_ROLE_STEPS },
  MSM_DIFFUSION_PARAMS_SPACING,
  MSM_DIFFUSION_PARAM_OPEN_ETA,
  LIKELIHOOD_PARAMS,
  MSM_DIFFUSION_PARAMS_LAST,
  { NULL },
};

static gboolean
prepare_oracle (MsmSampler *sampler, GError **error)
{
  static const MsmMaskCoverOptions all = { .kind = MSM_MASK_COVER_FULL };
  MsmDiffusion *self = (MsmDiffusion *) sampler;

  return msm_diffusion_open_prior (self, error) && msm_diffusion_take_size (self, error)
         && msm_diffusion_prepare (self, &all, 1, FALSE, error);
}

const MsmSamplerClass msm_oracle_class = {
  .name = "oracle",
  .title = N_("Diffusion posterior, whole images"),
  .help = N_("Posterior samples by plain diffusion: the prior sees everything at once"),
  .params = oracle_params,
  .instance_size = sizeof (MsmDiffusion),
  .prepare = prepare_oracle,
  .step = msm_diffusion_step,
  .outputs = msm_diffusion_outputs,
  .dispose = msm_diffusion_dispose,
  .save = msm_diffusion_save,
  .restore = msm_diffusion_restore,
  .state_scale = msm_diffusion_state_scale,
};
