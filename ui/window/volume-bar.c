#include "config.h"

#include "ui/window/volume-bar.h"

#include <math.h>

#include <glib/gi18n.h>

struct _MsmVolumeBar
{
  GtkBox parent_instance;
  MsmVolumeQueue *queue;
  GtkWidget *text, *progress;
  GtkWidget *pause, *stop, *export;
};

G_DEFINE_FINAL_TYPE (MsmVolumeBar, msm_volume_bar, GTK_TYPE_BOX)

static char *
text_of (MsmVolumeBar *self, double seconds_left)
{
  gsize n_slices, n_done, n_failed;

  msm_volume_queue_get_counts (self->queue, &n_slices, &n_done, &n_failed);
  if (!msm_volume_queue_is_active (self->queue))
    return n_failed > 0 ? g_strdup_printf (_("Volume: %zu of %zu slices, %zu failed"), n_done, n_slices, n_failed)
                        : g_strdup_printf (_("Volume: %zu of %zu slices"), n_done, n_slices);
  if (msm_volume_queue_is_paused (self->queue))
    return g_strdup_printf (_("Volume: slice %zu of %zu · paused"), n_done + n_failed + 1, n_slices);
  if (seconds_left < 0)
    return g_strdup_printf (_("Volume: slice %zu of %zu"), n_done + n_failed + 1, n_slices);
  return g_strdup_printf (_("Volume: slice %zu of %zu · %.0f s left"), n_done + n_failed + 1, n_slices,
                          ceil (seconds_left));
}

static void
on_changed (MsmVolumeQueue *queue, MsmVolumeBar *self)
{
  const gboolean is_active = msm_volume_queue_is_active (queue), is_paused = msm_volume_queue_is_paused (queue);
  const char *help = is_paused ? _("Go on with the volume") : _("Pause the volume");
  gsize n_slices, n_done, n_failed;
  double seconds_left;
  const double fraction = msm_volume_queue_get_progress (queue, &seconds_left);
  g_autofree char *text = text_of (self, seconds_left);

  msm_volume_queue_get_counts (queue, &n_slices, &n_done, &n_failed);
  gtk_widget_set_visible (GTK_WIDGET (self), n_slices > 0);
  gtk_label_set_text (GTK_LABEL (self->text), text);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), fraction);
  gtk_widget_set_visible (self->progress, is_active);
  gtk_widget_set_visible (self->pause, is_active);
  gtk_widget_set_visible (self->stop, is_active);
  gtk_widget_set_visible (self->export, !is_active && n_done > 1);
  gtk_button_set_icon_name (GTK_BUTTON (self->pause),
                            is_paused ? "media-playback-start-symbolic" : "media-playback-pause-symbolic");
  gtk_widget_set_tooltip_text (self->pause, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pause), GTK_ACCESSIBLE_PROPERTY_LABEL, help, -1);
}

static void
on_pause (GtkButton *button, MsmVolumeBar *self)
{
  msm_volume_queue_pause (self->queue, !msm_volume_queue_is_paused (self->queue));
}

static void
on_stop (GtkButton *button, MsmVolumeBar *self)
{
  msm_volume_queue_stop (self->queue);
}

static void
msm_volume_bar_dispose (GObject *object)
{
  MsmVolumeBar *self = MSM_VOLUME_BAR (object);

  if (self->queue != NULL)
    g_signal_handlers_disconnect_by_data (self->queue, self);
  g_clear_object (&self->queue);
  G_OBJECT_CLASS (msm_volume_bar_parent_class)->dispose (object);
}

static void
msm_volume_bar_class_init (MsmVolumeBarClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_volume_bar_dispose;
}

static GtkWidget *
button_new (const char *icon, const char *help, GCallback on_clicked, MsmVolumeBar *self)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, help, -1);
  g_signal_connect (button, "clicked", on_clicked, self);
  return button;
}

static void
msm_volume_bar_init (MsmVolumeBar *self)
{
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  gtk_box_set_spacing (GTK_BOX (self), 4);
  self->text = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->text), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->text), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (self->text, "numeric");
  gtk_widget_set_hexpand (column, TRUE);
  gtk_widget_set_valign (column, GTK_ALIGN_CENTER);
  self->progress = gtk_progress_bar_new ();
  gtk_box_append (GTK_BOX (column), self->text);
  gtk_box_append (GTK_BOX (column), self->progress);
  self->pause = button_new ("media-playback-pause-symbolic", _("Pause the volume"), G_CALLBACK (on_pause), self);
  self->stop = button_new ("media-playback-stop-symbolic", _("Stop the volume; what is done stays"),
                           G_CALLBACK (on_stop), self);
  self->export = gtk_button_new_with_label (_("Export…"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->export), "win.export-volume");
  gtk_box_append (GTK_BOX (self), column);
  gtk_box_append (GTK_BOX (self), self->pause);
  gtk_box_append (GTK_BOX (self), self->stop);
  gtk_box_append (GTK_BOX (self), self->export);
}

GtkWidget *
msm_volume_bar_new (MsmSession *session)
{
  MsmVolumeBar *self = g_object_new (MSM_TYPE_VOLUME_BAR, NULL);

  self->queue = g_object_ref (msm_session_get_volume (session));
  g_signal_connect (self->queue, "changed", G_CALLBACK (on_changed), self);
  on_changed (self->queue, self);
  return GTK_WIDGET (self);
}
