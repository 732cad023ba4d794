#include "config.h"

#include <string.h>

#include "app/setup/experiment.h"
#include "app/setup/stages.h"
#include "core/base/error.h"
#include "tests/support/folder.h"

static const MsmParam prior_table[] = {
  { "num_channels", MSM_PARAM_INT, .min = 1, .max = 64, .def = 8 },
  { "prediction", MSM_PARAM_TEXT, .def_text = "v" },
  { NULL },
};

static const MsmParam data_table[] = {
  { "paths", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_LIST },
  { "noise-std", MSM_PARAM_FLOAT, .min = 0, .max = 1 },
  { "smooth-phase", MSM_PARAM_BOOL, .def = 1, .flags = MSM_PARAM_LATER },
  { NULL },
};

typedef struct
{
  char *folder;
  char *path;
  MsmParams *prior, *data;
  MsmExperiment *experiment;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("msm-experiment-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "a.ini", NULL);
  f->prior = msm_params_new (prior_table);
  f->data = msm_params_new (data_table);
  f->experiment = msm_experiment_new ();
  msm_experiment_add (f->experiment, "prior", f->prior);
  msm_experiment_add (f->experiment, "data", f->data);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  msm_experiment_free (f->experiment);
  msm_params_free (f->prior);
  msm_params_free (f->data);
  g_free (f->path);
  remove_folder (f->folder);
}

static gboolean
load (Fixture *f, const char *text, GError **error)
{
  g_assert_true (g_file_set_contents (f->path, text, -1, NULL));
  return msm_experiment_load (f->experiment, f->path, error);
}

/* A file that is older than a switch has it off; one that does not have the section says nothing of it. */
static void
test_later (Fixture *f, gconstpointer data)
{
  g_assert_true (load (f, "[prior]\nnum-channels=16\n", NULL));
  g_assert_true (msm_params_get_bool (f->data, "smooth-phase"));
  g_assert_true (load (f, "[data]\nnoise_std=0.25\n", NULL));
  g_assert_false (msm_params_get_bool (f->data, "smooth-phase"));
  g_assert_true (load (f, "[data]\nnoise_std=0.25\nsmooth_phase=yes\n", NULL));
  g_assert_true (msm_params_get_bool (f->data, "smooth-phase"));
}

static void
test_load (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *brain = g_build_filename (f->folder, "brain", NULL);
  g_autofree char *expected = g_strconcat (brain, ";/b/c", NULL);
  g_autofree char *text = NULL;
  g_autofree char *portable = NULL;

  g_assert_true (
      load (f, "# a comment\n[prior]\nnum-channels = 16 \n[data]\nnoise_std=0.25\npaths=brain; /b/c\n", &error));
  g_assert_no_error (error);
  g_assert_cmpint (msm_params_get_int (f->prior, "num_channels"), ==, 16);
  g_assert_cmpstr (msm_params_get_text (f->prior, "prediction"), ==, "v");
  g_assert_cmpfloat (msm_params_get_number (f->data, "noise-std"), ==, 0.25);
  g_assert_cmpstr (msm_params_get_text (f->data, "paths"), ==, expected);

  portable = msm_experiment_format (f->experiment, TRUE);
  g_assert_nonnull (strstr (portable, "paths=brain;c\n"));
  g_assert_nonnull (strstr (portable, "noise_std=0.25\n"));
  text = msm_experiment_format (f->experiment, FALSE);
  g_assert_true (msm_experiment_set (f->experiment, "prior.num_channels=3", &error));
  g_assert_true (msm_experiment_set (f->experiment, "data.paths=x", &error));
  g_assert_true (g_path_is_absolute (msm_params_get_text (f->data, "paths")));
  g_assert_true (g_str_has_suffix (msm_params_get_text (f->data, "paths"), "/x"));
  g_assert_true (load (f, text, &error));
  g_assert_cmpint (msm_params_get_int (f->prior, "num_channels"), ==, 16);
  g_assert_cmpstr (msm_params_get_text (f->data, "paths"), ==, expected);
}

static void
test_errors (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *text;
    int code;
    const char *said[3];
  } cases[] = {
    { "[prior]\nnum_chanels=4\n", MSM_ERROR_VALUE, { "num_chanels", "num_channels", "a.ini" } },
    { "[piror]\nnum_channels=4\n", MSM_ERROR_VALUE, { "piror", "[prior]" } },
    { "[prior]\nnum_channels=400\n", MSM_ERROR_VALUE, { "[prior]", "64", "400" } },
    { "[data]\nnoise_std=much\n", MSM_ERROR_VALUE, { "[data]", "much" } },
    { "num_channels=4\n", MSM_ERROR_FORMAT, { "a.ini" } },
  };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_false (load (f, cases[i].text, &error));
      g_assert_error (error, MSM_ERROR, cases[i].code);
      for (gsize k = 0; k < 3 && cases[i].said[k] != NULL; k++)
        if (strstr (error->message, cases[i].said[k]) == NULL)
          g_error ("“%s” does not name “%s”", error->message, cases[i].said[k]);
      g_clear_error (&error);
    }
  g_assert_false (msm_experiment_load (f->experiment, "no/such/file.ini", &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_clear_error (&error);
  g_assert_false (msm_experiment_set (f->experiment, "prior-num_channels", &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

/* The sections of stage @index as a text. (transfer full) */
static char *
stage_text (GPtrArray *stages, guint index)
{
  return g_key_file_to_data (((MsmStage *) g_ptr_array_index (stages, index))->sections, NULL, NULL);
}

/*
 * A run, a branch of it and a branch of that: the file names only what differs, and gives all three back. What a name
 * chooses begins anew with the name, also where a value is the same by chance.
 */
static void
test_branches (Fixture *f, gconstpointer data)
{
  static const char *const stages_text[] = {
    "[recon]\npattern=random\nslice=2\n\n[method]\nseed=1\nlik_step=2\n\n[pattern]\naccel=4\nacs=20\n",
    "[recon]\npattern=random\nslice=2\n\n[method]\nseed=7\nlik_step=2\n\n[pattern]\naccel=4\nacs=20\n",
    "[recon]\npattern=radial\nslice=2\n\n[method]\nseed=7\nlik_step=2\n\n[pattern]\naccel=4\n",
  };
  static const int starts[] = { 0, 12, 30 };
  g_autofree char *text = g_strdup (stages_text[0]);
  g_autoptr (GPtrArray) stages = NULL;
  g_autoptr (GKeyFile) last = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 1; i < 3; i++)
    {
      g_autoptr (GKeyFile) stage = g_key_file_new ();
      g_autofree char *before = text;

      g_assert_true (g_key_file_load_from_data (stage, stages_text[i], -1, G_KEY_FILE_NONE, NULL));
      text = msm_stages_append (before, stage, starts[i]);
    }
  g_assert_nonnull (strstr (text, "\n[branch 1]\nstep=12\nmethod.seed=7\n\n"));
  g_assert_nonnull (strstr (text, "pattern.accel=4\n"));
  g_assert_true (g_file_set_contents (f->path, text, -1, NULL));
  stages = msm_experiment_read_stages (f->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stages->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *found = stage_text (stages, i);
      g_autoptr (GKeyFile) expected = g_key_file_new ();
      g_autofree char *wanted = NULL;

      g_key_file_load_from_data (expected, stages_text[i], -1, G_KEY_FILE_NONE, NULL);
      wanted = g_key_file_to_data (expected, NULL, NULL);
      g_assert_cmpint (((MsmStage *) g_ptr_array_index (stages, i))->start, ==, starts[i]);
      g_assert_cmpstr (found, ==, wanted);
    }
  /* Who asks for one experiment gets the last. */
  last = msm_experiment_read (f->path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_key_file_get_integer (last, "method", "seed", NULL), ==, 7);
  g_assert_false (g_key_file_has_group (last, "branch 1"));
}

static void
test_bad_branches (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *text, *says;
  } cases[] = {
    { "[prior]\nnum_channels=4\n[branch 2]\nstep=3\n", "[branch 1]" },
    { "[prior]\nnum_channels=4\n[branch 1]\nprior.num_channels=3\n", "step" },
    { "[prior]\nnum_channels=4\n[branch 1]\nstep=0\n", "“0”" },
    { "[prior]\nnum_channels=4\n[branch 1]\nstep=2\nseed=1\n", "seed" },
    { "[prior]\nnum_channels=4\n[branch 1]\nstep=2\npriar.num_channels=1\n", "priar" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (load (f, cases[i].text, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, "a.ini"));
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/app/experiment/later", Fixture, NULL, set_up, test_later, tear_down);
  g_test_add ("/app/experiment/load", Fixture, NULL, set_up, test_load, tear_down);
  g_test_add ("/app/experiment/errors", Fixture, NULL, set_up, test_errors, tear_down);
  g_test_add ("/app/experiment/branches", Fixture, NULL, set_up, test_branches, tear_down);
  g_test_add ("/app/experiment/bad-branches", Fixture, NULL, set_up, test_bad_branches, tear_down);
  return g_test_run ();
}
