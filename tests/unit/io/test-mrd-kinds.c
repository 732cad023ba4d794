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
 * ISMRMRD files whose headers or rows are not as the textbook has them, each against the same object: two disks,
 * exactly transformed by a sum over their pixels, on a grid of 32 oversampled samples (16 of the image) × 24 lines.
 */

enum
{
  N_FULL = 32,
  N_IMAGE = 16,
  N_LINES = 24,
  N_COILS = 2
};

/* The object's pixel (r, p) of coil c; two disks off the centre, so that mirrored or shifted images differ. */
static double
pixel (gsize c, gsize r, gsize p)
{
  double a = hypot ((double) r - 6, (double) p - 10), b = hypot ((double) r - 10, (double) p - 16);

  return (a < 4 ? 3.0 : 0) + (b < 2.5 ? 1.0 + (double) c : 0) + 0.01 * (double) (c + 1);
}

/* Sample k of line p of the oversampled k-space, orthonormal over N_FULL × N_LINES; k and p from 0, centres n/2. */
static void
sample (gsize c, gsize k, gsize p, float *out)
{
  double re = 0, im = 0;

  for (gsize r = 0; r < N_IMAGE; r++)
    for (gsize q = 0; q < N_LINES; q++)
      {
        double angle = -2 * G_PI
                       * (((double) k - N_FULL / 2) * ((double) r - N_IMAGE / 2) / N_FULL
                          + ((double) p - N_LINES / 2) * ((double) q - N_LINES / 2) / N_LINES);

        re += pixel (c, r, q) * cos (angle);
        im += pixel (c, r, q) * sin (angle);
      }
  out[0] = (float) (re / sqrt (N_FULL * N_LINES));
  out[1] = (float) (im / sqrt (N_FULL * N_LINES));
}

/* [line, coil, sample] of whole lines. */
static const float *
lines (void)
{
  static float *all;

  if (all == NULL)
    {
      all = g_new (float, 2 * N_LINES * N_COILS * N_FULL);
      for (gsize p = 0; p < N_LINES; p++)
        for (gsize c = 0; c < N_COILS; c++)
          for (gsize k = 0; k < N_FULL; k++)
            sample (c, k, p, all + 2 * ((p * N_COILS + c) * N_FULL + k));
    }
  return all;
}

/* Samples [first, first + n) of line p, reversed when @is_reverse, times @factor. (transfer full) */
static float *
cut (gsize p, gsize first, gsize n, gboolean is_reverse, float factor)
{
  float *samples = g_new (float, 2 * N_COILS * n);

  for (gsize c = 0; c < N_COILS; c++)
    for (gsize k = 0; k < n; k++)
      for (int part = 0; part < 2; part++)
        samples[2 * (c * n + (is_reverse ? n - 1 - k : k)) + part] =
            factor * lines ()[2 * ((p * N_COILS + c) * N_FULL + first + k) + part];
  return samples;
}

/* What is written, and the memory it stands on. */
typedef struct
{
  GArray *rows;
  GPtrArray *samples;
  const char *centre;     /* of the lines; NULL: "12" */
  const char *trajectory; /* NULL: "cartesian" */
  const char *mode;       /* calibrationMode, or NULL */
  const char *extra;      /* of the encoding, or NULL */
} File;

static File
file_new (void)
{
  return (File){ g_array_new (FALSE, TRUE, sizeof (TestMrdRow)), g_ptr_array_new_with_free_func (g_free) };
}

/* A whole line where only @row's counters and flags are given. */
static TestMrdRow *
add (File *file, TestMrdRow row, float *samples_take)
{
  if (samples_take == NULL)
    {
      samples_take = cut (row.line, 0, N_FULL, FALSE, 1);
      row.n_samples = N_FULL;
      row.center_sample = N_FULL / 2;
    }
  row.samples = samples_take;
  g_ptr_array_add (file->samples, samples_take);
  g_array_append_val (file->rows, row);
  return &g_array_index (file->rows, TestMrdRow, file->rows->len - 1);
}

static MsmScan *
try_open (File *file, const char *group, GHashTable *indices, GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-mrd-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "scan.h5", NULL);
  g_autofree char *mode = file->mode != NULL ? g_strdup_printf ("<parallelImaging><calibrationMode>%s</calibrationMode>"
                                                                "</parallelImaging>",
                                                                file->mode)
                                             : g_strdup ("");
  g_autofree char *xml = g_strdup_printf (
      "<?xml version=\"1.0\"?><ismrmrdHeader xmlns=\"http://www.ismrm.org/ISMRMRD\"><encoding>"
      "<trajectory>%s</trajectory><encodedSpace><matrixSize><x>32</x><y>24</y><z>1</z></matrixSize>"
      "<fieldOfView_mm><x>32</x><y>24</y><z>5</z></fieldOfView_mm></encodedSpace>"
      "<reconSpace><matrixSize><x>16</x><y>24</y><z>1</z></matrixSize>"
      "<fieldOfView_mm><x>16</x><y>24</y><z>5</z></fieldOfView_mm></reconSpace>"
      "<encodingLimits><kspace_encoding_step_1><minimum>0</minimum><maximum>23</maximum><center>%s</center>"
      "</kspace_encoding_step_1></encodingLimits>%s%s</encoding></ismrmrdHeader>",
      file->trajectory != NULL ? file->trajectory : "cartesian", file->centre != NULL ? file->centre : "12",
      file->extra != NULL ? file->extra : "", mode);
  MsmScanOptions options = { .indices = indices };
  MsmScan *scan;

  g_assert_true (test_mrd_write_rows (path, group, xml, (TestMrdRow *) file->rows->data, file->rows->len));
  g_array_unref (file->rows);
  g_ptr_array_unref (file->samples);
  scan = msm_scan_open (path, &options, error);
  g_remove (path);
  g_rmdir (folder);
  return scan;
}

static MsmScan *
open_file (File *file)
{
  g_autoptr (GError) error = NULL;
  MsmScan *scan = try_open (file, "dataset", NULL, &error);

  g_assert_no_error (error);
  return scan;
}

/* The first coil's image of @slice is the object, times @factor. */
static void
assert_object (MsmScan *scan, gsize slice, double factor)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) image = msm_scan_read (scan, slice, NULL, &error);
  g_autoptr (MsmLinop) fft = NULL;

  g_assert_no_error (error);
  g_assert_true (msm_shape_equal (msm_tensor_shape (image), msm_shape4 (1, N_COILS, N_IMAGE, N_LINES)));
  fft = msm_linop_fft_new (msm_device_host (), msm_tensor_shape (image), &error);
  g_assert_no_error (error);
  msm_linop_adjoint (fft, image, image);
  /* Sums of 1e3 float products of order 1; 32 samples' transform is orthonormal, 16 pixels' of it are kept. */
  for (gsize r = 0; r < N_IMAGE; r++)
    for (gsize p = 0; p < N_LINES; p++)
      g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (image)[2 * (r * N_LINES + p)], factor * pixel (0, r, p),
                                      1e-4);
}

static void
assert_noted (MsmScan *scan, const char *word)
{
  for (guint i = 0; i < scan->notes->len; i++)
    if (strstr (scan->notes->pdata[i], word) != NULL)
      return;
  g_error ("no note says “%s”", word);
}

static File
whole_slice (void)
{
  File file = file_new ();

  for (guint16 p = 0; p < N_LINES; p++)
    add (&file, (TestMrdRow){ .line = p }, NULL);
  return file;
}

/* Each slice has the lines that it has: slice 1 lacks every third. */
static void
test_mask_per_slice (void)
{
  File file = file_new ();
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmMask) second = NULL;

  for (guint16 s = 0; s < 3; s++)
    for (guint16 p = 0; p < N_LINES; p++)
      if (s != 1 || p % 3 != 0)
        add (&file, (TestMrdRow){ .line = p, .slice = s }, NULL);
  scan = open_file (&file);
  g_assert_null (test_mask_of (scan, 0));
  g_assert_null (test_mask_of (scan, 2));
  second = test_mask_of (scan, 1);
  for (gsize p = 0; p < N_LINES; p++)
    g_assert_cmpuint (second->points[p], ==, p % 3 != 0);
}

/* Slices numbered 5 and 8 are 0 and 1; contrasts 2 and 4 are those of index 0 and 1. */
static void
test_numbers_with_gaps (void)
{
  File file = file_new ();
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (GHashTable) indices = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;

  for (guint16 contrast = 2; contrast <= 4; contrast += 2)
    for (guint16 s = 5; s <= 8; s += 3)
      for (guint16 p = 0; p < N_LINES; p++)
        add (&file,
             (TestMrdRow){
                 .line = p, .slice = s, .contrast = contrast, .n_samples = N_FULL, .center_sample = N_FULL / 2 },
             cut (p, 0, N_FULL, FALSE, s * contrast));
  g_hash_table_insert (indices, (gpointer) "contrast", GSIZE_TO_POINTER (1));
  scan = try_open (&file, "dataset", indices, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scan->n_slices, ==, 2);
  assert_object (scan, 0, 5 * 4);
  assert_object (scan, 1, 8 * 4);
}

/* Positions come from the rows: with a gap of 6 mm where the header says 5, and interleaved as 0, 10, 5, 15. */
static void
test_positions (void)
{
  static const float z[2][4] = { { 0, 6, 12, 18 }, { 0, 10, 5, 15 } };

  for (gsize i = 0; i < 2; i++)
    {
      File file = file_new ();
      g_autoptr (MsmScan) scan = NULL;

      for (guint16 s = 0; s < 4; s++)
        for (guint16 p = 0; p < N_LINES; p++)
          add (&file, (TestMrdRow){ .line = p, .slice = s, .z = z[i][s] }, NULL);
      scan = open_file (&file);
      g_assert_cmpfloat (scan->spacing_mm[2], ==, i == 0 ? 6 : 5);
      for (gsize s = 0; s < 4; s++)
        g_assert_cmpfloat_with_epsilon (msm_scan_geometry (scan, s).centre[2], z[i][s], 1e-6);
    }
}

/* Unflagged reference lines, short or flagged as calibration, of another contrast: skipped where the line is there. */
static void
test_reference_lines (void)
{
  File file = whole_slice ();
  g_autoptr (MsmScan) scan = NULL;

  for (guint16 p = 8; p < 16; p++)
    {
      add (&file, (TestMrdRow){ .line = p, .n_samples = 12, .center_sample = 6 }, cut (p, 10, 12, FALSE, 9));
      add (&file, (TestMrdRow){ .line = p, .n_samples = N_FULL, .center_sample = N_FULL / 2, .flags = 1 << 19 },
           cut (p, 0, N_FULL, FALSE, 5));
    }
  scan = open_file (&file);
  g_assert_null (test_mask_of (scan, 0));
  assert_object (scan, 0, 1);
  assert_noted (scan, "16 readouts");
}

/* The limits' centre is 0, which puts half of the lines outside: all are there, so there is but one place for them. */
static void
test_centre_zero (void)
{
  File file = whole_slice ();
  g_autoptr (MsmScan) scan = NULL;

  file.centre = "0";
  scan = open_file (&file);
  g_assert_null (test_mask_of (scan, 0));
  assert_object (scan, 0, 1);
  assert_noted (scan, "the centre is taken to be 12");
}

/*
 * Partial Fourier: the last 18 of 24 lines, numbered from 0. The header's centre is right (6), or n/2, which the energy
 * contradicts: either way they are lines 6 … 23.
 */
static void
test_partial_fourier_centre (void)
{
  for (int i = 0; i < 2; i++)
    {
      File file = file_new ();
      g_autoptr (MsmScan) scan = NULL;
      g_autoptr (MsmMask) own = NULL;

      for (guint16 p = 0; p < 18; p++)
        add (&file, (TestMrdRow){ .line = p, .n_samples = N_FULL, .center_sample = N_FULL / 2 },
             cut (p + 6, 0, N_FULL, FALSE, 1));
      file.centre = i == 0 ? "6" : "12";
      scan = open_file (&file);
      own = test_mask_of (scan, 0);
      for (gsize p = 0; p < N_LINES; p++)
        g_assert_cmpuint (own->points[p], ==, p >= 6);
      if (i == 1)
        assert_noted (scan, "the centre is taken to be 6");
    }
}

/*
 * Asymmetric echoes of 24 samples, k = 0 at the 8th, even lines forward and odd ones reversed; the header says so, or
 * that the centre is in the middle. The samples land where they belong, to the sample.
 */
static void
test_asymmetric_echo (void)
{
  for (int i = 0; i < 2; i++)
    {
      File file = file_new ();
      g_autoptr (MsmScan) scan = NULL;
      g_autoptr (MsmMask) own = NULL;
      g_autoptr (MsmTensor) kspace = NULL;
      g_autoptr (GError) error = NULL;
      gsize first;

      for (guint16 p = 0; p < N_LINES; p++)
        {
          const gboolean is_reverse = p % 2 == 1;

          add (&file,
               (TestMrdRow){ .line = p,
                             .n_samples = 24,
                             .center_sample = i == 1       ? 12
                                              : is_reverse ? 15
                                                           : 8,
                             .flags = is_reverse ? 1 << 21 : 0 },
               cut (p, 8, 24, is_reverse, 1));
        }
      scan = open_file (&file);
      own = test_mask_of (scan, 0);
      /* 8 of 32 oversampled samples are missing: 4 of 16. */
      for (first = 0; first < N_IMAGE && !own->points[first * N_LINES]; first++)
        ;
      g_assert_cmpuint (first, ==, 4);
      g_assert_true (own->points[(N_IMAGE - 1) * N_LINES + 3]);
      kspace = msm_scan_read (scan, 0, NULL, &error);
      g_assert_no_error (error);
      /*
       * At k = 0 along the readout, away from the gap, each line is as a whole one's to some percent; one sample beside
       * it is 40 % off, by the phase of an object that lies two pixels off the centre.
       */
      for (gsize p = N_LINES / 2 - 1; p <= N_LINES / 2 + 1; p++)
        {
          const float *whole = lines () + 2 * (p * N_COILS * N_FULL + N_FULL / 2);
          const float *v = msm_tensor_const_host (kspace) + 2 * (N_IMAGE / 2 * N_LINES + p);
          const double scale = hypot (whole[0], whole[1]) * sqrt (2);

          g_assert_cmpfloat_with_epsilon (v[0], whole[0] * sqrt (2), 0.1 * scale);
          g_assert_cmpfloat_with_epsilon (v[1], whole[1] * sqrt (2), 0.1 * scale);
        }
      if (i == 1)
        assert_noted (scan, "sample 8 is taken");
    }
}

/*
 * Readouts of the image's length around their centre: the oversampling is gone, whatever the header says of the width.
 */
static void
test_oversampling_removed (void)
{
  File file = file_new ();
  g_autoptr (MsmScan) scan = NULL;

  for (guint16 p = 0; p < N_LINES; p++)
    {
      float *samples = g_new (float, 2 * N_COILS * N_IMAGE);

      /* Every second sample of twice the width is the transform of the width itself, √2 times. */
      for (gsize k = 0; k < N_COILS * N_IMAGE; k++)
        for (int part = 0; part < 2; part++)
          samples[2 * k + part] =
              (float) sqrt (2) * lines ()[2 * ((p * N_COILS + k / N_IMAGE) * N_FULL + 2 * (k % N_IMAGE)) + part];
      add (&file, (TestMrdRow){ .line = p, .n_samples = N_IMAGE, .center_sample = N_IMAGE / 2 }, samples);
    }
  scan = open_file (&file);
  g_assert_cmpuint (scan->n_readout, ==, N_IMAGE);
  g_assert_cmpfloat (scan->spacing_mm[0], ==, 1);
  g_assert_null (test_mask_of (scan, 0));
  assert_object (scan, 0, 1);
  assert_noted (scan, "removed already");
}

/* A separate calibration does not fill the lines that are missing, but is there for the coil maps. */
static void
test_separate_calibration (void)
{
  File file = file_new ();
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmMask) own = NULL, cover = NULL;
  g_autoptr (MsmTensor) kspace = NULL;
  g_autoptr (GError) error = NULL;

  for (guint16 p = 0; p < N_LINES; p += 2)
    add (&file, (TestMrdRow){ .line = p }, NULL);
  for (guint16 p = 8; p < 16; p++)
    add (&file, (TestMrdRow){ .line = p, .flags = 1 << 19 }, NULL);
  file.mode = "separate";
  scan = open_file (&file);
  own = test_mask_of (scan, 0);
  g_assert_cmpuint (msm_mask_count (own), ==, N_IMAGE * N_LINES / 2);
  g_assert_true (scan->has_calibration);
  kspace = msm_scan_read_calibration (scan, 0, &cover, NULL, &error);
  g_assert_no_error (error);
  for (gsize p = 0; p < N_LINES; p++)
    {
      const float *v = msm_tensor_const_host (kspace) + 2 * (N_IMAGE / 2 * N_LINES + p);

      g_assert_cmpuint (cover->points[p], ==, p >= 8 && p < 16);
      g_assert_cmpint (v[0] != 0 || v[1] != 0, ==, p >= 8 && p < 16);
    }
}

/* Groups inside groups are found, and one may be called `kspace`. */
static void
test_groups (void)
{
  static const char *const names[] = { "study/scan/dataset", "kspace" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      File file = whole_slice ();
      g_autoptr (GError) error = NULL;
      g_autoptr (MsmScan) scan = try_open (&file, names[i], NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (scan->group, ==, names[i]);
      assert_object (scan, 0, 1);
    }
}

/* Echo-planar lines are lines; not so where they are sampled on the gradient's ramps, and spirals never are. */
static void
test_trajectories (void)
{
  static const struct
  {
    const char *trajectory, *extra, *word;
  } cases[] = { { "epi", NULL, NULL },
                { "other", NULL, NULL },
                { "epi",
                  "<trajectoryDescription><identifier>ConventionalEPI</identifier><userParameterLong>"
                  "<name>rampUpTime</name><value>110</value></userParameterLong></trajectoryDescription>",
                  "ramps" },
                { "spiral", NULL, "spiral" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      File file = whole_slice ();
      g_autoptr (GError) error = NULL;
      g_autoptr (MsmScan) scan = NULL;

      file.trajectory = cases[i].trajectory;
      file.extra = cases[i].extra;
      scan = try_open (&file, "dataset", NULL, &error);
      g_assert_cmpint (scan != NULL, ==, cases[i].word == NULL);
      if (cases[i].word != NULL)
        {
          g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
          g_assert_nonnull (strstr (error->message, cases[i].word));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io/mrd-kinds/mask-per-slice", test_mask_per_slice);
  g_test_add_func ("/io/mrd-kinds/numbers-with-gaps", test_numbers_with_gaps);
  g_test_add_func ("/io/mrd-kinds/positions", test_positions);
  g_test_add_func ("/io/mrd-kinds/reference-lines", test_reference_lines);
  g_test_add_func ("/io/mrd-kinds/centre-zero", test_centre_zero);
  g_test_add_func ("/io/mrd-kinds/partial-fourier-centre", test_partial_fourier_centre);
  g_test_add_func ("/io/mrd-kinds/asymmetric-echo", test_asymmetric_echo);
  g_test_add_func ("/io/mrd-kinds/oversampling-removed", test_oversampling_removed);
  g_test_add_func ("/io/mrd-kinds/separate-calibration", test_separate_calibration);
  g_test_add_func ("/io/mrd-kinds/groups", test_groups);
  g_test_add_func ("/io/mrd-kinds/trajectories", test_trajectories);
  return g_test_run ();
}
