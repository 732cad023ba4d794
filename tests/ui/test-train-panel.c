#include "config.h"

#include <string.h>

#include <glib/gstdio.h>

#include "tests/support/folder.h"
#include "tests/support/volumes.h"
#include "tests/ui/ui-support.h"
#include "ui/widgets/plot.h"
#include "ui/window/train-panel.h"

static GskRenderNode *
draw (GdkPaintable *paintable)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();

  gdk_paintable_snapshot (paintable, snapshot, gdk_paintable_get_intrinsic_width (paintable),
                          gdk_paintable_get_intrinsic_height (paintable));
  return gtk_snapshot_free_to_node (snapshot);
}

/* What the panel looks like goes to the folder that MSM_SCREENSHOTS names, for somebody to judge. */
static void
take_picture (GtkWidget *window)
{
  const char *folder = g_getenv ("MSM_SCREENSHOTS");
  g_autofree char *path = folder != NULL ? g_build_filename (folder, "training.png", NULL) : NULL;
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (window);
  g_autoptr (GdkTexture) texture = NULL;
  GskRenderNode *node = NULL;

  WAIT_FOR ((node = draw (paintable)) != NULL);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, NULL);
  gsk_render_node_unref (node);
  if (path != NULL)
    g_assert_true (gdk_texture_save_to_png (texture, path));
}

static GtkWidget *
find_button (GtkWidget *root, const char *label)
{
  if (GTK_IS_BUTTON (root) && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (root)), label) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_button (child, label);

      if (found != NULL)
        return found;
    }
  return NULL;
}

/* A label that has @words in it. */
static GtkWidget *
find_text (GtkWidget *root, const char *words)
{
  if (GTK_IS_LABEL (root) && strstr (gtk_label_get_text (GTK_LABEL (root)), words) != NULL)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_text (child, words);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static MsmTrainPanel *
find_panel (void)
{
  g_autoptr (GListModel) toplevels = g_object_ref (gtk_window_get_toplevels ());

  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr (GtkWidget) toplevel = g_list_model_get_item (toplevels, i);

      if (MSM_IS_TRAIN_PANEL (toplevel))
        return MSM_TRAIN_PANEL (toplevel);
    }
  return NULL;
}

/* Started, stopped and resumed by its buttons; closing the panel leaves the training alone. */
static void
test_panel (void)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  g_autofree char *results = g_build_filename (ui_folder, "results", NULL);
  g_autofree char *experiment = NULL;
  g_autofree char *checkpoint = g_build_filename (results, "checkpoint.safetensors", NULL);
  g_autofree char *strip = g_build_filename (results, "strip-0000002.png", NULL);
  MsmTrainPanel *panel;
  GtkWidget *stop, *resume, *picture;

  write_volumes (ui_folder);
  experiment = write_experiment (ui_folder, 1000000);
  g_action_group_activate_action (G_ACTION_GROUP (window), "train", NULL);
  panel = find_panel ();
  g_assert_nonnull (panel);
  stop = find_button (GTK_WIDGET (panel), "_Stop");
  resume = find_button (GTK_WIDGET (panel), "_Resume");
  picture = ui_find (GTK_WIDGET (panel), GTK_TYPE_PICTURE);
  g_assert_false (gtk_widget_get_sensitive (stop) || gtk_widget_get_sensitive (resume));

  msm_train_panel_start (panel, experiment, results);
  g_assert_true (gtk_widget_get_sensitive (stop));
  WAIT_FOR (gtk_widget_get_visible (picture));
  g_assert_true (g_file_test (strip, G_FILE_TEST_IS_REGULAR));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (panel), "train.device", "s", "no-such-device"));
  gtk_window_close (GTK_WINDOW (panel));
  g_action_group_activate_action (G_ACTION_GROUP (window), "train", NULL);
  g_assert_true (find_panel () == panel && gtk_widget_get_sensitive (stop));

  g_signal_emit_by_name (stop, "clicked");
  WAIT_FOR (gtk_widget_get_sensitive (resume));
  g_assert_false (gtk_widget_get_sensitive (stop));
  g_assert_true (g_file_test (checkpoint, G_FILE_TEST_IS_REGULAR));
  take_picture (GTK_WIDGET (panel));
  /* What was chosen meanwhile is for the next start. */
  g_signal_emit_by_name (resume, "clicked");
  WAIT_FOR (gtk_widget_get_sensitive (resume));
  g_assert_nonnull (find_text (GTK_WIDGET (panel), "no-such-device"));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (panel), "train.device", "s", "cpu"));
  g_signal_emit_by_name (resume, "clicked");
  g_assert_true (gtk_widget_get_sensitive (stop) && !gtk_widget_get_sensitive (resume));
  /* The main window takes it along, and the training is saved. */
  g_unlink (checkpoint);
  ui_close_window (window);
  g_assert_null (find_panel ());
  remove_folder (g_steal_pointer (&results));
}

int
main (int argc, char **argv)
{
  if (!ui_init (&argc, &argv))
    return 77;
  msm_device_set_threads (1);
  g_test_add_func ("/ui/train-panel", test_panel);
  return ui_run ();
}
