#include "config.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/image-format.h"
#include "core/io/npy.h"
#include "core/io/scan.h"
#include "tests/support/folder.h"

/* Every writer of the table, read back by a reader; and what the table says beforehand. */

enum
{
  N_SLICES = 3,
  N_ROWS = 6,
  N_COLUMNS = 4,
  N = N_SLICES * N_ROWS * N_COLUMNS
};

static MsmTensor *
make_image (MsmDtype dtype, gsize n_slices, gsize n_channels)
{
  MsmTensor *image =
      msm_tensor_new (msm_device_host (), dtype, msm_shape4 (n_slices, n_channels, N_ROWS, N_COLUMNS), NULL);
  const gsize n = msm_tensor_size (image) * (dtype == MSM_C64 ? 2 : 1);

  for (gsize i = 0; i < n; i++)
    msm_tensor_host (image)[i] = 0.25f + (float) ((i * 37) % 101) / 101;
  return image;
}

/* The magnitude of slice @s of a complex volume, or the value of a real one. */
static double
value_at (MsmTensor *image, gsize s, gsize i)
{
  const float *v = msm_tensor_const_host (image);
  const gsize k = s * N_ROWS * N_COLUMNS + i;

  return msm_tensor_dtype (image) == MSM_C64 ? hypot (v[2 * k], v[2 * k + 1]) : v[k];
}

static void
check_volume (const char *path, MsmTensor *image, double tolerance)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = msm_scan_open (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (scan->n_slices, ==, N_SLICES);
  for (gsize s = 0; s < N_SLICES; s++)
    {
      g_autoptr (MsmTensor) slice = msm_scan_read (scan, s, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (msm_tensor_dtype (slice), ==, MSM_F32);
      for (gsize i = 0; i < N_ROWS * N_COLUMNS; i++)
        g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (slice)[i], value_at (image, s, i), tolerance);
    }
}

/* A complex volume, of which the slices are not mixed: NIfTI and DICOM keep magnitudes. */
static void
test_volumes (void)
{
  char *folder = g_dir_make_tmp ("msm-XXXXXX", NULL);
  static const char *const names[] = { "v.nii", "v.nii.gz", "v.dcm" };
  const double spacing_mm[3] = { 1, 1.5, 4 };
  const MsmImageNotes notes = { .provenance = "made by a test", .spacing_mm = spacing_mm };
  g_autoptr (MsmTensor) image = make_image (MSM_C64, N_SLICES, 1);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      g_assert_true (msm_image_format_write (path, image, &notes, &error));
      g_assert_no_error (error);
      check_volume (path, image, g_str_has_suffix (path, ".dcm") ? 1e-4 : 1e-6);
      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        remove_folder (g_steal_pointer (&path));
    }
  remove_folder (folder);
}

/* HDF5 keeps complex values, beside the magnitudes of each slice. */
static void
test_hdf5 (void)
{
  char *folder = g_dir_make_tmp ("msm-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "v.H5", NULL);
  const MsmImageNotes notes = { NULL };
  g_autoptr (MsmTensor) image = make_image (MSM_C64, N_SLICES, 1), back = NULL, magnitudes = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (msm_image_format_write (path, image, &notes, &error));
  back = msm_hdf5_read (path, "image", &error);
  g_assert_no_error (error);
  g_assert_cmpmem (msm_tensor_const_host (back), msm_tensor_bytes (back), msm_tensor_const_host (image),
                   msm_tensor_bytes (image));
  magnitudes = msm_hdf5_read (path, "reconstruction", &error);
  g_assert_no_error (error);
  g_assert_cmpint (msm_tensor_shape (magnitudes).rank, ==, 3);
  for (gsize i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (magnitudes)[i], value_at (image, 0, i), 1e-6);
  remove_folder (folder);
}

/* Every axis comes back, and what comes behind the header begins where NumPy wants it. */
static void
test_npy (void)
{
  char *folder = g_dir_make_tmp ("msm-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "v.npy", NULL), *data = NULL;
  const MsmImageNotes notes = { NULL };
  g_autoptr (MsmTensor) image = make_image (MSM_F32, N_SLICES, 1), complex_image = make_image (MSM_C64, 1, 2);
  g_autoptr (MsmTensor) back = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_assert_true (msm_image_format_write (path, image, &notes, &error));
  back = msm_npy_read (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (msm_tensor_dim (back, 0), ==, N_SLICES);
  g_assert_cmpuint (msm_tensor_dim (back, 2), ==, N_COLUMNS);
  g_assert_cmpmem (msm_tensor_const_host (back), msm_tensor_bytes (back), msm_tensor_const_host (image),
                   msm_tensor_bytes (image));
  g_assert_true (msm_image_format_write (path, complex_image, &notes, &error));
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_cmpuint (length, ==, 128 + msm_tensor_bytes (complex_image));
  g_assert_nonnull (strstr (data + 10, "'descr': '<c8'"));
  g_assert_nonnull (strstr (data + 10, "(1, 2, 6, 4,)"));
  g_assert_cmpint (data[127], ==, '\n');
  g_assert_cmpmem (data + 128, msm_tensor_bytes (complex_image), msm_tensor_const_host (complex_image),
                   msm_tensor_bytes (complex_image));
  remove_folder (folder);
}

/* Grey values of a picture keep their signs, sets of maps become one magnitude. */
static void
test_real (void)
{
  g_autoptr (MsmTensor) grey = make_image (MSM_F32, 2, 1), sets = make_image (MSM_C64, 2, 2);
  g_autoptr (MsmTensor) real = NULL, joined = NULL;
  const float *v = msm_tensor_const_host (sets);
  const gsize n = N_ROWS * N_COLUMNS;

  msm_tensor_host (grey)[n + 3] = -5;
  real = msm_image_real (grey, NULL);
  g_assert_cmpfloat (msm_tensor_const_host (real)[n + 3], ==, -5);
  joined = msm_image_real (sets, NULL);
  g_assert_cmpuint (msm_tensor_dim (joined, 0), ==, 2);
  g_assert_cmpuint (msm_tensor_dim (joined, 1), ==, 1);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (
        msm_tensor_const_host (joined)[n + i],
        hypot (hypot (v[2 * (2 * n + i)], v[2 * (2 * n + i) + 1]), hypot (v[2 * (3 * n + i)], v[2 * (3 * n + i) + 1])),
        1e-6);
}

/* Whole numbers that fit in 15 bits come back as they were, below zero too. */
static void
test_whole (void)
{
  char *folder = g_dir_make_tmp ("msm-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "v.dcm", NULL);
  const MsmImageNotes notes = { NULL };
  g_autoptr (MsmTensor) image = make_image (MSM_F32, N_SLICES, 1);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < N; i++)
    msm_tensor_host (image)[i] = (float) ((i * 37) % 101) - 20;
  g_assert_true (msm_image_format_write (path, image, &notes, &error));
  g_assert_no_error (error);
  check_volume (path, image, 1e-9);
  remove_folder (g_steal_pointer (&path));
  remove_folder (folder);
}

static void
check_loss (const char *path, MsmTensor *image, const MsmImageNotes *notes, const char *word)
{
  g_autoptr (GError) error = NULL;
  const MsmImageFormat *format = msm_image_format_find (path, 0, &error);
  g_autoptr (GPtrArray) losses = msm_image_format_losses (format, path, image, notes, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (losses->len, ==, word != NULL);
  if (word != NULL)
    g_assert_nonnull (strstr (losses->pdata[0], word));
}

/* What is lost is said, and what would be another picture is refused with the suffixes that can. */
static void
test_losses (void)
{
  const MsmDicomKind map = MSM_DICOM_MAP, series = MSM_DICOM_SERIES;
  const double spacing_mm[3] = { 1, 1, 2 };
  const double centres[N_SLICES][3] = { { 0, 0, 0 }, { 0, 0, 1 }, { 0, 0, 4 } };
  const MsmImageNotes plain = { NULL }, phase = { .with_phase = TRUE }, as_map = { .object = &map };
  const MsmImageNotes as_series = { .object = &series };
  const MsmImageNotes placed = { .geometry = { .is_known = TRUE, .slice = { 0, 0, 1 } },
                                 .spacing_mm = spacing_mm,
                                 .centres = centres };
  g_autoptr (MsmTensor) image = make_image (MSM_C64, N_SLICES, 1), real = make_image (MSM_F32, N_SLICES, 1);
  g_autoptr (MsmTensor) colours = make_image (MSM_F32, 1, 3);
  g_autoptr (GPtrArray) losses = NULL;
  g_autoptr (GError) error = NULL;

  check_loss ("a.nii", image, &plain, "phase");
  check_loss ("a.nii", image, &phase, NULL);
  check_loss ("a.h5", image, &plain, NULL);
  check_loss ("a.dcm", real, &plain, "finer");
  check_loss ("a.dcm", real, &as_map, NULL);
  check_loss ("a.nii", real, &placed, "uneven");
  check_loss ("a.npy", real, &placed, "lie");

  losses = msm_image_format_losses (msm_image_format_find ("a.dcm", 0, NULL), "a.dcm", colours, &as_series, &error);
  g_assert_null (losses);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "colours"));
  g_clear_error (&error);
  g_assert_false (msm_image_format_write ("nowhere/a.png", real, &plain, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "several slices"));
  g_assert_nonnull (strstr (error->message, ".nii"));
  g_assert_null (strstr (error->message, ".png,"));
}

static void
test_find (void)
{
  g_autoptr (GError) error = NULL;

  for (const MsmImageFormat *const *f = msm_image_formats (); *f != NULL; f++)
    for (gsize i = 0; (*f)->suffixes[i] != NULL; i++)
      {
        g_autofree char *path = g_strdup_printf ("a.nii%s", (*f)->suffixes[i]);
        g_autofree char *loud = g_ascii_strup (path, -1);

        g_assert_true (msm_image_format_find (loud, 0, NULL) == *f);
        g_assert_true (((*f)->write_array != NULL) == (((*f)->holds & MSM_HOLDS_KSPACE) != 0));
      }
  g_assert_null (msm_image_format_find ("a.jpg", 0, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
  for (const MsmImageFormat *const *f = msm_image_formats (); *f != NULL; f++)
    g_assert_nonnull (strstr (error->message, (*f)->suffixes[0]));
  g_assert_false (msm_image_format_can ("a.nii", MSM_HOLDS_KSPACE));
  g_assert_true (msm_image_format_can ("a.cfl", MSM_HOLDS_KSPACE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image-format/volumes", test_volumes);
  g_test_add_func ("/image-format/hdf5", test_hdf5);
  g_test_add_func ("/image-format/npy", test_npy);
  g_test_add_func ("/image-format/real", test_real);
  g_test_add_func ("/image-format/whole", test_whole);
  g_test_add_func ("/image-format/losses", test_losses);
  g_test_add_func ("/image-format/find", test_find);
  return g_test_run ();
}
