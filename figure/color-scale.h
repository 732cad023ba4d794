#pragma once

#include "core/render/render.h"
#include "figure/canvas.h"

G_BEGIN_DECLS

/* A vertical colour scale that fills the rectangle, the map's high end at the top. */
void msm_color_scale_fill (const MsmCanvas *canvas, MsmColormap colormap, double x, double y, double width,
                           double height);
/**
 * msm_color_scale_draw:
 * @x, @y, @width, @height: of the scale itself
 * @scale: of the base font
 *
 * The scale in a frame, and at its right ticks at round values with their figures.
 */
void msm_color_scale_draw (const MsmCanvas *canvas, MsmColormap colormap, double low, double high, double x, double y,
                           double width, double height, double scale, MsmColor ink);
/* Room that ticks and figures of that scale take at its right. */
double msm_color_scale_label_width (const MsmCanvas *canvas, double low, double high, double height, double scale);

G_END_DECLS
