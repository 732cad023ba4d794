#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/calib/calib.h"
#include "core/dataset/dataset.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/phantom/phantom.h"
#include "tests/support/folder.h"

/* Raw k-space as training data: phantoms of several coils, written as cfl. */

#define SIZE  48
#define COILS 4
#define PLANE (SIZE * SIZE)

static char *folder, *cache;

typedef enum
{
  WHOLE,
  EVERY_OTHER_LINE, /* and 20 in the centre */
  NO_CENTRE,
  BROKEN,
  CONSTANT,
} Damage;

static void
write_scan (const char *name, gsize rows, gsize columns, gsize n_coils, Damage damage)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (MsmParams) params = msm_params_new (msm_phantom_params);
  g_autoptr (MsmTensor) kspace = NULL;
  float *values;

  msm_params_set_number (params, "rows", (double) rows, NULL);
  msm_params_set_number (params, "columns", (double) columns, NULL);
  msm_params_set_number (params, "coils", (double) n_coils, NULL);
  msm_params_set_number (params, "noise", 0, NULL);
  g_assert_true (msm_phantom_kspace (params, &kspace, NULL, NULL, NULL));
  values = msm_tensor_host (kspace);
  for (gsize i = 0; i < msm_tensor_size (kspace); i++)
    {
      gsize column = i % columns;
      gboolean is_centre = column >= columns / 2 - 10 && column < columns / 2 + 10;

      if ((damage == EVERY_OTHER_LINE && !is_centre && column % 2 == 1) || (damage == NO_CENTRE && is_centre))
        values[2 * i] = values[2 * i + 1] = 0;
      if (damage == CONSTANT)
        values[2 * i] = values[2 * i + 1] = 1;
    }
  if (damage == BROKEN)
    values[77] = NAN;
  g_assert_true (msm_cfl_write (path, kspace, NULL, NULL));
}

static void
write_files (void)
{
  write_scan ("a-whole.cfl", 64, 56, 6, WHOLE);
  write_scan ("b-own.cfl", 64, 64, 4, EVERY_OTHER_LINE);
  write_scan ("c-whole.cfl", 48, 48, 4, WHOLE);
  write_scan ("few.cfl", 64, 64, 3, WHOLE);
  write_scan ("centre.cfl", 64, 64, 4, NO_CENTRE);
  write_scan ("broken.cfl", 64, 64, 4, BROKEN);
  write_scan ("constant.cfl", 64, 64, 4, CONSTANT);
  write_scan ("small.cfl", 64, 40, 4, WHOLE);
}

static MsmDataset *
open_dataset (const char *exclude, const char *pattern, double noise_std, gboolean is_cached)
{
  g_autoptr (MsmParams) params = msm_params_new (msm_dataset_params ());
  g_autoptr (GError) error = NULL;
  MsmDataset *data;

  msm_params_set_text (params, "kind", "kspace", NULL);
  msm_params_set_text (params, "paths", folder, NULL);
  msm_params_set_text (params, "exclude", exclude, NULL);
  msm_params_set_text (params, "validation", "c-whole", NULL);
  msm_params_set_text (params, "pattern", pattern, NULL);
  msm_params_set_text (params, "cache", is_cached ? cache : "", NULL);
  msm_params_set_number (params, "size", SIZE, NULL);
  msm_params_set_number (params, "coils", COILS, NULL);
  msm_params_set_number (params, "acs", 16, NULL);
  msm_params_set_number (params, "noise-std", noise_std, NULL);
  data = msm_dataset_new (params, NULL, &error);
  g_assert_no_error (error);
  return data;
}

static MsmBatch *
draw (MsmDataset *data, guint64 index, gboolean validation)
{
  g_autoptr (MsmMeasure) measure = msm_measure_new (msm_device_host (), MSM_MEASURE_MRI, 1, COILS, SIZE, SIZE, NULL);
  MsmBatch *batch = msm_batch_new (measure, NULL);

  g_assert_true (msm_dataset_fill (data, batch, index, validation, NULL));
  return batch;
}

static void
test_items (void)
{
  g_autoptr (MsmDataset) data = open_dataset ("", "random", 0, FALSE);
  const char *report = msm_dataset_report (data);

  g_assert_cmpuint (msm_dataset_n_items (data, FALSE), ==, 2);
  g_assert_cmpuint (msm_dataset_n_items (data, TRUE), ==, 1);
  g_assert_nonnull (strstr (report, "a-whole.hdr: 1 of 1 slices, fully sampled"));
  g_assert_nonnull (strstr (report, "b-own.hdr: 1 of 1 slices, with their own mask"));
  g_assert_nonnull (strstr (report, "skipped: few.hdr, slice 0: 3 coils, fewer than 4"));
  g_assert_nonnull (strstr (report, "skipped: centre.hdr, slice 0: "));
  g_assert_nonnull (strstr (report, "skipped: broken.hdr, slice 0: "));
  /* The report goes into weight files, which are given away. */
  g_assert_null (strstr (report, folder));
  g_assert_nonnull (strstr (report, "skipped: constant.hdr, slice 0: "));
  g_assert_nonnull (strstr (report, "skipped: small.hdr, slice 0: k-space of 64 × 40"));
  g_assert_nonnull (strstr (report, "5 skipped"));
}

/* Whole k-space, whatever mirror it was drawn with, is explained by the maps that come with it. */
static void
test_maps (void)
{
  g_autoptr (MsmDataset) data = open_dataset ("b-own", "full", 0, FALSE);
  g_autoptr (MsmMeasure) measure = msm_measure_new (msm_device_host (), MSM_MEASURE_MRI, 1, COILS, SIZE, SIZE, NULL);
  g_autoptr (MsmTensor) x = msm_tensor_new (msm_device_host (), MSM_C64, msm_measure_image_shape (measure), NULL);
  g_autoptr (MsmTensor) z = msm_tensor_new (msm_device_host (), MSM_C64, msm_measure_shape (measure), NULL);

  for (guint64 index = 0; index < 8; index++)
    {
      g_autoptr (MsmBatch) batch = draw (data, index, FALSE);
      double wrong = 0, power = 0;

      msm_measure_set_sens (measure, batch->sens);
      msm_measure_adjoint (measure, batch->s, x);
      msm_measure_forward (measure, x, z);
      for (gsize i = 0; i < 2 * COILS * PLANE; i++)
        {
          wrong += pow (msm_tensor_host (z)[i] - msm_tensor_host (batch->s)[i], 2);
          power += pow (msm_tensor_host (batch->s)[i], 2);
        }
      /* Estimated maps end at the object's rim and miss some ringing; a wrong mirror gives more than 1/2. */
      g_assert_cmpfloat (wrong / power, <, 0.02);
      g_assert_cmpfloat (fabs (msm_normalise_scale (batch->s, NULL, NULL) - 1), <, 1e-4);
    }
}

/* An undersampled scan keeps its mask (or the mirror image of it), at every visit. */
static void
test_own_mask (void)
{
  g_autoptr (MsmDataset) data = open_dataset ("a-whole", "random", 0, FALSE);

  for (guint64 index = 0; index < 6; index++)
    {
      g_autoptr (MsmBatch) batch = draw (data, index, FALSE);
      const float *mask = msm_tensor_host (batch->mask), *s = msm_tensor_host (batch->s);
      gsize n_lines = 0;

      for (gsize i = 0; i < PLANE; i++)
        for (gsize c = 0; c < COILS; c++)
          g_assert_true (mask[i] == 1 || s[2 * (c * PLANE + i)] == 0);
      for (gsize p = 0; p < SIZE; p++)
        n_lines += mask[p] == 1;
      /* 20 in the centre, half of the other 28. */
      g_assert_cmpuint (n_lines, ==, 34);
    }
}

static void
test_masks_and_noise (void)
{
  g_autoptr (MsmDataset) data = open_dataset ("b-own", "random", 0.1, FALSE);
  g_autoptr (MsmBatch) a = draw (data, 0, FALSE), b = draw (data, 1, FALSE), again = draw (data, 0, FALSE);
  gsize n_sampled = 0;

  g_assert_cmpmem (msm_tensor_host (a->s), msm_tensor_bytes (a->s), msm_tensor_host (again->s),
                   msm_tensor_bytes (again->s));
  g_assert_cmpint (memcmp (msm_tensor_host (a->mask), msm_tensor_host (b->mask), PLANE * sizeof (float)), !=, 0);
  g_assert_cmpfloat (a->noise_std, ==, 0.1);
  for (gsize i = 0; i < PLANE; i++)
    n_sampled += msm_tensor_host (a->mask)[i] == 1;
  g_assert_cmpuint (n_sampled, >=, 16 * SIZE);
  g_assert_cmpuint (n_sampled, <, 36 * SIZE);
}

/* The same samples out of the cache; a damaged entry is made again. */
static void
test_cache (void)
{
  g_autoptr (MsmDataset) memory = open_dataset ("", "random", 0, FALSE), first = NULL, second = NULL, third = NULL;
  g_autoptr (MsmBatch) expected = draw (memory, 0, FALSE), a = NULL, b = NULL, c = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;
  gsize n_files = 0, n = msm_tensor_bytes (expected->s);

  first = open_dataset ("", "random", 0, TRUE);
  second = open_dataset ("", "random", 0, TRUE);
  a = draw (first, 0, FALSE);
  b = draw (second, 0, FALSE);
  g_assert_cmpmem (msm_tensor_host (a->s), n, msm_tensor_host (expected->s), n);
  g_assert_cmpmem (msm_tensor_host (b->s), n, msm_tensor_host (expected->s), n);
  g_assert_cmpmem (msm_tensor_host (b->sens), n, msm_tensor_host (expected->sens), n);
  dir = g_dir_open (cache, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (cache, name, NULL);

      n_files++;
      if (g_str_has_suffix (name, "-sens.cfl"))
        g_assert_true (g_file_set_contents (path, "damaged", -1, NULL));
    }
  /* Three slices, two arrays each, in two files. */
  g_assert_cmpuint (n_files, ==, 12);
  third = open_dataset ("", "random", 0, TRUE);
  c = draw (third, 0, FALSE);
  g_assert_cmpmem (msm_tensor_host (c->sens), n, msm_tensor_host (expected->sens), n);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("msm-kspace-XXXXXX", NULL);
  cache = g_dir_make_tmp ("msm-cache-XXXXXX", NULL);
  write_files ();
  g_test_add_func ("/kspace/items", test_items);
  g_test_add_func ("/kspace/maps", test_maps);
  g_test_add_func ("/kspace/own-mask", test_own_mask);
  g_test_add_func ("/kspace/masks-and-noise", test_masks_and_noise);
  g_test_add_func ("/kspace/cache", test_cache);
  result = g_test_run ();
  remove_folder (folder);
  remove_folder (cache);
  return result;
}
