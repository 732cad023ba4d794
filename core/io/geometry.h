#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Where the pixels of a scan lie in the patient, in DICOM's LPS: +x towards left, +y towards posterior,
 * +z towards superior (the head).
 */
typedef struct
{
  gboolean is_known; /* else the rest is zero */
  double row[3];     /* unit vector along increasing row index (readout) */
  double column[3];  /* along increasing column index (phase) */
  double slice[3];   /* along increasing slice index */
  double centre[3];  /* mm: pixel (rows / 2, columns / 2) of the first slice */
} MsmGeometry;

/**
 * msm_geometry_axes:
 * @axes: (out): for row, column and slice the axis of the patient, 0 L–R, 1 A–P, 2 S–I, each once: the
 *   assignment whose direction cosines are the largest together
 */
void msm_geometry_axes (const MsmGeometry *self, int axes[3]);
/* TRUE when @direction runs along @axis against what radiology shows: towards left, posterior, inferior. */
gboolean msm_geometry_is_reversed (const double direction[3], int axis);
/* TRUE when rows and columns would have to change places for the usual view of the plane. */
gboolean msm_geometry_is_lying (const MsmGeometry *self);
/*
 * The letters at the edges of a picture, left, right, top, bottom: R and L, A and P, H and F (head, feet), of the axis
 * that is nearest. @edges: (out) [5], ended by 0. FALSE when nothing is known.
 */
gboolean msm_geometry_edges (const MsmGeometry *self, char edges[5]);
/* FALSE when the vectors are not three finite unit vectors that span space: then nothing is known. */
gboolean msm_geometry_check (MsmGeometry *self);
/* The same for a picture of slice @index alone; @spacing_mm: between slices. */
MsmGeometry msm_geometry_of_slice (const MsmGeometry *self, gsize index, double spacing_mm);
/* “axial: rows anterior → posterior, columns right → left, slices inferior → superior”. (transfer full) */
char *msm_geometry_describe (const MsmGeometry *self);
/*
 * Of a stack whose slices lie at @centres, as msm_scan_geometry() has them: @self becomes that of the first, its slice
 * direction leads to the last, and @spacing_mm is their mean distance. One slice leaves direction and distance alone.
 */
void msm_geometry_span (MsmGeometry *self, const double (*centres)[3], gsize n, double *spacing_mm);

G_END_DECLS
