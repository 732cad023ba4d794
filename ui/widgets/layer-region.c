#include "config.h"

#include <glib/gi18n.h>

#include "figure/roi-path.h"
#include "ui/widgets/layer.h"
#include "ui/widgets/viewport-private.h"

static const MsmColor outline = { 0.36f, 0.95f, 0.62f, 0.95f };
static const GdkRGBA figures = { 0.55f, 0.97f, 0.72f, 1.0f };

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

static void
draw_region (MsmViewport *viewport, MsmLayerCanvas *canvas)
{
  const MsmViewportGeometry *at = canvas->at;
  const MsmRoi *roi = msm_viewport_model_get_roi (viewport->model);
  graphene_rect_t rect = GRAPHENE_RECT_INIT (
      (float) (at->x0 + roi->left * at->column_scale), (float) (at->y0 + roi->top * at->row_scale),
      (float) ((roi->right - roi->left) * at->column_scale), (float) ((roi->bottom - roi->top) * at->row_scale));
  graphene_rect_t bounds;
  MsmCanvas on;

  if (roi->shape == MSM_ROI_NONE)
    return;
  graphene_rect_inset_r (&rect, -2, -2, &bounds);
  on = msm_draw_canvas (canvas->widget, canvas->snapshot, &bounds);
  msm_roi_stroke (&on, roi, &(MsmImagePlace){ at->x0, at->y0, at->column_scale, at->row_scale }, outline, 1.5);
  cairo_destroy (on.cr);
}

/* What is measured inside. */
static void
write_region (MsmViewport *viewport, MsmLayerCanvas *canvas)
{
  const MsmRoi *roi = msm_viewport_model_get_roi (viewport->model);
  g_autofree char *text = NULL, *mean = NULL, *sd = NULL, *size = NULL;
  MsmRoiStats stats = { 0 };

  if (canvas->width < MSM_LAYER_WIDE_PIXELS)
    return;
  if (roi->shape == MSM_ROI_LINE)
    text = describe_size (viewport, roi, &stats);
  else if (msm_viewport_get_roi_stats (viewport, &stats))
    {
      mean = msm_text_number (stats.mean);
      sd = msm_text_number (stats.sd);
      size = describe_size (viewport, roi, &stats);
      /* Translators: mean and standard deviation in the region of interest, then its area */
      text = g_strdup_printf (_("ROI %s ± %s  %s"), mean, sd, size);
    }
  msm_layer_write (canvas, MSM_CORNER_TOP_LEFT, text, MSM_LAYER_SMALL, FALSE, &figures);
}

const MsmLayerClass msm_layer_region = {
  .name = "region",
  .title = N_("Region"),
  .flags = MSM_LAYER_PICTURE | MSM_LAYER_OPTION,
  .draw = draw_region,
  .write = write_region,
};
