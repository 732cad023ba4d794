#include "config.h"

#include "core/device/device.h"
#include "core/mask/mask-edit.h"
#include "ui/widgets/layer.h"
#include "ui/widgets/mask-editor.h"
#include "figure/plot-axis.h"
#include "ui/widgets/timeline.h"
#include "ui/widgets/viewport-geometry.h"
#include "ui/widgets/viewport-view.h"
#include "ui/widgets/viewport.h"

#include <math.h>

/* What the widgets do when asked or touched; how they look is in test-widgets.c. */

static MsmTensor *
ramp (float scale)
{
  float data[64 * 32];
  g_autoptr (GError) error = NULL;
  MsmTensor *tensor;

  for (int i = 0; i < 64 * 32; i++)
    data[i] = scale * (float) (i % 32);
  tensor = msm_tensor_new_from (msm_device_host (), MSM_F32, msm_shape2 (64, 32), data, &error);
  g_assert_no_error (error);
  msm_tensor_seal (tensor);
  return tensor;
}

static MsmViewport *
pane (MsmViewportModel *model, float scale)
{
  g_autoptr (MsmTensor) tensor = ramp (scale);
  MsmViewport *viewport = MSM_VIEWPORT (g_object_ref_sink (msm_viewport_new (model)));

  msm_viewport_set_image (viewport, tensor, 0, NULL);
  return viewport;
}

static GtkEventController *
controller (gpointer widget, GType type)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) found = g_list_model_get_item (controllers, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (found, type))
        return found; /* the widget keeps it */
    }
  g_assert_not_reached ();
}

static guint8
pixel (MsmViewport *viewport, int row, int column)
{
  g_autoptr (GdkTexture) texture = msm_viewport_get_texture (viewport);
  guint8 data[64 * 32 * 4];

  g_assert_cmpint (gdk_texture_get_width (texture), ==, 32);
  g_assert_cmpint (gdk_texture_get_height (texture), ==, 64);
  gdk_texture_download (texture, data, 32 * 4);
  return data[(row * 32 + column) * 4 + 1];
}

static void
test_shared_window (void)
{
  g_autoptr (MsmViewportModel) model = msm_viewport_model_new ();
  g_autoptr (MsmViewport) a = pane (model, 1.0f);
  g_autoptr (MsmViewport) b = pane (model, 2.0f);
  double low, high;

  /* Without a leader each pane has its own automatic window: both look the same. */
  g_assert_cmpint (pixel (a, 0, 16), ==, pixel (b, 0, 16));
  /* With one, the same value has the same grey everywhere. */
  msm_viewport_set_window_leader (a, TRUE);
  g_assert_cmpint (pixel (a, 0, 16), ==, pixel (b, 0, 8));
  msm_viewport_set_window (b, 0, 62);
  msm_viewport_get_window (a, &low, &high);
  g_assert_cmpfloat (high, ==, 62.0);
  g_assert_false (msm_viewport_model_get_auto_window (model));
  /* A pane taken out keeps what it had, and goes its own way. */
  msm_viewport_model_set_sync (model, MSM_SYNC_ALL & ~MSM_SYNC_WINDOW);
  msm_viewport_set_window (a, 0, 10);
  msm_viewport_get_window (b, &low, &high);
  g_assert_cmpfloat (high, ==, 62.0);
  msm_viewport_model_set_sync (model, MSM_SYNC_ALL);
  msm_viewport_get_window (a, &low, &high);
  g_assert_cmpfloat (high, ==, 62.0);
  /* Back to automatic: the leader decides again. */
  msm_viewport_model_set_auto_window (model, TRUE);
  msm_viewport_get_window (b, &low, &high);
  g_assert_cmpfloat (high, >, 25.0);
  g_assert_cmpfloat (high, <, 32.0);
}

/* Zoom has ends; what is linked is the same in both panes, and another mode begins with a window of its own. */
static void
test_linked_view (void)
{
  g_autoptr (MsmViewportModel) model = msm_viewport_model_new ();
  MsmViewportView a, b;
  double x, y;

  msm_viewport_view_init (&a, model);
  msm_viewport_view_init (&b, model);
  msm_viewport_view_set_zoom (&a, 1e6);
  g_assert_cmpfloat (msm_viewport_view_get_zoom (&b), ==, 64);
  msm_viewport_view_set_zoom (&a, 0);
  g_assert_cmpfloat (msm_viewport_view_get_zoom (&b), ==, 0.25);
  msm_viewport_view_set_pan (&a, 0.3, 0.8);
  msm_viewport_view_get_pan (&b, &x, &y);
  g_assert_cmpfloat (x, ==, 0.3);
  g_assert_cmpfloat (y, ==, 0.8);
  msm_viewport_model_set_window (model, 0, 5);
  g_assert_true (msm_viewport_model_has_window (model));
  msm_viewport_model_set_mode (model, MSM_RENDER_PHASE);
  g_assert_false (msm_viewport_model_has_window (model));
  g_assert_true (msm_viewport_model_get_auto_window (model));
}

static void
note_step (MsmTimeline *timeline, int step, int *picked)
{
  *picked = step;
}

/* A press picks the nearest kept step; beyond the newest one it is the live edge. 116 pixels: 10 for each step. */
static void
test_timeline (void)
{
  MsmTimeline *timeline = MSM_TIMELINE (g_object_ref_sink (msm_timeline_new ()));
  const int kept[] = { 2, 4, 8 };
  int picked = 0;

  msm_timeline_set_progress (timeline, 9, 10);
  msm_timeline_set_kept (timeline, kept, 3);
  gtk_widget_allocate (GTK_WIDGET (timeline), 116, 24, -1, NULL);
  g_signal_connect (timeline, "picked", G_CALLBACK (note_step), &picked);
  g_signal_emit_by_name (controller (timeline, GTK_TYPE_GESTURE_DRAG), "drag-begin", 8.0 + 44, 10.0);
  g_assert_cmpint (picked, ==, 4);
  g_signal_emit_by_name (controller (timeline, GTK_TYPE_GESTURE_DRAG), "drag-begin", 8.0 + 71, 10.0);
  g_assert_cmpint (picked, ==, 8);
  g_signal_emit_by_name (controller (timeline, GTK_TYPE_GESTURE_DRAG), "drag-begin", 8.0 + 99, 10.0);
  g_assert_cmpint (picked, ==, -1);
  g_object_unref (timeline);
}

static void
test_own_window_and_gain (void)
{
  g_autoptr (MsmViewportModel) model = msm_viewport_model_new ();
  g_autoptr (MsmViewport) image = pane (model, 1.0f);
  g_autoptr (MsmViewport) error = pane (model, 1.0f);
  double low, high;

  msm_viewport_set_gain (error, 4.0);
  msm_viewport_model_set_window (model, 0, 32);
  /* The same window, four times the value. */
  g_assert_cmpint (pixel (error, 0, 4), ==, pixel (image, 0, 16));
  msm_viewport_set_own_window (error, TRUE);
  msm_viewport_set_window (error, 0, 8);
  msm_viewport_get_window (image, &low, &high);
  g_assert_cmpfloat (high, ==, 32.0);
  /* Nonsense is not taken. */
  msm_viewport_set_window (error, 3, 3);
  msm_viewport_get_window (error, &low, &high);
  g_assert_cmpfloat (high, ==, 8.0);
}

/* A coverage of 2 everywhere is no black picture. */
static void
test_counts_from_zero (void)
{
  g_autoptr (MsmViewportModel) model = msm_viewport_model_new ();
  g_autoptr (MsmViewport) counts = MSM_VIEWPORT (g_object_ref_sink (msm_viewport_new (model)));
  const float same[4] = { 2, 2, 2, 2 }, some[4] = { 1, 2, 2, 3 }, none[4] = { 0 };
  const float *const planes[] = { same, some, none };
  const double largest[] = { 2, 3, 1 };

  msm_viewport_set_own_window (counts, TRUE);
  msm_viewport_set_from_zero (counts, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (planes); i++)
    {
      g_autoptr (MsmTensor) tensor =
          msm_tensor_new_from (msm_device_host (), MSM_F32, msm_shape2 (2, 2), planes[i], NULL);
      double low, high;

      msm_viewport_set_image (counts, tensor, 0, NULL);
      msm_viewport_get_window (counts, &low, &high);
      g_assert_cmpfloat (low, ==, 0);
      g_assert_cmpfloat (high, ==, largest[i]);
    }
}

static void
count_step (MsmViewport *viewport, int step, int *sum)
{
  *sum += step;
}

static void
test_wheel (void)
{
  g_autoptr (MsmViewport) viewport = pane (NULL, 1.0f);
  GtkEventController *scroll = controller (viewport, GTK_TYPE_EVENT_CONTROLLER_SCROLL);
  gboolean handled;
  int sum = 0;

  g_signal_connect (viewport, "slice-step", G_CALLBACK (count_step), &sum);
  g_signal_emit_by_name (scroll, "scroll", 0.0, 1.0, &handled);
  g_assert_cmpint (sum, ==, 1);
  /* A touchpad sends parts of a step. */
  for (int i = 0; i < 8; i++)
    g_signal_emit_by_name (scroll, "scroll", 0.0, -0.25, &handled);
  g_assert_cmpint (sum, ==, -1);
}

static void
test_keys_move_the_linked_crosshair (void)
{
  g_autoptr (MsmViewportModel) model = msm_viewport_model_new ();
  g_autoptr (MsmViewport) viewport = pane (model, 1.0f);
  GtkEventController *key = controller (viewport, GTK_TYPE_EVENT_CONTROLLER_KEY);
  double row, column, zoom;
  gboolean handled;

  msm_viewport_model_get_crosshair (model, &row, &column);
  g_assert_true (isnan (row));
  g_signal_emit_by_name (key, "key-pressed", GDK_KEY_Right, 0, 0, &handled);
  msm_viewport_model_get_crosshair (model, &row, &column);
  g_assert_cmpfloat (row, ==, 32.0);
  g_assert_cmpfloat (column, ==, 17.0);
  for (int i = 0; i < 40; i++)
    g_signal_emit_by_name (key, "key-pressed", GDK_KEY_Right, 0, 0, &handled);
  msm_viewport_model_get_crosshair (model, &row, &column);
  g_assert_cmpfloat (column, ==, 31.0);
  zoom = msm_viewport_model_get_zoom (model);
  gtk_widget_allocate (GTK_WIDGET (viewport), 200, 200, -1, NULL);
  g_signal_emit_by_name (key, "key-pressed", GDK_KEY_plus, 0, 0, &handled);
  g_assert_cmpfloat (msm_viewport_model_get_zoom (model), >, zoom);
  g_signal_emit_by_name (key, "key-pressed", GDK_KEY_q, 0, 0, &handled);
  g_assert_false (handled);
}

/* Clicks land on the pixel that is drawn there, with pixels that are no squares. */
static void
test_geometry (void)
{
  MsmViewportGeometry at = msm_viewport_geometry (200, 100, 50, 40, (double[]){ 2.0, 1.0 }, 1.0, 0.5, 0.5);

  /* 100 mm of rows fill the height; 40 mm of columns are 40 wide, centred. */
  g_assert_cmpfloat (at.row_scale, ==, 2.0);
  g_assert_cmpfloat (at.column_scale, ==, 1.0);
  g_assert_cmpfloat (at.x0, ==, 80.0);
  g_assert_cmpfloat (at.y0, ==, 0.0);
}

static void
collect (MsmMaskEditor *editor, const MsmMaskEdit *edit, MsmMask *mask)
{
  msm_mask_edit_free (msm_mask_edit_apply (mask, edit));
  msm_mask_editor_set_mask (editor, mask);
}

static void
count (MsmMaskEditor *editor, int *n)
{
  (*n)++;
}

static void
drag (MsmMaskEditor *editor, double from, double to)
{
  GtkEventController *gesture = controller (editor, GTK_TYPE_GESTURE_DRAG);
  const double scale = (gtk_widget_get_width (GTK_WIDGET (editor)) - 12.0) / 64.0;

  g_signal_emit_by_name (gesture, "drag-begin", 6.0 + scale * (from + 0.5), 60.0);
  g_signal_emit_by_name (gesture, "drag-update", scale * (to - from), 0.0);
  g_signal_emit_by_name (gesture, "drag-end", scale * (to - from), 0.0);
}

static void
test_mask_strokes (void)
{
  g_autoptr (MsmMaskEditor) editor = MSM_MASK_EDITOR (g_object_ref_sink (msm_mask_editor_new ()));
  g_autoptr (MsmMask) mask = msm_mask_new (32, 64);
  int begins = 0, ends = 0, minimum;
  gsize acs_rows, acs_columns;

  mask->is_columns = TRUE;
  mask->padded[20] = 1;
  gtk_widget_measure (GTK_WIDGET (editor), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  gtk_widget_allocate (GTK_WIDGET (editor), 268, 200, -1, NULL);
  g_signal_connect (editor, "edit", G_CALLBACK (collect), mask);
  g_signal_connect (editor, "edit-begin", G_CALLBACK (count), &begins);
  g_signal_connect (editor, "edit-end", G_CALLBACK (count), &ends);
  /* Without a mask nothing happens. */
  drag (editor, 1, 5);
  g_assert_cmpint (begins, ==, 0);
  msm_mask_editor_set_mask (editor, mask);

  /* A fast stroke has no holes, passes over the padded line, and is one step of undo. */
  drag (editor, 18, 24);
  g_assert_cmpint (begins, ==, 1);
  g_assert_cmpint (ends, ==, 1);
  for (int i = 0; i < 64; i++)
    g_assert_cmpint (mask->points[5 * 64 + i], ==, i >= 18 && i <= 24 && i != 20);

  msm_mask_editor_set_tool (editor, MSM_MASK_TOOL_ERASE);
  drag (editor, 24, 22);
  g_assert_cmpint (mask->points[21], ==, 1);
  g_assert_cmpint (mask->points[22], ==, 0);

  msm_mask_editor_set_tool (editor, MSM_MASK_TOOL_ACS);
  drag (editor, 40, 37);
  msm_mask_acs (mask, &acs_rows, &acs_columns);
  g_assert_cmpint (acs_columns, ==, 10);

  msm_mask_editor_set_tool (editor, MSM_MASK_TOOL_RECTANGLE);
  drag (editor, 60, 50);
  for (int i = 50; i <= 60; i++)
    g_assert_cmpint (mask->points[i], ==, 1);
  g_assert_cmpint (mask->points[61], ==, 0);
  g_assert_cmpint (begins, ==, 4);
  g_assert_cmpint (ends, ==, 4);
}

static void
test_axis (void)
{
  MsmPlotAxis axis = { .pixel_low = 100, .pixel_high = 0 };
  g_autofree char *text = NULL, *small = NULL;

  msm_plot_axis_set_range (&axis, 0.03, 0.97, FALSE, 5, TRUE);
  g_assert_cmpfloat (axis.low, ==, 0.0);
  g_assert_cmpfloat_with_epsilon (axis.high, 1.0, 1e-12);
  g_assert_cmpint (axis.n_ticks, ==, 6);
  text = msm_plot_axis_format (&axis, axis.ticks[1]);
  g_assert_cmpstr (text, ==, "0.2");
  g_assert_cmpfloat_with_epsilon (msm_plot_axis_to_pixel (&axis, 0.25), 75.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (msm_plot_axis_to_value (&axis, 75.0), 0.25, 1e-9);

  msm_plot_axis_set_range (&axis, 3e-6, 0.5, TRUE, 10, TRUE);
  g_assert_cmpfloat_with_epsilon (axis.ticks[0], 1e-6, 1e-12);
  small = msm_plot_axis_format (&axis, 1e-6);
  g_assert_cmpstr (small, ==, "1e−6");
  g_assert_cmpfloat_with_epsilon (msm_plot_axis_to_value (&axis, msm_plot_axis_to_pixel (&axis, 0.01)), 0.01, 1e-9);

  /* A run that has nearly converged: less than a decade, yet several ticks. */
  msm_plot_axis_set_range (&axis, 0.066, 0.18, TRUE, 4, TRUE);
  g_assert_cmpint (axis.n_ticks, >=, 3);
  g_assert_cmpfloat (axis.low, >, 0.0);

  /* No width, nothing at all, and nonsense still give an axis with ticks. */
  msm_plot_axis_set_range (&axis, 5, 5, FALSE, 4, TRUE);
  g_assert_cmpfloat (axis.high, >, axis.low);
  g_assert_cmpint (axis.n_ticks, >, 1);
  msm_plot_axis_set_range (&axis, INFINITY, -INFINITY, TRUE, 4, TRUE);
  g_assert_cmpint (axis.n_ticks, >, 0);
  msm_plot_axis_set_range (&axis, 0, 7, TRUE, 4, TRUE);
  g_assert_cmpfloat (axis.low, >, 0);
}

/* Notices a bar that is longer than what it was given, or of another step than 1, 2, 5. */
static void
test_scale_bar (void)
{
  static const double expected[][2] = { { 1, 1 }, { 1.99, 1 }, { 2, 2 },     { 4.99, 2 },
                                        { 5, 5 }, { 99, 50 },  { 100, 100 }, { 0.3, 0.2 } };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpfloat_with_epsilon (msm_scale_bar_length (expected[i][0]), expected[i][1], 1e-12);
}

/* Each layer is found by its name in menus and settings. */
static void
test_layer_names (void)
{
  const MsmLayerClass *const *layers = msm_layer_classes ();

  for (guint i = 0; layers[i] != NULL; i++)
    {
      g_assert_cmpuint (i, <, 32); /* the bits of what is hidden */
      g_assert_true (layers[i]->draw != NULL || layers[i]->write != NULL);
      for (guint j = 0; j < i; j++)
        g_assert_cmpstr (layers[i]->name, !=, layers[j]->name);
    }
}

int
main (int argc, char *argv[])
{
  if (!gtk_init_check ())
    return 77;
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/widgets/viewport/shared-window", test_shared_window);
  g_test_add_func ("/widgets/viewport/linked-view", test_linked_view);
  g_test_add_func ("/widgets/timeline", test_timeline);
  g_test_add_func ("/widgets/viewport/own-window-and-gain", test_own_window_and_gain);
  g_test_add_func ("/widgets/viewport/counts-from-zero", test_counts_from_zero);
  g_test_add_func ("/widgets/viewport/wheel", test_wheel);
  g_test_add_func ("/widgets/viewport/keys", test_keys_move_the_linked_crosshair);
  g_test_add_func ("/widgets/viewport/geometry", test_geometry);
  g_test_add_func ("/widgets/mask-editor/strokes", test_mask_strokes);
  g_test_add_func ("/widgets/plot/axis", test_axis);
  g_test_add_func ("/widgets/scale-bar", test_scale_bar);
  g_test_add_func ("/widgets/layer-names", test_layer_names);
  return g_test_run ();
}
