#include "config.h"

#include "ui/window/capture.h"

#include <time.h>

#include "ui/window/application.h"

/* Nothing can be awaited for longer: a file that does not open must not leave a test hanging. */
#define PATIENCE_MS 60000
#define BEAT_MS     2

typedef struct
{
  MsmWindow *window;
  char *path;
  gboolean run;
  char **before, **after; /* actions; NULL: they are done */
  MsmRunItem *item;
  gboolean has_failed; /* what the error bar says is the picture */
  int waited_ms;
  int settled_ms; /* since everything was there: time for the last frames to be drawn */
} Screenshot;

static void
screenshot_free (gpointer data)
{
  Screenshot *self = data;

  g_signal_handlers_disconnect_by_data (msm_window_get_session (self->window), self);
  g_object_unref (self->window);
  g_free (self->path);
  g_strfreev (self->before);
  g_strfreev (self->after);
  g_free (self);
}

static gboolean
write_window (MsmWindow *window, const char *path)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (GTK_WIDGET (window));
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GdkTexture) texture = NULL;
  GskRenderNode *node;

  gdk_paintable_snapshot (paintable, snapshot, gdk_paintable_get_intrinsic_width (paintable),
                          gdk_paintable_get_intrinsic_height (paintable));
  node = gtk_snapshot_free_to_node (snapshot);
  if (node == NULL)
    return FALSE;
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, NULL);
  gsk_render_node_unref (node);
  return texture != NULL && gdk_texture_save_to_png (texture, path);
}

static void
on_failed (MsmSession *session, const char *message, Screenshot *self)
{
  self->has_failed = TRUE;
}

static void
do_action (MsmWindow *window, const char *detailed_name)
{
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_action_parse_detailed_name (detailed_name, &name, &target, &error))
    g_printerr ("msm-studio: %s\n", error->message);
  else if (!gtk_widget_activate_action_variant (GTK_WIDGET (window), name, target))
    g_printerr ("msm-studio: %s: there is no such action\n", name);
}

void
msm_capture_do_actions (MsmWindow *window, char ***actions)
{
  g_auto (GStrv) names = g_steal_pointer (actions);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    do_action (window, names[i]);
}

/* Methods and parameters are chosen before the reconstruction, all else is done after it. */
static gboolean
is_choice (const char *action)
{
  return g_str_has_prefix (action, "win.method") || g_str_has_prefix (action, "win.param")
         || g_str_has_prefix (action, "win.operator");
}

static void
split_actions (Screenshot *self, const char *const *actions)
{
  g_autoptr (GStrvBuilder) before = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) after = g_strv_builder_new ();

  for (guint i = 0; actions != NULL && actions[i] != NULL; i++)
    g_strv_builder_add (is_choice (actions[i]) ? before : after, actions[i]);
  self->before = g_strv_builder_end (before);
  self->after = g_strv_builder_end (after);
}

static gboolean
on_screenshot_beat (gpointer data)
{
  Screenshot *self = data;
  MsmSession *session = msm_window_get_session (self->window);
  gboolean is_ready;

  self->waited_ms += 50;
  is_ready = msm_session_get_preview (session) != NULL && !msm_session_is_loading (session);
  if (is_ready)
    msm_capture_do_actions (self->window, &self->before);
  if (is_ready && self->run && self->item == NULL)
    self->item = msm_session_start_run (session);
  if (self->item != NULL)
    is_ready = is_ready && !msm_run_item_is_active (self->item);
  if (!is_ready && !self->has_failed && self->waited_ms < PATIENCE_MS)
    return G_SOURCE_CONTINUE;
  msm_capture_do_actions (self->window, &self->after);
  self->settled_ms += 50;
  if (self->settled_ms < 500)
    return G_SOURCE_CONTINUE;
  if (!write_window (self->window, self->path))
    {
      g_printerr ("msm-studio: %s: could not be written\n", self->path);
      msm_application_fail (MSM_APPLICATION (gtk_window_get_application (GTK_WINDOW (self->window))));
    }
  gtk_window_close (GTK_WINDOW (self->window));
  return G_SOURCE_REMOVE;
}

void
msm_capture_screenshot (MsmWindow *window, const char *path, gboolean run, const char *const *actions)
{
  Screenshot *self = g_new0 (Screenshot, 1);

  self->window = g_object_ref (window);
  self->path = g_strdup (path);
  self->run = run;
  split_actions (self, actions);
  g_signal_connect (msm_window_get_session (window), "failed", G_CALLBACK (on_failed), self);
  g_timeout_add_full (G_PRIORITY_DEFAULT, 50, on_screenshot_beat, self, screenshot_free);
}

typedef struct
{
  MsmWindow *window;
  char **actions; /* NULL: they are done */
  gint64 start, stop_after_us;
  gint64 last_beat;
  gint64 frame_start;
  double frame_cpu;  /* ms of this thread's processor time when the frame began */
  gint64 stroke_at;  /* 0: its preview has come */
  gint64 stroked_at; /* the last one */
  gssize line;
  int n_runs;
  GArray *blocks;   /* ms: how late the beat came */
  GArray *frames;   /* ms: main-thread time of one drawn frame */
  GArray *cpu;      /* ms: the same in processor time: what is left on an idle machine */
  GArray *previews; /* ms: stroke to preview */
  gulong handlers[3];
} Measure;

static void
measure_free (gpointer data)
{
  Measure *self = data;

  g_array_unref (self->blocks);
  g_array_unref (self->frames);
  g_array_unref (self->cpu);
  g_array_unref (self->previews);
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

static void
print_row (const char *name, GArray *values)
{
  const double *v;

  g_array_sort (values, compare);
  v = (const double *) (gpointer) values->data;
  if (values->len == 0)
    {
      g_print ("%-22s none\n", name);
      return;
    }
  g_print ("%-22s n %5u   p50 %6.2f   p99 %6.2f   max %6.2f ms\n", name, values->len, v[values->len / 2],
           v[(guint) (0.99 * (values->len - 1))], v[values->len - 1]);
}

static double
thread_cpu_ms (void)
{
  struct timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

static void
on_before_paint (GdkFrameClock *clock, Measure *self)
{
  self->frame_start = g_get_monotonic_time ();
  self->frame_cpu = thread_cpu_ms ();
}

static void
on_after_paint (GdkFrameClock *clock, Measure *self)
{
  double ms = (g_get_monotonic_time () - self->frame_start) / 1000.0, cpu = thread_cpu_ms () - self->frame_cpu;

  if (self->frame_start == 0)
    return;
  g_array_append_val (self->frames, ms);
  g_array_append_val (self->cpu, cpu);
}

static void
on_preview (MsmSession *session, Measure *self)
{
  double ms = msm_session_get_preview_ms (session);

  if (self->stroke_at != 0 && ms > 0)
    {
      g_array_append_val (self->previews, ms);
      self->stroke_at = 0;
    }
}

static void
keep_busy (Measure *self, gint64 now)
{
  MsmSession *session = msm_window_get_session (self->window);
  MsmRunItem *run = msm_session_get_run (session);
  MsmMask *mask = msm_session_get_mask (session);

  if (run == NULL || !msm_run_item_is_active (run))
    {
      /* The one before stays on the list until the next has its maps. */
      if (msm_session_start_run (session) != NULL)
        self->n_runs++;
      if (run != NULL)
        msm_session_remove_run (session, run);
    }
  /* Strokes come at most every 100 ms, and the next one not before the last one's preview. */
  if (mask != NULL && now - self->stroked_at > 100000 && self->stroke_at == 0)
    {
      g_autoptr (MsmMaskEdit) edit = NULL;

      self->line = (self->line + 7) % (gssize) mask->n_phase;
      edit = msm_mask_edit_new_lines (self->line, 1, self->line % 2 == 0);
      self->stroke_at = self->stroked_at = now;
      msm_session_edit_mask (session, edit);
    }
}

static gboolean
on_measure_beat (gpointer data)
{
  Measure *self = data;
  MsmSession *session = msm_window_get_session (self->window);
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self->window));
  gint64 now = g_get_monotonic_time ();

  if (msm_session_get_preview (session) == NULL || clock == NULL)
    return self->last_beat++ * BEAT_MS < PATIENCE_MS ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
  if (self->start == 0)
    {
      msm_capture_do_actions (self->window, &self->actions);
      self->start = now;
      self->handlers[0] = g_signal_connect (clock, "before-paint", G_CALLBACK (on_before_paint), self);
      self->handlers[1] = g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), self);
      self->handlers[2] = g_signal_connect (session, "preview-changed", G_CALLBACK (on_preview), self);
    }
  else
    {
      double late = MAX (0, now - self->last_beat - BEAT_MS * 1000) / 1000.0;

      g_array_append_val (self->blocks, late);
    }
  if (now - self->start < self->stop_after_us)
    {
      keep_busy (self, now);
      self->last_beat = g_get_monotonic_time ();
      return G_SOURCE_CONTINUE;
    }
  g_signal_handler_disconnect (clock, self->handlers[0]);
  g_signal_handler_disconnect (clock, self->handlers[1]);
  g_signal_handler_disconnect (session, self->handlers[2]);
  g_print ("%d reconstructions in %.1f s\n", self->n_runs, (now - self->start) / 1e6);
  print_row ("frame, main thread", self->frames);
  print_row ("frame, its CPU time", self->cpu);
  print_row ("main loop blocked", self->blocks);
  print_row ("stroke to preview", self->previews);
  gtk_window_close (GTK_WINDOW (self->window));
  return G_SOURCE_REMOVE;
}

void
msm_capture_measure (MsmWindow *window, int seconds, const char *const *actions)
{
  Measure *self = g_new0 (Measure, 1);

  self->actions = g_strdupv ((char **) actions);
  self->window = g_object_ref (window);
  self->stop_after_us = (gint64) seconds * G_USEC_PER_SEC;
  self->blocks = g_array_new (FALSE, FALSE, sizeof (double));
  self->frames = g_array_new (FALSE, FALSE, sizeof (double));
  self->cpu = g_array_new (FALSE, FALSE, sizeof (double));
  self->previews = g_array_new (FALSE, FALSE, sizeof (double));
  g_timeout_add_full (G_PRIORITY_DEFAULT, BEAT_MS, on_measure_beat, self, measure_free);
}
