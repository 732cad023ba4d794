#pragma once

#include "app/commands/sampler-run.h"
#include "app/setup/held-back.h"
#include "app/setup/setup.h"

G_BEGIN_DECLS

/* What a reconstruction of one slice leaves behind. */
typedef struct
{
  MsmTensor *image;    /* C64 or F32 [1, set or channel, row, column], cropped, true values, host */
  MsmMask *mask;       /* of CS-MRI, or NULL */
  char *operator_text; /* what measured the image, with its settings, or NULL */
  const char *note;    /* translatable: what was done otherwise than asked, or NULL */
  MsmStepInfo last;
  double prepare_ms; /* reading, calibration, plans */
  double run_ms;
  gboolean has_metrics;
  MsmMetrics metrics;
  gboolean has_sample_metrics; /* of one posterior sample, where @metrics is that of the mean of several */
  MsmMetrics sample_metrics;
  gboolean has_held_back; /* asked for */
  MsmHeldBack held_back;
  MsmTerminalRun terminal; /* the run and its sampler */
} MsmReconResult;

/* Makes the trajectory of a prepared sampler, or NULL: none. */
typedef MsmTrajectory *(*MsmReconTrajectoryFunc) (MsmSampler *sampler, gpointer data);

void msm_recon_result_clear (MsmReconResult *self);
/**
 * msm_recon_run:
 * @setup: resolved
 * @scan, @device: of @setup, open
 * @trajectory: (nullable): makes what the kept frames go to
 *
 * Prepares, takes all steps, and compares when the scan has a reference. Fails as its parts do.
 */
gboolean msm_recon_run (const MsmSetup *setup, MsmScan *scan, MsmDevice *device, MsmReconTrajectoryFunc trajectory,
                        gpointer data, MsmReconResult *result, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmReconResult, msm_recon_result_clear)

G_END_DECLS
