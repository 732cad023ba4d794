#include "config.h"

#include "ui/widgets/timeline.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/widgets/draw.h"

#define MARGIN 8.0
#define HANDLE 5.0

struct _MsmTimeline
{
  GtkWidget parent_instance;
  int step, n_steps;
  int position; /* −1: live */
  GArray *kept; /* int */
  double start_x;
};

enum
{
  PICKED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MsmTimeline, msm_timeline, GTK_TYPE_WIDGET)

static double
pixel_of (MsmTimeline *self, double step)
{
  double width = MAX (gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN, 1.0);

  return MARGIN + width * step / MAX (self->n_steps, 1);
}

static void
msm_timeline_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MsmTimeline *self = MSM_TIMELINE (widget);
  const double middle = floor (gtk_widget_get_height (widget) / 2.0);
  const GdkRGBA done = { 0.21f, 0.52f, 0.89f, 1.0f }, cursor = { 1.0f, 0.80f, 0.25f, 1.0f };
  const gboolean is_live = self->position < 0;
  GdkRGBA color, track, tick;
  double x;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  track = tick = color;
  track.alpha *= 0.18f;
  tick.alpha *= 0.6f;
  msm_draw_rect (snapshot, &track, MARGIN, middle - 2, MAX (gtk_widget_get_width (widget) - 2 * MARGIN, 0), 4);
  if (self->n_steps > 0)
    {
      x = pixel_of (self, self->step);
      msm_draw_rect (snapshot, &done, MARGIN, middle - 2, x - MARGIN, 4);
      for (guint i = 0; i < self->kept->len; i++)
        msm_draw_rect (snapshot, &tick, floor (pixel_of (self, g_array_index (self->kept, int, i))), middle - 6, 1, 12);
      x = floor (pixel_of (self, is_live ? self->step : self->position));
      msm_draw_rect (snapshot, is_live ? &done : &cursor, x - HANDLE / 2, middle - 9, HANDLE, 18);
    }
  if (gtk_widget_has_visible_focus (widget))
    msm_draw_frame (
        snapshot,
        &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget), (float) gtk_widget_get_height (widget)), 1,
        &done);
}

static void
pick (MsmTimeline *self, int step)
{
  if (step == self->position)
    return;
  msm_timeline_set_position (self, step);
  g_signal_emit (self, signals[PICKED], 0, step);
}

/* The nearest kept step; beyond the last one's half way, the live edge. */
static void
pick_at (MsmTimeline *self, double x)
{
  double best = INFINITY;
  int step = -1;

  if (self->n_steps <= 0)
    return;
  for (guint i = 0; i < self->kept->len; i++)
    {
      int candidate = g_array_index (self->kept, int, i);
      double distance = fabs (pixel_of (self, candidate) - x);

      if (distance <= best)
        {
          best = distance;
          step = candidate;
        }
    }
  if (step == self->step || x > pixel_of (self, self->step) + HANDLE)
    step = -1;
  pick (self, step);
}

static void
drag_begin (GtkGestureDrag *gesture, double x, double y, MsmTimeline *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->start_x = x;
  pick_at (self, x);
}

static void
drag_update (GtkGestureDrag *gesture, double dx, double dy, MsmTimeline *self)
{
  pick_at (self, self->start_x + dx);
}

static gboolean
key_pressed (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, MsmTimeline *self)
{
  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return FALSE;
  switch (key)
    {
    case GDK_KEY_Left:
      msm_timeline_move (self, -1);
      return TRUE;
    case GDK_KEY_Right:
      msm_timeline_move (self, 1);
      return TRUE;
    case GDK_KEY_Home:
      if (self->kept->len > 0)
        pick (self, g_array_index (self->kept, int, 0));
      return TRUE;
    case GDK_KEY_End:
      pick (self, -1);
      return TRUE;
    default:
      return FALSE;
    }
}

static void
msm_timeline_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 80 : 22;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 300 : 22;
}

static void
msm_timeline_finalize (GObject *object)
{
  g_array_unref (MSM_TIMELINE (object)->kept);
  G_OBJECT_CLASS (msm_timeline_parent_class)->finalize (object);
}

static void
msm_timeline_class_init (MsmTimelineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = msm_timeline_finalize;
  widget_class->snapshot = msm_timeline_snapshot;
  widget_class->measure = msm_timeline_measure;
  gtk_widget_class_set_css_name (widget_class, "timeline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
  signals[PICKED] = g_signal_new ("picked", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
msm_timeline_init (MsmTimeline *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  self->position = -1;
  self->kept = g_array_new (FALSE, FALSE, sizeof (int));
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update), self);
  g_signal_connect (key, "key-pressed", G_CALLBACK (key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), key);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Steps of the run"), -1);
}

GtkWidget *
msm_timeline_new (void)
{
  return g_object_new (MSM_TYPE_TIMELINE, NULL);
}

void
msm_timeline_set_progress (MsmTimeline *self, int step, int n_steps)
{
  self->step = step;
  self->n_steps = n_steps;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, (double) n_steps,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
                                  (double) (self->position < 0 ? step : self->position), -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_timeline_set_kept (MsmTimeline *self, const int *steps, guint n)
{
  g_array_set_size (self->kept, 0);
  if (n > 0)
    g_array_append_vals (self->kept, steps, n);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_timeline_set_position (MsmTimeline *self, int step)
{
  self->position = step;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_timeline_move (MsmTimeline *self, int by)
{
  int index = (int) self->kept->len - 1;

  if (index < 0)
    return;
  while (self->position >= 0 && index > 0 && g_array_index (self->kept, int, index) > self->position)
    index--;
  index += by;
  pick (self, index >= (int) self->kept->len || (by > 0 && index == (int) self->kept->len - 1)
                  ? -1
                  : g_array_index (self->kept, int, MAX (index, 0)));
}
