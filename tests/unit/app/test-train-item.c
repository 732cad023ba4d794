#include "config.h"

#include <string.h>

#include "app/session/train-item.h"
#include "tests/support/folder.h"
#include "tests/support/volumes.h"

typedef struct
{
  char *folder;
  char *results;
  char *experiment;
  MsmTrainItem *item;
  guint n_updates;
} Fixture;

static void
on_updated (MsmTrainItem *item, Fixture *f)
{
  f->n_updates++;
}

static void
open_item (Fixture *f)
{
  g_clear_object (&f->item);
  f->item = msm_train_item_new (f->results);
  g_signal_connect (f->item, "updated", G_CALLBACK (on_updated), f);
}

static void
set_up (Fixture *f, gconstpointer steps)
{
  f->folder = g_dir_make_tmp ("msm-train-item-XXXXXX", NULL);
  f->results = g_build_filename (f->folder, "results", NULL);
  write_volumes (f->folder);
  f->experiment = write_experiment (f->folder, GPOINTER_TO_INT (steps));
  open_item (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->item);
  if (g_file_test (f->results, G_FILE_TEST_IS_DIR))
    remove_folder (g_steal_pointer (&f->results));
  g_free (f->results);
  g_free (f->experiment);
  remove_folder (f->folder);
}

static void
wait_for_end (Fixture *f)
{
  while (msm_train_item_is_active (f->item))
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_state (Fixture *f, const char *part)
{
  g_autofree char *text = msm_train_item_format_state (f->item);

  g_assert_nonnull (strstr (text, part));
}

/* Trained, looked at again, and gone on with: the series are the log's rows, each once. */
static void
test_whole (Fixture *f, gconstpointer data)
{
  const double *step, *value;
  g_autofree char *resumed = NULL;

  assert_state (f, "nothing");
  g_assert_false (msm_train_item_can_resume (f->item));
  msm_train_item_start (f->item, f->experiment, "auto");
  g_assert_true (msm_train_item_is_active (f->item));
  wait_for_end (f);
  g_assert_cmpstr (msm_train_item_get_trouble (f->item), ==, NULL);
  assert_state (f, "done: 4 steps, 8 images");
  g_assert_cmpuint (f->n_updates, >=, 2);
  g_assert_cmpuint (msm_train_item_get_loss (f->item, &step, &value), ==, 4);
  for (int i = 0; i < 4; i++)
    g_assert_cmpfloat (step[i], ==, i + 1);
  g_assert_cmpuint (msm_train_item_get_band (f->item, 7, &step, &value), ==, 2);
  g_assert_cmpfloat (step[1], ==, 4);
  g_assert_cmpfloat (value[1], >, 0);
  g_assert_true (g_str_has_suffix (msm_train_item_get_strip (f->item), "strip-0000004.png"));
  g_assert_nonnull (strstr (msm_train_item_get_report (f->item), "a.nii"));

  open_item (f);
  assert_state (f, "earlier training: 4 steps");
  g_assert_cmpuint (msm_train_item_get_loss (f->item, &step, &value), ==, 4);
  g_assert_true (g_str_has_suffix (msm_train_item_get_strip (f->item), "strip-0000004.png"));
  g_assert_true (msm_train_item_can_resume (f->item));
  msm_train_item_start (f->item, NULL, "auto"); /* all its steps are done */
  wait_for_end (f);
  g_assert_cmpstr (msm_train_item_get_trouble (f->item), ==, NULL);
  assert_state (f, "done");
  g_assert_cmpuint (msm_train_item_get_loss (f->item, &step, &value), ==, 4);
}

/* A stop saves; so does dropping the item while it runs. */
static void
test_stop (Fixture *f, gconstpointer data)
{
  const double *step, *value;
  gsize n = 0;

  msm_train_item_start (f->item, f->experiment, "auto");
  while (n < 2)
    {
      g_main_context_iteration (NULL, TRUE);
      n = msm_train_item_get_loss (f->item, &step, &value);
    }
  msm_train_item_stop (f->item);
  wait_for_end (f);
  assert_state (f, "stopped and saved");
  g_assert_true (msm_train_item_can_resume (f->item));

  n = msm_train_item_get_loss (f->item, &step, &value);
  msm_train_item_start (f->item, NULL, "auto");
  while (msm_train_item_get_loss (f->item, &step, &value) < n + 2)
    g_main_context_iteration (NULL, TRUE);
  for (gsize i = 0; i < n + 2; i++)
    g_assert_cmpfloat (step[i], ==, (double) i + 1);
  open_item (f);
  g_assert_true (msm_train_item_can_resume (f->item));
}

static void
test_failure (Fixture *f, gconstpointer data)
{
  msm_train_item_start (f->item, "no-such-file.ini", "auto");
  wait_for_end (f);
  assert_state (f, "failed");
  g_assert_nonnull (strstr (msm_train_item_get_trouble (f->item), "no-such-file.ini"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  msm_device_set_threads (1); /* a network this small is done before a second thread has woken up */
  g_test_add ("/app/train-item/whole", Fixture, GINT_TO_POINTER (4), set_up, test_whole, tear_down);
  g_test_add ("/app/train-item/stop", Fixture, GINT_TO_POINTER (1000000), set_up, test_stop, tear_down);
  g_test_add ("/app/train-item/failure", Fixture, GINT_TO_POINTER (4), set_up, test_failure, tear_down);
  return g_test_run ();
}
