#include "config.h"

#include "ui/widgets/viewport-private.h"

#include <glib/gi18n.h>

#include "ui/widgets/draw.h"

/* Two pictures that take turns: slow enough to see each, fast enough to see what moves. */
#define FLICKER_MS      500
/* A difference is shown this much brighter than the images. */
#define DIFFERENCE_GAIN 5.0

static GdkTexture *
render (const float *plane, MsmDtype dtype, gsize n_rows, gsize n_columns, gboolean is_rgb,
        const MsmRenderOptions *options)
{
  guint8 *rgba = g_malloc (4 * n_rows * n_columns);

  if (is_rgb)
    msm_render_rgb (plane, n_rows, n_columns, options, rgba, 4 * n_columns);
  else
    msm_render_plane (plane, dtype, n_rows, n_columns, options, rgba, 4 * n_columns);
  return msm_draw_texture_new (rgba, n_rows, n_columns);
}

/* The second picture's plane when it has the first one's size, else NULL. */
static const float *
second_data (MsmViewport *self)
{
  const gsize n = msm_viewport_n_rows (self) * msm_viewport_n_columns (self);
  MsmShape shape;

  if (self->second == NULL)
    return NULL;
  shape = msm_tensor_shape (self->second);
  if (shape.dim[shape.rank - 2] != msm_viewport_n_rows (self)
      || shape.dim[shape.rank - 1] != msm_viewport_n_columns (self))
    return NULL;
  return msm_tensor_const_host (self->second)
         + self->second_plane * n * (msm_tensor_dtype (self->second) == MSM_C64 ? 2 : 1);
}

/* |first| − |second| in shown values, on ± a part of the images' window. */
static GdkTexture *
render_difference (MsmViewport *self, const float *second, MsmRenderOptions options)
{
  const gsize rows = msm_viewport_n_rows (self), columns = msm_viewport_n_columns (self);
  const MsmDtype dtype = msm_tensor_dtype (self->tensor), second_dtype = msm_tensor_dtype (self->second);
  const float *first = msm_viewport_plane_data (self);
  g_autofree float *values = g_new (float, rows * columns);

  for (gsize i = 0; i < rows * columns; i++)
    values[i] = (float) (self->view.gain * msm_render_value (first, dtype, i, MSM_RENDER_MAGNITUDE)
                         - self->second_gain * msm_render_value (second, second_dtype, i, MSM_RENDER_MAGNITUDE));
  options.mode = MSM_RENDER_REAL;
  options.colormap = MSM_COLORMAP_DIFFERENCE;
  options.gain = 1.0;
  options.window_high = (options.window_high - options.window_low) / DIFFERENCE_GAIN;
  options.window_low = -options.window_high;
  return render (values, MSM_F32, rows, columns, FALSE, &options);
}

void
msm_viewport_ensure_textures (MsmViewport *self)
{
  MsmRenderOptions options;
  const float *second;

  if (self->texture != NULL || self->tensor == NULL)
    return;
  msm_viewport_get_render_options (self, &options);
  self->texture = render (msm_viewport_plane_data (self), msm_tensor_dtype (self->tensor), msm_viewport_n_rows (self),
                          msm_viewport_n_columns (self), msm_viewport_is_rgb (self), &options);
  g_clear_object (&self->second_texture);
  second = self->compare != MSM_COMPARE_NONE ? second_data (self) : NULL;
  if (second == NULL)
    return;
  if (self->compare == MSM_COMPARE_DIFFERENCE)
    self->second_texture = render_difference (self, second, options);
  else
    {
      options.gain *= self->second_gain / self->view.gain;
      self->second_texture =
          render (second, msm_tensor_dtype (self->second), msm_viewport_n_rows (self), msm_viewport_n_columns (self),
                  msm_viewport_is_rgb (self)
                      && msm_shape_equal (msm_tensor_shape (self->second), msm_tensor_shape (self->tensor)),
                  &options);
    }
}

/* A split's held key turns its sides round; the others' shows what they do not. */
static gboolean
takes_second (MsmViewport *self)
{
  switch (self->compare)
    {
    case MSM_COMPARE_SPLIT:
      return self->shows_other;
    case MSM_COMPARE_FLICKER:
      return self->shows_second != self->shows_other;
    case MSM_COMPARE_DIFFERENCE:
      return !self->shows_other;
    case MSM_COMPARE_NONE:
    default:
      return FALSE;
    }
}

/* What fills the pane; a split draws the second one over its right part. */
GdkTexture *
msm_viewport_compare_texture (MsmViewport *self)
{
  return takes_second (self) && self->second_texture != NULL ? self->second_texture : self->texture;
}

void
msm_viewport_show_other (MsmViewport *self, gboolean show)
{
  if (self->shows_other == show)
    return;
  self->shows_other = show;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

char *
msm_viewport_compare_describe (MsmViewport *self)
{
  const char *first = self->title != NULL ? self->title : "", *second = self->second_title;

  if (self->compare == MSM_COMPARE_NONE || self->second == NULL)
    return NULL;
  if (self->second_texture == NULL)
    return g_strdup_printf (_("%s: another size"), second);
  switch (self->compare)
    {
    case MSM_COMPARE_SPLIT:
      return self->shows_other ? g_strdup (second) : g_strdup_printf ("%s | %s", first, second);
    case MSM_COMPARE_FLICKER:
      return g_strdup (takes_second (self) ? second : first);
    case MSM_COMPARE_DIFFERENCE:
      return self->shows_other ? g_strdup (first) : g_strdup_printf ("%s − %s", first, second);
    case MSM_COMPARE_NONE:
    default:
      return NULL;
    }
}

void
msm_viewport_get_scale (MsmViewport *self, MsmColormap *colormap, double *low, double *high)
{
  msm_viewport_view_get_window (&self->view, low, high);
  *colormap = msm_viewport_shown_colormap (self);
  if (self->compare != MSM_COMPARE_DIFFERENCE || self->shows_other || self->second_texture == NULL)
    return;
  *high = (*high - *low) / DIFFERENCE_GAIN;
  *low = -*high;
  *colormap = MSM_COLORMAP_DIFFERENCE;
}

static gboolean
on_flicker (gpointer data)
{
  MsmViewport *self = data;

  self->shows_second = !self->shows_second;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    gtk_widget_queue_draw (GTK_WIDGET (self));
  return G_SOURCE_CONTINUE;
}

void
msm_viewport_set_compare (MsmViewport *self, MsmCompare compare)
{
  if (self->compare == compare)
    return;
  self->compare = compare;
  self->shows_second = FALSE;
  g_clear_handle_id (&self->flicker, g_source_remove);
  if (compare == MSM_COMPARE_FLICKER)
    self->flicker = g_timeout_add (FLICKER_MS, on_flicker, self);
  g_clear_object (&self->texture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

MsmCompare
msm_viewport_get_compare (MsmViewport *self)
{
  return self->compare;
}

void
msm_viewport_set_second (MsmViewport *self, MsmTensor *tensor, gsize plane, double gain, const char *title)
{
  if (tensor != NULL)
    msm_tensor_ref (tensor);
  g_clear_pointer (&self->second, msm_tensor_unref);
  self->second = tensor;
  self->second_plane = plane;
  self->second_gain = gain;
  g_free (self->second_title);
  self->second_title = g_strdup (title != NULL ? title : "");
  g_clear_object (&self->texture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

MsmTensor *
msm_viewport_get_second (MsmViewport *self)
{
  return self->second;
}
