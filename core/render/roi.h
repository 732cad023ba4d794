#pragma once

#include "core/render/render.h"

G_BEGIN_DECLS

typedef enum
{
  MSM_ROI_NONE,
  MSM_ROI_RECTANGLE,
  MSM_ROI_ELLIPSE, /* inscribed in the rectangle */
} MsmRoiShape;

/* A region of interest. The edges are in pixels: pixel (row, column) spans [row, row + 1) × [column, column + 1). */
typedef struct
{
  MsmRoiShape shape;
  double      top, left, bottom, right;
} MsmRoi;

/* Of the pixels whose centre lies inside. Not finite values are left out of all but @n_pixels. */
typedef struct
{
  gsize  n_pixels;
  double mean, sd, min, max; /* sd: of the sample (n − 1); NaN for fewer than two pixels */
} MsmRoiStats;

gboolean msm_roi_contains (const MsmRoi *self, double row, double column);
/**
 * msm_roi_measure:
 * @plane: host plane of n_rows × n_columns, complex where @dtype is C64
 * @gain: values are multiplied by it first
 *
 * What is measured is what @mode shows; for the log of k-space that is the magnitude. Pure; two passes, so that
 * a small spread about a large mean keeps its figures.
 * Returns: FALSE when no pixel is inside
 */
gboolean msm_roi_measure  (const float *plane, MsmDtype dtype, gsize n_rows, gsize n_columns, MsmRenderMode mode,
                           double gain, const MsmRoi *roi, MsmRoiStats *stats);

G_END_DECLS
