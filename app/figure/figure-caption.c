#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/figure/figure-build.h"

/* A sentence of its own; none of NULL. Takes it. */
static void
say (GString *text, char *sentence)
{
  if (sentence != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", sentence);
  g_free (sentence);
}

static char *
list_titles (const MsmFigureSpec *spec, GPtrArray *runs)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < runs->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                            msm_figure_item_title (spec, i, g_ptr_array_index (runs, i)));
  return g_string_free (text, FALSE);
}

static gboolean
shows (const MsmFigureSpec *spec, const char *name)
{
  g_auto (GStrv) names = g_strsplit (msm_params_get_text (spec->figure, "show"), ",", -1);

  for (int i = 0; names[i] != NULL; i++)
    if (g_str_equal (g_strstrip (names[i]), name))
      return TRUE;
  return FALSE;
}

static void
say_images (GString *text, const MsmFigureSpec *spec, GPtrArray *runs, const MsmFigure *figure, gboolean has_reference)
{
  const double factor = msm_params_get_number (spec->figure, "error-factor");

  for (gsize i = 0; i < (gsize) figure->n_rows * figure->n_columns; i++)
    if (figure->panes[i].image != NULL && figure->panes[i].options.mode == MSM_RENDER_MAGNITUDE)
      {
        say (text, g_strdup_printf (_("Images are magnitudes from %.4g (black) to %.4g (white), all alike."),
                                    figure->panes[i].options.window_low, figure->panes[i].options.window_high));
        break;
      }
  if (has_reference && shows (spec, "error"))
    say (text, g_strdup_printf (_("Errors are ||image| − |reference|| × %g, in the images' window."), factor));
  if (shows (spec, "sd"))
    say (text, g_strdup (_("Standard deviations are of each pixel over the posterior samples.")));
  if (has_reference && msm_params_get_text (spec->figure, "metrics")[0] != '\0')
    say (text, g_strdup (_("Figures under the images compare magnitudes of this slice with the reference, with its "
                            "maximum as data range (fastMRI's convention).")));
}

/* Mean and SD of every picture's values in a region. */
static void
say_regions (GString *text, const MsmFigureSpec *spec, GPtrArray *runs, const MsmFigure *figure)
{
  for (guint i = 0; i < spec->regions->len && i < figure->regions->len; i++)
    {
      const MsmFigureRegion *region = &g_array_index (figure->regions, MsmFigureRegion, i);

      say (text, region->label != NULL ? g_strdup_printf (_("Region %s:"), region->label)
                                       : g_strdup_printf (_("Region %u:"), i + 1));
      for (guint k = 0; k < runs->len; k++)
        {
          const MsmFigureRun *run = g_ptr_array_index (runs, k);
          g_autoptr (MsmTensor) image = msm_figure_take_image (run->frame, "estimate", NULL);
          MsmShape shape = image != NULL ? msm_tensor_shape (image) : (MsmShape){ 0 };
          MsmRoiStats stats;

          if (image == NULL
              || !msm_roi_measure (&(MsmRoiPlane){ msm_tensor_const_host (image), msm_tensor_dtype (image),
                                                   shape.dim[2], shape.dim[3], MSM_RENDER_MAGNITUDE, 1 },
                                   &region->roi, &stats))
            continue;
          say (text, g_strdup_printf ("%s %.4g ± %.2g%s", msm_figure_item_title (spec, k, run), stats.mean, stats.sd,
                                      k + 1 < runs->len ? "," : "."));
        }
    }
}

/* What was done, for whoever repeats it. */
static void
say_settings (GString *text, const MsmFigureSpec *spec, GPtrArray *runs)
{
  for (guint i = 0; i < runs->len; i++)
    {
      const MsmFigureRun *run = g_ptr_array_index (runs, i);
      g_autofree char *settings = msm_params_describe (run->setup->params);
      const MsmMetric *classes = msm_metric_classes ();

      g_string_append_printf (text, "\n%s: %s %s", msm_figure_item_title (spec, i, run), run->setup->method->name,
                              settings);
      if (run->prior != NULL)
        g_string_append_printf (text, "; %s", run->prior);
      for (gsize k = 0; run->frame->has_metrics && classes[k].name != NULL; k++)
        {
          g_autofree char *value = msm_metric_format (&classes[k], run->frame->metrics.values[k], G_MAXINT);

          g_string_append_printf (text, "%s %s %s", k == 0 ? ";" : ",", classes[k].name, value);
        }
      if (run->note != NULL)
        g_string_append_printf (text, "; %s", _(run->note));
    }
}

char *
msm_figure_caption (const MsmFigureSpec *spec, GPtrArray *runs, const MsmFigure *figure)
{
  GString *text = g_string_new (NULL);
  const MsmFigureRun *first = g_ptr_array_index (runs, 0);
  g_autofree char *titles = list_titles (spec, runs);
  gboolean has_reference = FALSE;

  for (guint i = 0; i < runs->len; i++)
    has_reference = has_reference || ((const MsmFigureRun *) g_ptr_array_index (runs, i))->reference != NULL;
  if (figure->title != NULL)
    say (text, g_strdup_printf ("%s.", figure->title));
  if (msm_params_get_bool (spec->figure, "anonymise"))
    say (text, g_strdup_printf (_("Slice %zu, measured with %s."), first->setup->address.slice, first->measured));
  else
    {
      g_autofree char *name = g_path_get_basename (first->setup->address.path);

      say (text, g_strdup_printf (_("%s, slice %zu, measured with %s."), name, first->setup->address.slice,
                                  first->measured));
    }
  say (text, g_strdup_printf (has_reference ? _("Compared with the fully sampled reference: %s.")
                                            : _("Shown: %s. There is no reference."),
                              titles));
  say_images (text, spec, runs, figure, has_reference);
  if (first->edges[0] == '\0')
    say (text, g_strdup (_("The orientation is not known.")));
  for (guint i = 0; i < figure->insets->len; i++)
    {
      const MsmFigureInset *inset = &g_array_index (figure->insets, MsmFigureInset, i);

      say (text, g_strdup_printf (_("Inset %u: rows %zu–%zu, columns %zu–%zu."), i + 1, inset->top,
                                  inset->top + inset->size - 1, inset->left, inset->left + inset->size - 1));
    }
  say_regions (text, spec, runs, figure);
  say (text, g_strdup (_("Not for diagnostic use.")));
  say_settings (text, spec, runs);
  return g_string_free (text, FALSE);
}
