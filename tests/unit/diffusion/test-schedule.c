#include "config.h"

#include <math.h>

#include "core/base/error.h"
#include "core/diffusion/schedule.h"

static void
test_values (void)
{
  MsmSchedule schedule;

  g_assert_true (msm_schedule_init (&schedule, 200, NULL));
  /* β₀ = 1e-4, so ᾱ₀ = 0.9999; ᾱ₉₉₉ is 4.0358e-5 (guided diffusion's linear schedule) and σ₉₉₉ 157.4. */
  g_assert_cmpfloat_with_epsilon (schedule.alpha_bar[0], 0.9999, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule.alpha_bar[999], 4.0358e-5, 1e-8);
  g_assert_cmpfloat_with_epsilon (msm_schedule_sigma (&schedule, 999), 157.4, 0.05);
  g_assert_cmpint (msm_schedule_index (&schedule, 0), ==, 0);
  g_assert_cmpint (msm_schedule_index (&schedule, 199), ==, 995);
  g_assert_cmpfloat (msm_schedule_alpha_bar_kept (&schedule, -1), ==, 1);
  g_assert_cmpfloat (msm_schedule_alpha_bar_kept (&schedule, 3), ==, schedule.alpha_bar[15]);
  g_assert_cmpfloat (msm_schedule_alpha_bar_kept (&schedule, 200), ==, 0);
}

static void
test_inverse (void)
{
  MsmSchedule schedule;

  g_assert_true (msm_schedule_init (&schedule, 1000, NULL));
  for (double t = 0; t <= 999; t += 0.37)
    {
      double sigma = msm_schedule_sigma (&schedule, t);
      double alpha = msm_schedule_alpha_bar (&schedule, t);

      g_assert_cmpfloat_with_epsilon (msm_schedule_step_of (&schedule, sigma), t, 1e-6);
      g_assert_cmpfloat_with_epsilon ((1 - alpha) / alpha / (sigma * sigma), 1, 1e-9);
    }
  for (int t = 0; t < 1000; t += 111)
    g_assert_cmpfloat (msm_schedule_alpha_bar (&schedule, t), ==, schedule.alpha_bar[t]);
  g_assert_cmpfloat (msm_schedule_step_of (&schedule, 0), ==, 0);
  g_assert_cmpfloat (msm_schedule_step_of (&schedule, NAN), ==, 0);
  g_assert_cmpfloat (msm_schedule_step_of (&schedule, 1e9), ==, 999);
}

/* K levels, equally spaced in log σ, from the schedule's least to the one asked for. */
static void
test_log (void)
{
  MsmSchedule schedule;

  g_assert_true (msm_schedule_init_log (&schedule, 30, 0.5, NULL));
  g_assert_cmpfloat (msm_schedule_index (&schedule, 0), ==, 0);
  g_assert_cmpfloat_with_epsilon (msm_schedule_sigma (&schedule, msm_schedule_index (&schedule, 29)), 0.5, 1e-9);
  for (int k = 1; k < 30; k++)
    {
      double ratio = msm_schedule_sigma (&schedule, msm_schedule_index (&schedule, k))
                     / msm_schedule_sigma (&schedule, msm_schedule_index (&schedule, k - 1));

      g_assert_cmpfloat_with_epsilon (29 * log (ratio), log (0.5 / msm_schedule_sigma (&schedule, 0)), 1e-9);
    }
  g_assert_cmpfloat_with_epsilon (msm_schedule_alpha_bar_kept (&schedule, 29), 0.8, 1e-9);
  g_assert_cmpfloat (msm_schedule_alpha_bar_kept (&schedule, -1), ==, 1);
  g_assert_cmpfloat (msm_schedule_alpha_bar_kept (&schedule, 30), ==, 0);

  g_assert_true (msm_schedule_init_log (&schedule, 7, 1e9, NULL)); /* all of it */
  g_assert_cmpfloat (msm_schedule_index (&schedule, 6), ==, 999);
  g_assert_true (msm_schedule_init_log (&schedule, 1, 0.5, NULL));
  g_assert_cmpfloat_with_epsilon (msm_schedule_sigma (&schedule, msm_schedule_index (&schedule, 0)), 0.5, 1e-9);
  g_assert_false (msm_schedule_init_log (&schedule, 0, 0.5, NULL));
  g_assert_false (msm_schedule_init_log (&schedule, 5, 0, NULL));
}

static void
test_bad_steps (void)
{
  static const int bad[] = { -3, 0, 300, 1001 };
  MsmSchedule schedule;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (msm_schedule_init (&schedule, bad[i], &error));
      g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
      if (bad[i] == 300)
        g_assert_nonnull (g_strstr_len (error->message, -1, "250 and 500"));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diffusion/schedule/values", test_values);
  g_test_add_func ("/diffusion/schedule/inverse", test_inverse);
  g_test_add_func ("/diffusion/schedule/log", test_log);
  g_test_add_func ("/diffusion/schedule/bad-steps", test_bad_steps);
  return g_test_run ();
}
