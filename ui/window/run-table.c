#include "config.h"

#include "ui/window/run-table.h"

#include <math.h>

#include <glib/gi18n.h>

#include "app/session/run-settings.h"
#include "figure/plot-line.h"

typedef struct _Column Column;
struct _Column
{
  const char *title; /* translatable */
  char *(*text) (const Column *column, MsmRunTable *self, MsmRunItem *run);
  double (*number) (const Column *column, MsmRunItem *run); /* (nullable): what it is sorted by, else by its text */
  gboolean expands;
  int width;    /* 0: as wide as its text */
  guint metric; /* place in msm_metric_classes() */
};

struct _MsmRunTable
{
  GtkBox parent_instance;
  MsmSession *session;
  GtkWidget *view;
  GtkWidget *empty; /* the words where there is no row */
  GtkSingleSelection *selection;
  GArray *columns; /* Column */
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (MsmRunTable, msm_run_table, GTK_TYPE_BOX)

/* ---- what the columns say ---- */

static char *
text_of_name (const Column *column, MsmRunTable *self, MsmRunItem *run)
{
  const char *name = msm_run_item_get_name (run);

  return name != NULL ? g_strdup (name) : g_strdup_printf (_("run %d"), msm_run_item_get_number (run));
}

static double
number_of_run (const Column *column, MsmRunItem *run)
{
  return msm_run_item_get_number (run);
}

static char *
text_of_file (const Column *column, MsmRunTable *self, MsmRunItem *run)
{
  return msm_run_file_name (run);
}

static double
number_of_slice (const Column *column, MsmRunItem *run)
{
  return msm_run_item_is_generated (run) ? NAN : (double) msm_run_item_get_setup (run)->address.slice + 1;
}

static char *
text_of_slice (const Column *column, MsmRunTable *self, MsmRunItem *run)
{
  return msm_run_item_is_generated (run) ? g_strdup ("–") : g_strdup_printf ("%.0f", number_of_slice (column, run));
}

static char *
text_of_method (const Column *column, MsmRunTable *self, MsmRunItem *run)
{
  const MsmSetup *setup = msm_run_item_get_setup (run);

  if (setup->parent != NULL)
    return g_strdup_printf ("%s %s", _(setup->method->title), msm_run_item_get_origin (run));
  return g_strdup (_(setup->method->title));
}

static double
number_of_acceleration (const Column *column, MsmRunItem *run)
{
  return msm_run_acceleration (run);
}

static char *
text_of_acceleration (const Column *column, MsmRunTable *self, MsmRunItem *run)
{
  const MsmSetup *setup = msm_run_item_get_setup (run);
  double acceleration = msm_run_acceleration (run);

  if (setup->operator_class != NULL && setup->operator_class->make != NULL)
    return g_strdup (_(setup->operator_class->title));
  return isnan (acceleration) ? g_strdup ("–") : g_strdup_printf ("%.2f", acceleration);
}

static char *
text_of_differences (const Column *column, MsmRunTable *self, MsmRunItem *run)
{
  return msm_run_differences (run, msm_session_get_runs (self->session));
}

static double
number_of_metric (const Column *column, MsmRunItem *run)
{
  MsmFrame *frame = msm_run_item_get_frame (run);

  return frame != NULL && frame->has_metrics ? frame->metrics.values[column->metric] : NAN;
}

static char *
text_of_metric (const Column *column, MsmRunTable *self, MsmRunItem *run)
{
  return msm_metric_format (&msm_metric_classes ()[column->metric], number_of_metric (column, run), 4);
}

static double
number_of_time (const Column *column, MsmRunItem *run)
{
  double run_ms, show_ms;

  msm_run_item_get_cost (run, &run_ms, &show_ms);
  return run_ms / 1000;
}

/* How it stands, where it has not come to its end. */
static char *
text_of_time (const Column *column, MsmRunTable *self, MsmRunItem *run)
{
  char *state;

  if (msm_run_item_get_state (run) == MSM_RUN_DONE)
    return g_strdup_printf ("%.1f s", number_of_time (column, run));
  g_object_get (run, "state-text", &state, NULL);
  return state;
}

static char *
text_of_note (const Column *column, MsmRunTable *self, MsmRunItem *run)
{
  return g_strdup (msm_run_item_get_note (run) != NULL ? msm_run_item_get_note (run) : "");
}

/* ---- cells that follow their run ---- */

typedef void (*ShowFunc) (GtkWidget *cell, MsmRunTable *self, MsmRunItem *run);

static MsmRunItem *
run_of (GtkWidget *cell)
{
  return g_object_get_data (G_OBJECT (cell), "msm-run");
}

static void
refresh (GtkWidget *cell)
{
  MsmRunTable *self = g_object_get_data (G_OBJECT (cell), "msm-table");
  ShowFunc show = (ShowFunc) g_object_get_data (G_OBJECT (cell), "msm-show");

  self->updating = TRUE;
  show (cell, self, run_of (cell));
  self->updating = FALSE;
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *cell = gtk_list_item_get_child (item);
  MsmRunItem *run = gtk_list_item_get_item (item);

  g_object_set_data_full (G_OBJECT (cell), "msm-run", g_object_ref (run), g_object_unref);
  g_signal_connect_swapped (run, "notify", G_CALLBACK (refresh), cell);
  refresh (cell);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *cell = gtk_list_item_get_child (item);

  g_signal_handlers_disconnect_by_func (run_of (cell), refresh, cell);
  g_object_set_data (G_OBJECT (cell), "msm-run", NULL);
}

static void
init_cell (GtkWidget *cell, MsmRunTable *self, ShowFunc show)
{
  g_object_set_data (G_OBJECT (cell), "msm-table", self);
  g_object_set_data (G_OBJECT (cell), "msm-show", (gpointer) show);
}

static void
show_text (GtkWidget *cell, MsmRunTable *self, MsmRunItem *run)
{
  const Column *column =
      &g_array_index (self->columns, Column, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (cell), "msm-column")));
  g_autofree char *text = column->text (column, self, run);

  gtk_label_set_text (GTK_LABEL (cell), text);
  gtk_widget_set_tooltip_text (cell, text[0] != '\0' ? text : NULL);
}

static void
on_setup_text (GtkSignalListItemFactory *factory, GtkListItem *item, MsmRunTable *self)
{
  gpointer place = g_object_get_data (G_OBJECT (factory), "msm-column");
  const Column *column = &g_array_index (self->columns, Column, GPOINTER_TO_UINT (place));
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), column->number != NULL ? 1 : 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "numeric");
  g_object_set_data (G_OBJECT (label), "msm-column", place);
  init_cell (label, self, show_text);
  gtk_list_item_set_child (item, label);
}

/* ---- the cell of marks: star, A, B and the colour of the run's lines ---- */

static GtkWidget *
nth_child (GtkWidget *box, guint n)
{
  GtkWidget *child = gtk_widget_get_first_child (box);

  while (n-- > 0)
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static void
name_button (GtkWidget *button, const char *format, MsmRunItem *run)
{
  g_autofree char *name = g_strdup_printf (format, msm_run_item_get_number (run));

  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
show_marks (GtkWidget *cell, MsmRunTable *self, MsmRunItem *run)
{
  const MsmColor color = msm_plot_line_color ((guint) msm_run_item_get_number (run) - 1, FALSE);
  g_autofree char *dot = g_strdup_printf ("<span foreground='#%02x%02x%02x'>●</span>", (guint) (color.red * 255),
                                          (guint) (color.green * 255), (guint) (color.blue * 255));
  GtkWidget *star = nth_child (cell, 0);
  gboolean is_starred = msm_run_item_get_starred (run);

  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (star), is_starred);
  gtk_button_set_label (GTK_BUTTON (star), is_starred ? "★" : "☆");
  name_button (star, _("Star run %d"), run);
  for (MsmPin pin = MSM_PIN_A; pin <= MSM_PIN_B; pin++)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (nth_child (cell, pin)),
                                  msm_session_get_pinned (self->session, pin) == run);
  name_button (nth_child (cell, MSM_PIN_A), _("Compare: run %d is A"), run);
  name_button (nth_child (cell, MSM_PIN_B), _("Compare: run %d is B"), run);
  gtk_label_set_markup (GTK_LABEL (nth_child (cell, 3)), dot);
}

static void
on_star (GtkToggleButton *button, MsmRunTable *self)
{
  if (!self->updating)
    msm_run_item_set_starred (run_of (gtk_widget_get_parent (GTK_WIDGET (button))),
                              gtk_toggle_button_get_active (button));
}

static void
on_pin (GtkToggleButton *button, MsmRunTable *self)
{
  GtkWidget *cell = gtk_widget_get_parent (GTK_WIDGET (button));
  MsmPin pin = GTK_WIDGET (button) == nth_child (cell, MSM_PIN_A) ? MSM_PIN_A : MSM_PIN_B;

  if (!self->updating)
    msm_session_pin_run (self->session, pin, gtk_toggle_button_get_active (button) ? run_of (cell) : NULL);
}

static void
on_setup_marks (GtkSignalListItemFactory *factory, GtkListItem *item, MsmRunTable *self)
{
  static const char *const labels[] = { "☆", "A", "B" };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 1);

  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      GtkWidget *button = gtk_toggle_button_new_with_label (labels[i]);

      gtk_widget_add_css_class (button, "flat");
      g_signal_connect (button, "toggled", i == 0 ? G_CALLBACK (on_star) : G_CALLBACK (on_pin), self);
      gtk_box_append (GTK_BOX (box), button);
    }
  gtk_box_append (GTK_BOX (box), gtk_label_new (NULL));
  init_cell (box, self, show_marks);
  gtk_list_item_set_child (item, box);
}

/* ---- the cell of what can be done: name and note, off the list ---- */

static void
on_name (GtkEditable *entry, GtkWidget *cell)
{
  msm_run_item_set_name (run_of (cell), gtk_editable_get_text (entry));
}

static void
on_note (GtkEditable *entry, GtkWidget *cell)
{
  msm_run_item_set_note (run_of (cell), gtk_editable_get_text (entry));
}

static GtkWidget *
entry_new (GtkWidget *cell, const char *label, const char *text, GCallback changed)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_editable_set_text (GTK_EDITABLE (entry), text != NULL ? text : "");
  gtk_editable_set_width_chars (GTK_EDITABLE (entry), 30);
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (entry, "changed", changed, cell, 0);
  return entry;
}

static void
create_editor (GtkMenuButton *button, gpointer data)
{
  GtkWidget *cell = data, *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *popover = gtk_popover_new ();
  MsmRunItem *run = run_of (cell);

  gtk_box_append (GTK_BOX (box),
                  entry_new (cell, _("Name of the run"), msm_run_item_get_name (run), G_CALLBACK (on_name)));
  gtk_box_append (GTK_BOX (box),
                  entry_new (cell, _("Note on the run"), msm_run_item_get_note (run), G_CALLBACK (on_note)));
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_menu_button_set_popover (button, popover);
}

static void
show_actions (GtkWidget *cell, MsmRunTable *self, MsmRunItem *run)
{
  name_button (nth_child (cell, 0), _("Name and note of run %d"), run);
  name_button (nth_child (cell, 1), _("Stop run %d and take it off the list"), run);
}

static void
remove_run (MsmRunTable *self, MsmRunItem *run)
{
  g_object_ref (run); /* the cell that holds it goes away */
  msm_session_remove_run (self->session, run);
  g_object_unref (run);
}

static void
on_remove (GtkButton *button, MsmRunTable *self)
{
  remove_run (self, run_of (gtk_widget_get_parent (GTK_WIDGET (button))));
}

static void
on_setup_actions (GtkSignalListItemFactory *factory, GtkListItem *item, MsmRunTable *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 1);
  GtkWidget *edit = gtk_menu_button_new (), *remove = gtk_button_new_from_icon_name ("window-close-symbolic");

  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (edit), "document-edit-symbolic");
  gtk_menu_button_set_create_popup_func (GTK_MENU_BUTTON (edit), create_editor, box, NULL);
  gtk_widget_add_css_class (edit, "flat");
  gtk_widget_add_css_class (remove, "flat");
  g_signal_connect (remove, "clicked", G_CALLBACK (on_remove), self);
  gtk_box_append (GTK_BOX (box), edit);
  gtk_box_append (GTK_BOX (box), remove);
  init_cell (box, self, show_actions);
  gtk_list_item_set_child (item, box);
}

/* ---- the view ---- */

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const Column *column = data;
  double x, y;

  if (column->number == NULL)
    {
      MsmRunTable *none = NULL;
      g_autofree char *first = column->text (column, none, (MsmRunItem *) a);
      g_autofree char *second = column->text (column, none, (MsmRunItem *) b);

      return g_utf8_collate (first, second);
    }
  x = column->number (column, (MsmRunItem *) a);
  y = column->number (column, (MsmRunItem *) b);
  /* What has no value comes last where the largest come last. */
  return isnan (x) || isnan (y) ? isnan (x) - isnan (y) : (x > y) - (x < y);
}

static void
append_column (MsmRunTable *self, const char *title, GCallback setup, gpointer place, const Column *column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *shown = gtk_column_view_column_new (title, factory);

  g_object_set_data (G_OBJECT (factory), "msm-column", place);
  g_signal_connect (factory, "setup", setup, self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  if (column != NULL && column->text != text_of_differences)
    {
      GtkSorter *sorter = GTK_SORTER (gtk_custom_sorter_new (compare, (gpointer) column, NULL));

      gtk_column_view_column_set_sorter (shown, sorter);
      g_object_unref (sorter);
    }
  if (column != NULL)
    {
      gtk_column_view_column_set_expand (shown, column->expands);
      gtk_column_view_column_set_resizable (shown, TRUE);
      if (column->width > 0)
        gtk_column_view_column_set_fixed_width (shown, column->width);
    }
  gtk_column_view_append_column (GTK_COLUMN_VIEW (self->view), shown);
  g_object_unref (shown);
}

static void
collect_columns (MsmRunTable *self)
{
  static const Column first[] = {
    { N_("Run"), text_of_name, number_of_run, .width = 120 },
    { N_("File"), text_of_file, .width = 150 },
    { N_("Slice"), text_of_slice, number_of_slice, .width = 60 },
    { N_("Method"), text_of_method, .width = 150 },
    { N_("R"), text_of_acceleration, number_of_acceleration, .width = 70 },
    { N_("What differs"), text_of_differences, .expands = TRUE },
  };
  static const Column last[] = {
    { N_("Time"), text_of_time, number_of_time, .width = 90 },
    { N_("Note"), text_of_note, .width = 120 },
  };
  const MsmMetric *metrics = msm_metric_classes ();

  g_array_append_vals (self->columns, first, G_N_ELEMENTS (first));
  for (guint i = 0; metrics[i].name != NULL; i++)
    if ((metrics[i].flags & MSM_METRIC_ROW) != 0)
      {
        Column column = { metrics[i].title, text_of_metric, number_of_metric, .width = 80, .metric = i };

        g_array_append_val (self->columns, column);
      }
  g_array_append_vals (self->columns, last, G_N_ELEMENTS (last));
}

static void
on_selected (GtkSingleSelection *selection, GParamSpec *pspec, MsmRunTable *self)
{
  MsmRunItem *run = gtk_single_selection_get_selected_item (selection);

  if (!self->updating && run != NULL && run != msm_session_get_run (self->session))
    msm_session_go_to_run (self->session, run);
}

static void
on_run_changed (MsmSession *session, MsmRunTable *self)
{
  MsmRunItem *run = msm_session_get_run (session);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection)), place = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; i < n && run != NULL; i++)
    {
      g_autoptr (MsmRunItem) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (item == run)
        place = i;
    }
  self->updating = TRUE;
  gtk_single_selection_set_selected (self->selection, place);
  self->updating = FALSE;
}

/* What differs is another thing when there is another run. */
static void
on_items_changed (GListModel *runs, guint position, guint removed, guint added, MsmRunTable *self)
{
  gtk_widget_set_visible (self->empty, g_list_model_get_n_items (msm_session_get_runs (self->session)) == 0);
  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (runs, i);

      g_object_notify (G_OBJECT (run), "title");
    }
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, MsmRunTable *self)
{
  MsmRunItem *run = gtk_single_selection_get_selected_item (self->selection);

  if (key != GDK_KEY_Delete || run == NULL)
    return FALSE;
  remove_run (self, run);
  return TRUE;
}

static void
msm_run_table_dispose (GObject *object)
{
  MsmRunTable *self = MSM_RUN_TABLE (object);

  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->session, self);
      g_signal_handlers_disconnect_by_data (msm_session_get_runs (self->session), self);
      g_signal_handlers_disconnect_by_data (self->selection, self);
      gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), NULL);
    }
  g_clear_object (&self->selection);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_run_table_parent_class)->dispose (object);
}

static void
msm_run_table_finalize (GObject *object)
{
  g_array_unref (MSM_RUN_TABLE (object)->columns);
  G_OBJECT_CLASS (msm_run_table_parent_class)->finalize (object);
}

static void
msm_run_table_class_init (MsmRunTableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_run_table_dispose;
  G_OBJECT_CLASS (klass)->finalize = msm_run_table_finalize;
}

static void
msm_run_table_init (MsmRunTable *self)
{
  GtkWidget *overlay = gtk_overlay_new (), *scrolled = gtk_scrolled_window_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  self->columns = g_array_new (FALSE, FALSE, sizeof (Column));
  self->view = gtk_column_view_new (NULL);
  gtk_widget_add_css_class (self->view, "msm-run-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Runs"), -1);
  gtk_column_view_set_show_row_separators (GTK_COLUMN_VIEW (self->view), TRUE);
  g_signal_connect (key, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (self->view, key);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->view);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scrolled), 110);
  gtk_widget_set_hexpand (scrolled, TRUE);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), scrolled);
  self->empty = gtk_label_new (_("No runs yet: reconstruct (Ctrl+R), and each has a row here"));
  gtk_widget_add_css_class (self->empty, "dim-label");
  gtk_widget_set_can_target (self->empty, FALSE);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->empty);
  gtk_box_append (GTK_BOX (self), overlay);
}

GtkWidget *
msm_run_table_new (MsmSession *session)
{
  MsmRunTable *self = g_object_new (MSM_TYPE_RUN_TABLE, NULL);
  GListModel *runs = msm_session_get_runs (session);
  GtkSorter *sorter = gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->view));
  GtkSortListModel *sorted = gtk_sort_list_model_new (g_object_ref (runs), g_object_ref (sorter));

  self->session = g_object_ref (session);
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (sorted));
  g_object_unref (sorted);
  collect_columns (self);
  append_column (self, "", G_CALLBACK (on_setup_marks), NULL, NULL);
  for (guint i = 0; i < self->columns->len; i++)
    {
      const Column *column = &g_array_index (self->columns, Column, i);

      append_column (self, _(column->title), G_CALLBACK (on_setup_text), GUINT_TO_POINTER (i), column);
    }
  append_column (self, "", G_CALLBACK (on_setup_actions), NULL, NULL);
  gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), GTK_SELECTION_MODEL (self->selection));
  g_signal_connect (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self);
  g_signal_connect (session, "run-changed", G_CALLBACK (on_run_changed), self);
  g_signal_connect (runs, "items-changed", G_CALLBACK (on_items_changed), self);
  on_run_changed (session, self);
  return GTK_WIDGET (self);
}
