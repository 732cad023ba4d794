#include "config.h"

#include "ui/window/run-list.h"

#include <glib/gi18n.h>

#include "app/session/frame-store.h"
#include "app/session/run-settings.h"
#include "figure/plot-line.h"

struct _MsmRunList
{
  GtkBox parent_instance;
  MsmSession *session;
  GtkWidget *list;
  GtkWidget *memory; /* what the kept steps of all runs take */
};

G_DEFINE_FINAL_TYPE (MsmRunList, msm_run_list, GTK_TYPE_BOX)

/* Bytes as a number of megabytes, as the system's own lists have them. */
static int
megabytes (gsize bytes)
{
  return (int) ((bytes + 500000) / 1000000);
}

static void
show_memory (MsmRunList *self)
{
  const MsmFrameBudget *budget = msm_run_item_get_frame_budget ();
  gsize bytes = msm_frame_budget_get_bytes (budget);
  g_autofree char *text = NULL;

  /* Translators: memory that the steps of all runs take, and may take. */
  text =
      g_strdup_printf (_("Steps kept: %d of %d MB"), megabytes (bytes), megabytes (msm_frame_budget_get_max (budget)));
  gtk_label_set_text (GTK_LABEL (self->memory), text);
  gtk_widget_set_visible (self->memory, bytes > 0);
}

static void
on_remove (GtkButton *button, MsmRunItem *run)
{
  MsmRunList *self = MSM_RUN_LIST (gtk_widget_get_ancestor (GTK_WIDGET (button), MSM_TYPE_RUN_LIST));

  g_object_ref (run); /* the row that holds it goes away */
  msm_session_remove_run (self->session, run);
  g_object_unref (run);
  show_memory (self); /* now that nobody holds it */
}

/* A dot in the colour of the run's lines in the plots. */
static GtkWidget *
dot_new (MsmRunItem *run)
{
  const MsmColor color = msm_plot_line_color ((guint) msm_run_item_get_number (run) - 1, FALSE);
  PangoAttrList *attributes = pango_attr_list_new ();
  GtkWidget *dot = gtk_label_new ("●");

  pango_attr_list_insert (attributes, pango_attr_foreground_new ((guint16) (color.red * G_MAXUINT16),
                                                                 (guint16) (color.green * G_MAXUINT16),
                                                                 (guint16) (color.blue * G_MAXUINT16)));
  gtk_label_set_attributes (GTK_LABEL (dot), attributes);
  pango_attr_list_unref (attributes);
  gtk_widget_set_valign (dot, GTK_ALIGN_START);
  return dot;
}

static GtkWidget *
create_row (gpointer item, gpointer data)
{
  MsmRunItem *run = item;
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *text = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *title = gtk_label_new (msm_run_item_get_title (run));
  GtkWidget *state = gtk_label_new (NULL);
  g_autofree char *of = msm_run_place (run);
  GtkWidget *place = gtk_label_new (of);
  g_autofree char *settings = msm_run_item_describe (run);
  GtkWidget *remove = gtk_button_new_from_icon_name ("window-close-symbolic");

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_xalign (GTK_LABEL (state), 0);
  gtk_label_set_xalign (GTK_LABEL (place), 0);
  gtk_label_set_ellipsize (GTK_LABEL (place), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_add_css_class (place, "dim-label");
  gtk_label_set_wrap (GTK_LABEL (title), TRUE);          /* a branch's has its parent and step at the end */
  gtk_label_set_max_width_chars (GTK_LABEL (title), 24); /* for the list's height, which is asked without a width */
  gtk_label_set_ellipsize (GTK_LABEL (state), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (state, "dim-label");
  gtk_widget_add_css_class (state, "numeric");
  gtk_widget_add_css_class (remove, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (remove), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Stop this run and take it off the list"), -1);
  gtk_widget_set_tooltip_text (remove, _("Stop this run and take it off the list"));
  gtk_widget_set_valign (remove, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (text, TRUE);
  g_object_bind_property (run, "title", title, "label", G_BINDING_DEFAULT);
  g_object_bind_property (run, "state-text", state, "label", G_BINDING_SYNC_CREATE);
  g_object_bind_property (run, "state-text", state, "tooltip-text", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (remove, "clicked", G_CALLBACK (on_remove), run, 0);
  gtk_widget_set_tooltip_text (title, settings); /* the file and slice, too */
  gtk_box_append (GTK_BOX (text), title);
  gtk_box_append (GTK_BOX (text), place);
  gtk_box_append (GTK_BOX (text), state);
  gtk_box_append (GTK_BOX (row), dot_new (run));
  gtk_box_append (GTK_BOX (row), text);
  gtk_box_append (GTK_BOX (row), remove);
  return row;
}

static void
on_row_selected (GtkListBox *list, GtkListBoxRow *row, MsmRunList *self)
{
  g_autoptr (MsmRunItem) run = NULL;

  if (row == NULL)
    return;
  run = g_list_model_get_item (msm_session_get_runs (self->session), (guint) gtk_list_box_row_get_index (row));
  if (run != msm_session_get_run (self->session) || !msm_session_shows_run (self->session, run))
    msm_session_go_to_run (self->session, run);
}

static void
on_run_changed (MsmSession *session, MsmRunList *self)
{
  GListModel *runs = msm_session_get_runs (session);
  MsmRunItem *selected = msm_session_get_run (session);
  GtkListBoxRow *row = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (runs, i);

      if (run == selected)
        row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), (int) i);
    }
  gtk_list_box_select_row (GTK_LIST_BOX (self->list), row);
}

static void
msm_run_list_dispose (GObject *object)
{
  MsmRunList *self = MSM_RUN_LIST (object);

  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->session, self);
      g_signal_handlers_disconnect_by_data (msm_session_get_runs (self->session), self);
      g_signal_handlers_disconnect_by_data (self->list, self);
      gtk_list_box_bind_model (GTK_LIST_BOX (self->list), NULL, NULL, NULL, NULL);
    }
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_run_list_parent_class)->dispose (object);
}

static void
msm_run_list_class_init (MsmRunListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_run_list_dispose;
}

static void
msm_run_list_init (MsmRunList *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *empty = gtk_label_new (_("No runs yet"));

  self->list = gtk_list_box_new ();
  gtk_widget_add_css_class (empty, "dim-label");
  gtk_list_box_set_placeholder (GTK_LIST_BOX (self->list), empty);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_SINGLE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Runs"), -1);
  gtk_widget_add_css_class (self->list, "msm-runs");
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->list);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  /* As high as its rows, up to three or four of them. */
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scrolled), 36);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), 144);
  gtk_widget_set_hexpand (scrolled, TRUE);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_append (GTK_BOX (self), scrolled);
  self->memory = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->memory), 0);
  gtk_widget_add_css_class (self->memory, "dim-label");
  gtk_widget_add_css_class (self->memory, "numeric");
  gtk_widget_set_tooltip_text (self->memory,
                               _("Memory that the kept steps of all runs take. Beyond it the oldest go to a "
                                  "file; a run that is taken off the list gives its own back."));
  gtk_box_append (GTK_BOX (self), self->memory);
}

GtkWidget *
msm_run_list_new (MsmSession *session)
{
  MsmRunList *self = g_object_new (MSM_TYPE_RUN_LIST, NULL);

  self->session = g_object_ref (session);
  gtk_list_box_bind_model (GTK_LIST_BOX (self->list), msm_session_get_runs (session), create_row, NULL, NULL);
  g_signal_connect (self->list, "row-selected", G_CALLBACK (on_row_selected), self);
  g_signal_connect (session, "run-changed", G_CALLBACK (on_run_changed), self);
  g_signal_connect_swapped (session, "run-updated", G_CALLBACK (show_memory), self);
  g_signal_connect_data (msm_session_get_runs (session), "items-changed", G_CALLBACK (show_memory), self, NULL,
                         G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  show_memory (self);
  return GTK_WIDGET (self);
}
