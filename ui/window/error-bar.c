#include "config.h"

#include "ui/window/error-bar.h"

#include <glib/gi18n.h>

struct _MsmErrorBar
{
  GtkBox parent_instance;
  GtkWidget *revealer;
  GtkWidget *label;
};

G_DEFINE_FINAL_TYPE (MsmErrorBar, msm_error_bar, GTK_TYPE_BOX)

static void
msm_error_bar_class_init (MsmErrorBarClass *klass)
{
}

static void
msm_error_bar_init (MsmErrorBar *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *close = gtk_button_new_from_icon_name ("window-close-symbolic");

  self->label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_label_set_wrap (GTK_LABEL (self->label), TRUE);
  gtk_label_set_selectable (GTK_LABEL (self->label), TRUE);
  gtk_widget_set_hexpand (self->label, TRUE);
  gtk_widget_add_css_class (close, "flat");
  gtk_widget_set_tooltip_text (close, _("Dismiss"));
  g_signal_connect_swapped (close, "clicked", G_CALLBACK (msm_error_bar_hide), self);
  gtk_widget_add_css_class (box, "msm-error-bar");
  gtk_box_append (GTK_BOX (box), self->label);
  gtk_box_append (GTK_BOX (box), close);
  self->revealer = gtk_revealer_new ();
  gtk_revealer_set_transition_type (GTK_REVEALER (self->revealer), GTK_REVEALER_TRANSITION_TYPE_SLIDE_UP);
  gtk_revealer_set_child (GTK_REVEALER (self->revealer), box);
  gtk_widget_set_hexpand (self->revealer, TRUE);
  gtk_box_append (GTK_BOX (self), self->revealer);
}

GtkWidget *
msm_error_bar_new (void)
{
  return g_object_new (MSM_TYPE_ERROR_BAR, NULL);
}

void
msm_error_bar_show (MsmErrorBar *self, const char *message)
{
  gtk_label_set_text (GTK_LABEL (self->label), message);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), TRUE);
}

void
msm_error_bar_hide (MsmErrorBar *self)
{
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), FALSE);
}
