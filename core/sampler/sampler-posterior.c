#include "config.h"

#include "core/sampler/msm-step.h"
#include "core/sampler/sampler-diffusion.h"

#include <glib/gi18n-lib.h>

/* y = H x + e by measurement-score diffusion (docs/method.md §6): random partial masks, consistency with y. */

/*
 * η left open falls with the size of the steps beside a proximal step (msm-step-params.c). With gradients it
 * is the paper's 0.85: 1 costs 2 to 3 dB of a photograph's super-resolution and deblurring.
 */
static const MsmParam params[] = {
  MSM_DIFFUSION_PARAMS_FIRST (20, 2), MSM_DIFFUSION_PARAM_UPDATE,
  MSM_DIFFUSION_PARAM_OPEN_ETA,       MSM_DIFFUSION_PARAMS_SPACING,
  MSM_DIFFUSION_PARAMS_LIKELIHOOD,    MSM_DIFFUSION_PARAMS_MASKS,
  MSM_DIFFUSION_PARAMS_LAST,          { NULL },
};

const MsmSamplerClass msm_posterior_class = {
  .name = "msm",
  .title = N_("MSM posterior"),
  .help = N_("Posterior samples by measurement-score diffusion, from a prior trained on measurements"),
  .params = params,
  MSM_DIFFUSION_CLASS,
  .prepare = msm_diffusion_prepare_posterior,
  .diffusion = &msm_step_class,
};

/* The same with S = I: what a prior of whole images would do. One mask is all of them. */

static const MsmParam oracle_params[] = {
  { "prior", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_SHIPPED,
    .help = N_("Prior of whole images: the name of a shipped one, a weight file, or a closed form (.h5)"),
    .role = MSM_ROLE_PRIOR, .title = N_("Prior") },
  { "steps", MSM_PARAM_INT, .min = 1, .max = 1000, .def = 200,
    .help = N_("Diffusion steps K; divides 1000 where they are uniform"), .role = MSM_ROLE_STEPS,
    .title = N_("Quality: steps K") },
  MSM_DIFFUSION_PARAMS_SPACING,
  MSM_DIFFUSION_PARAM_UPDATE,
  MSM_DIFFUSION_PARAM_OPEN_ETA,
  MSM_DIFFUSION_PARAMS_LIKELIHOOD,
  MSM_DIFFUSION_PARAMS_LAST,
  { NULL },
};

const MsmSamplerClass msm_oracle_class = {
  .name = "oracle",
  .title = N_("Diffusion posterior, whole images"),
  .help = N_("Posterior samples by plain diffusion: the prior sees everything at once"),
  .params = oracle_params,
  MSM_DIFFUSION_CLASS,
  .prepare = msm_diffusion_prepare_posterior,
  .diffusion = &msm_step_class,
};
