#pragma once

#include "app/session/run-item.h"

G_BEGIN_DECLS

/*
 * How runs are told apart, for people: what one was started with that others were not.
 */

/**
 * msm_run_differences:
 * @runs: (element-type MsmRunItem): which others there are
 *
 * "Quality: steps K 10 · Seed 2": the values in which the runs of @run's method differ; of the only run of its method
 * those that are not the defaults. A branch's are what was changed, "Prior against data 0.1 → 0.3". (transfer full)
 */
char *msm_run_differences (MsmRunItem *run, GListModel *runs);
/* "brain.h5", or a word for what has no file. (transfer full) */
char *msm_run_file_name (MsmRunItem *run);
/* "brain.h5 · slice 3" (transfer full) */
char *msm_run_place (MsmRunItem *run);
/* The acceleration of its mask; NaN where there is none. */
double msm_run_acceleration (MsmRunItem *run);

G_END_DECLS
