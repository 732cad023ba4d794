#include "config.h"

#include "ui/window/window-private.h"

#include <glib/gi18n.h>

#include "ui/widgets/layer.h"
#include "ui/widgets/tool.h"
#include "ui/window/demo.h"
#include "ui/window/device-menu.h"
#include "ui/window/pane-grid.h"
#include "ui/window/run-controls.h"

#define MAX_RECENT 8
/* Of a file's name, in the menu. */
#define MAX_NAME   48

static int
newest_first (gconstpointer a, gconstpointer b)
{
  return g_date_time_compare (gtk_recent_info_get_modified ((GtkRecentInfo *) b),
                              gtk_recent_info_get_modified ((GtkRecentInfo *) a));
}

/* The beginning and the end of a long name: that is where names of scans differ. (transfer full) */
static char *
short_name (const char *name)
{
  glong n = g_utf8_strlen (name, -1);
  g_autofree char *start = g_utf8_substring (name, 0, MIN (n, MAX_NAME / 2));

  return n > MAX_NAME ? g_strconcat (start, "…", g_utf8_offset_to_pointer (name, n - MAX_NAME / 2), NULL)
                      : g_strdup (name);
}

static void
fill_recent (GMenu *menu, GtkRecentManager *manager)
{
  GList *items = g_list_sort (gtk_recent_manager_get_items (manager), newest_first);

  g_menu_remove_all (menu);
  for (GList *l = items; l != NULL && g_menu_model_get_n_items (G_MENU_MODEL (menu)) < MAX_RECENT; l = l->next)
    {
      GtkRecentInfo *info = l->data;

      /* GTK notes them under the application's name, not the program's. */
      if (gtk_recent_info_has_application (info, g_get_application_name ()) && gtk_recent_info_exists (info))
        {
          g_autoptr (GFile) file = g_file_new_for_uri (gtk_recent_info_get_uri (info));
          g_autofree char *path = g_file_get_path (file);
          g_autofree char *name = short_name (gtk_recent_info_get_display_name (info));
          g_autoptr (GMenuItem) item = g_menu_item_new (name, NULL);

          if (path == NULL)
            continue;
          g_menu_item_set_action_and_target (item, "win.open-path", "s", path);
          g_menu_append_item (menu, item);
        }
    }
  g_list_free_full (items, (GDestroyNotify) gtk_recent_info_unref);
}

/* It follows what this program and others open. */
static GMenuModel *
recent_menu (void)
{
  GMenu *menu = g_menu_new ();
  GtkRecentManager *manager = gtk_recent_manager_get_default ();

  fill_recent (menu, manager);
  g_signal_connect_object (manager, "changed", G_CALLBACK (fill_recent), menu, G_CONNECT_SWAPPED);
  return G_MENU_MODEL (menu);
}

static GMenuModel *
open_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenuModel) demos = msm_demo_menu ();
  g_autoptr (GMenuModel) recent = recent_menu ();

  g_menu_append_section (menu, _("Demonstrations"), demos);
  g_menu_append_section (menu, _("Recent"), recent);
  return G_MENU_MODEL (menu);
}

static void
append_choice (GMenu *menu, const char *label, const char *action, int value)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "i", value);
  g_menu_append_item (menu, item);
}

/* @labels: in the order of the action's values, from 0 */
static GMenu *
choice_menu (const char *action, const char *const *labels)
{
  GMenu *menu = g_menu_new ();

  for (int i = 0; labels[i] != NULL; i++)
    append_choice (menu, _(labels[i]), action, i);
  return menu;
}

/* What the panes share. */
static GMenuModel *
link_menu (void)
{
  GMenu *menu = g_menu_new ();

  g_menu_append (menu, _("Zoom"), "win.link-zoom");
  g_menu_append (menu, _("Position"), "win.link-pan");
  g_menu_append (menu, _("Window"), "win.link-window");
  g_menu_append (menu, _("Crosshair"), "win.link-crosshair");
  g_menu_append (menu, _("Magnitude, phase, …"), "win.link-mode");
  return G_MENU_MODEL (menu);
}

/* What lies over the pictures. */
static GMenuModel *
layer_menu (void)
{
  GMenu *menu = g_menu_new ();

  for (const MsmLayerClass *const *layer = msm_layer_classes (); *layer != NULL; layer++)
    if (((*layer)->flags & MSM_LAYER_OPTION) != 0)
      {
        g_autofree char *action = g_strconcat ("win.layer-", (*layer)->name, NULL);

        g_menu_append (menu, _((*layer)->title), action);
      }
  return G_MENU_MODEL (menu);
}

/* What a drag does. */
static GMenuModel *
tool_menu (void)
{
  GMenu *menu = g_menu_new ();

  for (const MsmTool *const *tool = msm_tools (); *tool != NULL; tool++)
    {
      g_autofree char *action = g_strdup_printf ("win.image-tool::%s", (*tool)->name);

      g_menu_append (menu, _((*tool)->title), action);
    }
  return G_MENU_MODEL (menu);
}

static GMenuModel *
view_menu (void)
{
  static const char *const modes[] = { N_("Magnitude"),      N_("Phase"),          N_("Real part"),
                                       N_("Imaginary part"), N_("Complex colour"), NULL };
  static const char *const compares[] = { N_("Not compared"), N_("Split (drag the divider)"), N_("In turn"),
                                          N_("Difference × 5"), NULL };
  static const char *const styles[] = { N_("Dark"), N_("Light"), N_("As the desktop"), NULL };
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) layout = g_menu_new ();
  g_autoptr (GMenu) window = g_menu_new ();
  g_autoptr (GMenu) file = g_menu_new ();
  g_autoptr (GMenu) mode = choice_menu ("win.mode", modes);
  g_autoptr (GMenuModel) tools = tool_menu ();
  g_autoptr (GMenu) compare = choice_menu ("win.pane-compare", compares);
  g_autoptr (GMenu) style = choice_menu ("win.style", styles);
  g_autoptr (GMenuModel) layers = layer_menu ();
  g_autoptr (GMenuModel) links = link_menu ();
  g_autoptr (GMenuModel) device = msm_device_menu_new ("win");

  for (int i = 0; i < MSM_N_LAYOUTS; i++)
    append_choice (layout, msm_layout_title ((MsmLayout) i), "win.layout", i);
  g_menu_append_submenu (window, _("Images as"), G_MENU_MODEL (mode));
  g_menu_append_submenu (window, _("A drag on images"), tools);
  g_menu_append_submenu (window, _("Shown over images"), layers);
  g_menu_append_submenu (window, _("Panes share"), links);
  g_menu_append_submenu (window, _("Compare the selected pane"), G_MENU_MODEL (compare));
  g_menu_append_submenu (window, _("Appearance"), G_MENU_MODEL (style));
  g_menu_append_submenu (window, _("Compute on"), device);
  g_menu_append (window, _("Compare two runs"), "win.compare-runs");
  g_menu_append (window, _("Automatic window"), "win.auto-window");
  g_menu_append (window, _("Reset the view"), "win.reset-view");
  g_menu_append (window, _("Show the panels at the sides"), "win.panels");
  g_menu_append (window, _("Table of runs"), "win.run-table");
  g_menu_append (window, _("Show images while reconstructing"), "win.previews");
  g_menu_append (file, _("Reconstruct all slices"), "win.volume");
  g_menu_append (file, _("Export…"), "win.export-results");
  g_menu_append (file, _("Export the selected pane…"), "win.export");
  g_menu_append (file, _("Save the experiment…"), "win.save-experiment");
  g_menu_append (file, _("Load a mask…"), "win.load-mask");
  g_menu_append (file, _("Save the mask…"), "win.save-mask");
  g_menu_append (file, _("Training…"), "win.train");
  g_menu_append (file, _("Keyboard shortcuts"), "win.shortcuts");
  g_menu_append_section (menu, _("Panes"), G_MENU_MODEL (layout));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (window));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (file));
  return G_MENU_MODEL (menu);
}

static GtkWidget *
menu_button_new (const char *icon, const char *help, GMenuModel *model_take)
{
  GtkWidget *button = gtk_menu_button_new ();

  if (icon != NULL)
    gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), icon);
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), model_take);
  gtk_widget_set_tooltip_text (button, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, help, -1);
  g_object_unref (model_take);
  return button;
}

GtkWidget *
msm_window_header_new (MsmWindow *self)
{
  GtkWidget *header = gtk_header_bar_new ();
  GtkWidget *linked = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *open = gtk_button_new_with_label (_("Open"));
  GtkWidget *slice_box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  GtkWidget *view = menu_button_new ("open-menu-symbolic", _("View and files (F10)"), view_menu ());
  GtkWidget *slice_label = gtk_label_new_with_mnemonic (_("S_lice"));

  gtk_actionable_set_action_name (GTK_ACTIONABLE (open), "win.open");
  gtk_widget_set_tooltip_text (open, _("Open a measurement, or an experiment (Ctrl+O)"));
  gtk_widget_add_css_class (linked, "linked");
  gtk_box_append (GTK_BOX (linked), open);
  gtk_box_append (GTK_BOX (linked), menu_button_new (NULL, _("Demonstrations and recent files"), open_menu ()));
  self->slice = gtk_spin_button_new_with_range (1, 2, 1);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->slice), 3);
  gtk_label_set_mnemonic_widget (GTK_LABEL (slice_label), self->slice);
  gtk_widget_set_tooltip_text (self->slice, _("Slice (Page Up, Page Down, or the wheel)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->slice), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Slice"), -1);
  gtk_widget_set_sensitive (self->slice, FALSE);
  self->n_slices = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->n_slices, "dim-label");
  gtk_box_append (GTK_BOX (slice_box), slice_label);
  gtk_box_append (GTK_BOX (slice_box), self->slice);
  gtk_box_append (GTK_BOX (slice_box), self->n_slices);
  self->coil = gtk_drop_down_new_from_strings ((const char *const[]){ _("All coils"), NULL });
  gtk_widget_set_tooltip_text (self->coil, _("Coil shown in the zero-filled, reference and k-space panes"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->coil), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Coil"), -1);
  self->spinner = gtk_spinner_new ();
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), linked);
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), slice_box);
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), self->coil);
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), self->spinner);
  gtk_header_bar_set_title_widget (GTK_HEADER_BAR (header), msm_run_controls_new (self->session));
  gtk_menu_button_set_primary (GTK_MENU_BUTTON (view), TRUE); /* F10 opens it */
  gtk_header_bar_pack_end (GTK_HEADER_BAR (header), view);
  return header;
}
