#include "config.h"

#include <math.h>
#include <string.h>

#include "core/baseline/finite-difference.h"
#include "core/baseline/wavelet.h"
#include "core/device/device.h"

static float *
make_noise (gsize n_complex, guint32 stream)
{
  float *x = g_new (float, 2 * n_complex);
  MsmDevice *host = msm_device_host ();

  msm_device_ops (host)->vector->random_normal (msm_device_state (host), x, 2 * n_complex, 11, stream, 0, 0);
  return x;
}

static double
dot (const float *a, const float *b, gsize n_complex)
{
  double sum = 0;

  for (gsize i = 0; i < 2 * n_complex; i++)
    sum += (double) a[i] * b[i];
  return sum;
}

static const gsize sizes[][2] = { { 64, 64 }, { 66, 50 }, { 37, 80 } };

static void
test_reconstruction (void)
{
  for (int kind = MSM_WAVELET_HAAR; kind <= MSM_WAVELET_DB4; kind++)
    for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
      {
        gsize n = sizes[s][0] * sizes[s][1];
        g_autoptr (MsmWavelet) wavelet = msm_wavelet_new (kind, 2, sizes[s][0], sizes[s][1], 3, NULL);
        g_autofree float *x = make_noise (n, 0);
        g_autofree float *back = g_new0 (float, 2 * n);
        g_autofree float *w = g_new0 (float, 2 * msm_wavelet_size (wavelet));

        msm_wavelet_forward (wavelet, x, 5, 1003, w);
        /* Orthonormal: energy stays. Float sums of a few thousand terms. */
        g_assert_cmpfloat_with_epsilon (dot (w, w, msm_wavelet_size (wavelet)) / dot (x, x, n), 1, 1e-5);
        msm_wavelet_adjoint (wavelet, w, 5, 1003, back);
        for (gsize i = 0; i < 2 * n; i++)
          g_assert_cmpfloat_with_epsilon (back[i], x[i], 1e-5);
      }
}

static void
test_adjoint (void)
{
  for (int kind = MSM_WAVELET_HAAR; kind <= MSM_WAVELET_DB4; kind++)
    for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
      {
        gsize n = sizes[s][0] * sizes[s][1];
        g_autoptr (MsmWavelet) wavelet = msm_wavelet_new (kind, 2, sizes[s][0], sizes[s][1], 2, NULL);
        gsize m = msm_wavelet_size (wavelet);
        g_autofree float *x = make_noise (n, 1);
        g_autofree float *u = make_noise (m, 2);
        g_autofree float *wx = g_new0 (float, 2 * m);
        g_autofree float *wu = g_new0 (float, 2 * n);
        double left, right;

        msm_wavelet_forward (wavelet, x, 3, 9, wx);
        left = dot (wx, u, m);
        msm_wavelet_adjoint (wavelet, u, 3, 9, wu);
        g_free (u);
        u = make_noise (m, 2);
        right = dot (x, wu, n);
        g_assert_cmpfloat (fabs (left - right), <, 1e-5 * sqrt (dot (wx, wx, m) * dot (u, u, m)));
      }
}

static void
test_smooth (void)
{
  /* Two vanishing moments: the details of a constant are zero. */
  g_autoptr (MsmWavelet) wavelet = msm_wavelet_new (MSM_WAVELET_DAU2, 2, 64, 64, 2, NULL);
  g_autofree float *x = g_new0 (float, 2 * 64 * 64);
  g_autofree float *w = g_new0 (float, 2 * 64 * 64);

  for (gsize i = 0; i < 64 * 64; i++)
    x[2 * i] = 1;
  msm_wavelet_forward (wavelet, x, 0, 0, w);
  for (gsize i = 0; i < 64; i++)
    for (gsize j = 0; j < 64; j++)
      g_assert_cmpfloat_with_epsilon (w[2 * (i * 64 + j)], i < 16 && j < 16 ? 4 : 0, 1e-5);
}

static void
test_soft_threshold (void)
{
  float v[] = { 3, 4, 0.3f, -0.4f, 0, 0, -1, 0 };

  msm_soft_threshold (v, 2, 4, 1);
  g_assert_cmpfloat_with_epsilon (v[0], 2.4, 1e-6); /* |3 + 4i| = 5 → 4 */
  g_assert_cmpfloat_with_epsilon (v[1], 3.2, 1e-6);
  for (int i = 2; i < 8; i++)
    g_assert_cmpfloat (v[i], ==, 0);
  v[0] = 5;
  v[1] = -2;
  msm_soft_threshold (v, 2, 1, 0); /* a threshold of zero changes nothing */
  g_assert_cmpfloat (v[0], ==, 5);
  g_assert_cmpfloat (v[1], ==, -2);
}

static void
test_gradient (void)
{
  gsize n_rows = 23, n_columns = 31, n = n_rows * n_columns;
  g_autofree float *x = make_noise (n, 3);
  g_autofree float *g = make_noise (2 * n, 4);
  g_autofree float *gx = g_new0 (float, 4 * n);
  g_autofree float *gtg = g_new0 (float, 2 * n);

  msm_gradient (x, 2, n_rows, n_columns, gx);
  msm_gradient_adjoint_add (g, 2, n_rows, n_columns, 1, gtg);
  g_assert_cmpfloat (fabs (dot (gx, g, 2 * n) - dot (x, gtg, n)), <,
                     1e-5 * sqrt (dot (gx, gx, 2 * n) * dot (g, g, 2 * n)));
  g_assert_cmpfloat (dot (gx, gx, 2 * n), <=, 8 * dot (x, x, n));
}

static void
test_dual_ball (void)
{
  gsize n_rows = 9, n_columns = 7, n = n_rows * n_columns;
  g_autofree float *x = make_noise (n, 5);
  g_autofree float *u = make_noise (2 * n, 6);

  msm_gradient_dual_step (u, x, 2, n_rows, n_columns, 0.5f, 0.25f);
  for (gsize p = 0; p < n; p++)
    {
      const float *a = u + 2 * p, *b = u + 2 * (n + p);

      g_assert_cmpfloat (sqrtf (a[0] * a[0] + a[1] * a[1] + b[0] * b[0] + b[1] * b[1]), <=, 0.25f * 1.00001f);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wavelet/reconstruction", test_reconstruction);
  g_test_add_func ("/wavelet/adjoint", test_adjoint);
  g_test_add_func ("/wavelet/constant", test_smooth);
  g_test_add_func ("/wavelet/soft-threshold", test_soft_threshold);
  g_test_add_func ("/gradient/adjoint", test_gradient);
  g_test_add_func ("/gradient/dual-ball", test_dual_ball);
  return g_test_run ();
}
