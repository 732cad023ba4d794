#include "config.h"

#include "core/sampler/diffusion-params.h"

#include <glib/gi18n-lib.h>

const char *const msm_diffusion_spacings[] = { N_("uniform"), N_("log"), NULL };

/* As MsmLikelihoodKind. */
const char *const msm_diffusion_likelihoods[] = { N_("gradient"), N_("pseudo-inverse"), N_("proximal"), NULL };
/* As MsmLikSchedule. */
const char *const msm_diffusion_lik_schedules[] = { N_("constant"), N_("falling"), N_("rising"), NULL };

/* As MsmLikPlace. */
const char *const msm_diffusion_lik_places[] = { N_("masks"), N_("estimate"), NULL };

/* As MsmRenoise. */
const char *const msm_diffusion_renoise[] = { N_("measured"), N_("image"), NULL };
