#include "config.h"

#include "ui/window/shortcuts.h"

#include <glib/gi18n.h>

/*
 * The one table: the keys of the actions and what the shortcuts window lists. Without an action: keys that a widget
 * takes itself when it has the focus (the images: viewport-input.c, the scrubber: timeline.c).
 */
static const struct
{
  const char *action;
  const char *keys[3];
  const char *title;
  int group; /* index in groups */
} table[] = {
  { "win.open", { "<Control>o" }, N_("Open a file"), 0 },
  { "win.export-results", { "<Control>e" }, N_("Export images, volumes, or the selected pane"), 0 },
  { "win.export", { "<Control><Shift>e" }, N_("Export the selected pane as PNG"), 0 },
  { "win.load-mask", { "<Control>l" }, N_("Load a mask"), 0 },
  { "win.save-experiment", { "<Control>s" }, N_("Save the experiment"), 0 },
  { "win.save-mask", { "<Control><Shift>s" }, N_("Save the mask"), 0 },
  { "win.train", { "<Control>t" }, N_("Train a prior, or look at a training"), 0 },
  { "win.close", { "<Control>w", "<Control>q" }, N_("Close the window"), 0 },
  { "win.shortcuts", { "<Control>question", "F1" }, N_("Show this list"), 0 },
  { "win.run", { "<Control>r" }, N_("Reconstruct"), 1 },
  { "win.volume", { "<Control><Shift>r" }, N_("Reconstruct all slices"), 1 },
  { "win.pause", { "<Control>space" }, N_("Pause, or continue: as a branch where something was changed"), 1 },
  { "win.step", { "<Control>period" }, N_("One step"), 1 },
  { "win.stop", { "Escape" }, N_("Stop"), 1 },
  { "win.branch", { "<Control>b" }, N_("Continue from the step that is shown as a branch"), 1 },
  { "win.step-first", { "<Alt>Home" }, N_("The first kept step"), 1 },
  { "win.step-earlier", { "<Alt>Left" }, N_("The kept step before"), 1 },
  { "win.step-later", { "<Alt>Right" }, N_("The kept step after"), 1 },
  { "win.play", { "<Alt>p" }, N_("Play the kept steps, or stop"), 1 },
  { "win.live", { "<Alt>End" }, N_("The newest step"), 1 },
  { NULL, { "Left" }, N_("On the scrubber: the kept step before; Right: after; Home, End: first, newest"), 1 },
  { "win.slice-next", { "Page_Down" }, N_("Next slice"), 3 },
  { "win.slice-previous", { "Page_Up" }, N_("Previous slice"), 3 },
  { "win.layout(0)", { "<Control>1" }, N_("One pane"), 2 },
  { "win.layout(1)", { "<Control>2" }, N_("Four panes"), 2 },
  { "win.layout(2)", { "<Control>3" }, N_("Six panes"), 2 },
  { "win.layout(3)", { "<Control>4" }, N_("Nine panes"), 2 },
  { "win.layout(4)", { "<Control>5" }, N_("Trajectory"), 2 },
  { "win.layout(5)", { "<Control>6" }, N_("Compare"), 2 },
  { "win.compare-runs", { "<Control>d" }, N_("Compare two runs: A and B, or the last two"), 2 },
  { "win.pane-compare(0)", { "<Alt>0" }, N_("The selected pane alone"), 2 },
  { "win.pane-compare(1)", { "<Alt>6" }, N_("Compare by a split"), 2 },
  { "win.pane-compare(2)", { "<Alt>7" }, N_("Compare in turn"), 2 },
  { "win.pane-compare(3)", { "<Alt>8" }, N_("Compare by the difference"), 2 },
  { NULL, { "x" }, N_("On an image that is compared: the other one, while it is held"), 2 },
  { "win.image-tool::window", { "<Alt>w" }, N_("Drag sets the window (on an image: W)"), 3 },
  { "win.image-tool::pan", { "<Alt>t" }, N_("Drag moves the images (T)"), 3 },
  { "win.image-tool::zoom", { "<Alt>z" }, N_("Drag zooms (Z)"), 3 },
  { "win.image-tool::rectangle", { "<Alt>r" }, N_("Drag draws a rectangle to measure in (R)"), 3 },
  { "win.image-tool::ellipse", { "<Alt>o" }, N_("Drag draws an ellipse to measure in (O)"), 3 },
  { "win.image-tool::outline", { "<Alt>f" }, N_("Drag draws an outline by free hand to measure in (F)"), 3 },
  { "win.image-tool::line", { "<Alt>l" }, N_("Drag draws a line for its profile and length (D)"), 3 },
  { "win.previews", { "<Control><Shift>i" }, N_("Show images while reconstructing, or not"), 1 },
  { "win.panels", { "F9" }, N_("Show the panels at the sides, or the images alone"), 2 },
  { "win.run-table", { "F8" }, N_("Show the table of runs, or not"), 2 },
  { "win.next-pane", { "F6" }, N_("Select the next pane"), 2 },
  { NULL, { "Up" }, N_("On an image: the crosshair, as the other arrows do"), 3 },
  { NULL, { "plus" }, N_("On an image: larger"), 3 },
  { NULL, { "minus" }, N_("On an image: smaller"), 3 },
  { NULL, { "Return" }, N_("On an image: alone, or among the others again"), 3 },
  { "win.auto-window", { "<Control>0" }, N_("Automatic window"), 3 },
  { "win.reset-view", { "<Control>Home" }, N_("Whole image, automatic window"), 3 },
  { "win.mode(0)", { "<Alt>1" }, N_("Magnitude"), 3 },
  { "win.mode(1)", { "<Alt>2" }, N_("Phase"), 3 },
  { "win.mode(2)", { "<Alt>3" }, N_("Real part"), 3 },
  { "win.mode(3)", { "<Alt>4" }, N_("Imaginary part"), 3 },
  { "win.mode(4)", { "<Alt>5" }, N_("Complex colour"), 3 },
  { "win.tool(0)", { "<Alt>d" }, N_("Draw lines or points"), 4 },
  { "win.tool(1)", { "<Alt>e" }, N_("Erase"), 4 },
  { "win.tool(2)", { "<Alt>a" }, N_("ACS width"), 4 },
  { "win.tool(3)", { "<Alt>b" }, N_("Rectangle"), 4 },
  { "win.invert-mask", { "<Alt>i" }, N_("Invert"), 4 },
  { "win.mirror-mask", { "<Alt>m" }, N_("Add the conjugate mirror"), 4 },
  { "win.undo", { "<Control>z" }, N_("Undo"), 4 },
  { "win.redo", { "<Control><Shift>z", "<Control>y" }, N_("Redo"), 4 },
};

static const char *const groups[] = { N_("File"), N_("Reconstruction"), N_("Panes"), N_("View"), N_("Mask") };

void
msm_shortcuts_install (GtkApplication *application)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      const char *keys[4] = { table[i].keys[0], table[i].keys[1], table[i].keys[2], NULL };

      if (table[i].action != NULL)
        gtk_application_set_accels_for_action (application, table[i].action, keys);
    }
}

/* GtkShortcutsWindow takes its sections from a builder only. */
static char *
build_xml (void)
{
  GString *xml = g_string_new ("<interface><object class='GtkShortcutsWindow' id='window'>"
                               "<property name='modal'>0</property>"
                               "<property name='destroy-with-parent'>1</property><child>"
                               "<object class='GtkShortcutsSection'><property name='section-name'>all"
                               "</property><property name='max-height'>14</property>");

  for (guint g = 0; g < G_N_ELEMENTS (groups); g++)
    {
      g_autofree char *group = g_markup_escape_text (_(groups[g]), -1);

      g_string_append_printf (xml,
                              "<child><object class='GtkShortcutsGroup'>"
                              "<property name='title'>%s</property>",
                              group);
      for (guint i = 0; i < G_N_ELEMENTS (table); i++)
        if (table[i].group == (int) g)
          {
            g_autofree char *title = g_markup_escape_text (_(table[i].title), -1);
            g_autofree char *keys = g_markup_escape_text (table[i].keys[0], -1);

            g_string_append_printf (xml,
                                    "<child><object class='GtkShortcutsShortcut'>"
                                    "<property name='accelerator'>%s</property>"
                                    "<property name='title'>%s</property></object></child>",
                                    keys, title);
          }
      g_string_append (xml, "</object></child>");
    }
  g_string_append (xml, "</object></child></object></interface>");
  return g_string_free (xml, FALSE);
}

void
msm_shortcuts_show (GtkWindow *parent)
{
  g_autofree char *xml = build_xml ();
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_string (xml, -1);
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "window"));

  gtk_window_set_transient_for (window, parent);
  gtk_window_present (window);
}
