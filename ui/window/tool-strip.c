#include "config.h"

#include "ui/window/tool-strip.h"

#include <glib/gi18n.h>

#include "ui/widgets/tool.h"
#include "ui/window/pane-grid.h"

/* Buttons that are no tools: an action, with a value where it has states. */
typedef struct
{
  const char *icon;
  const char *action; /* a detailed name */
  const char *help;
} Button;

static const Button views[] = {
  { "msm-auto-window-symbolic", "win.auto-window", N_("Automatic window (Ctrl+0)") },
  { "msm-whole-view-symbolic", "win.reset-view", N_("Whole image, automatic window (Ctrl+Home)") },
};

static const Button compares[] = {
  { "msm-layout-compare-symbolic", "win.compare-runs", N_("Compare two runs: A and B, or the last two (Ctrl+D)") },
  { "msm-compare-symbolic", "win.pane-compare(1)", N_("Compare by a split; hold X for the other picture (Alt+6)") },
  { "msm-flicker-symbolic", "win.pane-compare(2)", N_("Compare in turn (Alt+7)") },
  { "msm-difference-symbolic", "win.pane-compare(3)", N_("Compare by the difference (Alt+8)") },
};

static const Button layouts[] = {
  { "msm-layout-1-symbolic", "win.layout(0)", N_("One pane (Ctrl+1)") },
  { "msm-layout-4-symbolic", "win.layout(1)", N_("Four panes (Ctrl+2)") },
  { "msm-layout-6-symbolic", "win.layout(2)", N_("Six panes (Ctrl+3)") },
  { "msm-layout-9-symbolic", "win.layout(3)", N_("Nine panes (Ctrl+4)") },
  { "msm-layout-trajectory-symbolic", "win.layout(4)", N_("Trajectory (Ctrl+5)") },
};

static GtkWidget *
button_new (GtkWidget *strip, const char *icon, const char *action, const char *help, gboolean is_state)
{
  GtkWidget *button = is_state ? gtk_toggle_button_new () : gtk_button_new ();

  gtk_button_set_icon_name (GTK_BUTTON (button), icon);
  gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_tooltip_text (button, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, help, -1);
  gtk_widget_add_css_class (button, "flat");
  /* The pictures keep the keys. */
  gtk_widget_set_focus_on_click (button, FALSE);
  gtk_box_append (GTK_BOX (strip), button);
  return button;
}

static void
append_separator (GtkWidget *strip)
{
  gtk_box_append (GTK_BOX (strip), gtk_separator_new (GTK_ORIENTATION_VERTICAL));
}

static void
append_buttons (GtkWidget *strip, const Button *buttons, guint n, gboolean is_state)
{
  append_separator (strip);
  for (guint i = 0; i < n; i++)
    button_new (strip, buttons[i].icon, buttons[i].action, _(buttons[i].help), is_state);
}

GtkWidget *
msm_tool_strip_new (void)
{
  GtkWidget *strip = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 1);

  gtk_widget_add_css_class (strip, "msm-tool-strip");
  gtk_accessible_update_property (GTK_ACCESSIBLE (strip), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Tools"), -1);
  for (const MsmTool *const *tool = msm_tools (); *tool != NULL; tool++)
    {
      g_autofree char *action = g_strdup_printf ("win.image-tool::%s", (*tool)->name);
      g_autofree char *help = g_strdup_printf ("%s\n%s", _((*tool)->title), _((*tool)->help));

      button_new (strip, (*tool)->icon, action, help, TRUE);
    }
  append_buttons (strip, views, G_N_ELEMENTS (views), FALSE);
  append_buttons (strip, compares, G_N_ELEMENTS (compares), FALSE);
  append_buttons (strip, layouts, G_N_ELEMENTS (layouts), TRUE);
  return strip;
}
