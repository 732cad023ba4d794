#include "config.h"

#include "app/session/preview-queue.h"
#include "app/session/run-store.h"
#include "app/session/setup-model.h"
#include "app/session/study.h"
#include "tests/support/folder.h"
#include "tests/support/wait.h"

/* The parts of a session, each without the others. */

#define PATIENCE_US (30 * G_USEC_PER_SEC)

typedef struct
{
  char *folder;
  char *path; /* three slices of 32 × 32, one coil, in BART's layout; slice s is s + 1 everywhere */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  const gsize n = (gsize) 32 * 32 * 2;
  g_autofree float *values = g_new (float, 3 * n);
  g_autofree char *header = NULL;

  f->folder = g_dir_make_tmp ("msm-parts-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "scan.cfl", NULL);
  header = g_build_filename (f->folder, "scan.hdr", NULL);
  for (gsize i = 0; i < 3 * n; i++)
    values[i] = (float) (1 + i / n);
  g_assert_true (g_file_set_contents (header, "# Dimensions\n32 32 1 1 1 1 1 1 1 1 1 1 1 3 1 1\n", -1, NULL));
  g_assert_true (g_file_set_contents (f->path, (const char *) values, (gssize) (3 * n * sizeof (float)), NULL));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_free (f->path);
  remove_folder (f->folder);
}

static void
begin_at_first (MsmStudy *study, gboolean is_same, gpointer data)
{
  g_assert_false (is_same);
  msm_study_begin_at (study, 0);
}

/* Opens in the middle or where the handler says, and gives the k-space of the slice that is asked for last. */
static void
test_study (Fixture *f, gconstpointer data)
{
  g_autoptr (MsmStudy) study = msm_study_new ();
  g_auto (MsmAddress) address = { NULL };

  g_assert_false (msm_study_get_address (study, &address));
  g_signal_connect (study, "opened", G_CALLBACK (begin_at_first), NULL);
  msm_study_open (study, f->path, NULL);
  WAIT_FOR (msm_study_get_kspace (study) != NULL && !msm_study_is_loading (study));
  g_assert_cmpfloat (msm_tensor_const_host (msm_study_get_kspace (study))[0], ==, 1);
  g_assert_true (msm_study_get_address (study, &address));
  g_assert_true (msm_study_is_at (study, &address));
  msm_study_set_slice (study, 1);
  msm_study_set_slice (study, 2);
  g_assert_false (msm_study_is_at (study, &address));
  WAIT_FOR (!msm_study_is_loading (study));
  g_assert_cmpfloat (msm_tensor_const_host (msm_study_get_kspace (study))[0], ==, 3);
  g_assert_false (msm_study_is_unreadable (study));
  msm_study_close (study);
}

static void
add_change (MsmSetupModel *model, guint what, GArray *changes)
{
  g_array_append_val (changes, what);
}

/* One signal says what is new, once for each change; the setup that it makes has it. */
static void
test_setup_model (Fixture *f, gconstpointer data)
{
  g_autoptr (MsmSetupModel) model = msm_setup_model_new ();
  g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (MsmScan) scan = msm_scan_open (f->path, NULL, NULL);
  g_autoptr (MsmSetup) before = NULL, after = NULL, blurred = NULL;
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_lines (3, 2, TRUE);
  MsmAddress address = { f->path, NULL, NULL, 1 };

  g_assert_false (msm_setup_model_is_generating (model));
  g_assert_false (msm_setup_model_can_start (model));
  msm_setup_model_set_scan (model, scan, NULL, FALSE);
  g_assert_true (msm_setup_model_can_start (model));
  msm_setup_model_set_method_named (model, "cg-sense");
  before = msm_setup_model_make (model, &address);
  g_assert_true (before->mask_is_drawn);
  g_signal_connect (model, "changed", G_CALLBACK (add_change), changes);

  msm_setup_model_set_method_param (model, "iterations", "3");
  msm_setup_model_set_device (model, "ref");
  msm_setup_model_edit_mask (model, edit);
  msm_setup_model_set_operator_named (model, "blur");
  g_assert_cmpuint (changes->len, ==, 4);
  g_assert_cmpuint (g_array_index (changes, guint, 0), ==, MSM_SETUP_CHANGED_METHOD);
  g_assert_cmpuint (g_array_index (changes, guint, 1), ==, MSM_SETUP_CHANGED_VALUES);
  g_assert_cmpuint (g_array_index (changes, guint, 2), ==, MSM_SETUP_CHANGED_MASK);
  g_assert_cmpuint (g_array_index (changes, guint, 3), ==, MSM_SETUP_CHANGED_METHOD | MSM_SETUP_CHANGED_OPERATOR);
  blurred = msm_setup_model_make (model, &address);
  g_assert_null (blurred->mask);

  g_object_set (model, "operator", before->operator_class, NULL);
  after = msm_setup_model_make (model, &address);
  g_assert_cmpint (msm_params_get_int (after->params, "iterations"), ==, 3);
  g_assert_cmpstr (after->device, ==, "ref");
  g_assert_false (after->mask_is_drawn);
  g_assert_null (after->pattern); /* what is drawn by hand is no pattern's */
  g_assert_false (msm_setup_shares_mask (before, after));
  msm_setup_model_undo (model);
  g_assert_cmpmem (msm_setup_model_get_mask (model)->points, 32 * 32, before->mask->points, 32 * 32);
  g_assert_true (msm_address_equal (&after->address, &address));
}

static MsmPreviewInput
make_input (MsmTensor *kspace)
{
  return (MsmPreviewInput){ .kspace = msm_tensor_ref (kspace), .coil = -1, .wants_reference = TRUE };
}

/* A preview of a slice that is gone never comes; the reference is passed on from one to the next. */
static void
test_preview_queue (Fixture *f, gconstpointer data)
{
  g_autoptr (MsmWorker) worker = msm_worker_new ();
  g_autoptr (MsmPreviewQueue) queue = msm_preview_queue_new (worker);
  g_autoptr (MsmScan) scan = msm_scan_open (f->path, NULL, NULL);
  g_autoptr (MsmTensor) first = msm_scan_read (scan, 0, NULL, NULL), second = msm_scan_read (scan, 1, NULL, NULL);
  g_autoptr (MsmTensor) reference = NULL;
  const MsmPreview *old;

  msm_tensor_seal (first);
  msm_tensor_seal (second);
  msm_preview_queue_push (queue, make_input (first));
  msm_preview_queue_forget (queue);
  msm_preview_queue_push (queue, make_input (second));
  WAIT_FOR (msm_preview_queue_get (queue) != NULL);
  old = msm_preview_queue_get (queue);
  g_assert_cmpfloat (msm_tensor_const_host (old->kspace)[0], ==, 2);
  g_assert_nonnull (old->reference);
  reference = msm_tensor_ref (old->reference);
  msm_preview_queue_push (queue, make_input (second));
  WAIT_FOR (msm_preview_queue_get (queue) != old);
  g_assert_true (msm_preview_queue_get (queue)->reference == reference);
  msm_preview_queue_close (queue);
}

static MsmSetup *
copy_now (gpointer data)
{
  return msm_setup_copy (data);
}

/* Runs are counted and found by their number; another one that starts is selected, at its newest step. */
static void
test_run_store (Fixture *f, gconstpointer data)
{
  g_autoptr (MsmWorker) worker = msm_worker_new ();
  g_autoptr (MsmSetupModel) model = msm_setup_model_new ();
  g_autoptr (MsmScan) scan = msm_scan_open (f->path, NULL, NULL);
  g_autoptr (MsmSetup) now = NULL;
  g_autoptr (MsmRunStore) store = NULL;
  MsmAddress address = { f->path, NULL, NULL, 1 };
  MsmRunItem *first, *second;

  msm_setup_model_set_scan (model, scan, NULL, FALSE);
  msm_setup_model_set_method_named (model, "zero-filled");
  now = msm_setup_model_make (model, &address);
  store = msm_run_store_new (worker, copy_now, now);
  first = msm_run_store_start (store, now);
  g_assert_true (msm_run_store_get_selected (store) == first);
  WAIT_FOR (msm_run_item_get_state (first) == MSM_RUN_DONE);
  g_assert_false (msm_run_store_can_branch (store, now)); /* its method has none */
  msm_run_store_set_position (store, 1);
  second = msm_run_store_start (store, now);
  g_assert_true (second != first);
  g_assert_cmpint (msm_run_store_get_position (store), ==, -1);
  g_assert_cmpint (msm_run_item_get_number (second), ==, 2);
  g_assert_true (msm_run_store_find (store, 1) == first);
  WAIT_FOR (msm_run_item_get_state (second) == MSM_RUN_DONE);
  msm_run_store_remove (store, second);
  g_assert_null (msm_run_store_get_selected (store));
  g_assert_cmpuint (g_list_model_get_n_items (msm_run_store_get_runs (store)), ==, 1);
  msm_run_store_close (store);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/app/session/study", Fixture, NULL, set_up, test_study, tear_down);
  g_test_add ("/app/session/setup-model", Fixture, NULL, set_up, test_setup_model, tear_down);
  g_test_add ("/app/session/preview-queue", Fixture, NULL, set_up, test_preview_queue, tear_down);
  g_test_add ("/app/session/run-store", Fixture, NULL, set_up, test_run_store, tear_down);
  return g_test_run ();
}
