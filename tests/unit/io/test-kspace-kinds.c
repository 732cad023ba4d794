#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <hdf5.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/scan.h"
#include "tests/support/folder.h"
#include "tests/support/scan-mask.h"

/* k-space in HDF5 as public data sets have it, of the same numbers: coil c of slice s has 1000 s + 100 c + index. */

enum
{
  N_SLICES = 3,
  N_COILS = 2,
  N_ROWS = 6,
  N_COLUMNS = 8,
  N_POINTS = N_ROWS * N_COLUMNS
};

static float
value (gsize s, gsize c, gsize i, int part)
{
  return (float) (1 + 1000 * s + 100 * c + i) * (part == 0 ? 1 : -0.5f);
}

typedef gboolean (*Keep) (gsize slice, gsize coil, gsize row, gsize column);

/* [slice, coil, row, column] complex. (transfer full) */
static float *
numbers (Keep keep)
{
  float *all = g_new0 (float, 2 * N_SLICES * N_COILS * N_POINTS);

  for (gsize s = 0; s < N_SLICES; s++)
    for (gsize c = 0; c < N_COILS; c++)
      for (gsize i = 0; i < N_POINTS; i++)
        for (int part = 0; part < 2; part++)
          if (keep == NULL || keep (s, c, i / N_COLUMNS, i % N_COLUMNS))
            all[2 * ((s * N_COILS + c) * N_POINTS + i) + part] = value (s, c, i, part);
  return all;
}

static hid_t
complex_type (void)
{
  hid_t type = H5Tcreate (H5T_COMPOUND, 8);

  H5Tinsert (type, "r", 0, H5T_NATIVE_FLOAT);
  H5Tinsert (type, "i", 4, H5T_NATIVE_FLOAT);
  return type;
}

static void
put (hid_t file, const char *name, hid_t stored, hid_t type, int rank, const hsize_t *dims, const void *data,
     hid_t creation)
{
  hid_t space = H5Screate_simple (rank, dims, NULL);
  hid_t id = H5Dcreate2 (file, name, stored, space, H5P_DEFAULT, creation, H5P_DEFAULT);

  g_assert_cmpint (H5Dwrite (id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), >=, 0);
  H5Dclose (id);
  H5Sclose (space);
}

static const hsize_t usual[] = { N_SLICES, N_COILS, N_ROWS, N_COLUMNS };

/* fastMRI's layout of @keep's numbers, and a `mask` of @rank axes, or none. */
static void
write_usual (const char *path, Keep keep, int rank, const hsize_t *dims, const float *mask)
{
  g_autofree float *all = numbers (keep);
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), type = complex_type ();

  put (file, "kspace", type, type, 4, usual, all, H5P_DEFAULT);
  if (rank > 0)
    put (file, "mask", H5T_NATIVE_FLOAT, H5T_NATIVE_FLOAT, rank, dims, mask, H5P_DEFAULT);
  H5Tclose (type);
  g_assert_cmpint (H5Fclose (file), >=, 0);
}

static MsmScan *
open_with (const char *path, const char *group, GHashTable *indices)
{
  const MsmScanOptions options = { .group = group, .indices = indices };
  g_autoptr (GError) error = NULL;
  MsmScan *scan = msm_scan_open (path, &options, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (scan->n_slices, ==, N_SLICES);
  g_assert_cmpuint (scan->n_channels, ==, N_COILS);
  g_assert_cmpuint (scan->n_readout, ==, N_ROWS);
  g_assert_cmpuint (scan->n_phase, ==, N_COLUMNS);
  return scan;
}

/* All of the numbers, times @factor. */
static void
assert_numbers (MsmScan *scan, float factor)
{
  for (gsize s = 0; s < N_SLICES; s++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsmTensor) read = msm_scan_read (scan, s, NULL, &error);

      g_assert_no_error (error);
      for (gsize c = 0; c < N_COILS; c++)
        for (gsize i = 0; i < N_POINTS; i++)
          for (int part = 0; part < 2; part++)
            g_assert_cmpfloat (msm_tensor_const_host (read)[2 * (c * N_POINTS + i) + part], ==,
                               factor * value (s, c, i, part));
    }
}

static gboolean
keep_own_columns (gsize slice, gsize coil, gsize row, gsize column)
{
  return slice == 0 || column % (slice + 1) == 0;
}

/* Without a `mask` each slice's zeros tell, also before it is read; slice 0 has all. */
static void
test_zeros_per_slice (void)
{
  char *folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "zeros.h5", NULL);
  g_autoptr (MsmScan) scan = NULL;

  write_usual (path, keep_own_columns, 0, NULL, NULL);
  scan = open_with (path, NULL, NULL);
  g_assert_null (test_mask_of (scan, 0));
  for (gsize s = 1; s < N_SLICES; s++)
    {
      g_autoptr (MsmMask) own = test_mask_of (scan, s);

      for (gsize i = 0; i < N_POINTS; i++)
        g_assert_cmpuint (own->points[i], ==, i % N_COLUMNS % (s + 1) == 0);
    }
  remove_folder (folder);
}

static gboolean
keep_most (gsize slice, gsize coil, gsize row, gsize column)
{
  return slice != 1 && (coil == 0 ? column != 3 : column != 5);
}

/*
 * A coil's own gaps are none of the slice's, and a blank middle slice neither refuses the scan nor says what is
 * missing.
 */
static void
test_gaps_of_coils (void)
{
  char *folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "coils.h5", NULL);
  g_autoptr (MsmScan) scan = NULL;

  write_usual (path, keep_most, 0, NULL, NULL);
  scan = open_with (path, NULL, NULL);
  for (gsize s = 0; s < N_SLICES; s++)
    g_assert_null (test_mask_of (scan, s));
  remove_folder (folder);
}

static gboolean
keep_inner_columns (gsize slice, gsize coil, gsize row, gsize column)
{
  return slice == 0 ? column > 1 : slice == 1 ? column > 0 && column < 7 : column > 2;
}

/* Two zero lines at the edges are a rounding of the matrix; three are missing. */
static void
test_edge_lines (void)
{
  char *folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "edges.h5", NULL);
  g_autoptr (MsmScan) scan = NULL;

  write_usual (path, keep_inner_columns, 0, NULL, NULL);
  scan = open_with (path, NULL, NULL);
  for (gsize s = 0; s < N_SLICES; s++)
    {
      g_autoptr (MsmMask) own = test_mask_of (scan, s);

      g_assert_cmpint (msm_scan_mask_is_full (own), ==, s < 2);
      for (gsize p = 0; p < N_COLUMNS; p++)
        g_assert_cmpint (own->padded[p], ==, s < 2 && !keep_inner_columns (s, 0, 0, p));
    }
  remove_folder (folder);
}

/* `mask` with one row for each slice. */
static void
test_mask_rows (void)
{
  static const hsize_t dims[] = { N_SLICES, 1, 1, N_COLUMNS, 1 };
  char *folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "rows.h5", NULL);
  g_autoptr (MsmScan) scan = NULL;
  float mask[N_SLICES * N_COLUMNS];

  for (gsize i = 0; i < G_N_ELEMENTS (mask); i++)
    mask[i] = i % N_COLUMNS != i / N_COLUMNS;
  write_usual (path, NULL, 5, dims, mask);
  scan = open_with (path, NULL, NULL);
  for (gsize s = 0; s < N_SLICES; s++)
    {
      g_autoptr (MsmMask) own = test_mask_of (scan, s);

      for (gsize i = 0; i < N_POINTS; i++)
        g_assert_cmpuint (own->points[i], ==, i % N_COLUMNS != s);
    }
  remove_folder (folder);
}

/* Real and imaginary parts as a last axis of 2, in float and in 16-bit integers. */
static void
test_pairs (void)
{
  static const hsize_t dims[] = { N_SLICES, N_COILS, N_ROWS, N_COLUMNS, 2 };
  const hid_t stored[] = { H5T_NATIVE_FLOAT, H5T_NATIVE_INT16 };

  for (gsize k = 0; k < G_N_ELEMENTS (stored); k++)
    {
      char *folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
      g_autofree char *path = g_build_filename (folder, "pairs.h5", NULL);
      g_autofree float *all = numbers (NULL);
      g_autoptr (MsmScan) scan = NULL;
      hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

      for (gsize i = 0; i < 2 * N_SLICES * N_COILS * N_POINTS; i++)
        all[i] *= 2; /* whole numbers */
      put (file, "kspace", stored[k], H5T_NATIVE_FLOAT, 5, dims, all, H5P_DEFAULT);
      H5Fclose (file);
      scan = open_with (path, NULL, NULL);
      assert_numbers (scan, 2);
      remove_folder (folder);
    }
}

/* Compounds of two 16-bit integers, the imaginary one first. */
static void
test_integer_compound (void)
{
  char *folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "integers.h5", NULL);
  g_autofree float *all = numbers (NULL);
  g_autoptr (MsmScan) scan = NULL;
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t type = complex_type (), stored = H5Tcreate (H5T_COMPOUND, 4);

  for (gsize i = 0; i < 2 * N_SLICES * N_COILS * N_POINTS; i++)
    all[i] *= 2;
  H5Tinsert (stored, "i", 0, H5T_NATIVE_INT16);
  H5Tinsert (stored, "r", 2, H5T_NATIVE_INT16);
  put (file, "kspace", stored, type, 4, usual, all, H5P_DEFAULT);
  H5Tclose (type);
  H5Tclose (stored);
  H5Fclose (file);
  scan = open_with (path, NULL, NULL);
  assert_numbers (scan, 2);
  remove_folder (folder);
}

/* Calgary-Campinas: [slice, row, column, 2 coils], real and imaginary parts by turns. */
static void
test_coils_last (void)
{
  static const hsize_t dims[] = { N_SLICES, N_ROWS, N_COLUMNS, 2 * N_COILS };
  char *folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "last.h5", NULL);
  g_autofree float *all = numbers (NULL), *last = g_new (float, 2 * N_SLICES * N_COILS * N_POINTS);
  g_autoptr (MsmScan) scan = NULL;
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

  for (gsize s = 0; s < N_SLICES; s++)
    for (gsize c = 0; c < N_COILS; c++)
      for (gsize i = 0; i < N_POINTS; i++)
        memcpy (last + 2 * ((s * N_POINTS + i) * N_COILS + c), all + 2 * ((s * N_COILS + c) * N_POINTS + i),
                2 * sizeof (float));
  put (file, "kspace", H5T_NATIVE_FLOAT, H5T_NATIVE_FLOAT, 4, dims, last, H5P_DEFAULT);
  H5Fclose (file);
  scan = open_with (path, NULL, NULL);
  assert_numbers (scan, 1);
  remove_folder (folder);
}

/* Repetitions before the slices: one is chosen, by either name. */
static void
test_repetitions (void)
{
  static const hsize_t dims[] = { 2, N_SLICES, N_COILS, N_ROWS, N_COLUMNS };
  static const char *const axes[] = { "repetition", "average" };
  const gsize n = 2 * N_SLICES * N_COILS * N_POINTS;
  char *folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "repetitions.h5", NULL);
  g_autofree float *all = numbers (NULL), *both = g_new (float, 2 * n);
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), type = complex_type ();

  for (gsize i = 0; i < 2 * n; i++)
    both[i] = all[i % n] * (i < n ? 1 : 7);
  put (file, "kspace", type, type, 5, dims, both, H5P_DEFAULT);
  H5Tclose (type);
  H5Fclose (file);
  for (gsize k = 0; k < G_N_ELEMENTS (axes); k++)
    {
      g_autoptr (GHashTable) indices = g_hash_table_new (g_str_hash, g_str_equal);
      g_autoptr (MsmScan) scan = NULL;

      g_hash_table_insert (indices, (gpointer) axes[k], GSIZE_TO_POINTER (1));
      scan = open_with (path, NULL, indices);
      assert_numbers (scan, 7);
    }
  remove_folder (folder);
}

/*
 * MATLAB 7.3: a user block of 512 bytes, a variable by its name, and axes in reverse where the attribute says MATLAB.
 */
static void
test_matlab (void)
{
  static const hsize_t turned[] = { N_SLICES, N_COILS, N_COLUMNS, N_ROWS };
  static const char head[512] = "MATLAB 7.3 MAT-file";

  for (int is_matlab = 0; is_matlab < 2; is_matlab++)
    {
      char *folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
      g_autofree char *path = g_build_filename (folder, "data.mat", NULL);
      g_autofree float *all = numbers (NULL), *back = g_new (float, 2 * N_SLICES * N_COILS * N_POINTS);
      g_autoptr (MsmScan) scan = NULL;
      hid_t block = H5Pcreate (H5P_FILE_CREATE), type = complex_type (), file, id, space, text;
      FILE *stream;

      H5Pset_userblock (block, sizeof head);
      file = H5Fcreate (path, H5F_ACC_TRUNC, block, H5P_DEFAULT);
      for (gsize p = 0; p < N_SLICES * N_COILS; p++)
        for (gsize r = 0; r < N_ROWS; r++)
          for (gsize c = 0; c < N_COLUMNS; c++)
            memcpy (back + 2 * (p * N_POINTS + c * N_ROWS + r), all + 2 * (p * N_POINTS + r * N_COLUMNS + c),
                    2 * sizeof (float));
      put (file, "raw", type, type, 4, is_matlab ? turned : usual, is_matlab ? back : all, H5P_DEFAULT);
      if (is_matlab)
        {
          text = H5Tcopy (H5T_C_S1);
          H5Tset_size (text, 6);
          space = H5Screate (H5S_SCALAR);
          id = H5Oopen (file, "raw", H5P_DEFAULT);
          hid_t attribute = H5Acreate2 (id, "MATLAB_class", text, space, H5P_DEFAULT, H5P_DEFAULT);
          g_assert_cmpint (H5Awrite (attribute, text, "single"), >=, 0);
          H5Aclose (attribute);
          H5Oclose (id);
          H5Sclose (space);
          H5Tclose (text);
        }
      H5Tclose (type);
      H5Pclose (block);
      H5Fclose (file);
      stream = fopen (path, "r+b");
      g_assert_cmpuint (fwrite (head, 1, sizeof head, stream), ==, sizeof head);
      fclose (stream);
      scan = open_with (path, "raw", NULL);
      assert_numbers (scan, 1);
      remove_folder (folder);
    }
}

static size_t
pass (unsigned flags, size_t n_values, const unsigned values[], size_t n_bytes, size_t *size, void **buffer)
{
  return n_bytes;
}

/* A filter that msm-reader lacks is named, and where it can be had. */
static void
test_filters (void)
{
  static const struct
  {
    int id;
    const char *word;
  } filters[] = { { 32015, "‘zstd’" }, { 32026, "‘blosc2’" }, { 399, "‘399’" } };
  static const hsize_t chunk[] = { 1, 1, N_ROWS, N_COLUMNS };

  for (gsize k = 0; k < G_N_ELEMENTS (filters); k++)
    {
      const H5Z_class2_t class = { H5Z_CLASS_T_VERS, filters[k].id, 1, 1, "pass", NULL, NULL, pass };
      char *folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
      g_autofree char *path = g_build_filename (folder, "packed.h5", NULL);
      g_autofree float *all = numbers (NULL);
      g_autoptr (GError) error = NULL;
      hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), type = complex_type ();
      hid_t creation = H5Pcreate (H5P_DATASET_CREATE);

      g_assert_cmpint (H5Zregister (&class), >=, 0);
      H5Pset_chunk (creation, 4, chunk);
      g_assert_cmpint (H5Pset_filter (creation, filters[k].id, H5Z_FLAG_MANDATORY, 0, NULL), >=, 0);
      put (file, "kspace", type, type, 4, usual, all, creation);
      H5Pclose (creation);
      H5Tclose (type);
      H5Fclose (file);
      g_assert_null (msm_scan_open (path, NULL, &error));
      g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, filters[k].word));
      remove_folder (folder);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io/kspace-kinds/zeros-per-slice", test_zeros_per_slice);
  g_test_add_func ("/io/kspace-kinds/gaps-of-coils", test_gaps_of_coils);
  g_test_add_func ("/io/kspace-kinds/edge-lines", test_edge_lines);
  g_test_add_func ("/io/kspace-kinds/mask-rows", test_mask_rows);
  g_test_add_func ("/io/kspace-kinds/pairs", test_pairs);
  g_test_add_func ("/io/kspace-kinds/integer-compound", test_integer_compound);
  g_test_add_func ("/io/kspace-kinds/coils-last", test_coils_last);
  g_test_add_func ("/io/kspace-kinds/repetitions", test_repetitions);
  g_test_add_func ("/io/kspace-kinds/matlab", test_matlab);
  g_test_add_func ("/io/kspace-kinds/filters", test_filters);
  return g_test_run ();
}
