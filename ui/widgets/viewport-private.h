#pragma once

#include "ui/widgets/viewport.h"
#include "ui/widgets/viewport-geometry.h"
#include "ui/widgets/viewport-view.h"

G_BEGIN_DECLS

/* Shared by viewport.c (what is shown) and viewport-input.c (what the hand does). */

struct _MsmViewport
{
  GtkWidget         parent_instance;
  MsmViewportModel *model;
  MsmViewportView   view;
  MsmSyncFlags      sync; /* as last seen, to notice what stops being shared */
  MsmTensor        *tensor;
  gsize             plane;
  double            spacing[2];
  gboolean          has_spacing;
  char             *title, *subtitle, *empty_text;
  gboolean          nearest, show_color_bar, show_overlay, selected;
  GdkTexture       *texture; /* NULL: to be rendered */
  gboolean          measured;
  double            pointer_x, pointer_y; /* NaN: outside */
  /* while dragging */
  double            start_low, start_high, start_zoom, start_pan_x, start_pan_y;
  double            start_x, start_y;
  double            scroll; /* what smooth wheels have not yet made a whole step */
};

enum
{
  MSM_VIEWPORT_SLICE_STEP,
  MSM_VIEWPORT_MAXIMISE,
  MSM_VIEWPORT_FOCUSED,
  MSM_VIEWPORT_WINDOW_CHANGED,
  MSM_VIEWPORT_N_SIGNALS
};

extern guint msm_viewport_signals[MSM_VIEWPORT_N_SIGNALS];

/* Of the picture; there must be one. */
gsize               msm_viewport_n_rows          (MsmViewport *self);
gsize               msm_viewport_n_columns       (MsmViewport *self);
MsmViewportGeometry msm_viewport_geometry_now    (MsmViewport *self);
/* The percentiles before anybody asks for a window: once per picture and mode. */
void                msm_viewport_ensure_measured (MsmViewport *self);
void                msm_viewport_add_controllers (MsmViewport *self);

G_END_DECLS
