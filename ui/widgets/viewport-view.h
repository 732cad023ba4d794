#pragma once

#include "ui/widgets/viewport-model.h"

G_BEGIN_DECLS

/*
 * The settings of one pane and the model's, merged: what is synchronised lives in the model, the rest
 * here.
 * No widget: it decides which of the two holds, and what an automatic window is.
 */
typedef struct
{
  MsmViewportModel *model;
  double zoom, pan_x, pan_y;
  double row, column; /* crosshair; NaN: none */
  double low, high;
  gboolean auto_window; /* of low, high */
  gboolean own_window;
  gboolean from_zero; /* counts: the automatic window is 0 to the largest, also where all are equal */
  gboolean is_leader;
  gboolean has_mode;
  MsmRenderMode mode;
  MsmColormap colormap;
  double gain;
  double auto_low, auto_high; /* by percentiles of the present picture, in shown values */
  double log_gain;            /* scales the picture's maximum for the log mode */
} MsmViewportView;

void msm_viewport_view_init (MsmViewportView *self, MsmViewportModel *model);
double msm_viewport_view_get_zoom (const MsmViewportView *self);
void msm_viewport_view_get_pan (const MsmViewportView *self, double *x, double *y);
void msm_viewport_view_set_zoom (MsmViewportView *self, double zoom);
void msm_viewport_view_set_pan (MsmViewportView *self, double x, double y);
void msm_viewport_view_get_crosshair (const MsmViewportView *self, double *row, double *column);
void msm_viewport_view_set_crosshair (MsmViewportView *self, double row, double column);
MsmRenderMode msm_viewport_view_get_mode (const MsmViewportView *self);
/* Whether the window in use is the model's. */
gboolean msm_viewport_view_shares_window (const MsmViewportView *self);
void msm_viewport_view_get_window (const MsmViewportView *self, double *low, double *high);
void msm_viewport_view_set_window (MsmViewportView *self, double low, double high);
void msm_viewport_view_set_auto (MsmViewportView *self);
/* Percentiles of a new picture, or of the same in a new mode; a leader hands them to the model. */
void msm_viewport_view_measure (MsmViewportView *self, const float *plane, MsmDtype dtype, gsize n);
/* Takes what stops being shared as it was. @before: the flags until now. */
void msm_viewport_view_unshare (MsmViewportView *self, MsmSyncFlags no_longer_shared);

G_END_DECLS
