#pragma once

#include "app/figure/figure-build.h"
#include "figure/report.h"

G_BEGIN_DECLS

/**
 * msm_figure_report:
 * @runs: of msm_figure_run_items()
 * @description: of msm_figure_spec_format(): what repeats it all
 *
 * Images, errors and metrics of every item with their convention, what was measured, warnings, and all settings.
 * (transfer full): NULL as msm_figure_compose() fails
 */
MsmReport *msm_figure_report (const MsmFigureSpec *spec, GPtrArray *runs, const char *description, GError **error);

G_END_DECLS
