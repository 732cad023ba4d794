#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <nifti1.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/io/mask-file.h"
#include "core/io/scan.h"
#include "tests/support/folder.h"

/* Pictures and masks as other programs write them. */

enum
{
  N_X = 4,
  N_Y = 3,
  N_Z = 2
};

/* A float volume whose value at i is i, or as @values say; the header is @header's but for sizes and type. */
static void
write_nifti (const char *path, const nifti_1_header *header, const float *values)
{
  nifti_1_header h = *header;
  float all[N_X * N_Y * N_Z];
  char extender[4] = { 0 };
  FILE *file = fopen (path, "wb");

  h.sizeof_hdr = 348;
  h.dim[0] = 3;
  h.dim[1] = N_X;
  h.dim[2] = N_Y;
  h.dim[3] = N_Z;
  for (int i = 4; i < 8; i++)
    h.dim[i] = 1;
  h.datatype = NIFTI_TYPE_FLOAT32;
  h.bitpix = 32;
  h.vox_offset = 352;
  h.pixdim[0] = 1;
  memcpy (h.magic, "n+1", 4);
  for (int i = 0; i < N_X * N_Y * N_Z; i++)
    all[i] = values != NULL ? values[i] : (float) i;
  g_assert_cmpuint (fwrite (&h, sizeof h, 1, file), ==, 1);
  g_assert_cmpuint (fwrite (extender, sizeof extender, 1, file), ==, 1);
  g_assert_cmpuint (fwrite (all, sizeof all, 1, file), ==, 1);
  fclose (file);
}

static void
set_row (float row[4], float a, float b, float c, float d)
{
  const float values[4] = { a, b, c, d };

  memcpy (row, values, sizeof values);
}

/* Voxels of 1.2 × 0.9 × 3 mm by the sform, of 5 × 5 × 5 by the header; an sform of zeros hides no qform. */
static void
test_nifti_matrices (void)
{
  static const struct
  {
    gboolean has_sform;
    int units;
    double spacing[3]; /* rows (y), columns (x), slices (z) */
  } cases[] = {
    { TRUE, NIFTI_UNITS_MM, { 0.9, 1.2, 3 } },        { FALSE, NIFTI_UNITS_MM, { 5, 4, 6 } },
    { TRUE, NIFTI_UNITS_METER, { 900, 1200, 3000 } }, { FALSE, NIFTI_UNITS_MICRON, { 0.005, 0.004, 0.006 } },
    { FALSE, NIFTI_UNITS_UNKNOWN, { 5, 4, 6 } },
  };

  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      char *folder = g_dir_make_tmp ("msm-images-XXXXXX", NULL);
      g_autofree char *path = g_build_filename (folder, "image.nii", NULL);
      nifti_1_header header = { .sform_code = 1, .qform_code = 1, .xyzt_units = cases[k].units };
      g_autoptr (GError) error = NULL;
      g_autoptr (MsmScan) scan = NULL;

      header.pixdim[1] = 4;
      header.pixdim[2] = 5;
      header.pixdim[3] = 6;
      header.qoffset_x = 10;
      if (cases[k].has_sform)
        {
          set_row (header.srow_x, 1.2f, 0, 0, -7);
          set_row (header.srow_y, 0, 0.9f, 0, 8);
          set_row (header.srow_z, 0, 0, 3, 9);
        }
      write_nifti (path, &header, NULL);
      scan = msm_scan_open (path, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (scan->geometry.is_known);
      for (int i = 0; i < 3; i++)
        g_assert_cmpfloat_with_epsilon (scan->spacing_mm[i], cases[k].spacing[i], 1e-4 * cases[k].spacing[i]);
      /* LPS: x turned round; the centre is pixel (rows / 2, columns / 2) of the turned picture. */
      if (cases[k].units == NIFTI_UNITS_METER)
        g_assert_cmpfloat_with_epsilon (scan->geometry.centre[2], 9000, 1e-2);
      remove_folder (folder);
    }
}

/* Slice 0 is blank and slice 1 has NaN as its background: zeros, and the latter with a remark. */
static void
test_blank_and_nan (void)
{
  char *folder = g_dir_make_tmp ("msm-images-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "image.nii", NULL), *remark = NULL, *none = NULL;
  const nifti_1_header header = { .pixdim = { 1, 1, 1, 1 } };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) blank = NULL, slice = NULL;
  float values[N_X * N_Y * N_Z] = { 0 };
  gsize n_two = 0, n_zero = 0;

  for (int i = N_X * N_Y; i < 2 * N_X * N_Y; i++)
    values[i] = i % 3 == 0 ? NAN : 2;
  write_nifti (path, &header, values);
  scan = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (msm_scan_is_blank (scan, 0));
  blank = msm_scan_read (scan, 0, NULL, &error);
  g_assert_no_error (error);
  slice = msm_scan_read (scan, 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (msm_scan_is_blank (scan, 0));
  g_assert_false (msm_scan_is_blank (scan, 1));
  for (gsize i = 0; i < N_X * N_Y; i++)
    {
      g_assert_cmpfloat (msm_tensor_const_host (blank)[i], ==, 0);
      n_two += msm_tensor_const_host (slice)[i] == 2;
      n_zero += msm_tensor_const_host (slice)[i] == 0;
    }
  g_assert_cmpuint (n_zero, ==, 4);
  g_assert_cmpuint (n_two, ==, 8);
  none = msm_scan_get_remark (scan, 0);
  remark = msm_scan_get_remark (scan, 1);
  g_assert_null (none);
  g_assert_nonnull (strstr (remark, "4 values"));
  remove_folder (folder);
}

/* Columns 0, 3, 6, … of 12 are drawn on 10 rows, in @on, the rest is @off. NULL: refused, for its colours. */
static MsmMask *
load_drawn (guint32 on, guint32 off)
{
  char *folder = g_dir_make_tmp ("msm-images-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "mask.png", NULL);
  g_autoptr (GError) error = NULL;
  guint8 rgba[4 * 120];
  MsmMask *mask;

  for (int i = 0; i < 120; i++)
    for (int c = 0; c < 4; c++)
      rgba[4 * i + c] = (guint8) ((i % 12 % 3 == 0 ? on : off) >> (24 - 8 * c));
  g_assert_true (msm_png_write_rgba (path, rgba, 10, 12, NULL, &error));
  mask = msm_mask_load (path, 10, 12, &error);
  if (mask == NULL)
    {
      g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, "colour"));
    }
  remove_folder (folder);
  return mask;
}

static void
test_drawn_masks (void)
{
  static const struct
  {
    guint32 on, off; /* RGBA */
    gboolean is_refused;
  } cases[] = {
    { 0xffffffff, 0x000000ff, FALSE }, { 0x00ff00ff, 0x000000ff, FALSE }, { 0x0000ffff, 0x000000ff, FALSE },
    { 0xffffffff, 0xffffff00, FALSE }, { 0x000000ff, 0x00000000, FALSE }, { 0xff0000ff, 0xffffff00, FALSE },
    { 0xff0000ff, 0xffffffff, TRUE },
  };

  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      g_autoptr (MsmMask) mask = load_drawn (cases[k].on, cases[k].off);

      g_assert_cmpint (mask == NULL, ==, cases[k].is_refused);
      for (int i = 0; mask != NULL && i < 120; i++)
        g_assert_cmpuint (mask->points[i], ==, i % 12 % 3 == 0);
    }
}

/* A .npy file with this header's dictionary, then @n bytes. */
static MsmMask *
load_npy (const char *dictionary, gconstpointer data, gsize n, GError **error)
{
  char *folder = g_dir_make_tmp ("msm-images-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "mask.npy", NULL);
  FILE *file = fopen (path, "wb");
  guint16 length = (guint16) strlen (dictionary);
  MsmMask *mask;

  fwrite ("\x93NUMPY\x01\x00", 1, 8, file);
  fwrite (&length, 2, 1, file);
  fwrite (dictionary, 1, length, file);
  fwrite (data, 1, n, file);
  fclose (file);
  mask = msm_mask_load (path, 4, 6, error);
  remove_folder (folder);
  return mask;
}

/* NumPy's masks of lines and planes, of several types, orders and shapes; others are refused. */
static void
test_npy_masks (void)
{
  g_autoptr (GError) error = NULL;
  gint64 wide[6] = { 1, 0, 0, 1, 1, 0 };
  double fortran[24];
  guint8 plane[24];
  struct
  {
    const char *dictionary;
    gconstpointer data;
    gsize n;
    gboolean is_plane;
  } cases[] = {
    { "{'descr': '<i8', 'fortran_order': False, 'shape': (6,), }\n", wide, sizeof wide, FALSE },
    { "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1, 6, 1), }\n", wide, sizeof wide, FALSE },
    { "{'descr': '|b1', 'fortran_order': False, 'shape': (1, 4, 6), }\n", plane, sizeof plane, TRUE },
    { "{'descr': '<f8', 'fortran_order': True, 'shape': (4, 6), }\n", fortran, sizeof fortran, TRUE },
  };

  for (int r = 0; r < 4; r++)
    for (int p = 0; p < 6; p++)
      {
        plane[6 * r + p] = (r + p) % 3 == 0;
        fortran[4 * p + r] = (r + p) % 3 == 0;
      }
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      g_autoptr (MsmMask) mask = load_npy (cases[k].dictionary, cases[k].data, cases[k].n, &error);

      g_assert_no_error (error);
      for (int i = 0; i < 24; i++)
        g_assert_cmpuint (mask->points[i], ==, cases[k].is_plane ? plane[i] : wide[i % 6]);
    }
  g_assert_null (load_npy (cases[0].dictionary, wide, sizeof wide - 1, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (load_npy ("{'descr': '<c8', 'fortran_order': False, 'shape': (6,), }\n", wide, sizeof wide, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io/image-kinds/nifti-matrices", test_nifti_matrices);
  g_test_add_func ("/io/image-kinds/blank-and-nan", test_blank_and_nan);
  g_test_add_func ("/io/image-kinds/drawn-masks", test_drawn_masks);
  g_test_add_func ("/io/image-kinds/npy-masks", test_npy_masks);
  return g_test_run ();
}
