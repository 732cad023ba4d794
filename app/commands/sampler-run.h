#pragma once

#include "core/run/run.h"
#include "core/run/trajectory.h"

G_BEGIN_DECLS

/* What a run in the terminal leaves behind. */
typedef struct
{
  MsmRun *run;     /* holds the sampler */
  MsmFrame *frame; /* the last one */
  MsmStepInfo last;
  double ms;
} MsmTerminalRun;

void msm_terminal_run_clear (MsmTerminalRun *self);
/**
 * msm_terminal_run:
 * @sampler_take: prepared
 * @progress: label of the progress bar
 * @trajectory: (nullable): gets the frames that it wants
 *
 * All steps, in this thread.
 */
gboolean msm_terminal_run (MsmTerminalRun *self, MsmSampler *sampler_take, const char *progress,
                           MsmTrajectory *trajectory, GError **error);
/**
 * msm_terminal_state_at:
 * @sampler_take: prepared
 *
 * Steps up to the end of step @step, for what a branch goes on from then.
 * Returns: (transfer full): of msm_sampler_save(); or %NULL: MSM_ERROR_VALUE when there is no such step, or none to go
 * on from, and what a step fails with
 */
GBytes *msm_terminal_state_at (MsmSampler *sampler_take, int step, const char *progress, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmTerminalRun, msm_terminal_run_clear)

G_END_DECLS
