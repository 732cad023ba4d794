#include "config.h"

#include <glib/gi18n-lib.h>

#include "core/mask/mask-cover.h"
#include "core/sampler/likelihood.h"
#include "core/sampler/sampler-diffusion.h"

/* What "auto" comes to: msm_step_setup's rule, before there is a problem. */
static MsmLikelihoodKind
likelihood_kind (const MsmParams *params, gboolean is_sampling)
{
  if (!msm_params_is_auto (params, "likelihood"))
    return (MsmLikelihoodKind) msm_params_get_choice (params, "likelihood");
  return is_sampling ? MSM_LIKELIHOOD_PROXIMAL : MSM_LIKELIHOOD_GRADIENT;
}

static gboolean
is_one_of (const char *name, const char *const *names)
{
  return g_strv_contains (names, name);
}

/* Of the partial masks, where their pattern is chosen and not the prior's. */
static const char *
idle_of_masks (const MsmParams *params, const char *name)
{
  static const char *const of_lines[] = { "masks-accel", "masks-acs", NULL };
  static const char *const of_cells[] = { "masks-grid", NULL };
  static const char *const of_parts[] = { "masks-fraction", NULL };
  int kind;

  if (!msm_params_has (params, "masks") || msm_params_is_auto (params, "masks"))
    return NULL;
  kind = msm_params_get_choice (params, "masks");
  if (is_one_of (name, of_lines) && kind != MSM_MASK_COVER_RANDOM && kind != MSM_MASK_COVER_EQUISPACED)
    return N_("Only for masks of lines");
  if (is_one_of (name, of_cells) && kind != MSM_MASK_COVER_BOX)
    return N_("Only for masks of boxes");
  if (is_one_of (name, of_parts) && kind != MSM_MASK_COVER_BOX && kind != MSM_MASK_COVER_PIXELS)
    return N_("Only for masks of boxes or pixels");
  return NULL;
}

const char *
msm_diffusion_idle (const MsmParams *params, const char *name, gboolean is_sampling)
{
  static const char *const of_gradient[] = { "lik-step", "lik-schedule", NULL };
  static const char *const of_proximal[] = { "prox-weight", "prox-iterations", NULL };
  static const char *const of_several[] = { "batch", "shared-masks", NULL };

  if (msm_params_has (params, "likelihood"))
    {
      gboolean is_proximal = likelihood_kind (params, is_sampling) == MSM_LIKELIHOOD_PROXIMAL;

      if (is_proximal && is_one_of (name, of_gradient))
        return N_("Does nothing beside a proximal step: the weight of the prior counts there");
      if (!is_proximal && is_one_of (name, of_proximal))
        return N_("Only for the proximal step");
      if (!is_proximal && g_str_equal (name, "sigma-start"))
        return N_("Only for the proximal step: without it sampling begins with pure noise");
    }
  if (g_str_equal (name, "sigma-start") && msm_params_has (params, "spacing") && !msm_params_is_auto (params, "spacing")
      && msm_params_get_choice (params, "spacing") == 0)
    return N_("Only where noise levels are spaced by their logarithm");
  if (is_one_of (name, of_several) && msm_params_has (params, "samples") && msm_params_get_int (params, "samples") < 2)
    return N_("Only for several samples");
  return idle_of_masks (params, name);
}
