#include "config.h"

#include "ui/window/mask-canvas.h"

#include <glib/gi18n.h>

#include "ui/widgets/mask-editor.h"

#define N_TOOLS 4

struct _MsmMaskCanvas
{
  GtkBox parent_instance;
  MsmSession *session;
  GtkWidget *editor;
  GtkWidget *tools[N_TOOLS];
};

G_DEFINE_FINAL_TYPE (MsmMaskCanvas, msm_mask_canvas, GTK_TYPE_BOX)

static void
on_mask_changed (MsmSession *session, MsmMaskCanvas *self)
{
  msm_mask_editor_set_mask (MSM_MASK_EDITOR (self->editor), msm_session_get_mask (session));
}

/* Nothing is sampled of a prior alone, nor where another operator measures. */
static void
show_use (MsmMaskCanvas *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self), msm_session_get_scan (self->session) != NULL
                                                   && msm_session_is_sampling (self->session)
                                                   && !msm_session_is_generating (self->session));
}

static void
on_method_changed (MsmSession *session, MsmMaskCanvas *self)
{
  show_use (self);
}

static void
on_scan_changed (MsmSession *session, MsmMaskCanvas *self)
{
  show_use (self);
  on_mask_changed (session, self);
}

static void
on_edit_begin (MsmMaskEditor *editor, MsmMaskCanvas *self)
{
  msm_session_begin_stroke (self->session);
}

static void
on_edit (MsmMaskEditor *editor, gpointer edit, MsmMaskCanvas *self)
{
  msm_session_edit_mask (self->session, edit);
}

static void
on_edit_end (MsmMaskEditor *editor, MsmMaskCanvas *self)
{
  msm_session_end_stroke (self->session);
}

/* The action's state presses the button, whoever changed it. */
static void
on_tool (GtkToggleButton *button, GParamSpec *pspec, MsmMaskCanvas *self)
{
  for (int i = 0; i < N_TOOLS; i++)
    if (self->tools[i] == GTK_WIDGET (button) && gtk_toggle_button_get_active (button))
      msm_mask_editor_set_tool (MSM_MASK_EDITOR (self->editor), (MsmMaskTool) i);
}

static GtkWidget *
tools_new (MsmMaskCanvas *self)
{
  static const char *const names[N_TOOLS] = { N_("Draw"), N_("Erase"), N_("ACS"), N_("Box") };
  static const char *const helps[N_TOOLS] = {
    N_("Sample lines or points (Alt+D)"),
    N_("Remove lines or points (Alt+E)"),
    N_("Drag the width of the sampled centre (Alt+A)"),
    N_("Sample a rectangle (Alt+B)"),
  };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_add_css_class (box, "linked");
  for (int i = 0; i < N_TOOLS; i++)
    {
      g_autofree char *action = g_strdup_printf ("win.tool(%d)", i);

      self->tools[i] = gtk_toggle_button_new_with_label (_(names[i]));
      gtk_widget_set_hexpand (self->tools[i], TRUE);
      gtk_widget_set_tooltip_text (self->tools[i], _(helps[i]));
      g_signal_connect (self->tools[i], "notify::active", G_CALLBACK (on_tool), self);
      gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (self->tools[i]), action);
      gtk_box_append (GTK_BOX (box), self->tools[i]);
    }
  return box;
}

static GtkWidget *
actions_new (void)
{
  static const struct
  {
    const char *label, *action, *help;
  } items[] = {
    { "edit-undo-symbolic", "win.undo", N_("Take the last change back (Ctrl+Z)") },
    { "edit-redo-symbolic", "win.redo", N_("Do it again (Ctrl+Shift+Z)") },
    { N_("Invert"), "win.invert-mask", N_("Sampled ↔ not sampled (Alt+I)") },
    { N_("Mirror"), "win.mirror-mask", N_("Sample the conjugate of every point, too (Alt+M)") },
  };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_add_css_class (box, "linked");
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      gboolean is_icon = g_str_has_suffix (items[i].label, "-symbolic");
      GtkWidget *button =
          is_icon ? gtk_button_new_from_icon_name (items[i].label) : gtk_button_new_with_label (_(items[i].label));

      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), items[i].action);
      gtk_widget_set_tooltip_text (button, _(items[i].help));
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _(items[i].help), -1);
      gtk_widget_set_hexpand (button, !is_icon);
      gtk_box_append (GTK_BOX (box), button);
    }
  return box;
}

static void
msm_mask_canvas_dispose (GObject *object)
{
  MsmMaskCanvas *self = MSM_MASK_CANVAS (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_mask_canvas_parent_class)->dispose (object);
}

static void
msm_mask_canvas_class_init (MsmMaskCanvasClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_mask_canvas_dispose;
}

static void
msm_mask_canvas_init (MsmMaskCanvas *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 4);
  self->editor = msm_mask_editor_new ();
  gtk_widget_set_size_request (self->editor, 120, 120);
  gtk_widget_set_hexpand (self->editor, TRUE);
  gtk_widget_set_vexpand (self->editor, TRUE);
  gtk_box_append (GTK_BOX (self), tools_new (self));
  gtk_box_append (GTK_BOX (self), self->editor);
  gtk_box_append (GTK_BOX (self), actions_new ());
  g_signal_connect (self->editor, "edit-begin", G_CALLBACK (on_edit_begin), self);
  g_signal_connect (self->editor, "edit", G_CALLBACK (on_edit), self);
  g_signal_connect (self->editor, "edit-end", G_CALLBACK (on_edit_end), self);
}

GtkWidget *
msm_mask_canvas_new (MsmSession *session)
{
  MsmMaskCanvas *self = g_object_new (MSM_TYPE_MASK_CANVAS, NULL);

  self->session = g_object_ref (session);
  on_scan_changed (session, self);
  g_signal_connect (session, "scan-changed", G_CALLBACK (on_scan_changed), self);
  g_signal_connect (session, "mask-changed", G_CALLBACK (on_mask_changed), self);
  g_signal_connect (session, "method-changed", G_CALLBACK (on_method_changed), self);
  return GTK_WIDGET (self);
}
