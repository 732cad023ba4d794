#include "config.h"

/* From a file to y = H x + e: pictures, a fully sampled scan's image, and noise that is added to k-space. */

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/calib/calib.h"
#include "core/io/image-write.h"
#include "core/phantom/phantom.h"
#include "core/problem/problem-from-scan.h"
#include "tests/support/folder.h"

#define ROWS    40
#define COLUMNS 36

static char *folder;

static MsmScan *
open_scan (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  MsmScan *scan = msm_scan_open (path, NULL, &error);

  g_assert_no_error (error);
  return scan;
}

/* c/4 + i/80 + j/144: all below 1 */
static float
colour_at (gsize c, gsize i, gsize j)
{
  return (float) c / 4 + (float) i / 80 / 2 + (float) j / 72 / 2;
}

static void
write_picture (const char *name, gsize n_channels)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree float *v = g_new (float, n_channels * ROWS * COLUMNS);
  g_autoptr (GError) error = NULL;

  for (gsize c = 0; c < n_channels; c++)
    for (gsize i = 0; i < ROWS; i++)
      for (gsize j = 0; j < COLUMNS; j++)
        v[(c * ROWS + i) * COLUMNS + j] = colour_at (c, i, j);
  msm_png_write_16 (path, v, n_channels, ROWS, COLUMNS, NULL, &error);
  g_assert_no_error (error);
}

static MsmTensor *
write_kspace (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (MsmParams) params = msm_params_new (msm_phantom_params);
  g_autoptr (MsmTensor) kspace = NULL, sens = NULL;
  MsmTensor *image = NULL;
  g_autoptr (GError) error = NULL;

  msm_params_set_number (params, "rows", ROWS, NULL);
  msm_params_set_number (params, "columns", COLUMNS, NULL);
  msm_params_set_number (params, "coils", 4, NULL);
  msm_params_set_number (params, "noise", 0, NULL);
  msm_phantom_kspace (params, &kspace, &sens, &image, &error);
  g_assert_no_error (error);
  msm_cfl_write (path, kspace, NULL, &error);
  g_assert_no_error (error);
  return image;
}

static MsmProblem *
make (MsmScan *scan, const char *name, const char *key, const char *value, GError **error)
{
  const MsmOperatorClass *klass = msm_operator_class_find (name, NULL);
  g_autoptr (MsmParams) params = msm_params_new (klass->params);
  MsmProblemOptions options = { .operator_class = klass, .operator_params = params };

  if (key != NULL)
    g_assert_true (msm_params_set_text (params, key, value, NULL));
  return msm_problem_new_from_scan (scan, &options, msm_device_host (), NULL, error);
}

static void
test_colour (void)
{
  g_autoptr (MsmScan) scan = open_scan ("colour.png");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) problem = make (scan, "inpaint-box", "noise", "0", &error);
  const float *x, *y;

  g_assert_no_error (error);
  g_assert_cmpint (problem->kind, ==, MSM_MEASURE_IMAGE);
  g_assert_cmpuint (problem->n_channels, ==, 3);
  g_assert_null (problem->kspace);
  g_assert_null (problem->mask);
  g_assert_cmpfloat (problem->scale, ==, 1);
  g_assert_cmpstr (problem->operator_name, ==, "inpaint-box");
  g_assert_nonnull (strstr (problem->operator_text, "noise=0"));
  x = msm_tensor_const_host (problem->reference);
  y = msm_tensor_const_host (problem->y);
  for (gsize c = 0; c < 3; c++)
    for (gsize i = 0; i < ROWS; i++)
      for (gsize j = 0; j < COLUMNS; j++, x++, y++)
        {
          gboolean hidden = i >= ROWS / 4 && i < 3 * ROWS / 4 && j >= COLUMNS / 4 && j < 3 * COLUMNS / 4;

          g_assert_cmpfloat_with_epsilon (*x, colour_at (c, i, j), 1e-5); /* 16 bits */
          g_assert_cmpfloat (*y, ==, hidden ? 0 : *x);
        }
}

static void
test_scan_image (void)
{
  /* Four coils, their maps estimated, combined: the phantom's magnitude is the reference, up to the maps. */
  g_autoptr (MsmTensor) truth = write_kspace ("scan.cfl");
  g_autoptr (MsmScan) scan = open_scan ("scan.cfl");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) problem = make (scan, "blur", "noise", "0", &error);
  double difference = 0, norm = 0;

  g_assert_no_error (error);
  g_assert_cmpint (problem->kind, ==, MSM_MEASURE_MRI);
  g_assert_cmpint (msm_tensor_dtype (problem->y), ==, MSM_C64);
  g_assert_cmpuint (msm_tensor_dim (problem->sens, 1), ==, 4);
  for (gsize p = 0; p < ROWS * COLUMNS; p++)
    {
      const float *v = msm_tensor_const_host (truth) + 2 * p;
      double want = hypot (v[0], v[1]), is = problem->scale * msm_tensor_const_host (problem->reference)[p];

      difference += (is - want) * (is - want);
      norm += want * want;
    }
  /* 0.08 is measured: maps of so small a phantom miss its edges. */
  g_assert_cmpfloat (sqrt (difference / norm), <, 0.12);
}

static void
test_refused (void)
{
  g_autoptr (MsmScan) grey = open_scan ("grey.png");
  const MsmOperatorClass *blur = msm_operator_class_find ("blur", NULL);
  g_autoptr (MsmMask) mask = msm_mask_new (ROWS, COLUMNS);
  MsmProblemOptions options = { .operator_class = blur, .mask = mask };
  g_autoptr (GError) error = NULL;

  g_assert_null (make (grey, "colourise", NULL, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_null (msm_problem_new_from_scan (grey, &options, msm_device_host (), NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "blur"));
}

static void
test_kspace_noise (void)
{
  /* The same scan with and without noise: it has the deviation asked for, in the problem's units. */
  g_autoptr (MsmTensor) truth = write_kspace ("noise.cfl");
  g_autoptr (MsmScan) scan = open_scan ("noise.cfl");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) clean = make (scan, "sampling", NULL, NULL, &error);
  g_autoptr (MsmProblem) noisy = make (scan, "sampling", "noise", "0.05", &error);
  gsize n;
  double squared = 0;

  g_assert_no_error (error);
  n = 2 * msm_tensor_size (clean->y);
  g_assert_true (clean->y == clean->kspace);
  g_assert_cmpfloat (clean->scale, ==, noisy->scale);
  for (gsize i = 0; i < n; i++)
    squared += pow (msm_tensor_const_host (noisy->y)[i] - msm_tensor_const_host (clean->y)[i], 2);
  /* four deviations of a sample variance */
  g_assert_cmpfloat (fabs (squared / n / 0.0025 - 1), <, 4 * sqrt (2.0 / n));
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("msm-problem-XXXXXX", NULL);
  write_picture ("colour.png", 3);
  write_picture ("grey.png", 1);
  g_test_add_func ("/problem/colour", test_colour);
  g_test_add_func ("/problem/scan-image", test_scan_image);
  g_test_add_func ("/problem/refused", test_refused);
  g_test_add_func ("/problem/kspace-noise", test_kspace_noise);
  status = g_test_run ();
  remove_folder (folder);
  return status;
}
