#include "config.h"

#include "ui/window/train-panel.h"

#include <glib/gi18n.h>

#include "app/session/train-item.h"
#include "ui/widgets/plot.h"
#include "ui/window/device-menu.h"
#include "ui/window/error-bar.h"
#include "ui/window/settings.h"

struct _MsmTrainPanel
{
  GtkWindow parent_instance;
  MsmTrainItem *item; /* NULL: no folder yet */
  char *experiment;   /* chosen, while its folder is asked for */
  char *strip;        /* the file that is shown */
  GtkFileChooserNative *chooser;
  GSimpleActionGroup *actions;
  GtkWidget *folder, *state;
  GtkWidget *resume, *stop;
  GtkWidget *errors;
  GtkWidget *bands, *loss;
  GtkWidget *picture, *caption;
  GtkWidget *report;
};

G_DEFINE_FINAL_TYPE (MsmTrainPanel, msm_train_panel, GTK_TYPE_WINDOW)

/* ---- following the training ---- */

static void
show_plots (MsmTrainPanel *self)
{
  const double *step, *value;
  gsize n;

  for (guint b = 0; b < msm_train_item_n_bands (); b++)
    {
      g_autofree char *name = msm_train_item_name_band (b);

      n = msm_train_item_get_band (self->item, b, &step, &value);
      msm_plot_set_series (MSM_PLOT (self->bands), name, step, value, n);
    }
  n = msm_train_item_get_loss (self->item, &step, &value);
  msm_plot_set_series (MSM_PLOT (self->loss), _("loss"), step, value, n);
}

static void
show_strip (MsmTrainPanel *self)
{
  const char *path = msm_train_item_get_strip (self->item);

  if (g_strcmp0 (path, self->strip) == 0)
    return;
  g_free (self->strip);
  self->strip = g_strdup (path);
  gtk_picture_set_filename (GTK_PICTURE (self->picture), path);
  gtk_widget_set_visible (self->picture, path != NULL);
  gtk_widget_set_visible (self->caption, path != NULL);
}

static void
on_updated (MsmTrainItem *item, MsmTrainPanel *self)
{
  g_autofree char *state = msm_train_item_format_state (item);
  const char *trouble = msm_train_item_get_trouble (item);
  const char *report = msm_train_item_get_report (item);

  gtk_label_set_text (GTK_LABEL (self->folder), msm_train_item_get_folder (item));
  gtk_label_set_text (GTK_LABEL (self->state), state);
  gtk_widget_set_sensitive (self->stop, msm_train_item_is_active (item));
  gtk_widget_set_sensitive (self->resume, msm_train_item_can_resume (item));
  gtk_label_set_text (GTK_LABEL (self->report), report != NULL ? report : "");
  if (trouble != NULL)
    msm_error_bar_show (MSM_ERROR_BAR (self->errors), trouble);
  else
    msm_error_bar_hide (MSM_ERROR_BAR (self->errors));
  show_plots (self);
  show_strip (self);
}

static void
drop_item (MsmTrainPanel *self)
{
  if (self->item == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item); /* which saves what is running */
}

void
msm_train_panel_open (MsmTrainPanel *self, const char *folder)
{
  drop_item (self);
  msm_plot_clear (MSM_PLOT (self->bands));
  msm_plot_clear (MSM_PLOT (self->loss));
  self->item = msm_train_item_new (folder);
  g_signal_connect (self->item, "updated", G_CALLBACK (on_updated), self);
  on_updated (self->item, self);
}

static const char *
get_device (MsmTrainPanel *self)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (self->actions), "device");

  return g_variant_get_string (state, NULL); /* the action keeps it */
}

void
msm_train_panel_start (MsmTrainPanel *self, const char *experiment, const char *folder)
{
  msm_train_panel_open (self, folder);
  msm_train_item_start (self->item, experiment, get_device (self));
}

void
msm_train_panel_resume (MsmTrainPanel *self)
{
  if (self->item != NULL && msm_train_item_can_resume (self->item))
    msm_train_item_start (self->item, NULL, get_device (self));
}

void
msm_train_panel_stop (MsmTrainPanel *self)
{
  if (self->item != NULL)
    msm_train_item_stop (self->item);
}

/* ---- choosing ---- */

static void
choose (MsmTrainPanel *self, const char *title, GtkFileChooserAction action, GCallback on_response)
{
  g_autoptr (GFile) folder = msm_settings_get_folder ("save-folder");

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, NULL, NULL);
  if (folder != NULL)
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  g_signal_connect (self->chooser, "response", on_response, self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* (transfer full) (nullable): what was chosen, if it is a file of this machine */
static char *
chosen (MsmTrainPanel *self, int response)
{
  g_autoptr (GFile) file = NULL;

  if (response != GTK_RESPONSE_ACCEPT)
    return NULL;
  file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  return file != NULL ? g_file_get_path (file) : NULL;
}

static void
on_folder_chosen (GtkNativeDialog *dialog, int response, MsmTrainPanel *self)
{
  g_autofree char *path = chosen (self, response);
  g_autofree char *experiment = g_steal_pointer (&self->experiment);

  g_clear_object (&self->chooser);
  if (path != NULL && experiment != NULL)
    msm_train_panel_start (self, experiment, path);
  else if (path != NULL)
    msm_train_panel_open (self, path);
}

static void
on_experiment_chosen (GtkNativeDialog *dialog, int response, MsmTrainPanel *self)
{
  g_autofree char *path = chosen (self, response);

  g_clear_object (&self->chooser);
  if (path == NULL)
    return;
  g_free (self->experiment);
  self->experiment = g_steal_pointer (&path);
  choose (self, _("Folder for the results"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, G_CALLBACK (on_folder_chosen));
}

static void
on_new (GtkButton *button, MsmTrainPanel *self)
{
  choose (self, _("Experiment file"), GTK_FILE_CHOOSER_ACTION_OPEN, G_CALLBACK (on_experiment_chosen));
}

static void
on_open (GtkButton *button, MsmTrainPanel *self)
{
  g_clear_pointer (&self->experiment, g_free);
  choose (self, _("Folder of a training"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, G_CALLBACK (on_folder_chosen));
}

/* ---- building ---- */

static void
msm_train_panel_dispose (GObject *object)
{
  MsmTrainPanel *self = MSM_TRAIN_PANEL (object);

  drop_item (self);
  g_clear_object (&self->chooser);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->experiment, g_free);
  g_clear_pointer (&self->strip, g_free);
  G_OBJECT_CLASS (msm_train_panel_parent_class)->dispose (object);
}

static void
msm_train_panel_class_init (MsmTrainPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_train_panel_dispose;
}

static GtkWidget *
button_new (const char *label, const char *help, GCallback on_clicked, gpointer self)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_tooltip_text (button, help);
  g_signal_connect (button, "clicked", on_clicked, self);
  return button;
}

static void
add_actions (MsmTrainPanel *self)
{
  static const GActionEntry entries[] = {
    { "device", NULL, "s", "'auto'" }, { "no-device", NULL, "s" }, /* of rows that say why not */
  };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), "no-device")),
                               FALSE);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "train", G_ACTION_GROUP (self->actions));
}

static GtkWidget *
device_button_new (void)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr (GMenuModel) menu = msm_device_menu_new ("train");

  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _("Compute on"));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), menu);
  gtk_widget_set_tooltip_text (button, _("What a training computes on that is begun or resumed from now on"));
  return button;
}

static GtkWidget *
header_new (MsmTrainPanel *self)
{
  GtkWidget *header = gtk_header_bar_new ();

  self->resume = gtk_button_new_with_mnemonic (_("_Resume"));
  gtk_widget_set_tooltip_text (self->resume, _("Go on from the checkpoint, as if nothing had happened"));
  g_signal_connect_swapped (self->resume, "clicked", G_CALLBACK (msm_train_panel_resume), self);
  self->stop = gtk_button_new_with_mnemonic (_("_Stop"));
  gtk_widget_set_tooltip_text (self->stop, _("Finish this step, save, and stop"));
  g_signal_connect_swapped (self->stop, "clicked", G_CALLBACK (msm_train_panel_stop), self);
  gtk_widget_set_sensitive (self->resume, FALSE);
  gtk_widget_set_sensitive (self->stop, FALSE);
  gtk_header_bar_pack_start (
      GTK_HEADER_BAR (header),
      button_new (_("_New…"), _("Train what an experiment file describes"), G_CALLBACK (on_new), self));
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), button_new (_("_Open…"), _("Look at the folder of a training"),
                                                                  G_CALLBACK (on_open), self));
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), device_button_new ());
  gtk_header_bar_pack_end (GTK_HEADER_BAR (header), self->stop);
  gtk_header_bar_pack_end (GTK_HEADER_BAR (header), self->resume);
  return header;
}

static GtkWidget *
label_new (const char *text, const char *css)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_add_css_class (label, css);
  return label;
}

/* What was found, left out and built: long, so folded away. */
static GtkWidget *
details_new (MsmTrainPanel *self)
{
  GtkWidget *expander = gtk_expander_new_with_mnemonic (_("_Data and network"));
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->report = label_new (NULL, "msm-notes");
  gtk_label_set_ellipsize (GTK_LABEL (self->report), PANGO_ELLIPSIZE_NONE);
  gtk_label_set_selectable (GTK_LABEL (self->report), TRUE);
  gtk_label_set_yalign (GTK_LABEL (self->report), 0);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->report);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scrolled), 120);
  gtk_expander_set_child (GTK_EXPANDER (expander), scrolled);
  return expander;
}

static void
msm_train_panel_init (MsmTrainPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *plots = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  gtk_window_set_title (GTK_WINDOW (self), _("Training"));
  gtk_window_set_default_size (GTK_WINDOW (self), 1160, 740);
  gtk_window_set_hide_on_close (GTK_WINDOW (self), TRUE);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (self), TRUE);
  add_actions (self);
  gtk_window_set_titlebar (GTK_WINDOW (self), header_new (self));

  self->folder = label_new (_("New: choose an experiment file. Open: look at, or go on with, an earlier training."),
                            "msm-file-name");
  self->state = label_new (NULL, "numeric");
  self->errors = msm_error_bar_new ();
  self->bands = msm_plot_new (_("Error of ŝ / power, by σ"), _("step"));
  self->loss = msm_plot_new (_("Loss"), _("step"));
  msm_plot_set_log_y (MSM_PLOT (self->bands), TRUE);
  msm_plot_set_log_y (MSM_PLOT (self->loss), TRUE);
  gtk_widget_set_hexpand (self->bands, TRUE);
  gtk_widget_set_vexpand (self->bands, TRUE);
  gtk_widget_set_hexpand (self->loss, FALSE);
  gtk_widget_set_size_request (self->loss, 330, 240);
  gtk_box_append (GTK_BOX (plots), self->bands);
  gtk_box_append (GTK_BOX (plots), self->loss);
  self->picture = gtk_picture_new ();
  gtk_picture_set_can_shrink (GTK_PICTURE (self->picture), TRUE);
  gtk_picture_set_alternative_text (GTK_PICTURE (self->picture), _("A validation sample at several noise levels"));
  gtk_widget_set_size_request (self->picture, -1, 256);
  self->caption = label_new (_("Validation sample: measured image and mask; then noisy input and its denoised image "
                                "at σ = 0.05, 0.3, 1, 3, 10, 40"),
                             "dim-label");
  gtk_widget_set_visible (self->picture, FALSE);
  gtk_widget_set_visible (self->caption, FALSE);

  gtk_widget_add_css_class (box, "msm-section");
  gtk_box_append (GTK_BOX (box), self->folder);
  gtk_box_append (GTK_BOX (box), self->state);
  gtk_box_append (GTK_BOX (box), self->errors);
  gtk_box_append (GTK_BOX (box), plots);
  gtk_box_append (GTK_BOX (box), self->picture);
  gtk_box_append (GTK_BOX (box), self->caption);
  gtk_box_append (GTK_BOX (box), details_new (self));
  gtk_window_set_child (GTK_WINDOW (self), box);
}

GtkWidget *
msm_train_panel_new (GtkWindow *parent)
{
  return g_object_new (MSM_TYPE_TRAIN_PANEL, "transient-for", parent, NULL);
}
