#include "config.h"

#include "ui/window/window-private.h"

#include <string.h>

#include <glib/gi18n.h>

#include "core/base/error.h"
#include "ui/widgets/layer.h"
#include "ui/widgets/tool.h"
#include "ui/window/error-bar.h"
#include "ui/window/export-dialog.h"
#include "ui/window/pane-grid.h"
#include "ui/window/settings.h"
#include "ui/window/shortcuts.h"
#include "ui/window/style.h"
#include "ui/window/train-panel.h"
#include "ui/window/timeline-bar.h"

static void
enable (MsmWindow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  if (g_action_get_enabled (action) != enabled)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

void
msm_window_update_actions (MsmWindow *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);
  MsmScan *scan = msm_session_get_scan (self->session);
  gboolean is_active = run != NULL && msm_run_item_is_active (run);
  guint n_kept = run != NULL ? msm_run_item_get_n_kept (run) : 0;
  gsize slice = msm_session_get_slice (self->session);

  enable (self, "run", msm_session_can_start (self->session));
  enable (self, "volume", msm_session_can_start_volume (self->session));
  enable (self, "pause", is_active);
  enable (self, "step", is_active);
  enable (self, "stop", is_active);
  enable (self, "branch", msm_session_can_branch (self->session));
  enable (self, "play", n_kept > 1);
  enable (self, "step-first", n_kept > 0);
  enable (self, "step-earlier", n_kept > 0);
  enable (self, "step-later", n_kept > 0);
  enable (self, "undo", msm_session_can_undo (self->session));
  enable (self, "redo", msm_session_can_redo (self->session));
  enable (self, "invert-mask", scan != NULL);
  enable (self, "mirror-mask", scan != NULL);
  enable (self, "load-mask", scan != NULL);
  enable (self, "save-mask", scan != NULL);
  enable (self, "save-mask-to", scan != NULL);
  enable (self, "export", scan != NULL || run != NULL);
  enable (self, "export-results", scan != NULL || run != NULL);
  enable (self, "export-to", scan != NULL || run != NULL);
  enable (self, "save-experiment", run != NULL || msm_session_can_start (self->session));
  enable (self, "save-experiment-to", run != NULL || msm_session_can_start (self->session));
  enable (self, "slice-next", scan != NULL && slice + 1 < scan->n_slices);
  enable (self, "slice-previous", scan != NULL && slice > 0);
}

typedef void (*PathFunc) (MsmWindow *self, const char *path);

static const char *
folder_key (GtkFileChooserAction action)
{
  return action == GTK_FILE_CHOOSER_ACTION_OPEN ? "open-folder" : "save-folder";
}

static void
on_chosen (GtkNativeDialog *dialog, int response, MsmWindow *self)
{
  PathFunc func = (PathFunc) g_object_get_data (G_OBJECT (dialog), "msm-func");

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

      if (path != NULL)
        {
          msm_settings_set_folder_of (folder_key (gtk_file_chooser_get_action (GTK_FILE_CHOOSER (dialog))), file);
          func (self, path);
        }
      else
        msm_error_bar_show (MSM_ERROR_BAR (self->errors), _("Only files on this machine can be used"));
    }
  g_clear_object (&self->chooser);
}

static void
choose (MsmWindow *self, const char *title, GtkFileChooserAction action, const char *name, PathFunc func)
{
  g_autoptr (GFile) folder = msm_settings_get_folder (folder_key (action));

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, NULL, NULL);
  /* Not modal: the window can still be closed, and a run stopped. */
  if (folder != NULL)
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  if (name != NULL)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  g_object_set_data (G_OBJECT (self->chooser), "msm-func", (gpointer) func);
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
action_open (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  choose (self, _("Open"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, msm_window_open);
}

static void
action_open_path (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  msm_window_open (self, g_variant_get_string (parameter, NULL));
}

static void
export_to (MsmWindow *self, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (!msm_session_may_write (self->session, path))
    return;
  if (!msm_pane_grid_export (MSM_PANE_GRID (self->panes), path, &error))
    msm_error_bar_show (MSM_ERROR_BAR (self->errors), error->message);
}

static void
action_export (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;
  g_autofree char *source = msm_pane_grid_selected_name (MSM_PANE_GRID (self->panes));
  g_autofree char *name = g_strdup_printf ("%s-slice%zu.png", source, msm_session_get_slice (self->session) + 1);

  choose (self, _("Export the selected pane"), GTK_FILE_CHOOSER_ACTION_SAVE, name, export_to);
}

static void
action_export_to (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  export_to (self, g_variant_get_string (parameter, NULL));
}

static void
show_export (MsmWindow *self)
{
  if (self->export_dialog == NULL)
    self->export_dialog = msm_export_dialog_new (GTK_WINDOW (self), self->session, MSM_PANE_GRID (self->panes));
  else
    msm_export_dialog_refresh (MSM_EXPORT_DIALOG (self->export_dialog));
  gtk_window_present (GTK_WINDOW (self->export_dialog));
}

static void
action_export_results (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  show_export (self);
}

/* The volume that the newest finished run is of. */
static void
action_export_volume (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;
  GListModel *runs = msm_session_get_runs (self->session);

  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (runs, i);

      if (msm_run_item_get_state (run) != MSM_RUN_DONE || msm_run_item_is_generated (run))
        continue;
      msm_session_select_run (self->session, run);
      break;
    }
  show_export (self);
  msm_export_dialog_choose (MSM_EXPORT_DIALOG (self->export_dialog), "estimate", TRUE);
}

static void
load_mask_from (MsmWindow *self, const char *path)
{
  msm_session_load_mask (self->session, path);
}

static void
save_mask_to (MsmWindow *self, const char *path)
{
  msm_session_save_mask (self->session, path);
}

static void
action_save_mask_to (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  save_mask_to (self, g_variant_get_string (parameter, NULL));
}

static void
action_load_mask (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  choose (self, _("Load a mask"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, load_mask_from);
}

static void
action_save_mask (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  choose (self, _("Save the mask"), GTK_FILE_CHOOSER_ACTION_SAVE, "mask.png", save_mask_to);
}

static void
save_experiment_to (MsmWindow *self, const char *path)
{
  msm_session_save_experiment (self->session, path);
}

static void
action_save_experiment_to (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  save_experiment_to (self, g_variant_get_string (parameter, NULL));
}

static void
action_save_experiment (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  choose (self, _("Save the experiment"), GTK_FILE_CHOOSER_ACTION_SAVE, "experiment.ini", save_experiment_to);
}

static void
action_close (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  gtk_window_close (self);
}

static void
action_shortcuts (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  msm_shortcuts_show (self);
}

static void
action_run (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;

  msm_error_bar_hide (MSM_ERROR_BAR (self->errors));
  msm_session_start_run (self->session);
}

static void
action_volume (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;

  msm_error_bar_hide (MSM_ERROR_BAR (self->errors));
  msm_session_start_volume (self->session);
}

static void
action_pause (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;
  MsmRunItem *run = msm_session_get_run (self->session);

  if (run != NULL && msm_run_item_is_paused (run))
    msm_session_continue (self->session);
  else if (run != NULL)
    msm_run_item_pause (run, TRUE);
}

static void
action_step (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;
  MsmRunItem *run = msm_session_get_run (self->session);

  if (run != NULL)
    msm_run_item_step (run);
}

static void
action_stop (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;
  MsmRunItem *run = msm_session_get_run (self->session);

  if (run != NULL)
    msm_run_item_stop (run);
}

static void
action_slice_next (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;

  msm_session_set_slice (self->session, msm_session_get_slice (self->session) + 1);
}

static void
action_slice_previous (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;

  if (msm_session_get_slice (self->session) > 0)
    msm_session_set_slice (self->session, msm_session_get_slice (self->session) - 1);
}

static void
change_layout (GSimpleAction *action, GVariant *value, gpointer data)
{
  MsmWindow *self = data;
  gint32 layout = CLAMP (g_variant_get_int32 (value), 0, MSM_N_LAYOUTS - 1);

  msm_pane_grid_set_layout (MSM_PANE_GRID (self->panes), (MsmLayout) layout);
  msm_settings_set_int ("layout", layout);
  g_simple_action_set_state (action, g_variant_new_int32 (layout));
}

static void
change_mode (GSimpleAction *action, GVariant *value, gpointer data)
{
  MsmWindow *self = data;
  gint32 mode = CLAMP (g_variant_get_int32 (value), 0, MSM_RENDER_LOG);

  msm_pane_grid_set_mode (MSM_PANE_GRID (self->panes), (MsmRenderMode) mode);
  g_simple_action_set_state (action, g_variant_new_int32 (mode));
}

static void
change_image_tool (GSimpleAction *action, GVariant *value, gpointer data)
{
  const MsmTool *tool = msm_tool_find (g_variant_get_string (value, NULL));

  if (tool == NULL)
    return;
  msm_pane_grid_set_tool (MSM_PANE_GRID (((MsmWindow *) data)->panes), tool);
  g_simple_action_set_state (action, value);
}

/* A key on a picture takes another one. */
static void
follow_tool (MsmWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "image-tool");

  g_simple_action_set_state (G_SIMPLE_ACTION (action),
                             g_variant_new_string (msm_pane_grid_get_tool (MSM_PANE_GRID (self->panes))->name));
}

/* One of what linked panes share. */
static void
change_link (GSimpleAction *action, GVariant *value, gpointer data)
{
  static const struct
  {
    const char *name;
    MsmSyncFlags flag;
  } links[] = {
    { "link-zoom", MSM_SYNC_ZOOM },           { "link-pan", MSM_SYNC_PAN },   { "link-window", MSM_SYNC_WINDOW },
    { "link-crosshair", MSM_SYNC_CROSSHAIR }, { "link-mode", MSM_SYNC_MODE },
  };
  MsmPaneGrid *panes = MSM_PANE_GRID (((MsmWindow *) data)->panes);
  MsmSyncFlags sync = msm_pane_grid_get_sync (panes);

  for (gsize i = 0; i < G_N_ELEMENTS (links); i++)
    if (g_str_equal (g_action_get_name (G_ACTION (action)), links[i].name))
      sync = g_variant_get_boolean (value) ? sync | links[i].flag : sync & ~links[i].flag;
  msm_pane_grid_set_sync (panes, sync);
  g_simple_action_set_state (action, value);
}

static void
change_panels (GSimpleAction *action, GVariant *value, gpointer data)
{
  MsmWindow *self = data;

  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    gtk_widget_set_visible (self->sides[i], g_variant_get_boolean (value));
  g_simple_action_set_state (action, value);
}

static void
change_run_table (GSimpleAction *action, GVariant *value, gpointer data)
{
  gtk_widget_set_visible (((MsmWindow *) data)->run_table, g_variant_get_boolean (value));
  msm_settings_set_boolean ("run-table", g_variant_get_boolean (value));
  g_simple_action_set_state (action, value);
}

static void
change_previews (GSimpleAction *action, GVariant *value, gpointer data)
{
  MsmWindow *self = data;

  msm_session_set_shows (self->session, g_variant_get_boolean (value));
  msm_settings_set_boolean ("previews", g_variant_get_boolean (value));
  g_simple_action_set_state (action, value);
}

static void
change_device (GSimpleAction *action, GVariant *value, gpointer data)
{
  msm_session_set_device (((MsmWindow *) data)->session, g_variant_get_string (value, NULL));
  g_simple_action_set_state (action, value);
}

/* An experiment file may name another one. */
static void
follow_device (MsmWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "device");

  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_string (msm_session_get_device (self->session)));
}

static void
change_style (GSimpleAction *action, GVariant *value, gpointer data)
{
  gint32 style = CLAMP (g_variant_get_int32 (value), 0, MSM_STYLE_DESKTOP);

  msm_style_set ((MsmStyle) style);
  if (msm_settings_get () != NULL)
    g_settings_set_enum (msm_settings_get (), "style", style);
  g_simple_action_set_state (action, g_variant_new_int32 (style));
}

static void
action_pane_compare (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_pane_grid_activate (MSM_PANE_GRID (((MsmWindow *) data)->panes), "compare", parameter);
}

/* The newest run of what is looked at that has a picture and is not @but. */
static MsmRunItem *
find_run (MsmSession *session, MsmRunItem *but)
{
  GListModel *runs = msm_session_get_runs (session);
  MsmRunItem *found = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (runs, i);

      if (run != but && msm_session_shows_run (session, run) && msm_run_item_get_frame (run) != NULL
          && (found == NULL || msm_run_item_get_number (run) > msm_run_item_get_number (found)))
        found = run;
    }
  return found;
}

/* Those that are pinned; else the last two, the older one as A. */
static gboolean
choose_pins (MsmSession *session)
{
  MsmRunItem *a = msm_session_get_pinned (session, MSM_PIN_A), *b = msm_session_get_pinned (session, MSM_PIN_B);

  if (b == NULL)
    b = find_run (session, a);
  if (a == NULL)
    a = find_run (session, b);
  if (a == NULL || b == NULL)
    return FALSE;
  msm_session_pin_run (session, MSM_PIN_A, a);
  msm_session_pin_run (session, MSM_PIN_B, b);
  return TRUE;
}

static void
action_compare_runs (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;

  if (!choose_pins (self->session))
    {
      msm_error_bar_show (MSM_ERROR_BAR (self->errors),
                          _("Two finished runs of this slice are needed: reconstruct with two methods or settings"));
      return;
    }
  msm_pane_grid_compare (MSM_PANE_GRID (self->panes), "estimate@A", "estimate@B");
  g_action_group_change_action_state (G_ACTION_GROUP (self), "layout", g_variant_new_int32 (MSM_LAYOUT_COMPARE));
}

static void
action_pane_source (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_pane_grid_activate (MSM_PANE_GRID (((MsmWindow *) data)->panes), "source", parameter);
}

/* The mask's editors follow the state: ui/window/mask-canvas.c */
static void
change_tool (GSimpleAction *action, GVariant *value, gpointer data)
{
  g_simple_action_set_state (action, g_variant_new_int32 (CLAMP (g_variant_get_int32 (value), 0, 3)));
}

static void
action_next_pane (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_pane_grid_next (MSM_PANE_GRID (((MsmWindow *) data)->panes));
}

static void
action_auto_window (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_pane_grid_auto_window (MSM_PANE_GRID (((MsmWindow *) data)->panes));
}

static void
action_reset_view (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_pane_grid_reset_view (MSM_PANE_GRID (((MsmWindow *) data)->panes));
}

static void
action_method (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_session_set_method_named (((MsmWindow *) data)->session, g_variant_get_string (parameter, NULL));
}

static void
action_operator (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_session_set_operator_named (((MsmWindow *) data)->session, g_variant_get_string (parameter, NULL));
}

/* "steps=50" */
static void
action_param (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_auto (GStrv) parts = g_strsplit (g_variant_get_string (parameter, NULL), "=", 2);

  if (g_strv_length (parts) == 2)
    msm_session_set_method_param (((MsmWindow *) data)->session, parts[0], parts[1]);
}

static void
action_branch (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;

  msm_error_bar_hide (MSM_ERROR_BAR (self->errors));
  msm_session_branch (self->session);
}

static void
action_step_first (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_timeline_bar_rewind (MSM_TIMELINE_BAR (((MsmWindow *) data)->timeline));
}

static void
action_step_earlier (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_timeline_bar_move (MSM_TIMELINE_BAR (((MsmWindow *) data)->timeline), -1);
}

static void
action_step_later (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_timeline_bar_move (MSM_TIMELINE_BAR (((MsmWindow *) data)->timeline), 1);
}

static void
action_play (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_timeline_bar_play (MSM_TIMELINE_BAR (((MsmWindow *) data)->timeline));
}

static void
action_live (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_session_set_position (((MsmWindow *) data)->session, -1);
}

static void
action_invert (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_invert ();

  msm_session_edit_mask (((MsmWindow *) data)->session, edit);
}

static void
action_mirror (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_symmetric ();

  msm_session_edit_mask (((MsmWindow *) data)->session, edit);
}

static void
action_undo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_session_undo (((MsmWindow *) data)->session);
}

static void
action_redo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  msm_session_redo (((MsmWindow *) data)->session);
}

static void
action_train (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MsmWindow *self = data;

  if (self->train_panel == NULL)
    self->train_panel = msm_train_panel_new (GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (self->train_panel));
}

/* "layer-scale-bar": of the layers that may be hidden, each has a switch. */
#define LAYER_PREFIX "layer-"

static const MsmLayerClass *
layer_of_action (const char *name, guint *place)
{
  const MsmLayerClass *const *layers = msm_layer_classes ();

  for (guint i = 0; layers[i] != NULL && g_str_has_prefix (name, LAYER_PREFIX); i++)
    if ((layers[i]->flags & MSM_LAYER_OPTION) != 0 && g_str_equal (layers[i]->name, name + strlen (LAYER_PREFIX)))
      {
        *place = i;
        return layers[i];
      }
  return NULL;
}

static void
change_layer (GSimpleAction *action, GVariant *value, gpointer data)
{
  MsmWindow *self = data;
  g_autoptr (GVariantBuilder) names = g_variant_builder_new (G_VARIANT_TYPE_STRING_ARRAY);
  const MsmLayerClass *const *layers = msm_layer_classes ();
  guint place = 0;

  layer_of_action (g_action_get_name (G_ACTION (action)), &place);
  msm_pane_grid_show_layer (MSM_PANE_GRID (self->panes), place, g_variant_get_boolean (value));
  g_simple_action_set_state (action, value);
  for (guint i = 0; layers[i] != NULL; i++)
    if (msm_pane_grid_hides_layer (MSM_PANE_GRID (self->panes), i))
      g_variant_builder_add (names, "s", layers[i]->name);
  if (msm_settings_get () != NULL)
    g_settings_set_value (msm_settings_get (), "hidden-layers", g_variant_builder_end (names));
}

static void
add_layer_actions (MsmWindow *self)
{
  const MsmLayerClass *const *layers = msm_layer_classes ();

  for (guint i = 0; layers[i] != NULL; i++)
    if ((layers[i]->flags & MSM_LAYER_OPTION) != 0)
      {
        g_autofree char *name = g_strconcat (LAYER_PREFIX, layers[i]->name, NULL);
        g_autoptr (GSimpleAction) action = g_simple_action_new_stateful (name, NULL, g_variant_new_boolean (TRUE));

        g_signal_connect (action, "change-state", G_CALLBACK (change_layer), self);
        g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (action));
      }
}

static const GActionEntry actions[] = {
  { "open", action_open },
  { "open-path", action_open_path, "s" },
  { "export", action_export },
  { "export-to", action_export_to, "s" },
  { "export-results", action_export_results },
  { "export-volume", action_export_volume },
  { "load-mask", action_load_mask },
  { "save-mask", action_save_mask },
  { "save-mask-to", action_save_mask_to, "s" },
  { "save-experiment", action_save_experiment },
  { "save-experiment-to", action_save_experiment_to, "s" },
  { "train", action_train },
  { "close", action_close },
  { "shortcuts", action_shortcuts },
  { "run", action_run },
  { "volume", action_volume },
  { "pause", action_pause },
  { "step", action_step },
  { "stop", action_stop },
  { "slice-next", action_slice_next },
  { "slice-previous", action_slice_previous },
  { "layout", NULL, "i", "2", change_layout },
  { "mode", NULL, "i", "0", change_mode },
  { "image-tool", NULL, "s", "'window'", change_image_tool },
  { "link-zoom", NULL, NULL, "true", change_link },
  { "link-pan", NULL, NULL, "true", change_link },
  { "link-window", NULL, NULL, "true", change_link },
  { "link-crosshair", NULL, NULL, "true", change_link },
  { "link-mode", NULL, NULL, "true", change_link },
  { "panels", NULL, NULL, "true", change_panels },
  { "run-table", NULL, NULL, "true", change_run_table },
  { "previews", NULL, NULL, "true", change_previews },
  { "style", NULL, "i", "0", change_style },
  { "device", NULL, "s", "'auto'", change_device },
  { "no-device", NULL, "s" }, /* of rows that say why not */
  { "pane-source", action_pane_source, "s" },
  { "pane-compare", action_pane_compare, "i" },
  { "compare-runs", action_compare_runs },
  { "tool", NULL, "i", "0", change_tool },
  { "next-pane", action_next_pane },
  { "auto-window", action_auto_window },
  { "reset-view", action_reset_view },
  { "method", action_method, "s" },
  { "param", action_param, "s" },
  { "operator", action_operator, "s" },
  { "branch", action_branch },
  { "step-first", action_step_first },
  { "step-earlier", action_step_earlier },
  { "step-later", action_step_later },
  { "play", action_play },
  { "live", action_live },
  { "invert-mask", action_invert },
  { "mirror-mask", action_mirror },
  { "undo", action_undo },
  { "redo", action_redo },
};

gboolean
msm_window_check_action (const char *detailed_name, GError **error)
{
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  static const GActionEntry layer = { .state = "true" };
  const GActionEntry *entry = NULL;
  const char *type;
  guint place;

  if (!g_action_parse_detailed_name (detailed_name, &name, &target, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (actions) && g_str_has_prefix (name, "win."); i++)
    if (g_str_equal (actions[i].name, name + strlen ("win.")))
      entry = &actions[i];
  if (entry == NULL && g_str_has_prefix (name, "win.") && layer_of_action (name + strlen ("win."), &place) != NULL)
    entry = &layer;
  if (entry == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: there is no such action"), name);
      return FALSE;
    }
  type = entry->parameter_type;
  if ((type == NULL) == (target == NULL) && (type == NULL || g_variant_is_of_type (target, G_VARIANT_TYPE (type))))
    return TRUE;
  if (type == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: takes no value"), name);
  else
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: takes a value, as in %s(%s)"), name, name,
                 g_str_equal (type, "i") ? "2" : "\"…\"");
  return FALSE;
}

void
msm_window_follow_panes (MsmWindow *self)
{
  g_signal_connect_object (self->panes, "tool-changed", G_CALLBACK (follow_tool), self, G_CONNECT_SWAPPED);
}

void
msm_window_add_actions (MsmWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  add_layer_actions (self);
  enable (self, "no-device", FALSE);
  g_signal_connect_object (self->session, "method-changed", G_CALLBACK (follow_device), self, G_CONNECT_SWAPPED);
}
