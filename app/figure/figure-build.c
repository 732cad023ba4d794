#include "config.h"

#include "app/figure/figure-build.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/figure/figure-plots.h"
#include "app/setup/setup-prepare.h"
#include "core/base/error.h"
#include "core/render/difference.h"

/* ---- runs ---- */

/* What an earlier run estimated of the same data serves this one too. */
static void
take_sens (MsmSetup *setup, GPtrArray *runs)
{
  for (guint i = 0; i < runs->len && setup->sens == NULL; i++)
    {
      const MsmFigureRun *run = g_ptr_array_index (runs, i);

      if (run->setup->sens != NULL && msm_setup_shares_sens (setup, run->setup))
        setup->sens = msm_tensor_ref (run->setup->sens);
    }
}

static MsmFigureRun *
run_item (const MsmFigureSpec *spec, guint index, const MsmFigureRunOptions *options, GPtrArray *runs, GError **error)
{
  const MsmFigureItem *item = g_ptr_array_index (spec->items, index);
  MsmFigureRunOptions own = *options;
  g_autoptr (MsmSetup) setup = NULL;
  g_autoptr (MsmDevice) device = NULL;

  if (item->klass == NULL && msm_params_get_text (item->params, "experiment")[0] == '\0')
    {
      g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE, _("it names neither a method nor an experiment"));
      return NULL;
    }
  setup = msm_figure_spec_make_setup (spec, item, error);
  if (setup == NULL)
    return NULL;
  if (setup->address.path == NULL)
    {
      g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE, _("no scan is given"));
      return NULL;
    }
  /* The scan and the device are the description's; an experiment has its own. */
  if (item->klass == NULL)
    own.scan = NULL;
  if (item->klass == NULL || own.device == NULL)
    {
      own.device = device = msm_setup_open_device (setup, error);
      if (device == NULL)
        return NULL;
    }
  if (!msm_setup_resolve (setup, own.scan, error))
    return NULL;
  take_sens (setup, runs);
  return msm_figure_run (g_steal_pointer (&setup), &own, error);
}

GPtrArray *
msm_figure_run_items (const MsmFigureSpec *spec, const MsmFigureRunOptions *options, GError **error)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_figure_run_free);
  MsmFigureRunOptions own = *options;

  if (spec->items->len == 0)
    {
      g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE, _("nothing is compared: no [item 1], no --methods"));
      return NULL;
    }
  own.follows = own.follows || msm_figure_plots_need_steps (spec);
  for (guint i = 0; i < spec->items->len; i++)
    {
      MsmFigureRun *run = run_item (spec, i, &own, runs, error);

      if (run == NULL)
        {
          g_prefix_error (error, _("item %u: "), i + 1);
          return NULL;
        }
      g_ptr_array_add (runs, run);
    }
  return g_steal_pointer (&runs);
}

const char *
msm_figure_item_title (const MsmFigureSpec *spec, guint index, const MsmFigureRun *run)
{
  const MsmFigureItem *item = g_ptr_array_index (spec->items, index);
  const char *title = msm_params_get_text (item->params, "title");

  return title[0] != '\0' ? title : _(run->setup->method->title);
}

/* ---- pictures ---- */

static gboolean
is_rgb (const MsmTensor *image)
{
  MsmShape shape = msm_tensor_shape (image);

  return msm_tensor_dtype (image) == MSM_F32 && shape.rank == 4 && shape.dim[1] == 3;
}

/* Sets of maps, each with an image of its own, are added as squares. */
static MsmTensor *
add_sets (const MsmTensor *image, double scale, GError **error)
{
  MsmShape shape = msm_tensor_shape (image);
  gsize n = shape.dim[2] * shape.dim[3];
  const float *x = msm_tensor_const_host (image);
  MsmTensor *sum = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 1, shape.dim[2], shape.dim[3]), error);
  float *out;

  if (sum == NULL)
    return NULL;
  out = msm_tensor_host (sum);
  for (gsize i = 0; i < n; i++)
    {
      double total = 0;

      for (gsize k = 0; k < 2 * shape.dim[1]; k++)
        {
          double v = x[2 * (k / 2 * n + i) + k % 2];

          total += v * v;
        }
      out[i] = (float) (scale * sqrt (total));
    }
  return sum;
}

MsmTensor *
msm_figure_take_image (const MsmFrame *frame, const char *name, GError **error)
{
  MsmTensor *image = msm_frame_find (frame, name), *copy;
  MsmShape shape;
  gsize n;
  float *x;

  if (image == NULL)
    return NULL;
  shape = msm_tensor_shape (image);
  if (shape.rank == 4 && shape.dim[1] > 1 && msm_tensor_dtype (image) == MSM_C64)
    return add_sets (image, frame->scale, error);
  copy =
      msm_tensor_new_from (msm_device_host (), msm_tensor_dtype (image), shape, msm_tensor_const_host (image), error);
  if (copy == NULL)
    return NULL;
  n = msm_tensor_size (copy) * (msm_tensor_dtype (copy) == MSM_C64 ? 2 : 1);
  x = msm_tensor_host (copy);
  for (gsize i = 0; i < n; i++)
    x[i] = (float) (x[i] * frame->scale);
  return copy;
}

/* ||image| − |reference||, of colours their mean. */
static MsmTensor *
make_error (MsmTensor *image, const MsmTensor *reference, GError **error)
{
  MsmShape shape = msm_tensor_shape (image), other = msm_tensor_shape (reference);
  gsize rows = shape.dim[shape.rank - 2], columns = shape.dim[shape.rank - 1], n = rows * columns;
  gsize n_planes = is_rgb (image) ? 3 : 1;
  g_autofree float *plane = NULL;
  MsmTensor *result;
  float *out;

  if (other.dim[other.rank - 2] != rows || other.dim[other.rank - 1] != columns || is_rgb (image) != is_rgb (reference))
    return NULL;
  result = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 1, rows, columns), error);
  plane = g_try_new (float, n);
  if (result == NULL || plane == NULL)
    return result;
  out = msm_tensor_host (result);
  for (gsize k = 0; k < n_planes; k++)
    {
      msm_difference (msm_tensor_const_host (image) + k * n, msm_tensor_dtype (image),
                      msm_tensor_const_host (reference) + k * n, msm_tensor_dtype (reference), n,
                      MSM_DIFFERENCE_ABSOLUTE, 1.0f / (float) n_planes, plane);
      for (gsize i = 0; i < n; i++)
        out[i] += plane[i];
    }
  return result;
}

/* ---- rows ---- */

/* One of the kinds of pictures that are shown of every item. */
typedef struct
{
  char *name; /* of the frame's image; "error" is made here, of true magnitudes */
  char *title;
  MsmRenderOptions options;
  double scale_factor;
  gboolean has_scale, has_metrics;
} Show;

static void
show_clear (gpointer data)
{
  Show *show = data;

  g_free (show->name);
  g_free (show->title);
}

typedef struct
{
  const MsmFigureSpec *spec;
  GPtrArray *runs;
  MsmFrame *const *frames; /* (nullable) */
  MsmTensor *reference;    /* (nullable): the first there is */
  const MsmFigureRun *of;  /* whose it is */
} Composition;

/* Of item @index, or the reference where @index is the number of items. (transfer full) (nullable) */
static MsmTensor *
take_picture (const Composition *self, const Show *show, guint index, gboolean is_last, GError **error)
{
  const MsmFigureRun *run;
  const MsmFrame *frame;
  g_autoptr (MsmTensor) image = NULL;

  if (index == self->runs->len)
    return g_str_equal (show->name, "estimate") && show->options.mode == MSM_RENDER_MAGNITUDE
               ? msm_tensor_ref (self->reference)
               : NULL;
  run = g_ptr_array_index (self->runs, index);
  frame = !is_last && self->frames != NULL && self->frames[index] != NULL ? self->frames[index] : run->frame;
  if (!g_str_equal (show->name, "error"))
    return msm_figure_take_image (frame, show->name, error);
  image = self->reference != NULL ? msm_figure_take_image (frame, "estimate", error) : NULL;
  return image != NULL ? make_error (image, self->reference, error) : NULL;
}

static double
largest_of (const Composition *self, const Show *show, double percentile)
{
  double largest = 0;

  for (guint i = 0; i < self->runs->len; i++)
    {
      g_autoptr (MsmTensor) image = take_picture (self, show, i, TRUE, NULL);
      double low, high;

      if (image == NULL)
        continue;
      msm_render_auto_window (msm_tensor_const_host (image), msm_tensor_dtype (image),
                              msm_tensor_dim (image, 2) * msm_tensor_dim (image, 3), show->options.mode, 0, percentile,
                              &low, &high);
      largest = MAX (largest, high);
    }
  return largest;
}

/* From black to white of the images: given, or up to the 99.7th percentile of the reference, else of all. */
static void
choose_window (const Composition *self, const Show *image, double *low, double *high)
{
  const MsmParams *figure = self->spec->figure;
  const MsmFigureRun *first = g_ptr_array_index (self->runs, 0);

  *low = msm_params_get_number (figure, "low");
  *high = msm_params_get_number (figure, "high");
  if (*high > *low)
    return;
  *low = 0;
  *high = 0;
  if (first->kind == MSM_MEASURE_IMAGE)
    *high = 1;
  else if (self->reference != NULL)
    msm_render_auto_window (msm_tensor_const_host (self->reference), MSM_F32, msm_tensor_size (self->reference),
                            MSM_RENDER_MAGNITUDE, 0, 99.7, low, high);
  else
    *high = largest_of (self, image, 99.7);
  *low = 0;
  if (!(*high > 0))
    *high = 1;
}

static MsmColormap
colormap_of (const MsmFigureSpec *spec, const char *key)
{
  MsmColormap colormap = MSM_COLORMAP_GREY;

  msm_colormap_from_name (msm_params_get_text (spec->figure, key), &colormap);
  return colormap;
}

/* Title of a method's output that is shown by its own name. */
static char *
output_title (const Composition *self, const char *name)
{
  for (guint i = 0; i < self->runs->len; i++)
    {
      const MsmFrame *frame = ((const MsmFigureRun *) g_ptr_array_index (self->runs, i))->frame;

      for (gsize k = 0; k < frame->n_images; k++)
        if (g_str_equal (frame->images[k].name, name))
          return g_strdup (_(frame->images[k].title));
    }
  return NULL;
}

static gboolean
make_show (const Composition *self, const char *name, double low, double high, Show *show, GError **error)
{
  const double factor = msm_params_get_number (self->spec->figure, "error-factor");

  *show = (Show){ .options = { .mode = MSM_RENDER_MAGNITUDE, .window_low = low, .window_high = high, .gain = 1 },
                  .scale_factor = 1 };
  if (g_str_equal (name, "image"))
    {
      show->name = g_strdup ("estimate");
      show->title = g_strdup (_("Image"));
      show->options.colormap = colormap_of (self->spec, "colormap");
      show->has_metrics = TRUE;
    }
  else if (g_str_equal (name, "error"))
    {
      if (self->reference == NULL)
        return TRUE; /* nothing to compare with: no row */
      show->name = g_strdup ("error");
      show->title = factor != 1 ? g_strdup_printf (_("Error × %g"), factor) : g_strdup (_("Error"));
      show->options.colormap = colormap_of (self->spec, "error-colormap");
      show->options.window_low = 0;
      show->options.gain = factor;
      show->scale_factor = 1 / factor;
    }
  else if (g_str_equal (name, "phase"))
    {
      show->name = g_strdup ("estimate");
      show->title = g_strdup (_("Phase"));
      show->options =
          (MsmRenderOptions){ MSM_RENDER_PHASE, MSM_COLORMAP_PHASE, .window_low = -G_PI, .window_high = G_PI };
    }
  else
    {
      show->name = g_strdup (g_str_equal (name, "sd") ? "uncertainty" : name);
      show->title = output_title (self, show->name);
      if (show->title == NULL)
        {
          g_set_error (
              error, MSM_ERROR, MSM_ERROR_VALUE,
              _("show: no method here has ‘%s’; there are image, error, phase, and of MSM with several samples "
                 "sd"),
              name);
          return FALSE;
        }
      show->options.window_low = 0;
      show->options.window_high = largest_of (self, show, 99.5);
      if (!(show->options.window_high > 0))
        show->options.window_high = 1;
      if (g_str_equal (show->name, "uncertainty"))
        show->options.colormap = MSM_COLORMAP_VIRIDIS;
    }
  show->has_scale = show->options.colormap != MSM_COLORMAP_GREY;
  return TRUE;
}

/* (transfer full) (element-type Show): what is shown of every item */
static GArray *
make_shows (const Composition *self, GError **error)
{
  g_auto (GStrv) names = g_strsplit (msm_params_get_text (self->spec->figure, "show"), ",", -1);
  g_autoptr (GArray) shows = g_array_new (FALSE, TRUE, sizeof (Show));
  Show image = { .name = (char *) "estimate", .options = { .mode = MSM_RENDER_MAGNITUDE } };
  double low, high;

  g_array_set_clear_func (shows, show_clear);
  choose_window (self, &image, &low, &high);
  for (int i = 0; names[i] != NULL; i++)
    {
      Show show;

      if (!make_show (self, g_strstrip (names[i]), low, high, &show, error))
        {
          show_clear (&show);
          return NULL;
        }
      if (show.name != NULL)
        g_array_append_val (shows, show);
    }
  if (shows->len > 0)
    return g_steal_pointer (&shows);
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
               _("show = %s: nothing of it can be shown, the scan has no reference"),
               msm_params_get_text (self->spec->figure, "show"));
  return NULL;
}

char *
msm_figure_metrics_text (const MsmMetrics *metrics, const char *names, GError **error)
{
  g_auto (GStrv) wanted = g_strsplit (names, ",", -1);
  const MsmMetric *classes = msm_metric_classes ();
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; wanted[i] != NULL; i++)
    {
      const MsmMetric *metric = classes;

      if (g_strstrip (wanted[i])[0] == '\0')
        continue;
      while (metric->name != NULL && !g_str_equal (metric->name, wanted[i]))
        metric++;
      if (metric->name == NULL)
        {
          g_autoptr (GString) known = g_string_new (NULL);

          for (metric = classes; metric->name != NULL; metric++)
            g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "", metric->name);
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("there is no metric ‘%s’, only %s"), wanted[i],
                       known->str);
          return NULL;
        }
      if (metrics != NULL)
        {
          g_autofree char *value = msm_metric_format (metric, metrics->values[metric - classes], 3);

          g_string_append_printf (text, "%s%s %s%s%s", text->len > 0 ? "   " : "", _(metric->title), value,
                                  metric->unit != NULL ? " " : "", metric->unit != NULL ? metric->unit : "");
        }
    }
  return g_strdup (text->str);
}

/* ---- the grid ---- */

/* Position of @entry: where the reference stands decides. @entry: an item, or their number for the reference. */
static guint
place_of (const Composition *self, guint entry)
{
  gboolean is_first = msm_params_get_choice (self->spec->figure, "reference") == 0;

  if (self->reference == NULL || msm_params_get_choice (self->spec->figure, "reference") == 2)
    return entry;
  if (entry == self->runs->len)
    return is_first ? 0 : entry;
  return is_first ? entry + 1 : entry;
}

static gboolean
fill_pane (const Composition *self, MsmFigure *figure, const Show *show, guint entry, guint row, guint column,
           GError **error)
{
  const MsmFigureRun *run = entry < self->runs->len ? g_ptr_array_index (self->runs, entry) : self->of;
  MsmFigurePane *pane = msm_figure_pane (figure, row, column);
  g_autoptr (GError) local = NULL;

  pane->image = take_picture (self, show, entry, FALSE, &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (pane->image == NULL)
    return TRUE;
  pane->is_rgb = is_rgb (pane->image);
  pane->options = show->options;
  pane->scale_factor = show->scale_factor;
  g_strlcpy (pane->edges, run->edges, sizeof pane->edges);
  if (show->has_metrics && entry < self->runs->len)
    {
      const MsmFrame *frame = self->frames != NULL && self->frames[entry] != NULL ? self->frames[entry] : run->frame;

      if (frame->has_metrics && msm_params_get_text (self->spec->figure, "metrics")[0] != '\0')
        {
          pane->below =
              msm_figure_metrics_text (&frame->metrics, msm_params_get_text (self->spec->figure, "metrics"), error);
          return pane->below != NULL;
        }
    }
  return TRUE;
}

/* At the right of each row, where its last picture has one. */
static void
choose_scales (MsmFigure *figure, const GArray *shows, gboolean is_down)
{
  for (guint row = 0; row < figure->n_rows; row++)
    for (guint column = figure->n_columns; column > 0; column--)
      {
        MsmFigurePane *pane = msm_figure_pane (figure, row, column - 1);

        if (pane->image == NULL)
          continue;
        pane->has_scale = g_array_index (shows, Show, is_down ? column - 1 : row).has_scale;
        break;
      }
}

static MsmFigure *
make_grid (const Composition *self, const GArray *shows, GError **error)
{
  const gboolean is_down = msm_params_get_bool (self->spec->figure, "methods-down");
  const gboolean has_reference =
      self->reference != NULL && msm_params_get_choice (self->spec->figure, "reference") != 2;
  const guint n = self->runs->len + (has_reference ? 1 : 0);
  g_autoptr (MsmFigure) figure = is_down ? msm_figure_new (n, shows->len) : msm_figure_new (shows->len, n);

  for (guint entry = 0; entry < n; entry++)
    {
      guint place = place_of (self, entry);
      const char *title = entry < self->runs->len
                              ? msm_figure_item_title (self->spec, entry, g_ptr_array_index (self->runs, entry))
                              : _("Reference");

      (is_down ? figure->row_titles : figure->column_titles)[place] = g_strdup (title);
      for (guint i = 0; i < shows->len; i++)
        if (!fill_pane (self, figure, &g_array_index (shows, Show, i), entry, is_down ? place : i, is_down ? i : place,
                        error))
          return NULL;
    }
  if (shows->len > 1)
    for (guint i = 0; i < shows->len; i++)
      (is_down ? figure->column_titles : figure->row_titles)[i] = g_strdup (g_array_index (shows, Show, i).title);
  choose_scales (figure, shows, is_down);
  return g_steal_pointer (&figure);
}

static void
set_style (const MsmParams *params, MsmFigure *figure)
{
  figure->style.width_cm = msm_params_get_number (params, "width");
  figure->style.dpi = msm_params_get_number (params, "dpi");
  figure->style.is_dark = msm_params_get_choice (params, "theme") == 1;
  figure->style.is_smooth = msm_params_get_choice (params, "pixels") == 1;
  figure->style.font = msm_params_get_text (params, "font");
  figure->style.font_pt = msm_params_get_number (params, "font-size");
  figure->style.has_letters = msm_params_get_bool (params, "letters");
  figure->scale_bar = (MsmFigureWhere) msm_params_get_choice (params, "scale-bar");
  figure->edges = (MsmFigureWhere) msm_params_get_choice (params, "orientation");
}

static char *
dup_label (const MsmParams *params)
{
  const char *label = msm_params_get_text (params, "label");

  return label[0] != '\0' ? g_strdup (label) : NULL;
}

/* Around its middle, or beside that where the picture ends. */
static gboolean
add_inset (const Composition *self, MsmFigure *figure, guint index, GError **error)
{
  const MsmParams *params = g_ptr_array_index (self->spec->insets, index);
  const MsmTensor *image = ((const MsmFigureRun *) g_ptr_array_index (self->runs, 0))->frame->images[0].tensor;
  const MsmShape shape = msm_tensor_shape (image);
  const int rows = (int) shape.dim[shape.rank - 2], columns = (int) shape.dim[shape.rank - 1];
  const int size = msm_params_get_int (params, "size");
  const int row = msm_params_get_int (params, "row"), column = msm_params_get_int (params, "column");
  MsmFigureInset inset = { .size = (gsize) size,
                           .zoom = msm_params_get_int (params, "zoom"),
                           .corner = (MsmCorner) msm_params_get_choice (params, "corner") };

  if (row >= rows || column >= columns)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("inset %u: row %d, column %d is not in the picture of %d × %d"), index + 1, row, column, rows,
                   columns);
      return FALSE;
    }
  inset.top = (gsize) CLAMP (row - size / 2, 0, MAX (rows - size, 0));
  inset.left = (gsize) CLAMP (column - size / 2, 0, MAX (columns - size, 0));
  g_array_append_val (figure->insets, inset);
  return TRUE;
}

static gboolean
add_marks (const Composition *self, MsmFigure *figure, GError **error)
{
  const gboolean is_down = msm_params_get_bool (self->spec->figure, "methods-down");

  for (guint i = 0; i < self->spec->insets->len; i++)
    if (!add_inset (self, figure, i, error))
      return FALSE;
  for (guint i = 0; i < self->spec->arrows->len; i++)
    {
      const MsmParams *params = g_ptr_array_index (self->spec->arrows, i);
      guint item = (guint) msm_params_get_int (params, "item");
      MsmFigureArrow arrow = { msm_params_get_number (params, "row"),
                               msm_params_get_number (params, "column"),
                               msm_params_get_number (params, "angle"),
                               msm_params_get_number (params, "length"),
                               dup_label (params),
                               0,
                               G_MAXUINT };

      if (item > 0 && !is_down)
        {
          arrow.first = place_of (self, MIN (item - 1, self->runs->len));
          arrow.beyond = arrow.first + 1;
        }
      g_array_append_val (figure->arrows, arrow);
    }
  for (guint i = 0; i < self->spec->regions->len; i++)
    {
      const MsmParams *params = g_ptr_array_index (self->spec->regions, i);
      double row = msm_params_get_number (params, "row"), column = msm_params_get_number (params, "column");
      double height = msm_params_get_number (params, "height"), width = msm_params_get_number (params, "width");
      MsmFigureRegion region = { .roi = { .shape = msm_params_get_choice (params, "shape") == 0 ? MSM_ROI_RECTANGLE
                                                                                                : MSM_ROI_ELLIPSE,
                                          .top = row - height / 2,
                                          .left = column - width / 2,
                                          .bottom = row + height / 2,
                                          .right = column + width / 2 },
                                 .label = dup_label (params) };

      g_array_append_val (figure->regions, region);
    }
  return TRUE;
}

MsmFigure *
msm_figure_compose (const MsmFigureSpec *spec, GPtrArray *runs, MsmFrame *const *frames, GError **error)
{
  Composition self = { spec, runs, frames };
  g_autoptr (GArray) shows = NULL;
  g_autoptr (MsmFigure) figure = NULL;
  g_autofree char *unknown = msm_figure_metrics_text (NULL, msm_params_get_text (spec->figure, "metrics"), error);
  const MsmFigureRun *first = g_ptr_array_index (runs, 0);

  if (unknown == NULL)
    return NULL;
  for (guint i = 0; i < runs->len && self.reference == NULL; i++)
    {
      self.of = g_ptr_array_index (runs, i);
      self.reference = self.of->reference;
    }
  shows = make_shows (&self, error);
  figure = shows != NULL ? make_grid (&self, shows, error) : NULL;
  if (figure == NULL)
    return NULL;
  set_style (spec->figure, figure);
  figure->spacing[0] = first->spacing[0];
  figure->spacing[1] = first->spacing[1];
  if (msm_params_get_text (spec->figure, "title")[0] != '\0')
    figure->title = g_strdup (msm_params_get_text (spec->figure, "title"));
  if (!add_marks (&self, figure, error) || !msm_figure_add_plots (spec, runs, self.reference, figure, error))
    return NULL;
  return g_steal_pointer (&figure);
}
