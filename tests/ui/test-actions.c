#include "config.h"

#include <string.h>

#include "tests/slow/mrd-file.h"
#include "tests/ui/ui-support.h"
#include "ui/window/pane-grid.h"
#include "ui/window/shortcuts.h"
#include "ui/window/source.h"

/* The toplevel that is a dialog for files: what GtkFileChooserNative shows where there is no portal. */
static GtkDialog *
find_chooser (void)
{
  g_autoptr (GListModel) toplevels = g_object_ref (gtk_window_get_toplevels ());

  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr (GtkWidget) toplevel = g_list_model_get_item (toplevels, i);

      if (GTK_IS_FILE_CHOOSER_DIALOG (toplevel) && gtk_widget_get_visible (toplevel))
        return GTK_DIALOG (toplevel);
    }
  return NULL;
}

static gboolean
has_picked (GtkFileChooser *chooser, GFile *file)
{
  g_autoptr (GFile) picked = gtk_file_chooser_get_file (chooser);

  return picked != NULL && g_file_equal (picked, file);
}

/* An existing file picked in the dialog of action @name. */
static void
pick (MsmWindow *window, const char *name, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GtkDialog *dialog;

  g_action_group_activate_action (G_ACTION_GROUP (window), name, NULL);
  WAIT_FOR (find_chooser () != NULL);
  dialog = find_chooser ();
  g_assert_cmpint (gtk_file_chooser_get_action (GTK_FILE_CHOOSER (dialog)), ==, GTK_FILE_CHOOSER_ACTION_OPEN);
  /* A dialog that is still reading its folder forgets what was picked. */
  for (int i = 0; i < 60 && !has_picked (GTK_FILE_CHOOSER (dialog), file); i++)
    {
      gtk_file_chooser_set_file (GTK_FILE_CHOOSER (dialog), file, NULL);
      for (gint64 until = g_get_monotonic_time () + 500000;
           !has_picked (GTK_FILE_CHOOSER (dialog), file) && g_get_monotonic_time () < until;)
        if (!g_main_context_iteration (NULL, FALSE))
          g_usleep (500);
    }
  g_assert_true (has_picked (GTK_FILE_CHOOSER (dialog), file));
  gtk_dialog_response (dialog, GTK_RESPONSE_ACCEPT);
  WAIT_FOR (find_chooser () == NULL);
}

/*
 * The dialog of a saving action proposes @name and can be cancelled. What is typed into it is GTK's own business: how
 * soon it takes a folder differs from machine to machine.
 */
static void
cancel_saving (MsmWindow *window, const char *action, const char *name)
{
  g_autofree char *proposed = NULL;

  g_action_group_activate_action (G_ACTION_GROUP (window), action, NULL);
  WAIT_FOR (find_chooser () != NULL);
  proposed = gtk_file_chooser_get_current_name (GTK_FILE_CHOOSER (find_chooser ()));
  g_assert_cmpint (gtk_file_chooser_get_action (GTK_FILE_CHOOSER (find_chooser ())), ==, GTK_FILE_CHOOSER_ACTION_SAVE);
  g_assert_cmpstr (proposed, ==, name);
  gtk_dialog_response (find_chooser (), GTK_RESPONSE_CANCEL);
  WAIT_FOR (find_chooser () == NULL);
}

static void
test_open_dialog (void)
{
  MsmWindow *window = ui_open_window ("/nowhere/at-all.h5");
  MsmSession *session = msm_window_get_session (window);

  WAIT_FOR (!msm_session_is_loading (session));
  g_assert_null (msm_session_get_scan (session));
  pick (window, "open", ui_scan_path);
  WAIT_FOR (msm_session_get_preview (session) != NULL);
  g_assert_cmpstr (msm_session_get_scan (session)->path, ==, ui_scan_path);
  ui_close_window (window);
}

/* No dialog holds the window: it can be closed while one is open, which goes with it. */
static void
test_close_with_dialog (void)
{
  static const char *const actions[] = { "open", "export" };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      MsmWindow *window = ui_open_ready (ui_scan_path);

      g_action_group_activate_action (G_ACTION_GROUP (window), actions[i], NULL);
      WAIT_FOR (find_chooser () != NULL);
      g_assert_false (gtk_window_get_modal (GTK_WINDOW (find_chooser ())));
      ui_close_window (window);
      WAIT_FOR (find_chooser () == NULL);
    }
}

/* A saved mask, loaded by its dialog, is the same mask. */
static void
test_mask_dialogs (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  g_autofree char *path = g_build_filename (ui_folder, "saved-mask.png", NULL);
  g_autoptr (MsmMask) before = msm_mask_copy (msm_session_get_mask (session));

  cancel_saving (window, "save-mask", "mask.png");
  cancel_saving (window, "export", "estimate-slice2.png");
  g_action_group_activate_action (G_ACTION_GROUP (window), "save-mask-to", g_variant_new_string (path));
  WAIT_FOR (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  g_action_group_activate_action (G_ACTION_GROUP (window), "invert-mask", NULL);
  g_assert_cmpuint (msm_mask_count (msm_session_get_mask (session)), !=, msm_mask_count (before));
  pick (window, "load-mask", path);
  g_assert_cmpmem (msm_session_get_mask (session)->points, 64 * 64, before->points, 64 * 64);
  ui_close_window (window);
}

static void
test_drop (void)
{
  MsmWindow *window = ui_open_window ("/nowhere/at-all.h5");
  MsmSession *session = msm_window_get_session (window);
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (window));
  g_autoptr (GFile) file = g_file_new_for_path (ui_scan_path);
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean taken = FALSE;

  WAIT_FOR (!msm_session_is_loading (session));
  g_value_init (&value, G_TYPE_FILE);
  g_value_set_object (&value, file);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_DROP_TARGET (controller))
        {
          g_autoptr (GdkContentFormats) formats = NULL;

          g_object_get (controller, "formats", &formats, NULL);
          g_assert_true (gdk_content_formats_contain_gtype (formats, G_TYPE_FILE));
          g_signal_emit_by_name (controller, "drop", &value, 10.0, 10.0, &taken);
        }
    }
  g_assert_true (taken);
  WAIT_FOR (msm_session_get_preview (session) != NULL);
  ui_close_window (window);
}

/* Every key of the table does something, and the window that lists them opens and closes. */
static void
test_shortcuts (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  g_auto (GStrv) described = NULL;
  GtkWidget *list = NULL;
  GLogLevelFlags fatal;
  guint n = 0;

  msm_shortcuts_install (GTK_APPLICATION (ui_application));
  described = gtk_application_list_action_descriptions (GTK_APPLICATION (ui_application));
  for (; described[n] != NULL; n++)
    {
      g_autofree char *name = NULL;
      g_autoptr (GVariant) target = NULL;
      g_auto (GStrv) keys = gtk_application_get_accels_for_action (ui_application, described[n]);
      const GVariantType *type;

      g_assert_true (g_action_parse_detailed_name (described[n], &name, &target, NULL));
      g_assert_true (g_str_has_prefix (name, "win."));
      g_assert_true (g_action_group_has_action (G_ACTION_GROUP (window), name + 4));
      type = g_action_group_get_action_parameter_type (G_ACTION_GROUP (window), name + 4);
      g_assert_true ((type == NULL) == (target == NULL));
      g_assert_true (type == NULL || g_variant_is_of_type (target, type));
      /* One key, one thing. */
      for (guint k = 0; keys[k] != NULL; k++)
        {
          g_auto (GStrv) owners = gtk_application_get_actions_for_accel (ui_application, keys[k]);

          g_assert_cmpuint (g_strv_length (owners), ==, 1);
        }
    }
  g_assert_cmpuint (n, >, 30);
  /* GTK 4.8 warns of a label of its own list that is 4 pixels too narrow; nothing else is forgiven. */
  fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_action_group_activate_action (G_ACTION_GROUP (window), "shortcuts", NULL);
  for (guint i = 0; i < g_list_model_get_n_items (gtk_window_get_toplevels ()); i++)
    {
      g_autoptr (GtkWidget) toplevel = g_list_model_get_item (gtk_window_get_toplevels (), i);

      if (GTK_IS_SHORTCUTS_WINDOW (toplevel))
        list = toplevel;
    }
  g_assert_nonnull (list);
  g_assert_true (gtk_widget_get_visible (list));
  WAIT_FOR (gtk_widget_get_width (list) > 100);
  g_log_set_always_fatal (fatal);
  gtk_window_destroy (GTK_WINDOW (list));
  ui_close_window (window);
}

/* What --action takes, and what it says of the rest. */
static void
test_check (void)
{
  static const char *const good[] = { "win.run", "win.layout(5)", "win.method('tv')", "win.operator(\"gaussian-blur\")",
                                      "win.previews" };
  static const struct
  {
    const char *action, *words;
  } bad[] = {
    { "win.nonsense", "no such action" },   { "layout(5)", "no such action" },  { "win.layout", "takes a value" },
    { "win.layout('5')", "takes a value" }, { "win.run(1)", "takes no value" }, { "win.layout(", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (msm_window_check_action (good[i], &error));
      g_assert_no_error (error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (msm_window_check_action (bad[i].action, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, bad[i].words));
    }
}

/* The keys and the numbers of the status bar are the selected pane's, whatever the arrangement. */
static void
test_layout_keeps_focus (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);

  for (int layout = 0; layout < MSM_N_LAYOUTS; layout++)
    {
      MsmPaneGrid *panes = MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID));
      GtkWidget *focus;

      g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 (layout));
      focus = gtk_window_get_focus (GTK_WINDOW (window));
      g_assert_true (focus == GTK_WIDGET (msm_pane_grid_get_selected (panes)));
    }
  g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 (MSM_LAYOUT_2X3));
  ui_close_window (window);
}

/* Each item of @menu, and of what hangs below it, names an action that takes its target. */
static guint
check_menu (GMenuModel *menu, GtkWidget *widget)
{
  guint n = 0;

  for (int i = 0; i < g_menu_model_get_n_items (menu); i++)
    {
      g_autoptr (GMenuModel) section = g_menu_model_get_item_link (menu, i, G_MENU_LINK_SECTION);
      g_autoptr (GMenuModel) submenu = g_menu_model_get_item_link (menu, i, G_MENU_LINK_SUBMENU);
      g_autoptr (GVariant) target = g_menu_model_get_item_attribute_value (menu, i, G_MENU_ATTRIBUTE_TARGET, NULL);
      g_autofree char *action = NULL;

      if (section != NULL)
        n += check_menu (section, widget);
      if (submenu != NULL)
        n += check_menu (submenu, widget);
      if (!g_menu_model_get_item_attribute (menu, i, G_MENU_ATTRIBUTE_ACTION, "s", &action))
        continue;
      if (g_str_has_prefix (action, "win."))
        {
          GtkWidget *window = GTK_WIDGET (gtk_widget_get_root (widget));
          const GVariantType *type;

          g_assert_true (g_action_group_has_action (G_ACTION_GROUP (window), action + 4));
          type = g_action_group_get_action_parameter_type (G_ACTION_GROUP (window), action + 4);
          g_assert_true (type == NULL ? target == NULL : g_variant_is_of_type (target, type));
        }
      else
        g_assert_true (gtk_widget_activate_action_variant (widget, action, target));
      n++;
    }
  return n;
}

static guint
check_menus_below (GtkWidget *root)
{
  guint n = 0;

  if (GTK_IS_MENU_BUTTON (root))
    {
      GtkPopover *popover;

      gtk_menu_button_popup (GTK_MENU_BUTTON (root)); /* some make their menu now */
      popover = gtk_menu_button_get_popover (GTK_MENU_BUTTON (root));
      if (GTK_IS_POPOVER_MENU (popover))
        n += check_menu (gtk_popover_menu_get_menu_model (GTK_POPOVER_MENU (popover)), root);
      gtk_menu_button_popdown (GTK_MENU_BUTTON (root));
      return n;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    n += check_menus_below (child);
  return n;
}

static void
test_menus (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);

  ui_reconstruct (window);
  /* Six panes of some 20 items each, and the window's own. */
  g_assert_cmpuint (check_menus_below (GTK_WIDGET (window)), >, 100);
  ui_close_window (window);
}

/* The groups and repetitions of a file are chosen in the panel of the source. */
static void
test_indices (void)
{
  g_autofree char *path = g_build_filename (ui_folder, "several.h5", NULL);
  MsmWindow *window;
  MsmSession *session;
  MsmScan *scan;
  float first, third;

  g_assert_true (test_mrd_write_several (path, 3));
  window = ui_open_ready (path);
  session = msm_window_get_session (window);
  scan = msm_session_get_scan (session);
  g_assert_cmpuint (scan->groups->len, ==, 2);
  g_assert_cmpstr (scan->group, ==, "dataset");
  g_assert_cmpint (GPOINTER_TO_SIZE (g_hash_table_lookup (scan->axes, "repetition")), ==, 3);
  first = msm_tensor_const_host (msm_session_get_preview (session)->kspace)[4 * 8 + 4];
  msm_session_set_slice (session, 0);
  msm_session_set_index (session, "repetition", 2);
  WAIT_FOR (!msm_session_is_loading (session) && msm_session_get_preview (session) != NULL);
  g_assert_cmpuint (msm_session_get_index (session, "repetition"), ==, 2);
  g_assert_cmpuint (msm_session_get_slice (session), ==, 0);
  third = msm_tensor_const_host (msm_session_get_preview (session)->kspace)[4 * 8 + 4];
  g_assert_cmpfloat (first, >, 0);
  /* Whitening is not of the preview, so that the values are what was written: three times as large. */
  g_assert_cmpfloat_with_epsilon (third / first, 3, 1e-4);
  msm_session_set_group (session, "second");
  WAIT_FOR (!msm_session_is_loading (session) && msm_session_get_preview (session) != NULL);
  g_assert_cmpstr (msm_session_get_scan (session)->group, ==, "second");
  g_assert_false (g_hash_table_contains (msm_session_get_scan (session)->axes, "repetition"));
  ui_close_window (window);
}

/* The settings of the maps reach the run, and maps are shared only by runs with equal ones. */
static void
test_calibration (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  g_autoptr (MsmTensor) four = NULL;
  g_autoptr (MsmTensor) again = NULL;
  g_autoptr (MsmTensor) two = NULL;
  g_autoptr (MsmTensor) sets = NULL;

  four = msm_run_item_ref_sens (ui_reconstruct (window));
  again = msm_run_item_ref_sens (ui_reconstruct (window));
  g_assert_cmpuint (msm_tensor_dim (four, 1), ==, 4);
  g_assert_cmpmem (msm_tensor_const_data (four), msm_tensor_bytes (four), msm_tensor_const_data (again),
                   msm_tensor_bytes (again));
  msm_params_set_number (msm_session_get_coil_params (session), "coils", 2, NULL);
  two = msm_run_item_ref_sens (ui_reconstruct (window));
  g_assert_cmpuint (msm_tensor_dim (two, 1), ==, 2);
  msm_params_set_number (msm_session_get_espirit_params (session), "sets", 2, NULL);
  sets = msm_run_item_ref_sens (ui_reconstruct (window));
  g_assert_cmpuint (msm_tensor_dim (sets, 0), ==, 2);
  ui_close_window (window);
}

/* Off: nothing is made for the screen but the end. */
static void
test_previews_off (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  MsmRunItem *run;
  double run_ms, show_ms;

  g_action_group_change_action_state (G_ACTION_GROUP (window), "previews", g_variant_new_boolean (FALSE));
  g_assert_false (msm_session_get_shows (session));
  run = msm_session_start_run (session);
  if (msm_run_item_get_frame (run) == NULL)
    g_assert_nonnull (strstr (msm_source_empty_text (session, "estimate"), "Images are off"));
  WAIT_FOR (!msm_run_item_is_active (run));
  run = ui_reconstruct (window);
  g_assert_cmpuint (msm_run_item_get_n_kept (run), ==, 1);
  g_assert_nonnull (msm_run_item_get_frame (run));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "previews", g_variant_new_boolean (TRUE));
  run = ui_reconstruct (window);
  msm_run_item_get_cost (run, &run_ms, &show_ms);
  g_assert_cmpfloat (run_ms, >, 0);
  g_assert_cmpfloat (show_ms, >, 0);
  ui_close_window (window);
}

static GtkWidget *
find_label (GtkWidget *widget, const char *text)
{
  GtkWidget *found = NULL;

  if (GTK_IS_LABEL (widget) && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), text))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_label (child, text);
  return found;
}

/* Rows have words, and what does nothing is grey and says why: until another choice makes it count. */
static void
test_rows (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  MsmSession *session = msm_window_get_session (window);
  GtkWidget *row;

  msm_session_set_method_named (session, "msm");
  row = find_label (GTK_WIDGET (window), "Data weight λ");
  g_assert_nonnull (row);
  g_assert_false (gtk_widget_get_sensitive (row));
  g_assert_nonnull (strstr (gtk_widget_get_tooltip_text (row), "proximal"));
  g_assert_true (gtk_widget_get_sensitive (find_label (GTK_WIDGET (window), "Prior against data")));
  msm_session_set_method_param (session, "likelihood", "gradient");
  row = find_label (GTK_WIDGET (window), "Data weight λ");
  g_assert_true (gtk_widget_get_sensitive (row));
  g_assert_false (gtk_widget_get_sensitive (find_label (GTK_WIDGET (window), "Prior against data")));
  msm_session_set_method_param (session, "likelihood", "auto");
  ui_close_window (window);
}

static GtkWidget *
find_class (GtkWidget *widget, const char *css_class)
{
  GtkWidget *found = gtk_widget_has_css_class (widget, css_class) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_class (child, css_class);
  return found;
}

/* Fields of another mask than the one that is used do not stand alone; undone, they are right again. */
static void
test_by_hand (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  GtkWidget *label = find_class (GTK_WIDGET (window), "msm-by-hand");

  g_assert_false (gtk_widget_get_visible (label));
  g_action_group_activate_action (G_ACTION_GROUP (window), "invert-mask", NULL);
  g_assert_true (gtk_widget_get_visible (label));
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (label)), "Drawn: R "));
  g_action_group_activate_action (G_ACTION_GROUP (window), "undo", NULL);
  g_assert_false (gtk_widget_get_visible (label));
  g_action_group_activate_action (G_ACTION_GROUP (window), "redo", NULL);
  g_assert_true (gtk_widget_get_visible (label));
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!ui_init (&argc, &argv))
    return 77;
  g_test_add_func ("/actions/open-dialog", test_open_dialog);
  g_test_add_func ("/actions/close-with-dialog", test_close_with_dialog);
  g_test_add_func ("/actions/mask-dialogs", test_mask_dialogs);
  g_test_add_func ("/actions/drop", test_drop);
  g_test_add_func ("/actions/shortcuts", test_shortcuts);
  g_test_add_func ("/actions/check", test_check);
  g_test_add_func ("/actions/layout-keeps-focus", test_layout_keeps_focus);
  g_test_add_func ("/actions/menus", test_menus);
  g_test_add_func ("/actions/indices", test_indices);
  g_test_add_func ("/actions/calibration", test_calibration);
  g_test_add_func ("/actions/previews-off", test_previews_off);
  g_test_add_func ("/actions/rows", test_rows);
  g_test_add_func ("/actions/by-hand", test_by_hand);
  return ui_run ();
}
