#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/scan.h"
#include "core/linop/linop.h"
#include "tests/slow/mrd-file.h"
#include "tests/support/scan-mask.h"

/*
 * A sample a at the centre of 16 becomes a / √2 at the centre of 8 when the oversampling is removed; the two
 * averages of line p hold p + 1 and p + 11, and odd lines are stored reversed.
 */
static void
test_lines (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-mrd-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "scan.h5", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) slice = NULL;
  const float *v;

  g_assert_true (test_mrd_write (path));
  scan = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (scan->format->name, ==, "ismrmrd");
  g_assert_cmpuint (scan->n_slices, ==, 2);
  g_assert_cmpuint (scan->n_channels, ==, 2);
  g_assert_cmpuint (scan->n_readout, ==, 8);
  g_assert_cmpuint (scan->n_phase, ==, 8);
  g_assert_null (test_mask_of (scan, 0));
  g_assert_nonnull (scan->noise_covariance);
  slice = msm_scan_read (scan, 1, NULL, &error);
  g_assert_no_error (error);
  v = msm_tensor_const_host (slice);
  /* Float transforms of 16 values below 20: rounding is about 1e-6. */
  for (int c = 0; c < 2; c++)
    for (int r = 0; r < 8; r++)
      for (int p = 0; p < 8; p++)
        g_assert_cmpfloat_with_epsilon (v[2 * ((c * 8 + r) * 8 + p)], r == 4 ? (p + 6) / sqrt (2) : 0, 1e-4);
  g_remove (path);
  g_rmdir (folder);
}

/* A file with @options; its folder is gone when this returns, but the scan has the file open. */
static MsmScan *
open_with (const TestMrdOptions *options)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-mrd-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "scan.h5", NULL);
  g_autoptr (GError) error = NULL;
  MsmScan *scan;

  g_assert_true (test_mrd_write_with (path, options));
  scan = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  g_remove (path);
  g_rmdir (folder);
  return scan;
}

/* Row and column of the brightest pixel of the first slice's first coil. */
static void
find_point (MsmScan *scan, gsize *row, gsize *column)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) slice = msm_scan_read (scan, 0, NULL, &error);
  g_autoptr (MsmLinop) fft = NULL;
  const float *v;
  double brightest = 0;

  g_assert_no_error (error);
  fft = msm_linop_fft_new (msm_device_host (), msm_tensor_shape (slice), &error);
  g_assert_no_error (error);
  msm_linop_adjoint (fft, slice, slice);
  v = msm_tensor_const_host (slice);
  for (gsize p = 0; p < 64; p++)
    if (hypot (v[2 * p], v[2 * p + 1]) > brightest)
      {
        brightest = hypot (v[2 * p], v[2 * p + 1]);
        *row = p / 8;
        *column = p % 8;
      }
}

/*
 * A point 2 rows and 1 column off the centre (4, 4) of 8 × 8. Rows are shown towards posterior or inferior, columns
 * towards left; Siemens data count the other way along both axes.
 */
static void
test_orientation (void)
{
  static const struct
  {
    const char *vendor;
    float read[3], phase[3], slice[3];
    gsize row, column;
    gboolean is_known, is_lying;
  } cases[] = {
    { "none", { 0 }, { 0 }, { 0 }, 6, 5, FALSE, FALSE },
    { "SIEMENS", { 0 }, { 0 }, { 0 }, 6, 5, FALSE, FALSE },
    { "none", { 0, 1, 0 }, { 1, 0, 0 }, { 0, 0, 1 }, 6, 5, TRUE, FALSE },
    { "none", { 0, -1, 0 }, { 1, 0, 0 }, { 0, 0, 1 }, 2, 5, TRUE, FALSE },
    { "none", { 0, 1, 0 }, { -0.8f, 0, 0.6f }, { 0.6f, 0, 0.8f }, 6, 3, TRUE, FALSE },
    { "SIEMENS", { 0, 1, 0 }, { 1, 0, 0 }, { 0, 0, 1 }, 2, 3, TRUE, FALSE },
    { "Siemens Healthcare", { 0, -1, 0 }, { -1, 0, 0 }, { 0, 0, 1 }, 6, 5, TRUE, FALSE },
    { "none", { 0, 0, 1 }, { -1, 0, 0 }, { 0, 1, 0 }, 2, 3, TRUE, FALSE },
    { "none", { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 }, 6, 5, TRUE, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TestMrdOptions options = { .vendor = cases[i].vendor, .has_point = TRUE, .point = { 2, 1 } };
      g_autoptr (MsmScan) scan = NULL;
      gsize row = 0, column = 0;

      memcpy (options.read_dir, cases[i].read, sizeof options.read_dir);
      memcpy (options.phase_dir, cases[i].phase, sizeof options.phase_dir);
      memcpy (options.slice_dir, cases[i].slice, sizeof options.slice_dir);
      scan = open_with (&options);
      find_point (scan, &row, &column);
      g_assert_cmpuint (row, ==, cases[i].row);
      g_assert_cmpuint (column, ==, cases[i].column);
      g_assert_cmpint (scan->geometry.is_known, ==, cases[i].is_known);
      g_assert_cmpint (msm_geometry_is_lying (&scan->geometry), ==, cases[i].is_lying);
    }
}

/* Lines 0 … 2 were not acquired: not data, and the rest is where it was. Mirrored columns mirror the mask. */
static void
test_partial_fourier (void)
{
  static const TestMrdOptions plain = { .first_line = 3 };
  static const TestMrdOptions mirrored = {
    .first_line = 3, .read_dir = { 0, 1, 0 }, .phase_dir = { -1, 0, 0 }, .slice_dir = { 0, 0, 1 }
  };
  const TestMrdOptions *options[] = { &plain, &mirrored };

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (MsmScan) scan = open_with (options[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (MsmTensor) slice = msm_scan_read (scan, 0, NULL, &error);
      g_autoptr (MsmMask) own = NULL;
      const float *v;

      g_assert_no_error (error);
      own = test_mask_of (scan, 0);
      g_assert_nonnull (own);
      g_assert_true (own->is_columns);
      v = msm_tensor_const_host (slice);
      for (gsize p = 0; p < 8; p++)
        {
          /* k → −k about the centre 4: line 0 stays at the edge. */
          gsize column = i == 1 && p > 0 ? 8 - p : p;

          g_assert_cmpint (own->points[column], ==, p >= 3);
          /* As in test_lines(). */
          g_assert_cmpfloat_with_epsilon (v[2 * (4 * 8 + column)], p >= 3 ? (p + 6) / sqrt (2) : 0, 1e-4);
        }
    }
}

/* Rows that are no lines change nothing: neither averaged in, nor fatal; nor does a line break before the XML. */
static void
test_odd_rows (void)
{
  const TestMrdOptions plain = { NULL }, odd = { .has_odd_rows = TRUE, .has_line_break = TRUE };
  g_autoptr (MsmScan) expected_scan = open_with (&plain), scan = open_with (&odd);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) expected = msm_scan_read (expected_scan, 0, NULL, &error), slice = NULL;

  g_assert_no_error (error);
  slice = msm_scan_read (scan, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (test_mask_of (scan, 0));
  g_assert_cmpmem (msm_tensor_const_host (slice), msm_tensor_bytes (slice), msm_tensor_const_host (expected),
                   msm_tensor_bytes (expected));
}

/* Calibration lines fill the grid where they belong to it; elsewhere line 3 was not acquired. */
static void
test_calibration_modes (void)
{
  static const struct
  {
    const char *mode;
    gboolean fills;
  } cases[] = { { "embedded", TRUE }, { "interleaved", TRUE }, { "separate", FALSE }, { "external", FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const TestMrdOptions options = { .mode = cases[i].mode };
      g_autoptr (MsmScan) scan = open_with (&options);
      g_autoptr (MsmMask) own = test_mask_of (scan, 0);

      g_assert_cmpint (own == NULL, ==, cases[i].fills);
      if (own != NULL)
        for (gsize p = 0; p < 8; p++)
          g_assert_cmpuint (own->points[p], ==, p != 3);
    }
}

/*
 * A volume whose lines have all partitions becomes its partitions; one that lacks some, (line 5, partition 1), becomes
 * the 8 positions of its readout, planes of 8 lines × 2 partitions, of which that point is missing. The readouts are a
 * sample v at the centre of 16: v / 4 at every position.
 */
static void
test_partitions (void)
{
  const TestMrdOptions whole = { .n_parts = 2 }, half = { .n_parts = 2, .lacks_part = TRUE };
  g_autoptr (MsmScan) scan = open_with (&whole), hybrid = open_with (&half);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmMask) own = NULL;

  g_assert_cmpuint (scan->n_slices, ==, 2);
  g_assert_null (test_mask_of (scan, 0));
  g_assert_cmpuint (hybrid->n_slices, ==, 8);
  g_assert_cmpuint (hybrid->n_readout, ==, 8);
  g_assert_cmpuint (hybrid->n_phase, ==, 2);
  own = test_mask_of (hybrid, 3);
  for (gsize s = 0; s < 8; s += 7)
    {
      g_autoptr (MsmTensor) slice = msm_scan_read (hybrid, s, NULL, &error);
      const float *v;

      g_assert_no_error (error);
      v = msm_tensor_const_host (slice);
      for (gsize p = 0; p < 8; p++)
        for (gsize k = 0; k < 2; k++)
          {
            gboolean is_missing = p == 5 && k == 1;

            g_assert_cmpuint (own->points[2 * p + k], ==, !is_missing);
            /* As in test_lines(). */
            g_assert_cmpfloat_with_epsilon (v[2 * (2 * p + k)], is_missing ? 0 : (p + 1 + 10 * k) / 4.0, 1e-4);
          }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io/ismrmrd/lines", test_lines);
  g_test_add_func ("/io/ismrmrd/orientation", test_orientation);
  g_test_add_func ("/io/ismrmrd/partial-fourier", test_partial_fourier);
  g_test_add_func ("/io/ismrmrd/odd-rows", test_odd_rows);
  g_test_add_func ("/io/ismrmrd/calibration-modes", test_calibration_modes);
  g_test_add_func ("/io/ismrmrd/partitions", test_partitions);
  return g_test_run ();
}
