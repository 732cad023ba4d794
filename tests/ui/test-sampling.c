#include "config.h"

#include <math.h>
#include <string.h>

#include "app/setup/prior.h"
#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/tensor/tensor-math.h"
#include "tests/ui/ui-support.h"
#include "ui/window/mask-panel.h"
#include "ui/window/pane-grid.h"
#include "ui/window/source.h"

/* Sampling in the window, with a prior in closed form: no network is needed. */

enum
{
  SIZE = 8,
  N = SIZE * SIZE
};

static char *prior_path;

static void
write_prior (void)
{
  g_autoptr (MsmTensor) mean = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape3 (1, SIZE, SIZE), NULL);
  g_autoptr (MsmTensor) cov = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape2 (N, N), NULL);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < N; i++)
    {
      msm_tensor_host (mean)[i] = 0.5f;
      for (int j = 0; j < N; j++)
        {
          double d = hypot (i / SIZE - j / SIZE, i % SIZE - j % SIZE);

          msm_tensor_host (cov)[i * N + j] = (float) (0.09 * exp (-d * d / 8) + (i == j ? 0.001 : 0));
        }
    }
  prior_path = g_build_filename (ui_folder, "prior.h5", NULL);
  msm_hdf5_write (prior_path, (MsmNamedTensor[]){ { "mean", mean }, { "cov", cov } }, 2, NULL, &error);
  g_assert_no_error (error);
}

static const MsmSamplerClass *
find_method (const char *name)
{
  for (const MsmSamplerClass *const *klass = msm_session_get_methods (); *klass != NULL; klass++)
    if (g_str_equal ((*klass)->name, name))
      return *klass;
  g_assert_not_reached ();
}

static MsmWindow *
open_generating (int steps)
{
  MsmWindow *window = ui_open_window ("/nowhere/at-all.h5");
  MsmSession *session = msm_window_get_session (window);
  MsmParams *params;

  WAIT_FOR (!msm_session_is_loading (session));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "run"));
  msm_session_set_method (session, find_method ("generate"));
  /* Generation needs no scan. */
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "run"));
  params = msm_session_get_method_params (session);
  msm_params_set_text (params, "prior", prior_path, NULL);
  msm_params_set_number (params, "steps", steps, NULL);
  msm_params_set_number (params, "partials", 2, NULL);
  return window;
}

/* The outputs of every step are there for the panes, and the steps for the timeline. */
static void
test_generate (void)
{
  MsmWindow *window = open_generating (100);
  MsmPaneGrid *panes = MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID));
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *run;
  MsmFrame *frame;
  g_autofree char *state = NULL;
  const double *sigma;
  gsize n, plane;

  /* Nothing is open, and nothing needs to be. */
  g_assert_nonnull (strstr (msm_source_empty_text (session, "estimate"), "Generate"));
  g_assert_nonnull (strstr (msm_source_empty_text (session, "zero-filled"), "Open"));
  run = ui_reconstruct (window);
  g_assert_nonnull (strstr (msm_source_empty_text (session, "zero-filled"), "Open"));
  frame = msm_run_item_get_frame (run);
  /* Panes of a measurement stand aside. */
  g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 (MSM_LAYOUT_2X3));
  g_assert_true (msm_viewport_get_image (msm_pane_grid_get_viewport (panes, 0), &plane) == msm_frame_find (frame, "z"));
  /* Nothing was measured: there is no residual to tell. */
  g_object_get (run, "state-text", &state, NULL);
  g_assert_null (strstr (state, "nan"));

  g_assert_nonnull (msm_frame_find (frame, "z"));
  g_assert_nonnull (msm_frame_find (frame, "local-2"));
  g_assert_nonnull (msm_frame_find (frame, "coverage"));
  sigma = msm_run_item_get_series (run, MSM_SERIES_SIGMA, &n);
  g_assert_cmpuint (n, ==, 100);
  g_assert_cmpfloat (sigma[0], >, sigma[99]);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 (MSM_LAYOUT_TRAJECTORY));
  g_assert_true (msm_viewport_get_image (msm_pane_grid_get_viewport (panes, 0), &plane) == msm_frame_find (frame, "z"));
  g_assert_true (msm_viewport_get_image (msm_pane_grid_get_viewport (panes, 4), &plane)
                 == msm_frame_find (frame, "local-1"));
  ui_close_window (window);
}

static void
pause_early (MsmWindow *window)
{
  MsmSession *session = msm_window_get_session (window);

  g_action_group_activate_action (G_ACTION_GROUP (window), "run", NULL);
  g_action_group_activate_action (G_ACTION_GROUP (window), "pause", NULL);
  WAIT_FOR (msm_run_item_is_paused (msm_session_get_run (session)));
  for (int i = 0; i < 5; i++)
    {
      int step, n_steps, before;
      double seconds;

      msm_run_item_get_progress (msm_session_get_run (session), &before, &n_steps, &seconds);
      g_action_group_activate_action (G_ACTION_GROUP (window), "step", NULL);
      WAIT_FOR ((msm_run_item_get_progress (msm_session_get_run (session), &step, &n_steps, &seconds), step > before));
    }
  WAIT_FOR (msm_session_can_branch (session));
}

/*
 * Paused, then continued as a branch: with nothing changed it ends where the parent would have; with another seed
 * elsewhere. The branch says whose it is, and from which step.
 */
static void
test_branch (void)
{
  MsmWindow *window = open_generating (50);
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *whole = ui_reconstruct (window), *parent, *same, *other;
  MsmTensor *expected = msm_frame_find (msm_run_item_get_frame (whole), "estimate"), *branched;
  int start;

  pause_early (window);
  parent = msm_session_get_run (session);
  start = msm_run_item_get_frame (parent)->info.step;
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "branch"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "branch", NULL);
  same = msm_session_get_run (session);
  g_assert_true (same != parent);
  WAIT_FOR (!msm_run_item_is_active (same) && !msm_run_item_is_active (parent));
  g_assert_no_error (msm_run_item_get_error (same));
  g_assert_cmpint (msm_run_item_get_state (parent), ==, MSM_RUN_STOPPED);
  g_assert_cmpint (msm_run_item_get_setup (same)->parent_number, ==, msm_run_item_get_number (parent));
  g_assert_cmpint (msm_run_item_get_setup (same)->start_step, ==, start);
  g_assert_nonnull (strstr (msm_run_item_get_title (same), "from 2 @"));
  branched = msm_frame_find (msm_run_item_get_frame (same), "estimate");
  g_assert_cmpmem (msm_tensor_const_data (branched), msm_tensor_bytes (branched), msm_tensor_const_data (expected),
                   msm_tensor_bytes (expected));
  /* From the parent's step again, with another seed. */
  msm_session_select_run (session, parent);
  msm_params_set_number (msm_session_get_method_params (session), "seed", 7, NULL);
  other = msm_session_branch (session);
  g_assert_nonnull (other);
  WAIT_FOR (!msm_run_item_is_active (other));
  g_assert_no_error (msm_run_item_get_error (other));
  branched = msm_frame_find (msm_run_item_get_frame (other), "estimate");
  g_assert_true (
      memcmp (msm_tensor_const_data (branched), msm_tensor_const_data (expected), msm_tensor_bytes (expected)) != 0);
  ui_close_window (window);
}

/* Continue after a pause: the same run while nothing was changed, a branch of it once the seed is another. */
static void
test_continue (void)
{
  MsmWindow *window = open_generating (50);
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *parent, *branch;

  pause_early (window);
  parent = msm_session_get_run (session);
  g_action_group_activate_action (G_ACTION_GROUP (window), "pause", NULL);
  g_assert_true (msm_session_get_run (session) == parent);
  WAIT_FOR (!msm_run_item_is_active (parent));
  g_assert_cmpint (msm_run_item_get_state (parent), ==, MSM_RUN_DONE);
  pause_early (window);
  parent = msm_session_get_run (session);
  msm_session_set_method_param (session, "seed", "9");
  g_action_group_activate_action (G_ACTION_GROUP (window), "pause", NULL);
  branch = msm_session_get_run (session);
  g_assert_true (branch != parent);
  g_assert_cmpint (msm_run_item_get_setup (branch)->parent_number, ==, msm_run_item_get_number (parent));
  WAIT_FOR (!msm_run_item_is_active (branch) && !msm_run_item_is_active (parent));
  g_assert_cmpint (msm_run_item_get_state (branch), ==, MSM_RUN_DONE);
  ui_close_window (window);
}

/* Paused before its first step: what is changed then counts, although there is no step to branch from. */
static void
test_continue_at_start (void)
{
  MsmWindow *window = open_generating (50);
  MsmSession *session = msm_window_get_session (window);
  g_autofree char *state = NULL;
  MsmRunItem *run;

  g_action_group_activate_action (G_ACTION_GROUP (window), "run", NULL);
  g_action_group_activate_action (G_ACTION_GROUP (window), "pause", NULL);
  WAIT_FOR (msm_run_item_is_paused (msm_session_get_run (session)));
  g_object_get (msm_session_get_run (session), "state-text", &state, NULL);
  g_assert_null (strstr (state, "0 of 0"));
  msm_session_set_method_param (session, "seed", "9");
  g_action_group_activate_action (G_ACTION_GROUP (window), "pause", NULL);
  run = msm_session_get_run (session);
  WAIT_FOR (!msm_run_item_is_active (run));
  g_assert_cmpint (msm_run_item_get_state (run), ==, MSM_RUN_DONE);
  g_assert_cmpint (msm_params_get_int (msm_run_item_get_setup (run)->params, "seed"), ==, 9);
  g_assert_cmpuint (g_list_model_get_n_items (msm_session_get_runs (session)), ==, 1);
  ui_close_window (window);
}

/* A method that cannot branch goes on with its own settings, and says so. */
static void
test_continue_without_branches (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  g_autofree char *message = NULL;
  MsmRunItem *run;

  g_signal_connect (session, "failed", G_CALLBACK (ui_keep_message), &message);
  g_action_group_activate_action (G_ACTION_GROUP (window), "run", NULL);
  g_action_group_activate_action (G_ACTION_GROUP (window), "pause", NULL);
  run = msm_session_get_run (session);
  WAIT_FOR (msm_run_item_is_paused (run));
  g_action_group_activate_action (G_ACTION_GROUP (window), "step", NULL);
  WAIT_FOR (msm_run_item_get_n_kept (run) > 0 && msm_run_item_is_paused (run));
  msm_session_set_method_param (session, "lambda", "0.5");
  g_action_group_activate_action (G_ACTION_GROUP (window), "pause", NULL);
  g_assert_nonnull (message);
  g_assert_true (msm_session_get_run (session) == run);
  WAIT_FOR (!msm_run_item_is_active (run));
  g_assert_cmpint (msm_run_item_get_state (run), ==, MSM_RUN_DONE);
  ui_close_window (window);
}

/* A prior that is not there is said in the error bar, and the window goes on. */
static void
test_no_prior (void)
{
  MsmWindow *window = open_generating (50);
  MsmSession *session = msm_window_get_session (window);
  g_autofree char *message = NULL, *card = NULL, *text_path = g_build_filename (ui_folder, "text.txt", NULL);
  g_autoptr (GError) error = NULL;

  g_signal_connect (session, "failed", G_CALLBACK (ui_keep_message), &message);
  msm_params_set_text (msm_session_get_method_params (session), "prior", "no-such-prior", NULL);
  g_action_group_activate_action (G_ACTION_GROUP (window), "run", NULL);
  WAIT_FOR (message != NULL);
  g_assert_nonnull (strstr (message, "no-such-prior"));
  g_assert_cmpint (msm_run_item_get_state (msm_session_get_run (session)), ==, MSM_RUN_FAILED);
  /* The card of what is no prior says so. */
  g_assert_true (g_file_set_contents (text_path, "no prior", -1, NULL));
  g_assert_null (msm_prior_describe (text_path, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
  card = msm_prior_describe (prior_path, NULL);
  g_assert_nonnull (card);
  g_free (card);
  card = msm_prior_describe ("brain-128", NULL);
  g_assert_nonnull (strstr (card, "random"));
  g_assert_nonnull (strstr (card, "16 files held out"));
  g_assert_nonnull (strstr (card, "\n    σ "));
  msm_params_set_text (msm_session_get_method_params (session), "prior", prior_path, NULL);
  ui_reconstruct (window);
  ui_close_window (window);
}

/* An operator other than sampling: the panel has its parameters, a classical method solves it. */
static void
test_operator (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  const MsmOperatorClass *blur = msm_operator_class_find ("blur", NULL);
  MsmPaneGrid *panes = MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID));
  MsmTensor *expected;
  GtkDropDown *chooser;
  MsmRunItem *run;
  MsmShape shape;
  gsize plane;

  /* Where a prior is drawn from, nothing is measured. */
  msm_session_set_method (session, find_method ("generate"));
  g_assert_false (gtk_widget_get_sensitive (ui_find (GTK_WIDGET (window), MSM_TYPE_MASK_PANEL)));
  msm_session_set_method_named (session, "cg-sense");
  g_assert_true (gtk_widget_get_sensitive (ui_find (GTK_WIDGET (window), MSM_TYPE_MASK_PANEL)));
  g_action_group_activate_action (G_ACTION_GROUP (window), "operator", g_variant_new_string ("blur"));
  g_assert_true (msm_session_get_operator (session) == blur);
  /* The panel follows: it is not the panel that has chosen. */
  chooser = GTK_DROP_DOWN (ui_find (ui_find (GTK_WIDGET (window), MSM_TYPE_MASK_PANEL), GTK_TYPE_DROP_DOWN));
  g_assert_true (msm_operator_classes ()[gtk_drop_down_get_selected (chooser)] == blur);
  g_assert_false (msm_session_is_sampling (session));
  g_assert_true (msm_session_get_operator_params (session) != NULL);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 (MSM_LAYOUT_2X3));
  /* What it measures is there before the run: prepared ahead, which k-space and a mask have no part in. */
  WAIT_FOR (msm_session_get_put_back (session) != NULL);
  g_assert_true (msm_viewport_get_image (msm_pane_grid_get_viewport (panes, 0), &plane)
                 == msm_session_get_put_back (session));
  g_assert_null (strstr (msm_viewport_get_title (msm_pane_grid_get_viewport (panes, 0)), "Zero"));
  shape = msm_tensor_shape (msm_session_get_put_back (session));
  g_assert_cmpuint (shape.dim[2], ==, 64);
  run = ui_reconstruct (window);
  g_assert_true (msm_run_item_get_setup (run)->operator_class == blur);
  g_assert_true (msm_run_item_get_frame (run)->has_metrics);
  /* It is the very image that the method “zero-filled” would give. */
  msm_session_set_method_named (session, "zero-filled");
  run = ui_reconstruct (window);
  expected = msm_frame_find (msm_run_item_get_frame (run), "estimate");
  for (gsize i = 0; i < msm_tensor_floats (expected); i++)
    g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (msm_session_get_put_back (session))[i],
                                    (float) msm_run_item_get_frame (run)->scale * msm_tensor_const_host (expected)[i],
                                    1e-6);
  /* An undersampled scan has no image to measure: it is back in k-space. */
  msm_session_open (session, MSM_SOURCE_DATA_DIR "/demo/brain-8ch-poisson.h5");
  WAIT_FOR (!msm_session_is_loading (session) && !msm_session_is_fully_sampled (session)
            && msm_session_get_preview (session) != NULL);
  g_assert_true (msm_session_is_sampling (session));
  g_assert_null (msm_session_get_put_back (session));
  g_assert_true (msm_viewport_get_image (msm_pane_grid_get_viewport (panes, 0), &plane)
                 == msm_session_get_preview (session)->zero_filled);
  ui_close_window (window);
}

/*
 * A likelihood step that makes the samples run away: the run stops and says so, and what it ran away with is not shown
 * as if it were a result; its steps stay there to be looked at.
 */
static void
test_divergence (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  MsmPaneGrid *panes = MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID));
  g_autofree char *message = NULL, *state = NULL;
  MsmRunItem *run;
  gsize plane;

  g_signal_connect (session, "failed", G_CALLBACK (ui_keep_message), &message);
  msm_session_set_method_named (session, "msm");
  msm_session_set_method_param (session, "prior", "brain-128");
  msm_session_set_method_param (session, "steps", "10");
  msm_session_set_method_param (session, "likelihood", "gradient");
  msm_session_set_method_param (session, "lik-step", "1000");
  g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 (MSM_LAYOUT_1X1));
  g_action_group_activate_action (G_ACTION_GROUP (window), "run", NULL);
  run = msm_session_get_run (session);
  WAIT_FOR (!msm_run_item_is_active (run) && message != NULL);
  g_assert_cmpint (msm_run_item_get_state (run), ==, MSM_RUN_FAILED);
  g_assert_nonnull (strstr (message, "diverge"));
  g_object_get (run, "state-text", &state, NULL);
  g_assert_nonnull (strstr (state, "diverge"));
  g_assert_null (msm_viewport_get_image (msm_pane_grid_get_viewport (panes, 0), &plane));
  g_assert_false (msm_session_can_branch (session));
  if (msm_run_item_get_n_kept (run) > 0)
    {
      msm_session_set_position (session, msm_run_item_get_kept_step (run, 0));
      g_assert_nonnull (msm_viewport_get_image (msm_pane_grid_get_viewport (panes, 0), &plane));
      g_assert_true (msm_session_can_branch (session));
    }
  ui_close_window (window);
}

/* A window as it comes: one click samples with a shipped prior that fits, and closing it in mid-run is clean. */
static void
test_first_click (void)
{
  MsmWindow *window = MSM_WINDOW (msm_window_new (ui_application));
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *run;

  gtk_window_present (GTK_WINDOW (window));
  msm_window_open (window, ui_scan_path);
  WAIT_FOR (msm_session_get_preview (session) != NULL);
  g_assert_cmpstr (msm_session_get_method (session)->name, ==, "msm");
  /* Complex, and of all such the nearest to 64 × 64. */
  g_assert_cmpstr (msm_params_get_text (msm_session_get_method_params (session), "prior"), ==, "brain-128");
  g_action_group_activate_action (G_ACTION_GROUP (window), "run", NULL);
  run = msm_session_get_run (session);
  g_assert_nonnull (run);
  WAIT_FOR (msm_run_item_get_frame (run) != NULL && msm_run_item_get_frame (run)->info.step > 0);
  g_assert_no_error (msm_run_item_get_error (run));
  g_assert_true (msm_run_item_is_active (run));
  g_assert_true (msm_run_item_get_frame (run)->has_metrics);
  ui_close_window (window);
}

/* What was prepared before the click serves it, and only when it is what is asked for. */
static void
test_ahead (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  MsmTensor *expected, *found;
  gint64 start = g_get_monotonic_time ();
  MsmRunItem *first, *same, *other;

  first = ui_reconstruct (window);
  expected = msm_frame_find (msm_run_item_get_frame (first), "estimate");
  WAIT_FOR (g_get_monotonic_time () - start > 1500000);
  same = ui_reconstruct (window);
  found = msm_frame_find (msm_run_item_get_frame (same), "estimate");
  g_assert_cmpmem (msm_tensor_const_data (found), msm_tensor_bytes (found), msm_tensor_const_data (expected),
                   msm_tensor_bytes (expected));
  g_assert_cmpint (msm_run_item_get_number (same), ==, 2);
  start = g_get_monotonic_time ();
  WAIT_FOR (g_get_monotonic_time () - start > 1500000);
  /* In place, so that the session has not heard of it. */
  msm_params_set_number (msm_session_get_method_params (session), "iterations", 3, NULL);
  other = ui_reconstruct (window);
  g_assert_cmpint (msm_run_item_get_frame (other)->info.n_steps, ==, 3);
  g_assert_cmpint (msm_run_item_get_number (other), ==, 3);
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!ui_init (&argc, &argv))
    return 77;
  write_prior ();
  g_test_add_func ("/sampling/generate", test_generate);
  g_test_add_func ("/sampling/branch", test_branch);
  g_test_add_func ("/sampling/continue", test_continue);
  g_test_add_func ("/sampling/continue-at-start", test_continue_at_start);
  g_test_add_func ("/sampling/continue-without-branches", test_continue_without_branches);
  g_test_add_func ("/sampling/no-prior", test_no_prior);
  g_test_add_func ("/sampling/operator", test_operator);
  g_test_add_func ("/sampling/divergence", test_divergence);
  g_test_add_func ("/sampling/first-click", test_first_click);
  g_test_add_func ("/sampling/ahead", test_ahead);
  return ui_run ();
}
