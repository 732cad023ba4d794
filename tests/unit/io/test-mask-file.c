#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/image-write.h"
#include "core/io/mask-file.h"
#include "core/mask/mask.h"
#include "tests/support/folder.h"

static char *folder;

static MsmMask *
make_mask (gboolean is_columns)
{
  MsmMask *mask = msm_mask_new (10, 12);

  mask->origin = g_strdup ("test");
  for (gsize r = 0; r < 10; r++)
    for (gsize p = 0; p < 12; p++)
      mask->points[r * 12 + p] = ((is_columns ? 0 : r * r) + 3 * p) % 4 == 0;
  msm_mask_detect_columns (mask);
  return mask;
}

static void
test_round_trip (void)
{
  const char *const names[] = { "a.png", "a.h5", "a.cfl" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (int is_columns = 0; is_columns < 2; is_columns++)
      {
        g_autofree char *path = g_build_filename (folder, names[i], NULL);
        g_autoptr (MsmMask) mask = make_mask (is_columns), again = NULL, wrong = NULL;
        g_autoptr (GError) error = NULL;

        msm_mask_save (mask, path, &error);
        g_assert_no_error (error);
        again = msm_mask_load (path, 10, 12, &error);
        g_assert_no_error (error);
        g_assert_cmpmem (mask->points, 120, again->points, 120);
        g_assert_cmpint (again->is_columns, ==, is_columns);
        g_assert_nonnull (strstr (again->origin, names[i]));
        wrong = msm_mask_load (path, 10, 13, &error);
        g_assert_null (wrong);
        g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
      }
}

static void
test_bad_files (void)
{
  g_autofree char *text = g_build_filename (folder, "text.png", NULL);
  g_autofree char *absent = g_build_filename (folder, "absent.h5", NULL);
  g_autofree char *other = g_build_filename (folder, "mask.gif", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "nowhere", "a.png", NULL);
  g_autoptr (MsmMask) mask = make_mask (TRUE);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (text, "this is no picture", -1, NULL));
  g_assert_null (msm_mask_load (text, 10, 12, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (msm_mask_load (absent, 10, 12, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_clear_error (&error);
  g_assert_false (msm_mask_save (mask, other, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_false (msm_mask_save (mask, nowhere, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
}

/* Greys: sampled is what is above half of the brightest, so that the soft edges of a picture do not count. */
static void
test_greys (void)
{
  static const float values[12] = { 0, 10, 49, 51, 99, 100, 48, 0, 60, 40, 1, 100 };
  g_autofree char *path = g_build_filename (folder, "greys.png", NULL);
  g_autoptr (MsmMask) mask = NULL;
  g_autoptr (GError) error = NULL;
  float plane[120];

  for (int i = 0; i < 120; i++)
    plane[i] = values[i % 12] / 100;
  msm_png_write_16 (path, plane, 1, 10, 12, NULL, &error);
  g_assert_no_error (error);
  mask = msm_mask_load (path, 10, 12, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 120; i++)
    g_assert_cmpuint (mask->points[i], ==, values[i % 12] > 50);
}

/* A file in which nothing is sampled: said of the mask, by its file's name, whatever its format. */
static void
test_empty (void)
{
  static const char *const names[] = { "empty.png", "empty.h5", "empty.cfl" };
  g_autoptr (MsmMask) mask = msm_mask_new (10, 12);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      g_autoptr (GError) error = NULL;

      g_assert_true (msm_mask_save (mask, path, NULL));
      g_assert_null (msm_mask_load (path, 10, 12, &error));
      g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
      g_assert_nonnull (strstr (error->message, names[i]));
      g_assert_nonnull (strstr (error->message, "mask is empty"));
    }
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("msm-mask-XXXXXX", NULL);
  g_test_add_func ("/mask-file/round-trip", test_round_trip);
  g_test_add_func ("/mask-file/bad-files", test_bad_files);
  g_test_add_func ("/mask-file/greys", test_greys);
  g_test_add_func ("/mask-file/empty", test_empty);
  result = g_test_run ();
  remove_folder (folder);
  return result;
}
