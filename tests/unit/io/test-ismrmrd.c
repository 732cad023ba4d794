#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>

#include "core/io/scan.h"
#include "tests/slow/mrd-file.h"

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
  g_assert_null (scan->mask);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io/ismrmrd/lines", test_lines);
  return g_test_run ();
}
