#pragma once

#include "app/figure/figure-build.h"

G_BEGIN_DECLS

/* Plots over the steps are asked for, so that every step is measured. */
gboolean msm_figure_plots_need_steps (const MsmFigureSpec *spec);
/* The plots of @spec, and the lines of its profiles as marks. MSM_ERROR_VALUE, which names the plot. */
gboolean msm_figure_add_plots (const MsmFigureSpec *spec, GPtrArray *runs, MsmTensor *reference, MsmFigure *figure,
                               GError **error);

G_END_DECLS
