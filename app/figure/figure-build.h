#pragma once

#include "app/figure/figure-run.h"
#include "app/figure/figure-spec.h"
#include "figure/figure.h"

G_BEGIN_DECLS

/**
 * msm_figure_run_items:
 * @options: as of msm_figure_run(); the scan is of the description's address
 *
 * Runs every item, one after the other. Slices and coil maps are read and estimated once.
 * Returns: (transfer full) (element-type MsmFigureRun): NULL as msm_figure_run() fails, or MSM_ERROR_VALUE: no items
 */
GPtrArray *msm_figure_run_items (const MsmFigureSpec *spec, const MsmFigureRunOptions *options, GError **error);
/**
 * msm_figure_compose:
 * @runs: of msm_figure_run_items()
 * @frames: (nullable): of each run the frame that is shown instead of its last; entries may be NULL
 *
 * The figure that @spec describes, without its caption. Windows are the same whichever frames are shown.
 * Returns: (transfer full): NULL with MSM_ERROR_VALUE: names that there are not, nothing to show; MSM_ERROR_MEMORY
 */
MsmFigure *msm_figure_compose (const MsmFigureSpec *spec, GPtrArray *runs, MsmFrame *const *frames, GError **error);
/* All that the figure shows, in words, and every setting. (transfer full) */
char *msm_figure_caption (const MsmFigureSpec *spec, GPtrArray *runs, const MsmFigure *figure);
/* Over an item's pictures. (transfer none) */
const char *msm_figure_item_title (const MsmFigureSpec *spec, guint index, const MsmFigureRun *run);
/* Magnitude or colours of what a frame's image @name holds, of true values. (transfer full) (nullable) */
MsmTensor *msm_figure_take_image (const MsmFrame *frame, const char *name, GError **error);
/* PSNR 34.2 dB, SSIM 0.931: those of the list @names, separated by commas. (transfer full): MSM_ERROR_VALUE */
char *msm_figure_metrics_text (const MsmMetrics *metrics, const char *names, GError **error);

G_END_DECLS
