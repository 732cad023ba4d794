#include "config.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/widgets/layer.h"
#include "ui/widgets/viewport-private.h"

/* The longest bar, in parts of the pane's width. */
#define LONGEST         0.2
#define SHORTEST_PIXELS 14.0

double
msm_scale_bar_length (double longest)
{
  const double decade = pow (10.0, floor (log10 (longest))), part = longest / decade;

  return (part >= 5.0 ? 5.0 : part >= 2.0 ? 2.0 : 1.0) * decade;
}

/* "|——| 20 mm", the bar on a dark edge, so that it is seen on bright anatomy. */
static void
write_scale_bar (MsmViewport *viewport, MsmLayerCanvas *canvas)
{
  const GdkRGBA edge = { 0.0f, 0.0f, 0.0f, 0.7f };
  const double mm_per_pixel = viewport->spacing[1] / canvas->at->column_scale;
  const double length = msm_scale_bar_length (LONGEST * canvas->width * mm_per_pixel);
  const double pixels = length / mm_per_pixel;
  g_autofree char *number = msm_text_number (length), *text = g_strdup_printf ("%s mm", number);
  double x, y = canvas->height - MSM_LAYER_MARGIN + 2.0 - canvas->taken[MSM_CORNER_BOTTOM_RIGHT] - canvas->line / 2;

  if (pixels < SHORTEST_PIXELS)
    return;
  msm_layer_write (canvas, MSM_CORNER_BOTTOM_RIGHT, text, MSM_LAYER_SMALL, FALSE, &msm_layer_quiet);
  x = canvas->width - MSM_LAYER_MARGIN - msm_text_measure (canvas->widget, text, MSM_LAYER_SMALL, FALSE).width - 5.0
      - pixels;
  x = floor (x);
  y = floor (y);
  msm_draw_rect (canvas->snapshot, &edge, x - 1, y - 4, pixels + 2, 9);
  msm_draw_rect (canvas->snapshot, &msm_layer_strong, x, y, pixels, 1);
  msm_draw_rect (canvas->snapshot, &msm_layer_strong, x, y - 3, 1, 7);
  msm_draw_rect (canvas->snapshot, &msm_layer_strong, x + floor (pixels) - 1, y - 3, 1, 7);
}

const MsmLayerClass msm_layer_scale_bar = {
  .name = "scale-bar",
  .title = N_("Scale bar"),
  .flags = MSM_LAYER_PICTURE | MSM_LAYER_SPACING | MSM_LAYER_WIDE | MSM_LAYER_OPTION,
  .write = write_scale_bar,
};
