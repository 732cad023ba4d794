#include "config.h"

#include <string.h>

#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/tensor/tensor-math.h"
#include "tests/ui/ui-support.h"
#include "ui/window/pane-grid.h"

/* Experiment files: what one program saves, the other repeats with the same pixels. */

static const char *msm; /* the terminal's program */

static char *
in_folder (const char *name)
{
  return g_build_filename (ui_folder, name, NULL);
}

/* Runs the terminal's program with these words. */
static void
run_msm (const char *first, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *err = NULL;
  g_autoptr (GError) error = NULL;
  int status;
  va_list list;

  g_ptr_array_add (argv, (gpointer) msm);
  va_start (list, first);
  for (const char *word = first; word != NULL; word = va_arg (list, const char *))
    g_ptr_array_add (argv, (gpointer) word);
  va_end (list);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &err, &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_test_message ("%s", err);
  g_assert_cmpint (status, ==, 0);
}

/* The file's image is the run's estimate, to the last bit: a frame is in the problem's units, a file in true ones. */
static void
assert_same_pixels (MsmRunItem *run, const char *path, const char *dataset)
{
  MsmFrame *frame = msm_run_item_get_frame (run);
  MsmTensor *estimate = msm_frame_find (frame, "estimate");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) file = msm_hdf5_read (path, dataset, &error);
  gsize n = msm_tensor_floats (estimate);
  g_autofree float *expected = g_new (float, n);

  g_assert_no_error (error);
  g_assert_cmpuint (msm_tensor_floats (file), ==, n);
  for (gsize i = 0; i < n; i++)
    {
      expected[i] = msm_tensor_const_host (estimate)[i];
      expected[i] *= frame->scale;
    }
  g_assert_cmpmem (msm_tensor_const_host (file), n * sizeof (float), expected, n * sizeof (float));
}

static void
save_experiment (MsmWindow *window, const char *path)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "save-experiment-to", g_variant_new_string (path));
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
}

static void
set_method (MsmSession *session, const char *method, const char *const *values)
{
  msm_session_set_method_named (session, method);
  for (gsize i = 0; values[i] != NULL; i += 2)
    msm_session_set_method_param (session, values[i], values[i + 1]);
}

static const char *const few_steps[] = { "prior",     "brain-128", "steps", "10", "partials", "2",
                                         "masks-acs", "8",         "seed",  "5",  NULL };

/* A classical method, a pattern with a seed of its own, and settings of ESPIRiT. */
static void
test_classical_to_terminal (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  g_autofree char *ini = in_folder ("classical.ini"), *out = in_folder ("classical.h5");
  static const char *const values[] = { "iterations", "4", NULL };

  msm_session_set_slice (session, 0);
  WAIT_FOR (!msm_session_is_loading (session));
  msm_params_set_number (msm_session_get_pattern_params (session), "accel", 3, NULL);
  msm_params_set_number (msm_session_get_pattern_params (session), "seed", 9, NULL);
  msm_session_pattern_params_changed (session);
  msm_params_set_number (msm_session_get_espirit_params (session), "crop", 0.7, NULL);
  msm_params_set_number (msm_session_get_coil_params (session), "coils", 3, NULL);
  set_method (session, "cg-sense", values);
  ui_reconstruct (window);
  save_experiment (window, ini);
  run_msm ("recon", "--experiment", ini, "--out", out, NULL);
  assert_same_pixels (msm_session_get_run (session), out, "image");
  ui_close_window (window);
}

/* MSM with a shipped network and a mask drawn by hand, which goes into a file beside the experiment. */
static void
test_msm_to_terminal (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_lines (3, 2, TRUE);
  g_autofree char *ini = in_folder ("drawn.ini"), *out = in_folder ("drawn.h5"), *mask = in_folder ("drawn-mask.png");

  msm_session_edit_mask (session, edit);
  set_method (session, "msm", few_steps);
  ui_reconstruct (window);
  /* Of the run that is shown, not of what was changed since. */
  msm_session_set_method_param (session, "seed", "6");
  save_experiment (window, ini);
  g_assert_true (g_file_test (mask, G_FILE_TEST_IS_REGULAR));
  run_msm ("recon", "--experiment", ini, "--out", out, NULL);
  assert_same_pixels (msm_session_get_run (session), out, "image");
  ui_close_window (window);
}

/* A pane's picture carries what repeats its run, whatever has been chosen since. */
static void
test_picture_to_terminal (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_lines (3, 2, TRUE);
  g_autofree char *png = in_folder ("pane.png"), *out = in_folder ("pane.h5");
  static const char *const values[] = { "iterations", "4", NULL };

  msm_session_edit_mask (session, edit);
  set_method (session, "cg-sense", values);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 (MSM_LAYOUT_1X1));
  ui_reconstruct (window);
  g_action_group_activate_action (G_ACTION_GROUP (window), "pane-source", g_variant_new_string ("estimate"));
  msm_session_set_method_param (session, "iterations", "5");
  g_action_group_activate_action (G_ACTION_GROUP (window), "export-to", g_variant_new_string (png));
  run_msm ("recon", "--experiment", png, "--out", out, NULL);
  assert_same_pixels (msm_session_get_run (session), out, "image");
  ui_close_window (window);
}

static MsmWindow *
open_experiment (const char *ini)
{
  MsmWindow *window = MSM_WINDOW (msm_window_new (ui_application));
  MsmSession *session = msm_window_get_session (window);

  gtk_window_present (GTK_WINDOW (window));
  msm_window_open (window, ini);
  WAIT_FOR (msm_session_get_preview (session) != NULL && !msm_session_is_loading (session));
  return window;
}

/* What the terminal saved opens in the window: scan, slice, pattern, method, operator, and the same pixels. */
static void
test_to_window (void)
{
  g_autofree char *ini = in_folder ("terminal.ini"), *out = in_folder ("terminal.h5");
  MsmWindow *window;
  MsmSession *session;

  run_msm ("recon", ui_scan_path, "--method", "msm", "--prior", "brain-128", "--steps", "10", "--partials", "2",
           "--masks-acs", "8", "--seed", "4", "--pattern", "equispaced", "--accel", "3", "--slice", "0",
           "--espirit-crop", "0.7", "--save-experiment", ini, "--out", out, NULL);
  window = open_experiment (ini);
  session = msm_window_get_session (window);
  g_assert_cmpuint (msm_session_get_slice (session), ==, 0);
  g_assert_cmpstr (msm_session_get_pattern (session)->name, ==, "equispaced");
  g_assert_cmpstr (msm_session_get_method (session)->name, ==, "msm");
  ui_reconstruct (window);
  assert_same_pixels (msm_session_get_run (session), out, "image");
  ui_close_window (window);
}

static void
test_operator_to_window (void)
{
  g_autofree char *ini = in_folder ("blur.ini"), *out = in_folder ("blur.h5");
  MsmWindow *window;

  run_msm ("recon", ui_scan_path, "--method", "tv", "--iterations", "5", "--operator", "blur", "--operator-noise",
           "0.02", "--save-experiment", ini, "--out", out, NULL);
  window = open_experiment (ini);
  g_assert_false (msm_session_is_sampling (msm_window_get_session (window)));
  ui_reconstruct (window);
  assert_same_pixels (msm_session_get_run (msm_window_get_session (window)), out, "image");
  ui_close_window (window);
}

/* Generation, there and back. */
static void
test_generation (void)
{
  g_autofree char *ini = in_folder ("sample.ini"), *out = in_folder ("sample.h5"), *again = in_folder ("again.ini");
  g_autofree char *out_again = in_folder ("again.h5");
  MsmWindow *window = MSM_WINDOW (msm_window_new (ui_application));
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *run;

  run_msm ("sample", "--prior", "brain-128", "--size", "32", "--steps", "20", "--masks-acs", "4", "--save-experiment",
           ini, "--out", out, NULL);
  gtk_window_present (GTK_WINDOW (window));
  msm_window_open (window, ini);
  g_assert_true (msm_session_is_generating (session));
  run = ui_reconstruct (window);
  assert_same_pixels (run, out, "mean");
  save_experiment (window, again);
  run_msm ("sample", "--experiment", again, "--out", out_again, NULL);
  assert_same_pixels (run, out_again, "mean");
  ui_close_window (window);
}

/* Runs up to the end of step 4 and pauses; there the branch begins. */
static MsmRunItem *
pause_at_four (MsmWindow *window)
{
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *run;
  int step = 0, n_steps;
  double seconds;

  g_action_group_activate_action (G_ACTION_GROUP (window), "run", NULL);
  run = msm_session_get_run (session);
  msm_run_item_pause (run, TRUE);
  WAIT_FOR (msm_run_item_is_paused (run));
  while (step < 4)
    {
      int before = step;

      msm_run_item_step (run);
      WAIT_FOR ((msm_run_item_get_progress (run, &step, &n_steps, &seconds), step > before));
    }
  WAIT_FOR (msm_session_can_branch (session));
  return run;
}

/*
 * A branch of a branch: seed and λ changed after step 4, then, from a kept step of that, a mask drawn by hand. One file
 * has all three, the masks beside it, and the terminal comes to the same pixels; so it does from an exported picture.
 */
static void
test_branch (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  g_autoptr (MsmMaskEdit) first = msm_mask_edit_new_lines (3, 2, TRUE), second = msm_mask_edit_new_lines (9, 4, TRUE);
  g_autofree char *ini = in_folder ("branch.ini"), *png = in_folder ("branch.png"), *out = in_folder ("branch.h5");
  g_autofree char *out_png = in_folder ("branch-png.h5"), *message = NULL;
  MsmRunItem *run;
  double scale;

  msm_session_edit_mask (session, first);
  set_method (session, "msm", few_steps);
  pause_at_four (window);
  msm_session_set_method_param (session, "seed", "6");
  msm_session_set_method_param (session, "prox-weight", "0.3");
  run = msm_session_branch (session);
  msm_run_item_pause (run, TRUE);
  WAIT_FOR (msm_run_item_is_paused (run));
  msm_run_item_step (run);
  WAIT_FOR (msm_run_item_get_n_kept (run) > 0 && msm_session_can_branch (session));
  scale = msm_run_item_get_frame (run)->scale;
  msm_session_edit_mask (session, second);
  run = msm_session_branch (session);
  WAIT_FOR (!msm_run_item_is_active (run));
  g_assert_no_error (msm_run_item_get_error (run));
  g_assert_cmpfloat (msm_run_item_get_frame (run)->scale, ==, scale);
  save_experiment (window, ini);
  run_msm ("recon", "--experiment", ini, "--out", out, NULL);
  assert_same_pixels (run, out, "image");
  g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 (MSM_LAYOUT_1X1));
  g_action_group_activate_action (G_ACTION_GROUP (window), "pane-source", g_variant_new_string ("estimate"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "export-to", g_variant_new_string (png));
  run_msm ("recon", "--experiment", png, "--out", out_png, NULL);
  assert_same_pixels (run, out_png, "image");
  /* Opened again: the last stage's settings, and that it is a branch is said. */
  g_signal_connect (session, "failed", G_CALLBACK (ui_keep_message), &message);
  msm_session_set_method_param (session, "seed", "1");
  msm_window_open (window, ini);
  WAIT_FOR (message != NULL && !msm_session_is_loading (session));
  g_assert_nonnull (strstr (message, "branch"));
  g_assert_cmpint (msm_params_get_int (msm_session_get_method_params (session), "seed"), ==, 6);
  ui_close_window (window);
}

/* The same of generation. */
static void
test_generation_branch (void)
{
  g_autofree char *ini = in_folder ("drawn-branch.ini"), *out = in_folder ("drawn-branch.h5");
  MsmWindow *window = MSM_WINDOW (msm_window_new (ui_application));
  MsmSession *session = msm_window_get_session (window);
  static const char *const values[] = { "prior", "brain-128", "size", "32", "steps", "20", "masks-acs", "4", NULL };
  MsmRunItem *run;

  gtk_window_present (GTK_WINDOW (window));
  set_method (session, "generate", values);
  pause_at_four (window);
  msm_session_set_method_param (session, "ddim-eta", "0.5");
  run = msm_session_branch (session);
  WAIT_FOR (!msm_run_item_is_active (run));
  g_assert_no_error (msm_run_item_get_error (run));
  save_experiment (window, ini);
  run_msm ("sample", "--experiment", ini, "--out", out, NULL);
  assert_same_pixels (run, out, "mean");
  ui_close_window (window);
}

/* What is no experiment, or one that the window cannot do, is said; the window stays as it was. */
static void
test_bad (void)
{
  static const struct
  {
    const char *text, *says;
  } cases[] = {
    { "no experiment", "experiment" },
    { "[recon]\nmethod=no-such\n", "no-such" },
    { "[recon]\nmethod=cg-sense\n", "input" },
    { "[recon]\ninput=phantom.h5\ndevice=gpu\n", "device" },
    { "[recon]\ninput=phantom.h5\nsens=maps.h5\n", "sens" },
    { "[recon]\ninput=phantom.h5\nslize=1\n", "slice" },
    { "[recon]\ninput=nowhere.h5\n", "nowhere.h5" },
    { "[recon]\ninput=phantom.h5\nslice=7\n", "slice 7" },
  };
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  g_autofree char *ini = in_folder ("bad.ini"), *message = NULL;

  g_signal_connect (session, "failed", G_CALLBACK (ui_keep_message), &message);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_clear_pointer (&message, g_free);
      g_assert_true (g_file_set_contents (ini, cases[i].text, -1, NULL));
      msm_window_open (window, ini);
      WAIT_FOR (message != NULL && !msm_session_is_loading (session));
      g_assert_nonnull (strstr (message, cases[i].says));
    }
  ui_reconstruct (window);
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!ui_init (&argc, &argv))
    return 77;
  g_assert_cmpint (argc, ==, 2);
  msm = argv[1];
  g_test_add_func ("/experiment/classical-to-terminal", test_classical_to_terminal);
  g_test_add_func ("/experiment/msm-to-terminal", test_msm_to_terminal);
  g_test_add_func ("/experiment/picture-to-terminal", test_picture_to_terminal);
  g_test_add_func ("/experiment/to-window", test_to_window);
  g_test_add_func ("/experiment/operator-to-window", test_operator_to_window);
  g_test_add_func ("/experiment/generation", test_generation);
  g_test_add_func ("/experiment/branch", test_branch);
  g_test_add_func ("/experiment/generation-branch", test_generation_branch);
  g_test_add_func ("/experiment/bad", test_bad);
  return ui_run ();
}
