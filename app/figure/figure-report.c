#include "config.h"

#include "app/figure/figure-report.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* A row for each method, a column for each metric; those of normalised images say so. */
static void
fill_table (MsmReport *report, const MsmFigureSpec *spec, GPtrArray *runs)
{
  const MsmMetric *classes = msm_metric_classes ();
  g_autoptr (GPtrArray) head = g_ptr_array_new ();

  g_ptr_array_add (head, g_strdup (_("Method")));
  for (const MsmMetric *metric = classes; metric->name != NULL; metric++)
    g_ptr_array_add (head, g_strdup_printf ("%s%s%s%s", _(metric->title), metric->unit != NULL ? ", " : "",
                                            metric->unit != NULL ? metric->unit : "",
                                            metric->is_normalised ? _(" (min–max)") : ""));
  g_ptr_array_add (head, g_strdup (_("Residual")));
  g_ptr_array_add (head, g_strdup (_("Steps")));
  g_ptr_array_add (head, NULL);
  g_ptr_array_add (report->rows, g_strdupv ((char **) head->pdata));
  for (guint i = 0; i < head->len; i++)
    g_free (head->pdata[i]);
  for (guint i = 0; i < runs->len; i++)
    {
      const MsmFigureRun *run = g_ptr_array_index (runs, i);
      const MsmStepInfo *info = &run->frame->info;
      g_autoptr (GStrvBuilder) cells = g_strv_builder_new ();
      g_autofree char *steps = g_strdup_printf ("%d", info->step), *residual = g_strdup_printf ("%.3g", info->residual);

      g_strv_builder_add (cells, msm_figure_item_title (spec, i, run));
      for (const MsmMetric *metric = classes; metric->name != NULL; metric++)
        {
          g_autofree char *value = msm_metric_format (
              metric, run->frame->has_metrics ? run->frame->metrics.values[metric - classes] : NAN, 4);

          g_strv_builder_add (cells, value);
        }
      g_strv_builder_add (cells, isfinite (info->residual) ? residual : "–");
      g_strv_builder_add (cells, steps);
      g_ptr_array_add (report->rows, g_strv_builder_end (cells));
    }
  report->table_note = g_strdup (_(
      "PSNR, SSIM, NMSE and NRMSE compare magnitudes of the slice with the reference; the data range is the "
      "reference's maximum, SSIM has windows of 7 × 7 (fastMRI's convention). Those called min–max are of images that "
      "are each normalised to 0 … 1 first, which hides errors of scale. "
      "Residual: ‖y − A x‖ / ‖y‖ of what was measured."));
}

static void
add_line (GString *text, const char *line)
{
  if (strstr (text->str, line) == NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", line);
}

/* What somebody should know before believing the pictures. */
static char *
list_warnings (const MsmFigureSpec *spec, GPtrArray *runs)
{
  GString *text = g_string_new (NULL);

  add_line (text, _("Not for diagnostic use: reconstructions, above all those by learned priors, can lack or invent "
                     "structures."));
  for (guint i = 0; i < runs->len; i++)
    {
      const MsmFigureRun *run = g_ptr_array_index (runs, i);
      const MsmHeldBack *held = &run->held_back;

      for (guint k = 0; k < run->warnings->len; k++)
        add_line (text, g_ptr_array_index (run->warnings, k));
      if (run->note != NULL)
        add_line (text, _(run->note));
      if (run->reference == NULL)
        add_line (text, _("The scan has no fully sampled reference: errors and metrics cannot be given."));
      if (held->n_points > 0)
        {
          const char *verdict = held->residual <= held->classical
                                    ? _("the prior fits this scan")
                                    : _("the prior does not fit this scan, L1-wavelet is the better choice");
          g_autofree char *line = g_strdup_printf (
              held->are_lines
                  ? _("%s: of %zu measured lines that were held back it misses %.3g, L1-wavelet %.3g: %s.")
                  : _("%s: of %zu measured points that were held back it misses %.3g, L1-wavelet %.3g: %s."),
              msm_figure_item_title (spec, i, run), held->n_points, held->residual, held->classical, verdict);

          add_line (text, line);
        }
    }
  return g_string_free (text, FALSE);
}

static char *
list_methods (const MsmFigureSpec *spec, GPtrArray *runs)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < runs->len; i++)
    {
      const MsmFigureRun *run = g_ptr_array_index (runs, i);
      g_autofree char *settings = msm_params_describe (run->setup->params);

      g_string_append_printf (text, "%s%s (%s): %s", i > 0 ? "\n" : "", msm_figure_item_title (spec, i, run),
                              run->setup->method->name, settings[0] != '\0' ? settings : _("no settings"));
      if (run->prior != NULL)
        g_string_append_printf (text, "; %s", run->prior);
    }
  return g_string_free (text, FALSE);
}

MsmReport *
msm_figure_report (const MsmFigureSpec *spec, GPtrArray *runs, const char *description, GError **error)
{
  const char *title = msm_params_get_text (spec->figure, "title");
  const MsmFigureRun *first = g_ptr_array_index (runs, 0);
  g_autoptr (MsmReport) report = msm_report_new ();
  g_autofree char *whole = NULL, *name = NULL;
  char *end;

  report->figure = msm_figure_compose (spec, runs, NULL, error);
  if (report->figure == NULL)
    return NULL;
  report->title = g_strdup (title[0] != '\0' ? title : _("Comparison of reconstructions"));
  if (!msm_params_get_bool (spec->figure, "anonymise"))
    name = g_path_get_basename (first->setup->address.path);
  report->subtitle = g_strdup_printf (_("%s%sSlice %zu, measured with %s"), name != NULL ? name : "",
                                      name != NULL ? " · " : "", first->setup->address.slice, first->measured);
  whole = msm_figure_caption (spec, runs, report->figure);
  /* The settings, which follow in lines of their own, have a section here. */
  end = strchr (whole, '\n');
  report->caption = end != NULL ? g_strndup (whole, (gsize) (end - whole)) : g_strdup (whole);
  fill_table (report, spec, runs);
  msm_report_add_section (report, _("Warnings"), list_warnings (spec, runs), FALSE);
  msm_report_add_section (report, _("Methods"), list_methods (spec, runs), FALSE);
  msm_report_add_section (report, _("Description, from which it can be repeated (msm report FILE.ini)"),
                          g_strdup (description), TRUE);
  return g_steal_pointer (&report);
}
