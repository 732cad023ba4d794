#pragma once

#include "core/render/roi.h"
#include "figure/canvas.h"

G_BEGIN_DECLS

/* Where an image lies on a canvas: x = x0 + column · column_scale, y = y0 + row · row_scale. */
typedef struct
{
  double x0, y0;
  double column_scale, row_scale;
} MsmImagePlace;

/* The outline of a region or a line, of @thickness. */
void msm_roi_stroke (const MsmCanvas *canvas, const MsmRoi *roi, const MsmImagePlace *at, MsmColor color,
                     double thickness);

G_END_DECLS
