#include "config.h"

#include "core/method/method.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/baseline/baseline.h"
#include "core/method/msm-wavelet.h"
#include "core/sampler/sampler-diffusion.h"

static const MsmSamplerClass *const classes[] = {
  &msm_zero_filled_class,   &msm_rss_class,    &msm_cg_sense_class,
  &msm_l1_wavelet_class,    &msm_tv_class,     &msm_posterior_class,
  &msm_wavelet_prior_class, &msm_oracle_class, NULL,
};

static const MsmSamplerClass *const generators[] = { &msm_uncond_class, NULL };

/* Every method that reconstructs, in the order in which menus show them; ended by NULL. */
const MsmSamplerClass *const *
msm_sampler_classes (void)
{
  return classes;
}

/* Those that draw from a prior alone. */
const MsmSamplerClass *const *
msm_sampler_generators (void)
{
  return generators;
}

/**
 * msm_sampler_class_find:
 * @name: as in the class, "cg-sense"
 *
 * Returns: the class, or %NULL with MSM_ERROR_VALUE: the message lists the names there are
 */
const MsmSamplerClass *
msm_sampler_class_find (const char *name, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (gsize i = 0; classes[i] != NULL; i++)
    {
      if (g_strcmp0 (classes[i]->name, name) == 0)
        return classes[i];
      g_string_append_printf (names, "%s%s", i == 0 ? "" : ", ", classes[i]->name);
    }
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("unknown method ‘%s’, expected one of: %s"),
               name == NULL ? "" : name, names->str);
  return NULL;
}
