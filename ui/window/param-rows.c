#include "config.h"

#include "ui/window/param-rows.h"

#include <math.h>

#include <glib/gi18n.h>

#include "app/setup/prior.h"

/* A row, for what its parameter's use says of it. */
typedef struct
{
  const MsmParam *param;
  GtkWidget *label, *editor;
} Row;

struct _MsmParamRows
{
  GtkBox parent_instance;
  MsmParams *params;
  GArray *rows; /* Row */
  MsmParamIdleFunc idle;
  gpointer idle_data;
  gboolean is_expanded; /* the expert's rows: they stay so when the table changes */
};

G_DEFINE_FINAL_TYPE (MsmParamRows, msm_param_rows, GTK_TYPE_BOX)

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

void
msm_param_rows_update_use (MsmParamRows *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      const Row *row = &g_array_index (self->rows, Row, i);
      const char *reason = self->idle != NULL && self->params != NULL ? self->idle (row->param, self->idle_data) : NULL;
      const char *help = reason != NULL ? _(reason) : _(row->param->help);

      gtk_widget_set_sensitive (row->label, reason == NULL);
      gtk_widget_set_sensitive (row->editor, reason == NULL);
      gtk_widget_set_tooltip_text (row->label, help);
      gtk_widget_set_tooltip_text (row->editor, help);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row->editor), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, help, -1);
    }
}

static void
emit_changed (MsmParamRows *self)
{
  msm_param_rows_update_use (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static const MsmParam *
param_of (GtkWidget *editor)
{
  return g_object_get_data (G_OBJECT (editor), "msm-param");
}

static void
store_number (MsmParamRows *self, GtkWidget *editor, double value)
{
  const MsmParam *param = param_of (editor);

  if (self->params == NULL
      || (!msm_params_is_auto (self->params, param->name)
          && msm_params_get_number (self->params, param->name) == value))
    return;
  if (msm_params_set_number (self->params, param->name, value, NULL))
    emit_changed (self);
}

static void
store_auto (MsmParamRows *self, GtkWidget *editor)
{
  const MsmParam *param = param_of (editor);

  if (self->params == NULL || msm_params_is_auto (self->params, param->name))
    return;
  msm_params_set_auto (self->params, param->name);
  emit_changed (self);
}

/* Where the program may choose, the lowest place of a spin button stands for that. */
static void
on_spin (GtkSpinButton *spin, MsmParamRows *self)
{
  if (gtk_spin_button_get_value (spin) < param_of (GTK_WIDGET (spin))->min)
    store_auto (self, GTK_WIDGET (spin));
  else
    store_number (self, GTK_WIDGET (spin), gtk_spin_button_get_value (spin));
}

static void
on_toggle (GtkCheckButton *check, MsmParamRows *self)
{
  store_number (self, GTK_WIDGET (check), gtk_check_button_get_active (check) ? 1 : 0);
}

/* Rows of a list before the first choice: one for "auto". */
static guint
n_before_choices (const MsmParam *param)
{
  return (param->flags & MSM_PARAM_AUTO) != 0 ? 1 : 0;
}

static void
on_choice (GtkDropDown *drop_down, GParamSpec *pspec, MsmParamRows *self)
{
  guint place = gtk_drop_down_get_selected (drop_down), n_before = n_before_choices (param_of (GTK_WIDGET (drop_down)));

  if (place < n_before)
    store_auto (self, GTK_WIDGET (drop_down));
  else
    store_number (self, GTK_WIDGET (drop_down), place - n_before);
}

static void
on_entry (GtkEditable *entry, MsmParamRows *self)
{
  const MsmParam *param = param_of (GTK_WIDGET (entry));
  const char *text = gtk_editable_get_text (entry);

  g_autofree char *old = self->params != NULL ? msm_params_format (self->params, param->name) : NULL;

  if (old == NULL || g_str_equal (old, text))
    return;
  if (msm_params_set_text (self->params, param->name, text, NULL))
    {
      gtk_widget_remove_css_class (GTK_WIDGET (entry), "error");
      emit_changed (self);
    }
  else
    gtk_widget_add_css_class (GTK_WIDGET (entry), "error");
}

/* A log parameter such as a regularisation weight is typed as text: spin steps cannot span decades. */
static GtkWidget *
entry_new (MsmParamRows *self, const MsmParam *param)
{
  GtkWidget *entry = gtk_entry_new ();
  g_autofree char *text = msm_params_format (self->params, param->name);
  g_autofree char *name = msm_param_title (param);

  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  gtk_editable_set_width_chars (GTK_EDITABLE (entry), 8);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (entry), 10);
  gtk_editable_set_alignment (GTK_EDITABLE (entry), param->type == MSM_PARAM_TEXT ? 0 : 1);
  g_object_set_data (G_OBJECT (entry), "msm-param", (gpointer) param);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_signal_connect (entry, "changed", G_CALLBACK (on_entry), self);
  return entry;
}

/* A file's name: typed, chosen in a dialog, or one of the names that are known for the parameter. */
static void
on_file_chosen (GtkNativeDialog *dialog, int response, GtkWidget *entry)
{
  g_autoptr (GFile) file =
      response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (path != NULL)
    gtk_editable_set_text (GTK_EDITABLE (entry), path);
  g_object_set_data (G_OBJECT (entry), "msm-chooser", NULL);
}

static void
on_choose_file (GtkButton *button, GtkWidget *entry)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (
      _("Choose a file"), GTK_WINDOW (gtk_widget_get_root (entry)), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);

  g_object_set_data_full (G_OBJECT (entry), "msm-chooser", chooser, g_object_unref);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_file_chosen), entry, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
on_known_name (GtkDropDown *drop_down, GParamSpec *pspec, GtkWidget *entry)
{
  GtkStringObject *item = gtk_drop_down_get_selected_item (drop_down);

  if (item != NULL && gtk_drop_down_get_selected (drop_down) > 0)
    gtk_editable_set_text (GTK_EDITABLE (entry), gtk_string_object_get_string (item));
}

static GtkWidget *
path_new (MsmParamRows *self, const MsmParam *param)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *entry = entry_new (self, param);
  GtkWidget *button = gtk_button_new_with_label ("…");
  g_auto (GStrv) names = param->role == MSM_ROLE_PRIOR ? msm_prior_list () : NULL;

  gtk_widget_add_css_class (box, "linked");
  gtk_widget_set_tooltip_text (button, _("Choose a file"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Choose a file"), -1);
  g_signal_connect (button, "clicked", G_CALLBACK (on_choose_file), entry);
  gtk_widget_set_hexpand (entry, TRUE);
  gtk_box_append (GTK_BOX (box), entry);
  if (names != NULL && names[0] != NULL)
    {
      GtkWidget *known;
      g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);

      /* Translators: heads a list of priors that come with the program */
      gtk_string_list_append (list, _("shipped"));
      for (guint i = 0; names[i] != NULL; i++)
        gtk_string_list_append (list, names[i]);
      known = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&list)), NULL);
      gtk_accessible_update_property (GTK_ACCESSIBLE (known), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Shipped priors"), -1);
      g_signal_connect (known, "notify::selected", G_CALLBACK (on_known_name), entry);
      gtk_box_append (GTK_BOX (box), known);
    }
  gtk_box_append (GTK_BOX (box), button);
  return box;
}

static guint
digits_of (const MsmParam *param)
{
  double size;

  if (param->type == MSM_PARAM_INT)
    return 0;
  size = param->def != 0 ? fabs (param->def) : param->max;
  return size >= 1 ? 2 : (guint) CLAMP (2 - floor (log10 (size)), 2, 8);
}

/* The word is short in every language. */
static gboolean
show_value (GtkSpinButton *spin, gpointer data)
{
  if (gtk_spin_button_get_value (spin) >= param_of (GTK_WIDGET (spin))->min)
    return FALSE;
  /* Set once: GTK asks for the text again while it draws it. */
  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (spin)), "auto") != 0)
    gtk_editable_set_text (GTK_EDITABLE (spin), "auto");
  return TRUE;
}

static int
read_value (GtkSpinButton *spin, double *value, gpointer data)
{
  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (spin)), "auto") != 0)
    return FALSE;
  gtk_spin_button_get_range (spin, value, NULL);
  return TRUE;
}

GtkWidget *
msm_param_spin_new (double min, double max, double step)
{
  GtkWidget *spin = gtk_spin_button_new_with_range (min, max, step);
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (spin);

  /* The wheel goes on to the panel: scrolling past a field must not turn it. The keys and both buttons remain. */
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_NONE);
    }
  return spin;
}

static GtkWidget *
spin_new (MsmParamRows *self, const MsmParam *param)
{
  guint digits = digits_of (param);
  double step = param->type == MSM_PARAM_INT ? 1 : param->max - param->min > 10 ? 0.5 : pow (10, -(double) digits + 1);
  gboolean may_be_auto = (param->flags & MSM_PARAM_AUTO) != 0;
  double lowest = may_be_auto ? param->min - step : param->min;
  GtkWidget *spin = msm_param_spin_new (lowest, param->max, step);

  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (spin), digits);
  gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (spin), !may_be_auto);
  g_object_set_data (G_OBJECT (spin), "msm-param", (gpointer) param);
  if (may_be_auto)
    {
      g_signal_connect (spin, "output", G_CALLBACK (show_value), NULL);
      g_signal_connect (spin, "input", G_CALLBACK (read_value), NULL);
    }
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), msm_params_get_number_or (self->params, param->name, lowest));
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), 5);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (spin), 7);
  g_signal_connect (spin, "value-changed", G_CALLBACK (on_spin), self);
  return spin;
}

/* Choices are shown translated and chosen by their place. */
static GtkWidget *
choices_new (const MsmParam *param)
{
  GtkStringList *names = gtk_string_list_new (NULL);

  if ((param->flags & MSM_PARAM_AUTO) != 0)
    gtk_string_list_append (names, _("auto"));
  for (gsize i = 0; param->choices[i] != NULL; i++)
    gtk_string_list_append (names, _(param->choices[i]));
  return gtk_drop_down_new (G_LIST_MODEL (names), NULL);
}

static GtkWidget *
editor_new (MsmParamRows *self, const MsmParam *param)
{
  GtkWidget *editor;

  switch (param->type)
    {
    case MSM_PARAM_BOOL:
      editor = gtk_check_button_new ();
      gtk_check_button_set_active (GTK_CHECK_BUTTON (editor), msm_params_get_bool (self->params, param->name));
      g_object_set_data (G_OBJECT (editor), "msm-param", (gpointer) param);
      g_signal_connect (editor, "toggled", G_CALLBACK (on_toggle), self);
      return editor;
    case MSM_PARAM_CHOICE:
      editor = choices_new (param);
      if (!msm_params_is_auto (self->params, param->name))
        gtk_drop_down_set_selected (GTK_DROP_DOWN (editor),
                                    n_before_choices (param)
                                        + (guint) msm_params_get_choice (self->params, param->name));
      g_object_set_data (G_OBJECT (editor), "msm-param", (gpointer) param);
      g_signal_connect (editor, "notify::selected", G_CALLBACK (on_choice), self);
      return editor;
    case MSM_PARAM_TEXT:
      return (param->flags & MSM_PARAM_PATH) != 0 ? path_new (self, param) : entry_new (self, param);
    case MSM_PARAM_INT:
    case MSM_PARAM_FLOAT:
    default:
      /* A seed has the range of an integer: a wide spin button is as good as an entry. */
      return (param->flags & MSM_PARAM_LOG) != 0 ? entry_new (self, param) : spin_new (self, param);
    }
}

static void
add_row (MsmParamRows *self, GtkWidget *grid, int row, const MsmParam *param)
{
  g_autofree char *name = msm_param_title (param);
  GtkWidget *label = gtk_label_new (NULL);
  GtkWidget *editor = editor_new (self, param);

  if (param->unit != NULL)
    {
      g_autofree char *text = g_strdup_printf ("%s (%s)", name, _(param->unit));

      gtk_label_set_text (GTK_LABEL (label), text);
    }
  else
    gtk_label_set_text (GTK_LABEL (label), name);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_halign (editor, GTK_ALIGN_END);
  g_array_append_val (self->rows, ((Row){ param, label, editor }));
  gtk_accessible_update_property (GTK_ACCESSIBLE (editor), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  /* A file's name needs the width: it would take it from all the labels above and below. */
  if (GTK_IS_BOX (editor))
    {
      gtk_widget_set_halign (editor, GTK_ALIGN_FILL);
      gtk_grid_attach (GTK_GRID (grid), label, 0, 2 * row, 2, 1);
      gtk_grid_attach (GTK_GRID (grid), editor, 0, 2 * row + 1, 2, 1);
      return;
    }
  gtk_grid_attach (GTK_GRID (grid), label, 0, 2 * row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), editor, 1, 2 * row, 1, 1);
}

static GtkWidget *
grid_new (void)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_row_spacing (GTK_GRID (grid), 3);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 6);
  return grid;
}

static void
msm_param_rows_finalize (GObject *object)
{
  g_array_unref (MSM_PARAM_ROWS (object)->rows);
  G_OBJECT_CLASS (msm_param_rows_parent_class)->finalize (object);
}

static void
msm_param_rows_class_init (MsmParamRowsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = msm_param_rows_finalize;
  signals[CHANGED] =
      g_signal_new ("changed", MSM_TYPE_PARAM_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
msm_param_rows_init (MsmParamRows *self)
{
  self->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 3);
}

GtkWidget *
msm_param_rows_new (void)
{
  return g_object_new (MSM_TYPE_PARAM_ROWS, NULL);
}

static void
on_expanded (GtkExpander *expander, GParamSpec *pspec, MsmParamRows *self)
{
  self->is_expanded = gtk_expander_get_expanded (expander);
}

void
msm_param_rows_set_params (MsmParamRows *self, MsmParams *params)
{
  GtkWidget *child, *plain, *advanced, *expander;
  int n_plain = 0, n_advanced = 0;

  self->params = NULL; /* editors that are taken down report no change */
  g_array_set_size (self->rows, 0);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_box_remove (GTK_BOX (self), child);
  self->params = params;
  if (params == NULL)
    return;
  plain = grid_new ();
  advanced = grid_new ();
  for (const MsmParam *param = msm_params_get_table (params); param != NULL && param->name != NULL; param++)
    if ((param->flags & MSM_PARAM_ADVANCED) != 0)
      add_row (self, advanced, n_advanced++, param);
    else
      add_row (self, plain, n_plain++, param);
  gtk_box_append (GTK_BOX (self), plain);
  expander = gtk_expander_new (_("Expert"));
  gtk_expander_set_expanded (GTK_EXPANDER (expander), self->is_expanded);
  g_signal_connect (expander, "notify::expanded", G_CALLBACK (on_expanded), self);
  gtk_expander_set_child (GTK_EXPANDER (expander), advanced);
  gtk_widget_set_visible (expander, n_advanced > 0);
  gtk_box_append (GTK_BOX (self), expander);
  msm_param_rows_update_use (self);
}

void
msm_param_rows_set_idle_func (MsmParamRows *self, MsmParamIdleFunc idle, gpointer data)
{
  self->idle = idle;
  self->idle_data = data;
  msm_param_rows_update_use (self);
}
