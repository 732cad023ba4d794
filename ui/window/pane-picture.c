#include "config.h"

#include <glib/gi18n.h>

#include "ui/window/pane-kind.h"
#include "ui/window/source.h"

/* An image of the session or of a run, in a viewport that is linked with the others. */

static gboolean
shows (const char *source)
{
  return TRUE;
}

static GtkWidget *
create (MsmSession *session, MsmViewportModel *model)
{
  GtkWidget *viewport = msm_viewport_new (model);

  msm_viewport_set_hide_title (MSM_VIEWPORT (viewport), TRUE); /* the pane has a button there */
  return viewport;
}

static void
set_view (GtkWidget *content, MsmSession *session, const MsmPaneView *view)
{
  MsmViewport *viewport = MSM_VIEWPORT (content);
  g_auto (MsmSourceImage) image = { NULL };
  const MsmSourceStyle *style;
  gboolean is_phase;
  int mode;

  msm_source_resolve (session, view->source, &image);
  style = image.style;
  mode = view->mode >= 0 ? view->mode : style->has_mode ? (int) style->mode : -1;
  is_phase = mode == MSM_RENDER_PHASE;
  if (mode >= 0)
    msm_viewport_set_render_mode (viewport, (MsmRenderMode) mode);
  else
    msm_viewport_unset_render_mode (viewport);
  msm_viewport_set_colormap (viewport, is_phase ? MSM_COLORMAP_PHASE : style->colormap);
  msm_viewport_set_own_window (viewport, style->own_window || (view->mode >= 0 && !style->has_mode));
  msm_viewport_set_from_zero (viewport, style->from_zero);
  msm_viewport_set_nearest (viewport, style->nearest);
  if (is_phase)
    msm_viewport_set_window (viewport, -G_PI, G_PI);
}

static char *
name_of (const MsmPaneView *view, const char *title)
{
  /* Translators: the phase of an image */
  return view->mode == MSM_RENDER_PHASE ? g_strdup_printf (_("%s: phase"), title) : g_strdup (title);
}

static char *
title (MsmSession *session, const MsmPaneView *view)
{
  g_auto (MsmSourceImage) image = { NULL };

  msm_source_resolve (session, view->source, &image);
  return name_of (view, image.title);
}

/* (transfer full) (nullable) */
static char *
metrics_of (const MsmSourceImage *image)
{
  if (image->frame == NULL || !image->frame->has_metrics || image->tensor != image->frame->images[0].tensor)
    return NULL;
  return msm_metrics_brief (&image->frame->metrics, MSM_METRIC_STEPS);
}

/* Of both sides, where two are compared. */
static void
show_metrics (MsmViewport *viewport, MsmSession *session, const MsmPaneView *view, const MsmSourceImage *image)
{
  g_auto (MsmSourceImage) second = { NULL };
  g_autofree char *first_text = metrics_of (image), *second_text = NULL, *both = NULL;

  if (view->compare != MSM_COMPARE_NONE && view->second != NULL)
    msm_source_resolve (session, view->second, &second);
  second_text = metrics_of (&second);
  if (second_text != NULL)
    both = g_strdup_printf ("%s | %s", first_text != NULL ? first_text : "–", second_text);
  msm_viewport_set_subtitle (viewport, both != NULL ? both : first_text);
}

static void
show_second (MsmViewport *viewport, MsmSession *session, const MsmPaneView *view)
{
  g_auto (MsmSourceImage) image = { NULL };

  if (view->compare == MSM_COMPARE_NONE || view->second == NULL)
    {
      msm_viewport_set_compare (viewport, MSM_COMPARE_NONE);
      return;
    }
  msm_source_resolve (session, view->second, &image);
  if (image.tensor != msm_viewport_get_second (viewport))
    msm_viewport_set_second (viewport, image.tensor, 0, image.gain, image.title);
  msm_viewport_set_compare (viewport, image.tensor != NULL ? view->compare : MSM_COMPARE_NONE);
}

static void
update (GtkWidget *content, MsmSession *session, const MsmPaneView *view)
{
  MsmScan *scan = msm_session_get_scan (session);
  MsmViewport *viewport = MSM_VIEWPORT (content);
  g_auto (MsmSourceImage) image = { NULL };
  g_autofree char *name = NULL;

  msm_source_resolve (session, view->source, &image);
  name = name_of (view, image.title);
  msm_viewport_set_title (viewport, name);
  show_metrics (viewport, session, view, &image);
  if (image.tensor == NULL)
    msm_viewport_set_empty_text (viewport, msm_source_empty_text (session, view->source));
  msm_viewport_set_gain (viewport, image.gain);
  if (image.tensor != msm_viewport_get_image (viewport, NULL))
    {
      /* What a prior makes lies nowhere in the scan that happens to be open. */
      gboolean is_placed = image.style->is_image && (image.run == NULL || !msm_run_item_is_generated (image.run));
      gboolean has_spacing = is_placed && scan != NULL && scan->spacing_mm[0] > 0;
      char edges[5];

      msm_viewport_set_edges (viewport, is_placed && msm_session_get_edges (session, edges) ? edges : NULL);
      msm_viewport_set_image (viewport, image.tensor, 0, has_spacing ? scan->spacing_mm : NULL);
    }
  show_second (viewport, session, view);
}

const MsmPaneKind msm_pane_picture = {
  .name = "picture",
  .flags = MSM_PANE_COMPARES,
  .shows = shows,
  .create = create,
  .set_view = set_view,
  .update = update,
  .title = title,
  .append_sources = msm_source_append_menu,
};
