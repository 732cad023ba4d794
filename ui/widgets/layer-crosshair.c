#include "config.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/widgets/layer.h"
#include "ui/widgets/viewport-private.h"

/* Two lines through (@x, @y) with a gap, so that the pixel in question stays visible. */
static void
draw_lines (MsmLayerCanvas *canvas, double x, double y, double gap)
{
  const GdkRGBA line = { 1.0f, 0.80f, 0.25f, 0.75f };

  x = floor (x);
  y = floor (y);
  if (y >= 0 && y < canvas->height)
    {
      if (x - gap > 0)
        msm_draw_rect (canvas->snapshot, &line, 0, y, x - gap, 1);
      if (x + gap + 1 < canvas->width)
        msm_draw_rect (canvas->snapshot, &line, x + gap + 1, y, canvas->width - x - gap - 1, 1);
    }
  if (x >= 0 && x < canvas->width)
    {
      if (y - gap > 0)
        msm_draw_rect (canvas->snapshot, &line, x, 0, 1, y - gap);
      if (y + gap + 1 < canvas->height)
        msm_draw_rect (canvas->snapshot, &line, x, y + gap + 1, 1, canvas->height - y - gap - 1);
    }
}

static void
draw_crosshair (MsmViewport *viewport, MsmLayerCanvas *canvas)
{
  const MsmViewportGeometry *at = canvas->at;
  double row, column;

  msm_viewport_view_get_crosshair (&viewport->view, &row, &column);
  if (!isnan (row) && !isnan (column))
    draw_lines (canvas, at->x0 + (floor (column) + 0.5) * at->column_scale,
                at->y0 + (floor (row) + 0.5) * at->row_scale,
                MAX (6.0, 0.5 * MAX (at->column_scale, at->row_scale) + 2.0));
}

const MsmLayerClass msm_layer_crosshair = {
  .name = "crosshair",
  .title = N_("Crosshair"),
  .flags = MSM_LAYER_PICTURE | MSM_LAYER_OPTION,
  .draw = draw_crosshair,
};
