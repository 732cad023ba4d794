#include "config.h"

#include "ui/window/capture.h"

#define BEAT_MS 2
/* Before a click: a person has looked at the picture, and the next run has been prepared meanwhile. */
#define LOOK_MS 4000

typedef struct
{
  MsmWindow *window;
  char **actions; /* NULL: they are done */
  MsmRunItem *item;
  int n_times;
  gint64 ready_at; /* 0: not yet */
  gint64 clicked_at, seen_at, stop_at, stopped_at;
  gulong painted;
  GArray *first, *stop; /* ms: click to the first estimate drawn, stop to the end of the run */
} Latency;

static void
latency_free (gpointer data)
{
  Latency *self = data;

  g_array_unref (self->first);
  g_array_unref (self->stop);
  g_strfreev (self->actions);
  g_object_unref (self->window);
  g_free (self);
}

static void
append_since (GArray *values, gint64 start)
{
  double ms = (g_get_monotonic_time () - start) / 1000.0;

  g_array_append_val (values, ms);
}

static void
print_values (const char *name, GArray *values)
{
  g_print ("%-34s", name);
  for (guint i = 0; i < values->len; i++)
    g_print (" %7.1f", g_array_index (values, double, i));
  g_print (" ms\n");
}

/* The frame clock has drawn; was the estimate there by then? */
static void
on_after_paint (GdkFrameClock *clock, Latency *self)
{
  if (self->clicked_at == 0 || self->seen_at != 0 || self->item == NULL || msm_run_item_get_frame (self->item) == NULL)
    return;
  append_since (self->first, self->clicked_at);
  self->seen_at = g_get_monotonic_time ();
  /* In the midst of a step: another moment of it each time. */
  self->stop_at = self->seen_at + 300000 + 170000 * (gint64) self->first->len;
}

static void
click (Latency *self, gint64 now)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self->window));

  if (self->painted == 0)
    self->painted = g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), self);
  self->clicked_at = now;
  self->seen_at = self->stopped_at = 0;
  g_action_group_activate_action (G_ACTION_GROUP (self->window), "run", NULL);
  self->item = msm_session_get_run (msm_window_get_session (self->window)); /* the session keeps it */
}

static gboolean
finish (Latency *self)
{
  if (self->painted != 0)
    g_signal_handler_disconnect (gtk_widget_get_frame_clock (GTK_WIDGET (self->window)), self->painted);
  print_values ("click to first estimate on screen", self->first);
  print_values ("stop to the end of the run", self->stop);
  gtk_window_close (GTK_WINDOW (self->window));
  return G_SOURCE_REMOVE;
}

static gboolean
on_beat (gpointer data)
{
  Latency *self = data;
  MsmSession *session = msm_window_get_session (self->window);
  gint64 now = g_get_monotonic_time ();

  if (self->ready_at == 0 && msm_session_get_preview (session) != NULL && !msm_session_is_loading (session))
    {
      msm_capture_do_actions (self->window, &self->actions);
      self->ready_at = now;
    }
  if (self->ready_at == 0)
    return G_SOURCE_CONTINUE;
  if (self->clicked_at == 0 && now - self->ready_at > LOOK_MS * 1000)
    click (self, now);
  else if (self->clicked_at != 0 && !msm_run_item_is_active (self->item))
    {
      if (self->stopped_at != 0)
        append_since (self->stop, self->stopped_at);
      if (self->seen_at == 0 || (int) self->first->len == self->n_times)
        return finish (self);
      self->clicked_at = 0;
      self->ready_at = now;
    }
  else if (self->seen_at != 0 && self->stopped_at == 0 && now > self->stop_at)
    {
      g_action_group_activate_action (G_ACTION_GROUP (self->window), "stop", NULL);
      self->stopped_at = now;
    }
  return G_SOURCE_CONTINUE;
}

void
msm_capture_measure_latency (MsmWindow *window, int n_times, const char *const *actions)
{
  Latency *self = g_new0 (Latency, 1);

  self->window = g_object_ref (window);
  self->n_times = n_times;
  self->actions = g_strdupv ((char **) actions);
  self->first = g_array_new (FALSE, FALSE, sizeof (double));
  self->stop = g_array_new (FALSE, FALSE, sizeof (double));
  g_timeout_add_full (G_PRIORITY_DEFAULT, BEAT_MS, on_beat, self, latency_free);
}
