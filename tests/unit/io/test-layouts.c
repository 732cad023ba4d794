#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <hdf5.h>
#include <math.h>
#include <string.h>

#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/io/scan.h"
#include "tests/support/scan-mask.h"

/* What the files' layouts make of the same numbers. Every test has a folder of its own. */
static char *folder;

static void
in_fresh_folder (gconstpointer test)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  folder = g_dir_make_tmp ("msm-layouts-XXXXXX", NULL);
  ((void (*) (void)) test) ();
  dir = g_dir_open (folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

static MsmScan *
open_scan (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  MsmScan *scan = msm_scan_open (path, NULL, &error);

  g_assert_no_error (error);
  return scan;
}

static MsmTensor *
read_slice (MsmScan *scan, gsize slice)
{
  g_autoptr (GError) error = NULL;
  MsmTensor *tensor = msm_scan_read (scan, slice, NULL, &error);

  g_assert_no_error (error);
  return tensor;
}

/* fastMRI: `kspace` of @rank axes with the value i + 1 at i where @keep says so, and an optional header. */
static void
write_some (const char *name, int rank, const hsize_t *dims, const char *xml, gboolean (*keep) (gsize i))
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t complex_type = H5Tcreate (H5T_COMPOUND, 8), text_type = H5Tcopy (H5T_C_S1);
  hid_t space = H5Screate_simple (rank, dims, NULL), scalar = H5Screate (H5S_SCALAR);
  gsize n = 1;
  g_autofree float *values = NULL;
  hid_t id;

  for (int i = 0; i < rank; i++)
    n *= dims[i];
  values = g_new0 (float, 2 * n);
  for (gsize i = 0; i < n; i++)
    values[2 * i] = keep == NULL || keep (i) ? (float) (i + 1) : 0;
  H5Tinsert (complex_type, "r", 0, H5T_NATIVE_FLOAT);
  H5Tinsert (complex_type, "i", 4, H5T_NATIVE_FLOAT);
  id = H5Dcreate2 (file, "kspace", complex_type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_assert_cmpint (H5Dwrite (id, complex_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), >=, 0);
  H5Dclose (id);
  if (xml != NULL)
    {
      H5Tset_size (text_type, strlen (xml));
      id = H5Dcreate2 (file, "ismrmrd_header", text_type, scalar, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
      g_assert_cmpint (H5Dwrite (id, text_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, xml), >=, 0);
      H5Dclose (id);
    }
  H5Sclose (space);
  H5Sclose (scalar);
  H5Tclose (complex_type);
  H5Tclose (text_type);
  g_assert_cmpint (H5Fclose (file), >=, 0);
}

static void
write_fastmri (const char *name, int rank, const hsize_t *dims, const char *xml)
{
  write_some (name, rank, dims, xml, NULL);
}

static void
test_single_coil (void)
{
  static const hsize_t dims[] = { 3, 4, 5 };
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) slice = NULL;

  write_fastmri ("single.h5", 3, dims, NULL);
  scan = open_scan ("single.h5");
  g_assert_cmpuint (scan->n_slices, ==, 3);
  g_assert_cmpuint (scan->n_channels, ==, 1);
  slice = read_slice (scan, 1);
  g_assert_true (msm_shape_equal (msm_tensor_shape (slice), msm_shape4 (1, 1, 4, 5)));
  for (int i = 0; i < 20; i++)
    g_assert_cmpfloat (msm_tensor_const_host (slice)[2 * i], ==, 21 + i);
}

static gboolean
is_inner (gsize i)
{
  return i % 8 != 0 && i % 8 != 7;
}

/*
 * docs/formats.md: padding_left = 8 / 2 − 3 = 1, padding_right = 1 + 5 + 1 = 7: lines 0 and 7 are the scanner's zeros,
 * 8 × 2 rows are cropped to 4.
 */
static void
test_padded_lines (void)
{
  static const char xml[] =
      "<ismrmrdHeader xmlns=\"http://www.ismrm.org/ISMRMRD\"><encoding><trajectory>cartesian</trajectory>"
      "<encodedSpace><matrixSize><x>8</x><y>8</y><z>1</z></matrixSize></encodedSpace>"
      "<reconSpace><matrixSize><x>4</x><y>6</y><z>1</z></matrixSize><fieldOfView_mm><x>8</x><y>9</y><z>3</z>"
      "</fieldOfView_mm></reconSpace><encodingLimits><kspace_encoding_step_1><minimum>0</minimum><maximum>5</maximum>"
      "<center>3</center></kspace_encoding_step_1></encodingLimits></encoding></ismrmrdHeader>";
  static const hsize_t dims[] = { 1, 2, 8, 8 };
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmMask) own = NULL;

  write_some ("padded.h5", 4, dims, xml, is_inner);
  scan = open_scan ("padded.h5");
  own = test_mask_of (scan, 0);
  g_assert_nonnull (own);
  for (gsize p = 0; p < 8; p++)
    {
      gboolean is_padded = p == 0 || p == 7;

      g_assert_cmpint (own->padded[p], ==, is_padded);
      g_assert_cmpint (own->points[3 * 8 + p], ==, !is_padded);
    }
  /* Neither sampled nor missing. */
  g_assert_true (msm_mask_is_full (own));
  g_assert_cmpuint (scan->crop_readout, ==, 4);
  g_assert_cmpuint (scan->crop_phase, ==, 6);
  g_assert_cmpfloat (scan->spacing_mm[0], ==, 2);
  g_assert_cmpfloat (scan->spacing_mm[1], ==, 1.5);
}

static void
test_rgb_png (void)
{
  g_autofree char *path = g_build_filename (folder, "colour.png", NULL);
  guint8 rgba[3 * 2 * 4];
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) image = NULL;

  for (int i = 0; i < 6; i++)
    for (int c = 0; c < 4; c++)
      rgba[4 * i + c] = c < 3 ? (guint8) (40 * i + 10 * c) : 255;
  g_assert_true (msm_png_write_rgba (path, rgba, 3, 2, NULL, &error));
  scan = open_scan ("colour.png");
  g_assert_cmpuint (scan->n_channels, ==, 3);
  g_assert_cmpuint (scan->n_readout, ==, 3);
  g_assert_cmpuint (scan->n_phase, ==, 2);
  image = read_slice (scan, 0);
  /* The alpha channel is left out; values are of 8 bits, in 0 … 1. */
  for (int c = 0; c < 3; c++)
    for (int i = 0; i < 6; i++)
      g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (image)[6 * c + i], (40 * i + 10 * c) / 255.0, 1e-6);
}

/* A complex type by its members' names, in any order. */
static void
test_imaginary_first (void)
{
  const float values[8] = { 10, 1, 20, 2, 30, 3, 40, 4 };
  const hsize_t dims[3] = { 1, 2, 2 };
  g_autofree char *path = g_build_filename (folder, "imaginary.h5", NULL);
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t type = H5Tcreate (H5T_COMPOUND, 8), space = H5Screate_simple (3, dims, NULL), id;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) slice = NULL;

  H5Tinsert (type, "imag", 0, H5T_NATIVE_FLOAT);
  H5Tinsert (type, "real", 4, H5T_NATIVE_FLOAT);
  id = H5Dcreate2 (file, "kspace", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_assert_cmpint (H5Dwrite (id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), >=, 0);
  H5Dclose (id);
  H5Sclose (space);
  H5Tclose (type);
  H5Fclose (file);
  scan = open_scan ("imaginary.h5");
  slice = read_slice (scan, 0);
  for (int i = 0; i < 4; i++)
    {
      g_assert_cmpfloat (msm_tensor_const_host (slice)[2 * i], ==, i + 1);
      g_assert_cmpfloat (msm_tensor_const_host (slice)[2 * i + 1], ==, 10 * (i + 1));
    }
}

/* Masks of the shapes that public data have: axes of one say nothing. */
static void
test_mask_shapes (void)
{
  static const struct
  {
    int rank;
    hsize_t dims[4];
  } shapes[] = { { 1, { 5 } }, { 2, { 5, 1 } }, { 4, { 1, 1, 5, 1 } }, { 3, { 1, 4, 5 } } };
  static const hsize_t dims[] = { 1, 2, 4, 5 };

  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      float values[20];
      g_autofree char *path = g_build_filename (folder, "shapes.h5", NULL);
      g_autoptr (MsmScan) scan = NULL;
      g_autoptr (MsmMask) own = NULL;
      hid_t file, space, id;

      for (int k = 0; k < 20; k++)
        values[k] = k % 5 != 1;
      write_fastmri ("shapes.h5", 4, dims, NULL);
      file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);
      space = H5Screate_simple (shapes[i].rank, shapes[i].dims, NULL);
      id = H5Dcreate2 (file, "mask", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
      g_assert_cmpint (H5Dwrite (id, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), >=, 0);
      H5Dclose (id);
      H5Sclose (space);
      H5Fclose (file);
      scan = open_scan ("shapes.h5");
      own = test_mask_of (scan, 0);
      g_assert_nonnull (own);
      for (gsize k = 0; k < 20; k++)
        g_assert_cmpuint (own->points[k], ==, k % 5 != 1);
    }
}

/* A cfl of the sizes @dims; the value at i is 1 + i. */
static void
write_cfl (const char *stem, const char *dims, gsize n)
{
  g_autofree char *header = g_strdup_printf ("%s/%s.hdr", folder, stem);
  g_autofree char *data = g_strdup_printf ("%s/%s.cfl", folder, stem);
  g_autofree char *text = g_strdup_printf ("# Dimensions\n%s\n", dims);
  g_autofree float *values = g_new0 (float, 2 * n);

  for (gsize i = 0; i < n; i++)
    values[2 * i] = (float) (1 + i);
  g_assert_true (g_file_set_contents (header, text, -1, NULL));
  g_assert_true (g_file_set_contents (data, (const char *) values, (gssize) (8 * n), NULL));
}

/* Slices along BART's axis 13. */
static void
test_bart_slices (void)
{
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) slice = NULL;

  write_cfl ("slices", "4 3 1 2 1 1 1 1 1 1 1 1 1 5 1 1", 4 * 3 * 2 * 5);
  scan = open_scan ("slices.hdr");
  g_assert_cmpuint (scan->n_slices, ==, 5);
  g_assert_cmpuint (scan->n_channels, ==, 2);
  slice = read_slice (scan, 3);
  for (int c = 0; c < 2; c++)
    for (int r = 0; r < 4; r++)
      for (int p = 0; p < 3; p++)
        g_assert_cmpfloat (msm_tensor_const_host (slice)[2 * ((c * 4 + r) * 3 + p)], ==,
                           1 + r + 4 * p + 12 * c + 24 * 3);
}

/* One entry of another axis is chosen: of contrasts along 5, the one that was named. */
static void
test_bart_contrasts (void)
{
  g_autofree char *path = g_build_filename (folder, "contrasts.hdr", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) slice = NULL;
  g_autoptr (GHashTable) indices = g_hash_table_new (g_str_hash, g_str_equal);
  MsmScanOptions options = { .indices = indices };

  g_hash_table_insert (indices, (gpointer) "contrast", GINT_TO_POINTER (2));
  write_cfl ("contrasts", "4 3 1 2 2 3 1 1 1 1 1 1 1 1 1 1", 4 * 3 * 2 * 2 * 3);
  /* Another section before the dimensions, as BART's own newer files have it. */
  g_assert_true (g_file_set_contents (path, "# Creator\nsomebody\n# Dimensions\n4 3 1 2 2 3\n", -1, NULL));
  scan = msm_scan_open (path, &options, &error);
  g_assert_no_error (error);
  slice = read_slice (scan, 0);
  g_assert_cmpfloat (msm_tensor_const_host (slice)[0], ==, 1 + 2 * 48);
}

/*
 * A volume: the readout is transformed, slice s = 1/2 Σ_k y_k e^{2πi (k − 2)(s − 2) / 4}. At s = 2 that is the sum
 * over k: 1/2 (4 · first + 6), first = 1 + 4 p + 12 q.
 */
static void
test_bart_volume (void)
{
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) slice = NULL;

  write_cfl ("volume", "4 3 2 1", 4 * 3 * 2);
  scan = open_scan ("volume.hdr");
  g_assert_cmpuint (scan->n_slices, ==, 4);
  g_assert_cmpuint (scan->n_readout, ==, 3);
  g_assert_cmpuint (scan->n_phase, ==, 2);
  slice = read_slice (scan, 2);
  for (int p = 0; p < 3; p++)
    for (int q = 0; q < 2; q++)
      g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (slice)[2 * (p * 2 + q)],
                                      0.5 * (4 * (1 + 4 * p + 12 * q) + 6), 1e-4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/io/layouts/single-coil", test_single_coil, in_fresh_folder);
  g_test_add_data_func ("/io/layouts/padded-lines", test_padded_lines, in_fresh_folder);
  g_test_add_data_func ("/io/layouts/rgb-png", test_rgb_png, in_fresh_folder);
  g_test_add_data_func ("/io/layouts/imaginary-first", test_imaginary_first, in_fresh_folder);
  g_test_add_data_func ("/io/layouts/mask-shapes", test_mask_shapes, in_fresh_folder);
  g_test_add_data_func ("/io/layouts/bart-slices", test_bart_slices, in_fresh_folder);
  g_test_add_data_func ("/io/layouts/bart-contrasts", test_bart_contrasts, in_fresh_folder);
  g_test_add_data_func ("/io/layouts/bart-volume", test_bart_volume, in_fresh_folder);
  return g_test_run ();
}
