#include "config.h"

#include "ui/widgets/viewport-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "figure/roi-path.h"
#include "ui/widgets/draw.h"
#include "ui/widgets/viewport-overlay.h"

/* Texts for the pixel under the pointer, else under the crosshair. */
static void
describe_pixel (MsmViewport *self, double row, double column, char **position, char **value)
{
  const gsize rows = msm_viewport_n_rows (self), columns = msm_viewport_n_columns (self);
  const MsmRenderMode mode = msm_viewport_view_get_mode (&self->view);
  const MsmDtype dtype = msm_tensor_dtype (self->tensor);
  g_autofree char *number = NULL;
  gsize index;

  if (!(row >= 0 && row < (double) rows && column >= 0 && column < (double) columns))
    return;
  index = (gsize) row * columns + (gsize) column;
  if (self->has_spacing)
    {
      g_autofree char *y = msm_text_fixed ((floor (row) - (double) (rows / 2)) * self->spacing[0], 1);
      g_autofree char *x = msm_text_fixed ((floor (column) - (double) (columns / 2)) * self->spacing[1], 1);

      *position = g_strdup_printf ("[%d, %d]  %s, %s mm", (int) row, (int) column, y, x);
    }
  else
    *position = g_strdup_printf ("[%d, %d]", (int) row, (int) column);
  if (mode == MSM_RENDER_COMPLEX)
    {
      g_autofree char *phase = msm_text_number (
          msm_render_value (msm_viewport_plane_data (self), dtype, index, MSM_RENDER_PHASE) * 180.0 / G_PI);

      number = msm_text_number (
          self->view.gain * msm_render_value (msm_viewport_plane_data (self), dtype, index, MSM_RENDER_MAGNITUDE));
      *value = g_strdup_printf ("%s ∠ %s°", number, phase);
      return;
    }
  if (mode == MSM_RENDER_PHASE)
    number = msm_text_number (msm_render_value (msm_viewport_plane_data (self), dtype, index, mode));
  else
    number = msm_text_number (self->view.gain
                              * msm_render_value (msm_viewport_plane_data (self), dtype, index,
                                                  mode == MSM_RENDER_LOG ? MSM_RENDER_MAGNITUDE : mode));
  *value = mode == MSM_RENDER_PHASE ? g_strdup_printf ("%s rad", number) : g_steal_pointer (&number);
}

static const char *
mode_label (MsmRenderMode mode)
{
  switch (mode)
    {
    case MSM_RENDER_PHASE:
      return _("phase");
    case MSM_RENDER_REAL:
      return _("real");
    case MSM_RENDER_IMAGINARY:
      return _("imaginary");
    case MSM_RENDER_COMPLEX:
      return _("complex");
    case MSM_RENDER_LOG:
      return _("log");
    case MSM_RENDER_MAGNITUDE:
      break;
    }
  return NULL;
}

/* An area or a length, in millimetres where the pixels have a size. (transfer full) */
static char *
describe_size (MsmViewport *self, const MsmRoi *roi, const MsmRoiStats *stats)
{
  static const double pixels[2] = { 1, 1 };
  g_autofree char *size = NULL;

  if (roi->shape == MSM_ROI_LINE)
    {
      size = msm_text_number (msm_roi_length (roi, self->has_spacing ? self->spacing : pixels));
      /* Translators: length of a line drawn on an image */
      return self->has_spacing ? g_strdup_printf ("%s mm", size) : g_strdup_printf (_("%s px long"), size);
    }
  if (!self->has_spacing)
    /* Translators: area of a region of interest */
    return g_strdup_printf (_("%zu px"), stats->n_pixels);
  size = msm_text_number ((double) stats->n_pixels * self->spacing[0] * self->spacing[1]);
  return g_strdup_printf ("%s mm²", size);
}

/* The outline, and what is measured inside. (transfer full) (nullable) */
static char *
draw_roi (MsmViewport *self, GtkSnapshot *snapshot, const MsmViewportGeometry *at)
{
  const MsmColor line = { 0.36f, 0.95f, 0.62f, 0.95f };
  const MsmRoi *roi = msm_viewport_model_get_roi (self->model);
  graphene_rect_t rect = GRAPHENE_RECT_INIT (
      (float) (at->x0 + roi->left * at->column_scale), (float) (at->y0 + roi->top * at->row_scale),
      (float) ((roi->right - roi->left) * at->column_scale), (float) ((roi->bottom - roi->top) * at->row_scale));
  g_autofree char *mean = NULL, *sd = NULL, *size = NULL;
  MsmRoiStats stats = { 0 };
  graphene_rect_t bounds;
  MsmCanvas canvas;

  if (roi->shape == MSM_ROI_NONE)
    return NULL;
  graphene_rect_inset_r (&rect, -2, -2, &bounds);
  canvas = msm_draw_canvas (GTK_WIDGET (self), snapshot, &bounds);
  msm_roi_stroke (&canvas, roi, &(MsmImagePlace){ at->x0, at->y0, at->column_scale, at->row_scale }, line, 1.5);
  cairo_destroy (canvas.cr);
  if (roi->shape == MSM_ROI_LINE)
    return describe_size (self, roi, &stats);
  if (!msm_viewport_get_roi_stats (self, &stats))
    return NULL;
  mean = msm_text_number (stats.mean);
  sd = msm_text_number (stats.sd);
  size = describe_size (self, roi, &stats);
  /* Translators: mean and standard deviation in the region of interest, then its area */
  return g_strdup_printf (_("ROI %s ± %s  %s"), mean, sd, size);
}

static void
draw_overlay (MsmViewport *self, GtkSnapshot *snapshot, const MsmViewportGeometry *at)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self));
  const double height = gtk_widget_get_height (GTK_WIDGET (self));
  g_autofree char *position = NULL, *value = NULL, *window = NULL, *w = NULL, *l = NULL;
  g_autofree char *roi = NULL, *compared = NULL;
  MsmViewportOverlay overlay = { .title = self->title, .subtitle = self->subtitle, .hides_title = self->hides_title };
  double row, column;

  msm_viewport_view_get_crosshair (&self->view, &row, &column);
  if (!isnan (row) && !isnan (column))
    msm_viewport_crosshair_draw (snapshot, width, height, at->x0 + (floor (column) + 0.5) * at->column_scale,
                                 at->y0 + (floor (row) + 0.5) * at->row_scale,
                                 MAX (6.0, 0.5 * MAX (at->column_scale, at->row_scale) + 2.0));
  roi = draw_roi (self, snapshot, at);
  if (!self->show_overlay)
    return;
  if (!isnan (self->pointer_x))
    {
      row = (self->pointer_y - at->y0) / at->row_scale;
      column = (self->pointer_x - at->x0) / at->column_scale;
    }
  describe_pixel (self, row, column, &position, &value);
  msm_viewport_view_get_window (&self->view, &overlay.low, &overlay.high);
  w = msm_text_number (overlay.high - overlay.low);
  l = msm_text_number ((overlay.high + overlay.low) / 2);
  /* Translators: window width and level */
  window = g_strdup_printf (_("W %s  L %s"), w, l);
  overlay.is_full_turn = msm_viewport_view_get_mode (&self->view) == MSM_RENDER_PHASE
                         && fabs (overlay.high - overlay.low - 2 * G_PI) < 1e-6;
  overlay.roi = roi;
  overlay.position = position;
  overlay.value = value;
  overlay.window = overlay.is_full_turn ? NULL : window;
  overlay.edges = self->edges[0] != '\0' ? self->edges : NULL;
  overlay.mode = mode_label (msm_viewport_view_get_mode (&self->view));
  overlay.colormap = msm_viewport_shown_colormap (self);
  overlay.has_color_bar = self->show_color_bar && overlay.colormap != MSM_COLORMAP_GREY
                          && msm_viewport_view_get_mode (&self->view) != MSM_RENDER_COMPLEX;
  if (self->compare != MSM_COMPARE_NONE && self->second != NULL)
    {
      compared = msm_viewport_compare_describe (self, &overlay);
      overlay.mode = compared;
    }
  msm_viewport_overlay_draw (GTK_WIDGET (self), snapshot, width, height, &overlay);
}

static void
draw_empty (MsmViewport *self, GtkSnapshot *snapshot)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self));
  const double height = gtk_widget_get_height (GTK_WIDGET (self));
  const GdkRGBA dim = { 0.56f, 0.60f, 0.65f, 1.0f };
  MsmViewportOverlay overlay = { .title = self->title, .subtitle = self->subtitle, .hides_title = self->hides_title };

  msm_viewport_overlay_draw (GTK_WIDGET (self), snapshot, width, height, &overlay);
  msm_text_draw_lines (GTK_WIDGET (self), snapshot, self->empty_text, 0.95, &dim, width / 2, height / 2, width - 24);
}

static void
draw_ring (MsmViewport *self, GtkSnapshot *snapshot)
{
  const gboolean focused = gtk_widget_has_visible_focus (GTK_WIDGET (self));
  GdkRGBA color = { 0.30f, 0.62f, 0.95f, focused ? 1.0f : 0.75f };

  if (!self->selected && !focused)
    return;
  msm_draw_frame (snapshot,
                  &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (GTK_WIDGET (self)),
                                       (float) gtk_widget_get_height (GTK_WIDGET (self))),
                  2, &color);
}

static void
draw_picture (MsmViewport *self, GtkSnapshot *snapshot, GdkTexture *texture, const MsmViewportGeometry *at)
{
  graphene_rect_t to = GRAPHENE_RECT_INIT ((float) at->x0, (float) at->y0,
                                           (float) (at->column_scale * (double) msm_viewport_n_columns (self)),
                                           (float) (at->row_scale * (double) msm_viewport_n_rows (self)));

  if (self->nearest)
    msm_draw_pixels (snapshot,
                     &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (GTK_WIDGET (self)),
                                          (float) gtk_widget_get_height (GTK_WIDGET (self))),
                     texture, &to, CAIRO_FILTER_NEAREST);
  else
    gtk_snapshot_append_texture (snapshot, texture, &to);
}

void
msm_viewport_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MsmViewport *self = MSM_VIEWPORT (widget);
  const GdkRGBA black = { 0.0f, 0.0f, 0.0f, 1.0f }, divider = { 1.0f, 1.0f, 1.0f, 0.8f };
  graphene_rect_t bounds =
      GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget), (float) gtk_widget_get_height (widget));
  MsmViewportGeometry at;

  if (bounds.size.width < 1 || bounds.size.height < 1)
    return;
  gtk_snapshot_push_clip (snapshot, &bounds);
  gtk_snapshot_append_color (snapshot, &black, &bounds);
  if (self->tensor == NULL)
    draw_empty (self, snapshot);
  else
    {
      msm_viewport_ensure_textures (self);
      at = msm_viewport_geometry_now (self);
      draw_picture (self, snapshot, msm_viewport_compare_texture (self), &at);
      if (self->compare == MSM_COMPARE_SPLIT && self->second_texture != NULL)
        {
          float x = floorf ((float) self->split * bounds.size.width);

          gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (x, 0, bounds.size.width - x, bounds.size.height));
          gtk_snapshot_append_color (snapshot, &black, &bounds);
          draw_picture (self, snapshot, self->second_texture, &at);
          gtk_snapshot_pop (snapshot);
          msm_draw_rect (snapshot, &divider, x, 0, 1, bounds.size.height);
        }
      draw_overlay (self, snapshot, &at);
    }
  draw_ring (self, snapshot);
  gtk_snapshot_pop (snapshot);
}
