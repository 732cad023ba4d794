#pragma once

#include "core/run/run.h"
#include "core/run/trajectory.h"

G_BEGIN_DECLS

/* What a run in the terminal leaves behind. */
typedef struct
{
  MsmRun     *run;   /* holds the sampler */
  MsmFrame   *frame; /* the last one */
  MsmStepInfo last;
  double      ms;
} MsmTerminalRun;

void     msm_terminal_run_clear   (MsmTerminalRun *self);
/**
 * msm_terminal_run:
 * @sampler_take: prepared
 * @progress: label of the progress bar
 * @trajectory: (nullable): gets the frames that it wants
 *
 * All steps, in this thread.
 */
gboolean msm_terminal_run         (MsmTerminalRun *self, MsmSampler *sampler_take, const char *progress,
                                   MsmTrajectory *trajectory, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmTerminalRun, msm_terminal_run_clear)

G_END_DECLS
