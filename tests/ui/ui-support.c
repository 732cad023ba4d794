#include "config.h"

#include "tests/ui/ui-support.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "core/device/device.h"
#include "core/phantom/phantom.h"
#include "core/phantom/simulate.h"
#include "tests/support/folder.h"

GtkApplication *ui_application;
char *ui_folder;
char *ui_scan_path;

/* A fully sampled phantom of 4 coils, 64 × 64, two slices, in fastMRI's layout. */
static void
write_scan (void)
{
  MsmParams *params = msm_params_new (msm_phantom_params);
  g_autoptr (GError) error = NULL;
  g_autofree float *kspace = g_new (float, 2 * 2 * 4 * 64 * 64);
  g_autofree float *truth = g_new0 (float, 2 * 64 * 64);
  MsmSimulatedFile file = { .n_slices = 2,
                            .n_coils = 4,
                            .n_readout = 64,
                            .n_phase = 64,
                            .kspace = kspace,
                            .truth = truth,
                            .fov_mm = { 220, 220, 5 },
                            .description = "phantom",
                            .source = "analytic",
                            .licence = "BSD-3-Clause",
                            .precision = 23 };

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
        truth[slice * 64 * 64 + i] =
            hypotf (msm_tensor_const_host (image)[2 * i], msm_tensor_const_host (image)[2 * i + 1]);
      msm_tensor_unref (one);
    }
  msm_params_free (params);
  ui_scan_path = g_build_filename (ui_folder, "phantom.h5", NULL);
  msm_simulated_file_write (&file, ui_scan_path, &error);
  g_assert_no_error (error);
}

MsmWindow *
ui_open_window (const char *path)
{
  MsmWindow *window = MSM_WINDOW (msm_window_new (ui_application));

  gtk_window_present (GTK_WINDOW (window));
  /* Not what a window begins with: the tests have no minute for a network. */
  msm_session_set_method_named (msm_window_get_session (window), "cg-sense");
  msm_window_open (window, path);
  return window;
}

void
ui_close_window (MsmWindow *window)
{
  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *) &window);
  gtk_window_close (GTK_WINDOW (window));
  WAIT_FOR (window == NULL);
}

MsmWindow *
ui_open_ready (const char *path)
{
  MsmWindow *window = ui_open_window (path);
  MsmSession *session = msm_window_get_session (window);

  WAIT_FOR (msm_session_get_preview (session) != NULL);
  return window;
}

GtkWidget *
ui_find (GtkWidget *root, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (root, type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = ui_find (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

void
ui_keep_message (MsmSession *session, const char *message, char **copy)
{
  g_free (*copy);
  *copy = g_strdup (message);
}

MsmRunItem *
ui_reconstruct (MsmWindow *window)
{
  MsmRunItem *run;

  g_action_group_activate_action (G_ACTION_GROUP (window), "run", NULL);
  run = msm_session_get_run (msm_window_get_session (window));
  WAIT_FOR (!msm_run_item_is_active (run));
  g_assert_no_error (msm_run_item_get_error (run));
  g_assert_cmpint (msm_run_item_get_state (run), ==, MSM_RUN_DONE);
  return run;
}

gboolean
ui_init (int *argc, char ***argv)
{
  g_setenv ("GSK_RENDERER", "cairo", TRUE);
  g_setenv ("GTK_A11Y", "test", TRUE); /* accessible names stay in this process: no bus is asked */
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  g_setenv ("GDK_BACKEND", "x11", TRUE);
  g_test_init (argc, argv, NULL);
  /* The user's own list of recent files stays as it is. */
  ui_folder = g_dir_make_tmp ("msm-window-XXXXXX", NULL);
  g_setenv ("XDG_DATA_HOME", ui_folder, TRUE);
  if (!gtk_init_check ())
    return FALSE;
  write_scan ();
  ui_application = gtk_application_new ("org.msm.test", G_APPLICATION_NON_UNIQUE);
  g_application_register (G_APPLICATION (ui_application), NULL, NULL);
  return TRUE;
}

int
ui_run (void)
{
  int status = g_test_run ();

  g_object_unref (ui_application);
  remove_folder (ui_folder);
  g_free (ui_scan_path);
  return status;
}
