#include "config.h"

#include "app/setup/slice-list.h"
#include "core/base/error.h"

static char *
parsed (const char *text, gsize n_slices)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) slices = msm_slice_list_parse (text, n_slices, &error);
  GString *result = g_string_new (NULL);

  for (guint i = 0; slices != NULL && i < slices->len; i++)
    g_string_append_printf (result, "%s%zu", i > 0 ? " " : "", g_array_index (slices, gsize, i));
  if (slices == NULL)
    {
      g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
      g_string_assign (result, error->message);
    }
  return g_string_free (result, FALSE);
}

static void
test_parse (void)
{
  static const struct
  {
    const char *text;
    const char *result;
  } cases[] = {
    { "all", "0 1 2 3 4 5 6 7 8 9 10 11" },
    { "3", "3" },
    { "0-2,11", "0 1 2 11" },
    { "5-5, 4", "5 4" },
    { "12", "slices: 12 was asked for, the last is 11" },
    { "0-99999999", "slices: 99999999 was asked for, the last is 11" },
    { "7-3", "slices: “7-3” is no number and no range (expected all, or as 0-9,12)" },
    { "-3", "slices: “-3” is no number and no range (expected all, or as 0-9,12)" },
    { "1,,2", "slices: “” is no number and no range (expected all, or as 0-9,12)" },
    { "some", "slices: “some” is no number and no range (expected all, or as 0-9,12)" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *result = parsed (cases[i].text, 12);

      g_assert_cmpstr (result, ==, cases[i].result);
    }
}

static void
test_path (void)
{
  static const struct
  {
    const char *path;
    gsize slice, n_slices;
    const char *result;
  } cases[] = {
    { "out.h5", 7, 16, "out-07.h5" },
    { "a.b/out.nii.gz", 7, 1000, "a.b/out-007.nii.gz" },
    { "a.b/out", 0, 3, "a.b/out-0" },
    { ".out", 1, 2, ".out-1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *result = msm_slice_list_path (cases[i].path, cases[i].slice, cases[i].n_slices);

      g_assert_cmpstr (result, ==, cases[i].result);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/slice-list/parse", test_parse);
  g_test_add_func ("/slice-list/path", test_path);
  return g_test_run ();
}
