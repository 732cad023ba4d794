#include "config.h"

#include "app/figure/figure-plots.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"

/* In the order of the choices of “kind”. */
typedef enum
{
  PLOT_METRIC,
  PLOT_RESIDUAL,
  PLOT_SIGMA,
  PLOT_PROFILE,
} PlotKind;

gboolean
msm_figure_plots_need_steps (const MsmFigureSpec *spec)
{
  for (guint i = 0; i < spec->plots->len; i++)
    if (msm_params_get_choice (g_ptr_array_index (spec->plots, i), "kind") == PLOT_METRIC)
      return TRUE;
  return FALSE;
}

static double
value_of (const MsmFigureStep *step, PlotKind kind, const MsmMetric *metric)
{
  switch (kind)
    {
    case PLOT_RESIDUAL:
      return step->residual;
    case PLOT_SIGMA:
      return step->sigma;
    case PLOT_METRIC:
    case PLOT_PROFILE:
      break;
    }
  return step->has_metrics ? step->metrics.values[metric - msm_metric_classes ()] : NAN;
}

static void
add_steps (const MsmFigureSpec *spec, GPtrArray *runs, MsmFigurePlot *plot, PlotKind kind, const MsmMetric *metric)
{
  for (guint i = 0; i < runs->len; i++)
    {
      const MsmFigureRun *run = g_ptr_array_index (runs, i);
      g_autofree double *x = g_new (double, run->steps->len), *y = g_new (double, run->steps->len);
      gboolean has_any = FALSE;

      for (guint k = 0; k < run->steps->len; k++)
        {
          const MsmFigureStep *step = &g_array_index (run->steps, MsmFigureStep, k);

          x[k] = step->step;
          y[k] = value_of (step, kind, metric);
          has_any = has_any || isfinite (y[k]);
        }
      if (has_any)
        msm_figure_plot_add (plot, msm_figure_item_title (spec, i, run), x, y, run->steps->len);
    }
}

static void
add_profile_of (MsmFigurePlot *plot, const char *name, MsmTensor *image, const MsmRoi *line, const double spacing[2])
{
  static const double pixels[2] = { 1, 1 };
  MsmShape shape = msm_tensor_shape (image);
  const MsmRoiPlane plane = { msm_tensor_const_host (image), msm_tensor_dtype (image), shape.dim[shape.rank - 2],
                              shape.dim[shape.rank - 1],     MSM_RENDER_MAGNITUDE,     1 };
  gsize n;
  g_autofree double *values = msm_roi_profile (&plane, line, &n), *x = NULL;
  double length = msm_roi_length (line, spacing[0] > 0 && spacing[1] > 0 ? spacing : pixels);

  if (values == NULL)
    return;
  x = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    x[i] = n > 1 ? length * (double) i / (double) (n - 1) : 0;
  msm_figure_plot_add (plot, name, x, values, n);
}

static gboolean
add_profile (const MsmFigureSpec *spec, GPtrArray *runs, MsmTensor *reference, const MsmParams *params,
             const char *title, MsmFigure *figure, GError **error)
{
  MsmTensor *any =
      reference != NULL ? reference : ((const MsmFigureRun *) g_ptr_array_index (runs, 0))->frame->images[0].tensor;
  MsmShape shape = msm_tensor_shape (any);
  const double rows = (double) shape.dim[shape.rank - 2], columns = (double) shape.dim[shape.rank - 1];
  const double row = msm_params_get_number (params, "row"), column = msm_params_get_number (params, "column");
  const double to_row = msm_params_get_number (params, "to-row"),
               to_column = msm_params_get_number (params, "to-column");
  MsmFigureRegion mark = { { 0 } };
  MsmFigurePlot *plot;

  if (MIN (row, to_row) < 0 || MIN (column, to_column) < 0 || MAX (row, to_row) >= rows
      || MAX (column, to_column) >= columns || (row == to_row && column == to_column))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("a profile from %g,%g to %g,%g does not lie in the picture of %g × %g"), row, column, to_row,
                   to_column, rows, columns);
      return FALSE;
    }
  msm_roi_set_line (&mark.roi, row + 0.5, column + 0.5, to_row + 0.5, to_column + 0.5);
  g_array_append_val (figure->regions, mark);
  plot = msm_figure_add_plot (figure, title != NULL ? title : _("Profile"),
                              figure->spacing[0] > 0 && figure->spacing[1] > 0 ? "mm" : _("pixels"),
                              msm_params_get_bool (params, "log"));
  if (reference != NULL)
    add_profile_of (plot, _("Reference"), reference, &mark.roi, figure->spacing);
  for (guint i = 0; i < runs->len; i++)
    {
      const MsmFigureRun *run = g_ptr_array_index (runs, i);
      g_autoptr (MsmTensor) image = msm_figure_take_image (run->frame, "estimate", error);

      if (image == NULL)
        return FALSE;
      add_profile_of (plot, msm_figure_item_title (spec, i, run), image, &mark.roi, figure->spacing);
    }
  return TRUE;
}

static const MsmMetric *
find_metric (const char *name)
{
  for (const MsmMetric *metric = msm_metric_classes (); metric->name != NULL; metric++)
    if (g_str_equal (metric->name, name))
      return metric;
  return NULL;
}

static gboolean
add_plot (const MsmFigureSpec *spec, GPtrArray *runs, MsmTensor *reference, const MsmParams *params, MsmFigure *figure,
          GError **error)
{
  const PlotKind kind = (PlotKind) msm_params_get_choice (params, "kind");
  const char *given = msm_params_get_text (params, "title"), *title = given[0] != '\0' ? given : NULL;
  const MsmMetric *metric = kind == PLOT_METRIC ? find_metric (msm_params_get_text (params, "metric")) : NULL;
  g_autofree char *with_unit = NULL;
  MsmFigurePlot *plot;

  if (kind == PLOT_PROFILE)
    return add_profile (spec, runs, reference, params, title, figure, error);
  if (kind == PLOT_METRIC && metric == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("there is no metric ‘%s’ (msm metrics --help)"),
                   msm_params_get_text (params, "metric"));
      return FALSE;
    }
  if (metric != NULL)
    with_unit = metric->unit != NULL ? g_strdup_printf ("%s (%s)", _(metric->title), metric->unit)
                                     : g_strdup (_(metric->title));
  if (title == NULL)
    title = metric != NULL ? with_unit : kind == PLOT_RESIDUAL ? _("Residual in k-space") : "σ";
  plot = msm_figure_add_plot (figure, title, _("step"), msm_params_get_bool (params, "log") || kind == PLOT_SIGMA);
  add_steps (spec, runs, plot, kind, metric);
  if (plot->lines->len > 0)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("“%s” has nothing to plot: %s"), title,
               kind == PLOT_METRIC ? _("the scan has no reference") : _("no method here has it"));
  return FALSE;
}

gboolean
msm_figure_add_plots (const MsmFigureSpec *spec, GPtrArray *runs, MsmTensor *reference, MsmFigure *figure,
                      GError **error)
{
  for (guint i = 0; i < spec->plots->len; i++)
    if (!add_plot (spec, runs, reference, g_ptr_array_index (spec->plots, i), figure, error))
      {
        g_prefix_error (error, _("plot %u: "), i + 1);
        return FALSE;
      }
  return TRUE;
}
