#include "config.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/calib/calib.h"
#include "core/dataset/dataset.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/phantom/acquire.h"
#include "tests/support/folder.h"

/* Simulated acquisitions from magnitude volumes, on ellipses. */

#define SIZE  32
#define COILS 4
#define PLANE (SIZE * SIZE)

static char *folder;

/* @n slices of an ellipse with three inner ones; slice @bad of them is constant, or holds a NaN. */
static MsmTensor *
make_volume (gsize n, gsize rows, gsize columns, gssize constant, gssize broken)
{
  MsmTensor *volume = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (n, 1, rows, columns), NULL);
  float *values = msm_tensor_host (volume);

  for (gsize k = 0; k < n; k++)
    for (gsize r = 0; r < rows; r++)
      for (gsize c = 0; c < columns; c++)
        {
          double y = 2.0 * (double) r / (double) rows - 1, x = 2.0 * (double) c / (double) columns - 1;
          double value = x * x / 0.5 + y * y / 0.7 < 1 ? 600 : 4;

          for (int j = -1; j <= 1; j++)
            if (hypot (x - 0.3 * j, y - 0.1 * (double) k + 0.2) < 0.15)
              value = 900 - 200 * j;
          values[(k * rows + r) * columns + c] = (gssize) k == constant ? 3 : (float) value;
        }
  if (broken >= 0)
    values[(gsize) broken * rows * columns + 5] = NAN;
  return volume;
}

static void
write_files (void)
{
  static const double spacing[3] = { 1, 1, 3 };
  g_autofree char *first = g_build_filename (folder, "anna_1.nii", NULL);
  g_autofree char *second = g_build_filename (folder, "berta_1.nii", NULL);
  g_autofree char *third = g_build_filename (folder, "many.h5", NULL);
  g_autofree char *fourth = g_build_filename (folder, "notes.txt", NULL);
  g_autoptr (MsmTensor) a = make_volume (6, 60, 50, 2, 4), b = make_volume (5, 60, 50, -1, -1);
  g_autoptr (MsmTensor) c = make_volume (8, 40, 44, -1, -1);
  g_autoptr (MsmTensor) subject = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape1 (8), NULL);
  MsmNamedTensor named[] = { { "image", NULL }, { "subject", NULL } };

  for (gsize i = 0; i < 8; i++)
    msm_tensor_host (subject)[i] = (float) (1 + i / 2);
  msm_tensor_reshape (c, msm_shape3 (8, 40, 44));
  named[0].tensor = c;
  named[1].tensor = subject;
  g_assert_true (msm_nifti_write (first, a, spacing, NULL, NULL, NULL));
  g_assert_true (msm_nifti_write (second, b, spacing, NULL, NULL, NULL));
  g_assert_true (msm_hdf5_write (third, named, 2, NULL, NULL));
  g_assert_true (g_file_set_contents (fourth, "no picture", -1, NULL));
}

/* "key=value" each, NULL-terminated, over defaults of small size. */
static MsmDataset *
open_dataset (GError **error, const char *setting, ...)
{
  g_autoptr (MsmParams) params = msm_params_new (msm_dataset_params ());
  va_list more;

  msm_params_set_text (params, "paths", folder, NULL);
  msm_params_set_number (params, "size", SIZE, NULL);
  msm_params_set_number (params, "coils", COILS, NULL);
  msm_params_set_number (params, "acs", 6, NULL);
  msm_params_set_text (params, "validation", "berta", NULL);
  va_start (more, setting);
  for (; setting != NULL; setting = va_arg (more, const char *))
    {
      g_auto (GStrv) parts = g_strsplit (setting, "=", 2);

      g_assert_true (msm_params_set_text (params, parts[0], parts[1], NULL));
    }
  va_end (more);
  return msm_dataset_new (params, NULL, error);
}

static MsmBatch *
make_batch (gsize n)
{
  g_autoptr (MsmMeasure) measure = msm_measure_new (msm_device_host (), MSM_MEASURE_MRI, n, COILS, SIZE, SIZE, NULL);

  return msm_batch_new (measure, NULL);
}

/* Sample @index alone. */
static MsmBatch *
draw_one (MsmDataset *data, guint64 index, gboolean validation)
{
  MsmBatch *batch = make_batch (1);

  g_assert_true (msm_dataset_fill (data, batch, index, validation, NULL));
  return batch;
}

static gboolean
same (MsmTensor *a, MsmTensor *b)
{
  return memcmp (msm_tensor_host (a), msm_tensor_host (b), msm_tensor_bytes (a)) == 0;
}

static void
test_items (void)
{
  g_autoptr (MsmDataset) data = open_dataset (NULL, NULL);
  const char *report;

  g_assert_nonnull (data);
  report = msm_dataset_report (data);
  /* anna: 6 less a constant and a broken slice; many: 8; berta's 5 are kept apart. */
  g_assert_cmpuint (msm_dataset_n_items (data, FALSE), ==, 4 + 8);
  g_assert_cmpuint (msm_dataset_n_items (data, TRUE), ==, 5);
  g_assert_nonnull (strstr (report, "skipped: anna_1.nii, slice 2: every pixel has the same value"));
  g_assert_nonnull (strstr (report, "skipped: anna_1.nii, slice 4: "));
  g_assert_nonnull (strstr (report, "notes.txt"));
  g_assert_nonnull (strstr (report, "3 skipped"));
}

/* 70 cubic voxels a side with a bar along each axis, of lengths 40, 30 and 20. */
static void
write_cube (const char *path, double thickness)
{
  double spacing[3] = { 1, 1, thickness };
  g_autoptr (MsmTensor) volume = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (70, 1, 70, 70), NULL);

  for (int s = 0; s < 70; s++)
    for (int r = 0; r < 70; r++)
      for (int c = 0; c < 70; c++)
        msm_tensor_host (volume)[(s * 70 + r) * 70 + c] =
            ABS (c - 35) <= 20 && ABS (r - 35) <= 15 && ABS (s - 35) <= 10 ? 500 : (float) ((s + r + c) % 3);
  g_assert_true (msm_nifti_write (path, volume, spacing, NULL, NULL, NULL));
}

/* Slices across every axis of cubic voxels; across the third alone where slices are thick, and unless asked for. */
static void
test_axes (void)
{
  g_autofree char *cubes = g_build_filename (folder, "cubes", NULL);
  g_autofree char *cube = g_build_filename (cubes, "cube.nii", NULL);
  g_autofree char *thick = g_build_filename (cubes, "thick.nii", NULL);
  g_autofree char *setting = g_strconcat ("paths=", cubes, NULL);

  g_assert_cmpint (g_mkdir (cubes, 0755), ==, 0);
  write_cube (cube, 1);
  write_cube (thick, 2);
  {
    g_autoptr (MsmDataset) data = open_dataset (NULL, setting, "axes=all", "validation=0", NULL);
    const char *report = msm_dataset_report (data);

    /* The bar's extent along each axis: 21 slices, 31 rows, 41 columns. */
    g_assert_nonnull (strstr (report, "cube.nii: 21 of 70 slices"));
    g_assert_nonnull (strstr (report, "cube.nii, axis 1: 31 of 70 slices"));
    g_assert_nonnull (strstr (report, "cube.nii, axis 2: 41 of 70 slices"));
    g_assert_nonnull (strstr (report, "thick.nii: 21 of 70 slices"));
    g_assert_null (strstr (report, "thick.nii, axis"));
    g_assert_cmpuint (msm_dataset_n_items (data, FALSE), ==, 21 + 31 + 41 + 21);
  }
  {
    g_autoptr (MsmDataset) data = open_dataset (NULL, setting, "validation=0", NULL);

    g_assert_cmpuint (msm_dataset_n_items (data, FALSE), ==, 42);
  }
  g_unlink (cube);
  g_unlink (thick);
  g_rmdir (cubes);
}

static void
test_held_out (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDataset) data = open_dataset (NULL, "exclude=anna", "subjects=1-2; 4", "validation=berta; 2", NULL);
  g_autoptr (MsmDataset) none = NULL;

  g_assert_nonnull (data);
  g_assert_cmpuint (msm_dataset_n_items (data, FALSE), ==, 4);
  g_assert_cmpuint (msm_dataset_n_items (data, TRUE), ==, 5 + 2);
  g_assert_nonnull (strstr (msm_dataset_report (data), "held out: anna_1.nii"));
  g_assert_nonnull (strstr (msm_dataset_report (data), "held out: many.h5, subject 3"));

  none = open_dataset (&error, "exclude=anna;many", NULL);
  g_assert_null (none);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_clear_error (&error);
  none = open_dataset (&error, "subjects=1-x", NULL);
  g_assert_null (none);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_clear_error (&error);
  none = open_dataset (&error, "paths=nowhere/at-all", NULL);
  g_assert_null (none);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_clear_error (&error);
  none = open_dataset (&error, "acs=33", NULL);
  g_assert_null (none);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

/* A split holds lines back, never those of the centre, other ones at the next visit, and none in validation. */
static void
test_split (void)
{
  g_autoptr (MsmDataset) data = open_dataset (NULL, "split=0.8", "fixed-mask=yes", NULL);
  gsize n_held = 0, n_items = msm_dataset_n_items (data, FALSE);
  gboolean differs = FALSE;

  g_assert_true (msm_dataset_is_split (data));
  for (guint64 index = 0; index < n_items; index++)
    {
      g_autoptr (MsmBatch) batch = draw_one (data, index, FALSE), v = draw_one (data, index % 2, TRUE);
      const float *mask = msm_tensor_host (batch->mask), *shown = msm_tensor_host (msm_batch_shown (batch));

      g_assert_true (msm_batch_shown (v) == v->mask);
      for (gsize i = 0; i < PLANE; i++)
        {
          g_assert_true (shown[i] <= mask[i]);
          n_held += shown[i] < mask[i];
          differs = differs || shown[i] != mask[i];
        }
      for (gsize r = 0; r < SIZE; r++)
        g_assert_cmpfloat (shown[r * SIZE + SIZE / 2], ==, mask[r * SIZE + SIZE / 2]);
    }
  g_assert_true (differs);
  g_assert_cmpuint (n_held, >, 0);
}

/* A sample is a function of seed and index: not of the batch it came in, of what was drawn before, or the object. */
static void
test_pure (void)
{
  g_autoptr (MsmDataset) one = open_dataset (NULL, "noise-std=0.05", NULL);
  g_autoptr (MsmDataset) two = open_dataset (NULL, "noise-std=0.05", NULL);
  g_autoptr (MsmDataset) other = open_dataset (NULL, "noise-std=0.05", "seed=2", NULL);
  g_autoptr (MsmBatch) four = make_batch (4), a = draw_one (one, 30, FALSE), c = draw_one (other, 30, FALSE);
  g_autoptr (MsmBatch) v = draw_one (one, 1, TRUE), w = NULL;
  gsize n = 2 * COILS * PLANE;

  g_assert_true (msm_dataset_fill (two, four, 28, FALSE, NULL));
  g_assert_cmpmem (msm_tensor_host (four->s) + 2 * n, n * sizeof (float), msm_tensor_host (a->s), n * sizeof (float));
  g_assert_cmpmem (msm_tensor_host (four->sens) + 2 * n, n * sizeof (float), msm_tensor_host (a->sens),
                   n * sizeof (float));
  g_assert_false (same (a->s, c->s));
  g_assert_true (msm_dataset_fill (two, four, 3, FALSE, NULL));
  w = draw_one (two, 1, TRUE);
  g_assert_true (same (v->s, w->s));
  g_assert_cmpfloat (four->noise_std, ==, 0.05);
}

/* Clean and full: s is in the range of F C, Σ|C|² = 1, and the scale is the rule's. */
static void
test_physics (void)
{
  g_autoptr (MsmDataset) data = open_dataset (NULL, "pattern=full", NULL);
  gsize n_limited = 0, n_whole = 0;

  for (guint64 index = 0; index < 12; index++)
    {
      g_autoptr (MsmBatch) batch = draw_one (data, index, FALSE);
      g_autoptr (MsmMeasure) measure =
          msm_measure_new (msm_device_host (), MSM_MEASURE_MRI, 1, COILS, SIZE, SIZE, NULL);
      g_autoptr (MsmTensor) x = msm_tensor_new (msm_device_host (), MSM_C64, msm_measure_image_shape (measure), NULL);
      g_autoptr (MsmTensor) z = msm_tensor_new_like (batch->s, NULL);
      const float *sens = msm_tensor_host (batch->sens), *s = msm_tensor_host (batch->s);
      double wrong = 0, power = 0;
      gsize n_outside = 0;

      for (gsize i = 0; i < PLANE; i++)
        {
          double sum = 0;

          for (gsize c = 0; c < COILS; c++)
            sum += pow (sens[2 * (c * PLANE + i)], 2) + pow (sens[2 * (c * PLANE + i) + 1], 2);
          /* Float32 rounding; maps that end around the object are zero there. */
          g_assert_true (sum == 0 || fabs (sum - 1) < 1e-5);
          n_outside += sum == 0;
        }
      n_limited += n_outside > 0 && n_outside < 3 * PLANE / 4;
      n_whole += n_outside == 0;
      msm_measure_set_sens (measure, batch->sens);
      msm_measure_adjoint (measure, batch->s, x);
      msm_measure_forward (measure, x, z);
      for (gsize i = 0; i < 2 * COILS * PLANE; i++)
        {
          wrong += pow (msm_tensor_host (z)[i] - s[i], 2);
          power += pow (s[i], 2);
        }
      /* Two transforms in float32. */
      g_assert_cmpfloat (wrong / power, <, 1e-11);
      g_assert_cmpfloat (fabs (msm_normalise_scale (batch->s, NULL, NULL) - 1), <, 1e-4);
    }
  g_assert_cmpuint (n_limited + n_whole, ==, 12);
  g_assert_cmpuint (MIN (n_limited, n_whole), >, 0);
}

/* The image's part that is imaginary, of its norm, with the sample's own maps. */
static double
imaginary_part (MsmBatch *batch)
{
  g_autoptr (MsmMeasure) measure = msm_measure_new (msm_device_host (), MSM_MEASURE_MRI, 1, COILS, SIZE, SIZE, NULL);
  g_autoptr (MsmTensor) x = msm_tensor_new (msm_device_host (), MSM_C64, msm_measure_image_shape (measure), NULL);
  double imaginary = 0, power = 0;

  msm_measure_set_sens (measure, batch->sens);
  msm_measure_adjoint (measure, batch->s, x);
  for (gsize i = 0; i < PLANE; i++)
    {
      imaginary += pow (msm_tensor_host (x)[2 * i + 1], 2);
      power += pow (msm_tensor_host (x)[2 * i], 2) + pow (msm_tensor_host (x)[2 * i + 1], 2);
    }
  return sqrt (imaginary / power);
}

/* The measurement is the same; the maps take up the phase, and the image is nearly real. */
static void
test_smooth_phase (void)
{
  g_autoptr (MsmDataset) with = open_dataset (NULL, "pattern=full", "phase=3", NULL);
  g_autoptr (MsmDataset) without = open_dataset (NULL, "pattern=full", "phase=3", "smooth-phase=no", NULL);
  double most = 0;

  for (guint64 index = 0; index < 8; index++)
    {
      g_autoptr (MsmBatch) a = draw_one (with, index, FALSE), b = draw_one (without, index, FALSE);

      g_assert_true (same (a->s, b->s));
      /* 20 of 32 points resolve all but edges: 8 % of the norm. */
      g_assert_cmpfloat (imaginary_part (a), <, 0.08);
      most = MAX (most, imaginary_part (b));
    }
  g_assert_cmpfloat (most, >, 0.4);
}

static void
test_masked (void)
{
  g_autoptr (MsmDataset) data = open_dataset (NULL, "noise-std=0.1", NULL);
  g_autoptr (MsmBatch) a = draw_one (data, 0, FALSE), b = draw_one (data, 1, FALSE);
  const float *mask = msm_tensor_host (a->mask), *s = msm_tensor_host (a->s);
  gsize n_sampled = 0;

  g_assert_false (same (a->mask, b->mask));
  for (gsize i = 0; i < PLANE; i++)
    {
      g_assert_true (mask[i] == 0 || mask[i] == 1);
      g_assert_true (mask[i] == mask[i % SIZE]);
      if (i % SIZE >= SIZE / 2 - 3 && i % SIZE < SIZE / 2 + 3)
        g_assert_true (mask[i] == 1);
      n_sampled += mask[i] == 1;
      for (gsize c = 0; c < COILS; c++)
        g_assert_true ((mask[i] == 1) == (s[2 * (c * PLANE + i)] != 0));
    }
  g_assert_cmpuint (n_sampled, <, PLANE / 2 + PLANE / 8);
  /* The rule sees the noise too; it is found by iteration. */
  g_assert_cmpfloat (fabs (msm_normalise_scale (a->s, NULL, NULL) - 1), <, 1e-2);
}

/* s = a S z + ρ n: what is left beside the clean sample has standard deviation ρ. */
static void
test_noise (void)
{
  g_autoptr (MsmDataset) clean = open_dataset (NULL, "smooth-phase=no", NULL);
  g_autoptr (MsmDataset) noisy = open_dataset (NULL, "noise-std=0.1", "smooth-phase=no", NULL);
  g_autoptr (MsmBatch) a = draw_one (clean, 3, FALSE), b = draw_one (noisy, 3, FALSE);
  const float *z = msm_tensor_host (a->s), *s = msm_tensor_host (b->s);
  double zz = 0, zs = 0, left = 0;
  gsize n = 0;

  g_assert_true (same (a->mask, b->mask) && same (a->sens, b->sens));
  for (gsize i = 0; i < 2 * COILS * PLANE; i++)
    {
      zz += z[i] * z[i];
      zs += z[i] * s[i];
    }
  for (gsize i = 0; i < 2 * COILS * PLANE; i++)
    if (s[i] != 0)
      {
        left += pow (s[i] - zs / zz * z[i], 2);
        n++;
      }
  /* Some 3000 numbers: their standard deviation is known to 1.3 %; four of these. */
  g_assert_cmpfloat (fabs (sqrt (left / (double) n) / 0.1 - 1), <, 0.052);
}

/* Frozen: the second epoch holds the same acquisitions as the first, in another order. */
static void
test_fixed (void)
{
  g_autoptr (MsmDataset) data = open_dataset (NULL, "fixed-mask=yes", "acquisitions=2", "noise-std=0.1", NULL);
  g_autoptr (MsmDataset) fewer =
      open_dataset (NULL, "fixed-mask=yes", "acquisitions=2", "noise-std=0.1", "exclude=anna", NULL);
  gsize n = msm_dataset_n_items (data, FALSE), n_moved = 0, n_shared = 0;
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);

  g_assert_cmpuint (n, ==, 24);
  for (gsize i = 0; i < 2 * n; i++)
    {
      g_autoptr (MsmBatch) batch = draw_one (data, i, FALSE);
      GBytes *bytes = g_bytes_new (msm_tensor_host (batch->s), msm_tensor_bytes (batch->s));

      if (i >= n)
        {
          g_assert_true (g_hash_table_contains (seen, bytes));
          n_moved += GPOINTER_TO_SIZE (g_hash_table_lookup (seen, bytes)) != i - n;
          g_bytes_unref (bytes);
        }
      else
        g_hash_table_insert (seen, bytes, GSIZE_TO_POINTER (i));
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, n);
  g_assert_cmpuint (n_moved, >, n / 2);
  /* And they stay with their slices when others leave the set. */
  for (gsize i = 0; i < msm_dataset_n_items (fewer, FALSE); i++)
    {
      g_autoptr (MsmBatch) batch = draw_one (fewer, i, FALSE);
      g_autoptr (GBytes) bytes = g_bytes_new (msm_tensor_host (batch->s), msm_tensor_bytes (batch->s));

      n_shared += g_hash_table_contains (seen, bytes);
    }
  g_assert_cmpuint (n_shared, ==, 16);
}

/* Estimated maps are near the true ones up to a phase, and the same when a fixed scan comes again. */
static void
test_estimated (void)
{
  const char *fixed = "fixed-mask=yes";
  g_autoptr (MsmDataset) real = open_dataset (NULL, fixed, "acs=16", "support=1", NULL);
  g_autoptr (MsmDataset) estimated = open_dataset (NULL, fixed, "acs=16", "support=1", "sens=espirit", NULL);
  g_autoptr (MsmBatch) a = draw_one (real, 0, FALSE), b = draw_one (estimated, 0, FALSE);
  g_autoptr (MsmBatch) again = draw_one (estimated, 0, FALSE);
  const float *x = msm_tensor_host (a->sens), *y = msm_tensor_host (b->sens);
  double likeness = 0;
  gsize n = 0;

  g_assert_true (same (a->s, b->s) && same (b->sens, again->sens));
  for (gsize i = 0; i < PLANE; i++)
    {
      double re = 0, im = 0, power = 0;

      for (gsize c = 0; c < COILS; c++)
        {
          gsize j = 2 * (c * PLANE + i);

          re += x[j] * y[j] + x[j + 1] * y[j + 1];
          im += x[j] * y[j + 1] - x[j + 1] * y[j];
          power += x[j] * x[j] + x[j + 1] * x[j + 1];
        }
      if (power > 0.5)
        {
          likeness += hypot (re, im);
          n++;
        }
    }
  /* 1 for equal maps; unrelated ones of 4 coils give about a half. The estimate ends a little inside. */
  g_assert_cmpfloat (likeness / (double) n, >, 0.8);
}

static void
test_wrong_batch (void)
{
  g_autoptr (MsmDataset) data = open_dataset (NULL, "coils=5", NULL);
  g_autoptr (MsmBatch) batch = make_batch (1);
  g_autoptr (GError) error = NULL;

  g_assert_false (msm_dataset_fill (data, batch, 0, FALSE, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
}

/* Batches come in order, the same as without the thread, also while the trainer validates. */
static void
test_loader (void)
{
  g_autoptr (MsmDataset) data = open_dataset (NULL, NULL), again = open_dataset (NULL, NULL);
  g_autoptr (MsmMeasure) measure = msm_measure_new (msm_device_host (), MSM_MEASURE_MRI, 3, COILS, SIZE, SIZE, NULL);
  g_autoptr (MsmBatch) batch = make_batch (3), other = make_batch (2);
  g_autoptr (MsmLoader) loader = msm_loader_new (data, measure, 6, msm_measure_shape (measure).dim[0], NULL);

  g_assert_nonnull (loader);
  for (guint64 index = 6; index < 36; index += 3)
    {
      MsmBatch *next = msm_loader_next (loader, NULL);

      g_assert_nonnull (next);
      g_assert_true (msm_dataset_fill (again, batch, index, FALSE, NULL));
      g_assert_true (msm_dataset_fill (data, other, index, TRUE, NULL));
      g_assert_true (same (next->s, batch->s) && same (next->mask, batch->mask) && same (next->sens, batch->sens));
    }
}

static void
test_loader_fails (void)
{
  g_autoptr (MsmDataset) data = open_dataset (NULL, "coils=5", NULL);
  g_autoptr (MsmMeasure) measure = msm_measure_new (msm_device_host (), MSM_MEASURE_MRI, 1, COILS, SIZE, SIZE, NULL);
  g_autoptr (MsmLoader) loader = msm_loader_new (data, measure, 0, msm_measure_shape (measure).dim[0], NULL);

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (msm_loader_next (loader, &error));
      g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
    }
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("msm-dataset-XXXXXX", NULL);
  write_files ();
  g_test_add_func ("/volumes/items", test_items);
  g_test_add_func ("/volumes/axes", test_axes);
  g_test_add_func ("/volumes/held-out", test_held_out);
  g_test_add_func ("/volumes/pure", test_pure);
  g_test_add_func ("/dataset/volumes/split", test_split);
  g_test_add_func ("/volumes/physics", test_physics);
  g_test_add_func ("/volumes/smooth-phase", test_smooth_phase);
  g_test_add_func ("/volumes/masked", test_masked);
  g_test_add_func ("/volumes/noise", test_noise);
  g_test_add_func ("/volumes/fixed", test_fixed);
  g_test_add_func ("/volumes/estimated", test_estimated);
  g_test_add_func ("/volumes/wrong-batch", test_wrong_batch);
  g_test_add_func ("/loader/order", test_loader);
  g_test_add_func ("/loader/failure", test_loader_fails);
  result = g_test_run ();
  remove_folder (folder);
  return result;
}
