#pragma once

#include "core/render/render.h"

G_BEGIN_DECLS

typedef enum
{
  MSM_ROI_NONE,
  MSM_ROI_RECTANGLE,
  MSM_ROI_ELLIPSE,  /* inscribed in the rectangle */
  MSM_ROI_FREEHAND, /* a closed outline through the points */
  MSM_ROI_LINE,     /* from the first point to the second: nothing lies inside, it has a profile */
} MsmRoiShape;

enum
{
  MSM_ROI_MAX_POINTS = 256
};

/*
 * A region of interest, or a line. The edges are in pixels: pixel (row, column) spans [row, row + 1) ×
 * [column, column + 1). Copied by value.
 */
typedef struct
{
  MsmRoiShape shape;
  double top, left, bottom, right; /* all of it lies between */
  guint n_points;                  /* of free hand and lines */
  double step;                     /* points of the hand that are nearer than this to the last are left out */
  struct
  {
    float row, column;
  } points[MSM_ROI_MAX_POINTS];
} MsmRoi;

/* Of the pixels whose centre lies inside. Not finite values are left out of all but @n_pixels. */
typedef struct
{
  gsize n_pixels;
  double mean, sd, min, max, median; /* sd: of the sample (n − 1); NaN for fewer than two pixels */
} MsmRoiStats;

/* A plane as it is shown: values are those of @mode (magnitudes for the log of k-space), times @gain. */
typedef struct
{
  const float *data; /* n_rows × n_columns, complex where @dtype is C64 */
  MsmDtype dtype;
  gsize n_rows, n_columns;
  MsmRenderMode mode;
  double gain;
} MsmRoiPlane;

/* The next point of an outline drawn by hand; where there are too many, all get twice as far apart. */
void msm_roi_add_point (MsmRoi *self, double row, double column);
/* A line between two points. */
void msm_roi_set_line (MsmRoi *self, double row, double column, double to_row, double to_column);
void msm_roi_move (MsmRoi *self, double down, double right);
gboolean msm_roi_contains (const MsmRoi *self, double row, double column);
/* √(Σ (difference · size of a pixel)²) between the ends of a line; 0 for other shapes. */
double msm_roi_length (const MsmRoi *self, const double spacing[2]);
/**
 * msm_roi_values:
 * @n_pixels: (out): all pixels inside, those without a finite value too
 * @n: (out): how many values there are
 *
 * The finite values inside, by rows. Pure.
 * Returns: (transfer full) (nullable): NULL when there is none
 */
float *msm_roi_values (const MsmRoiPlane *plane, const MsmRoi *roi, gsize *n_pixels, gsize *n);
/**
 * msm_roi_measure:
 *
 * In two passes, so that a small spread about a large mean keeps its figures. Pure.
 * Returns: FALSE when no pixel with a value is inside
 */
gboolean msm_roi_measure (const MsmRoiPlane *plane, const MsmRoi *roi, MsmRoiStats *stats);
/**
 * msm_roi_profile:
 * @n: (out): how many points
 *
 * Values along a line at equal distances of at most a pixel, both ends included: interpolated linearly between the
 * centres of the four pixels around, except for the phase, which wraps: the nearest pixel's. Pure.
 * Returns: (transfer full) (nullable): NULL for other shapes
 */
double *msm_roi_profile (const MsmRoiPlane *plane, const MsmRoi *roi, gsize *n);

G_END_DECLS
