#pragma once

#include "ui/widgets/viewport-model.h"

G_BEGIN_DECLS

/* How a second picture is set against the first. */
typedef enum
{
  MSM_COMPARE_NONE,
  MSM_COMPARE_SPLIT,      /* left of a divider that can be dragged, and right of it */
  MSM_COMPARE_FLICKER,    /* in turn */
  MSM_COMPARE_DIFFERENCE, /* |first| − |second|, × 5 */
} MsmCompare;

#define MSM_TYPE_VIEWPORT (msm_viewport_get_type ())
/**
 * MsmViewport:
 *
 * One image pane. Left drag sets window/level, right drag or Ctrl+wheel zooms to the pointer, middle
 * drag pans, a click places the crosshair; with the model's ROI tool, or Shift, a left drag draws a region (or
 * a line) or moves it. Rows run downwards, columns to the right.
 *
 * Signals: "slice-step" (int step) on the wheel; "maximise" () on a double click;
 * "window-changed" (double low, double high) whenever the window in use changes.
 */
G_DECLARE_FINAL_TYPE (MsmViewport, msm_viewport, MSM, VIEWPORT, GtkWidget)

GtkWidget *msm_viewport_new (MsmViewportModel *model);
/**
 * msm_viewport_set_image:
 * @tensor: (nullable): F32 or C64 on the host, sealed, of rank ≥ 2: the last two axes are the picture
 * @plane: which picture, counted over the leading axes
 * @spacing_mm: (nullable): millimetres per row and per column; NULL is square pixels without a size
 *
 * Keeps a reference. NULL shows the empty text.
 */
void msm_viewport_set_image (MsmViewport *self, MsmTensor *tensor, gsize plane, const double spacing_mm[2]);
/* Four letters for left, right, top and bottom of the picture, shown at the edges; NULL for none. */
void msm_viewport_set_edges (MsmViewport *self, const char *edges);
void msm_viewport_set_title (MsmViewport *self, const char *title);
/* Leaves the title's place empty: somebody draws a button there. */
void msm_viewport_set_hide_title (MsmViewport *self, gboolean hide_title);
/* Second line under the title, such as "PSNR 32.1 dB"; NULL for none. */
void msm_viewport_set_subtitle (MsmViewport *self, const char *subtitle);
/* Shown in the middle while there is no image. */
void msm_viewport_set_empty_text (MsmViewport *self, const char *text);
/* A mode of this pane's own, instead of the model's. */
void msm_viewport_set_render_mode (MsmViewport *self, MsmRenderMode mode);
/* Back to the model's mode. */
void msm_viewport_unset_render_mode (MsmViewport *self);
MsmRenderMode msm_viewport_get_render_mode (MsmViewport *self);
void msm_viewport_set_colormap (MsmViewport *self, MsmColormap colormap);
/* Values are multiplied by it before they are shown: 5 for "error × 5". */
void msm_viewport_set_gain (MsmViewport *self, double gain);
/* A window of this pane's own (k-space, errors); its drags then change only this pane. */
void msm_viewport_set_own_window (MsmViewport *self, gboolean own_window);
/* For counts: the automatic window begins at 0 and ends at the largest value, whatever the others are. */
void msm_viewport_set_from_zero (MsmViewport *self, gboolean from_zero);
void msm_viewport_set_window (MsmViewport *self, double low, double high);
void msm_viewport_get_window (MsmViewport *self, double *low, double *high);
/* Percentiles, followed as the image changes, until a window is set or dragged. */
void msm_viewport_auto_window (MsmViewport *self);
/* Its automatic window becomes the model's, which all panes without their own follow. */
void msm_viewport_set_window_leader (MsmViewport *self, gboolean leader);
/* Nearest neighbour instead of linear interpolation. */
void msm_viewport_set_nearest (MsmViewport *self, gboolean nearest);
/* A ring around the pane whose settings the panels show. */
void msm_viewport_set_selected (MsmViewport *self, gboolean selected);
/* Keeps a reference; a picture of another size than the first cannot be compared. NULL: none. */
void msm_viewport_set_second (MsmViewport *self, MsmTensor *tensor, gsize plane, double gain, const char *title);
MsmTensor *msm_viewport_get_second (MsmViewport *self);
void msm_viewport_set_compare (MsmViewport *self, MsmCompare compare);
MsmCompare msm_viewport_get_compare (MsmViewport *self);
/* What is shown, to be measured; borrowed until the next picture. FALSE when there is none. */
gboolean msm_viewport_get_roi_plane (MsmViewport *self, MsmRoiPlane *plane);
/* What lies in the model's region of interest; FALSE when there is none. */
gboolean msm_viewport_get_roi_stats (MsmViewport *self, MsmRoiStats *stats);
/* Millimetres per row and column; NULL: not known. */
const double *msm_viewport_get_spacing (MsmViewport *self);
gboolean msm_viewport_get_own_window (MsmViewport *self);
const char *msm_viewport_get_title (MsmViewport *self);
MsmTensor *msm_viewport_get_image (MsmViewport *self, gsize *plane);
MsmColormap msm_viewport_get_colormap (MsmViewport *self);
/* Exactly what the pane shows, gain and colours included: what an export renders with. */
void msm_viewport_get_render_options (MsmViewport *self, MsmRenderOptions *options);
/* The picture in the size of the image, as shown; (transfer full) (nullable) */
GdkTexture *msm_viewport_get_texture (MsmViewport *self);

G_END_DECLS
