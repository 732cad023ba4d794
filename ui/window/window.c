#include "config.h"

#include "ui/window/window-private.h"

#include <glib/gi18n.h>

#include "ui/window/demo.h"
#include "ui/window/error-bar.h"
#include "ui/window/mask-panel.h"
#include "ui/window/pane-grid.h"
#include "ui/window/plots-panel.h"
#include "ui/window/roi-panel.h"
#include "ui/window/run-list.h"
#include "ui/window/run-table.h"
#include "ui/window/sampler-panel.h"
#include "ui/window/settings.h"
#include "ui/window/source-panel.h"
#include "ui/window/timeline-bar.h"
#include "ui/window/tool-strip.h"
#include "ui/window/volume-bar.h"

/* The status follows a run this often: faster cannot be read. */
#define STATUS_INTERVAL_US 250000
/* The least of the plots: one of them. */
#define WATCHED_HEIGHT     156

G_DEFINE_FINAL_TYPE (MsmWindow, msm_window, GTK_TYPE_APPLICATION_WINDOW)

/* ---- following the session ---- */

static void
on_failed (MsmSession *session, const char *message, MsmWindow *self)
{
  msm_error_bar_show (MSM_ERROR_BAR (self->errors), message);
}

static void
on_slice_changed (MsmSession *session, MsmWindow *self)
{
  self->updating = TRUE;
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->slice), (double) msm_session_get_slice (session) + 1);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->coil), (guint) (msm_session_get_coil (session) + 1));
  self->updating = FALSE;
  msm_window_update_actions (self);
}

/* What could be opened, and is not shipped. */
static void
remember (const char *path)
{
  g_autofree char *full = g_canonicalize_filename (path, NULL);
  g_autofree char *uri = g_filename_to_uri (full, NULL, NULL);

  if (uri != NULL && !msm_demo_is (path))
    gtk_recent_manager_add_item (gtk_recent_manager_get_default (), uri);
}

static void
on_scan_changed (MsmSession *session, MsmWindow *self)
{
  MsmScan *scan = msm_session_get_scan (session);
  gboolean is_picture = scan->kind == MSM_SCAN_IMAGE;
  g_autoptr (GtkStringList) coils = gtk_string_list_new (NULL);
  g_autofree char *count = g_strdup_printf ("/ %zu", scan->n_slices);
  g_autofree char *base = g_path_get_basename (scan->path);
  g_autofree char *title = g_strdup_printf (_("%s — MSM Studio"), base);

  gtk_string_list_append (coils, is_picture ? _("All channels") : _("All coils"));
  for (gsize i = 0; i < scan->n_channels; i++)
    {
      g_autofree char *name = g_strdup_printf (is_picture ? _("Channel %zu") : _("Coil %zu"), i + 1);

      gtk_string_list_append (coils, name);
    }
  self->updating = TRUE;
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->coil), G_LIST_MODEL (coils));
  gtk_spin_button_set_range (GTK_SPIN_BUTTON (self->slice), 1, (double) scan->n_slices);
  gtk_widget_set_sensitive (self->slice, scan->n_slices > 1);
  self->updating = FALSE;
  gtk_label_set_text (GTK_LABEL (self->n_slices), count);
  gtk_window_set_title (GTK_WINDOW (self), title);
  remember (scan->path);
  on_slice_changed (session, self);
}

static void
on_busy_changed (MsmSession *session, MsmWindow *self)
{
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), msm_session_is_loading (session));
}

static void
on_state (MsmSession *session, MsmWindow *self)
{
  msm_window_update_actions (self);
}

/* What it costs to look: of the compute thread's time, and of this one's per frame. */
static void
show_status (MsmWindow *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);
  double preview_ms = msm_session_get_preview_ms (self->session), run_ms = 0, show_ms = 0;
  g_autoptr (GString) text = g_string_new (NULL);

  if (run != NULL)
    msm_run_item_get_cost (run, &run_ms, &show_ms);
  if (!msm_session_get_shows (self->session))
    g_string_append (text, _("images off"));
  else if (run_ms > 0)
    /* Translators: share of a reconstruction's time spent on making images for the screen */
    g_string_append_printf (text, _("showing costs %.1f %% of the run"), 100 * show_ms / (run_ms + show_ms));
  if (preview_ms > 0)
    {
      g_string_append (text, text->len > 0 ? " · " : "");
      g_string_append_printf (text, _("preview %.0f ms"), preview_ms);
    }
  gtk_label_set_text (GTK_LABEL (self->status), text->str);
}

static void
on_preview_changed (MsmSession *session, MsmWindow *self)
{
  show_status (self);
}

static void
on_run_updated (MsmSession *session, MsmWindow *self)
{
  MsmRunItem *run = msm_session_get_run (session);
  gint64 now = g_get_monotonic_time ();

  msm_window_update_actions (self);
  if (run != NULL && msm_run_item_is_active (run) && now - self->told_at < STATUS_INTERVAL_US)
    return;
  self->told_at = now;
  show_status (self);
}

static void
on_slice_spin (GtkSpinButton *spin, MsmWindow *self)
{
  if (!self->updating)
    msm_session_set_slice (self->session, (gsize) gtk_spin_button_get_value_as_int (spin) - 1);
}

static void
on_coil (GtkDropDown *drop_down, GParamSpec *pspec, MsmWindow *self)
{
  if (!self->updating && gtk_drop_down_get_selected (drop_down) != GTK_INVALID_LIST_POSITION)
    msm_session_set_coil (self->session, (int) gtk_drop_down_get_selected (drop_down) - 1);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, MsmWindow *self)
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
      && (gtk_widget_is_ancestor (focus, self->window_low) || gtk_widget_is_ancestor (focus, self->window_high)))
    return;
  msm_pane_grid_get_window (MSM_PANE_GRID (self->panes), &low, &high);
  low_text = g_strdup_printf ("%.4g", low);
  high_text = g_strdup_printf ("%.4g", high);
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->window_low)), low_text))
    gtk_editable_set_text (GTK_EDITABLE (self->window_low), low_text);
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->window_high)), high_text))
    gtk_editable_set_text (GTK_EDITABLE (self->window_high), high_text);
  /* A selection that is nobody's looks like a value that cannot be changed. */
  gtk_editable_select_region (GTK_EDITABLE (self->window_low), 0, 0);
  gtk_editable_select_region (GTK_EDITABLE (self->window_high), 0, 0);
}

static void
on_pane_window_changed (MsmPaneGrid *panes, MsmWindow *self)
{
  show_window (self);
}

static void
on_window_typed (GtkEntry *entry, MsmWindow *self)
{
  char *end_low, *end_high;
  const char *low_text = gtk_editable_get_text (GTK_EDITABLE (self->window_low));
  const char *high_text = gtk_editable_get_text (GTK_EDITABLE (self->window_high));
  double low = g_strtod (low_text, &end_low);
  double high = g_strtod (high_text, &end_high);

  if (end_low == low_text || end_high == high_text || !(low < high))
    msm_error_bar_show (MSM_ERROR_BAR (self->errors), _("The window needs two numbers, black below white"));
  else
    msm_pane_grid_set_window (MSM_PANE_GRID (self->panes), low, high);
  msm_pane_grid_focus (MSM_PANE_GRID (self->panes));
}

static GtkWidget *
window_entry_new (MsmWindow *self, const char *help)
{
  GtkWidget *entry = gtk_entry_new ();

  /* The longest of "%.4g": -2.212e+12 */
  gtk_editable_set_width_chars (GTK_EDITABLE (entry), 10);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (entry), 10);
  gtk_widget_set_tooltip_text (entry, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, help, -1);
  g_signal_connect (entry, "activate", G_CALLBACK (on_window_typed), self);
  return entry;
}

/* ---- building ---- */

static GtkWidget *
section_new (const char *title, GtkWidget *child, gboolean expand)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *label = gtk_label_new (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "msm-heading");
  gtk_widget_add_css_class (box, "msm-section");
  gtk_widget_set_vexpand (child, expand);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), child);
  g_object_bind_property (child, "visible", box, "visible", G_BINDING_SYNC_CREATE);
  return box;
}

static GtkWidget *
sidebar_new (int width)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_set_size_request (box, width, -1);
  /* The room is the images': what lies in the sidebars may wish for width, they do not. */
  gtk_widget_set_hexpand (box, FALSE);
  gtk_widget_add_css_class (box, "msm-sidebar");
  return box;
}

/* Takes what its content needs, unless @min_height is given: then what is left over, and that at least. */
static GtkWidget *
scrolled_new (GtkWidget *child, int min_height)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), child);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), min_height <= 0);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scrolled), min_height);
  gtk_widget_set_vexpand (scrolled, min_height > 0);
  return scrolled;
}

/* What is set scrolls where it has to; the runs, and what is looked at while one goes on, are always there. */
static GtkWidget *
right_new (MsmWindow *self)
{
  GtkWidget *right = sidebar_new (280);
  GtkWidget *watched = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *volume = msm_volume_bar_new (self->session);
  GtkWidget *sampler = section_new (_("Reconstruction"), msm_sampler_panel_new (self->session), FALSE);

  gtk_box_append (GTK_BOX (watched),
                  section_new (_("Region"), msm_roi_panel_new (MSM_PANE_GRID (self->panes)), FALSE));
  gtk_box_append (GTK_BOX (watched), section_new (_("Progress"), msm_plots_panel_new (self->session), FALSE));
  gtk_box_append (GTK_BOX (right), scrolled_new (sampler, 0));
  gtk_box_append (GTK_BOX (right), section_new (_("Runs"), msm_run_list_new (self->session), FALSE));
  gtk_widget_set_margin_start (volume, 8);
  gtk_widget_set_margin_end (volume, 8);
  gtk_widget_set_margin_top (volume, 6);
  gtk_box_append (GTK_BOX (right), volume);
  gtk_box_append (GTK_BOX (right), scrolled_new (watched, WATCHED_HEIGHT));
  return right;
}

static GtkWidget *
content_new (MsmWindow *self)
{
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *middle = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *paned = gtk_paned_new (GTK_ORIENTATION_VERTICAL);
  GtkWidget *left = sidebar_new (284);
  GtkWidget *bottom = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *banner = gtk_label_new (_("Research software: not for diagnostic use"));

  self->panes = msm_pane_grid_new (self->session);
  self->errors = msm_error_bar_new ();
  self->status = gtk_label_new (NULL);
  gtk_box_append (GTK_BOX (left), section_new (_("Acquisition"), msm_source_panel_new (self->session), FALSE));
  gtk_box_append (GTK_BOX (left), section_new (_("Sampling"), msm_mask_panel_new (self->session), FALSE));
  self->sides[0] = scrolled_new (left, 1);
  self->sides[1] = right_new (self);
  gtk_box_append (GTK_BOX (middle), self->sides[0]);
  gtk_box_append (GTK_BOX (middle), self->panes);
  gtk_box_append (GTK_BOX (middle), self->sides[1]);
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
  msm_window_follow_panes (self);
  self->timeline = msm_timeline_bar_new (self->session);
  /* Below the images, as high as its reader wants it. */
  self->run_table = msm_run_table_new (self->session);
  gtk_paned_set_start_child (GTK_PANED (paned), middle);
  gtk_paned_set_end_child (GTK_PANED (paned), self->run_table);
  gtk_paned_set_resize_end_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (paned), FALSE);
  /* As wide as the window: it would not fit between the panels of a narrow one. */
  gtk_box_append (GTK_BOX (content), msm_tool_strip_new ());
  gtk_box_append (GTK_BOX (content), paned);
  gtk_box_append (GTK_BOX (content), self->timeline);
  gtk_box_append (GTK_BOX (content), self->errors);
  gtk_box_append (GTK_BOX (content), bottom);
  return content;
}

static gboolean
msm_window_close_request (GtkWindow *window)
{
  int width, height;

  gtk_window_get_default_size (window, &width, &height);
  msm_settings_set_boolean ("window-maximized", gtk_window_is_maximized (window));
  if (!gtk_window_is_maximized (window) && width >= 640 && height >= 480)
    {
      msm_settings_set_int ("window-width", width);
      msm_settings_set_int ("window-height", height);
    }
  if (GTK_WINDOW_CLASS (msm_window_parent_class)->close_request (window))
    return TRUE;
  /* Closing waits for the network's evaluation that is under way, a second on a busy machine: not on the screen. */
  gtk_widget_set_visible (GTK_WIDGET (window), FALSE);
  gdk_display_flush (gtk_widget_get_display (GTK_WIDGET (window)));
  return FALSE;
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
  GTK_WINDOW_CLASS (klass)->close_request = msm_window_close_request;
}

/* What was chosen last time. */
static void
restore_choices (MsmWindow *self)
{
  GSettings *settings = msm_settings_get ();
  GActionGroup *group = G_ACTION_GROUP (self);
  g_auto (GStrv) hidden = settings != NULL ? g_settings_get_strv (settings, "hidden-layers") : NULL;

  g_action_group_change_action_state (group, "layout",
                                      g_variant_new_int32 (msm_settings_get_int ("layout", MSM_LAYOUT_2X3)));
  g_action_group_change_action_state (group, "run-table",
                                      g_variant_new_boolean (msm_settings_get_boolean ("run-table", FALSE)));
  g_action_group_change_action_state (group, "previews",
                                      g_variant_new_boolean (msm_settings_get_boolean ("previews", TRUE)));
  for (guint i = 0; hidden != NULL && hidden[i] != NULL; i++)
    {
      g_autofree char *name = g_strconcat ("layer-", hidden[i], NULL);

      if (g_action_group_has_action (group, name))
        g_action_group_change_action_state (group, name, g_variant_new_boolean (FALSE));
    }
  g_action_group_change_action_state (
      group, "style", g_variant_new_int32 (settings != NULL ? g_settings_get_enum (settings, "style") : 0));
}

static void
msm_window_init (MsmWindow *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_FILE, GDK_ACTION_COPY);

  self->session = msm_session_new ();
  msm_window_add_actions (self);
  gtk_window_set_title (GTK_WINDOW (self), _("MSM Studio"));
  gtk_window_set_default_size (GTK_WINDOW (self), msm_settings_get_int ("window-width", 1440),
                               msm_settings_get_int ("window-height", 860));
  if (msm_settings_get_boolean ("window-maximized", FALSE))
    gtk_window_maximize (GTK_WINDOW (self));
  gtk_window_set_titlebar (GTK_WINDOW (self), msm_window_header_new (self));
  gtk_window_set_child (GTK_WINDOW (self), content_new (self));
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  g_signal_connect (self->slice, "value-changed", G_CALLBACK (on_slice_spin), self);
  g_signal_connect (self->coil, "notify::selected", G_CALLBACK (on_coil), self);
  g_signal_connect (self->session, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (self->session, "scan-changed", G_CALLBACK (on_scan_changed), self);
  g_signal_connect (self->session, "slice-changed", G_CALLBACK (on_slice_changed), self);
  g_signal_connect (self->session, "mask-changed", G_CALLBACK (on_state), self);
  g_signal_connect (self->session, "position-changed", G_CALLBACK (on_state), self);
  g_signal_connect (self->session, "method-changed", G_CALLBACK (on_state), self);
  g_signal_connect (self->session, "run-changed", G_CALLBACK (on_state), self);
  g_signal_connect (self->session, "run-updated", G_CALLBACK (on_run_updated), self);
  g_signal_connect (self->session, "busy-changed", G_CALLBACK (on_busy_changed), self);
  g_signal_connect (self->session, "preview-changed", G_CALLBACK (on_preview_changed), self);
  msm_window_update_actions (self);
  restore_choices (self);
}

GtkWidget *
msm_window_new (GtkApplication *application)
{
  return g_object_new (MSM_TYPE_WINDOW, "application", application, NULL);
}

void
msm_window_open (MsmWindow *self, const char *path)
{
  /* Before, not when the scan is there: what is wrong with an experiment is known by then. */
  msm_error_bar_hide (MSM_ERROR_BAR (self->errors));
  if (g_str_has_suffix (path, ".ini"))
    msm_session_open_experiment (self->session, path);
  else
    msm_session_open (self->session, path);
  /* Keys act on the images from the start, not on whatever entry comes first. */
  msm_pane_grid_focus (MSM_PANE_GRID (self->panes));
}

MsmSession *
msm_window_get_session (MsmWindow *self)
{
  return self->session;
}
