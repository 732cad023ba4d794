#include "config.h"

#include "ui/window/capture.h"

#define BEAT_MS 5

typedef struct
{
  MsmWindow *window;
  MsmRunItem *item;
  char **actions; /* NULL: they are done */
  gint64 running_since;
  int n_pairs, n_done; /* n_done: runs, without and with images in turn */
  GArray *ms[2];       /* without images, with them: ms of the whole run, its preparation left out */
} Cost;

static void
cost_free (gpointer data)
{
  Cost *self = data;

  g_array_unref (self->ms[0]);
  g_array_unref (self->ms[1]);
  g_strfreev (self->actions);
  g_object_unref (self->window);
  g_free (self);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (GArray *values)
{
  g_array_sort (values, compare);
  return g_array_index (values, double, values->len / 2);
}

static void
report (Cost *self)
{
  double off = median (self->ms[0]), on = median (self->ms[1]), run_ms, show_ms;

  msm_run_item_get_cost (self->item, &run_ms, &show_ms);
  g_print ("%d runs each, median: images off %.1f ms, on %.1f ms: %+.2f %%; making the frames %.2f %% of the last\n",
           self->n_pairs, off, on, 100 * (on / off - 1), 100 * show_ms / (run_ms + show_ms));
}

static gboolean
on_beat (gpointer data)
{
  Cost *self = data;
  MsmSession *session = msm_window_get_session (self->window);
  gint64 now = g_get_monotonic_time ();

  if (msm_session_get_preview (session) == NULL || msm_session_is_loading (session))
    return G_SOURCE_CONTINUE;
  msm_capture_do_actions (self->window, &self->actions);
  if (self->item != NULL && msm_run_item_is_active (self->item))
    {
      if (self->running_since == 0 && msm_run_item_get_state (self->item) == MSM_RUN_RUNNING)
        self->running_since = now;
      return G_SOURCE_CONTINUE;
    }
  if (self->item != NULL)
    {
      double ms = (now - self->running_since) / 1000.0;

      if (msm_run_item_get_state (self->item) != MSM_RUN_DONE || self->running_since == 0)
        {
          const GError *error = msm_run_item_get_error (self->item);

          g_printerr ("msm-studio: %s\n", error != NULL ? error->message : "the run was too short to measure");
          gtk_window_close (GTK_WINDOW (self->window));
          return G_SOURCE_REMOVE;
        }
      /* The first of each kind finds cold caches, and estimates the maps. */
      if (self->n_done >= 2)
        g_array_append_val (self->ms[self->n_done % 2], ms);
      self->n_done++;
    }
  if (self->n_done == 2 * (self->n_pairs + 1))
    {
      report (self);
      gtk_window_close (GTK_WINDOW (self->window));
      return G_SOURCE_REMOVE;
    }
  msm_session_set_shows (session, self->n_done % 2 == 1);
  self->running_since = 0;
  self->item = msm_session_start_run (session); /* the session keeps it */
  return self->item != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void
msm_capture_measure_images (MsmWindow *window, int n_pairs, const char *const *actions)
{
  Cost *self = g_new0 (Cost, 1);

  self->window = g_object_ref (window);
  self->n_pairs = n_pairs;
  self->actions = g_strdupv ((char **) actions);
  self->ms[0] = g_array_new (FALSE, FALSE, sizeof (double));
  self->ms[1] = g_array_new (FALSE, FALSE, sizeof (double));
  g_timeout_add_full (G_PRIORITY_DEFAULT, BEAT_MS, on_beat, self, cost_free);
}
