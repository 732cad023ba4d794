#include "config.h"

#include "ui/window/source.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gi18n.h>

/* An error is shown this much brighter, on the scale of the images. */
#define ERROR_GAIN 5.0

static const MsmSourceStyle styles[] = {
  { "zero-filled", N_("Zero-filled"), .gain = 1, .is_image = TRUE },
  { "reference", N_("Reference"), .gain = 1, .is_image = TRUE },
  { "kspace", N_("k-space (log)"), .has_mode = TRUE, .mode = MSM_RENDER_LOG, .own_window = TRUE, .gain = 1 },
  { "psf", N_("Point-spread function (log)"), .has_mode = TRUE, .mode = MSM_RENDER_LOG, .own_window = TRUE,
    .gain = 1 },
  { "estimate", N_("Estimate"), .gain = 1, .is_scaled = TRUE, .is_image = TRUE },
  { "error", N_("Error × 5"), .has_mode = TRUE, .mode = MSM_RENDER_MAGNITUDE, .colormap = MSM_COLORMAP_INFERNO,
    .gain = ERROR_GAIN, .is_scaled = TRUE, .is_image = TRUE },
  { "local-", N_("Local denoising"), .gain = 1, .is_scaled = TRUE, .is_image = TRUE },
  { "z", N_("Noisy state z"), .own_window = TRUE, .gain = 1, .is_scaled = TRUE, .is_image = TRUE },
  { "coverage", N_("Coverage"), .has_mode = TRUE, .mode = MSM_RENDER_MAGNITUDE, .colormap = MSM_COLORMAP_VIRIDIS,
    .own_window = TRUE, .from_zero = TRUE, .gain = 1, .nearest = TRUE },
  { "uncertainty", N_("Standard deviation"), .has_mode = TRUE, .mode = MSM_RENDER_MAGNITUDE,
    .colormap = MSM_COLORMAP_INFERNO, .own_window = TRUE, .gain = 1, .is_scaled = TRUE, .is_image = TRUE },
  { "sample", N_("One sample"), .gain = 1, .is_scaled = TRUE, .is_image = TRUE },
  { "nullspace", N_("Null-space part"), .gain = 1, .is_scaled = TRUE, .is_image = TRUE },
  { NULL, NULL, .gain = 1, .is_scaled = TRUE, .is_image = TRUE },
};

static const MsmSourceStyle *
style_of (const char *name)
{
  const MsmSourceStyle *style = styles;

  for (; style->name != NULL; style++)
    if (g_str_equal (style->name, name)
        || (g_str_has_suffix (style->name, "-") && g_str_has_prefix (name, style->name)))
      break;
  return style;
}

/* @numbered: (out): keeps the text alive */
static const char *
style_title (const MsmSourceStyle *style, const char *name, char **numbered)
{
  if (style->title == NULL)
    return name;
  if (!g_str_has_suffix (style->name, "-"))
    return _(style->title);
  *numbered = g_strdup_printf ("%s %s", _(style->title), name + strlen (style->name));
  return *numbered;
}

static gboolean
is_mask_empty (MsmSession *session)
{
  MsmMask *mask = msm_session_get_mask (session);

  return mask != NULL && msm_mask_count (mask) == 0;
}

/* What an operator other than sampling has measured is put back by its pseudo-inverse. */
static const char *
title_of_data (MsmSession *session, const char *name)
{
  return g_str_equal (name, "zero-filled") && !msm_session_is_sampling (session) ? _("Pseudo-inverse")
                                                                                 : _(style_of (name)->title);
}

/* The part of the session's preview that @name is; FALSE: an output of runs. */
static gboolean
from_preview (MsmSession *session, const char *name, MsmTensor **tensor)
{
  const MsmPreview *preview = msm_session_get_preview (session);

  /* Where nothing is sampled, or no mask is used, there is nothing to fill with zeros. */
  if ((!msm_session_is_sampling (session) || is_mask_empty (session)) && !g_str_equal (name, "reference"))
    preview = NULL;
  if (g_str_equal (name, "zero-filled"))
    *tensor = preview != NULL ? preview->zero_filled : msm_session_get_put_back (session);
  else if (g_str_equal (name, "reference"))
    *tensor = !msm_session_is_sampling (session) && msm_session_get_picture (session) != NULL
                  ? msm_session_get_picture (session)
              : preview != NULL ? preview->reference
                                : NULL;
  else if (g_str_equal (name, "kspace"))
    *tensor = preview != NULL ? preview->kspace : NULL;
  else if (g_str_equal (name, "psf"))
    *tensor = preview != NULL ? preview->psf : NULL;
  else
    return FALSE;
  return TRUE;
}

/* The run of "name@3", or the selected one if it belongs to what is looked at: another slice would mislead. */
static MsmRunItem *
run_of (MsmSession *session, const char *at)
{
  MsmRunItem *run = at == NULL               ? msm_session_get_run (session)
                    : g_str_equal (at, "@A") ? msm_session_get_pinned (session, MSM_PIN_A)
                    : g_str_equal (at, "@B") ? msm_session_get_pinned (session, MSM_PIN_B)
                                             : msm_session_find_run (session, atoi (at + 1));

  return run != NULL && msm_session_shows_run (session, run) ? run : NULL;
}

void
msm_source_resolve (MsmSession *session, const char *source, MsmSourceImage *image)
{
  const char *at = strchr (source, '@');
  g_autofree char *name = at != NULL ? g_strndup (source, (gsize) (at - source)) : g_strdup (source);
  g_autofree char *numbered = NULL;
  const char *title;

  *image = (MsmSourceImage){ .style = style_of (name), .gain = 1 };
  title = style_title (image->style, name, &numbered);
  image->gain = image->style->gain;
  if (from_preview (session, name, &image->tensor))
    {
      image->title = g_strdup (title_of_data (session, name));
      return;
    }
  image->run = run_of (session, at);
  image->frame = image->run != NULL ? msm_run_item_get_frame_at (image->run, msm_session_get_position (session)) : NULL;
  for (gsize i = 0; image->frame != NULL && i < image->frame->n_images; i++)
    if (g_str_equal (image->frame->images[i].name, name))
      {
        image->tensor = image->frame->images[i].tensor;
        if (image->style->title == NULL)
          title = _(image->frame->images[i].title);
      }
  if (image->frame != NULL && image->style->is_scaled)
    image->gain *= image->frame->scale;
  /* Translators: an image and the number of the run that it is of */
  image->title = at != NULL ? g_strdup_printf (_("%s · run %s"), title, at + 1) : g_strdup (title);
}

void
msm_source_image_clear (MsmSourceImage *image)
{
  g_clear_pointer (&image->title, g_free);
}

const char *
msm_source_empty_text (MsmSession *session, const char *source)
{
  gboolean is_full = msm_session_is_fully_sampled (session);
  gboolean is_open = msm_session_get_scan (session) != NULL;
  const char *at = strchr (source, '@');
  gboolean is_generating = msm_session_is_generating (session), is_sampling = msm_session_is_sampling (session);
  MsmTensor *tensor;
  gboolean is_data = at == NULL && from_preview (session, source, &tensor);
  MsmRunItem *run = run_of (session, at);

  if (!is_open && (is_data || (run == NULL && !is_generating)))
    return _("Open a file, or drop one here");
  if (run != NULL && msm_run_item_is_generated (run) && g_str_has_prefix (source, "error"))
    return _("Generated: there is nothing to compare with");
  if (!is_full && (g_str_has_prefix (source, "reference") || g_str_has_prefix (source, "error")))
    return is_open ? _("No reference: the scan is undersampled") : _("Open a file, or drop one here");
  if (is_data && msm_session_is_unreadable (session))
    return _("This slice cannot be read");
  if (is_data && is_sampling && is_mask_empty (session) && !g_str_equal (source, "reference"))
    return _("The mask is empty: nothing is sampled");
  if (is_data && (is_sampling || g_str_equal (source, "reference")))
    return _("Loading…");
  if (is_data && !g_str_equal (source, "zero-filled"))
    return _("Only of sampling in k-space");
  if (at != NULL && run == NULL)
    return _("That run is of another slice, or gone");
  if (run != NULL && msm_run_item_get_error (run) != NULL && msm_session_get_position (session) < 0)
    return g_str_has_prefix (source, "estimate") ? msm_run_item_get_error (run)->message : _("The run failed");
  if (run == NULL && at == NULL && msm_session_get_run (session) != NULL)
    return _("The selected run is of another slice: select it again to go there");
  if (run == NULL || (msm_run_item_get_frame (run) == NULL && !msm_run_item_is_active (run)))
    return is_generating ? _("Generate to see it (Ctrl+R)") : _("Reconstruct to see it (Ctrl+R)");
  if (msm_run_item_get_frame (run) == NULL && !msm_session_get_shows (session))
    return _("Images are off: the end will be shown, or where it pauses");
  if (msm_run_item_get_frame (run) == NULL)
    return _("Waiting for the first step…");
  if (g_str_has_prefix (source, "uncertainty") || g_str_has_prefix (source, "sample"))
    return _("Several samples have one");
  if (g_str_has_prefix (source, "local-") && msm_frame_find (msm_run_item_get_frame (run), "local-1") != NULL)
    return _("A step has fewer partial masks");
  return _("This method does not give it");
}

static void
append_source (GMenu *menu, const char *label, const char *action, const char *source)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "s", source);
  g_menu_append_item (menu, item);
}

/* The outputs of a run; with a number, of that very run. */
static GMenuModel *
run_menu (MsmRunItem *run, gboolean is_fixed, const char *action)
{
  MsmFrame *frame = run != NULL ? msm_run_item_get_frame (run) : NULL;
  GMenu *menu = g_menu_new ();

  if (frame == NULL && !is_fixed)
    {
      append_source (menu, _("Estimate"), action, "estimate");
      append_source (menu, _("Error × 5"), action, "error");
    }
  for (gsize i = 0; frame != NULL && i < frame->n_images; i++)
    {
      const char *name = frame->images[i].name;
      const MsmSourceStyle *style = style_of (name);
      g_autofree char *numbered = NULL;
      g_autofree char *source =
          is_fixed ? g_strdup_printf ("%s@%d", name, msm_run_item_get_number (run)) : g_strdup (name);

      append_source (menu, style->title != NULL ? style_title (style, name, &numbered) : _(frame->images[i].title),
                     action, source);
    }
  return G_MENU_MODEL (menu);
}

void
msm_source_append_menu (MsmSession *session, GMenu *menu, const char *action)
{
  static const char *const of_session[] = { "zero-filled", "reference", "kspace", "psf" };
  GListModel *runs = msm_session_get_runs (session);
  g_autoptr (GMenu) data = g_menu_new ();
  g_autoptr (GMenu) others = g_menu_new ();
  g_autoptr (GMenuModel) selected = run_menu (msm_session_get_run (session), FALSE, action);

  for (guint i = 0; i < G_N_ELEMENTS (of_session); i++)
    append_source (data, title_of_data (session, of_session[i]), action, of_session[i]);
  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (runs, i);
      g_autoptr (GMenuModel) outputs = run_menu (run, TRUE, action);

      if (g_menu_model_get_n_items (outputs) > 0)
        g_menu_append_submenu (others, msm_run_item_get_title (run), outputs);
    }
  g_menu_append_section (menu, _("Data"), G_MENU_MODEL (data));
  g_menu_append_section (menu, _("Selected run"), selected);
  g_menu_append_section (menu, _("Stay with one run"), G_MENU_MODEL (others));
}
