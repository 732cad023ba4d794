#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/phantom/coils.h"
#include "core/phantom/phantom.h"

static MsmParams *
make_params (const char *const *settings)
{
  MsmParams *params = msm_params_new (msm_phantom_params);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; settings[i] != NULL; i += 2)
    {
      msm_params_set_text (params, settings[i], settings[i + 1], &error);
      g_assert_no_error (error);
    }
  return params;
}

/* F (k) against a fine midpoint sum over the ellipse's own inside. */
static void
test_ellipse (void)
{
  const MsmEllipse ellipse = { 0.7, 0.3, 0.5, 0.1, -0.2, 25 };
  const double k[][2] = { { 0, 0 }, { 1.5, 0 }, { 0, -2 }, { 1, 2.5 } };
  const int n = 1500;
  double angle = 25 * G_PI / 180;

  for (guint i = 0; i < G_N_ELEMENTS (k); i++)
    {
      double value[2] = { 0, 0 }, sum[2] = { 0, 0 };

      msm_ellipse_kspace (&ellipse, k[i][0], k[i][1], value);
      for (int r = 0; r < n; r++)
        for (int c = 0; c < n; c++)
          {
            double y = 2 * (r + 0.5) / n - 1, x = 2 * (c + 0.5) / n - 1;
            double u = (x - 0.1) * cos (angle) + (y + 0.2) * sin (angle);
            double v = (y + 0.2) * cos (angle) - (x - 0.1) * sin (angle);

            if (u * u / 0.09 + v * v / 0.25 > 1)
              continue;
            sum[0] += cos (2 * G_PI * (k[i][0] * x + k[i][1] * y));
            sum[1] -= sin (2 * G_PI * (k[i][0] * x + k[i][1] * y));
          }
      /*
       * The staircase edge of the sum: about its length (2.6) × step (1/750)² × √(points) ≪ 1e-3.
       */
      g_assert_cmpfloat_with_epsilon (value[0], sum[0] * 0.7 * 4 / n / n, 1e-3);
      g_assert_cmpfloat_with_epsilon (value[1], sum[1] * 0.7 * 4 / n / n, 1e-3);
    }
}

/* Coils that no machine holds are refused in words before anything is written. */
static void
test_coils_too_large (void)
{
  g_autoptr (GError) error = NULL;
  float nothing = 0;

  g_assert_false (msm_coils_make (MSM_COILS_GAUSSIAN, 1 << 20, 1 << 20, 1 << 12, &nothing, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_MEMORY);
  g_assert_nonnull (strstr (error->message, "MB"));
  g_assert_cmpfloat (nothing, ==, 0);
}

static void
test_coils (void)
{
  for (int model = 0; model < 3; model++)
    {
      g_autofree float *sens = g_new (float, 2 * 6 * 20 * 24);
      double first = 0, last = 0;

      g_assert_true (msm_coils_make (model, 6, 20, 24, sens, NULL));
      for (int i = 0; i < 20 * 24; i++)
        {
          double power = 0;

          for (int c = 0; c < 6; c++)
            power += pow (hypot (sens[2 * (c * 480 + i)], sens[2 * (c * 480 + i) + 1]), 2);
          /* float32 rounding of 12 squares. */
          g_assert_cmpfloat_with_epsilon (power, 1, 1e-6);
        }
      /* Coil 0 sits at x = +: it sees the right edge better, unless all see alike. */
      first = hypot (sens[2 * 240], sens[2 * 240 + 1]);
      last = hypot (sens[2 * 263], sens[2 * 263 + 1]);
      if (model == MSM_COILS_UNIFORM)
        g_assert_cmpfloat (first, ==, last);
      else
        g_assert_cmpfloat (last, >, 2 * first);
    }
}

/*
 * One uniform coil, no noise: k-space is the analytic one, and the middle of the head has the known
 * value.
 */
static void
test_analytic (void)
{
  const char *const settings[] = { "rows", "128", "columns", "96", "coils", "1", "coil-model", "uniform", NULL };
  g_autoptr (MsmParams) params = make_params (settings);
  g_autoptr (MsmTensor) kspace = NULL, image = NULL;
  g_autoptr (GError) error = NULL;
  const float *z, *x;
  double total = G_PI
                 * (0.69 * 0.92 - 0.8 * 0.6624 * 0.874 - 0.2 * (0.11 * 0.31 + 0.16 * 0.41)
                    + 0.1 * (0.21 * 0.25 + 2 * 0.046 * 0.046 + 2 * 0.046 * 0.023 + 0.023 * 0.023));

  msm_phantom_kspace (params, &kspace, NULL, &image, &error);
  g_assert_no_error (error);
  z = msm_tensor_const_host (kspace) + 2 * (64 * 96 + 48);
  x = msm_tensor_const_host (image) + 2 * (78 * 96 + 48);
  /* float32 through two transforms. */
  g_assert_cmpfloat_with_epsilon (z[0], sqrt (128 * 96) / 4 * total, 1e-3);
  g_assert_cmpfloat_with_epsilon (z[1], 0, 1e-3);
  /* At (0, 0.22): 1 − 0.8, outside the others; truncation ringing is below 0.03 there. */
  g_assert_cmpfloat_with_epsilon (x[0], 0.2, 0.03);
}

static MsmTensor *
acquire (const char *noise, const char *seed, MsmTensor **sens, MsmTensor **image)
{
  const char *const settings[] = { "object", "discs", "rows",  "64",  "columns", "48", "coils", "5",
                                   "phase",  "1.5",   "noise", noise, "seed",    seed, NULL };
  g_autoptr (MsmParams) params = make_params (settings);
  g_autoptr (GError) error = NULL;
  MsmTensor *kspace = NULL;

  msm_phantom_kspace (params, &kspace, sens, image, &error);
  g_assert_no_error (error);
  return kspace;
}

/*
 * Without noise Σ_c conj (C_c) F⁻¹ z_c = x; with it the difference has the standard deviation asked
 * for.
 */
static void
test_acquisition (void)
{
  MsmDevice *host = msm_device_host ();
  const MsmDeviceOps *ops = msm_device_ops (host);
  MsmDeviceState *state = msm_device_state (host);
  g_autoptr (MsmTensor) sens = NULL, image = NULL, again = NULL, other = NULL;
  g_autoptr (MsmTensor) clean = acquire ("0", "4", &sens, &image), noisy = acquire ("0.05", "4", NULL, NULL);
  MsmFftPlan *plan = ops->fourier->plan_new (state, 5, 64, 48);
  gsize n = msm_tensor_size (clean);
  g_autofree float *back = g_new (float, 2 * 64 * 48);
  const float *a = msm_tensor_const_host (clean), *b = msm_tensor_const_host (noisy);
  double power = 0, highest = 0, mean = 0;

  for (gsize i = 0; i < 2 * n; i++)
    {
      mean += (double) b[i] - a[i];
      power += ((double) b[i] - a[i]) * ((double) b[i] - a[i]);
    }
  for (gsize i = 0; i < 64 * 48; i++)
    highest = MAX (highest, hypot (msm_tensor_const_host (image)[2 * i], msm_tensor_const_host (image)[2 * i + 1]));
  /* 30720 numbers: the estimate of σ has a relative error of 1/√(2n) = 0.4 %. */
  g_assert_cmpfloat_with_epsilon (sqrt (power / (2 * n)) / highest, 0.05, 0.05 * 0.02);
  g_assert_cmpfloat_with_epsilon (mean / (2 * n), 0, 5 * 0.05 * highest / sqrt (2 * n));

  again = acquire ("0.05", "4", NULL, NULL);
  other = acquire ("0.05", "5", NULL, NULL);
  g_assert_cmpmem (b, 8 * n, msm_tensor_const_host (again), 8 * n);
  g_assert_cmpfloat (b[7], !=, msm_tensor_const_host (other)[7]);

  ops->fourier->execute (state, plan, msm_tensor_host (clean), a, 1);
  ops->vector->coil_combine (state, back, msm_tensor_const_host (sens), a, 1, 1, 5, 64 * 48);
  ops->fourier->plan_free (state, plan);
  for (gsize i = 0; i < 2 * 64 * 48; i++)
    g_assert_cmpfloat_with_epsilon (back[i], msm_tensor_const_host (image)[i], 1e-5);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/phantom/ellipse", test_ellipse);
  g_test_add_func ("/phantom/coils", test_coils);
  g_test_add_func ("/phantom/coils-too-large", test_coils_too_large);
  g_test_add_func ("/phantom/analytic", test_analytic);
  g_test_add_func ("/phantom/acquisition", test_acquisition);
  return g_test_run ();
}
