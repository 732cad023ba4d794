#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where an image lies in a widget: x = x0 + column · column_scale, y = y0 + row · row_scale. */
typedef struct
{
  double x0, y0;
  double column_scale, row_scale; /* widget pixels per image pixel */
} MsmViewportGeometry;

/**
 * msm_viewport_geometry:
 * @spacing: size of a pixel along rows [0] and columns [1]; only their ratio matters
 * @pan_x, @pan_y: the image's point at the widget's centre, in fractions
 *
 * Zoom 1 fits the whole image, with square millimetres.
 */
static inline MsmViewportGeometry
msm_viewport_geometry (double width, double height, gsize n_rows, gsize n_columns, const double spacing[2], double zoom,
                       double pan_x, double pan_y)
{
  double image_width = (double) n_columns * spacing[1];
  double image_height = (double) n_rows * spacing[0];
  double scale = zoom * MIN (width / image_width, height / image_height);

  return (MsmViewportGeometry){
    .x0 = width / 2 - pan_x * image_width * scale,
    .y0 = height / 2 - pan_y * image_height * scale,
    .column_scale = spacing[1] * scale,
    .row_scale = spacing[0] * scale,
  };
}

G_END_DECLS
