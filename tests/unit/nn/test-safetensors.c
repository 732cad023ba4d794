#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/nn/safetensors.h"

static char *
temporary (void)
{
  g_autoptr (GError) error = NULL;
  char *path;
  int fd = g_file_open_tmp ("msm-XXXXXX.safetensors", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  return path;
}

static void
write_file (const char *path, const char *header, guint64 length, gsize n_data)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint64 le = GUINT64_TO_LE (length);

  g_byte_array_append (bytes, (const guint8 *) &le, 8);
  g_byte_array_append (bytes, (const guint8 *) header, (guint) strlen (header));
  for (gsize i = 0; i < n_data; i++)
    g_byte_array_append (bytes, (const guint8 *) "", 1);
  g_assert_true (g_file_set_contents (path, (const char *) bytes->data, bytes->len, NULL));
}

static void
test_round_trip (void)
{
  /* Exact in bfloat16 too, so both come back unchanged. */
  static const float a[6] = { 1, -2, 0.5f, 1024, 0, -0.25f };
  static const float b[1] = { 3 };
  const MsmSafetensorsItem items[] = { { "first.weight", msm_shape2 (2, 3), a }, { "first.bias", msm_shape1 (1), b } };
  const char *const metadata[] = { "msm.config", "{\"a\": 1}", NULL };

  for (int bf16 = 0; bf16 < 2; bf16++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = temporary ();
      g_autoptr (MsmSafetensors) file = NULL;
      const MsmSafetensorsEntry *entry;
      float read[6];

      g_assert_true (msm_safetensors_write (path, items, 2, bf16 ? MSM_BF16 : MSM_F32, metadata, &error));
      file = msm_safetensors_open (path, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (msm_safetensors_metadata (file, "msm.config"), ==, "{\"a\": 1}");
      g_assert_cmpuint (msm_safetensors_count (file), ==, 2);
      entry = msm_safetensors_lookup (file, "first.weight");
      g_assert_true (msm_shape_equal (entry->shape, msm_shape2 (2, 3)));
      g_assert_true (msm_safetensors_read (file, entry, read, &error));
      g_assert_cmpmem (read, sizeof read, a, sizeof a);
      g_unlink (path);
    }
}

static void
test_hostile (void)
{
  static const struct
  {
    const char *header;
    gint64 length; /* −1: the true one */
    gsize n_data;
  } files[] = {
    { "{}", 1000, 0 },
    { "{}", G_MAXINT64, 0 },
    { "{}", -1, 4 },
    { "[[[[[[[[[[[[[[[[[[[[", -1, 0 },
    { "[]", -1, 0 },
    { "{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}}", -1, 4 },
    { "{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 4]}}", -1, 4 },
    { "{\"a\": {\"dtype\": \"F32\", \"shape\": [-1], \"data_offsets\": [4, 0]}}", -1, 4 },
    { "{\"a\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [0, 8]}}", -1, 8 },
    { "{\"a\": {\"dtype\": \"F32\", \"shape\": [4611686018427387905], \"data_offsets\": [0, 4]}}", -1, 4 },
    { "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]},"
      " \"b\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}",
      -1, 4 },
    { "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}", -1, 8 },
    { "{\"a\": {\"dtype\": \"F32\", \"shape\": [1.5], \"data_offsets\": [0, 4]}}", -1, 4 },
    { "{\"a\": 3}", -1, 0 },
    /* Either of the two alone would be sound. */
    { "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]},"
      " \"a\": {\"dtype\": \"F32\", \"shape\": [1, 1], \"data_offsets\": [0, 4]}}",
      -1, 4 },
    { "{\"a\": {\"dtype\": \"F32\", \"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}", -1, 4 },
    { "{\"__metadata__\": {\"k\": \"1\", \"k\": \"2\"}}", -1, 0 },
    /* Terminals obey what follows an escape character. */
    { "{\"\\u001b[2J\": {\"dtype\": \"F64\", \"shape\": [1], \"data_offsets\": [0, 8]}}", -1, 8 },
    { "{\"__metadata__\": {\"k\": 3}}", -1, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = temporary ();
      g_autoptr (MsmSafetensors) file = NULL;

      write_file (path, files[i].header, files[i].length < 0 ? strlen (files[i].header) : (guint64) files[i].length,
                  files[i].n_data);
      file = msm_safetensors_open (path, &error);
      g_assert_null (file);
      g_assert_true (error != NULL && error->domain == MSM_ERROR);
      g_assert_nonnull (strstr (error->message, path));
      g_assert_null (strchr (error->message, '\033'));
      g_unlink (path);
    }
}

/* Through a mapping this would be a signal. */
static void
test_shortened (void)
{
  static float a[4096];
  const MsmSafetensorsItem item = { "a", msm_shape1 (G_N_ELEMENTS (a)), a };

  for (int bf16 = 0; bf16 < 2; bf16++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = temporary ();
      g_autoptr (MsmSafetensors) file = NULL;
      float read[G_N_ELEMENTS (a)];

      g_assert_true (msm_safetensors_write (path, &item, 1, bf16 ? MSM_BF16 : MSM_F32, NULL, &error));
      file = msm_safetensors_open (path, &error);
      g_assert_no_error (error);
      g_assert_cmpint (truncate (path, 4096), ==, 0);
      g_assert_false (msm_safetensors_read (file, msm_safetensors_get (file, 0), read, &error));
      g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
      g_assert_nonnull (strstr (error->message, path));
      g_unlink (path);
    }
}

static void
test_nan (void)
{
  static const float a[2] = { 1, G_MAXFLOAT * 2 };
  const MsmSafetensorsItem item = { "a", msm_shape1 (2), a };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = temporary ();
  g_autoptr (MsmSafetensors) file = NULL;
  float read[2];

  g_assert_true (msm_safetensors_write (path, &item, 1, MSM_F32, NULL, &error));
  file = msm_safetensors_open (path, &error);
  g_assert_no_error (error);
  g_assert_false (msm_safetensors_read (file, msm_safetensors_get (file, 0), read, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/safetensors/round-trip", test_round_trip);
  g_test_add_func ("/nn/safetensors/hostile", test_hostile);
  g_test_add_func ("/nn/safetensors/nan", test_nan);
  g_test_add_func ("/nn/safetensors/shortened", test_shortened);
  return g_test_run ();
}
