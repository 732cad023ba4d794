#include "config.h"

#include "ui/window/timeline-bar.h"

#include <glib/gi18n.h>

#include "ui/widgets/timeline.h"

/* Time of one step while it plays. */
#define PLAY_MS          60
/* The ticks of a running reconstruction follow this often. */
#define SHOW_INTERVAL_US 100000

struct _MsmTimelineBar
{
  GtkBox parent_instance;
  MsmSession *session;
  GtkWidget *timeline;
  GtkWidget *play;
  GtkWidget *label;
  guint player;
  gint64 shown_at;
};

G_DEFINE_FINAL_TYPE (MsmTimelineBar, msm_timeline_bar, GTK_TYPE_BOX)

static void
show (MsmTimelineBar *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);
  int position = msm_session_get_position (self->session), step = 0, n_steps = 0;
  guint n = run != NULL ? msm_run_item_get_n_kept (run) : 0;
  g_autofree int *steps = g_new (int, MAX (n, 1));
  g_autofree char *text = NULL;
  double seconds_left;

  self->shown_at = g_get_monotonic_time ();
  if (run != NULL)
    msm_run_item_get_progress (run, &step, &n_steps, &seconds_left);
  for (guint i = 0; i < n; i++)
    steps[i] = msm_run_item_get_kept_step (run, i);
  /* A single image has nothing to go through. */
  gtk_widget_set_visible (GTK_WIDGET (self), n_steps > 1);
  msm_timeline_set_progress (MSM_TIMELINE (self->timeline), step, n_steps);
  msm_timeline_set_kept (MSM_TIMELINE (self->timeline), steps, n);
  msm_timeline_set_position (MSM_TIMELINE (self->timeline), position);
  if (position >= 0)
    text = g_strdup_printf (_("step %d of %d"), position, n_steps);
  else if (run != NULL && msm_run_item_is_active (run))
    text = g_strdup_printf (_("live, %d kept"), n);
  else if (run != NULL && msm_run_item_get_state (run) == MSM_RUN_FAILED)
    text = g_strdup_printf (_("failed, %d kept"), n);
  else
    text = g_strdup_printf (_("the end, %d kept"), n);
  gtk_label_set_text (GTK_LABEL (self->label), text);
}

static void
stop_playing (MsmTimelineBar *self)
{
  g_clear_handle_id (&self->player, g_source_remove);
  gtk_button_set_icon_name (GTK_BUTTON (self->play), "media-playback-start-symbolic");
}

static gboolean
on_play (gpointer data)
{
  MsmTimelineBar *self = data;

  msm_timeline_move (MSM_TIMELINE (self->timeline), 1);
  if (msm_session_get_position (self->session) >= 0)
    return G_SOURCE_CONTINUE;
  self->player = 0;
  stop_playing (self);
  return G_SOURCE_REMOVE;
}

void
msm_timeline_bar_play (MsmTimelineBar *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);

  if (self->player != 0)
    {
      stop_playing (self);
      return;
    }
  if (run == NULL || msm_run_item_get_n_kept (run) < 2)
    return;
  if (msm_session_get_position (self->session) < 0)
    msm_session_set_position (self->session, msm_run_item_get_kept_step (run, 0));
  self->player = g_timeout_add (PLAY_MS, on_play, self);
  gtk_button_set_icon_name (GTK_BUTTON (self->play), "media-playback-pause-symbolic");
}

void
msm_timeline_bar_move (MsmTimelineBar *self, int by)
{
  stop_playing (self);
  msm_timeline_move (MSM_TIMELINE (self->timeline), by);
}

void
msm_timeline_bar_rewind (MsmTimelineBar *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);

  stop_playing (self);
  if (run != NULL && msm_run_item_get_n_kept (run) > 0)
    msm_session_set_position (self->session, msm_run_item_get_kept_step (run, 0));
}

static void
on_picked (MsmTimeline *timeline, int step, MsmTimelineBar *self)
{
  msm_session_set_position (self->session, step);
}

static void
on_changed (MsmSession *session, MsmTimelineBar *self)
{
  show (self);
}

static void
on_run_changed (MsmSession *session, MsmTimelineBar *self)
{
  stop_playing (self);
  show (self);
}

static void
on_run_updated (MsmSession *session, MsmTimelineBar *self)
{
  MsmRunItem *run = msm_session_get_run (session);

  if (run == NULL
      || (msm_run_item_get_state (run) == MSM_RUN_RUNNING
          && g_get_monotonic_time () - self->shown_at < SHOW_INTERVAL_US))
    return;
  show (self);
}

static GtkWidget *
button_new (const char *icon, const char *action, const char *help)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_tooltip_text (button, help);
  gtk_widget_add_css_class (button, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, help, -1);
  return button;
}

static void
msm_timeline_bar_dispose (GObject *object)
{
  MsmTimelineBar *self = MSM_TIMELINE_BAR (object);

  g_clear_handle_id (&self->player, g_source_remove);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_timeline_bar_parent_class)->dispose (object);
}

static void
msm_timeline_bar_class_init (MsmTimelineBarClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_timeline_bar_dispose;
}

static void
msm_timeline_bar_init (MsmTimelineBar *self)
{
  GtkWidget *branch;

  gtk_box_set_spacing (GTK_BOX (self), 4);
  gtk_widget_add_css_class (GTK_WIDGET (self), "msm-timeline");
  self->timeline = msm_timeline_new ();
  self->play = button_new ("media-playback-start-symbolic", "win.play", _("Play the kept steps, or stop (Alt+P)"));
  self->label = gtk_label_new (NULL);
  gtk_label_set_width_chars (GTK_LABEL (self->label), 18);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_widget_add_css_class (self->label, "numeric");
  gtk_widget_add_css_class (self->label, "dim-label");
  gtk_box_append (GTK_BOX (self),
                  button_new ("media-skip-backward-symbolic", "win.step-first", _("The first kept step (Alt+Home)")));
  gtk_box_append (GTK_BOX (self), button_new ("media-seek-backward-symbolic", "win.step-earlier",
                                              _("The kept step before (Alt+Left)")));
  gtk_box_append (GTK_BOX (self), self->play);
  gtk_box_append (GTK_BOX (self),
                  button_new ("media-seek-forward-symbolic", "win.step-later", _("The kept step after (Alt+Right)")));
  gtk_box_append (GTK_BOX (self),
                  button_new ("media-skip-forward-symbolic", "win.live", _("The newest step (Alt+End)")));
  gtk_box_append (GTK_BOX (self), self->timeline);
  gtk_box_append (GTK_BOX (self), self->label);
  branch = gtk_button_new_with_label (_("Branch"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (branch), "win.branch");
  gtk_widget_set_tooltip_text (branch, _("Continue from the step that is shown, with the parameters, seed and "
                                          "mask as they are now, as a new run (Ctrl+B)"));
  gtk_box_append (GTK_BOX (self), branch);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  g_signal_connect (self->timeline, "picked", G_CALLBACK (on_picked), self);
}

GtkWidget *
msm_timeline_bar_new (MsmSession *session)
{
  MsmTimelineBar *self = g_object_new (MSM_TYPE_TIMELINE_BAR, NULL);

  self->session = g_object_ref (session);
  g_signal_connect (session, "run-changed", G_CALLBACK (on_run_changed), self);
  g_signal_connect (session, "run-updated", G_CALLBACK (on_run_updated), self);
  g_signal_connect (session, "position-changed", G_CALLBACK (on_changed), self);
  return GTK_WIDGET (self);
}
