#include "config.h"

#include "ui/window/export-dialog.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/session/session-export.h"
#include "ui/window/settings.h"

/* One row of “What”. */
typedef struct
{
  const char *kind; /* NULL: the selected pane */
  gboolean is_volume;
} Choice;

struct _MsmExportDialog
{
  GtkWindow parent_instance;
  MsmSession *session;
  MsmPaneGrid *panes;

  GArray *choices; /* Choice */
  MsmExportFormat *formats;
  MsmExport *export; /* (nullable): of the chosen row; of the pane none */
  MsmCancel *cancel; /* (nullable): of what is being written */
  char *replaces;    /* (nullable): a path that was asked about */
  gboolean is_updating;

  GtkWidget *what, *format, *path;
  GtkWidget *template_row, *template_path, *phase, *anonymise;
  GtkWidget *picture, *message, *progress, *button;
  GtkFileChooserNative *chooser;
  guint pulse;
};

G_DEFINE_FINAL_TYPE (MsmExportDialog, msm_export_dialog, GTK_TYPE_WINDOW)

static const Choice *
chosen (MsmExportDialog *self)
{
  const guint i = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->what));

  return i < self->choices->len ? &g_array_index (self->choices, Choice, i) : NULL;
}

static const char *
text_of (GtkWidget *entry)
{
  return gtk_editable_get_text (GTK_EDITABLE (entry));
}

static void
wish_of (MsmExportDialog *self, MsmExportWish *wish)
{
  *wish = (MsmExportWish){
    .path = text_of (self->path),
    .anonymise = gtk_check_button_get_active (GTK_CHECK_BUTTON (self->anonymise)),
    .with_phase = gtk_widget_get_visible (self->phase) && gtk_check_button_get_active (GTK_CHECK_BUTTON (self->phase)),
    .may_replace = g_strcmp0 (self->replaces, text_of (self->path)) == 0,
    .template_path = gtk_widget_get_visible (self->template_row) && text_of (self->template_path)[0] != '\0'
                         ? text_of (self->template_path)
                         : NULL
  };
}

static void
say (MsmExportDialog *self, const char *text, gboolean is_wrong)
{
  gtk_label_set_text (GTK_LABEL (self->message), text);
  if (is_wrong)
    gtk_widget_add_css_class (self->message, "error");
  else
    gtk_widget_remove_css_class (self->message, "error");
}

/* ---- what is shown of the choice ---- */

/* The middle slice, as the window's panes begin with it. */
static GdkTexture *
draw_images (MsmTensor *images)
{
  const MsmShape shape = msm_tensor_shape (images);
  const gsize n_rows = shape.dim[2], n_columns = shape.dim[3];
  const gsize parts = msm_tensor_dtype (images) == MSM_C64 ? 2 : 1;
  const gboolean is_colour = parts == 1 && shape.dim[1] == 3;
  const float *plane = msm_tensor_const_host (images) + shape.dim[0] / 2 * shape.dim[1] * n_rows * n_columns * parts;
  MsmRenderOptions options = { .mode = MSM_RENDER_MAGNITUDE };
  guint8 *pixels = g_malloc (4 * n_rows * n_columns);
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, 4 * n_rows * n_columns);

  msm_render_auto_window (plane, msm_tensor_dtype (images), n_rows * n_columns, options.mode, 0.5, 99.5,
                          &options.window_low, &options.window_high);
  if (is_colour)
    msm_render_rgb (plane, n_rows, n_columns, &options, pixels, 4 * n_columns);
  else
    msm_render_plane (plane, msm_tensor_dtype (images), n_rows, n_columns, &options, pixels, 4 * n_columns);
  return gdk_memory_texture_new ((int) n_columns, (int) n_rows, GDK_MEMORY_R8G8B8A8, bytes, 4 * n_columns);
}

static void
show_picture (MsmExportDialog *self)
{
  const Choice *choice = chosen (self);
  g_autoptr (GdkTexture) texture = NULL;
  gsize plane;

  if (self->export != NULL)
    texture = draw_images (msm_export_get_images (self->export));
  else if (choice != NULL && msm_viewport_get_image (msm_pane_grid_get_selected (self->panes), &plane) != NULL)
    texture = msm_viewport_get_texture (msm_pane_grid_get_selected (self->panes));
  gtk_picture_set_paintable (GTK_PICTURE (self->picture), GDK_PAINTABLE (texture));
}

/* What will be lost, or why it cannot be. */
static void
show_losses (MsmExportDialog *self)
{
  const int place = msm_export_format_of (self->formats, text_of (self->path));
  g_autoptr (GError) error = NULL;
  g_autofree char *losses = NULL, *text = NULL;
  MsmExportWish wish;

  gtk_widget_set_visible (self->template_row, place >= 0 && g_str_equal (self->formats[place].name, "dicom"));
  gtk_widget_set_visible (self->phase, place >= 0 && g_str_equal (self->formats[place].name, "nifti"));
  gtk_widget_set_visible (self->anonymise, self->export != NULL);
  gtk_button_set_label (GTK_BUTTON (self->button), _("Export"));
  g_clear_pointer (&self->replaces, g_free);
  if (self->export == NULL)
    {
      say (self, place < 0 ? _("A pane is exported as .png") : "", place < 0);
      gtk_widget_set_sensitive (self->button, place >= 0 && chosen (self) != NULL);
      return;
    }
  wish_of (self, &wish);
  losses = msm_export_losses (self->export, &wish, &error);
  gtk_widget_set_sensitive (self->button, losses != NULL);
  if (losses == NULL)
    {
      say (self, error->message, TRUE);
      return;
    }
  if (losses[0] != '\0')
    text = g_strdup_printf (_("%s does not hold:\n%s"), _(self->formats[place].title), losses);
  say (self, text != NULL ? text : "", FALSE);
}

/* ---- the choice ---- */

static void
set_path (MsmExportDialog *self, const char *path)
{
  const int place = msm_export_format_of (self->formats, path);

  self->is_updating = TRUE;
  if (g_strcmp0 (path, text_of (self->path)) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->path), path);
  if (place >= 0)
    gtk_drop_down_set_selected (GTK_DROP_DOWN (self->format), (guint) place);
  self->is_updating = FALSE;
  show_losses (self);
}

static void
on_path_changed (GtkEditable *entry, MsmExportDialog *self)
{
  g_autofree char *path = g_strdup (gtk_editable_get_text (entry));

  if (!self->is_updating)
    set_path (self, path);
}

static void
on_format_changed (GObject *object, GParamSpec *pspec, MsmExportDialog *self)
{
  const guint i = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->format));
  g_autofree char *path = NULL;

  if (self->is_updating || i == GTK_INVALID_LIST_POSITION)
    return;
  path = msm_export_rename (self->formats, text_of (self->path), &self->formats[i]);
  set_path (self, path);
}

static void
on_option_changed (GtkWidget *widget, MsmExportDialog *self)
{
  show_losses (self);
}

/* "estimate-slices1-6", beside what was saved last. */
static char *
propose_path (MsmExportDialog *self, const Choice *choice)
{
  g_autoptr (GFile) folder = msm_settings_get_folder ("save-folder");
  g_autofree char *base = folder != NULL ? g_file_get_path (folder) : NULL, *name = NULL, *source = NULL;

  if (choice->kind == NULL)
    source = msm_pane_grid_selected_name (self->panes);
  if (choice->is_volume)
    name = g_strdup_printf ("%s-volume%s", choice->kind, self->formats[0].suffix);
  else
    name = g_strdup_printf ("%s-slice%zu%s", source != NULL ? source : choice->kind,
                            msm_session_get_slice (self->session) + 1, self->formats[0].suffix);
  return g_build_filename (base != NULL ? base : g_get_home_dir (), name, NULL);
}

/* (element-type MsmRunItem) */
static GPtrArray *
runs_of (MsmExportDialog *self, gboolean is_volume)
{
  MsmRunItem *run = msm_session_get_run (self->session);
  GPtrArray *runs;

  if (is_volume)
    return msm_export_volume (msm_session_get_runs (self->session), run);
  runs = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (runs, g_object_ref (run));
  return runs;
}

/* Formats, the picture and the path of the row that is chosen. */
static void
take_choice (MsmExportDialog *self)
{
  const Choice *choice = chosen (self);
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  const int old = self->formats != NULL ? msm_export_format_of (self->formats, text_of (self->path)) : -1;
  g_autofree char *suffix = old >= 0 ? g_strdup (self->formats[old].suffix) : NULL;
  int kept;

  g_clear_pointer (&self->export, msm_export_free);
  g_clear_pointer (&self->formats, g_free);
  self->formats = msm_export_formats (choice == NULL || choice->kind == NULL ? 0 : choice->is_volume ? 2 : 1);
  if (choice != NULL && choice->kind != NULL)
    {
      g_autoptr (GPtrArray) runs = runs_of (self, choice->is_volume);

      self->export = msm_export_new (runs, choice->kind, msm_session_get_position (self->session), &error);
    }
  for (gsize i = 0; self->formats[i].name != NULL; i++)
    {
      g_autofree char *title = g_strdup_printf ("%s (%s)", _(self->formats[i].title), self->formats[i].suffix);

      gtk_string_list_append (titles, title);
    }
  self->is_updating = TRUE;
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->format), G_LIST_MODEL (titles));
  self->is_updating = FALSE;
  if (choice == NULL || error != NULL)
    {
      say (self, error != NULL ? error->message : _("There is nothing to export yet"), error != NULL);
      gtk_widget_set_sensitive (self->button, FALSE);
      show_picture (self);
      return;
    }
  path = propose_path (self, choice);
  kept = suffix != NULL ? msm_export_format_of (self->formats, suffix) : -1;
  if (kept >= 0)
    {
      g_autofree char *renamed = msm_export_rename (self->formats, path, &self->formats[kept]);

      set_path (self, renamed);
    }
  else
    set_path (self, path);
  show_picture (self);
}

static void
on_what_changed (GObject *object, GParamSpec *pspec, MsmExportDialog *self)
{
  if (!self->is_updating)
    take_choice (self);
}

static void
add_choice (MsmExportDialog *self, GtkStringList *titles, const char *kind, gboolean is_volume, const char *title)
{
  const Choice choice = { kind, is_volume };

  g_array_append_val (self->choices, choice);
  gtk_string_list_append (titles, title);
}

void
msm_export_dialog_refresh (MsmExportDialog *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);
  MsmFrame *frame = run != NULL ? msm_run_item_get_frame_at (run, msm_session_get_position (self->session)) : NULL;
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  g_autoptr (GPtrArray) volume = run != NULL ? msm_export_volume (msm_session_get_runs (self->session), run) : NULL;
  const Choice *old = chosen (self);
  const Choice kept = old != NULL ? *old : (Choice){ NULL, FALSE };
  guint selected = 0;

  if (self->cancel != NULL)
    return;
  g_array_set_size (self->choices, 0);
  add_choice (self, titles, NULL, FALSE, _("The selected pane, as it is shown"));
  for (int is_volume = 0; frame != NULL && is_volume < (volume->len > 1 ? 2 : 1); is_volume++)
    for (const MsmExportKind *kind = msm_export_kinds (); kind->name != NULL; kind++)
      {
        g_autofree char *title = NULL;

        if (msm_frame_find (frame, kind->name) == NULL)
          continue;
        title = is_volume ? g_strdup_printf (_("%s · %u slices"), _(kind->title), volume->len)
                          : g_strdup_printf (_("%s · run %d"), _(kind->title), msm_run_item_get_number (run));
        if (g_strcmp0 (kind->name, kept.kind) == 0 && is_volume == kept.is_volume)
          selected = self->choices->len;
        add_choice (self, titles, kind->name, is_volume, title);
      }
  self->is_updating = TRUE;
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->what), G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->what), selected);
  self->is_updating = FALSE;
  take_choice (self);
}

/* ---- writing ---- */

static gboolean
on_pulse (gpointer data)
{
  gtk_progress_bar_pulse (GTK_PROGRESS_BAR (((MsmExportDialog *) data)->progress));
  return G_SOURCE_CONTINUE;
}

static void
set_busy (MsmExportDialog *self, gboolean is_busy)
{
  g_clear_handle_id (&self->pulse, g_source_remove);
  g_clear_pointer (&self->cancel, msm_cancel_unref);
  if (is_busy)
    {
      self->cancel = msm_cancel_new ();
      self->pulse = g_timeout_add (100, on_pulse, self);
    }
  gtk_widget_set_visible (self->progress, is_busy);
  gtk_button_set_label (GTK_BUTTON (self->button), is_busy ? _("Cancel") : _("Export"));
  for (GtkWidget *const *widget = (GtkWidget *const[]){ self->what, self->format, self->path, NULL }; *widget != NULL;
       widget++)
    gtk_widget_set_sensitive (*widget, !is_busy);
}

static void
tell_end (MsmExportDialog *self, const GError *error)
{
  g_autofree char *text = NULL;

  if (error == NULL)
    text = g_strdup_printf (_("Written: %s"), text_of (self->path));
  say (self, error != NULL ? error->message : text, error != NULL);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  MsmExportDialog *self = data;
  g_autoptr (GError) error = NULL;

  msm_export_write_finish (result, &error);
  /* Not of a window that is closed by now. */
  if (self->session != NULL)
    {
      set_busy (self, FALSE);
      take_choice (self);
      tell_end (self, error);
    }
  g_object_unref (self);
}

/* TRUE: it is asked whether what is there may be replaced, which the next press says. */
static gboolean
ask_to_replace (MsmExportDialog *self, const MsmExportWish *wish)
{
  g_autofree char *existing = wish->may_replace ? NULL : msm_export_find_existing (wish);
  g_autofree char *text = NULL;

  if (existing == NULL)
    return FALSE;
  text = g_strdup_printf (_("%s exists already. Replace it?"), existing);
  self->replaces = g_strdup (wish->path);
  gtk_button_set_label (GTK_BUTTON (self->button), _("Replace"));
  say (self, text, TRUE);
  return TRUE;
}

static void
remember_folder (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  msm_settings_set_folder_of ("save-folder", file);
}

void
msm_export_dialog_press (MsmExportDialog *self)
{
  MsmExportWish wish;

  if (self->cancel != NULL)
    {
      msm_cancel_request (self->cancel, MSM_CANCEL_NOW);
      return;
    }
  wish_of (self, &wish);
  if (!gtk_widget_get_sensitive (self->button) || ask_to_replace (self, &wish))
    return;
  remember_folder (wish.path);
  if (self->export == NULL)
    {
      g_autoptr (GError) error = NULL;

      if (msm_session_check_output (self->session, wish.path, TRUE, &error))
        msm_pane_grid_export (self->panes, wish.path, &error);
      tell_end (self, error);
      return;
    }
  set_busy (self, TRUE);
  msm_export_write_async (g_steal_pointer (&self->export), self->session, &wish, self->cancel, on_written,
                          g_object_ref (self));
}

static void
on_button (GtkButton *button, MsmExportDialog *self)
{
  msm_export_dialog_press (self);
}

/* ---- choosing files ---- */

static void
on_file_chosen (GtkNativeDialog *dialog, int response, MsmExportDialog *self)
{
  GtkWidget *entry = g_object_get_data (G_OBJECT (dialog), "msm-entry");

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

      if (path != NULL)
        gtk_editable_set_text (GTK_EDITABLE (entry), path);
    }
  g_clear_object (&self->chooser);
}

static void
choose (MsmExportDialog *self, const char *title, GtkFileChooserAction action, GtkWidget *entry)
{
  g_autoptr (GFile) file = g_file_new_for_path (text_of (entry));
  g_autoptr (GFile) folder = text_of (entry)[0] != '\0' ? g_file_get_parent (file) : NULL;

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, NULL, NULL);
  if (folder != NULL && g_file_query_exists (folder, NULL))
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  if (action == GTK_FILE_CHOOSER_ACTION_SAVE)
    {
      g_autofree char *name = g_file_get_basename (file);

      gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
    }
  g_object_set_data (G_OBJECT (self->chooser), "msm-entry", entry);
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_file_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
on_choose_path (GtkButton *button, MsmExportDialog *self)
{
  choose (self, _("Export"), GTK_FILE_CHOOSER_ACTION_SAVE, self->path);
}

static void
on_choose_template (GtkButton *button, MsmExportDialog *self)
{
  choose (self, _("A DICOM file of the patient and study"), GTK_FILE_CHOOSER_ACTION_OPEN, self->template_path);
}

/* ---- building ---- */

static void
msm_export_dialog_dispose (GObject *object)
{
  MsmExportDialog *self = MSM_EXPORT_DIALOG (object);

  self->is_updating = TRUE;
  if (self->cancel != NULL)
    msm_cancel_request (self->cancel, MSM_CANCEL_NOW);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_handle_id (&self->pulse, g_source_remove);
  g_clear_pointer (&self->cancel, msm_cancel_unref);
  g_clear_pointer (&self->export, msm_export_free);
  g_clear_pointer (&self->formats, g_free);
  g_clear_pointer (&self->choices, g_array_unref);
  g_clear_pointer (&self->replaces, g_free);
  g_clear_object (&self->chooser);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_export_dialog_parent_class)->dispose (object);
}

static void
msm_export_dialog_class_init (MsmExportDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_export_dialog_dispose;
}

/* A label and what it is of, in a row of the grid. */
static void
attach (GtkGrid *grid, int row, const char *title, GtkWidget *widget)
{
  GtkWidget *label = gtk_label_new_with_mnemonic (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), widget);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_grid_attach (grid, label, 0, row, 1, 1);
  gtk_grid_attach (grid, widget, 1, row, 1, 1);
}

/* An entry with a button that chooses a file for it. */
static GtkWidget *
file_row_new (GtkWidget *entry, const char *help, GCallback on_clicked, MsmExportDialog *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *button = gtk_button_new_from_icon_name ("document-open-symbolic");

  gtk_widget_add_css_class (row, "linked");
  gtk_widget_set_hexpand (entry, TRUE);
  gtk_widget_set_tooltip_text (button, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, help, -1);
  g_signal_connect (button, "clicked", on_clicked, self);
  gtk_box_append (GTK_BOX (row), entry);
  gtk_box_append (GTK_BOX (row), button);
  return row;
}

static GtkWidget *
template_row_new (MsmExportDialog *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *label = gtk_label_new (_("Patient and study of a DICOM file; empty: nobody's"));

  self->template_path = gtk_entry_new ();
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->template_path), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Patient and study of a DICOM file; empty: nobody's"), -1);
  g_signal_connect (self->template_path, "changed", G_CALLBACK (on_option_changed), self);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (row),
                  file_row_new (self->template_path, _("Choose a DICOM file"), G_CALLBACK (on_choose_template), self));
  return row;
}

static void
msm_export_dialog_init (MsmExportDialog *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *left = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *grid = gtk_grid_new (), *end = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->choices = g_array_new (FALSE, FALSE, sizeof (Choice));
  gtk_window_set_title (GTK_WINDOW (self), _("Export"));
  gtk_window_set_default_size (GTK_WINDOW (self), 760, 360);
  gtk_window_set_hide_on_close (GTK_WINDOW (self), TRUE);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (self), TRUE);

  self->what = gtk_drop_down_new (NULL, NULL);
  self->format = gtk_drop_down_new (NULL, NULL);
  self->path = gtk_entry_new ();
  gtk_grid_set_row_spacing (GTK_GRID (grid), 8);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  attach (GTK_GRID (grid), 0, _("_What"), self->what);
  attach (GTK_GRID (grid), 1, _("_Format"), self->format);
  attach (GTK_GRID (grid), 2, _("Whe_re"),
          file_row_new (self->path, _("Choose a name"), G_CALLBACK (on_choose_path), self));
  self->template_row = template_row_new (self);
  self->phase = gtk_check_button_new_with_mnemonic (_("The _phase too, as a second file"));
  self->anonymise = gtk_check_button_new_with_mnemonic (_("Leave out the _names of files"));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->anonymise), TRUE);
  gtk_widget_set_tooltip_text (self->anonymise,
                               _("Whoever repeats the result names the scan, the mask and the prior"));
  self->message = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->message), 0);
  gtk_label_set_yalign (GTK_LABEL (self->message), 0);
  gtk_label_set_wrap (GTK_LABEL (self->message), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->message), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (self->message), TRUE);
  gtk_widget_set_vexpand (self->message, TRUE);
  self->progress = gtk_progress_bar_new ();
  gtk_widget_set_visible (self->progress, FALSE);
  gtk_widget_set_valign (self->progress, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (self->progress, TRUE);
  self->button = gtk_button_new_with_label (_("Export"));
  gtk_widget_add_css_class (self->button, "suggested-action");
  gtk_widget_set_halign (self->button, GTK_ALIGN_END);
  gtk_widget_set_hexpand (self->button, TRUE);
  gtk_box_append (GTK_BOX (end), self->progress);
  gtk_box_append (GTK_BOX (end), self->button);
  gtk_widget_set_halign (end, GTK_ALIGN_FILL);

  self->picture = gtk_picture_new ();
  gtk_picture_set_alternative_text (GTK_PICTURE (self->picture), _("What will be exported"));
  gtk_widget_set_size_request (self->picture, 256, 256);

  gtk_widget_set_hexpand (left, TRUE);
  gtk_box_append (GTK_BOX (left), grid);
  gtk_box_append (GTK_BOX (left), self->template_row);
  gtk_box_append (GTK_BOX (left), self->phase);
  gtk_box_append (GTK_BOX (left), self->anonymise);
  gtk_box_append (GTK_BOX (left), self->message);
  gtk_box_append (GTK_BOX (left), end);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_box_append (GTK_BOX (box), left);
  gtk_box_append (GTK_BOX (box), self->picture);
  gtk_window_set_child (GTK_WINDOW (self), box);
  gtk_window_set_default_widget (GTK_WINDOW (self), self->button);
  gtk_entry_set_activates_default (GTK_ENTRY (self->path), TRUE);

  g_signal_connect (self->what, "notify::selected", G_CALLBACK (on_what_changed), self);
  g_signal_connect (self->format, "notify::selected", G_CALLBACK (on_format_changed), self);
  g_signal_connect (self->path, "changed", G_CALLBACK (on_path_changed), self);
  g_signal_connect (self->phase, "toggled", G_CALLBACK (on_option_changed), self);
  g_signal_connect (self->button, "clicked", G_CALLBACK (on_button), self);
}

GtkWidget *
msm_export_dialog_new (GtkWindow *parent, MsmSession *session, MsmPaneGrid *panes)
{
  MsmExportDialog *self = g_object_new (MSM_TYPE_EXPORT_DIALOG, "transient-for", parent, NULL);

  self->session = g_object_ref (session);
  self->panes = panes; /* of the parent, which it does not outlive */
  g_signal_connect_swapped (session, "run-changed", G_CALLBACK (msm_export_dialog_refresh), self);
  msm_export_dialog_refresh (self);
  return GTK_WIDGET (self);
}

/* ---- what a hand does ---- */

gboolean
msm_export_dialog_choose (MsmExportDialog *self, const char *kind, gboolean is_volume)
{
  for (guint i = 0; i < self->choices->len; i++)
    if (g_strcmp0 (g_array_index (self->choices, Choice, i).kind, kind) == 0
        && g_array_index (self->choices, Choice, i).is_volume == is_volume)
      {
        gtk_drop_down_set_selected (GTK_DROP_DOWN (self->what), i);
        return TRUE;
      }
  return FALSE;
}

void
msm_export_dialog_set_path (MsmExportDialog *self, const char *path)
{
  gtk_editable_set_text (GTK_EDITABLE (self->path), path);
}

const char *
msm_export_dialog_get_message (MsmExportDialog *self)
{
  return gtk_label_get_text (GTK_LABEL (self->message));
}

gboolean
msm_export_dialog_is_busy (MsmExportDialog *self)
{
  return self->cancel != NULL;
}
