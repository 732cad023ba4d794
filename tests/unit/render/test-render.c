#include "config.h"

#include "core/render/difference.h"
#include "core/render/render.h"
#include "core/render/roi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static guint8
grey_of (float value, MsmRenderOptions options)
{
  guint8 rgba[4];

  msm_render_plane (&value, MSM_F32, 1, 1, &options, rgba, 4);
  g_assert_cmpint (rgba[0], ==, rgba[1]);
  g_assert_cmpint (rgba[1], ==, rgba[2]);
  g_assert_cmpint (rgba[3], ==, 255);
  return rgba[0];
}

static void
test_window (void)
{
  MsmRenderOptions options = { .mode = MSM_RENDER_REAL, .window_low = -1.0, .window_high = 3.0 };

  g_assert_cmpint (grey_of (-1.0f, options), ==, 0);
  g_assert_cmpint (grey_of (-9.0f, options), ==, 0);
  g_assert_cmpint (grey_of (3.0f, options), ==, 255);
  g_assert_cmpint (grey_of (INFINITY, options), ==, 255);
  g_assert_cmpint (grey_of (-INFINITY, options), ==, 0);
  /* One grey of slack: the table has four entries a grey, rounded. */
  g_assert_cmpint (abs (grey_of (1.0f, options) - 128), <=, 1);
  options.gain = 2.0;
  g_assert_cmpint (abs (grey_of (0.5f, options) - 128), <=, 1);
  options.gain = 1.0;
  options.gamma = 2.0;
  g_assert_cmpint (abs (grey_of (1.0f, options) - 64), <=, 1);
}

static void
test_window_without_width (void)
{
  MsmRenderOptions options = { .mode = MSM_RENDER_REAL, .window_low = 1.0, .window_high = 1.0 };

  g_assert_cmpint (grey_of (0.5f, options), ==, 0);
  g_assert_cmpint (grey_of (1.5f, options), ==, 255);
}

static void
test_nan_is_magenta (void)
{
  const float plane[] = { NAN, 0.0f, 1.0f, NAN };

  for (int mode = MSM_RENDER_MAGNITUDE; mode <= MSM_RENDER_LOG; mode++)
    {
      MsmRenderOptions options = { .mode = (MsmRenderMode) mode, .window_high = 1.0 };
      guint8 rgba[8];

      msm_render_plane (plane, MSM_C64, 1, 2, &options, rgba, 8);
      /* The real part is NaN in the first pixel, the imaginary one in the second. */
      if (mode != MSM_RENDER_IMAGINARY)
        g_assert_cmpmem (rgba, 4, ((guint8[]){ 255, 0, 255, 255 }), 4);
      if (mode != MSM_RENDER_REAL)
        g_assert_cmpmem (rgba + 4, 4, ((guint8[]){ 255, 0, 255, 255 }), 4);
    }
}

/* What pixels show is a quick approximation: far below one of 1024 steps of a window. */
static void
test_log_is_close (void)
{
  double worst = 0;
  guint counts[1];

  for (double x = 1e-9; x < 1e30; x *= 1.07)
    {
      const float value = (float) x;
      double low, high;

      msm_render_count (&value, MSM_F32, 1, MSM_RENDER_LOG, counts, 1, &low, &high);
      worst = MAX (worst, fabs (low - log1p (value)) / MAX (log1p (value), 1e-3));
    }
  g_assert_cmpfloat (worst, <, 1e-4);
  g_assert_cmpfloat (worst, >, 0.0);
}

static void
test_values (void)
{
  const float plane[] = { 3.0f, -4.0f };
  const float real = -2.0f;

  /* Single precision of numbers near 5. */
  g_assert_cmpfloat_with_epsilon (msm_render_value (plane, MSM_C64, 0, MSM_RENDER_MAGNITUDE), 5.0, 1e-5);
  g_assert_cmpfloat_with_epsilon (msm_render_value (plane, MSM_C64, 0, MSM_RENDER_PHASE), atan2 (-4, 3), 1e-6);
  g_assert_cmpfloat_with_epsilon (msm_render_value (plane, MSM_C64, 0, MSM_RENDER_LOG), log (6.0), 1e-6);
  g_assert_true (msm_render_value (plane, MSM_C64, 0, MSM_RENDER_REAL) == 3.0);
  g_assert_true (msm_render_value (plane, MSM_C64, 0, MSM_RENDER_IMAGINARY) == -4.0);
  g_assert_true (msm_render_value (&real, MSM_F32, 0, MSM_RENDER_MAGNITUDE) == 2.0);
  g_assert_true (msm_render_value (&real, MSM_F32, 0, MSM_RENDER_REAL) == -2.0);
  g_assert_true (msm_render_value (&real, MSM_F32, 0, MSM_RENDER_IMAGINARY) == 0.0);
  g_assert_cmpfloat_with_epsilon (msm_render_value (&real, MSM_F32, 0, MSM_RENDER_PHASE), G_PI, 1e-6);
}

/* Rows go downwards, columns to the right, and the stride is kept. */
static void
test_orientation (void)
{
  float plane[3 * 300] = { 0 };
  MsmRenderOptions options = { .mode = MSM_RENDER_MAGNITUDE, .window_high = 1.0 };
  const gsize stride = 4 * 300 + 16;
  g_autofree guint8 *rgba = g_malloc (3 * stride);

  plane[2 * 300 + 299] = 1.0f;
  memset (rgba, 7, 3 * stride);
  msm_render_plane (plane, MSM_F32, 3, 300, &options, rgba, stride);
  for (gsize row = 0; row < 3; row++)
    {
      for (gsize column = 0; column < 300; column++)
        g_assert_cmpint (rgba[row * stride + 4 * column], ==, row == 2 && column == 299 ? 255 : 0);
      for (gsize i = 4 * 300; i < stride; i++)
        g_assert_cmpint (rgba[row * stride + i], ==, 7);
    }
}

/* Brightness follows the magnitude; opposite phases have different hues; zero is black. */
static void
test_complex (void)
{
  const float plane[] = { 1, 0, -1, 0, 0.5f, 0, 0, 0 };
  MsmRenderOptions options = { .mode = MSM_RENDER_COMPLEX, .window_high = 1.0 };
  guint8 rgba[16];

  msm_render_plane (plane, MSM_C64, 1, 4, &options, rgba, 16);
  g_assert_cmpint (abs (rgba[0] - rgba[4]) + abs (rgba[1] - rgba[5]) + abs (rgba[2] - rgba[6]), >, 200);
  for (int c = 0; c < 3; c++)
    {
      g_assert_cmpint (abs (rgba[8 + c] - rgba[c] / 2), <=, 2);
      g_assert_cmpint (rgba[12 + c], ==, 0);
    }
}

static void
test_phase_of_zero (void)
{
  const float plane[] = { 0, 0, 1e-20f, 0, 0, -1 };
  MsmRenderOptions options = {
    .mode = MSM_RENDER_PHASE, .colormap = MSM_COLORMAP_PHASE, .window_low = -G_PI, .window_high = G_PI
  };
  guint8 rgba[12], middle[3];

  msm_render_plane (plane, MSM_C64, 1, 3, &options, rgba, 12);
  g_assert_cmpmem (rgba, 3, ((guint8[]){ 0, 0, 0 }), 3);
  msm_colormap_rgb (MSM_COLORMAP_PHASE, 0.5, middle);
  for (int c = 0; c < 3; c++)
    g_assert_cmpint (abs (rgba[4 + c] - middle[c]), <=, 2);
  /* A quarter turn back is a quarter along the map; two greys for the table's rounding. */
  msm_colormap_rgb (MSM_COLORMAP_PHASE, 0.25, middle);
  for (int c = 0; c < 3; c++)
    g_assert_cmpint (abs (rgba[8 + c] - middle[c]), <=, 2);
}

static int
compare_floats (const void *a, const void *b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

/* The histogram's percentiles against sorting, for even values and for a spread of ten decades. */
static void
test_percentiles (void)
{
  enum
  {
    N = 20000
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autofree float *plane = g_new (float, N);
  g_autofree float *sorted = g_new (float, N);

  for (int spread = 0; spread < 2; spread++)
    {
      double low, high, below, above;

      for (int i = 0; i < N; i++)
        plane[i] = (float) (spread == 0 ? g_rand_double (rand) : exp (23.0 * g_rand_double (rand)));
      memcpy (sorted, plane, N * sizeof (float));
      qsort (sorted, N, sizeof (float), compare_floats);
      msm_render_auto_window (plane, MSM_F32, N, MSM_RENDER_MAGNITUDE, 20.0, 95.0, &low, &high);
      /* Within the values 0.2 % of the image around the sorted percentile. */
      below = sorted[N / 5 - N / 500];
      above = sorted[N / 5 + N / 500];
      g_assert_cmpfloat (low, >=, below);
      g_assert_cmpfloat (low, <=, above);
      below = sorted[N * 95 / 100 - N / 500];
      above = sorted[N * 95 / 100 + N / 500];
      g_assert_cmpfloat (high, >=, below);
      g_assert_cmpfloat (high, <=, above);
    }
}

static void
test_auto_window_edges (void)
{
  const float flat[] = { 2, 2, 2, 2 };
  const float broken[] = { NAN, NAN, INFINITY, NAN };
  const float mixed[] = { NAN, 1, 3, INFINITY };
  double low, high;

  msm_render_auto_window (flat, MSM_F32, 4, MSM_RENDER_MAGNITUDE, 0.5, 99.5, &low, &high);
  g_assert_cmpfloat (low, ==, 2.0);
  g_assert_cmpfloat (high, >, low);
  msm_render_auto_window (broken, MSM_F32, 4, MSM_RENDER_MAGNITUDE, 0.5, 99.5, &low, &high);
  g_assert_true (isfinite (low) && high > low);
  msm_render_auto_window (mixed, MSM_F32, 4, MSM_RENDER_MAGNITUDE, 0, 100, &low, &high);
  g_assert_cmpfloat (low, ==, 1.0);
  g_assert_cmpfloat (high, ==, 3.0);
  msm_render_auto_window (mixed, MSM_C64, 2, MSM_RENDER_PHASE, 0.5, 99.5, &low, &high);
  g_assert_cmpfloat_with_epsilon (high - low, 2 * G_PI, 1e-12);
}

/* A mostly black image (a background of zeros) keeps a window with contrast. */
static void
test_auto_window_sparse (void)
{
  g_autofree float *plane = g_new0 (float, 10000);
  double low, high;

  for (int i = 0; i < 20; i++)
    plane[i * 400] = 1.0f + i;
  msm_render_auto_window (plane, MSM_F32, 10000, MSM_RENDER_MAGNITUDE, 0.5, 99.5, &low, &high);
  g_assert_cmpfloat (low, >=, 0.0);
  g_assert_cmpfloat (high, >, low);
}

static void
test_count (void)
{
  const float plane[] = { 0, 0.26f, 0.5f, 0.74f, 1, 1, NAN, 0.1f };
  guint counts[4];
  double low, high;

  msm_render_count (plane, MSM_F32, 8, MSM_RENDER_REAL, counts, 4, &low, &high);
  g_assert_cmpfloat (low, ==, 0.0);
  g_assert_cmpfloat (high, ==, 1.0);
  g_assert_cmpmem (counts, sizeof counts, ((guint[]){ 2, 1, 2, 2 }), sizeof counts);
}

static void
test_colormaps (void)
{
  for (int map = MSM_COLORMAP_GREY; map <= MSM_COLORMAP_DIFFERENCE; map++)
    {
      MsmColormap found;
      double last = -1.0;

      g_assert_true (msm_colormap_from_name (msm_colormap_name ((MsmColormap) map), &found));
      g_assert_cmpint (found, ==, map);
      for (int i = 0; i <= 100; i++)
        {
          guint8 rgb[3];
          double luma;

          msm_colormap_rgb ((MsmColormap) map, i / 100.0, rgb);
          luma = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
          /* Sequential maps rise in lightness; half a level of slack for rounding to bytes. */
          if (map <= MSM_COLORMAP_INFERNO)
            g_assert_cmpfloat (luma, >=, last - 0.5);
          last = luma;
        }
    }
  {
    guint8 a[3], b[3];

    msm_colormap_rgb (MSM_COLORMAP_PHASE, 0.0, a);
    msm_colormap_rgb (MSM_COLORMAP_PHASE, 1.0, b);
    g_assert_cmpmem (a, 3, b, 3);
    msm_colormap_rgb (MSM_COLORMAP_DIFFERENCE, 0.5, a);
    g_assert_cmpmem (a, 3, ((guint8[]){ 0, 0, 0 }), 3);
  }
}

static void
test_names (void)
{
  MsmRenderMode mode;
  MsmColormap colormap;

  for (int i = MSM_RENDER_MAGNITUDE; i <= MSM_RENDER_LOG; i++)
    {
      g_assert_true (msm_render_mode_from_name (msm_render_mode_name ((MsmRenderMode) i), &mode));
      g_assert_cmpint (mode, ==, i);
    }
  g_assert_false (msm_render_mode_from_name ("sepia", &mode));
  g_assert_false (msm_render_mode_from_name (NULL, &mode));
  g_assert_false (msm_colormap_from_name ("jet", &colormap));
}

static void
test_difference (void)
{
  const float a[] = { 3, 4, 0, 1 }, b[] = { 6, 1 };
  const float c[] = { 1, 0, 0, 1 }, d[] = { 0, 1, 0, 1 };
  float out[2];

  msm_difference (a, MSM_C64, b, MSM_F32, 2, MSM_DIFFERENCE_SIGNED, 2.0f, out);
  g_assert_cmpfloat (out[0], ==, -2.0f);
  g_assert_cmpfloat (out[1], ==, 0.0f);
  msm_difference (a, MSM_C64, b, MSM_F32, 2, MSM_DIFFERENCE_ABSOLUTE, 2.0f, out);
  g_assert_cmpfloat (out[0], ==, 2.0f);
  /* Equal magnitudes, a quarter turn apart: only the complex difference sees it. */
  msm_difference (c, MSM_C64, d, MSM_C64, 2, MSM_DIFFERENCE_ABSOLUTE, 1.0f, out);
  g_assert_cmpfloat (out[0], ==, 0.0f);
  msm_difference (c, MSM_C64, d, MSM_C64, 2, MSM_DIFFERENCE_COMPLEX, 1.0f, out);
  g_assert_cmpfloat_with_epsilon (out[0], sqrtf (2.0f), 1e-6f);
  g_assert_cmpfloat (out[1], ==, 0.0f);
}

static void
test_roi (void)
{
  float data[8 * 10];
  const MsmRoi box = { MSM_ROI_RECTANGLE, 2, 3, 4, 6 }, all = { MSM_ROI_ELLIPSE, 0, 0, 8, 10 };
  const MsmRoi outside = { MSM_ROI_RECTANGLE, 20, 20, 30, 30 };
  MsmRoiPlane plane = { data, MSM_F32, 8, 10, MSM_RENDER_REAL, 2.0 };
  MsmRoiStats stats;

  for (int i = 0; i < 80; i++)
    data[i] = (float) i;
  /* Rows 2 and 3, columns 3 to 5: 23, 24, 25, 33, 34, 35. */
  g_assert_true (msm_roi_measure (&plane, &box, &stats));
  g_assert_cmpuint (stats.n_pixels, ==, 6);
  g_assert_cmpfloat_with_epsilon (stats.mean, 58.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (stats.sd, 2.0 * sqrt (154.0 / 5.0), 1e-9);
  g_assert_cmpfloat (stats.min, ==, 46.0);
  g_assert_cmpfloat (stats.max, ==, 70.0);
  g_assert_cmpfloat (stats.median, ==, 58.0);
  /* What is not a number is no value; it stays in the area. Of five values the third is the median. */
  data[23] = NAN;
  plane.gain = 1;
  g_assert_true (msm_roi_measure (&plane, &box, &stats));
  g_assert_cmpuint (stats.n_pixels, ==, 6);
  g_assert_cmpfloat_with_epsilon (stats.mean, (24 + 25 + 33 + 34 + 35) / 5.0, 1e-9);
  g_assert_cmpfloat (stats.median, ==, 33.0);
  /* An ellipse has π/4 of its rectangle, to the coarseness of the pixels, and not its corners. */
  g_assert_true (msm_roi_measure (&plane, &all, &stats));
  g_assert_cmpfloat_with_epsilon ((double) stats.n_pixels / 80.0, G_PI / 4, 0.05);
  g_assert_false (msm_roi_contains (&all, 0.5, 0.5));
  g_assert_true (msm_roi_contains (&all, 4.0, 5.0));
  g_assert_false (msm_roi_measure (&plane, &outside, &stats));
  g_assert_cmpuint (stats.n_pixels, ==, 0);
}

/* A right triangle over half of the plane, one drawn with far more points than are kept, and its move. */
static void
test_roi_freehand (void)
{
  float data[40 * 40] = { 0 };
  const MsmRoiPlane plane = { data, MSM_F32, 40, 40, MSM_RENDER_REAL, 1.0 };
  MsmRoi roi = { MSM_ROI_FREEHAND }, circle = { MSM_ROI_FREEHAND }, large = { MSM_ROI_FREEHAND };
  MsmRoiStats stats;

  msm_roi_add_point (&roi, 0, 0);
  msm_roi_add_point (&roi, 40, 0);
  g_assert_false (msm_roi_measure (&plane, &roi, &stats));
  msm_roi_add_point (&roi, 40, 40);
  g_assert_true (msm_roi_contains (&roi, 30, 10));
  g_assert_false (msm_roi_contains (&roi, 10, 30));
  g_assert_true (msm_roi_measure (&plane, &roi, &stats));
  /* Half of 1600, but for the 40 pixels on the diagonal, whose centres lie on the outline. */
  g_assert_cmpuint (stats.n_pixels, >=, 780);
  g_assert_cmpuint (stats.n_pixels, <=, 820);
  for (int i = 0; i < 5000; i++)
    msm_roi_add_point (&circle, 20 + 12 * sin (2 * G_PI * i / 5000), 20 + 12 * cos (2 * G_PI * i / 5000));
  for (int i = 0; i < 5000; i++)
    msm_roi_add_point (&large, 1000 + 900 * sin (2 * G_PI * i / 5000), 1000 + 900 * cos (2 * G_PI * i / 5000));
  /* Of 128 points or more: the chords lie at most 900 (1 − cos (π / 128)) = 0.3 inside of the circle. */
  for (int i = 0; i < 16; i++)
    {
      const double angle = G_PI * i / 8;

      g_assert_true (msm_roi_contains (&large, 1000 + 890 * sin (angle), 1000 + 890 * cos (angle)));
    }
  g_assert_cmpuint (circle.n_points, <=, MSM_ROI_MAX_POINTS);
  g_assert_true (msm_roi_measure (&plane, &circle, &stats));
  g_assert_cmpfloat_with_epsilon ((double) stats.n_pixels, G_PI * 144, 8);
  msm_roi_move (&circle, -8, 5);
  g_assert_true (msm_roi_contains (&circle, 12, 25));
  g_assert_false (msm_roi_contains (&circle, 12 + 12.2, 25));
  g_assert_cmpfloat_with_epsilon (circle.top, 0, 0.05);
  g_assert_cmpfloat_with_epsilon (circle.right, 37, 0.05);
}

/* Over a ramp the profile is the ramp; a constant phase is never averaged with its neighbour across ±π. */
static void
test_roi_line (void)
{
  static const double spacing[2] = { 2, 0.5 };
  float data[20 * 20], phase[2 * 4 * 4];
  MsmRoiPlane plane = { data, MSM_F32, 20, 20, MSM_RENDER_REAL, 3.0 };
  MsmRoi line = { MSM_ROI_NONE };
  MsmRoiStats stats;
  gsize n;

  for (int i = 0; i < 400; i++)
    data[i] = (float) (2 * (i / 20) + 5 * (i % 20));
  msm_roi_set_line (&line, 3.5, 2.5, 9.5, 10.5);
  g_assert_cmpfloat_with_epsilon (msm_roi_length (&line, spacing), hypot (12, 4), 1e-9);
  g_assert_false (msm_roi_measure (&plane, &line, &stats));
  {
    g_autofree double *values = msm_roi_profile (&plane, &line, &n);

    g_assert_cmpuint (n, ==, 11);
    for (gsize i = 0; i < n; i++)
      g_assert_cmpfloat_with_epsilon (values[i], 3 * (2 * (3 + 0.6 * (double) i) + 5 * (2 + 0.8 * (double) i)), 1e-4);
  }
  for (int i = 0; i < 16; i++)
    {
      phase[2 * i] = -1;
      phase[2 * i + 1] = i % 2 == 0 ? 1e-3f : -1e-3f;
    }
  plane = (MsmRoiPlane){ phase, MSM_C64, 4, 4, MSM_RENDER_PHASE, 3.0 };
  msm_roi_set_line (&line, 1.5, 0, 1.5, 4);
  {
    g_autofree double *values = msm_roi_profile (&plane, &line, &n);

    g_assert_cmpuint (n, ==, 5);
    for (gsize i = 0; i < n; i++)
      g_assert_cmpfloat (fabs (values[i]), >, 3.1);
  }
}

static void
test_rgb (void)
{
  const float planes[] = { 0.0f, 0.5f, 1.0f, 2.0f, -1.0f, NAN };
  MsmRenderOptions options = { .mode = MSM_RENDER_REAL, .window_high = 1.0, .gain = 1.0 };
  guint8 rgba[8];

  msm_render_rgb (planes, 1, 2, &options, rgba, 8);
  g_assert_cmpint (rgba[0], ==, 0);
  g_assert_cmpint (rgba[1], ==, 255);
  g_assert_cmpint (rgba[2], ==, 0);
  g_assert_cmpint (rgba[3], ==, 255);
  g_assert_cmpint (rgba[4], ==, 255);
  g_assert_cmpint (rgba[5], ==, 0);
  g_assert_cmpint (rgba[6], ==, 255);
  options.gain = 0.5;
  msm_render_rgb (planes, 1, 2, &options, rgba, 8);
  g_assert_cmpint (rgba[1], ==, 128);
  /* Parts of a picture have negative values, which are no less there. */
  msm_render_rgb ((const float[]){ -1.0f, -0.5f, 0.5f }, 1, 1, &options, rgba, 4);
  g_assert_cmpint (rgba[0], ==, 0);
  options.mode = MSM_RENDER_MAGNITUDE;
  msm_render_rgb ((const float[]){ -1.0f, -0.5f, 0.5f }, 1, 1, &options, rgba, 4);
  g_assert_cmpint (rgba[0], ==, 128);
  g_assert_cmpint (rgba[1], ==, 64);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/window", test_window);
  g_test_add_func ("/render/window-without-width", test_window_without_width);
  g_test_add_func ("/render/nan-is-magenta", test_nan_is_magenta);
  g_test_add_func ("/render/values", test_values);
  g_test_add_func ("/render/log-is-close", test_log_is_close);
  g_test_add_func ("/render/orientation", test_orientation);
  g_test_add_func ("/render/complex", test_complex);
  g_test_add_func ("/render/phase-of-zero", test_phase_of_zero);
  g_test_add_func ("/render/percentiles", test_percentiles);
  g_test_add_func ("/render/auto-window-edges", test_auto_window_edges);
  g_test_add_func ("/render/auto-window-sparse", test_auto_window_sparse);
  g_test_add_func ("/render/count", test_count);
  g_test_add_func ("/render/colormaps", test_colormaps);
  g_test_add_func ("/render/names", test_names);
  g_test_add_func ("/render/difference", test_difference);
  g_test_add_func ("/render/roi", test_roi);
  g_test_add_func ("/render/roi-freehand", test_roi_freehand);
  g_test_add_func ("/render/roi-line", test_roi_line);
  g_test_add_func ("/render/rgb", test_rgb);
  return g_test_run ();
}
