#pragma once

#include "ui/widgets/viewport.h"
#include "ui/widgets/viewport-geometry.h"
#include "ui/widgets/viewport-view.h"

G_BEGIN_DECLS

/*
 * Shared by viewport.c (what is shown), viewport-draw.c (how), viewport-compare.c (beside what) and
 * viewport-input.c (what the hand does).
 */

/* What a drag with the left button takes hold of. */
typedef enum
{
  MSM_DRAG_TOOL, /* the tool in hand decides */
  MSM_DRAG_SPLIT,
  MSM_DRAG_NEW_ROI,
  MSM_DRAG_MOVE_ROI,
} MsmViewportDrag;

struct _MsmViewport
{
  GtkWidget parent_instance;
  MsmViewportModel *model;
  MsmViewportView view;
  MsmSyncFlags sync; /* as last seen, to notice what stops being shared */
  MsmTensor *tensor;
  gsize plane;
  double spacing[2];
  gboolean has_spacing;
  char edges[5];
  char *title, *subtitle, *empty_text;
  gboolean nearest, selected, hides_title;
  GdkTexture *texture; /* NULL: both are to be rendered */
  MsmCompare compare;
  MsmTensor *second;
  gsize second_plane;
  double second_gain;
  char *second_title;
  GdkTexture *second_texture;
  double split;          /* the divider, in parts of the width */
  gboolean shows_second; /* the flicker's turn */
  gboolean shows_other;  /* a key is held */
  guint flicker;
  gboolean measured;
  double pointer_x, pointer_y; /* NaN: outside */
  /* while dragging */
  MsmViewportDrag drag;
  MsmRoi start_roi;
  gboolean has_outline; /* the free hand has begun one */
  double start_low, start_high, start_zoom, start_pan_x, start_pan_y;
  double start_x, start_y, start_row, start_column;
  double scroll; /* what smooth wheels have not yet made a whole step */
};

enum
{
  MSM_VIEWPORT_SLICE_STEP,
  MSM_VIEWPORT_MAXIMISE,
  MSM_VIEWPORT_WINDOW_CHANGED,
  MSM_VIEWPORT_N_SIGNALS
};

extern guint msm_viewport_signals[MSM_VIEWPORT_N_SIGNALS];

/* Of the picture; there must be one. */
gsize msm_viewport_n_rows (MsmViewport *self);
gsize msm_viewport_n_columns (MsmViewport *self);
MsmViewportGeometry msm_viewport_geometry_now (MsmViewport *self);
/* The percentiles before anybody asks for a window: once per picture and mode. */
void msm_viewport_ensure_measured (MsmViewport *self);
void msm_viewport_add_controllers (MsmViewport *self);
/* The tools' drags: how far the pointer is from where it was pressed. */
void msm_viewport_drag_window (MsmViewport *self, double dx, double dy);
void msm_viewport_drag_pan (MsmViewport *self, double dx, double dy);
void msm_viewport_drag_zoom (MsmViewport *self, double dx, double dy);
/* The other of two pictures that are compared, while a key is held. */
void msm_viewport_show_other (MsmViewport *self, gboolean show);
const float *msm_viewport_plane_data (MsmViewport *self);
/* A colour picture, shown in its colours: three planes of real values, grey map, as magnitude or real part. */
gboolean msm_viewport_is_rgb (MsmViewport *self);
MsmColormap msm_viewport_shown_colormap (MsmViewport *self);
void msm_viewport_snapshot (GtkWidget *widget, GtkSnapshot *snapshot);
void msm_viewport_ensure_textures (MsmViewport *self);
GdkTexture *msm_viewport_compare_texture (MsmViewport *self);
/* Names what is compared. (transfer full) (nullable): NULL where nothing is */
char *msm_viewport_compare_describe (MsmViewport *self);
/* The colours of what is seen, a difference's too, and the values of the first and the last of them. */
void msm_viewport_get_scale (MsmViewport *self, MsmColormap *colormap, double *low, double *high);
/* A phase from −π to π. */
gboolean msm_viewport_is_full_turn (MsmViewport *self);

G_END_DECLS
