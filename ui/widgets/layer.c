#include "config.h"

#include "ui/widgets/layer.h"

#include "ui/widgets/viewport-private.h"

/* A smaller pane has no texts. */
#define LEAST_WIDTH 70.0
#define LEAST_LINES 3.0

const GdkRGBA msm_layer_strong = { 0.96f, 0.97f, 0.98f, 1.0f };
const GdkRGBA msm_layer_quiet = { 0.78f, 0.81f, 0.85f, 1.0f };

static const MsmLayerClass *const classes[] = {
  &msm_layer_caption, &msm_layer_crosshair, &msm_layer_region, &msm_layer_color_bar, &msm_layer_letters,
  &msm_layer_mode,    &msm_layer_probe,     &msm_layer_window, &msm_layer_scale_bar, NULL,
};

const MsmLayerClass *const *
msm_layer_classes (void)
{
  return classes;
}

static guint
present (MsmViewport *viewport, const MsmLayerCanvas *canvas)
{
  return (canvas->at != NULL ? MSM_LAYER_PICTURE : 0) | (viewport->has_spacing ? MSM_LAYER_SPACING : 0)
         | (viewport->edges[0] != '\0' ? MSM_LAYER_EDGES : 0)
         | (canvas->width >= MSM_LAYER_WIDE_PIXELS ? MSM_LAYER_WIDE : 0) | MSM_LAYER_OPTION;
}

void
msm_layers_draw (MsmViewport *viewport, GtkSnapshot *snapshot, const MsmViewportGeometry *at)
{
  GtkWidget *widget = GTK_WIDGET (viewport);
  MsmLayerCanvas canvas = {
    .widget = widget,
    .snapshot = snapshot,
    .width = gtk_widget_get_width (widget),
    .height = gtk_widget_get_height (widget),
    .line = msm_text_measure (widget, "0", MSM_LAYER_SMALL, FALSE).height,
    .at = at,
  };
  const guint has = present (viewport, &canvas), hidden = msm_viewport_model_get_hidden_layers (viewport->model);

  for (guint i = 0; classes[i] != NULL; i++)
    if (classes[i]->draw != NULL && (classes[i]->flags & ~has) == 0 && (hidden & 1u << i) == 0)
      classes[i]->draw (viewport, &canvas);
  if (canvas.width < LEAST_WIDTH || canvas.height < LEAST_LINES * canvas.line)
    return;
  for (guint i = 0; classes[i] != NULL; i++)
    if (classes[i]->write != NULL && (classes[i]->flags & ~has) == 0 && (hidden & 1u << i) == 0)
      classes[i]->write (viewport, &canvas);
}

void
msm_layer_write (MsmLayerCanvas *canvas, MsmCorner corner, const char *text, double scale, gboolean is_bold,
                 const GdkRGBA *color)
{
  const gboolean is_right = corner == MSM_CORNER_TOP_RIGHT || corner == MSM_CORNER_BOTTOM_RIGHT;
  const gboolean is_bottom = corner == MSM_CORNER_BOTTOM_LEFT || corner == MSM_CORNER_BOTTOM_RIGHT;
  const double x = is_right ? canvas->width - MSM_LAYER_MARGIN : MSM_LAYER_MARGIN;
  const double from_edge = MSM_LAYER_MARGIN - 2.0 + canvas->taken[corner];
  graphene_size_t size;

  if (text == NULL)
    return;
  if (color == NULL)
    size = msm_text_measure (canvas->widget, text, scale, is_bold);
  else
    size = msm_text_draw (canvas->widget, canvas->snapshot, text, scale, is_bold, color, TRUE, x,
                          is_bottom ? canvas->height - from_edge : from_edge,
                          (MsmTextAnchor){ is_right ? 1.0f : 0.0f, is_bottom ? 1.0f : 0.0f });
  if (canvas->taken[corner] == 0)
    canvas->first[corner] = size.width;
  canvas->taken[corner] += size.height;
}

gboolean
msm_layer_fits (const MsmLayerCanvas *canvas, const char *text, MsmCorner beside)
{
  double width = msm_text_measure (canvas->widget, text, MSM_LAYER_SMALL, FALSE).width;

  return canvas->first[beside] + width + 3.0 * MSM_LAYER_MARGIN < canvas->width;
}
