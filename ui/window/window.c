#include "config.h"

#include "ui/window/window.h"

#include <glib/gi18n.h>

#include "ui/window/demo.h"
#include "ui/window/error-bar.h"
#include "ui/window/mask-panel.h"
#include "ui/window/pane-grid.h"
#include "ui/window/run-controls.h"
#include "ui/window/run-list.h"
#include "ui/window/sampler-panel.h"
#include "ui/window/shortcuts.h"
#include "ui/window/source-panel.h"

struct _MsmWindow
{
  GtkApplicationWindow  parent_instance;
  MsmSession           *session;
  GtkWidget            *slice;
  GtkWidget            *n_slices;
  GtkWidget            *coil;
  GtkWidget            *spinner;
  GtkWidget            *panes;
  GtkWidget            *mask_panel;
  GtkWidget            *status;
  GtkWidget            *errors;
  GtkWidget            *window_low;
  GtkWidget            *window_high;
  GtkFileChooserNative *chooser;
  gboolean              updating;
};

G_DEFINE_FINAL_TYPE (MsmWindow, msm_window, GTK_TYPE_APPLICATION_WINDOW)

/* ---- actions ---- */

static void
enable (MsmWindow  *self,
        const char *name,
        gboolean    enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  if (g_action_get_enabled (action) != enabled)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
update_actions (MsmWindow *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);
  MsmScan *scan = msm_session_get_scan (self->session);
  gboolean is_active = run != NULL && msm_run_item_is_active (run);
  gsize slice = msm_session_get_slice (self->session);

  enable (self, "run", scan != NULL);
  enable (self, "pause", is_active);
  enable (self, "step", is_active);
  enable (self, "stop", is_active);
  enable (self, "undo", msm_session_can_undo (self->session));
  enable (self, "redo", msm_session_can_redo (self->session));
  enable (self, "invert-mask", scan != NULL);
  enable (self, "mirror-mask", scan != NULL);
  enable (self, "load-mask", scan != NULL);
  enable (self, "save-mask", scan != NULL);
  enable (self, "export", scan != NULL);
  enable (self, "slice-next", scan != NULL && slice + 1 < scan->n_slices);
  enable (self, "slice-previous", scan != NULL && slice > 0);
}

typedef void (*PathFunc) (MsmWindow *self, const char *path);

static void
on_chosen (GtkNativeDialog *dialog,
           int              response,
           MsmWindow       *self)
{
  PathFunc func = (PathFunc) g_object_get_data (G_OBJECT (dialog), "msm-func");

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

      if (path != NULL)
        func (self, path);
      else
        msm_error_bar_show (MSM_ERROR_BAR (self->errors), _("Only files on this machine can be used"));
    }
  g_clear_object (&self->chooser);
}

static void
choose (MsmWindow            *self,
        const char           *title,
        GtkFileChooserAction  action,
        const char           *name,
        PathFunc              func)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  if (name != NULL)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  g_object_set_data (G_OBJECT (self->chooser), "msm-func", (gpointer) func);
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
action_open (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       self)
{
  choose (self, _("Open"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, msm_window_open);
}

static void
action_open_path (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       self)
{
  msm_window_open (self, g_variant_get_string (parameter, NULL));
}

static void
export_to (MsmWindow  *self,
           const char *path)
{
  g_autoptr (GError) error = NULL;

  if (!msm_pane_grid_export (MSM_PANE_GRID (self->panes), path, &error))
    msm_error_bar_show (MSM_ERROR_BAR (self->errors), error->message);
}

static void
action_export (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       data)
{
  MsmWindow *self = data;
  g_autofree char *name = g_strdup_printf ("%s-slice%zu.png",
                                           msm_pane_grid_selected_name (MSM_PANE_GRID (self->panes)),
                                           msm_session_get_slice (self->session) + 1);

  choose (self, _("Export the selected pane"), GTK_FILE_CHOOSER_ACTION_SAVE, name, export_to);
}

static void
load_mask_from (MsmWindow  *self,
                const char *path)
{
  msm_session_load_mask (self->session, path);
}

static void
save_mask_to (MsmWindow  *self,
              const char *path)
{
  msm_session_save_mask (self->session, path);
}

static void
action_load_mask (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       self)
{
  choose (self, _("Load a mask"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, load_mask_from);
}

static void
action_save_mask (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       self)
{
  choose (self, _("Save the mask"), GTK_FILE_CHOOSER_ACTION_SAVE, "mask.png", save_mask_to);
}

static void
action_close (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       self)
{
  gtk_window_close (self);
}

static void
action_shortcuts (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       self)
{
  msm_shortcuts_show (self);
}

static void
action_run (GSimpleAction *action,
            GVariant      *parameter,
            gpointer       data)
{
  MsmWindow *self = data;

  msm_error_bar_hide (MSM_ERROR_BAR (self->errors));
  msm_session_start_run (self->session);
}

static void
action_pause (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       data)
{
  MsmWindow *self = data;
  MsmRunItem *run = msm_session_get_run (self->session);

  if (run != NULL)
    msm_run_item_pause (run, !msm_run_item_is_paused (run));
}

static void
action_step (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  MsmWindow *self = data;
  MsmRunItem *run = msm_session_get_run (self->session);

  if (run != NULL)
    msm_run_item_step (run);
}

static void
action_stop (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  MsmWindow *self = data;
  MsmRunItem *run = msm_session_get_run (self->session);

  if (run != NULL)
    msm_run_item_stop (run);
}

static void
action_slice_next (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       data)
{
  MsmWindow *self = data;

  msm_session_set_slice (self->session, msm_session_get_slice (self->session) + 1);
}

static void
action_slice_previous (GSimpleAction *action,
                       GVariant      *parameter,
                       gpointer       data)
{
  MsmWindow *self = data;

  if (msm_session_get_slice (self->session) > 0)
    msm_session_set_slice (self->session, msm_session_get_slice (self->session) - 1);
}

static void
change_layout (GSimpleAction *action,
               GVariant      *value,
               gpointer       data)
{
  MsmWindow *self = data;

  msm_pane_grid_set_layout (MSM_PANE_GRID (self->panes), (MsmLayout) g_variant_get_int32 (value));
  g_simple_action_set_state (action, value);
}

static void
change_mode (GSimpleAction *action,
             GVariant      *value,
             gpointer       data)
{
  MsmWindow *self = data;

  msm_pane_grid_set_mode (MSM_PANE_GRID (self->panes), (MsmRenderMode) g_variant_get_int32 (value));
  g_simple_action_set_state (action, value);
}

static void
action_tool (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  MsmWindow *self = data;

  msm_mask_panel_set_tool (MSM_MASK_PANEL (self->mask_panel), CLAMP (g_variant_get_int32 (parameter), 0, 3));
}

static void
action_next_pane (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       data)
{
  msm_pane_grid_next (MSM_PANE_GRID (((MsmWindow *) data)->panes));
}

static void
action_auto_window (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       data)
{
  msm_pane_grid_auto_window (MSM_PANE_GRID (((MsmWindow *) data)->panes));
}

static void
action_reset_view (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       data)
{
  msm_pane_grid_reset_view (MSM_PANE_GRID (((MsmWindow *) data)->panes));
}

static void
action_invert (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       data)
{
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_invert ();

  msm_session_edit_mask (((MsmWindow *) data)->session, edit);
}

static void
action_mirror (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       data)
{
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_symmetric ();

  msm_session_edit_mask (((MsmWindow *) data)->session, edit);
}

static void
action_undo (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  msm_session_undo (((MsmWindow *) data)->session);
}

static void
action_redo (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  msm_session_redo (((MsmWindow *) data)->session);
}

static const GActionEntry actions[] = {
  { "open", action_open },
  { "open-path", action_open_path, "s" },
  { "export", action_export },
  { "load-mask", action_load_mask },
  { "save-mask", action_save_mask },
  { "close", action_close },
  { "shortcuts", action_shortcuts },
  { "run", action_run },
  { "pause", action_pause },
  { "step", action_step },
  { "stop", action_stop },
  { "slice-next", action_slice_next },
  { "slice-previous", action_slice_previous },
  { "layout", NULL, "i", "2", change_layout },
  { "mode", NULL, "i", "0", change_mode },
  { "tool", action_tool, "i" },
  { "next-pane", action_next_pane },
  { "auto-window", action_auto_window },
  { "reset-view", action_reset_view },
  { "invert-mask", action_invert },
  { "mirror-mask", action_mirror },
  { "undo", action_undo },
  { "redo", action_redo },
};

/* ---- following the session ---- */

static void
on_failed (MsmSession *session,
           const char *message,
           MsmWindow  *self)
{
  msm_error_bar_show (MSM_ERROR_BAR (self->errors), message);
}

static void
on_slice_changed (MsmSession *session,
                  MsmWindow  *self)
{
  self->updating = TRUE;
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->slice), (double) msm_session_get_slice (session) + 1);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->coil), (guint) (msm_session_get_coil (session) + 1));
  self->updating = FALSE;
  update_actions (self);
}

static void
on_scan_changed (MsmSession *session,
                 MsmWindow  *self)
{
  MsmScan *scan = msm_session_get_scan (session);
  g_autoptr (GtkStringList) coils = gtk_string_list_new (NULL);
  g_autofree char *count = g_strdup_printf ("/ %zu", scan->n_slices);
  g_autofree char *base = g_path_get_basename (scan->path);
  g_autofree char *title = g_strdup_printf (_("%s — MSM Studio"), base);

  gtk_string_list_append (coils, _("All coils"));
  for (gsize i = 0; i < scan->n_channels; i++)
    {
      g_autofree char *name = g_strdup_printf (_("Coil %zu"), i + 1);

      gtk_string_list_append (coils, name);
    }
  self->updating = TRUE;
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->coil), G_LIST_MODEL (coils));
  gtk_spin_button_set_range (GTK_SPIN_BUTTON (self->slice), 1, (double) scan->n_slices);
  gtk_widget_set_sensitive (self->slice, scan->n_slices > 1);
  self->updating = FALSE;
  gtk_label_set_text (GTK_LABEL (self->n_slices), count);
  gtk_window_set_title (GTK_WINDOW (self), title);
  msm_error_bar_hide (MSM_ERROR_BAR (self->errors));
  on_slice_changed (session, self);
}

static void
on_busy_changed (MsmSession *session,
                 MsmWindow  *self)
{
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), msm_session_is_loading (session));
}

static void
on_state (MsmSession *session,
          MsmWindow  *self)
{
  update_actions (self);
}

static void
on_preview_changed (MsmSession *session,
                    MsmWindow  *self)
{
  double ms = msm_session_get_preview_ms (session);
  g_autofree char *text = NULL;

  if (ms <= 0)
    return;
  text = g_strdup_printf (_("Preview %.0f ms"), ms);
  gtk_label_set_text (GTK_LABEL (self->status), text);
}

static void
on_slice_spin (GtkSpinButton *spin,
               MsmWindow     *self)
{
  if (!self->updating)
    msm_session_set_slice (self->session, (gsize) gtk_spin_button_get_value_as_int (spin) - 1);
}

static void
on_coil (GtkDropDown *drop_down,
         GParamSpec  *pspec,
         MsmWindow   *self)
{
  if (!self->updating && gtk_drop_down_get_selected (drop_down) != GTK_INVALID_LIST_POSITION)
    msm_session_set_coil (self->session, (int) gtk_drop_down_get_selected (drop_down) - 1);
}

static gboolean
on_drop (GtkDropTarget *target,
         const GValue  *value,
         double         x,
         double         y,
         MsmWindow     *self)
{
  g_autofree char *path = g_file_get_path (g_value_get_object (value));

  if (path == NULL)
    return FALSE;
  msm_window_open (self, path);
  return TRUE;
}

static void
show_window (MsmWindow *self)
{
  double low, high;
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  g_autofree char *low_text = NULL, *high_text = NULL;

  /* Not while somebody is typing into them. */
  if (focus != NULL && gtk_editable_get_text (GTK_EDITABLE (self->window_high))[0] != '\0'
      && (gtk_widget_is_ancestor (focus, self->window_low)
          || gtk_widget_is_ancestor (focus, self->window_high)))
    return;
  msm_pane_grid_get_window (MSM_PANE_GRID (self->panes), &low, &high);
  low_text = g_strdup_printf ("%.4g", low);
  high_text = g_strdup_printf ("%.4g", high);
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->window_low)), low_text))
    gtk_editable_set_text (GTK_EDITABLE (self->window_low), low_text);
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->window_high)), high_text))
    gtk_editable_set_text (GTK_EDITABLE (self->window_high), high_text);
}

static void
on_pane_window_changed (MsmPaneGrid *panes,
                        MsmWindow   *self)
{
  show_window (self);
}

static void
on_window_typed (GtkEntry  *entry,
                 MsmWindow *self)
{
  char *end_low, *end_high;
  const char *low_text = gtk_editable_get_text (GTK_EDITABLE (self->window_low));
  const char *high_text = gtk_editable_get_text (GTK_EDITABLE (self->window_high));
  double low = g_strtod (low_text, &end_low);
  double high = g_strtod (high_text, &end_high);

  if (end_low == low_text || end_high == high_text || !(low < high))
    msm_error_bar_show (MSM_ERROR_BAR (self->errors),
                        _("The window needs two numbers, black below white"));
  else
    msm_pane_grid_set_window (MSM_PANE_GRID (self->panes), low, high);
  msm_pane_grid_focus (MSM_PANE_GRID (self->panes));
}

static GtkWidget *
window_entry_new (MsmWindow  *self,
                  const char *help)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_editable_set_width_chars (GTK_EDITABLE (entry), 8);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (entry), 8);
  gtk_widget_set_tooltip_text (entry, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, help, -1);
  g_signal_connect (entry, "activate", G_CALLBACK (on_window_typed), self);
  return entry;
}

/* ---- building ---- */

static GMenuModel *
recent_menu (void)
{
  GMenu *menu = g_menu_new ();
  GList *items = gtk_recent_manager_get_items (gtk_recent_manager_get_default ());
  int n = 0;

  for (GList *l = items; l != NULL && n < 8; l = l->next)
    {
      GtkRecentInfo *info = l->data;

      if (gtk_recent_info_has_application (info, "msm-studio") && gtk_recent_info_exists (info))
        {
          g_autoptr (GFile) file = g_file_new_for_uri (gtk_recent_info_get_uri (info));
          g_autofree char *path = g_file_get_path (file);
          g_autoptr (GMenuItem) item = g_menu_item_new (gtk_recent_info_get_display_name (info), NULL);

          if (path == NULL)
            continue;
          g_menu_item_set_action_and_target (item, "win.open-path", "s", path);
          g_menu_append_item (menu, item);
          n++;
        }
    }
  g_list_free_full (items, (GDestroyNotify) gtk_recent_info_unref);
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
append_choice (GMenu      *menu,
               const char *label,
               const char *action,
               int         value)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "i", value);
  g_menu_append_item (menu, item);
}

static GMenuModel *
view_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) layout = g_menu_new ();
  g_autoptr (GMenu) mode = g_menu_new ();
  g_autoptr (GMenu) window = g_menu_new ();
  g_autoptr (GMenu) file = g_menu_new ();

  append_choice (layout, _("One pane"), "win.layout", 0);
  append_choice (layout, _("Four panes"), "win.layout", 1);
  append_choice (layout, _("Six panes"), "win.layout", 2);
  append_choice (mode, _("Magnitude"), "win.mode", MSM_RENDER_MAGNITUDE);
  append_choice (mode, _("Phase"), "win.mode", MSM_RENDER_PHASE);
  append_choice (mode, _("Real part"), "win.mode", MSM_RENDER_REAL);
  append_choice (mode, _("Imaginary part"), "win.mode", MSM_RENDER_IMAGINARY);
  append_choice (mode, _("Complex colour"), "win.mode", MSM_RENDER_COMPLEX);
  g_menu_append (window, _("Automatic window"), "win.auto-window");
  g_menu_append (window, _("Reset the view"), "win.reset-view");
  g_menu_append (file, _("Export the selected pane…"), "win.export");
  g_menu_append (file, _("Load a mask…"), "win.load-mask");
  g_menu_append (file, _("Save the mask…"), "win.save-mask");
  g_menu_append (file, _("Keyboard shortcuts"), "win.shortcuts");
  g_menu_append_section (menu, _("Panes"), G_MENU_MODEL (layout));
  g_menu_append_section (menu, _("Images as"), G_MENU_MODEL (mode));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (window));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (file));
  return G_MENU_MODEL (menu);
}

static GtkWidget *
menu_button_new (const char *icon,
                 const char *help,
                 GMenuModel *model_take)
{
  GtkWidget *button = gtk_menu_button_new ();

  if (icon != NULL)
    gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), icon);
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), model_take);
  gtk_widget_set_tooltip_text (button, help);
  g_object_unref (model_take);
  return button;
}

static GtkWidget *
header_new (MsmWindow *self)
{
  GtkWidget *header = gtk_header_bar_new ();
  GtkWidget *linked = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *open = gtk_button_new_with_label (_("Open"));
  GtkWidget *slice_box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  GtkWidget *slice_label = gtk_label_new_with_mnemonic (_("S_lice"));

  gtk_actionable_set_action_name (GTK_ACTIONABLE (open), "win.open");
  gtk_widget_set_tooltip_text (open, _("Open a measurement (Ctrl+O)"));
  gtk_widget_add_css_class (linked, "linked");
  gtk_box_append (GTK_BOX (linked), open);
  gtk_box_append (GTK_BOX (linked), menu_button_new (NULL, _("Demonstrations and recent files"), open_menu ()));
  self->slice = gtk_spin_button_new_with_range (1, 2, 1);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->slice), 3);
  gtk_label_set_mnemonic_widget (GTK_LABEL (slice_label), self->slice);
  gtk_widget_set_tooltip_text (self->slice, _("Slice (Page Up, Page Down, or the wheel)"));
  gtk_widget_set_sensitive (self->slice, FALSE);
  self->n_slices = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->n_slices, "dim-label");
  gtk_box_append (GTK_BOX (slice_box), slice_label);
  gtk_box_append (GTK_BOX (slice_box), self->slice);
  gtk_box_append (GTK_BOX (slice_box), self->n_slices);
  self->coil = gtk_drop_down_new_from_strings ((const char *const[]) { _("All coils"), NULL });
  gtk_widget_set_tooltip_text (self->coil, _("Coil shown in the zero-filled, reference and k-space panes"));
  self->spinner = gtk_spinner_new ();
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), linked);
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), slice_box);
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), self->coil);
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), self->spinner);
  gtk_header_bar_set_title_widget (GTK_HEADER_BAR (header), msm_run_controls_new (self->session));
  gtk_header_bar_pack_end (GTK_HEADER_BAR (header),
                           menu_button_new ("open-menu-symbolic", _("View and files (F10)"), view_menu ()));
  return header;
}

static GtkWidget *
section_new (const char *title,
             GtkWidget  *child,
             gboolean    expand)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *label = gtk_label_new (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "msm-heading");
  gtk_widget_add_css_class (box, "msm-section");
  gtk_widget_set_vexpand (child, expand);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), child);
  return box;
}

static GtkWidget *
sidebar_new (int width)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_set_size_request (box, width, -1);
  gtk_widget_add_css_class (box, "msm-sidebar");
  return box;
}

static GtkWidget *
scrolled_new (GtkWidget *child)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), child);
  return scrolled;
}

static GtkWidget *
content_new (MsmWindow *self)
{
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *middle = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *left = sidebar_new (272);
  GtkWidget *right = sidebar_new (280);
  GtkWidget *bottom = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *banner = gtk_label_new (_("Research software: not for diagnostic use"));

  self->mask_panel = msm_mask_panel_new (self->session);
  self->panes = msm_pane_grid_new (self->session);
  self->errors = msm_error_bar_new ();
  self->status = gtk_label_new (NULL);
  gtk_box_append (GTK_BOX (left), section_new (_("Acquisition"), msm_source_panel_new (self->session), FALSE));
  gtk_box_append (GTK_BOX (left), section_new (_("Sampling"), self->mask_panel, FALSE));
  gtk_box_append (GTK_BOX (right), section_new (_("Reconstruction"), msm_sampler_panel_new (self->session), FALSE));
  gtk_box_append (GTK_BOX (right), section_new (_("Runs"), msm_run_list_new (self->session), TRUE));
  gtk_box_append (GTK_BOX (middle), scrolled_new (left));
  gtk_box_append (GTK_BOX (middle), self->panes);
  gtk_box_append (GTK_BOX (middle), scrolled_new (right));
  gtk_widget_add_css_class (banner, "msm-banner");
  gtk_widget_add_css_class (bottom, "msm-status");
  gtk_widget_set_hexpand (self->status, TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->status), 1);
  gtk_widget_add_css_class (self->status, "numeric");
  gtk_widget_add_css_class (self->status, "dim-label");
  gtk_box_append (GTK_BOX (bottom), banner);
  self->window_low = window_entry_new (self, _("Value shown as black in the selected pane"));
  self->window_high = window_entry_new (self, _("Value shown as white in the selected pane"));
  gtk_box_append (GTK_BOX (bottom), self->status);
  gtk_box_append (GTK_BOX (bottom), gtk_label_new (_("Window")));
  gtk_box_append (GTK_BOX (bottom), self->window_low);
  gtk_box_append (GTK_BOX (bottom), gtk_label_new ("–"));
  gtk_box_append (GTK_BOX (bottom), self->window_high);
  g_signal_connect (self->panes, "window-changed", G_CALLBACK (on_pane_window_changed), self);
  gtk_box_append (GTK_BOX (content), middle);
  gtk_box_append (GTK_BOX (content), self->errors);
  gtk_box_append (GTK_BOX (content), bottom);
  return content;
}

static void
msm_window_dispose (GObject *object)
{
  MsmWindow *self = MSM_WINDOW (object);

  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->session, self);
      msm_session_close (self->session);
    }
  g_clear_object (&self->chooser);
  G_OBJECT_CLASS (msm_window_parent_class)->dispose (object);
  g_clear_object (&self->session);
}

static void
msm_window_class_init (MsmWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_window_dispose;
}

static void
msm_window_init (MsmWindow *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_FILE, GDK_ACTION_COPY);

  self->session = msm_session_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  gtk_window_set_title (GTK_WINDOW (self), _("MSM Studio"));
  gtk_window_set_default_size (GTK_WINDOW (self), 1440, 860);
  gtk_window_set_titlebar (GTK_WINDOW (self), header_new (self));
  gtk_window_set_child (GTK_WINDOW (self), content_new (self));
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  g_signal_connect (self->slice, "value-changed", G_CALLBACK (on_slice_spin), self);
  g_signal_connect (self->coil, "notify::selected", G_CALLBACK (on_coil), self);
  g_signal_connect (self->session, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (self->session, "scan-changed", G_CALLBACK (on_scan_changed), self);
  g_signal_connect (self->session, "slice-changed", G_CALLBACK (on_slice_changed), self);
  g_signal_connect (self->session, "mask-changed", G_CALLBACK (on_state), self);
  g_signal_connect (self->session, "run-changed", G_CALLBACK (on_state), self);
  g_signal_connect (self->session, "run-updated", G_CALLBACK (on_state), self);
  g_signal_connect (self->session, "busy-changed", G_CALLBACK (on_busy_changed), self);
  g_signal_connect (self->session, "preview-changed", G_CALLBACK (on_preview_changed), self);
  update_actions (self);
}

GtkWidget *
msm_window_new (GtkApplication *application)
{
  return g_object_new (MSM_TYPE_WINDOW, "application", application, NULL);
}

void
msm_window_open (MsmWindow  *self,
                 const char *path)
{
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

  msm_session_open (self->session, path);
  /* Keys act on the images from the start, not on whatever entry comes first. */
  msm_pane_grid_focus (MSM_PANE_GRID (self->panes));
  if (uri != NULL && !msm_demo_is (path))
    gtk_recent_manager_add_item (gtk_recent_manager_get_default (), uri);
}

MsmSession *
msm_window_get_session (MsmWindow *self)
{
  return self->session;
}
