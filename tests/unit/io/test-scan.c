#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/io/scan-private.h"
#include "core/io/scan.h"
#include "tests/support/scan-mask.h"

/* Every test works in a fresh folder, which must hold nothing but what it names at the end. */
static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static guint
n_files (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
set_up (void)
{
  folder = g_dir_make_tmp ("msm-io-XXXXXX", NULL);
  g_assert_nonnull (folder);
}

static void
tear_down (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = in_folder (name);

      g_remove (path);
    }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

static MsmTensor *
ramp (MsmDtype dtype, MsmShape shape)
{
  MsmTensor *tensor = msm_tensor_new (msm_device_host (), dtype, shape, NULL);
  float *v = msm_tensor_host (tensor);

  for (gsize i = 0; i < msm_tensor_bytes (tensor) / sizeof (float); i++)
    v[i] = (float) ((i * 37 % 101) + 1) / 128;
  return tensor;
}

static void
assert_equal (MsmTensor *a, const float *b)
{
  const float *v = msm_tensor_const_host (a);

  for (gsize i = 0; i < msm_tensor_bytes (a) / sizeof (float); i++)
    g_assert_cmpfloat (v[i], ==, b[i]);
}

static void
write_fastmri (const char *path, MsmTensor *kspace, MsmTensor *mask)
{
  MsmNamedTensor named[2] = { { "kspace", kspace }, { "mask", mask } };
  g_autoptr (GError) error = NULL;

  msm_hdf5_write (path, named, mask != NULL ? 2 : 1, "a test", &error);
  g_assert_no_error (error);
}

static void
test_fastmri (void)
{
  g_autoptr (MsmTensor) kspace = ramp (MSM_C64, msm_shape4 (3, 2, 8, 6));
  g_autofree char *path = in_folder ("scan.h5");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) slice = NULL;

  write_fastmri (path, kspace, NULL);
  scan = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (scan->format->name, ==, "fastmri");
  g_assert_cmpuint (scan->n_slices, ==, 3);
  g_assert_null (test_mask_of (scan, 1));
  slice = msm_scan_read (scan, 2, NULL, &error);
  g_assert_no_error (error);
  assert_equal (slice, msm_tensor_const_host (kspace) + 2 * 2 * 2 * 8 * 6);
  g_assert_null (msm_scan_read (scan, 3, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_cmpuint (n_files (), ==, 1);
}

static void
test_fastmri_mask (void)
{
  g_autoptr (MsmTensor) kspace = ramp (MSM_C64, msm_shape4 (1, 2, 8, 6));
  g_autoptr (MsmTensor) mask = ramp (MSM_F32, msm_shape1 (6));
  g_autofree char *path = in_folder ("masked.h5");
  g_autofree char *guessed = in_folder ("zeros.h5");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmScan) scan2 = NULL;
  g_autoptr (MsmMask) own = NULL, own2 = NULL;
  float *v = msm_tensor_host (kspace);

  memset (msm_tensor_host (mask), 0, 6 * sizeof (float));
  msm_tensor_host (mask)[2] = msm_tensor_host (mask)[3] = 1;
  write_fastmri (path, kspace, mask);
  scan = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  own = test_mask_of (scan, 0);
  g_assert_nonnull (own);
  g_assert_true (own->is_columns);
  g_assert_cmpuint (msm_mask_count (own), ==, 2 * 8);
  /* Without a mask, zero columns tell. */
  for (gsize i = 0; i < 2 * 8 * 6; i++)
    if (i % 6 == 1)
      v[2 * i] = v[2 * i + 1] = 0;
  write_fastmri (guessed, kspace, NULL);
  scan2 = msm_scan_open (guessed, NULL, &error);
  g_assert_no_error (error);
  own2 = test_mask_of (scan2, 0);
  g_assert_nonnull (own2);
  g_assert_cmpuint (msm_mask_count (own2), ==, 5 * 8);
}

/* Neither a mask of no numbers nor a slice that no memory holds is taken. */
static void
test_bad_sizes_and_masks (void)
{
  g_autoptr (MsmTensor) kspace = ramp (MSM_C64, msm_shape4 (1, 2, 8, 6));
  g_autoptr (MsmTensor) mask = ramp (MSM_F32, msm_shape1 (6));
  g_autofree char *path = in_folder ("nan-mask.h5");
  g_autoptr (GError) error = NULL;
  MsmScan scan = { .path = (char *) "large.cfl" };
  const double memory = (double) sysconf (_SC_PHYS_PAGES) * (double) sysconf (_SC_PAGESIZE);

  msm_tensor_host (mask)[3] = NAN;
  write_fastmri (path, kspace, mask);
  g_assert_null (msm_scan_open (path, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_true (msm_scan_check_size (&scan, 1, 8, 1024, 1024, &error));
  if (memory / 24 > 1.9e9)
    return;
  g_assert_false (msm_scan_check_size (&scan, 1, 1, 43500, 43500, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_MEMORY);
}

static void
test_bad_values (void)
{
  g_autoptr (MsmTensor) kspace = ramp (MSM_C64, msm_shape4 (2, 1, 4, 4));
  g_autofree char *path = in_folder ("nan.h5");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;

  msm_tensor_host (kspace)[5] = NAN;
  memset (msm_tensor_host (kspace) + 32, 0, 32 * sizeof (float));
  write_fastmri (path, kspace, NULL);
  scan = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (msm_scan_read (scan, 0, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_null (msm_scan_read (scan, 1, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

static void
test_wrong_contents (void)
{
  g_autoptr (MsmTensor) real = ramp (MSM_F32, msm_shape4 (1, 1, 4, 4));
  g_autoptr (MsmTensor) flat = ramp (MSM_C64, msm_shape2 (4, 4));
  g_autoptr (MsmTensor) good = ramp (MSM_C64, msm_shape4 (1, 1, 4, 4));
  g_autoptr (MsmTensor) short_mask = ramp (MSM_F32, msm_shape1 (3));
  g_autofree char *path = in_folder ("wrong.h5");
  MsmNamedTensor other = { "something", real };
  g_autoptr (GError) error = NULL;

  write_fastmri (path, real, NULL);
  g_assert_null (msm_scan_open (path, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
  g_clear_error (&error);
  write_fastmri (path, flat, NULL);
  g_assert_null (msm_scan_open (path, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
  g_clear_error (&error);
  write_fastmri (path, good, short_mask);
  g_assert_null (msm_scan_open (path, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_true (msm_hdf5_write (path, &other, 1, NULL, &error));
  g_assert_null (msm_scan_open (path, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "something"));
}

static void
test_truncated (void)
{
  g_autoptr (MsmTensor) kspace = ramp (MSM_C64, msm_shape4 (1, 2, 16, 16));
  g_autofree char *path = in_folder ("whole.h5");
  g_autofree char *cut = in_folder ("cut.h5");
  g_autofree char *bytes = NULL;
  gsize n = 0;

  write_fastmri (path, kspace, NULL);
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  for (gsize keep = 0; keep < n; keep += n / 13)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (cut, bytes, keep, NULL));
      g_assert_null (msm_scan_open (cut, NULL, &error));
      g_assert_nonnull (error);
    }
  g_assert_true (g_file_set_contents (cut, "not a scan\n", -1, NULL));
  g_assert_null (msm_scan_open (cut, NULL, NULL));
}

/* A cfl that becomes shorter while it is open: an error, where a mapping would be a signal. */
static void
test_cfl_shortened (void)
{
  g_autoptr (MsmTensor) kspace = ramp (MSM_C64, msm_shape4 (1, 3, 64, 64));
  g_autofree char *stem = in_folder ("ksp");
  g_autofree char *data = in_folder ("ksp.cfl");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;

  g_assert_true (msm_cfl_write (stem, kspace, NULL, &error));
  scan = msm_scan_open (data, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (truncate (data, 4096), ==, 0);
  g_assert_null (msm_scan_read (scan, 0, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, data));
}

static void
test_cfl (void)
{
  g_autoptr (MsmTensor) kspace = ramp (MSM_C64, msm_shape4 (1, 3, 8, 5));
  g_autofree char *stem = in_folder ("ksp");
  g_autofree char *header = in_folder ("ksp.hdr");
  g_autofree char *data = in_folder ("ksp.cfl");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) back = NULL;
  g_autoptr (MsmTensor) slice = NULL;
  g_autoptr (MsmScan) scan = NULL;

  g_assert_true (msm_cfl_write (stem, kspace, NULL, &error));
  g_assert_cmpuint (n_files (), ==, 2);
  back = msm_cfl_read (data, &error);
  g_assert_no_error (error);
  assert_equal (back, msm_tensor_const_host (kspace));
  scan = msm_scan_open (header, NULL, &error);
  g_assert_no_error (error);
  slice = msm_scan_read (scan, 0, NULL, &error);
  g_assert_no_error (error);
  assert_equal (slice, msm_tensor_const_host (kspace));
  g_assert_true (g_file_set_contents (header, "# Dimensions\n99999999 99999999 99999999 1\n", -1, NULL));
  g_assert_null (msm_scan_open (stem, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (header, "# Dimensions\n8 6 1 3\n", -1, NULL));
  g_assert_null (msm_scan_open (stem, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
}

static void
test_nifti (void)
{
  g_autoptr (MsmTensor) image = ramp (MSM_F32, msm_shape4 (4, 1, 6, 5));
  g_autoptr (MsmTensor) complex_image = ramp (MSM_C64, msm_shape4 (1, 1, 6, 5));
  static const double spacing[3] = { 0.5, 0.75, 3 };
  static const char *const names[] = { "image.nii", "image.nii.gz" };
  g_autofree char *pair = in_folder ("pair.nii");
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = in_folder (names[i]);
      g_autoptr (MsmScan) scan = NULL;
      g_autoptr (MsmTensor) slice = NULL;

      g_assert_true (msm_nifti_write (path, image, spacing, NULL, NULL, &error));
      scan = msm_scan_open (path, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (scan->n_slices, ==, 4);
      g_assert_cmpfloat (scan->spacing_mm[1], ==, 0.75);
      slice = msm_scan_read (scan, 3, NULL, &error);
      g_assert_no_error (error);
      assert_equal (slice, msm_tensor_const_host (image) + 3 * 30);
    }
  g_assert_true (msm_nifti_write (pair, complex_image, spacing, NULL, NULL, &error));
  g_assert_cmpuint (n_files (), ==, 4);
}

/*
 * A file whose axes run as @codes say ("RAS": the first towards right, …), its values x + 10 y + 100 z along the
 * file's axes; returns what the reader makes of slice 1.
 */
static MsmTensor *
read_oriented (const char *codes, gsize *n_rows, gsize *n_columns)
{
  static const char positive[] = "RAS", negative[] = "LPI";
  g_autofree char *path = in_folder ("oriented.nii");
  g_autoptr (MsmTensor) image = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (2, 1, 4, 3), NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;
  static const double spacing[3] = { 2, 1, 3 };
  float srow[3][4] = { { 0 } };
  gint16 code = 1;
  gsize n = 0;
  MsmTensor *slice;

  /* The writer puts rows against the file's second axis. */
  for (int z = 0; z < 2; z++)
    for (int y = 0; y < 4; y++)
      for (int x = 0; x < 3; x++)
        msm_tensor_host (image)[(z * 4 + 3 - y) * 3 + x] = (float) (x + 10 * y + 100 * z);
  g_assert_true (msm_nifti_write (path, image, spacing, NULL, NULL, &error));
  for (int axis = 0; axis < 3; axis++)
    for (int i = 0; i < 3; i++)
      srow[i][axis] = (codes[axis] == positive[i]   ? 1
                       : codes[axis] == negative[i] ? -1
                                                    : 0)
                      * (float) spacing[axis == 0   ? 1
                                        : axis == 1 ? 0
                                                    : 2];
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  memcpy (bytes + 254, &code, 2); /* sform_code */
  memcpy (bytes + 280, srow, sizeof srow);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
  scan = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (scan->geometry.is_known);
  *n_rows = scan->n_readout;
  *n_columns = scan->n_phase;
  g_assert_cmpfloat (scan->spacing_mm[0], ==, scan->n_readout == 4 ? 2 : 1);
  slice = msm_scan_read (scan, 1, NULL, &error);
  g_assert_no_error (error);
  return slice;
}

/* Radiology: the first column is the patient's right, the first row anterior (or superior). */
static void
test_nifti_orientation (void)
{
  /* In each: the axis of the file along rows and columns (0 or 1), and whether it runs against it. */
  static const struct
  {
    const char *codes;
    gboolean transposed, rows_against, columns_against;
  } cases[] = {
    { "LPS", FALSE, FALSE, FALSE }, /* axial, as DICOM has it */
    { "RAS", FALSE, TRUE, TRUE },   { "RPI", FALSE, FALSE, TRUE }, { "ALS", TRUE, TRUE, FALSE }, /* axial, lying */
    { "RSP", FALSE, TRUE, TRUE },  /* coronal: superior on top */
    { "PSR", FALSE, TRUE, FALSE }, /* sagittal: anterior on the left */
    { "IAL", TRUE, FALSE, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize n_rows, n_columns;
      g_autoptr (MsmTensor) slice = read_oriented (cases[i].codes, &n_rows, &n_columns);

      g_assert_cmpuint (n_rows, ==, cases[i].transposed ? 3 : 4);
      for (gsize r = 0; r < n_rows; r++)
        for (gsize c = 0; c < n_columns; c++)
          {
            gsize along_rows = cases[i].rows_against ? n_rows - 1 - r : r;
            gsize along_columns = cases[i].columns_against ? n_columns - 1 - c : c;
            gsize x = cases[i].transposed ? along_rows : along_columns;
            gsize y = cases[i].transposed ? along_columns : along_rows;

            g_assert_cmpfloat (msm_tensor_const_host (slice)[r * n_columns + c], ==, 100 + 10 * y + x);
          }
    }
}

static void
check_edges (MsmGeometry geometry, const char *expected)
{
  char edges[5];

  g_assert_true (msm_geometry_edges (&geometry, edges));
  g_assert_cmpstr (edges, ==, expected);
}

/* Left, right, top and bottom of the radiological views: the patient's right on the left, the head or nose on top. */
static void
test_edges (void)
{
  char edges[5];

  g_assert_false (msm_geometry_edges (&(MsmGeometry){ 0 }, edges));
  check_edges ((MsmGeometry){ TRUE, .row = { 0, 1, 0 }, .column = { 1, 0, 0 }, .slice = { 0, 0, 1 } }, "RLAP");
  check_edges ((MsmGeometry){ TRUE, .row = { 0, 0, -1 }, .column = { 1, 0, 0 }, .slice = { 0, 1, 0 } }, "RLHF");
  check_edges ((MsmGeometry){ TRUE, .row = { 0, 0, -1 }, .column = { 0, 1, 0 }, .slice = { 1, 0, 0 } }, "APHF");
  check_edges ((MsmGeometry){ TRUE, .row = { 0, 0, 1 }, .column = { -1, 0, 0 }, .slice = { 0, 1, 0 } }, "LRFH");
  /* Oblique: the nearest axis of each. */
  check_edges ((MsmGeometry){ TRUE, .row = { 0, 0.8, 0.6 }, .column = { 1, 0, 0 }, .slice = { 0, -0.6, 0.8 } }, "RLAP");
}

/* What is written with a geometry comes back with it, and as it was. Floats of the header: 1e-5. */
static void
test_nifti_geometry (void)
{
  static const MsmGeometry oblique = { TRUE, { 0, 0.8, -0.6 }, { 1, 0, 0 }, { 0, 0.6, 0.8 }, { 10, -20, 30 } };
  static const double spacing[3] = { 0.5, 0.75, 3 };
  g_autoptr (MsmTensor) image = ramp (MSM_F32, msm_shape4 (4, 1, 6, 5));
  g_autofree char *path = in_folder ("placed.nii.gz");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) slice = NULL;
  MsmGeometry third;

  g_assert_true (msm_nifti_write (path, image, spacing, &oblique, NULL, &error));
  scan = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (scan->geometry.is_known);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpfloat_with_epsilon (scan->geometry.row[i], oblique.row[i], 1e-5);
      g_assert_cmpfloat_with_epsilon (scan->geometry.column[i], oblique.column[i], 1e-5);
      g_assert_cmpfloat_with_epsilon (scan->geometry.slice[i], oblique.slice[i], 1e-5);
      g_assert_cmpfloat_with_epsilon (scan->geometry.centre[i], oblique.centre[i], 1e-5);
    }
  slice = msm_scan_read (scan, 2, NULL, &error);
  g_assert_no_error (error);
  assert_equal (slice, msm_tensor_const_host (image) + 2 * 30);
  third = msm_geometry_of_slice (&scan->geometry, 2, spacing[2]);
  g_assert_cmpfloat_with_epsilon (third.centre[2], 30 + 2 * 3 * 0.8, 1e-5);
}

/* Where the rows, columns and slices of a picture run to, in words: for each direction and its opposite. */
static void
test_geometry_words (void)
{
  static const struct
  {
    MsmGeometry geometry;
    const char *words;
  } cases[] = {
    { { TRUE, { 0, 1, 0 }, { 1, 0, 0 }, { 0, 0, 1 }, { 0 } },
      "axial: rows anterior → posterior, columns right → left, slices inferior → superior" },
    { { TRUE, { 0, -1, 0 }, { -1, 0, 0 }, { 0, 0, -1 }, { 0 } },
      "axial: rows posterior → anterior, columns left → right, slices superior → inferior" },
    { { TRUE, { 0, 0, -1 }, { 0, 1, 0 }, { -1, 0, 0 }, { 0 } },
      "sagittal: rows superior → inferior, columns anterior → posterior, slices left → right" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = msm_geometry_describe (&cases[i].geometry);

      g_assert_cmpstr (words, ==, cases[i].words);
    }
}

static void
test_png (void)
{
  g_autofree char *path = in_folder ("deep.png");
  g_autofree char *cut = in_folder ("cut.png");
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) image = NULL;
  g_autoptr (MsmScan) damaged = NULL;
  float v[35];
  gsize n = 0;

  for (int i = 0; i < 35; i++)
    v[i] = (float) i / 34;
  g_assert_true (msm_png_write_16 (path, v, 1, 7, 5, "how it was made: ü", &error));
  scan = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  image = msm_scan_read (scan, 0, NULL, &error);
  g_assert_no_error (error);
  /* Half a step of 16 bits, and float rounding. */
  for (int i = 0; i < 35; i++)
    g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (image)[i], v[i], 0.6f / 65535);
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  g_assert_true (g_file_set_contents (cut, bytes, n - 30, NULL));
  damaged = msm_scan_open (cut, NULL, NULL);
  if (damaged != NULL)
    g_assert_null (msm_scan_read (damaged, 0, NULL, &error));
}

static void
test_unwritable (void)
{
  g_autoptr (MsmTensor) tensor = ramp (MSM_C64, msm_shape4 (1, 1, 4, 4));
  g_autofree char *path = in_folder ("no/such/folder/x");
  MsmNamedTensor named = { "x", tensor };
  static const double spacing[3] = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (msm_hdf5_write (path, &named, 1, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_assert_false (msm_cfl_write (path, tensor, NULL, NULL));
  g_assert_false (msm_nifti_write (path, tensor, spacing, NULL, NULL, NULL));
  g_assert_false (msm_png_write_rgba (path, (const guint8 *) "abcd", 1, 1, NULL, NULL));
  g_assert_false (msm_png_write_rgba (folder, (const guint8 *) "abcd", 1, 1, NULL, NULL));
  g_assert_cmpuint (n_files (), ==, 0);
}

static void
in_fresh_folder (gconstpointer test)
{
  set_up ();
  ((void (*) (void)) test) ();
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/io/fastmri", test_fastmri, in_fresh_folder);
  g_test_add_data_func ("/io/fastmri/mask", test_fastmri_mask, in_fresh_folder);
  g_test_add_data_func ("/io/bad-values", test_bad_values, in_fresh_folder);
  g_test_add_data_func ("/io/bad-sizes-and-masks", test_bad_sizes_and_masks, in_fresh_folder);
  g_test_add_data_func ("/io/wrong-contents", test_wrong_contents, in_fresh_folder);
  g_test_add_data_func ("/io/truncated", test_truncated, in_fresh_folder);
  g_test_add_data_func ("/io/cfl", test_cfl, in_fresh_folder);
  g_test_add_data_func ("/io/cfl/shortened", test_cfl_shortened, in_fresh_folder);
  g_test_add_data_func ("/io/nifti", test_nifti, in_fresh_folder);
  g_test_add_data_func ("/io/nifti/orientation", test_nifti_orientation, in_fresh_folder);
  g_test_add_func ("/io/edges", test_edges);
  g_test_add_data_func ("/io/nifti/geometry", test_nifti_geometry, in_fresh_folder);
  g_test_add_func ("/io/geometry/words", test_geometry_words);
  g_test_add_data_func ("/io/png", test_png, in_fresh_folder);
  g_test_add_data_func ("/io/unwritable", test_unwritable, in_fresh_folder);
  return g_test_run ();
}
