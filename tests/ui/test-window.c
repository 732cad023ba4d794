#include "config.h"

#include <string.h>

#include "tests/ui/ui-support.h"
#include "ui/window/run-list.h"

static void
test_reconstruct (void)
{
  MsmWindow *window = ui_open_window (ui_scan_path);
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
  ui_close_window (window);
}

static void
test_pause_and_step (void)
{
  MsmWindow *window = ui_open_window (ui_scan_path);
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
  ui_close_window (window);
}

/* Closing in the middle of a run ends the compute thread; nothing is left that calls the window. */
static void
test_close_while_running (void)
{
  for (int i = 0; i < 3; i++)
    {
      MsmWindow *window = ui_open_window (ui_scan_path);
      MsmSession *session = msm_window_get_session (window);
      gint64 until;

      WAIT_FOR (msm_session_get_preview (session) != NULL);
      msm_params_set_number (msm_session_get_method_params (session), "iterations", 200, NULL);
      msm_session_start_run (session);
      for (until = g_get_monotonic_time () + i * 60000; g_get_monotonic_time () < until;)
        g_main_context_iteration (NULL, FALSE);
      ui_close_window (window);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
}

static void
test_mask_edits (void)
{
  MsmWindow *window = ui_open_window (ui_scan_path);
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
  ui_close_window (window);
}

/* The paths of the Recent section of the menu beside Open. (transfer full) */
static GStrv
recent_paths (MsmWindow *window)
{
  GtkWidget *button = ui_find (gtk_window_get_titlebar (GTK_WINDOW (window)), GTK_TYPE_MENU_BUTTON);
  GMenuModel *menu = gtk_menu_button_get_menu_model (GTK_MENU_BUTTON (button));
  g_autoptr (GMenuModel) recent = g_menu_model_get_item_link (menu, 1, G_MENU_LINK_SECTION);
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

  for (int i = 0; i < g_menu_model_get_n_items (recent); i++)
    {
      char *path = NULL;

      g_menu_model_get_item_attribute (recent, i, G_MENU_ATTRIBUTE_TARGET, "s", &path);
      g_strv_builder_add (paths, path);
      g_free (path);
    }
  return g_strv_builder_end (paths);
}

static gboolean
is_newest (MsmWindow *window, const char *path)
{
  g_auto (GStrv) paths = recent_paths (window);

  return paths[0] != NULL && g_str_equal (paths[0], path);
}

/* What was opened comes first in the list, at once; what could not be opened is not there. */
static void
test_recent (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  g_autofree char *second = g_build_filename (ui_folder, "second.h5", NULL);
  g_autofree char *broken = g_build_filename (ui_folder, "broken-recent.h5", NULL);
  g_autofree char *data = NULL;
  g_auto (GStrv) paths = NULL;
  gsize n;

  g_assert_true (g_file_get_contents (ui_scan_path, &data, &n, NULL));
  g_assert_true (g_file_set_contents (second, data, (gssize) n, NULL));
  g_assert_true (g_file_set_contents (broken, data, 600, NULL));
  WAIT_FOR (is_newest (window, ui_scan_path));
  msm_window_open (window, broken);
  WAIT_FOR (!msm_session_is_loading (msm_window_get_session (window)));
  msm_window_open (window, second);
  WAIT_FOR (is_newest (window, second));
  paths = recent_paths (window);
  g_assert_false (g_strv_contains ((const char *const *) paths, broken));
  g_assert_true (g_strv_contains ((const char *const *) paths, ui_scan_path));
  ui_close_window (window);
}

/* What cannot be opened leaves a message that names it, and the window usable. */
static void
test_bad_file (void)
{
  g_autofree char *path = g_build_filename (ui_folder, "broken.h5", NULL);
  g_autofree char *message = NULL;
  MsmWindow *window;
  MsmSession *session;

  g_file_set_contents (path, "not a measurement", -1, NULL);
  window = ui_open_window (path);
  session = msm_window_get_session (window);
  g_signal_connect (session, "failed", G_CALLBACK (ui_keep_message), &message);
  WAIT_FOR (message != NULL);
  g_assert_nonnull (strstr (message, "broken.h5"));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "run"));
  msm_window_open (window, ui_scan_path);
  WAIT_FOR (msm_session_get_preview (session) != NULL);
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "run"));
  ui_close_window (window);
}

/* Asking for many slices in a row ends with the last one, and asks nothing of a scan twice at a time. */
static void
test_slices (void)
{
  MsmWindow *window = ui_open_window (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);

  WAIT_FOR (msm_session_get_preview (session) != NULL);
  for (int i = 0; i < 9; i++)
    msm_session_set_slice (session, (gsize) i % 2);
  msm_session_set_slice (session, 7); /* there is no such slice: nothing happens */
  WAIT_FOR (!msm_session_is_loading (session) && msm_session_get_preview (session) != NULL);
  g_assert_cmpuint (msm_session_get_slice (session), ==, 0);
  g_action_group_activate_action (G_ACTION_GROUP (window), "slice-next", NULL);
  g_assert_cmpuint (msm_session_get_slice (session), ==, 1);
  ui_close_window (window);
}

static gboolean
lies_within (GtkWidget *widget, GtkWidget *window)
{
  graphene_rect_t bounds;

  return gtk_widget_compute_bounds (widget, window, &bounds)
         && bounds.origin.x + bounds.size.width <= gtk_widget_get_width (window)
         && bounds.origin.y + bounds.size.height <= gtk_widget_get_height (window);
}

/* The smallest screens: the window fits, and three runs are seen without scrolling. */
static void
test_small_screen (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  GtkWidget *list = ui_find (GTK_WIDGET (window), MSM_TYPE_RUN_LIST);
  GtkWidget *rows = ui_find (list, GTK_TYPE_LIST_BOX);
  int least;

  gtk_widget_measure (GTK_WIDGET (window), GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  g_assert_cmpint (least, <=, 1024);
  gtk_window_set_default_size (GTK_WINDOW (window), 1024, 768);
  for (int i = 0; i < 3; i++)
    ui_reconstruct (window);
  /* Whatever the method has set, and however many plots there are. */
  msm_session_set_method_named (session, "msm");
  WAIT_FOR (gtk_widget_get_width (GTK_WIDGET (window)) <= 1034 && gtk_widget_get_height (list) > 0);
  g_assert_true (lies_within (list, GTK_WIDGET (window)));
  g_assert_true (lies_within (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (rows), 2)), list));
  /* The images alone. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "panels", NULL);
  g_assert_false (gtk_widget_get_mapped (list));
  g_action_group_activate_action (G_ACTION_GROUP (window), "panels", NULL);
  g_assert_true (gtk_widget_get_mapped (list));
  ui_close_window (window);
}

/* What a screen reader has nothing to say of: it would read out the widget's class. */
static guint
count_nameless (GtkWidget *widget)
{
  gboolean wants_name =
      GTK_IS_DROP_DOWN (widget) || GTK_IS_LIST_BOX (widget) || GTK_IS_ENTRY (widget) || GTK_IS_SPIN_BUTTON (widget)
      || (GTK_IS_MENU_BUTTON (widget) && gtk_menu_button_get_label (GTK_MENU_BUTTON (widget)) == NULL);
  guint n = 0;

  if (wants_name && !gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL))
    {
      const char *help = gtk_widget_get_tooltip_text (widget);

      g_test_message ("%s (%s) has no accessible name", G_OBJECT_TYPE_NAME (widget), help != NULL ? help : "");
      n++;
    }
  if (GTK_IS_DROP_DOWN (widget) || GTK_IS_POPOVER (widget))
    return n; /* what is inside is GTK's own */
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_nameless (child);
  return n;
}

/* Notices a field, drop-down, menu button or list whose line that names it is taken out; "msm" has a prior's entry. */
static void
test_accessible_names (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);

  g_assert_cmpuint (count_nameless (GTK_WIDGET (window)), ==, 0);
  msm_session_set_method_named (msm_window_get_session (window), "msm");
  g_assert_cmpuint (count_nameless (GTK_WIDGET (window)), ==, 0);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (ui_find (GTK_WIDGET (window), GTK_TYPE_LIST_BOX)),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, "Runs");
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!ui_init (&argc, &argv))
    return 77;
  g_test_add_func ("/window/reconstruct", test_reconstruct);
  g_test_add_func ("/window/pause-and-step", test_pause_and_step);
  g_test_add_func ("/window/close-while-running", test_close_while_running);
  g_test_add_func ("/window/mask-edits", test_mask_edits);
  g_test_add_func ("/window/bad-file", test_bad_file);
  g_test_add_func ("/window/recent", test_recent);
  g_test_add_func ("/window/slices", test_slices);
  g_test_add_func ("/window/small-screen", test_small_screen);
  g_test_add_func ("/window/accessible-names", test_accessible_names);
  return ui_run ();
}
