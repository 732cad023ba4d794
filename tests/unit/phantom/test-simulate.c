#include "config.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/io/scan.h"
#include "core/phantom/acquire.h"
#include "core/phantom/simulate.h"
#include "tests/support/folder.h"

#define N_SLICES  3
#define N_ROWS    40
#define N_COLUMNS 24

static char *folder;

/*
 * Blurred bars of different brightness per slice, far from the edges, in a volume of 2 × 1 × 3 mm.
 */
static MsmScan *
make_volume (void)
{
  g_autofree char *path = g_build_filename (folder, "volume.nii", NULL);
  g_autoptr (MsmTensor) tensor = NULL;
  g_autoptr (GError) error = NULL;
  const double spacing[3] = { 2, 1, 3 };
  float *values;
  MsmScan *scan;

  tensor = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (N_SLICES, 1, N_ROWS, N_COLUMNS), &error);
  values = msm_tensor_host (tensor);
  for (int s = 0; s < N_SLICES; s++)
    for (int r = 0; r < N_ROWS; r++)
      for (int c = 0; c < N_COLUMNS; c++)
        {
          double y = (r - N_ROWS / 2) / 8.0, x = (c - N_COLUMNS / 2) / 3.0;

          values[(s * N_ROWS + r) * N_COLUMNS + c] = (float) (100 * (s + 1) * exp (-x * x - y * y));
        }
  msm_nifti_write (path, tensor, spacing, NULL, NULL, &error);
  g_assert_no_error (error);
  scan = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  return scan;
}

static MsmScan *
simulate (MsmScan *volume, const char *const *settings, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "simulated.h5", NULL);
  g_autoptr (MsmParams) params = msm_params_new (msm_simulate_params);

  for (guint i = 0; settings[i] != NULL; i += 2)
    g_assert_true (msm_params_set_text (params, settings[i], settings[i + 1], NULL));
  if (!msm_simulate_from_scan (volume, params, path, NULL, error))
    return NULL;
  return msm_scan_open (path, NULL, error);
}

/* √Σ_c |F⁻¹ y_c|² of a slice of three coils, 32 × 32 */
static void
root_sum_of_squares (MsmScan *scan, gsize slice, double *rss)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) kspace = msm_scan_read (scan, slice, NULL, &error);
  const float *z;

  g_assert_no_error (error);
  g_assert_true (msm_acquire_dft (kspace, TRUE, &error));
  z = msm_tensor_const_host (kspace);
  for (int i = 0; i < 32 * 32; i++)
    {
      double power = 0;

      for (int c = 0; c < 3; c++)
        power += pow (hypot (z[2 * (c * 1024 + i)], z[2 * (c * 1024 + i) + 1]), 2);
      rss[i] = sqrt (power);
    }
}

/*
 * The file is read back as what it is. Its reference is the root sum of squares of the coil images before
 * the noise was added, to float32 through two transforms.
 */
static void
test_round_trip (void)
{
  const char *const settings[] = { "size", "32",     "first-slice", "1",       "slices", "2", "coils",
                                   "3",    "source", "a < b",       "licence", "none",   NULL };
  const char *const quiet[] = { "size", "32", "first-slice", "1", "slices", "2", "coils", "3", "noise", "0", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) volume = make_volume (), scan = simulate (volume, settings, &error);
  g_autoptr (MsmScan) without_noise = NULL;
  g_autoptr (MsmTensor) reference = NULL;
  double noisy[32 * 32], clean[32 * 32], noise = 0, highest = 0;
  const float *truth;

  g_assert_no_error (error);
  g_assert_cmpint (scan->kind, ==, MSM_SCAN_KSPACE);
  g_assert_true (scan->is_simulated && scan->has_reference && scan->reference_is_truth);
  g_assert_cmpuint (scan->n_slices, ==, 2);
  g_assert_cmpuint (scan->n_channels, ==, 3);
  g_assert_cmpuint (scan->n_readout, ==, 32);
  g_assert_cmpuint (scan->n_phase, ==, 32);
  /* 40 rows of 2 mm make the square field of view of 80 mm. */
  g_assert_cmpfloat_with_epsilon (scan->spacing_mm[0], 2.5, 1e-3);
  g_assert_cmpfloat_with_epsilon (scan->spacing_mm[1], 2.5, 1e-3);

  reference = msm_scan_read_reference (scan, 1, &error);
  g_assert_no_error (error);
  root_sum_of_squares (scan, 1, noisy);
  without_noise = simulate (volume, quiet, &error);
  g_assert_no_error (error);
  root_sum_of_squares (without_noise, 1, clean);
  truth = msm_tensor_const_host (reference);
  for (int i = 0; i < 32 * 32; i++)
    {
      g_assert_cmpfloat_with_epsilon (truth[i], clean[i], 1e-5);
      noise += pow (noisy[i] - clean[i], 2);
      highest = MAX (highest, (double) truth[i]);
    }
  /* Where there is no object, the root sum of squares of 6 normal numbers of 0.01 is all there is: 0.024. */
  g_assert_cmpfloat (sqrt (noise / (32 * 32)), >, 0.01);
  /* The brightest slice is scaled to 1. */
  g_assert_cmpfloat_with_epsilon (highest, 1, 1e-5);
}

/* Without noise the reference is the resampled magnitude: the same blob at the new spacing. */
static void
test_resampling (void)
{
  const char *const settings[] = { "size", "32", "slices", "3", "noise", "0", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) volume = make_volume (), scan = simulate (volume, settings, &error);
  g_autoptr (MsmTensor) reference = NULL;

  g_assert_no_error (error);
  reference = msm_scan_read_reference (scan, 0, &error);
  g_assert_no_error (error);
  for (int r = 0; r < 32; r++)
    for (int c = 0; c < 32; c++)
      {
        double y = (r - 16) * 2.5 / 16, x = (c - 16) * 2.5 / 3;

        /* The narrow Gaussian reaches e⁻²·⁵ at the new Nyquist frequency: ringing of about 1 %. */
        g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (reference)[r * 32 + c], exp (-x * x - y * y) / 3, 0.01);
      }
}

static void
test_refusals (void)
{
  const char *const settings[] = { "size", "32", "first-slice", "2", "slices", "2", NULL };
  const char *const good[] = { "size", "16", "slices", "1", "coils", "1", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) volume = make_volume (), scan = NULL;

  g_assert_null (simulate (volume, settings, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_clear_error (&error);
  scan = simulate (volume, good, &error);
  g_assert_no_error (error);
  g_assert_null (simulate (scan, good, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

/* A folder that is not there: the error names the file, and nothing is left. */
static void
test_unwritable (void)
{
  const float values[8] = { 1, 0, 1, 0, 1, 0, 1, 0 };
  MsmSimulatedFile file = { 1, 1, 2, 2, values, values, { 0 }, "", "", "", 23 };
  g_autofree char *path = g_build_filename (folder, "nowhere", "a.h5", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (msm_simulated_file_write (&file, path, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, "a.h5"));
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("msm-simulate-XXXXXX", NULL);
  g_test_add_func ("/simulate/round-trip", test_round_trip);
  g_test_add_func ("/simulate/resampling", test_resampling);
  g_test_add_func ("/simulate/refusals", test_refusals);
  g_test_add_func ("/simulate/unwritable", test_unwritable);
  result = g_test_run ();
  remove_folder (folder);
  return result;
}
