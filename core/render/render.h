#pragma once

#include "core/tensor/tensor.h"

G_BEGIN_DECLS

typedef enum
{
  MSM_RENDER_MAGNITUDE,
  MSM_RENDER_PHASE, /* exact zeros, which have none, are black */
  MSM_RENDER_REAL,
  MSM_RENDER_IMAGINARY,
  MSM_RENDER_COMPLEX, /* hue = phase, brightness = magnitude */
  MSM_RENDER_LOG,     /* log (1 + magnitude), for k-space */
} MsmRenderMode;

typedef enum
{
  MSM_COLORMAP_GREY,
  MSM_COLORMAP_VIRIDIS,
  MSM_COLORMAP_INFERNO,
  MSM_COLORMAP_PHASE,      /* cyclic */
  MSM_COLORMAP_DIFFERENCE, /* blue – black – red */
} MsmColormap;

typedef struct
{
  MsmRenderMode mode;
  MsmColormap colormap;
  double window_low, window_high; /* values mapped to black and white */
  double gamma;                   /* 1 = linear; 0 is taken as 1 */
  double gain;                    /* values are multiplied by it first; 0 is taken as 1 */
} MsmRenderOptions;

/* Pure: host plane (complex when @dtype is C64) [n_rows, n_columns] → RGBA. No allocation. */
void msm_render_plane (const float *plane, MsmDtype dtype, gsize n_rows, gsize n_columns,
                       const MsmRenderOptions *options, guint8 *rgba, gsize rgba_stride);
/* The same of a colour picture: host planes red, green, blue, each windowed alike, its magnitude where
   that is the mode; map and gamma play no part. */
void msm_render_rgb (const float *planes, gsize n_rows, gsize n_columns, const MsmRenderOptions *options, guint8 *rgba,
                     gsize rgba_stride);
/* Value of one pixel in the mode (what the overlay shows). */
double msm_render_value (const float *plane, MsmDtype dtype, gsize index, MsmRenderMode mode);
/* Percentiles (0.5, 99.5 by default) of the mode's values. */
void msm_render_auto_window (const float *plane, MsmDtype dtype, gsize n, MsmRenderMode mode, double low_percentile,
                             double high_percentile, double *low, double *high);
/**
 * msm_render_count:
 * @counts: (out): @n_bins counts of the mode's finite values over [@low, @high], the ends included
 * @low, @high: (out): smallest and largest finite value; both 0 when there is none
 *
 * The distribution an automatic window and a histogram are made from. No sorting, no allocation.
 */
void msm_render_count (const float *plane, MsmDtype dtype, gsize n, MsmRenderMode mode, guint *counts, gsize n_bins,
                       double *low, double *high);
/* RGB of position @t in [0, 1] of a map, each 0–255. */
void msm_colormap_rgb (MsmColormap colormap, double t, guint8 rgb[3]);
const char *msm_colormap_name (MsmColormap colormap);
const char *msm_render_mode_name (MsmRenderMode mode);
gboolean msm_render_mode_from_name (const char *name, MsmRenderMode *mode);
gboolean msm_colormap_from_name (const char *name, MsmColormap *colormap);

G_END_DECLS
