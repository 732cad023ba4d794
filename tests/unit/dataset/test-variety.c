#include "config.h"

#include <math.h>

#include "core/dataset/scanner.h"
#include "core/dataset/variety.h"

/* How far samples stray from their pictures. */

#define N_KEYS 2000

static void
test_neutral (void)
{
  MsmVariety none = msm_variety_draw (7, 0);

  g_assert_cmpfloat (none.angle, ==, 0);
  g_assert_cmpfloat (none.zoom, ==, 1);
  g_assert_cmpfloat (none.shading, ==, 0);
  for (int i = 0; i <= 20; i++)
    g_assert_cmpfloat_with_epsilon (msm_variety_bend (&none, (float) i / 10), (float) i / 10, 1e-6);
  for (gsize i = 0; i < 8; i++)
    g_assert_cmpfloat (msm_variety_window (&none, 0, i, 8), ==, 1);
}

/* A curve is a contrast: black stays black, and it rises, or falls from the darkest tissue on. */
static void
test_curves (void)
{
  int n_bent = 0, n_inverted = 0, n_coarse = 0, n_shaded = 0;

  for (guint64 key = 0; key < N_KEYS; key++)
    {
      MsmVariety v = msm_variety_draw (key, 1);
      gboolean is_inverted = v.curve[1] > v.curve[MSM_VARIETY_KNOTS - 1];

      g_assert_cmpfloat (msm_variety_bend (&v, 0), ==, 0);
      g_assert_cmpfloat (msm_variety_bend (&v, 2), >=, 0);
      for (int i = 2; i < MSM_VARIETY_KNOTS; i++)
        {
          if (is_inverted)
            g_assert_cmpfloat (v.curve[i], <, v.curve[i - 1]);
          else
            g_assert_cmpfloat (v.curve[i], >, v.curve[i - 1]);
        }
      g_assert_true (fabs (v.angle) <= G_PI && v.zoom > 0.66 && v.zoom < 1.17);
      if (!is_inverted)
        g_assert_cmpfloat_with_epsilon (msm_variety_bend (&v, 1), 1, 1e-5);
      n_inverted += is_inverted;
      n_bent += !is_inverted && fabsf (v.curve[1] - 0.125f) > 1e-6f;
      n_coarse += v.resolution[0] < 1;
      n_shaded += v.shading > 0;
    }
  /* Four standard deviations of a count of 2000 are at most 90. */
  g_assert_cmpint (ABS (n_inverted - 0.15 * N_KEYS), <, 90);
  g_assert_cmpint (ABS (n_bent - 0.5 * N_KEYS), <, 90);
  g_assert_cmpint (ABS (n_coarse - 0.4 * N_KEYS), <, 90);
  g_assert_cmpint (ABS (n_shaded - 0.5 * N_KEYS), <, 90);
}

static void
test_window (void)
{
  MsmVariety v = { .resolution = { 0.5, 1 } };

  /* 16 points, origin at 8: half of the half axis is 4 points either way, whole. */
  for (gsize i = 0; i < 16; i++)
    g_assert_cmpfloat (msm_variety_window (&v, 0, i, 16), ==, i >= 4 && i <= 12 ? 1 : 0);
  v.is_tapered = TRUE;
  g_assert_cmpfloat (msm_variety_window (&v, 0, 8, 16), ==, 1);
  g_assert_cmpfloat (msm_variety_window (&v, 0, 10, 16), ==, 1);
  /* At ¾ of what is kept: 1/2 + cos (π · 0.15 / 0.4) / 2. */
  g_assert_cmpfloat_with_epsilon (msm_variety_window (&v, 0, 11, 16), 0.5 + 0.5 * cos (G_PI * 0.375), 1e-6);
  g_assert_cmpfloat_with_epsilon (msm_variety_window (&v, 0, 12, 16), 0, 1e-6);
}

/* The scanner's image of a wave inside the window is the wave, beyond it nothing. */
static void
test_resolution (void)
{
  g_autoptr (MsmScanner) scanner = msm_scanner_new (1, 16, NULL);
  MsmVariety v = { .resolution = { 0.5, 1 } };
  float image[16 * 16];

  for (int cycles = 2; cycles <= 6; cycles += 4)
    {
      float *fine = msm_scanner_fine (scanner);

      for (int r = 0; r < 32; r++)
        for (int c = 0; c < 32; c++)
          fine[r * 32 + c] = (float) cos (2 * G_PI * cycles * r / 32);
      msm_scanner_band_limit (scanner, &v, image);
      for (int r = 0; r < 16; r++)
        for (int c = 0; c < 16; c++)
          g_assert_cmpfloat_with_epsilon (image[r * 16 + c], cycles == 2 ? cos (2 * G_PI * 2 * r / 16) : 0, 1e-5);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/variety/neutral", test_neutral);
  g_test_add_func ("/variety/curves", test_curves);
  g_test_add_func ("/variety/window", test_window);
  g_test_add_func ("/variety/resolution", test_resolution);
  return g_test_run ();
}
