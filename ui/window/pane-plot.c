#include "config.h"

#include <string.h>

#include <glib/gi18n.h>

#include "ui/window/pane-kind.h"
#include "ui/window/step-plot.h"

/* A value over the steps of the runs of the slice: "plot-psnr". */

#define PREFIX "plot-"

static gboolean
shows (const char *source)
{
  return g_str_has_prefix (source, PREFIX) && msm_step_plot_find (source + strlen (PREFIX)) >= 0;
}

static GtkWidget *
create (MsmSession *session, MsmViewportModel *model)
{
  GtkWidget *plot = msm_step_plot_new (session, 0);

  gtk_widget_set_margin_top (plot, 26); /* under the pane's title */
  return plot;
}

static guint
series_of (const MsmPaneView *view)
{
  return (guint) msm_step_plot_find (view->source + strlen (PREFIX));
}

static void
set_view (GtkWidget *content, MsmSession *session, const MsmPaneView *view)
{
  msm_step_plot_set_series (MSM_STEP_PLOT (content), series_of (view));
}

static char *
title (MsmSession *session, const MsmPaneView *view)
{
  return msm_step_plot_title (series_of (view));
}

static void
append_sources (MsmSession *session, GMenu *menu, const char *action)
{
  g_autoptr (GMenu) section = g_menu_new ();
  g_autoptr (GMenu) plots = g_menu_new ();

  for (guint i = 0; i < msm_step_plot_n_series (); i++)
    {
      g_autofree char *title = msm_step_plot_title (i);
      g_autofree char *source = g_strconcat (PREFIX, msm_step_plot_name (i), NULL);
      g_autoptr (GMenuItem) item = g_menu_item_new (title, NULL);

      g_menu_item_set_action_and_target (item, action, "s", source);
      g_menu_append_item (plots, item);
    }
  g_menu_append_submenu (section, _("Over the steps"), G_MENU_MODEL (plots));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
}

const MsmPaneKind msm_pane_plot = {
  .name = "plot",
  .flags = MSM_PANE_MAXIMISES,
  .shows = shows,
  .create = create,
  .set_view = set_view,
  .title = title,
  .append_sources = append_sources,
};
