#include "config.h"

#include <string.h>

#include "core/io/image-write.h"
#include "tests/ui/ui-support.h"
#include "ui/widgets/layer.h"
#include "ui/widgets/mask-editor.h"
#include "ui/window/mask-canvas.h"
#include "ui/window/mask-panel.h"
#include "ui/window/pane-grid.h"
#include "ui/window/step-plot.h"

static MsmPaneGrid *
panes_of (MsmWindow *window)
{
  return MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID));
}

static void
set_layout (MsmWindow *window, MsmLayout layout)
{
  g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 ((gint32) layout));
}

static MsmTensor *
image_at (MsmWindow *window, guint place)
{
  gsize plane;

  return msm_viewport_get_image (msm_pane_grid_get_viewport (panes_of (window), place), &plane);
}

static void
set_source (MsmWindow *window, const char *source)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "pane-source", g_variant_new_string (source));
}

/* The file of the exported pane holds the pixels that the renderer makes of the estimate, and how it was made. */
static void
test_export (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  g_autofree char *path = g_build_filename (ui_folder, "exported.png", NULL);
  g_autofree char *file = NULL;
  g_autofree guint8 *pixels = g_malloc (64 * 64 * 4);
  g_autofree guint8 *expected = g_malloc (64 * 64 * 4);
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (GError) error = NULL;
  MsmRenderOptions options;
  MsmRunItem *run;
  gsize length;

  set_layout (window, MSM_LAYOUT_1X1);
  run = ui_reconstruct (window);
  WAIT_FOR (image_at (window, 0) == msm_frame_find (msm_run_item_get_frame (run), "estimate"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "export-to", g_variant_new_string (path));
  texture = gdk_texture_new_from_filename (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gdk_texture_get_width (texture), ==, 64);
  gdk_texture_download (texture, pixels, 64 * 4);
  msm_viewport_get_render_options (msm_pane_grid_get_viewport (panes_of (window), 0), &options);
  g_assert_cmpfloat (options.gain, ==, msm_run_item_get_frame (run)->scale);
  g_assert_cmpfloat (options.window_high, >, options.window_low);
  msm_render_plane (msm_tensor_const_host (image_at (window, 0)), MSM_C64, 64, 64, &options, expected, 64 * 4);
  for (int i = 0; i < 64 * 64; i++)
    {
      guint32 pixel;

      memcpy (&pixel, pixels + 4 * i, 4); /* 0xAARRGGBB */
      g_assert_cmphex (pixel >> 16 & 255, ==, expected[4 * i]);
      g_assert_cmphex (pixel >> 8 & 255, ==, expected[4 * i + 1]);
      g_assert_cmphex (pixel & 255, ==, expected[4 * i + 2]);
    }
  g_file_get_contents (path, &file, &length, &error);
  g_assert_no_error (error);
  g_assert_nonnull (memmem (file, length, "method = cg-sense", 17));
  g_assert_nonnull (memmem (file, length, "espirit-calib = 24", 18));
  ui_close_window (window);
}

/* What cannot be written says so in the error bar, and leaves nothing. */
static void
test_export_fails (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  g_autofree char *path = g_build_filename (ui_folder, "no-such-folder", "exported.png", NULL);
  GtkWidget *bar;

  set_layout (window, MSM_LAYOUT_1X1);
  set_source (window, "zero-filled");
  WAIT_FOR (image_at (window, 0) != NULL);
  g_action_group_activate_action (G_ACTION_GROUP (window), "export-to", g_variant_new_string (path));
  bar = ui_find (GTK_WIDGET (window), GTK_TYPE_REVEALER);
  g_assert_true (gtk_revealer_get_reveal_child (GTK_REVEALER (bar)));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  ui_close_window (window);
}

/* Panes keep what was chosen for them while another arrangement is looked at; runs can be pinned. */
static void
test_sources (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *first, *second;
  g_autofree char *message = NULL;

  g_signal_connect (session, "failed", G_CALLBACK (ui_keep_message), &message);
  for (int layout = 0; layout < MSM_N_LAYOUTS; layout++)
    {
      set_layout (window, (MsmLayout) layout);
      g_assert_nonnull (msm_pane_grid_get_viewport (panes_of (window), 0));
    }
  g_assert_null (msm_pane_grid_get_viewport (panes_of (window), 9));
  set_layout (window, MSM_LAYOUT_1X1);
  first = ui_reconstruct (window);
  g_action_group_activate_action (G_ACTION_GROUP (window), "invert-mask", NULL);
  g_action_group_activate_action (G_ACTION_GROUP (window), "undo", NULL);
  msm_params_set_number (msm_session_get_method_params (session), "iterations", 3, NULL);
  second = ui_reconstruct (window);
  g_assert_true (image_at (window, 0) == msm_frame_find (msm_run_item_get_frame (second), "estimate"));
  set_source (window, "estimate@1");
  g_assert_true (image_at (window, 0) == msm_frame_find (msm_run_item_get_frame (first), "estimate"));
  set_layout (window, MSM_LAYOUT_2X2);
  g_assert_true (image_at (window, 2) == msm_session_get_preview (session)->reference);
  set_layout (window, MSM_LAYOUT_1X1);
  g_assert_true (image_at (window, 0) == msm_frame_find (msm_run_item_get_frame (first), "estimate"));
  set_source (window, "psf");
  g_assert_true (image_at (window, 0) == msm_session_get_preview (session)->psf);
  /* A run that is gone leaves an empty pane, no picture of another. */
  set_source (window, "estimate@1");
  msm_session_remove_run (session, first);
  msm_session_select_run (session, NULL);
  g_assert_null (image_at (window, 0));
  g_assert_null (message);
  ui_close_window (window);
}

static guint32
pixel_of (MsmViewport *viewport, int row, int column)
{
  g_autoptr (GdkTexture) texture = msm_viewport_get_texture (viewport);
  g_autofree guint8 *pixels = g_malloc (64 * 64 * 4);
  guint32 pixel;

  gdk_texture_download (texture, pixels, 64 * 4);
  memcpy (&pixel, pixels + 4 * (row * 64 + column), 4);
  return pixel & 0xffffff;
}

/* The picture of a difference with itself is black, with another it is not; in turn both are seen. */
static void
test_compare (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  GActionGroup *group = G_ACTION_GROUP (window);
  MsmViewport *viewport;
  guint n_lit = 0, n_changes = 0;
  guint32 before;
  gint64 until;

  ui_reconstruct (window);
  set_layout (window, MSM_LAYOUT_COMPARE);
  viewport = msm_pane_grid_get_viewport (panes_of (window), 0);
  g_assert_cmpint (msm_viewport_get_compare (viewport), ==, MSM_COMPARE_SPLIT);
  g_action_group_activate_action (group, "pane-compare", g_variant_new_int32 (MSM_COMPARE_DIFFERENCE));
  for (int i = 0; i < 64; i++)
    n_lit += pixel_of (viewport, 32, i) != 0;
  g_assert_cmpuint (n_lit, >, 5);
  set_source (window, "reference");
  n_lit = 0;
  for (int i = 0; i < 64; i++)
    n_lit += pixel_of (viewport, 32, i) != 0;
  g_assert_cmpuint (n_lit, ==, 0);
  set_source (window, "zero-filled");
  g_action_group_activate_action (group, "pane-compare", g_variant_new_int32 (MSM_COMPARE_FLICKER));
  before = pixel_of (viewport, 40, 20);
  for (until = g_get_monotonic_time () + 1700000; g_get_monotonic_time () < until;)
    {
      g_main_context_iteration (NULL, FALSE);
      if (pixel_of (viewport, 40, 20) != before)
        {
          before = pixel_of (viewport, 40, 20);
          n_changes++;
        }
    }
  g_assert_cmpuint (n_changes, >=, 2);
  ui_close_window (window);
}

/* An earlier step is looked at: the panes show its frame, the end is a call away. */
static void
test_position (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *run;
  MsmFrame *early;

  set_layout (window, MSM_LAYOUT_1X1);
  /* Paused at first: a short run on a busy machine may show its last step only. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "run", NULL);
  run = msm_session_get_run (session);
  g_action_group_activate_action (G_ACTION_GROUP (window), "pause", NULL);
  WAIT_FOR (msm_run_item_is_paused (run));
  for (guint i = 1; i <= 2; i++)
    {
      g_action_group_activate_action (G_ACTION_GROUP (window), "step", NULL);
      WAIT_FOR (msm_run_item_get_n_kept (run) >= i);
    }
  g_action_group_activate_action (G_ACTION_GROUP (window), "pause", NULL);
  WAIT_FOR (!msm_run_item_is_active (run));
  msm_session_set_position (session, msm_run_item_get_kept_step (run, 0));
  early = msm_run_item_get_frame_at (run, msm_session_get_position (session));
  g_assert_true (early != msm_run_item_get_frame (run));
  g_assert_true (image_at (window, 0) == msm_frame_find (early, "estimate"));
  msm_session_set_position (session, -1);
  g_assert_true (image_at (window, 0) == msm_frame_find (msm_run_item_get_frame (run), "estimate"));
  /* The same by the buttons below the panes; later than the last is the live edge again. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "step-earlier", NULL);
  g_assert_cmpint (msm_session_get_position (session), ==,
                   msm_run_item_get_kept_step (run, msm_run_item_get_n_kept (run) - 2));
  g_action_group_activate_action (G_ACTION_GROUP (window), "step-later", NULL);
  g_assert_cmpint (msm_session_get_position (session), ==, -1);
  /* The outer ones go to the ends: notices a "first" or "newest" that moves by one. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "step-first", NULL);
  g_assert_cmpint (msm_session_get_position (session), ==, msm_run_item_get_kept_step (run, 0));
  g_action_group_activate_action (G_ACTION_GROUP (window), "live", NULL);
  g_assert_cmpint (msm_session_get_position (session), ==, -1);
  /* Played from the first step, it ends at the edge. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "play", NULL);
  g_assert_cmpint (msm_session_get_position (session), ==, msm_run_item_get_kept_step (run, 0));
  WAIT_FOR (msm_session_get_position (session) == -1);
  ui_close_window (window);
}

/* Sizes, arrangement and style are there again in the next window. */
static void
test_settings (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);

  set_layout (window, MSM_LAYOUT_3X3);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "style", g_variant_new_int32 (1));
  ui_close_window (window);
  window = ui_open_ready (ui_scan_path);
  g_assert_cmpint (msm_pane_grid_get_layout (panes_of (window)), ==, MSM_LAYOUT_3X3);
  g_assert_cmpint (g_variant_get_int32 (g_action_group_get_action_state (G_ACTION_GROUP (window), "style")), ==, 1);
  set_layout (window, MSM_LAYOUT_2X3);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "style", g_variant_new_int32 (0));
  ui_close_window (window);
}

/* What panes share is chosen one by one: the rest stays shared. */
static void
test_links (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmPaneGrid *panes = MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID));

  g_assert_cmpuint (msm_pane_grid_get_sync (panes), ==, MSM_SYNC_ALL);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "link-zoom", g_variant_new_boolean (FALSE));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "link-mode", g_variant_new_boolean (FALSE));
  g_assert_cmpuint (msm_pane_grid_get_sync (panes), ==, MSM_SYNC_ALL & ~(MSM_SYNC_ZOOM | MSM_SYNC_MODE));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "link-zoom", g_variant_new_boolean (TRUE));
  g_assert_cmpuint (msm_pane_grid_get_sync (panes), ==, MSM_SYNC_ALL & ~MSM_SYNC_MODE);
  ui_close_window (window);
}

/* An image that is smaller than the window of SSIM has none: that is no number to show. */
static void
test_no_ssim (void)
{
  g_autofree char *path = g_build_filename (ui_folder, "tiny.png", NULL), *text = NULL;
  g_autofree guint8 *rgba = g_new (guint8, 4 * 6 * 6);
  g_autoptr (GError) error = NULL;
  MsmWindow *window;
  MsmRunItem *run;

  for (guint i = 0; i < 4 * 6 * 6; i++)
    rgba[i] = i % 4 == 3 ? 255 : (guint8) (i / 4 * 7);
  msm_png_write_rgba (path, rgba, 6, 6, NULL, &error);
  g_assert_no_error (error);
  window = ui_open_ready (path);
  run = ui_reconstruct (window);
  g_assert_true (msm_run_item_get_frame (run)->has_metrics);
  g_object_get (run, "state-text", &text, NULL);
  g_assert_null (strstr (text, "nan"));
  g_assert_nonnull (strstr (text, "SSIM –"));
  ui_close_window (window);
}

/* A switch hides a layer in all panes, and the next window remembers: notices one that hides its neighbour. */
static void
test_layers (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  const MsmLayerClass *const *layers = msm_layer_classes ();
  guint scale_bar = 0;

  while (!g_str_equal (layers[scale_bar]->name, "scale-bar"))
    scale_bar++;
  g_assert_false (msm_pane_grid_hides_layer (panes_of (window), scale_bar));
  g_action_group_activate_action (G_ACTION_GROUP (window), "layer-scale-bar", NULL);
  for (guint i = 0; layers[i] != NULL; i++)
    g_assert_cmpint (msm_pane_grid_hides_layer (panes_of (window), i), ==, i == scale_bar);
  ui_close_window (window);
  window = ui_open_ready (ui_scan_path);
  g_assert_true (msm_pane_grid_hides_layer (panes_of (window), scale_bar));
  g_action_group_activate_action (G_ACTION_GROUP (window), "layer-scale-bar", NULL);
  g_assert_false (msm_pane_grid_hides_layer (panes_of (window), scale_bar));
  ui_close_window (window);
}

/* A pane can hold a plot or the mask: then it has no picture, and gets it back with its source. */
static void
test_kinds (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  GtkWidget *panes = GTK_WIDGET (panes_of (window));
  MsmSession *session = msm_window_get_session (window);
  GtkWidget *plot, *canvas, *editor;

  set_layout (window, MSM_LAYOUT_1X1);
  ui_reconstruct (window);
  WAIT_FOR (image_at (window, 0) != NULL);
  g_assert_null (ui_find (panes, MSM_TYPE_STEP_PLOT));
  set_source (window, "plot-residual");
  plot = ui_find (panes, MSM_TYPE_STEP_PLOT);
  g_assert_true (gtk_widget_get_mapped (plot));
  g_assert_null (image_at (window, 0));
  /* What a new frame brings is not shown behind it. */
  msm_session_set_position (session, 0);
  g_assert_null (image_at (window, 0));
  set_source (window, "mask");
  canvas = ui_find (panes, MSM_TYPE_MASK_CANVAS);
  editor = ui_find (canvas, MSM_TYPE_MASK_EDITOR);
  g_assert_true (gtk_widget_get_mapped (canvas));
  g_assert_false (gtk_widget_get_mapped (plot));
  /* One tool for both editors: of the panel at the side, and of the pane. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "tool", g_variant_new_int32 (MSM_MASK_TOOL_ERASE));
  g_assert_cmpint (msm_mask_editor_get_tool (MSM_MASK_EDITOR (editor)), ==, MSM_MASK_TOOL_ERASE);
  editor = ui_find (ui_find (GTK_WIDGET (window), MSM_TYPE_MASK_PANEL), MSM_TYPE_MASK_EDITOR);
  g_assert_cmpint (msm_mask_editor_get_tool (MSM_MASK_EDITOR (editor)), ==, MSM_MASK_TOOL_ERASE);
  set_source (window, "estimate");
  g_assert_nonnull (image_at (window, 0));
  /* Of a name that no kind has said to be its own, runs are asked. */
  set_source (window, "plot-nothing");
  g_assert_null (image_at (window, 0));
  g_assert_false (gtk_widget_get_mapped (plot));
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!ui_init (&argc, &argv))
    return 77;
  g_test_add_func ("/panes/export", test_export);
  g_test_add_func ("/panes/export-fails", test_export_fails);
  g_test_add_func ("/panes/sources", test_sources);
  g_test_add_func ("/panes/compare", test_compare);
  g_test_add_func ("/panes/position", test_position);
  g_test_add_func ("/panes/settings", test_settings);
  g_test_add_func ("/panes/links", test_links);
  g_test_add_func ("/panes/layers", test_layers);
  g_test_add_func ("/panes/kinds", test_kinds);
  g_test_add_func ("/panes/no-ssim", test_no_ssim);
  return ui_run ();
}
