#pragma once

#include <gtk/gtk.h>

#include "core/render/roi.h"

G_BEGIN_DECLS

typedef struct MsmTool MsmTool; /* ui/widgets/tool.h */

/* What linked viewports share, each separately selectable. */
typedef enum
{
  MSM_SYNC_ZOOM = 1 << 0,
  MSM_SYNC_PAN = 1 << 1,
  MSM_SYNC_WINDOW = 1 << 2,
  MSM_SYNC_CROSSHAIR = 1 << 3,
  MSM_SYNC_MODE = 1 << 4,
  MSM_SYNC_ALL = (1 << 5) - 1,
  MSM_SYNC_ROI = 1 << 5,  /* always shared: only ever said by "changed" */
  MSM_SYNC_TOOL = 1 << 6, /* the same */
} MsmSyncFlags;

#define MSM_TYPE_VIEWPORT_MODEL (msm_viewport_model_get_type ())
/**
 * MsmViewportModel:
 *
 * Zoom, pan, window, mode and crosshair shared by linked viewports. Emits "changed" with the
 * MsmSyncFlags (a guint) of what changed; the viewports listen and redraw.
 */
G_DECLARE_FINAL_TYPE (MsmViewportModel, msm_viewport_model, MSM, VIEWPORT_MODEL, GObject)

MsmViewportModel *msm_viewport_model_new (void);
/* Zoom 1 shows the whole image; the range is [0.25, 64]. */
double msm_viewport_model_get_zoom (MsmViewportModel *self);
void msm_viewport_model_set_zoom (MsmViewportModel *self, double zoom);
/* The point at the centre of the view, in fractions of the image; (0.5, 0.5) is centred. */
void msm_viewport_model_get_pan (MsmViewportModel *self, double *x, double *y);
void msm_viewport_model_set_pan (MsmViewportModel *self, double x, double y);
/* The values shown as black and white. Setting them turns the automatic window off. */
void msm_viewport_model_get_window (MsmViewportModel *self, double *low, double *high);
void msm_viewport_model_set_window (MsmViewportModel *self, double low, double high);
/* The window as chosen by percentiles of the leading viewport; the automatic flag stays. */
void msm_viewport_model_set_computed_window (MsmViewportModel *self, double low, double high);
gboolean msm_viewport_model_has_window (MsmViewportModel *self);
gboolean msm_viewport_model_get_auto_window (MsmViewportModel *self);
void msm_viewport_model_set_auto_window (MsmViewportModel *self, gboolean auto_window);
MsmRenderMode msm_viewport_model_get_mode (MsmViewportModel *self);
void msm_viewport_model_set_mode (MsmViewportModel *self, MsmRenderMode mode);
/* In pixels of the image; NaN hides it. */
void msm_viewport_model_get_crosshair (MsmViewportModel *self, double *row, double *column);
void msm_viewport_model_set_crosshair (MsmViewportModel *self, double row, double column);
/* Shape NONE: none. */
const MsmRoi *msm_viewport_model_get_roi (MsmViewportModel *self);
void msm_viewport_model_set_roi (MsmViewportModel *self, const MsmRoi *roi);
/* What left drags do; with Shift they draw rectangles where it draws nothing itself. */
const MsmTool *msm_viewport_model_get_tool (MsmViewportModel *self);
void msm_viewport_model_set_tool (MsmViewportModel *self, const MsmTool *tool);
/* Which layers over the picture (ui/widgets/layer.h) are left out: a bit for each place in their table. */
guint msm_viewport_model_get_hidden_layers (MsmViewportModel *self);
void msm_viewport_model_set_hidden_layers (MsmViewportModel *self, guint hidden);
MsmSyncFlags msm_viewport_model_get_sync (MsmViewportModel *self);
void msm_viewport_model_set_sync (MsmViewportModel *self, MsmSyncFlags sync);
/* Whole image, automatic window, no crosshair. */
void msm_viewport_model_reset (MsmViewportModel *self);

G_END_DECLS
