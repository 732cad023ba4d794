#include "config.h"

#include "core/linop/operator.h"
#include "core/mask/mask-pattern.h"
#include "core/method/method.h"
#include "core/sampler/sampler-diffusion.h"

static gboolean
is_idle (const MsmParams *params, const char *name, gboolean is_sampling)
{
  return msm_posterior_class.idle (params, name, is_sampling) != NULL;
}

/* The weight that counts is the one of the step that is taken: notices the two confused, and "auto" taken for one. */
static void
test_likelihood (void)
{
  g_autoptr (MsmParams) params = msm_params_new (msm_posterior_class.params);

  g_assert_true (is_idle (params, "lik-step", TRUE));
  g_assert_false (is_idle (params, "prox-weight", TRUE));
  g_assert_false (is_idle (params, "lik-step", FALSE));
  g_assert_true (is_idle (params, "prox-weight", FALSE));
  msm_params_set_text (params, "likelihood", "gradient", NULL);
  g_assert_false (is_idle (params, "lik-step", TRUE));
  g_assert_true (is_idle (params, "prox-iterations", TRUE));
  g_assert_true (is_idle (params, "sigma-start", TRUE));
  msm_params_set_text (params, "likelihood", "proximal", NULL);
  g_assert_true (is_idle (params, "lik-schedule", FALSE));
  g_assert_false (is_idle (params, "sigma-start", FALSE));
  msm_params_set_text (params, "spacing", "uniform", NULL);
  g_assert_true (is_idle (params, "sigma-start", FALSE));
}

static void
test_masks (void)
{
  g_autoptr (MsmParams) params = msm_params_new (msm_posterior_class.params);

  /* Left open, the prior says which: nothing is certain. */
  g_assert_false (is_idle (params, "masks-accel", TRUE));
  g_assert_false (is_idle (params, "masks-grid", TRUE));
  msm_params_set_text (params, "masks", "pixels", NULL);
  g_assert_true (is_idle (params, "masks-accel", TRUE));
  g_assert_true (is_idle (params, "masks-grid", TRUE));
  g_assert_false (is_idle (params, "masks-fraction", TRUE));
  msm_params_set_text (params, "masks", "equispaced", NULL);
  g_assert_false (is_idle (params, "masks-acs", TRUE));
  g_assert_true (is_idle (params, "masks-fraction", TRUE));
}

static void
test_samples (void)
{
  g_autoptr (MsmParams) params = msm_params_new (msm_posterior_class.params);

  g_assert_true (is_idle (params, "batch", TRUE));
  g_assert_false (is_idle (params, "seed", TRUE));
  msm_params_set_number (params, "samples", 2, NULL);
  g_assert_false (is_idle (params, "batch", TRUE));
}

static void
check_titles (const MsmParam *table)
{
  for (const MsmParam *param = table; param != NULL && param->name != NULL; param++)
    {
      g_autofree char *title = msm_param_title (param);

      if (param->title == NULL)
        g_error ("%s has no title", param->name);
      g_assert_cmpstr (title, !=, param->name);
      g_assert_true (g_unichar_isupper (g_utf8_get_char (title)));
    }
}

/* Whatever the window makes rows of has words for people: notices a new parameter that has only its flag's name. */
static void
test_titles (void)
{
  for (const MsmSamplerClass *const *method = msm_sampler_classes (); *method != NULL; method++)
    check_titles ((*method)->params);
  for (const MsmOperatorClass *const *operator_class = msm_operator_classes (); *operator_class != NULL;
       operator_class++)
    check_titles ((*operator_class)->params);
  for (const MsmMaskPattern *pattern = msm_mask_patterns (); pattern->name != NULL; pattern++)
    check_titles (pattern->params);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/idle/likelihood", test_likelihood);
  g_test_add_func ("/idle/masks", test_masks);
  g_test_add_func ("/idle/samples", test_samples);
  g_test_add_func ("/params/titles", test_titles);
  return g_test_run ();
}
