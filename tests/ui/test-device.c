#include "config.h"

#include <string.h>

#include "app/session/devices.h"
#include "core/tensor/tensor-math.h"
#include "tests/ui/ui-support.h"

/* What the window computes on: a GPU that is none (tests/parity/fake), whose numbers are the reference device's. */

static MsmRunItem *
run_on (MsmWindow *window, const char *device)
{
  MsmSession *session = msm_window_get_session (window);

  g_action_group_activate_action (G_ACTION_GROUP (window), "device", g_variant_new_string (device));
  g_assert_cmpstr (msm_session_get_device (session), ==, device);
  msm_session_set_method_named (session, "cg-sense");
  msm_session_set_method_param (session, "iterations", "4");
  return ui_reconstruct (window);
}

static void
assert_same (MsmRunItem *a, MsmRunItem *b)
{
  MsmTensor *x = msm_frame_find (msm_run_item_get_frame (a), "estimate");
  MsmTensor *y = msm_frame_find (msm_run_item_get_frame (b), "estimate");

  g_assert_cmpmem (msm_tensor_const_host (x), msm_tensor_bytes (x), msm_tensor_const_host (y), msm_tensor_bytes (y));
}

/* A run on the GPU is the reference's; coil maps that one has estimated serve the other; the file says on what. */
static void
test_runs (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  g_autoptr (MsmRunItem) reference = g_object_ref (run_on (window, "ref"));
  g_autoptr (MsmRunItem) gpu = g_object_ref (run_on (window, "cuda"));
  g_autoptr (MsmRunItem) automatic = g_object_ref (run_on (window, "auto"));
  g_autofree char *path = g_build_filename (ui_folder, "device.ini", NULL), *text = NULL;

  assert_same (reference, gpu);
  assert_same (reference, automatic);
  g_action_group_activate_action (G_ACTION_GROUP (window), "save-experiment-to", g_variant_new_string (path));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\ndevice=cuda\n"));
  /* Opened again, it chooses that one. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "device", g_variant_new_string ("cpu"));
  msm_session_open_experiment (msm_window_get_session (window), path);
  WAIT_FOR (g_str_equal (msm_session_get_device (msm_window_get_session (window)), "cuda"));
  {
    g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (window), "device");

    g_assert_cmpstr (g_variant_get_string (state, NULL), ==, "cuda");
  }
  ui_close_window (window);
}

static void
keep_devices (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GPtrArray **) data = msm_devices_list_finish (result);
}

static void
test_list (void)
{
  GPtrArray *devices = NULL;
  const MsmDeviceChoice *gpu;

  msm_devices_list_async (keep_devices, &devices);
  WAIT_FOR (devices != NULL);
  g_assert_cmpuint (devices->len, ==, 2);
  g_assert_cmpstr (((MsmDeviceChoice *) g_ptr_array_index (devices, 0))->name, ==, "cpu");
  gpu = g_ptr_array_index (devices, 1);
  g_assert_cmpstr (gpu->name, ==, "cuda");
  g_assert_cmpstr (gpu->label, ==, "cuda: Fake GPU 0");
  g_assert_true (gpu->usable);
  g_ptr_array_unref (devices);
}

int
main (int argc, char *argv[])
{
  g_setenv ("MSM_FAKE_MEMORY", "268435456", TRUE);
  if (!ui_init (&argc, &argv))
    return 77;
  g_test_add_func ("/device/runs", test_runs);
  g_test_add_func ("/device/list", test_list);
  return ui_run ();
}
