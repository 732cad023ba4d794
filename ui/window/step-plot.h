#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_STEP_PLOT (msm_step_plot_get_type ())
/*
 * One value over the steps, of every run of the slice that is looked at: the residual, a metric, the noise level. The
 * line is the step that the panes show; a click picks one.
 */
G_DECLARE_FINAL_TYPE (MsmStepPlot, msm_step_plot, MSM, STEP_PLOT, GtkBox)

/* The values that there are, counted from 0. */
guint msm_step_plot_n_series (void);
const char *msm_step_plot_name (guint series); /* "residual", "psnr", "noise" */
char *msm_step_plot_title (guint series);      /* translated, with its unit (transfer full) */
int msm_step_plot_find (const char *name);     /* −1: there is none of that name */

GtkWidget *msm_step_plot_new (MsmSession *session, guint series);
void msm_step_plot_set_series (MsmStepPlot *self, guint series);
/* Makes it invisible while nobody can expect values. */
void msm_step_plot_set_hides (MsmStepPlot *self, gboolean hides);

G_END_DECLS
