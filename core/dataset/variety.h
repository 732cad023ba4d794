#pragma once

#include "core/dataset/draw.h"

G_BEGIN_DECLS

#define MSM_VARIETY_KNOTS 9

/*
 * How far one training sample strays from the pictures it is made of, so that a prior learns what images have in
 * common and not one scanner's habits: the head turned by any angle, nearer and farther, other contrasts (any
 * monotone curve of grey values, and inverted ones as T1 is to T2), brighter near the coils, and scans whose
 * k-space was measured or filtered less far out than the matrix says.
 */
typedef struct
{
  double angle, zoom;             /* rad; 1: as drawn */
  double shading;                 /* power of the coils' brightness, beside the usual one */
  float curve[MSM_VARIETY_KNOTS]; /* of grey values 0, 1/8, … 1, linear between; as the last piece beyond */
  double resolution[2];           /* part of k-space's half axes (row, column) that holds data */
  gboolean is_tapered;            /* falls off like a Hann window over the outer 40 %, not at once */
} MsmVariety;

/* @strength: 0: none of it, every number neutral; 1: all of it. */
MsmVariety msm_variety_draw (guint64 key, double strength);
/* The curve at @value ≥ 0. Never negative. */
float msm_variety_bend (const MsmVariety *self, float value);
/* Weight of point @index of an axis of @n points with its origin at n/2. @axis: 0 rows, 1 columns */
float msm_variety_window (const MsmVariety *self, int axis, gsize index, gsize n);

G_END_DECLS
