#include "config.h"

#include "ui/window/sampler-panel.h"

#include <glib/gi18n.h>

#include "ui/widgets/plot.h"
#include "ui/window/param-rows.h"

/* Plots are redrawn at most this often: they need not follow every frame of a fast run. */
#define PLOT_INTERVAL_US 66000

struct _MsmSamplerPanel
{
  GtkBox      parent_instance;
  MsmSession *session;
  GtkWidget  *method;
  GtkWidget  *help;
  GtkWidget  *rows;
  GtkWidget  *residual;
  GtkWidget  *psnr;
  GtkWidget  *ssim;
  gint64      plotted_at;
};

G_DEFINE_FINAL_TYPE (MsmSamplerPanel, msm_sampler_panel, GTK_TYPE_BOX)

static void
show_method (MsmSamplerPanel *self)
{
  const MsmSamplerClass *method = msm_session_get_method (self->session);

  gtk_label_set_text (GTK_LABEL (self->help), method != NULL ? _(method->help) : "");
  msm_param_rows_set_params (MSM_PARAM_ROWS (self->rows), msm_session_get_method_params (self->session));
}

static void
on_method (GtkDropDown     *drop_down,
           GParamSpec      *pspec,
           MsmSamplerPanel *self)
{
  msm_session_set_method (self->session,
                          msm_sampler_classes ()[gtk_drop_down_get_selected (drop_down)]);
  show_method (self);
}

static void
plot_series (MsmRunItem *run,
             GtkWidget  *plot,
             const char *name,
             MsmSeries   x_series,
             MsmSeries   y_series,
             int         n_steps)
{
  const double *x, *y;
  gsize n_x, n_y;

  if (run == NULL)
    {
      msm_plot_clear (MSM_PLOT (plot));
      return;
    }
  x = msm_run_item_get_series (run, x_series, &n_x);
  y = msm_run_item_get_series (run, y_series, &n_y);
  msm_plot_set_x_range (MSM_PLOT (plot), 0, MAX (n_steps, 1));
  msm_plot_set_series (MSM_PLOT (plot), name, x, y, MIN (n_x, n_y));
}

static void
show_run (MsmSamplerPanel *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);
  int step = 0, n_steps = 0;
  double seconds_left;
  gsize n_metrics = 0;

  if (run != NULL)
    {
      msm_run_item_get_progress (run, &step, &n_steps, &seconds_left);
      msm_run_item_get_series (run, MSM_SERIES_PSNR, &n_metrics);
    }
  plot_series (run, self->residual, _("residual"), MSM_SERIES_STEP, MSM_SERIES_RESIDUAL, n_steps);
  plot_series (run, self->psnr, _("PSNR"), MSM_SERIES_METRIC_STEP, MSM_SERIES_PSNR, n_steps);
  plot_series (run, self->ssim, _("SSIM"), MSM_SERIES_METRIC_STEP, MSM_SERIES_SSIM, n_steps);
  gtk_widget_set_visible (self->psnr, run == NULL || n_metrics > 0 || msm_run_item_is_active (run));
  gtk_widget_set_visible (self->ssim, run == NULL || n_metrics > 0 || msm_run_item_is_active (run));
  self->plotted_at = g_get_monotonic_time ();
}

static void
on_run_changed (MsmSession      *session,
                MsmSamplerPanel *self)
{
  msm_plot_clear (MSM_PLOT (self->residual));
  msm_plot_clear (MSM_PLOT (self->psnr));
  msm_plot_clear (MSM_PLOT (self->ssim));
  show_run (self);
}

static void
on_run_updated (MsmSession      *session,
                MsmSamplerPanel *self)
{
  MsmRunItem *run = msm_session_get_run (session);

  if (run == NULL || (msm_run_item_get_state (run) == MSM_RUN_RUNNING
                      && g_get_monotonic_time () - self->plotted_at < PLOT_INTERVAL_US))
    return;
  show_run (self);
}

static GtkWidget *
method_new (void)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (const MsmSamplerClass *const *klass = msm_sampler_classes (); *klass != NULL; klass++)
    gtk_string_list_append (names, _((*klass)->title));
  return gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&names)), NULL);
}

static GtkWidget *
plot_new (const char *title)
{
  GtkWidget *plot = msm_plot_new (title, _("step"));

  gtk_widget_set_size_request (plot, 240, 118);
  return plot;
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
  self->help = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->help), 0);
  gtk_label_set_wrap (GTK_LABEL (self->help), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (self->help), 34);
  gtk_widget_add_css_class (self->help, "msm-notes");
  self->rows = msm_param_rows_new ();
  self->residual = plot_new (_("Data residual ‖y − A x‖ ∕ ‖y‖"));
  msm_plot_set_log_y (MSM_PLOT (self->residual), TRUE);
  self->psnr = plot_new (_("PSNR (dB)"));
  self->ssim = plot_new (_("SSIM"));
  gtk_box_append (GTK_BOX (self), self->method);
  gtk_box_append (GTK_BOX (self), self->help);
  gtk_box_append (GTK_BOX (self), self->rows);
  gtk_box_append (GTK_BOX (self), self->residual);
  gtk_box_append (GTK_BOX (self), self->psnr);
  gtk_box_append (GTK_BOX (self), self->ssim);
}

GtkWidget *
msm_sampler_panel_new (MsmSession *session)
{
  MsmSamplerPanel *self = g_object_new (MSM_TYPE_SAMPLER_PANEL, NULL);
  const MsmSamplerClass *const *classes = msm_sampler_classes ();

  self->session = g_object_ref (session);
  for (guint i = 0; classes[i] != NULL; i++)
    if (classes[i] == msm_session_get_method (session))
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->method), i);
  g_signal_connect (self->method, "notify::selected", G_CALLBACK (on_method), self);
  show_method (self);
  g_signal_connect (session, "run-changed", G_CALLBACK (on_run_changed), self);
  g_signal_connect (session, "run-updated", G_CALLBACK (on_run_updated), self);
  return GTK_WIDGET (self);
}
