#include "config.h"

#include "ui/window/plots-panel.h"

#include <math.h>

#include <glib/gi18n.h>

#include "ui/widgets/plot.h"

/* Plots are redrawn at most this often: they need not follow every frame of a fast run. */
#define PLOT_INTERVAL_US 66000
/* Of more runs the lines cannot be told apart: the newest are shown. */
#define MAX_RUNS         6

/* The residual, each metric that has a plot, and the noise level. */
#define MAX_PLOTS (2 + MSM_METRICS_MAX)

typedef struct
{
  char *title, *help; /* translated */
  MsmSeries x, y;
  gboolean is_log;
  gboolean needs_measurement; /* hidden of generation, also while it has no values yet */
  gboolean is_of_sampler;     /* hidden while it has no values: most methods have none */
} Plot;

struct _MsmPlotsPanel
{
  GtkBox parent_instance;
  MsmSession *session;
  Plot kinds[MAX_PLOTS];
  GtkWidget *plots[MAX_PLOTS];
  int n_plots;
  gint64 plotted_at;
};

G_DEFINE_FINAL_TYPE (MsmPlotsPanel, msm_plots_panel, GTK_TYPE_BOX)

static gboolean
has_values (const double *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (isfinite (values[i]))
      return TRUE;
  return FALSE;
}

static void
plot_run (MsmPlotsPanel *self, MsmRunItem *run, gboolean shown[MAX_PLOTS])
{
  /* Translators: the number of a run, as the name of its line in a plot */
  g_autofree char *name = g_strdup_printf (_("run %d"), msm_run_item_get_number (run));

  for (int i = 0; i < self->n_plots; i++)
    {
      gsize n_x, n_y;
      const double *x = msm_run_item_get_series (run, self->kinds[i].x, &n_x);
      const double *y = msm_run_item_get_series (run, self->kinds[i].y, &n_y);

      if (!has_values (y, MIN (n_x, n_y)))
        continue;
      shown[i] = TRUE;
      msm_plot_set_series (MSM_PLOT (self->plots[i]), name, x, y, MIN (n_x, n_y));
      msm_plot_set_color (MSM_PLOT (self->plots[i]), name, (guint) msm_run_item_get_number (run) - 1);
    }
}

static void
show (MsmPlotsPanel *self)
{
  MsmRunItem *selected = msm_session_get_run (self->session);
  GListModel *runs = msm_session_get_runs (self->session);
  g_autoptr (GPtrArray) of_slice = g_ptr_array_new_with_free_func (g_object_unref);
  int position = msm_session_get_position (self->session), n_steps = 1;
  gboolean shown[MAX_PLOTS] = { FALSE };
  gboolean is_active = selected == NULL || msm_run_item_is_active (selected);
  double seconds_left;

  for (int i = 0; i < self->n_plots; i++)
    shown[i] = self->kinds[i].needs_measurement && (selected == NULL || !msm_run_item_is_generated (selected));
  for (guint i = 0; i < g_list_model_get_n_items (runs) && of_slice->len < MAX_RUNS; i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (runs, i);

      if (msm_session_shows_run (self->session, run))
        g_ptr_array_add (of_slice, g_steal_pointer (&run));
    }
  /* The oldest first: where not all names fit, the newest stay. */
  for (guint i = of_slice->len; i > 0; i--)
    {
      MsmRunItem *run = g_ptr_array_index (of_slice, i - 1);
      int step, n;

      msm_run_item_get_progress (run, &step, &n, &seconds_left);
      n_steps = MAX (n_steps, n);
      plot_run (self, run, shown);
    }
  for (int i = 0; i < self->n_plots; i++)
    {
      msm_plot_set_x_range (MSM_PLOT (self->plots[i]), 0, n_steps);
      msm_plot_set_cursor (MSM_PLOT (self->plots[i]), position >= 0 ? position : NAN);
      gtk_widget_set_visible (self->plots[i], shown[i] || (is_active && !self->kinds[i].is_of_sampler));
    }
  self->plotted_at = g_get_monotonic_time ();
}

static void
on_run_changed (MsmSession *session, MsmPlotsPanel *self)
{
  for (int i = 0; i < self->n_plots; i++)
    msm_plot_clear (MSM_PLOT (self->plots[i]));
  show (self);
}

static void
on_run_updated (MsmSession *session, MsmPlotsPanel *self)
{
  MsmRunItem *run = msm_session_get_run (session);

  if (run == NULL
      || (msm_run_item_get_state (run) == MSM_RUN_RUNNING
          && g_get_monotonic_time () - self->plotted_at < PLOT_INTERVAL_US))
    return;
  show (self);
}

static void
on_position_changed (MsmSession *session, MsmPlotsPanel *self)
{
  show (self);
}

/* The kept step nearest to where the plot was clicked. */
static void
on_cursor_picked (MsmPlot *plot, double x, MsmPlotsPanel *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);
  MsmFrame *frame = run != NULL ? msm_run_item_get_frame_at (run, MAX ((int) lround (x), 0)) : NULL;

  if (frame != NULL)
    msm_session_set_position (self->session, frame == msm_run_item_get_frame_at (run, -1) ? -1 : frame->info.step);
}

static void
msm_plots_panel_dispose (GObject *object)
{
  MsmPlotsPanel *self = MSM_PLOTS_PANEL (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_plots_panel_parent_class)->dispose (object);
}

static void
msm_plots_panel_finalize (GObject *object)
{
  MsmPlotsPanel *self = MSM_PLOTS_PANEL (object);

  for (int i = 0; i < self->n_plots; i++)
    {
      g_free (self->kinds[i].title);
      g_free (self->kinds[i].help);
    }
  G_OBJECT_CLASS (msm_plots_panel_parent_class)->finalize (object);
}

static void
msm_plots_panel_class_init (MsmPlotsPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_plots_panel_dispose;
  G_OBJECT_CLASS (klass)->finalize = msm_plots_panel_finalize;
}

/* Takes the texts of @kind. */
static void
add_plot (MsmPlotsPanel *self, Plot kind)
{
  GtkWidget *plot = msm_plot_new (kind.title, _("step"));

  msm_plot_set_log_y (MSM_PLOT (plot), kind.is_log);
  gtk_widget_set_size_request (plot, 240, 112);
  gtk_widget_set_tooltip_text (plot, kind.help);
  g_signal_connect (plot, "cursor-picked", G_CALLBACK (on_cursor_picked), self);
  gtk_box_append (GTK_BOX (self), plot);
  self->kinds[self->n_plots] = kind;
  self->plots[self->n_plots++] = plot;
}

static void
msm_plots_panel_init (MsmPlotsPanel *self)
{
  const MsmMetric *metrics = msm_metric_classes ();

  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 4);
  add_plot (self, (Plot){ .title = g_strdup (_("Data residual")),
                          .help = g_strdup (_("‖y − A x‖ ∕ ‖y‖: how far the estimate is from what was measured")),
                          .x = MSM_SERIES_STEP,
                          .y = MSM_SERIES_RESIDUAL,
                          .is_log = TRUE,
                          .needs_measurement = TRUE });
  for (int i = 0; metrics[i].name != NULL; i++)
    if ((metrics[i].flags & MSM_METRIC_PLOT) != 0)
      add_plot (self,
                (Plot){ .title = metrics[i].unit != NULL
                                     ? g_strdup_printf ("%s (%s)", _(metrics[i].title), metrics[i].unit)
                                     : g_strdup (_(metrics[i].title)),
                        .help = g_strdup (metrics[i].higher_is_better ? _("Higher is better") : _("Lower is better")),
                        .x = MSM_SERIES_METRIC_STEP,
                        .y = MSM_SERIES_METRICS + i });
  add_plot (self, (Plot){ .title = g_strdup (_("Noise level σ")),
                          .x = MSM_SERIES_STEP,
                          .y = MSM_SERIES_SIGMA,
                          .is_log = TRUE,
                          .is_of_sampler = TRUE });
}

GtkWidget *
msm_plots_panel_new (MsmSession *session)
{
  MsmPlotsPanel *self = g_object_new (MSM_TYPE_PLOTS_PANEL, NULL);

  self->session = g_object_ref (session);
  show (self);
  g_signal_connect (session, "run-changed", G_CALLBACK (on_run_changed), self);
  g_signal_connect (session, "slice-changed", G_CALLBACK (on_run_changed), self);
  g_signal_connect (session, "run-updated", G_CALLBACK (on_run_updated), self);
  g_signal_connect (session, "position-changed", G_CALLBACK (on_position_changed), self);
  return GTK_WIDGET (self);
}
