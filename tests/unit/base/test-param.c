#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/error.h"
#include "core/base/param.h"

static const char *const kinds[] = { "haar", "db4", NULL };

static const MsmParam table[] = {
  { "steps", MSM_PARAM_INT, .min = 1, .max = 100, .def = 30, .help = "Steps" },
  { "lambda", MSM_PARAM_FLOAT, .min = 0, .max = 1, .def = 0.01, .help = "Weight" },
  { "shift", MSM_PARAM_BOOL, .def = 1, .help = "Shift" },
  { "kind", MSM_PARAM_CHOICE, .choices = kinds, .def = 1, .help = "Kind" },
  { "file", MSM_PARAM_TEXT, .def_text = "a b.png", .help = "File" },
  { "lines", MSM_PARAM_INT, .min = 0, .max = 9, .flags = MSM_PARAM_AUTO, .role = MSM_ROLE_STEPS, .help = "Lines" },
  { "part", MSM_PARAM_FLOAT, .min = 1, .max = 9, .flags = MSM_PARAM_AUTO, .help = "Part" },
  { "way", MSM_PARAM_CHOICE, .choices = kinds, .flags = MSM_PARAM_AUTO, .help = "Way" },
  { NULL },
};

static void
refuse (MsmParams *params, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (msm_params_set_text (params, name, text, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, name));
}

static void
test_values (void)
{
  g_autoptr (MsmParams) params = msm_params_new (table);

  g_assert_cmpint (msm_params_get_int (params, "steps"), ==, 30);
  g_assert_cmpstr (msm_params_get_text (params, "kind"), ==, "db4");
  g_assert_true (msm_params_is_default (params, "file"));
  g_assert_true (msm_params_set_text (params, "lambda", "1e-3", NULL));
  g_assert_cmpfloat (msm_params_get_number (params, "lambda"), ==, 1e-3);
  g_assert_true (msm_params_set_text (params, "shift", "no", NULL));
  g_assert_false (msm_params_get_bool (params, "shift"));
  refuse (params, "steps", "0");
  refuse (params, "steps", "2.5");
  refuse (params, "steps", "12x");
  refuse (params, "steps", "");
  refuse (params, "lambda", "nan");
  refuse (params, "lambda", "inf");
  refuse (params, "shift", "maybe");
  refuse (params, "kind", "db5");
  refuse (params, "nothing", "1");
  refuse (params, "file", "\xff\xfe");
  g_assert_cmpint (msm_params_get_int (params, "steps"), ==, 30);
}

static void
test_key_file (void)
{
  g_autoptr (MsmParams) a = msm_params_new (table);
  g_autoptr (MsmParams) b = msm_params_new (table);
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (msm_params_set_number (a, "lambda", 1.0 / 3, NULL));
  g_assert_true (msm_params_set_text (a, "kind", "haar", NULL));
  g_assert_true (msm_params_set_text (a, "file", " odd; name=1 ", NULL));
  msm_params_to_key_file (a, key_file, "sampler");
  g_key_file_set_string (key_file, "sampler", "from-the-future", "1");
  g_assert_true (msm_params_from_key_file (b, key_file, "sampler", &error));
  /* Bit for bit: an experiment must repeat exactly. */
  g_assert_true (msm_params_get_number (b, "lambda") == 1.0 / 3);
  g_assert_cmpstr (msm_params_get_text (b, "kind"), ==, "haar");
  g_assert_cmpstr (msm_params_get_text (b, "file"), ==, " odd; name=1 ");
  g_key_file_set_string (key_file, "sampler", "steps", "1000");
  g_assert_false (msm_params_from_key_file (b, key_file, "sampler", &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

/*
 * "auto" is a state beside all values: of a fresh table, by name, and where old files have a number below the range.
 */
static void
test_auto (void)
{
  g_autoptr (MsmParams) params = msm_params_new (table), copy = NULL, read = msm_params_new (table);
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autofree char *text = NULL;

  g_assert_true (msm_params_is_auto (params, "lines") && msm_params_is_default (params, "lines"));
  g_assert_false (msm_params_is_auto (params, "steps"));
  g_assert_cmpint (msm_params_get_int_or (params, "lines", 7), ==, 7);
  g_assert_true (msm_params_set_text (params, "lines", "0", NULL)); /* in the range: a number */
  g_assert_false (msm_params_is_auto (params, "lines"));
  g_assert_false (msm_params_is_default (params, "lines"));
  g_assert_cmpint (msm_params_get_int_or (params, "lines", 7), ==, 0);
  copy = msm_params_copy (params);
  g_assert_true (msm_params_set_text (params, "lines", "-1", NULL));
  g_assert_true (msm_params_is_auto (params, "lines"));
  g_assert_false (msm_params_is_auto (copy, "lines"));
  g_assert_true (msm_params_set_number (params, "part", 2, NULL));
  g_assert_true (msm_params_set_text (params, "part", "0", NULL));
  g_assert_true (msm_params_is_auto (params, "part"));
  refuse (params, "lines", "-2");
  refuse (params, "part", "0.5");
  refuse (params, "steps", "auto");
  refuse (params, "steps", "-1");
  refuse (params, "kind", "auto");
  g_assert_cmpstr (msm_params_get_text (params, "way"), ==, "auto");
  g_assert_true (msm_params_set_text (params, "way", "haar", NULL));
  g_assert_cmpint (msm_params_get_choice (params, "way"), ==, 0);
  msm_params_set_auto (params, "way");
  text = msm_params_format (params, "way");
  g_assert_cmpstr (text, ==, "auto");
  msm_params_set_text (read, "way", "db4", NULL);
  msm_params_to_key_file (params, key_file, "x");
  g_assert_true (msm_params_from_key_file (read, key_file, "x", NULL));
  g_assert_true (msm_params_is_auto (read, "way"));
}

static void
test_roles (void)
{
  g_autoptr (MsmParams) params = msm_params_new (table);

  g_assert_cmpstr (msm_params_find_role (params, MSM_ROLE_STEPS)->name, ==, "lines");
  g_assert_null (msm_params_find_role (params, MSM_ROLE_PRIOR));
  g_assert_null (msm_params_get_prior (params));
}

/* Every type arrives; a name that is lacking is refused. */
static void
test_assign (void)
{
  static const MsmParam other[] = { { "unheard-of", MSM_PARAM_INT, .max = 1 }, { NULL } };
  g_autoptr (MsmParams) from = msm_params_new (table), to = msm_params_new (table), more = msm_params_new (other);
  g_autoptr (GError) error = NULL;

  msm_params_set_number (from, "steps", 7, NULL);
  msm_params_set_number (from, "shift", 0, NULL);
  msm_params_set_text (from, "kind", "haar", NULL);
  msm_params_set_text (from, "file", "c.png", NULL);
  g_assert_true (msm_params_assign (to, from, &error));
  g_assert_cmpint (msm_params_get_int (to, "steps"), ==, 7);
  g_assert_false (msm_params_get_bool (to, "shift"));
  g_assert_cmpstr (msm_params_get_text (to, "kind"), ==, "haar");
  g_assert_cmpstr (msm_params_get_text (to, "file"), ==, "c.png");
  g_assert_false (msm_params_assign (to, more, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

static void
test_cancel (void)
{
  g_autoptr (MsmCancel) cancel = msm_cancel_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (msm_cancel_check (NULL, &error));
  g_assert_false (msm_cancel_check (cancel, &error));
  msm_cancel_set_progress (cancel, 0.25);
  g_assert_cmpfloat (fabs (msm_cancel_get_progress (cancel) - 0.25), <, 1e-4);
  msm_cancel_request (cancel, MSM_CANCEL_NOW);
  g_assert_true (msm_cancel_check (cancel, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_CANCELLED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/param/values", test_values);
  g_test_add_func ("/param/key-file", test_key_file);
  g_test_add_func ("/param/assign", test_assign);
  g_test_add_func ("/param/auto", test_auto);
  g_test_add_func ("/param/roles", test_roles);
  g_test_add_func ("/cancel", test_cancel);
  return g_test_run ();
}
