#include "config.h"

#include <string.h>

#include "core/io/image-write.h"
#include "core/io/scan.h"
#include "tests/ui/ui-support.h"
#include "ui/window/export-dialog.h"

static char *
in_folder (const char *name)
{
  return g_build_filename (ui_folder, name, NULL);
}

static MsmExportDialog *
open_dialog (MsmWindow *window)
{
  GListModel *windows = gtk_window_get_toplevels ();

  g_action_group_activate_action (G_ACTION_GROUP (window), "export-results", NULL);
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) other = g_list_model_get_item (windows, i);

      if (MSM_IS_EXPORT_DIALOG (other))
        return MSM_EXPORT_DIALOG (other);
    }
  g_assert_not_reached ();
}

static void
export_to (MsmExportDialog *dialog, const char *path)
{
  msm_export_dialog_set_path (dialog, path);
  msm_export_dialog_press (dialog);
  WAIT_FOR (!msm_export_dialog_is_busy (dialog));
}

static void
assert_says (MsmExportDialog *dialog, const char *text)
{
  if (strstr (msm_export_dialog_get_message (dialog), text) == NULL)
    g_error ("“%s” is not in “%s”", text, msm_export_dialog_get_message (dialog));
}

/* True values of the run's estimate, at @from of one slice. */
static void
assert_estimate (MsmRunItem *run, const float *from)
{
  MsmFrame *frame = msm_run_item_get_frame (run);
  const float *v = msm_tensor_const_host (frame->images[0].tensor);

  for (int i = 0; i < 2 * 64 * 64; i++)
    g_assert_cmpfloat (from[i], ==, (float) (frame->scale * v[i]));
}

/* The estimate's true values, as often as the hand says that the file may be replaced, and not once more. */
static void
test_estimate (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  g_autofree char *path = in_folder ("estimate.h5"), *before = NULL, *after = NULL;
  g_autoptr (MsmTensor) image = NULL;
  MsmRunItem *run = ui_reconstruct (window);
  MsmExportDialog *dialog = open_dialog (window);
  gsize length;

  g_assert_true (msm_export_dialog_choose (dialog, "estimate", FALSE));
  g_assert_false (msm_export_dialog_choose (dialog, "estimate", TRUE));     /* one slice is no volume */
  g_assert_false (msm_export_dialog_choose (dialog, "uncertainty", FALSE)); /* cg-sense has none */
  export_to (dialog, path);
  assert_says (dialog, "Written");
  image = msm_hdf5_read (path, "image", NULL);
  g_assert_nonnull (image);
  assert_estimate (run, msm_tensor_const_host (image));
  g_file_set_contents (path, "something else", -1, NULL);
  export_to (dialog, path);
  assert_says (dialog, "exists already");
  g_file_get_contents (path, &before, &length, NULL);
  g_assert_cmpstr (before, ==, "something else");
  msm_export_dialog_press (dialog);
  WAIT_FOR (!msm_export_dialog_is_busy (dialog));
  assert_says (dialog, "Written");
  g_file_get_contents (path, &after, &length, NULL);
  g_assert_cmpuint (length, >, 64 * 64 * 8);
  ui_close_window (window);
}

/* What a format does not hold is said before; what is none, or would hurt the scan, is not written. */
static void
test_refused (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  g_autofree char *none = in_folder ("estimate.jpg"), *dicom = in_folder ("estimate.dcm"), *pane = in_folder ("p.nii");
  g_autofree char *before = NULL, *after = NULL;
  MsmExportDialog *dialog;
  gsize n_before, n_after;

  ui_reconstruct (window);
  dialog = open_dialog (window);
  g_assert_true (msm_export_dialog_choose (dialog, "estimate", FALSE));
  msm_export_dialog_set_path (dialog, dicom);
  assert_says (dialog, "the phase");
  export_to (dialog, none);
  assert_says (dialog, ".nii");
  g_assert_false (g_file_test (none, G_FILE_TEST_EXISTS));
  g_file_get_contents (ui_scan_path, &before, &n_before, NULL);
  export_to (dialog, ui_scan_path);
  msm_export_dialog_press (dialog);
  WAIT_FOR (!msm_export_dialog_is_busy (dialog));
  assert_says (dialog, ui_scan_path);
  g_file_get_contents (ui_scan_path, &after, &n_after, NULL);
  g_assert_cmpmem (before, n_before, after, n_after);
  g_assert_true (msm_export_dialog_choose (dialog, NULL, FALSE));
  export_to (dialog, pane);
  assert_says (dialog, ".png");
  g_assert_false (g_file_test (pane, G_FILE_TEST_EXISTS));
  ui_close_window (window);
}

/* A run of each slice is a volume in the order of the slices, whichever was first; it names no file. */
static void
test_volume (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  g_autofree char *path = in_folder ("volume.dcm"), *series = NULL, *bytes = NULL;
  g_autofree char *name = g_path_get_basename (ui_scan_path), *array = in_folder ("volume.h5");
  g_autoptr (MsmTensor) image = NULL;
  g_autoptr (MsmScan) scan = NULL;
  MsmRunItem *first, *second;
  MsmExportDialog *dialog;
  gsize length;

  msm_session_set_slice (session, 1);
  WAIT_FOR (msm_session_can_start (session) && !msm_session_is_loading (session));
  second = ui_reconstruct (window);
  msm_session_set_slice (session, 0);
  WAIT_FOR (msm_session_can_start (session) && !msm_session_is_loading (session));
  first = ui_reconstruct (window);
  dialog = open_dialog (window);
  g_assert_true (msm_export_dialog_choose (dialog, "estimate", TRUE));
  export_to (dialog, array);
  assert_says (dialog, "Written");
  image = msm_hdf5_read (array, "image", NULL);
  g_assert_cmpuint (msm_tensor_dim (image, 0), ==, 2);
  assert_estimate (first, msm_tensor_const_host (image));
  assert_estimate (second, msm_tensor_const_host (image) + 2 * 64 * 64);
  export_to (dialog, path);
  assert_says (dialog, "Written");
  /* Of other settings they are none. */
  msm_session_set_method_param (session, "iterations", "3");
  ui_reconstruct (window);
  g_action_group_activate_action (G_ACTION_GROUP (window), "export-results", NULL);
  g_assert_false (msm_export_dialog_choose (dialog, "estimate", TRUE));
  scan = msm_scan_open (path, NULL, NULL);
  g_assert_nonnull (scan);
  g_assert_cmpuint (scan->n_slices, ==, 2);
  series = g_build_filename (path, "IM0001.dcm", NULL);
  g_assert_true (g_file_get_contents (series, &bytes, &length, NULL));
  g_assert_null (memmem (bytes, length, name, strlen (name)));
  ui_close_window (window);
}

static void
wait_for_volume (MsmSession *session, gsize n_done)
{
  gsize n_slices, all_done, n_failed;

  WAIT_FOR (!msm_volume_queue_is_active (msm_session_get_volume (session)));
  msm_volume_queue_get_counts (msm_session_get_volume (session), &n_slices, &all_done, &n_failed);
  g_assert_cmpuint (n_slices, ==, 2);
  g_assert_cmpuint (all_done, ==, n_done);
  g_assert_cmpuint (n_failed, ==, 0);
}

/*
 * All slices by one action, each as it would be alone, while what is looked at stays selected; the dialog offers the
 * volume. One that is taken off the list ends it.
 */
static void
test_all_slices (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  GListModel *runs = msm_session_get_runs (session);
  g_autofree char *path = in_folder ("all.h5");
  g_autoptr (MsmTensor) image = NULL;
  MsmRunItem *alone = ui_reconstruct (window);
  const gsize slice = msm_session_get_slice (session);
  MsmExportDialog *dialog;

  g_action_group_activate_action (G_ACTION_GROUP (window), "volume", NULL);
  g_assert_true (msm_volume_queue_is_active (msm_session_get_volume (session)));
  g_assert_false (msm_session_can_start_volume (session));
  g_assert_true (msm_session_get_run (session) == alone);
  wait_for_volume (session, 2);
  g_assert_cmpuint (g_list_model_get_n_items (runs), ==, 3);
  g_action_group_activate_action (G_ACTION_GROUP (window), "export-volume", NULL);
  dialog = open_dialog (window);
  g_assert_true (msm_export_dialog_choose (dialog, "estimate", TRUE));
  export_to (dialog, path);
  assert_says (dialog, "Written");
  image = msm_hdf5_read (path, "image", NULL);
  g_assert_cmpuint (msm_tensor_dim (image, 0), ==, 2);
  assert_estimate (alone, msm_tensor_const_host (image) + slice * 2 * 64 * 64);

  msm_session_start_volume (session);
  msm_session_remove_run (session, msm_volume_queue_get_run (msm_session_get_volume (session)));
  wait_for_volume (session, 0);
  g_assert_cmpuint (g_list_model_get_n_items (runs), ==, 3);
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!ui_init (&argc, &argv))
    return 77;
  g_test_add_func ("/export/estimate", test_estimate);
  g_test_add_func ("/export/refused", test_refused);
  g_test_add_func ("/export/volume", test_volume);
  g_test_add_func ("/export/all-slices", test_all_slices);
  return ui_run ();
}
