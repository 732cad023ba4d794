#pragma once

#include "core/dataset/draw.h"
#include "core/dataset/variety.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * A magnitude picture as it is kept in memory: 16 bits a pixel, a value of 1 (the volume's 99.5th percentile)
 * is MSM_PICTURE_ONE. Only the part around the object is kept.
 */
typedef struct
{
  gsize n_rows, n_columns;
  double aspect;    /* height of a pixel / its width */
  double extent;    /* long side of the object of the whole volume, in pixel widths */
  double centre[2]; /* the object's, (row, column) */
  guint16 *pixels;
} MsmPicture;

#define MSM_PICTURE_ONE 24000.0

/* How a picture is laid onto the field of view, and how its grey values are bent. */
typedef struct
{
  double matrix[4]; /* (row, column) of a point of the field of view [−1, 1)² to pixels of the picture */
  double offset[2];
  double gamma; /* |x| ← |x|^gamma, then the variety's curve */
  MsmVariety variety;
} MsmView;

void msm_picture_free (MsmPicture *self);
/**
 * msm_view_draw:
 * @strength: 0: upright, the object fills 85 % of the field of view; 1: flips, quarter turns, rotations of
 *   ± 15°, fills 70 to 95 %, shifts, stretches of 5 %, gamma 0.7 to 1.4
 * @variety: strength of what comes on top of it (core/dataset/variety.h)
 */
MsmView msm_view_draw (const MsmPicture *picture, guint64 key, double strength, double variety);
/* @out [size, size]: interpolated by Catmull–Rom splines; 0 outside the picture; never negative. */
void msm_picture_view (const MsmPicture *self, const MsmView *view, float *out, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmPicture, msm_picture_free)

G_END_DECLS
