#include "config.h"

#include <math.h>

#include "tests/statistics/sampling-case.h"

/*
 * The proof of the sampler (docs/method.md §6): moments of many samples against the matrix recursion. The bound of
 * 5 standard scores is far out in the χ² distributions that the scores have when the sampler is right (they are
 * slightly skew: about 1 in 1e5), and planted errors give scores of hundreds.
 */
#define N_SAMPLES 2000
#define BOUND     5.0

#define LINES(r, a)                                                                                                    \
  {                                                                                                                    \
    .kind = MSM_MASK_COVER_RANDOM, .accel = (r), .acs = (a)                                                            \
  }
#define BOXES                                                                                                          \
  {                                                                                                                    \
    .kind = MSM_MASK_COVER_BOX, .grid = 3, .fraction = 0.4                                                             \
  }
#define PIXELS                                                                                                         \
  {                                                                                                                    \
    .kind = MSM_MASK_COVER_PIXELS, .fraction = 0.4                                                                     \
  }
#define ALL                                                                                                            \
  {                                                                                                                    \
    .kind = MSM_MASK_COVER_FULL                                                                                        \
  }

static const Case cases[] = {
  { "all-generation", CASE_PICTURE, CASE_FREE, ALL, 10, 1, 1, 0, MSM_UPDATE_DDIM, FALSE, 1 },
  { "boxes-generation", CASE_PICTURE, CASE_FREE, BOXES, 40, 3, 1, 0, MSM_UPDATE_DDIM, FALSE, 1 },
  { "lines-generation", CASE_PICTURE, CASE_FREE, LINES (3, 1), 20, 1, 0.7, 0, MSM_UPDATE_DDIM, FALSE, 1 },
  { "mri-generation", CASE_MRI, CASE_FREE, LINES (2, 1), 10, 2, 1, 0, MSM_UPDATE_DDIM, FALSE, 1 },
  { "mri-generation-image", CASE_MRI, CASE_FREE, LINES (2, 1), 10, 2, 1, 0, MSM_UPDATE_DDIM, TRUE, 1 },
  { "cs-mri-image", CASE_MRI, CASE_SAMPLING, LINES (2, 1), 20, 3, 0.85, 0.7, MSM_UPDATE_MIXED, TRUE, 1 },
  { "cs-mri", CASE_MRI, CASE_SAMPLING, LINES (2, 1), 20, 3, 0.85, 0.7, MSM_UPDATE_MIXED, FALSE, 1 },
  { "cs-mri-reflected", CASE_MRI, CASE_SAMPLING, LINES (2, 1), 10, 2, 0.85, 2, MSM_UPDATE_MIXED, FALSE, 1 },
  { "inpainting", CASE_PICTURE, CASE_BOX, BOXES, 10, 2, 0.85, 1, MSM_UPDATE_MIXED, FALSE, 1 },
  { "inpainting-all", CASE_PICTURE, CASE_BOX, ALL, 10, 1, 0.5, 0.6, MSM_UPDATE_MIXED, FALSE, 1 },
  { "blur", CASE_PICTURE, CASE_BLUR, PIXELS, 10, 2, 0.85, 1.5, MSM_UPDATE_MIXED, FALSE, 1 },
  { "proximal", CASE_PICTURE, CASE_PROXIMAL, PIXELS, 10, 2, 0.85, 0, MSM_UPDATE_MIXED, FALSE, 1 },
  { "exponential-all", CASE_PICTURE, CASE_FREE, ALL, 20, 1, 1, 0, MSM_UPDATE_EXPONENTIAL, FALSE, 1 },
  { "exponential-boxes", CASE_PICTURE, CASE_FREE, BOXES, 20, 2, 0.7, 0, MSM_UPDATE_EXPONENTIAL, FALSE, 1 },
  { "exponential-cs-mri", CASE_MRI, CASE_SAMPLING, LINES (2, 1), 10, 3, 1, 0.7, MSM_UPDATE_EXPONENTIAL, FALSE, 1 },
  { "cs-mri-after", CASE_MRI, CASE_AFTER, LINES (2, 1), 20, 2, 0.85, 0.7, MSM_UPDATE_MIXED, TRUE, 1 },
  { "exponential-proximal", CASE_PICTURE, CASE_PROXIMAL, PIXELS, 10, 1, 1, 0, MSM_UPDATE_EXPONENTIAL, FALSE, 1 },
};

/* A case and its samples after half of the steps and after all; drawn once. */
typedef struct
{
  gboolean is_drawn;
  Built built;
  float *samples[2];
} Drawn;

static Drawn drawn[G_N_ELEMENTS (cases)];

static int
steps_of (const Case *which, int end)
{
  return end == 0 ? which->n_steps / 2 : which->n_steps;
}

static void
scores (gsize index, MsmPlanted planted, int end, double *mean, double *cov)
{
  const Case *which = &cases[index];
  Drawn *self = &drawn[index];
  g_autoptr (MsmMoments) expected = NULL;

  if (!self->is_drawn)
    {
      case_build (which, N_SAMPLES, &self->built);
      for (int i = 0; i < 2; i++)
        self->samples[i] = case_sample (&self->built, steps_of (which, i), FALSE);
      self->is_drawn = TRUE;
    }
  self->built.moments.planted = planted;
  expected = msm_moments_run (&self->built.moments, steps_of (which, end), NULL);
  g_assert_nonnull (expected);
  msm_moments_compare (self->samples[end], N_SAMPLES, expected->m, expected->z_mean, expected->z_cov, mean, cov);
  g_test_message ("%s, %d steps, planted %s: mean %.2f, covariance %.2f", which->name, steps_of (which, end),
                  msm_planted_name (planted), *mean, *cov);
}

/* Half way, where the re-noising shows, and at the end. */
static void
test_case (gconstpointer data)
{
  for (int end = 0; end < 2; end++)
    {
      double mean, cov;

      scores (GPOINTER_TO_SIZE (data), MSM_PLANTED_NONE, end, &mean, &cov);
      g_assert_cmpfloat (fabs (mean), <, BOUND);
      g_assert_cmpfloat (fabs (cov), <, BOUND);
    }
}

static const struct
{
  MsmPlanted planted;
  const char *name; /* of the case that must notice */
} errors[] = {
  { MSM_PLANTED_WEIGHT, "boxes-generation" },
  { MSM_PLANTED_KAPPA, "boxes-generation" },
  { MSM_PLANTED_ETA, "cs-mri" },
  { MSM_PLANTED_LAMBDA, "cs-mri" },
  { MSM_PLANTED_LAMBDA, "blur" },
  { MSM_PLANTED_ORDER, "cs-mri" },
  { MSM_PLANTED_ORDER, "inpainting" },
  { MSM_PLANTED_REPLACE, "mri-generation" },
  { MSM_PLANTED_KEPT, "lines-generation" },
  { MSM_PLANTED_INDEX, "all-generation" },
  { MSM_PLANTED_WEIGHT, "cs-mri" },
  { MSM_PLANTED_KAPPA, "cs-mri" },
  { MSM_PLANTED_ETA, "inpainting" },
  { MSM_PLANTED_KEPT, "inpainting" },
  { MSM_PLANTED_LAMBDA, "cs-mri-after" },
  { MSM_PLANTED_ORDER, "cs-mri-after" },
  { MSM_PLANTED_LATEST, "exponential-all" },
  { MSM_PLANTED_LATEST, "exponential-proximal" },
  { MSM_PLANTED_WEIGHT, "exponential-boxes" },
  { MSM_PLANTED_INDEX, "exponential-cs-mri" },
};

/* The same samples against a recursion with one error in it: the comparison must fail, by far. */
static void
test_planted (gconstpointer data)
{
  gsize index = GPOINTER_TO_SIZE (data);
  double largest = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int end = 0; end < 2 && g_str_equal (cases[i].name, errors[index].name); end++)
      {
        double mean, cov;

        scores (i, errors[index].planted, end, &mean, &cov);
        largest = MAX (largest, MAX (fabs (mean), fabs (cov)));
      }
  g_assert_cmpfloat (largest, >, 2 * BOUND);
}

/* Mean SD of the image Tᵀ ẑ over that of the prior, by the recursion. */
static double
image_sd (const Case *which)
{
  g_auto (Built) built = { 0 };
  g_autoptr (MsmMoments) moments = NULL;
  gsize m, n;
  double sum = 0, prior = 0;

  case_build (which, 1, &built);
  moments = msm_moments_run (&built.moments, which->n_steps, NULL);
  g_assert_nonnull (moments);
  m = built.moments.m;
  n = built.moments.n;
  for (gsize j = 0; j < n; j++)
    {
      double variance = 0;

      for (gsize a = 0; a < m; a++)
        for (gsize b = 0; b < m; b++)
          variance += built.t[a * n + j] * moments->hat_cov[a * m + b] * built.t[b * n + j];
      sum += sqrt (variance);
      prior += sqrt (built.cov[j * n + j]);
    }
  return sum / prior;
}

/* With several coils, noise put back by way of the image dies out where it is not renewed; its own does not. */
static void
test_noise_stays (void)
{
  Case which = { "coils", CASE_MRI, CASE_FREE, LINES (2, 1), 40, 1, 0.3, 0, MSM_UPDATE_DDIM, FALSE, 1 };
  double own = image_sd (&which), image;

  which.image_noise = TRUE;
  image = image_sd (&which);
  g_test_message ("SD over the prior's: own noise %.3f, the image's %.3f", own, image);
  /* Partial masks keep 0.81 to 0.84 of a picture's SD too (docs/method.md §6). */
  g_assert_cmpfloat (own, >, 0.78);
  g_assert_cmpfloat (image, <, 0.65);
}

/* SD of samples over the prior's, variance @variance, S = I, by the recursion. */
static double
spread (MsmMomentsRule rule, int n_steps, double variance, gboolean log_spacing)
{
  g_autofree float *masks = g_new (float, n_steps);
  g_autofree double *levels = g_new (double, n_steps);
  MsmMomentsProblem problem = { .m = 1,
                                .n = 1,
                                .mean = &(double){ 0 },
                                .cov = &variance,
                                .n_steps = n_steps,
                                .n_partials = 1,
                                .ddim_eta = 1,
                                .rule = rule,
                                .keeps_state = TRUE,
                                .masks = masks };
  g_autoptr (MsmMoments) moments = NULL;
  MsmSchedule schedule;

  for (int i = 0; i < n_steps; i++)
    masks[i] = 1;
  if (log_spacing)
    {
      g_assert_true (msm_schedule_init_log (&schedule, n_steps, G_MAXDOUBLE, NULL));
      for (int i = 0; i < n_steps; i++)
        levels[i] = msm_schedule_alpha_bar_kept (&schedule, i);
      problem.levels = levels;
    }
  moments = msm_moments_run (&problem, n_steps, NULL);
  g_assert_nonnull (moments);
  return sqrt (moments->z_cov[0] / variance);
}

/* Few steps of first order make samples that differ too little; those of second order do not, nor too much. */
static void
test_spread (void)
{
  for (int spacing = 0; spacing < 2; spacing++)
    {
      double few = spread (MSM_MOMENTS_EXPONENTIAL, 20, 1, spacing),
             more = spread (MSM_MOMENTS_EXPONENTIAL, 50, 1, spacing);

      g_test_message ("SD over the prior's, %s: first order %.3f and %.3f, second %.3f and %.3f with 20 and 50 steps",
                      spacing ? "log" : "uniform", spread (MSM_MOMENTS_DDIM, 20, 1, spacing),
                      spread (MSM_MOMENTS_DDIM, 50, 1, spacing), few, more);
      g_assert_cmpfloat (few, >, 0.93);
      g_assert_cmpfloat (few, <, 1.04);
      g_assert_cmpfloat (more, >, 0.97);
      g_assert_cmpfloat (more, <, 1.01);
      g_assert_cmpfloat (spread (MSM_MOMENTS_DDIM, 50, 1, spacing), <, 0.93);
    }
  /* A narrower prior, as pixels are: the levels must be where its spread is decided. */
  g_assert_cmpfloat (fabs (spread (MSM_MOMENTS_EXPONENTIAL, 20, 0.04, TRUE) - 1), <, 0.04);
  g_assert_cmpfloat (fabs (spread (MSM_MOMENTS_EXPONENTIAL, 50, 0.04, TRUE) - 1), <, 0.01);
}

/* How far samples will be from other moments is foretold: within what chance makes of the score. */
static void
test_expected (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    if (g_str_equal (cases[i].name, "boxes-generation"))
      {
        g_autoptr (MsmMoments) own = NULL, other = NULL;
        double mean, cov, expected_mean, expected_cov;

        scores (i, MSM_PLANTED_WEIGHT, 1, &mean, &cov);
        other = msm_moments_run (&drawn[i].built.moments, cases[i].n_steps, NULL);
        drawn[i].built.moments.planted = MSM_PLANTED_NONE;
        own = msm_moments_run (&drawn[i].built.moments, cases[i].n_steps, NULL);
        msm_moments_expect (N_SAMPLES, own->m, own->z_mean, own->z_cov, other->z_mean, other->z_cov, &expected_mean,
                            &expected_cov);
        g_test_message ("mean %.1f, expected %.1f; covariance %.1f, expected %.1f", mean, expected_mean, cov,
                        expected_cov);
        g_assert_cmpfloat (fabs (mean / expected_mean - 1), <, 0.1);
        g_assert_cmpfloat (fabs (cov / expected_cov - 1), <, 0.1);
        msm_moments_expect (N_SAMPLES, own->m, own->z_mean, own->z_cov, own->z_mean, own->z_cov, &mean, &cov);
        g_assert_cmpfloat (fabs (mean), <, 1e-6);
        g_assert_cmpfloat (fabs (cov), <, 1e-6);
      }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  msm_device_set_threads (1); /* the arrays are small */
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/recursion/%s", cases[i].name);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_case);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_autofree char *path = g_strdup_printf ("/planted/%s/%s", msm_planted_name (errors[i].planted), errors[i].name);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_planted);
    }
  g_test_add_func ("/coils/noise-stays", test_noise_stays);
  g_test_add_func ("/spread", test_spread);
  g_test_add_func ("/expected", test_expected);
  status = g_test_run ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    if (drawn[i].is_drawn)
      {
        built_clear (&drawn[i].built);
        g_free (drawn[i].samples[0]);
        g_free (drawn[i].samples[1]);
      }
  return status;
}
