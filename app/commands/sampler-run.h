#pragma once

#include "app/setup/setup.h"
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
/* For MsmPrepareOptions: shows how far a branch's earlier stages have come. */
void msm_terminal_stage_progress (const MsmSetup *stage, double fraction, gpointer data);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmTerminalRun, msm_terminal_run_clear)

G_END_DECLS
