#include "config.h"

#include "ui/window/run-controls.h"

#include <glib/gi18n.h>

struct _MsmRunControls
{
  GtkBox parent_instance;
  MsmSession *session;
  GtkWidget *run;
  GtkWidget *pause;
  GtkWidget *progress;
  GtkWidget *text;
  gint64 shown_at;
};

/* Text that changes faster than this cannot be read, and costs a layout each time. */
#define TEXT_INTERVAL_US 100000

G_DEFINE_FINAL_TYPE (MsmRunControls, msm_run_controls, GTK_TYPE_BOX)

static char *
progress_text (MsmRunItem *run, int step, int n_steps, double seconds_left)
{
  switch (msm_run_item_get_state (run))
    {
    case MSM_RUN_QUEUED:
      return g_strdup (_("waiting"));
    case MSM_RUN_PREPARING:
      return g_strdup (_("preparing…"));
    case MSM_RUN_RUNNING:
      return g_strdup_printf (_("step %d/%d · %.1f s left"), step, n_steps, seconds_left);
    case MSM_RUN_PAUSED:
      return n_steps == 0 ? g_strdup (_("paused")) : g_strdup_printf (_("step %d/%d · paused"), step, n_steps);
    case MSM_RUN_STOPPED:
      return g_strdup_printf (_("step %d/%d · stopped"), step, n_steps);
    case MSM_RUN_FAILED:
      return g_strdup (_("failed"));
    case MSM_RUN_DONE:
    default:
      return g_strdup_printf (_("step %d/%d · done"), step, n_steps);
    }
}

static void
on_run (MsmSession *session, MsmRunControls *self)
{
  MsmRunItem *run = msm_session_get_run (session);
  g_autofree char *text = NULL;
  int step, n_steps;
  double seconds_left;

  gtk_widget_set_visible (self->progress, run != NULL);
  if (run == NULL)
    {
      gtk_label_set_text (GTK_LABEL (self->text), "");
      return;
    }
  msm_run_item_get_progress (run, &step, &n_steps, &seconds_left);
  text = progress_text (run, step, n_steps, seconds_left);
  gtk_label_set_text (GTK_LABEL (self->text), text);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress),
                                 n_steps > 0 ? CLAMP ((double) step / n_steps, 0, 1) : 0);
  gtk_button_set_icon_name (GTK_BUTTON (self->pause), msm_run_item_is_paused (run) ? "media-playback-start-symbolic"
                                                                                   : "media-playback-pause-symbolic");
}

static void
on_run_updated (MsmSession *session, MsmRunControls *self)
{
  MsmRunItem *run = msm_session_get_run (session);
  gint64 now = g_get_monotonic_time ();

  if (run != NULL && msm_run_item_get_state (run) == MSM_RUN_RUNNING && now - self->shown_at < TEXT_INTERVAL_US)
    return;
  self->shown_at = now;
  on_run (session, self);
}

static void
on_method_changed (MsmSession *session, MsmRunControls *self)
{
  gboolean is_generating = msm_session_is_generating (session);

  gtk_button_set_label (GTK_BUTTON (self->run), is_generating ? _("Generate") : _("Reconstruct"));
  gtk_widget_set_tooltip_text (self->run, is_generating ? _("Draw from the prior (Ctrl+R)")
                                                        : _("Reconstruct this slice (Ctrl+R)"));
}

static GtkWidget *
button_new (const char *icon, const char *action, const char *help)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_tooltip_text (button, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, help, -1);
  return button;
}

static void
msm_run_controls_dispose (GObject *object)
{
  MsmRunControls *self = MSM_RUN_CONTROLS (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_run_controls_parent_class)->dispose (object);
}

static void
msm_run_controls_class_init (MsmRunControlsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_run_controls_dispose;
}

static void
msm_run_controls_init (MsmRunControls *self)
{
  GtkWidget *linked = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  gtk_box_set_spacing (GTK_BOX (self), 8);
  self->run = gtk_button_new ();
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->run), "win.run");
  gtk_widget_add_css_class (self->run, "suggested-action");
  gtk_widget_add_css_class (linked, "linked");
  self->pause = button_new ("media-playback-pause-symbolic", "win.pause",
                            _("Pause or continue; what was changed meanwhile makes a branch (Ctrl+Space)"));
  gtk_box_append (GTK_BOX (linked), self->pause);
  gtk_box_append (GTK_BOX (linked),
                  button_new ("media-skip-forward-symbolic", "win.step", _("One step, then pause (Ctrl+.)")));
  gtk_box_append (GTK_BOX (linked),
                  button_new ("media-playback-stop-symbolic", "win.stop", _("Stop, keep the result (Esc)")));
  self->text = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->text), 0);
  gtk_label_set_width_chars (GTK_LABEL (self->text), 23);
  gtk_widget_add_css_class (self->text, "numeric");
  self->progress = gtk_progress_bar_new ();
  gtk_widget_set_visible (self->progress, FALSE);
  gtk_widget_set_valign (column, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (column), self->text);
  gtk_box_append (GTK_BOX (column), self->progress);
  gtk_box_append (GTK_BOX (self), self->run);
  gtk_box_append (GTK_BOX (self), linked);
  gtk_box_append (GTK_BOX (self), column);
}

GtkWidget *
msm_run_controls_new (MsmSession *session)
{
  MsmRunControls *self = g_object_new (MSM_TYPE_RUN_CONTROLS, NULL);

  self->session = g_object_ref (session);
  on_method_changed (session, self);
  g_signal_connect (session, "method-changed", G_CALLBACK (on_method_changed), self);
  g_signal_connect (session, "run-changed", G_CALLBACK (on_run), self);
  g_signal_connect (session, "run-updated", G_CALLBACK (on_run_updated), self);
  return GTK_WIDGET (self);
}
