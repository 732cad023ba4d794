#include "config.h"

#include <string.h>

#include <gio/gio.h>

#include "app/session/run-settings.h"
#include "tests/ui/ui-support.h"
#include "ui/window/pane-grid.h"
#include "ui/window/run-table.h"

static MsmRunItem *
run_with (MsmWindow *window, gsize slice, int iterations)
{
  MsmSession *session = msm_window_get_session (window);

  msm_session_set_slice (session, slice);
  WAIT_FOR (!msm_session_is_loading (session));
  msm_params_set_number (msm_session_get_method_params (session), "iterations", iterations, NULL);
  return ui_reconstruct (window);
}

static int
iterations_now (MsmSession *session)
{
  return msm_params_get_int (msm_session_get_method_params (session), "iterations");
}

/* Text of a cell, found by what it says. */
static GtkWidget *
find_label (GtkWidget *widget, const char *text)
{
  GtkWidget *found = NULL;

  if (GTK_IS_LABEL (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_label (child, text);
  return found;
}

/* Selecting a run goes to its slice, and what is set is what it was started with: the mask of the hand, too. */
static void
test_go_to (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *first, *second;
  gsize n_lines;

  first = run_with (window, 0, 3);
  g_action_group_activate_action (G_ACTION_GROUP (window), "mirror-mask", NULL);
  n_lines = msm_mask_count (msm_session_get_mask (session));
  second = run_with (window, 1, 5);
  g_assert_cmpuint (msm_mask_count (msm_run_item_get_setup (first)->mask), <, n_lines);
  msm_session_go_to_run (session, first);
  g_assert_cmpuint (msm_session_get_slice (session), ==, 0);
  g_assert_cmpint (iterations_now (session), ==, 3);
  g_assert_true (msm_session_get_run (session) == first);
  g_assert_true (msm_session_is_mask_drawn (session));
  g_assert_cmpuint (msm_mask_count (msm_session_get_mask (session)), <, n_lines);
  msm_session_go_to_run (session, second);
  g_assert_cmpuint (msm_session_get_slice (session), ==, 1);
  g_assert_cmpint (iterations_now (session), ==, 5);
  g_assert_false (msm_session_is_mask_drawn (session));
  g_assert_cmpuint (msm_mask_count (msm_session_get_mask (session)), ==, n_lines);
  ui_close_window (window);
}

/* A run of another file opens that file; one that goes on there goes on. */
static void
test_other_file (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  g_autofree char *copy = g_build_filename (ui_folder, "other.h5", NULL);
  g_autoptr (GFile) from = g_file_new_for_path (ui_scan_path), to = g_file_new_for_path (copy);
  MsmRunItem *first;

  g_assert_true (g_file_copy (from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, NULL));
  first = run_with (window, 1, 4);
  msm_window_open (window, copy);
  WAIT_FOR (g_str_equal (msm_session_get_scan (session)->path, copy) && !msm_session_is_loading (session));
  g_assert_null (msm_session_get_run (session));
  msm_params_set_number (msm_session_get_method_params (session), "iterations", 9, NULL);
  msm_session_go_to_run (session, first);
  WAIT_FOR (msm_session_get_run (session) == first);
  g_assert_cmpstr (msm_session_get_scan (session)->path, ==, ui_scan_path);
  g_assert_cmpuint (msm_session_get_slice (session), ==, 1);
  g_assert_cmpint (iterations_now (session), ==, 4);
  ui_close_window (window);
}

/* Runs are told apart by what differs, not by all that they have in common. */
static void
test_differences (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  GListModel *runs = msm_session_get_runs (session);
  MsmRunItem *first = run_with (window, 0, 3), *second = run_with (window, 0, 5);
  g_autofree char *of_first = msm_run_differences (first, runs), *of_second = msm_run_differences (second, runs);
  g_autofree char *place = msm_run_place (second);

  g_assert_cmpstr (of_first, ==, "Iterations 3");
  g_assert_cmpstr (of_second, ==, "Iterations 5");
  g_assert_cmpstr (place, ==, "phantom.h5 · slice 1");
  ui_close_window (window);
}

/* One run is A and one is B; the other side of a run that was pinned is free again. */
static void
test_pins (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  MsmPaneGrid *panes = MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID));
  MsmRunItem *first = run_with (window, 0, 3), *second = run_with (window, 0, 5);
  gsize plane;

  msm_session_pin_run (session, MSM_PIN_A, first);
  msm_session_pin_run (session, MSM_PIN_B, second);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 (MSM_LAYOUT_1X1));
  g_action_group_activate_action (G_ACTION_GROUP (window), "pane-source", g_variant_new_string ("estimate@A"));
  g_assert_true (msm_viewport_get_image (msm_pane_grid_get_viewport (panes, 0), &plane)
                 == msm_frame_find (msm_run_item_get_frame (first), "estimate"));
  msm_session_pin_run (session, MSM_PIN_A, second);
  g_assert_null (msm_session_get_pinned (session, MSM_PIN_B));
  g_assert_cmpint (msm_run_item_get_pin (first), ==, MSM_PIN_NONE);
  g_assert_true (msm_viewport_get_image (msm_pane_grid_get_viewport (panes, 0), &plane)
                 == msm_frame_find (msm_run_item_get_frame (second), "estimate"));
  msm_session_remove_run (session, second);
  g_assert_null (msm_session_get_pinned (session, MSM_PIN_A));
  ui_close_window (window);
}

static int
layout_now (MsmWindow *window)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (window), "layout");

  return g_variant_get_int32 (state);
}

/* One action sets the last two runs side by side, or those that are pinned; with one run it says what is missing. */
static void
test_compare (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  MsmPaneGrid *panes = MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID));
  MsmRunItem *first = run_with (window, 0, 3), *second, *third;
  const int layout = layout_now (window);
  MsmViewport *viewport;
  gsize plane;

  g_action_group_activate_action (G_ACTION_GROUP (window), "compare-runs", NULL);
  g_assert_cmpint (layout_now (window), ==, layout);
  g_assert_nonnull (find_label (GTK_WIDGET (window), "Two finished runs"));
  g_assert_null (msm_session_get_pinned (session, MSM_PIN_A));
  g_assert_null (msm_session_get_pinned (session, MSM_PIN_B));
  second = run_with (window, 0, 5);
  g_action_group_activate_action (G_ACTION_GROUP (window), "compare-runs", NULL);
  g_assert_cmpint (layout_now (window), ==, MSM_LAYOUT_COMPARE);
  g_assert_true (msm_session_get_pinned (session, MSM_PIN_A) == first);
  g_assert_true (msm_session_get_pinned (session, MSM_PIN_B) == second);
  viewport = msm_pane_grid_get_viewport (panes, 0);
  g_assert_true (msm_viewport_get_image (viewport, &plane)
                 == msm_frame_find (msm_run_item_get_frame (first), "estimate"));
  g_assert_true (msm_viewport_get_second (viewport) == msm_frame_find (msm_run_item_get_frame (second), "estimate"));
  g_assert_cmpint (msm_viewport_get_compare (viewport), ==, MSM_COMPARE_SPLIT);
  third = run_with (window, 0, 7);
  msm_session_pin_run (session, MSM_PIN_B, third);
  g_action_group_activate_action (G_ACTION_GROUP (window), "compare-runs", NULL);
  g_assert_true (msm_viewport_get_second (viewport) == msm_frame_find (msm_run_item_get_frame (third), "estimate"));
  ui_close_window (window);
}

/* The table shows what is asked of it, and follows names and notes. */
static void
test_table (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  GtkWidget *table = ui_find (GTK_WIDGET (window), MSM_TYPE_RUN_TABLE);
  MsmRunItem *run;

  g_assert_false (gtk_widget_get_visible (table));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "run-table", g_variant_new_boolean (TRUE));
  g_assert_true (gtk_widget_get_visible (table));
  run = run_with (window, 1, 3);
  WAIT_FOR (find_label (table, "phantom.h5") != NULL);
  g_assert_nonnull (find_label (table, "Iterations 3"));
  msm_run_item_set_name (run, "the best one");
  msm_run_item_set_note (run, "to be shown");
  g_assert_nonnull (find_label (table, "the best one"));
  g_assert_nonnull (find_label (table, "to be shown"));
  g_assert_nonnull (strstr (msm_run_item_get_title (run), "the best one"));
  msm_run_item_set_name (run, "");
  g_assert_nonnull (strstr (msm_run_item_get_title (run), "CG-SENSE"));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "run-table", g_variant_new_boolean (FALSE));
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!ui_init (&argc, &argv))
    return 77;
  g_test_add_func ("/runs/go-to", test_go_to);
  g_test_add_func ("/runs/other-file", test_other_file);
  g_test_add_func ("/runs/differences", test_differences);
  g_test_add_func ("/runs/pins", test_pins);
  g_test_add_func ("/runs/compare", test_compare);
  g_test_add_func ("/runs/table", test_table);
  return ui_run ();
}
