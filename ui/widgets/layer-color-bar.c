#include "config.h"

#include <glib/gi18n.h>
#include <math.h>

#include "figure/color-scale.h"
#include "ui/widgets/layer.h"
#include "ui/widgets/viewport-private.h"

#define BAR_WIDTH 9.0
/* Of the figures beside it. */
#define FIGURES   40.0

/* Whether a picture's colours need a key: grey ones say themselves what is more, complex ones have no one axis. */
static gboolean
needs_key (MsmViewport *viewport, MsmColormap colormap)
{
  return colormap == MSM_COLORMAP_DIFFERENCE
         || (colormap != MSM_COLORMAP_GREY && msm_viewport_view_get_mode (&viewport->view) != MSM_RENDER_COMPLEX);
}

/* The bar at the right edge, between the corner texts. */
static void
draw_color_bar (MsmViewport *viewport, MsmLayerCanvas *canvas)
{
  const double top = MSM_LAYER_MARGIN + 2.0 * canvas->line,
               bottom = canvas->height - MSM_LAYER_MARGIN - 2.0 * canvas->line;
  const double x = canvas->width - MSM_LAYER_MARGIN - BAR_WIDTH;
  const GdkRGBA edge = { 0.0f, 0.0f, 0.0f, 0.7f };
  const gboolean is_full_turn = msm_viewport_is_full_turn (viewport);
  graphene_rect_t bar;
  MsmColormap colormap;
  MsmCanvas on;
  double low, high;

  msm_viewport_get_scale (viewport, &colormap, &low, &high);
  if (!needs_key (viewport, colormap))
    return;
  canvas->right = BAR_WIDTH + FIGURES;
  if (bottom - top < 4.0 * canvas->line)
    return;
  bar = GRAPHENE_RECT_INIT ((float) x, (float) floor (top), (float) BAR_WIDTH, (float) floor (bottom - top));
  msm_draw_rect (canvas->snapshot, &edge, bar.origin.x - 1, bar.origin.y - 1, bar.size.width + 2, bar.size.height + 2);
  on = msm_draw_canvas (canvas->widget, canvas->snapshot, &bar);
  msm_color_scale_fill (&on, colormap, bar.origin.x, bar.origin.y, bar.size.width, bar.size.height);
  cairo_destroy (on.cr);
  for (int i = 0; i <= 2; i++)
    {
      double value = high + (low - high) * i / 2.0;
      g_autofree char *text = is_full_turn && i != 1 ? g_strdup (i == 0 ? "π" : "−π") : msm_text_number_short (value);

      msm_text_draw (canvas->widget, canvas->snapshot, text, MSM_LAYER_SMALL * 0.95, FALSE, &msm_layer_quiet, TRUE,
                     x - 4.0, bar.origin.y + bar.size.height * i / 2.0, (MsmTextAnchor){ 1.0f, i / 2.0f });
    }
}

const MsmLayerClass msm_layer_color_bar = {
  .name = "color-bar",
  .title = N_("Colour bar"),
  .flags = MSM_LAYER_PICTURE | MSM_LAYER_WIDE | MSM_LAYER_OPTION,
  .draw = draw_color_bar,
};
