#include "config.h"

#include "ui/window/source-panel.h"

#include <string.h>

#include <glib/gi18n.h>

#include "ui/window/param-rows.h"

struct _MsmSourcePanel
{
  GtkBox parent_instance;
  MsmSession *session;
  GtkWidget *name;
  GtkWidget *grid;
  GtkWidget *expander;
  GtkWidget *notes;
  GtkWidget *calibration;
  GtkWidget *coil_rows;
  GtkWidget *espirit_rows;
  int n_rows;
};

G_DEFINE_FINAL_TYPE (MsmSourcePanel, msm_source_panel, GTK_TYPE_BOX)

static void
add_fact (MsmSourcePanel *self, const char *name, char *value_take)
{
  GtkWidget *label = gtk_label_new (name);
  GtkWidget *value = gtk_label_new (value_take);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_xalign (GTK_LABEL (value), 1);
  gtk_label_set_ellipsize (GTK_LABEL (value), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_tooltip_text (value, value_take);
  gtk_widget_set_hexpand (value, TRUE);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (value, "numeric");
  gtk_grid_attach (GTK_GRID (self->grid), label, 0, self->n_rows, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), value, 1, self->n_rows, 1, 1);
  self->n_rows++;
  g_free (value_take);
}

static char *
notes_text (MsmScan *scan)
{
  GString *text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer key, value;

  for (guint i = 0; scan->notes != NULL && i < scan->notes->len; i++)
    g_string_append_printf (text, "%s• %s", text->len > 0 ? "\n" : "",
                            (const char *) g_ptr_array_index (scan->notes, i));
  if (scan->fields != NULL)
    {
      g_hash_table_iter_init (&iter, scan->fields);
      while (g_hash_table_iter_next (&iter, &key, &value))
        g_string_append_printf (text, "%s%s: %s", text->len > 0 ? "\n" : "", (const char *) key, (const char *) value);
    }
  return g_string_free (text, FALSE);
}

static void
on_group (GtkDropDown *drop_down, GParamSpec *pspec, MsmSourcePanel *self)
{
  GtkStringObject *item = gtk_drop_down_get_selected_item (drop_down);

  if (item != NULL)
    msm_session_set_group (self->session, gtk_string_object_get_string (item));
}

static void
on_index (GtkSpinButton *spin, MsmSourcePanel *self)
{
  msm_session_set_index (self->session, g_object_get_data (G_OBJECT (spin), "msm-axis"),
                         (gsize) gtk_spin_button_get_value_as_int (spin) - 1);
}

static void
add_editor (MsmSourcePanel *self, const char *name, const char *help, GtkWidget *editor)
{
  GtkWidget *label = gtk_label_new (name);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_set_halign (editor, GTK_ALIGN_END);
  gtk_widget_set_tooltip_text (editor, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (editor), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_grid_attach (GTK_GRID (self->grid), label, 0, self->n_rows, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), editor, 1, self->n_rows, 1, 1);
  self->n_rows++;
}

static void
add_group (MsmSourcePanel *self, MsmScan *scan)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  GtkWidget *drop_down;
  guint selected = 0;

  for (guint i = 0; i < scan->groups->len; i++)
    {
      const char *name = g_ptr_array_index (scan->groups, i);

      gtk_string_list_append (names, name);
      if (g_strcmp0 (name, scan->group) == 0)
        selected = i;
    }
  drop_down = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&names)), NULL);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (drop_down), selected);
  g_signal_connect (drop_down, "notify::selected", G_CALLBACK (on_group), self);
  add_editor (self, _("Group"), _("The file holds several measurements"), drop_down);
}

static const char *
axis_title (const char *axis)
{
  static const struct
  {
    const char *axis, *title;
  } titles[] = {
    { "repetition", N_("Repetition") }, { "contrast", N_("Contrast") }, { "set", N_("Set") },
    { "phase", N_("Cardiac phase") },   { "average", N_("Average") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (titles[i].axis, axis))
      return _(titles[i].title);
  return axis;
}

/* One of several repetitions, contrasts, …, counted from 1 as slices are. */
static void
add_axes (MsmSourcePanel *self, MsmScan *scan)
{
  g_autoptr (GList) axes = g_hash_table_get_keys (scan->axes);

  axes = g_list_sort (axes, (GCompareFunc) strcmp);
  for (GList *l = axes; l != NULL; l = l->next)
    {
      gsize n = GPOINTER_TO_SIZE (g_hash_table_lookup (scan->axes, l->data));
      g_autofree char *help = g_strdup_printf (_("One of %zu"), n);
      GtkWidget *spin;

      if (n < 2)
        continue;
      spin = msm_param_spin_new (1, (double) n, 1);
      gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), (double) msm_session_get_index (self->session, l->data) + 1);
      gtk_editable_set_width_chars (GTK_EDITABLE (spin), 3);
      g_object_set_data_full (G_OBJECT (spin), "msm-axis", g_strdup (l->data), g_free);
      g_signal_connect (spin, "value-changed", G_CALLBACK (on_index), self);
      add_editor (self, axis_title (l->data), help, spin);
    }
}

static void
on_scan_changed (MsmSession *session, MsmSourcePanel *self)
{
  MsmScan *scan = msm_session_get_scan (session);
  g_autofree char *base = NULL;
  g_autofree char *notes = NULL;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->grid)) != NULL)
    gtk_grid_remove (GTK_GRID (self->grid), child);
  self->n_rows = 0;
  gtk_widget_set_visible (self->expander, scan != NULL);
  gtk_widget_set_visible (self->calibration, scan != NULL && scan->kind == MSM_SCAN_KSPACE && scan->n_channels > 1);
  if (scan == NULL)
    {
      gtk_label_set_text (GTK_LABEL (self->name), _("Nothing open"));
      return;
    }
  /* An experiment brings its own. */
  msm_param_rows_set_params (MSM_PARAM_ROWS (self->coil_rows), msm_session_get_coil_params (session));
  msm_param_rows_set_params (MSM_PARAM_ROWS (self->espirit_rows), msm_session_get_espirit_params (session));
  base = g_path_get_basename (scan->path);
  gtk_label_set_text (GTK_LABEL (self->name), base);
  gtk_widget_set_tooltip_text (self->name, scan->path);
  add_fact (self, _("Format"), g_strdup (_(scan->format->title)));
  add_fact (self, _("Kind"),
            g_strdup (scan->kind == MSM_SCAN_IMAGE ? _("synthetic k-space")
                      : scan->is_simulated         ? _("simulated k-space")
                                                   : _("measured k-space")));
  if (scan->groups != NULL)
    add_group (self, scan);
  add_axes (self, scan);
  add_fact (self, _("Slices"), g_strdup_printf ("%zu", scan->n_slices));
  add_fact (self, scan->kind == MSM_SCAN_IMAGE ? _("Channels") : _("Coils"),
            g_strdup_printf ("%zu", scan->n_channels));
  add_fact (self, _("Readout × phase"), g_strdup_printf ("%zu × %zu", scan->n_readout, scan->n_phase));
  if (scan->crop_readout > 0 && scan->crop_phase > 0)
    add_fact (self, _("Shown"), g_strdup_printf ("%zu × %zu", scan->crop_readout, scan->crop_phase));
  if (scan->spacing_mm[0] > 0)
    add_fact (self, _("Spacing (mm)"),
              g_strdup_printf ("%.3g × %.3g × %.3g", scan->spacing_mm[0], scan->spacing_mm[1], scan->spacing_mm[2]));
  add_fact (self, _("Sampling"),
            msm_session_is_fully_sampled (session)
                ? g_strdup (_("full"))
                : g_strdup_printf (_("undersampled, R %.2f"),
                                   msm_mask_effective_accel (msm_session_get_own_mask (session))));
  notes = notes_text (scan);
  gtk_label_set_text (GTK_LABEL (self->notes), notes);
  gtk_widget_set_visible (self->expander, notes[0] != '\0');
}

static void
msm_source_panel_dispose (GObject *object)
{
  MsmSourcePanel *self = MSM_SOURCE_PANEL (object);

  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->session, self);
      msm_param_rows_set_params (MSM_PARAM_ROWS (self->coil_rows), NULL);
      msm_param_rows_set_params (MSM_PARAM_ROWS (self->espirit_rows), NULL);
    }
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_source_panel_parent_class)->dispose (object);
}

static void
msm_source_panel_class_init (MsmSourcePanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_source_panel_dispose;
}

static GtkWidget *
calibration_new (MsmSourcePanel *self)
{
  GtkWidget *expander = gtk_expander_new (_("Coil sensitivities (ESPIRiT)"));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  self->coil_rows = msm_param_rows_new ();
  self->espirit_rows = msm_param_rows_new ();
  gtk_box_append (GTK_BOX (box), self->coil_rows);
  gtk_box_append (GTK_BOX (box), self->espirit_rows);
  gtk_expander_set_child (GTK_EXPANDER (expander), box);
  gtk_widget_set_visible (expander, FALSE);
  return expander;
}

static void
msm_source_panel_init (MsmSourcePanel *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 4);
  self->name = gtk_label_new (_("Nothing open"));
  gtk_label_set_xalign (GTK_LABEL (self->name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_add_css_class (self->name, "msm-file-name");
  self->grid = gtk_grid_new ();
  gtk_grid_set_row_spacing (GTK_GRID (self->grid), 1);
  gtk_grid_set_column_spacing (GTK_GRID (self->grid), 8);
  self->notes = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->notes), 0);
  gtk_label_set_wrap (GTK_LABEL (self->notes), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->notes), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (self->notes), 34);
  gtk_label_set_selectable (GTK_LABEL (self->notes), TRUE);
  gtk_widget_add_css_class (self->notes, "msm-notes");
  self->expander = gtk_expander_new (_("Notes of the reader"));
  gtk_expander_set_child (GTK_EXPANDER (self->expander), self->notes);
  gtk_widget_set_visible (self->expander, FALSE);
  gtk_box_append (GTK_BOX (self), self->name);
  gtk_box_append (GTK_BOX (self), self->grid);
  gtk_box_append (GTK_BOX (self), self->expander);
  self->calibration = calibration_new (self);
  gtk_box_append (GTK_BOX (self), self->calibration);
}

GtkWidget *
msm_source_panel_new (MsmSession *session)
{
  MsmSourcePanel *self = g_object_new (MSM_TYPE_SOURCE_PANEL, NULL);

  self->session = g_object_ref (session);
  msm_param_rows_set_params (MSM_PARAM_ROWS (self->coil_rows), msm_session_get_coil_params (session));
  msm_param_rows_set_params (MSM_PARAM_ROWS (self->espirit_rows), msm_session_get_espirit_params (session));
  g_signal_connect_swapped (self->coil_rows, "changed", G_CALLBACK (msm_session_params_changed), session);
  g_signal_connect_swapped (self->espirit_rows, "changed", G_CALLBACK (msm_session_params_changed), session);
  g_signal_connect (session, "scan-changed", G_CALLBACK (on_scan_changed), self);
  return GTK_WIDGET (self);
}
