#include "config.h"

#include "ui/window/step-plot.h"

#include <math.h>

#include <glib/gi18n.h>

#include "ui/widgets/plot.h"

/* Plots are redrawn at most this often: they need not follow every frame of a fast run. */
#define PLOT_INTERVAL_US 66000
/* Of more runs the lines cannot be told apart: the newest are shown. */
#define MAX_RUNS         6

typedef struct
{
  const char *name;
  const char *title, *unit, *help; /* translatable; unit and help may be NULL */
  MsmSeries x, y;
  gboolean is_log;
  gboolean needs_measurement; /* nothing can be expected of generation */
  gboolean is_of_sampler;     /* most methods have none: nothing is expected until there is a value */
} Series;

struct _MsmStepPlot
{
  GtkBox parent_instance;
  MsmSession *session;
  const Series *series;
  GtkWidget *plot;
  gboolean hides;
  gint64 plotted_at;
};

G_DEFINE_FINAL_TYPE (MsmStepPlot, msm_step_plot, GTK_TYPE_BOX)

/* The residual, each metric that has a plot, and the noise level. */
static const GArray *
all_series (void)
{
  static GArray *all;

  if (all == NULL)
    {
      const MsmMetric *metrics = msm_metric_classes ();
      Series residual = { .name = "residual",
                          .title = N_("Data residual"),
                          .help = N_("‖y − A x‖ ∕ ‖y‖: how far the estimate is from what was measured"),
                          .x = MSM_SERIES_STEP,
                          .y = MSM_SERIES_RESIDUAL,
                          .is_log = TRUE,
                          .needs_measurement = TRUE };
      Series noise = { .name = "noise",
                       .title = N_("Noise level σ"),
                       .x = MSM_SERIES_STEP,
                       .y = MSM_SERIES_SIGMA,
                       .is_log = TRUE,
                       .is_of_sampler = TRUE };

      all = g_array_new (FALSE, FALSE, sizeof (Series));
      g_array_append_val (all, residual);
      for (guint i = 0; metrics[i].name != NULL; i++)
        if ((metrics[i].flags & MSM_METRIC_PLOT) != 0)
          {
            Series metric = { .name = metrics[i].name,
                              .title = metrics[i].title,
                              .unit = metrics[i].unit,
                              .help = metrics[i].higher_is_better ? N_("Higher is better") : N_("Lower is better"),
                              .x = MSM_SERIES_METRIC_STEP,
                              .y = MSM_SERIES_METRICS + i };

            g_array_append_val (all, metric);
          }
      g_array_append_val (all, noise);
    }
  return all;
}

static const Series *
series_at (guint index)
{
  return &g_array_index (all_series (), Series, index);
}

guint
msm_step_plot_n_series (void)
{
  return all_series ()->len;
}

const char *
msm_step_plot_name (guint series)
{
  return series_at (series)->name;
}

char *
msm_step_plot_title (guint series)
{
  const Series *of = series_at (series);

  return of->unit != NULL ? g_strdup_printf ("%s (%s)", _(of->title), of->unit) : g_strdup (_(of->title));
}

int
msm_step_plot_find (const char *name)
{
  for (guint i = 0; i < msm_step_plot_n_series (); i++)
    if (g_str_equal (series_at (i)->name, name))
      return (int) i;
  return -1;
}

static gboolean
has_values (const double *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (isfinite (values[i]))
      return TRUE;
  return FALSE;
}

/* FALSE: it has no values. */
static gboolean
plot_run (MsmStepPlot *self, MsmRunItem *run)
{
  /* Translators: the number of a run, as the name of its line in a plot */
  g_autofree char *name = g_strdup_printf (_("run %d"), msm_run_item_get_number (run));
  gsize n_x, n_y;
  const double *x = msm_run_item_get_series (run, self->series->x, &n_x);
  const double *y = msm_run_item_get_series (run, self->series->y, &n_y);

  if (!has_values (y, MIN (n_x, n_y)))
    return FALSE;
  msm_plot_set_series (MSM_PLOT (self->plot), name, x, y, MIN (n_x, n_y));
  msm_plot_set_color (MSM_PLOT (self->plot), name, (guint) msm_run_item_get_number (run) - 1);
  return TRUE;
}

static void
show (MsmStepPlot *self)
{
  MsmRunItem *selected = msm_session_get_run (self->session);
  GListModel *runs = msm_session_get_runs (self->session);
  g_autoptr (GPtrArray) of_slice = g_ptr_array_new_with_free_func (g_object_unref);
  int position = msm_session_get_position (self->session), n_steps = 1;
  gboolean is_active = selected == NULL || msm_run_item_is_active (selected);
  gboolean is_useful = (self->series->needs_measurement && (selected == NULL || !msm_run_item_is_generated (selected)))
                       || (is_active && !self->series->is_of_sampler);
  double seconds_left;

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
      is_useful |= plot_run (self, run);
    }
  msm_plot_set_x_range (MSM_PLOT (self->plot), 0, n_steps);
  msm_plot_set_cursor (MSM_PLOT (self->plot), position >= 0 ? position : NAN);
  gtk_widget_set_visible (GTK_WIDGET (self), is_useful || !self->hides);
  self->plotted_at = g_get_monotonic_time ();
}

static void
on_run_changed (MsmSession *session, MsmStepPlot *self)
{
  msm_plot_clear (MSM_PLOT (self->plot));
  show (self);
}

static void
on_run_updated (MsmSession *session, MsmStepPlot *self)
{
  MsmRunItem *run = msm_session_get_run (session);

  if (run == NULL
      || (msm_run_item_get_state (run) == MSM_RUN_RUNNING
          && g_get_monotonic_time () - self->plotted_at < PLOT_INTERVAL_US))
    return;
  show (self);
}

static void
on_position_changed (MsmSession *session, MsmStepPlot *self)
{
  show (self);
}

/* The kept step nearest to where the plot was clicked. */
static void
on_cursor_picked (MsmPlot *plot, double x, MsmStepPlot *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);
  MsmFrame *frame = run != NULL ? msm_run_item_get_frame_at (run, MAX ((int) lround (x), 0)) : NULL;

  if (frame != NULL)
    msm_session_set_position (self->session, frame == msm_run_item_get_frame_at (run, -1) ? -1 : frame->info.step);
}

static void
msm_step_plot_dispose (GObject *object)
{
  MsmStepPlot *self = MSM_STEP_PLOT (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_step_plot_parent_class)->dispose (object);
}

static void
msm_step_plot_class_init (MsmStepPlotClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_step_plot_dispose;
}

static void
msm_step_plot_init (MsmStepPlot *self)
{
  self->plot = msm_plot_new (NULL, _("step"));
  gtk_widget_set_hexpand (self->plot, TRUE);
  g_signal_connect (self->plot, "cursor-picked", G_CALLBACK (on_cursor_picked), self);
  gtk_box_append (GTK_BOX (self), self->plot);
}

GtkWidget *
msm_step_plot_new (MsmSession *session, guint series)
{
  MsmStepPlot *self = g_object_new (MSM_TYPE_STEP_PLOT, NULL);

  self->session = g_object_ref (session);
  msm_step_plot_set_series (self, series);
  g_signal_connect (session, "run-changed", G_CALLBACK (on_run_changed), self);
  g_signal_connect (session, "slice-changed", G_CALLBACK (on_run_changed), self);
  g_signal_connect (session, "run-updated", G_CALLBACK (on_run_updated), self);
  g_signal_connect (session, "position-changed", G_CALLBACK (on_position_changed), self);
  return GTK_WIDGET (self);
}

void
msm_step_plot_set_series (MsmStepPlot *self, guint series)
{
  g_autofree char *title = msm_step_plot_title (series);

  self->series = series_at (series);
  msm_plot_clear (MSM_PLOT (self->plot));
  msm_plot_set_title (MSM_PLOT (self->plot), title);
  msm_plot_set_log_y (MSM_PLOT (self->plot), self->series->is_log);
  gtk_widget_set_tooltip_text (self->plot, self->series->help != NULL ? _(self->series->help) : NULL);
  show (self);
}

void
msm_step_plot_set_hides (MsmStepPlot *self, gboolean hides)
{
  self->hides = hides;
  show (self);
}
