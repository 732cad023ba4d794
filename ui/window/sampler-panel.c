#include "config.h"

#include "ui/window/sampler-panel.h"

#include <glib/gi18n.h>

#include "app/setup/prior.h"
#include "ui/window/param-rows.h"

struct _MsmSamplerPanel
{
  GtkBox parent_instance;
  MsmSession *session;
  GtkWidget *method;
  GtkWidget *help;
  GtkWidget *rows;
  GtkWidget *about; /* holds the card */
  GtkWidget *card;
};

G_DEFINE_FINAL_TYPE (MsmSamplerPanel, msm_sampler_panel, GTK_TYPE_BOX)

/* What the chosen prior is. */
static void
show_card (MsmSamplerPanel *self)
{
  MsmParams *params = msm_session_get_method_params (self->session);
  const char *prior = params != NULL ? msm_params_get_prior (params) : NULL;
  gboolean is_chosen = prior != NULL && prior[0] != '\0';
  g_autoptr (GError) error = NULL;
  g_autofree char *text = is_chosen ? msm_prior_describe (prior, &error) : NULL;

  gtk_label_set_text (GTK_LABEL (self->card), text != NULL ? text : error != NULL ? error->message : "");
  gtk_widget_set_visible (self->about, is_chosen);
  if (error != NULL)
    gtk_expander_set_expanded (GTK_EXPANDER (self->about), TRUE);
}

static void
on_params (MsmParamRows *rows, MsmSamplerPanel *self)
{
  show_card (self);
  msm_session_params_changed (self->session);
}

static void
show_method (MsmSamplerPanel *self)
{
  const MsmSamplerClass *method = msm_session_get_method (self->session);
  const MsmSamplerClass *const *methods = msm_session_get_methods ();

  for (guint i = 0; methods[i] != NULL; i++)
    if (methods[i] == method)
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->method), i);
  gtk_label_set_text (GTK_LABEL (self->help), method != NULL ? _(method->help) : "");
  msm_param_rows_set_params (MSM_PARAM_ROWS (self->rows), msm_session_get_method_params (self->session));
  show_card (self);
}

static void
on_method (GtkDropDown *drop_down, GParamSpec *pspec, MsmSamplerPanel *self)
{
  msm_session_set_method (self->session, msm_session_get_methods ()[gtk_drop_down_get_selected (drop_down)]);
}

static void
on_method_changed (MsmSession *session, MsmSamplerPanel *self)
{
  show_method (self);
}

static const char *
why_idle (const MsmParam *param, gpointer data)
{
  MsmSamplerPanel *self = data;
  const MsmSamplerClass *method = msm_session_get_method (self->session);

  return method->idle != NULL ? method->idle (msm_session_get_method_params (self->session), param->name,
                                              msm_session_is_sampling (self->session))
                              : NULL;
}

static void
on_scan_changed (MsmSession *session, MsmSamplerPanel *self)
{
  msm_param_rows_update_use (MSM_PARAM_ROWS (self->rows));
}

static GtkWidget *
method_new (void)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (const MsmSamplerClass *const *klass = msm_session_get_methods (); *klass != NULL; klass++)
    gtk_string_list_append (names, _((*klass)->title));
  return gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&names)), NULL);
}

static void
msm_sampler_panel_dispose (GObject *object)
{
  MsmSamplerPanel *self = MSM_SAMPLER_PANEL (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (self->rows != NULL)
    msm_param_rows_set_params (MSM_PARAM_ROWS (self->rows), NULL);
  self->rows = NULL;
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_sampler_panel_parent_class)->dispose (object);
}

static void
msm_sampler_panel_class_init (MsmSamplerPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_sampler_panel_dispose;
}

static void
msm_sampler_panel_init (MsmSamplerPanel *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 4);
  self->method = method_new ();
  gtk_widget_set_tooltip_text (self->method, _("Reconstruction method"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->method), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Reconstruction method"), -1);
  self->help = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->help), 0);
  gtk_label_set_wrap (GTK_LABEL (self->help), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (self->help), 34);
  gtk_widget_add_css_class (self->help, "msm-notes");
  self->rows = msm_param_rows_new ();
  gtk_box_append (GTK_BOX (self), self->method);
  gtk_box_append (GTK_BOX (self), self->help);
  self->card = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->card), 0);
  gtk_label_set_wrap (GTK_LABEL (self->card), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (self->card), 34);
  gtk_label_set_selectable (GTK_LABEL (self->card), TRUE);
  gtk_widget_add_css_class (self->card, "msm-notes");
  g_signal_connect (self->rows, "changed", G_CALLBACK (on_params), self);
  gtk_box_append (GTK_BOX (self), self->rows);
  /* Long, and read once: the plots below are looked at all the time. */
  self->about = gtk_expander_new (_("About this prior"));
  gtk_expander_set_child (GTK_EXPANDER (self->about), self->card);
  gtk_box_append (GTK_BOX (self), self->about);
}

GtkWidget *
msm_sampler_panel_new (MsmSession *session)
{
  MsmSamplerPanel *self = g_object_new (MSM_TYPE_SAMPLER_PANEL, NULL);

  self->session = g_object_ref (session);
  msm_param_rows_set_idle_func (MSM_PARAM_ROWS (self->rows), why_idle, self);
  show_method (self);
  g_signal_connect (self->method, "notify::selected", G_CALLBACK (on_method), self);
  g_signal_connect (session, "method-changed", G_CALLBACK (on_method_changed), self);
  g_signal_connect (session, "scan-changed", G_CALLBACK (on_scan_changed), self);
  return GTK_WIDGET (self);
}
