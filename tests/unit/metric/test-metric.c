#include "config.h"

#include <math.h>

#include "core/metric/metric.h"
#include "core/metric/ssim.h"

#define N_ROWS    48
#define N_COLUMNS 40

/* See test_known_values(). */
#define EXPECT_PSNR    26.986474570
#define EXPECT_SSIM    0.954049593
#define EXPECT_NMSE    0.005039044322
#define EXPECT_PSNR_MM 27.989800952
#define EXPECT_SSIM_MM 0.953320678

/* Smooth closed forms, so that any program can make the same arrays. */
static void
make_pair (float *image, float *reference)
{
  for (int r = 0; r < N_ROWS; r++)
    for (int c = 0; c < N_COLUMNS; c++)
      {
        double v = 0.6 + 0.3 * sin (0.21 * r) * cos (0.17 * c) + 0.1 * sin (0.9 * r + 0.4 * c);

        reference[r * N_COLUMNS + c] = (float) v;
        image[r * N_COLUMNS + c] = (float) (0.93 * v + 0.04 * sin (1.7 * r - 1.1 * c) + 0.01);
      }
}

/*
 * Expected: scikit-image, in float64 on the same float32 values:
 *   peak_signal_noise_ratio (ref, img, data_range = ref.max ()), structural_similarity (the same,
 *   defaults), NMSE = |img − ref|² / |ref|²; and the first two on min–max normalised images with
 *   data_range 1.
 * Tolerance 1e-5 relative: libm's last digits, and float32 normalisation, are ≈ 1e-7.
 */
static void
test_known_values (void)
{
  g_autofree float *image = g_new (float, N_ROWS *N_COLUMNS);
  g_autofree float *reference = g_new (float, N_ROWS *N_COLUMNS);
  MsmMetrics m;

  make_pair (image, reference);
  g_assert_true (msm_metrics_compute (image, reference, NULL, 1, N_ROWS, N_COLUMNS, &m, NULL));
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&m, "psnr"), EXPECT_PSNR, 1e-4);
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&m, "ssim"), EXPECT_SSIM, 1e-5);
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&m, "nmse"), EXPECT_NMSE, 1e-7);
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&m, "nrmse"), sqrt (msm_metrics_get (&m, "nmse")), 1e-12);
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&m, "psnr_minmax"), EXPECT_PSNR_MM, 1e-4);
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&m, "ssim_minmax"), EXPECT_SSIM_MM, 1e-5);
}

static void
test_equal (void)
{
  g_autofree float *image = g_new (float, N_ROWS *N_COLUMNS);
  g_autofree float *reference = g_new (float, N_ROWS *N_COLUMNS);
  MsmMetrics m;

  make_pair (image, reference);
  g_assert_true (msm_metrics_compute (reference, reference, NULL, 1, N_ROWS, N_COLUMNS, &m, NULL));
  g_assert_true (isinf (msm_metrics_get (&m, "psnr")));
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&m, "ssim"), 1, 1e-12);
  g_assert_cmpfloat (msm_metrics_get (&m, "nmse"), ==, 0);
}

/* A scaled image is perfect in the min–max convention and not in fastMRI's: why both are shown. */
static void
test_scale (void)
{
  g_autofree float *image = g_new (float, N_ROWS *N_COLUMNS);
  g_autofree float *reference = g_new (float, N_ROWS *N_COLUMNS);
  MsmMetrics m;

  make_pair (image, reference);
  for (int i = 0; i < N_ROWS * N_COLUMNS; i++)
    image[i] = 2 * reference[i];
  g_assert_true (msm_metrics_compute (image, reference, NULL, 1, N_ROWS, N_COLUMNS, &m, NULL));
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&m, "nmse"), 1, 1e-9);
  g_assert_cmpfloat (msm_metrics_get (&m, "psnr"), <, 10);
  g_assert_cmpfloat (msm_metrics_get (&m, "psnr_minmax"), >, 100);
  g_assert_cmpfloat (msm_metrics_get (&m, "ssim_minmax"), >, 0.999999);
}

/*
 * Errors outside the region do not count; PSNR by hand: L = 2, error 0.2 everywhere inside → 20 dB.
 */
static void
test_roi (void)
{
  g_autofree float *image = g_new0 (float, 256);
  g_autofree float *reference = g_new0 (float, 256);
  g_autofree guint8 *roi = g_new0 (guint8, 256);
  MsmMetrics m;

  for (int i = 0; i < 256; i++)
    {
      roi[i] = i % 16 < 8;
      reference[i] = 2;
      image[i] = roi[i] ? 2.2f : 50;
    }
  g_assert_true (msm_metrics_compute (image, reference, roi, 1, 16, 16, &m, NULL));
  /* 2.2f is 2.2 to 5e-8. */
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&m, "psnr"), 20, 1e-5);
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&m, "nmse"), 0.01, 1e-7);
}

static void
test_degenerate (void)
{
  const float zeros[64] = { 0 };
  const float one[1] = { 1 };
  MsmMetrics m;

  g_assert_true (msm_metrics_compute (zeros, zeros, NULL, 1, 8, 8, &m, NULL));
  g_assert_true (isnan (msm_metrics_get (&m, "psnr")) && isnan (msm_metrics_get (&m, "ssim"))
                 && isnan (msm_metrics_get (&m, "nmse")));
  g_assert_true (msm_metrics_compute (one, one, NULL, 1, 1, 1, &m, NULL));
  g_assert_true (isinf (msm_metrics_get (&m, "psnr")) && isnan (msm_metrics_get (&m, "ssim")));
}

static void
test_channels (void)
{
  /* Two channels: errors over all values against one plane of both, SSIM the mean of the two. */
  gsize n = N_ROWS * N_COLUMNS;
  g_autofree float *image = g_new (float, 2 * n);
  g_autofree float *reference = g_new (float, 2 * n);
  MsmMetrics both, first, second, stacked;

  make_pair (image, reference);
  for (gsize i = 0; i < n; i++)
    {
      image[n + i] = reference[i];
      reference[n + i] = image[i];
    }
  /* The same maximum in both, so that the range is the same for either alone. */
  reference[0] = reference[n] = 9;
  g_assert_true (msm_metrics_compute (image, reference, NULL, 2, N_ROWS, N_COLUMNS, &both, NULL));
  g_assert_true (msm_metrics_compute (image, reference, NULL, 1, N_ROWS, N_COLUMNS, &first, NULL));
  g_assert_true (msm_metrics_compute (image + n, reference + n, NULL, 1, N_ROWS, N_COLUMNS, &second, NULL));
  g_assert_true (msm_metrics_compute (image, reference, NULL, 1, 2 * N_ROWS, N_COLUMNS, &stacked, NULL));
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&both, "ssim"),
                                  (msm_metrics_get (&first, "ssim") + msm_metrics_get (&second, "ssim")) / 2, 1e-12);
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&both, "psnr"), msm_metrics_get (&stacked, "psnr"), 1e-9);
  g_assert_cmpfloat_with_epsilon (msm_metrics_get (&both, "nmse"), msm_metrics_get (&stacked, "nmse"), 1e-12);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metric/known-values", test_known_values);
  g_test_add_func ("/metric/equal", test_equal);
  g_test_add_func ("/metric/scale", test_scale);
  g_test_add_func ("/metric/roi", test_roi);
  g_test_add_func ("/metric/degenerate", test_degenerate);
  g_test_add_func ("/metric/channels", test_channels);
  return g_test_run ();
}
