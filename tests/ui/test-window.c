#include "config.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "core/phantom/phantom.h"
#include "core/phantom/simulate.h"
#include "core/device/device.h"
#include "ui/window/window.h"

/* Long enough for a loaded machine; a test that gets there has failed. */
#define PATIENCE_US (60 * G_USEC_PER_SEC)

static GtkApplication *application;
static char *folder;
static char *scan_path;

/* A fully sampled phantom of 4 coils, 64 × 64, two slices, in fastMRI's layout. */
static void
write_scan (void)
{
  MsmParams *params = msm_params_new (msm_phantom_params);
  g_autoptr (GError) error = NULL;
  g_autofree float *kspace = g_new (float, 2 * 2 * 4 * 64 * 64);
  g_autofree float *rss = g_new0 (float, 2 * 64 * 64);
  MsmSimulatedFile file = { .n_slices = 2, .n_coils = 4, .n_readout = 64, .n_phase = 64, .kspace = kspace,
                            .rss = rss, .fov_mm = { 220, 220, 5 }, .description = "phantom",
                            .source = "analytic", .licence = "BSD-3-Clause", .precision = 23 };

  msm_params_set_number (params, "rows", 64, NULL);
  msm_params_set_number (params, "columns", 64, NULL);
  msm_params_set_number (params, "coils", 4, NULL);
  for (int slice = 0; slice < 2; slice++)
    {
      MsmTensor *one = NULL;
      g_autoptr (MsmTensor) image = NULL;

      msm_params_set_number (params, "seed", slice + 1, NULL);
      msm_phantom_kspace (params, &one, NULL, &image, &error);
      g_assert_no_error (error);
      memcpy (kspace + (gsize) slice * 2 * 4 * 64 * 64, msm_tensor_const_host (one), msm_tensor_bytes (one));
      for (int i = 0; i < 64 * 64; i++)
        rss[slice * 64 * 64 + i] = hypotf (msm_tensor_const_host (image)[2 * i],
                                           msm_tensor_const_host (image)[2 * i + 1]);
      msm_tensor_unref (one);
    }
  msm_params_free (params);
  scan_path = g_build_filename (folder, "phantom.h5", NULL);
  msm_simulated_file_write (&file, scan_path, &error);
  g_assert_no_error (error);
}

/* Runs the main loop until @condition holds. */
#define WAIT_FOR(condition)                                           \
  G_STMT_START                                                        \
  {                                                                   \
    gint64 deadline = g_get_monotonic_time () + PATIENCE_US;          \
    while (!(condition) && g_get_monotonic_time () < deadline)        \
      g_main_context_iteration (NULL, FALSE);                         \
    g_assert_true (condition);                                        \
  }                                                                   \
  G_STMT_END

static MsmWindow *
open_window (const char *path)
{
  MsmWindow *window = MSM_WINDOW (msm_window_new (application));

  gtk_window_present (GTK_WINDOW (window));
  msm_window_open (window, path);
  return window;
}

static void
close_window (MsmWindow *window)
{
  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *) &window);
  gtk_window_close (GTK_WINDOW (window));
  WAIT_FOR (window == NULL);
}

static void
test_reconstruct (void)
{
  MsmWindow *window = open_window (scan_path);
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *run;
  MsmFrame *frame;
  int step, n_steps;
  double seconds_left;

  WAIT_FOR (msm_session_get_preview (session) != NULL);
  g_assert_nonnull (msm_session_get_preview (session)->reference);
  g_action_group_activate_action (G_ACTION_GROUP (window), "run", NULL);
  run = msm_session_get_run (session);
  g_assert_nonnull (run);
  WAIT_FOR (!msm_run_item_is_active (run));
  g_assert_no_error (msm_run_item_get_error (run));
  g_assert_cmpint (msm_run_item_get_state (run), ==, MSM_RUN_DONE);
  msm_run_item_get_progress (run, &step, &n_steps, &seconds_left);
  g_assert_cmpint (step, ==, n_steps);
  frame = msm_run_item_get_frame (run);
  g_assert_nonnull (frame);
  g_assert_true (frame->has_metrics);
  g_assert_nonnull (msm_frame_find (frame, "error"));
  close_window (window);
}

static void
test_pause_and_step (void)
{
  MsmWindow *window = open_window (scan_path);
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *run;
  int step, n_steps;
  double seconds_left;

  WAIT_FOR (msm_session_get_preview (session) != NULL);
  run = msm_session_start_run (session);
  g_action_group_activate_action (G_ACTION_GROUP (window), "pause", NULL);
  WAIT_FOR (msm_run_item_is_paused (run));
  msm_run_item_get_progress (run, &step, &n_steps, &seconds_left);
  g_assert_true (step == 0 || step < n_steps);
  g_action_group_activate_action (G_ACTION_GROUP (window), "step", NULL);
  WAIT_FOR ((msm_run_item_get_progress (run, &step, &n_steps, &seconds_left), step >= 1));
  g_action_group_activate_action (G_ACTION_GROUP (window), "stop", NULL);
  WAIT_FOR (!msm_run_item_is_active (run));
  g_assert_cmpint (msm_run_item_get_state (run), ==, MSM_RUN_STOPPED);
  close_window (window);
}

/* Closing in the middle of a run ends the compute thread; nothing is left that calls the window. */
static void
test_close_while_running (void)
{
  for (int i = 0; i < 3; i++)
    {
      MsmWindow *window = open_window (scan_path);
      MsmSession *session = msm_window_get_session (window);
      gint64 until;

      WAIT_FOR (msm_session_get_preview (session) != NULL);
      msm_params_set_number (msm_session_get_method_params (session), "iterations", 200, NULL);
      msm_session_start_run (session);
      for (until = g_get_monotonic_time () + i * 60000; g_get_monotonic_time () < until;)
        g_main_context_iteration (NULL, FALSE);
      close_window (window);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
}

static void
test_mask_edits (void)
{
  MsmWindow *window = open_window (scan_path);
  MsmSession *session = msm_window_get_session (window);
  gsize n_before;

  WAIT_FOR (msm_session_get_preview (session) != NULL);
  n_before = msm_mask_count (msm_session_get_mask (session));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "undo"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "invert-mask", NULL);
  g_assert_cmpuint (msm_mask_count (msm_session_get_mask (session)), ==, 64 * 64 - n_before);
  WAIT_FOR (msm_session_get_preview_ms (session) > 0);
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "undo"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "undo", NULL);
  g_assert_cmpuint (msm_mask_count (msm_session_get_mask (session)), ==, n_before);
  g_action_group_activate_action (G_ACTION_GROUP (window), "redo", NULL);
  g_assert_cmpuint (msm_mask_count (msm_session_get_mask (session)), ==, 64 * 64 - n_before);
  close_window (window);
}

static void
on_failed (MsmSession *session,
           const char *message,
           char      **copy)
{
  g_free (*copy);
  *copy = g_strdup (message);
}

/* What cannot be opened leaves a message that names it, and the window usable. */
static void
test_bad_file (void)
{
  g_autofree char *path = g_build_filename (folder, "broken.h5", NULL);
  g_autofree char *message = NULL;
  MsmWindow *window;
  MsmSession *session;

  g_file_set_contents (path, "not a measurement", -1, NULL);
  window = open_window (path);
  session = msm_window_get_session (window);
  g_signal_connect (session, "failed", G_CALLBACK (on_failed), &message);
  WAIT_FOR (message != NULL);
  g_assert_nonnull (strstr (message, "broken.h5"));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "run"));
  msm_window_open (window, scan_path);
  WAIT_FOR (msm_session_get_preview (session) != NULL);
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "run"));
  close_window (window);
}

/* Asking for many slices in a row ends with the last one, and asks nothing of a scan twice at a time. */
static void
test_slices (void)
{
  MsmWindow *window = open_window (scan_path);
  MsmSession *session = msm_window_get_session (window);

  WAIT_FOR (msm_session_get_preview (session) != NULL);
  for (int i = 0; i < 9; i++)
    msm_session_set_slice (session, (gsize) i % 2);
  msm_session_set_slice (session, 7); /* there is no such slice: nothing happens */
  WAIT_FOR (!msm_session_is_loading (session) && msm_session_get_preview (session) != NULL);
  g_assert_cmpuint (msm_session_get_slice (session), ==, 0);
  g_action_group_activate_action (G_ACTION_GROUP (window), "slice-next", NULL);
  g_assert_cmpuint (msm_session_get_slice (session), ==, 1);
  close_window (window);
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_setenv ("GSK_RENDERER", "cairo", TRUE);
  g_setenv ("GTK_A11Y", "none", TRUE);
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    return 77;
  folder = g_dir_make_tmp ("msm-window-XXXXXX", NULL);
  write_scan ();
  application = gtk_application_new ("org.msm.test", G_APPLICATION_NON_UNIQUE);
  g_application_register (G_APPLICATION (application), NULL, NULL);
  g_test_add_func ("/window/reconstruct", test_reconstruct);
  g_test_add_func ("/window/pause-and-step", test_pause_and_step);
  g_test_add_func ("/window/close-while-running", test_close_while_running);
  g_test_add_func ("/window/mask-edits", test_mask_edits);
  g_test_add_func ("/window/bad-file", test_bad_file);
  g_test_add_func ("/window/slices", test_slices);
  status = g_test_run ();
  g_object_unref (application);
  g_unlink (scan_path);
  scan_path = g_build_filename (folder, "broken.h5", NULL);
  g_unlink (scan_path);
  g_rmdir (folder);
  return status;
}
