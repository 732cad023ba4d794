#include "config.h"

#include <glib/gi18n.h>

#include "ui/window/mask-canvas.h"
#include "ui/window/pane-kind.h"

/* The mask, as large as a pane, with the tools that draw it. */

#define SOURCE "mask"

static gboolean
shows (const char *source)
{
  return g_str_equal (source, SOURCE);
}

static GtkWidget *
create (MsmSession *session, MsmViewportModel *model)
{
  GtkWidget *canvas = msm_mask_canvas_new (session);

  gtk_widget_set_margin_top (canvas, 26); /* under the pane's title */
  return canvas;
}

static char *
title (MsmSession *session, const MsmPaneView *view)
{
  return g_strdup (_("Sampling mask"));
}

static void
append_sources (MsmSession *session, GMenu *menu, const char *action)
{
  g_autoptr (GMenu) section = g_menu_new ();
  g_autoptr (GMenuItem) item = g_menu_item_new (_("Sampling mask"), NULL);

  g_menu_item_set_action_and_target (item, action, "s", SOURCE);
  g_menu_append_item (section, item);
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
}

const MsmPaneKind msm_pane_mask = {
  .name = "mask",
  .shows = shows,
  .create = create,
  .title = title,
  .append_sources = append_sources,
};
