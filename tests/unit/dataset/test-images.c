#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/dataset/dataset.h"
#include "core/dataset/photo.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "tests/support/folder.h"

/* Photographs as training data, on made-up pictures. */

#define SIZE  16
#define PLANE (SIZE * SIZE)

static char *folder;

static void
write_picture (const char *name, gsize rows, gsize columns, gboolean is_constant)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree guint8 *rgba = g_new (guint8, 4 * rows * columns);

  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < columns; c++)
      {
        guint8 *at = rgba + 4 * (r * columns + c);

        at[0] = is_constant ? 9 : (guint8) (255 * r / (rows - 1));
        at[1] = is_constant ? 9 : (guint8) (255 * c / (columns - 1));
        at[2] = is_constant ? 9 : (guint8) (r * 7 + c * 13);
        at[3] = 255;
      }
  g_assert_true (msm_png_write_rgba (path, rgba, rows, columns, NULL, NULL));
}

static void
write_files (void)
{
  g_autofree char *grey = g_build_filename (folder, "grey.h5", NULL);
  g_autoptr (MsmTensor) pictures = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape3 (3, 40, 30), NULL);
  MsmNamedTensor named = { "image", pictures };

  for (gsize i = 0; i < msm_tensor_size (pictures); i++)
    msm_tensor_host (pictures)[i] = (float) (i * 37 % 251);
  msm_tensor_host (pictures)[40 * 30 + 3] = NAN;
  g_assert_true (msm_hdf5_write (grey, &named, 1, NULL, NULL));
  write_picture ("a.png", 70, 50, FALSE);
  write_picture ("b.png", 64, 64, FALSE);
  write_picture ("flat.png", 64, 64, TRUE);
  write_picture ("small.png", 12, 90, FALSE);
}

static MsmDataset *
open_dataset (const char *validation, gboolean is_grey, double noise_std)
{
  g_autoptr (MsmParams) params = msm_params_new (msm_dataset_params ());

  msm_params_set_text (params, "kind", "images", NULL);
  msm_params_set_text (params, "paths", folder, NULL);
  msm_params_set_text (params, "validation", validation, NULL);
  msm_params_set_text (params, "pattern", "box", NULL);
  msm_params_set_text (params, "channels", is_grey ? "1" : "3", NULL);
  msm_params_set_number (params, "size", SIZE, NULL);
  msm_params_set_number (params, "noise-std", noise_std, NULL);
  return msm_dataset_new (params, NULL, NULL);
}

static MsmBatch *
draw (MsmDataset *data, gsize n, guint64 index, gboolean validation)
{
  g_autoptr (MsmMeasure) measure =
      msm_measure_new (msm_device_host (), MSM_MEASURE_IMAGE, n, msm_dataset_n_coil (data), SIZE, SIZE, NULL);
  MsmBatch *batch = msm_batch_new (measure, NULL);

  g_assert_true (msm_dataset_fill (data, batch, index, validation, NULL));
  return batch;
}

static void
test_items (void)
{
  g_autoptr (MsmDataset) data = open_dataset ("b.png", FALSE, 0);
  g_autoptr (MsmDataset) grey = open_dataset ("b.png", TRUE, 0);
  const char *report = msm_dataset_report (data);

  g_assert_cmpuint (msm_dataset_n_items (data, FALSE), ==, 1 + 2);
  g_assert_cmpuint (msm_dataset_n_items (data, TRUE), ==, 1);
  g_assert_nonnull (strstr (report, "skipped: flat.png, picture 0: every pixel has the same value"));
  g_assert_nonnull (strstr (report, "skipped: small.png: 12 × 90 pixels"));
  g_assert_nonnull (strstr (report, "skipped: grey.h5, picture 1: "));
  g_assert_null (strstr (report, folder));
  g_assert_cmpint (msm_dataset_kind (data), ==, MSM_MEASURE_IMAGE);
  g_assert_cmpuint (msm_dataset_n_coil (data), ==, 3);
  g_assert_cmpuint (msm_dataset_n_coil (grey), ==, 1);
}

static void
test_samples (void)
{
  g_autoptr (MsmDataset) data = open_dataset ("b.png", FALSE, 0), again = open_dataset ("b.png", FALSE, 0);
  g_autoptr (MsmDataset) noisy = open_dataset ("b.png", FALSE, 0.2);
  g_autoptr (MsmBatch) four = draw (data, 4, 8, FALSE), two = draw (again, 2, 10, FALSE);
  g_autoptr (MsmBatch) noise = draw (noisy, 4, 8, FALSE);
  const float *s = msm_tensor_host (four->s), *mask = msm_tensor_host (four->mask);
  gsize bytes = 2 * 3 * PLANE * sizeof (float), n = 0;
  double square = 0;

  g_assert_null (four->sens);
  g_assert_cmpmem (s + 2 * 3 * PLANE, bytes, msm_tensor_host (two->s), bytes);
  for (gsize i = 0; i < 4 * 3 * PLANE; i++)
    {
      float m = mask[i / (3 * PLANE) * PLANE + i % PLANE];
      double difference = msm_tensor_host (noise->s)[i] - s[i];

      g_assert_true (m == 0 || m == 1);
      g_assert_true (m == 1 || (s[i] == 0 && difference == 0));
      g_assert_cmpfloat (fabsf (s[i]), <=, 1);
      square += difference * difference;
      n += m == 1;
    }
  /* 40 % of the cells are dropped (6 of 16). */
  g_assert_cmpuint (n, ==, 4 * 3 * PLANE * 10 / 16);
  /* 1920 numbers: 1.6 % standard error; four of these. */
  g_assert_cmpfloat (fabs (sqrt (square / (double) n) / 0.2 - 1), <, 0.065);
}

/* A ramp reduced is a ramp: the reduction neither shifts, nor shrinks, nor changes the brightness. */
static void
test_reduction (void)
{
  g_autoptr (MsmTensor) ramp = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 1, 256, 256), NULL);
  g_autoptr (MsmPhoto) photo = NULL;
  g_autofree float *out = g_new (float, 3 * PLANE);
  static const MsmCrop crops[] = { { 8, 8, 240, FALSE }, { 40, 24, 160, FALSE }, { 64, 32, 48, TRUE } };

  for (gsize i = 0; i < 256 * 256; i++)
    msm_tensor_host (ramp)[i] = (float) (i / 256 + i % 256) / 2;
  photo = msm_photo_new (ramp, 255, 3);
  for (gsize k = 0; k < G_N_ELEMENTS (crops); k++)
    {
      double step = crops[k].side / SIZE;

      msm_photo_view (photo, &crops[k], out, SIZE);
      for (gsize i = 0; i < 3 * PLANE; i++)
        {
          gsize r = i % PLANE / SIZE, c = i % SIZE;
          double y = crops[k].row + ((double) r + 0.5) * step - 0.5;
          double x = crops[k].column + ((double) (crops[k].is_mirrored ? SIZE - 1 - c : c) + 0.5) * step - 0.5;
          double expected = (y / 2 + x / 2) / 127.5 - 1;

          /* The ramp's own rounding to whole grey values, and that of the halved copies. */
          g_assert_cmpfloat (fabs (out[i] - expected), <, 2 / 127.5);
        }
    }
}

/* Stripes of one pixel vanish: without anti-aliasing they would come back as coarse ones. */
static void
test_no_alias (void)
{
  g_autoptr (MsmTensor) stripes = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 1, 200, 200), NULL);
  g_autoptr (MsmPhoto) photo = NULL;
  g_autofree float *out = g_new (float, PLANE);
  static const MsmCrop crop = { 3.3, 5.7, 150, FALSE };

  for (gsize i = 0; i < 200 * 200; i++)
    msm_tensor_host (stripes)[i] = i % 2 == 0 ? 1 : 0;
  photo = msm_photo_new (stripes, 1, 1);
  msm_photo_view (photo, &crop, out, SIZE);
  for (gsize i = 0; i < PLANE; i++)
    g_assert_cmpfloat (fabsf (out[i]), <, 0.02f);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("msm-images-XXXXXX", NULL);
  write_files ();
  g_test_add_func ("/images/items", test_items);
  g_test_add_func ("/images/samples", test_samples);
  g_test_add_func ("/images/reduction", test_reduction);
  g_test_add_func ("/images/no-alias", test_no_alias);
  result = g_test_run ();
  remove_folder (folder);
  return result;
}
