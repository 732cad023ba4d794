#include "config.h"

#include "app/commands/recon-run.h"

#include <glib/gi18n-lib.h>

#include "app/commands/command.h"
#include "app/commands/image-file.h"
#include "app/setup/setup-prepare.h"

void
msm_recon_result_clear (MsmReconResult *self)
{
  g_clear_pointer (&self->image, msm_tensor_unref);
  g_clear_pointer (&self->operator_text, g_free);
  g_clear_pointer (&self->mask, msm_mask_unref);
  msm_terminal_run_clear (&self->terminal);
}

/* Metrics of one sample, where the estimate is the mean of several. */
static gboolean
compare_sample (MsmReconResult *result, const MsmFrame *frame, const MsmProblem *problem, GError **error)
{
  MsmTensor *sample = msm_frame_find (frame, "sample");
  g_autoptr (MsmTensor) magnitude = NULL;
  MsmShape shape;

  if (sample == NULL || problem->reference == NULL || problem->kind != MSM_MEASURE_MRI)
    return TRUE;
  magnitude = msm_image_magnitude (sample, 1, error);
  if (magnitude == NULL)
    return FALSE;
  shape = msm_tensor_shape (magnitude);
  if (!msm_shape_equal (shape, msm_tensor_shape (problem->reference)))
    return TRUE;
  result->has_sample_metrics =
      msm_metrics_compute (msm_tensor_const_host (magnitude), msm_tensor_const_host (problem->reference), NULL, 1,
                           shape.dim[2], shape.dim[3], &result->sample_metrics, error);
  return result->has_sample_metrics;
}

gboolean
msm_recon_run (const MsmSetup *setup, MsmScan *scan, MsmDevice *device, MsmReconTrajectoryFunc trajectory,
               gpointer data, MsmReconResult *result, GError **error)
{
  MsmPrepareOptions options = { .scan = scan, .device = device, .on_progress = msm_terminal_stage_progress };
  const char *progress = setup->method->title;
  g_autoptr (MsmTrajectory) kept = NULL;
  MsmTerminalRun *terminal = &result->terminal;
  MsmProblem *problem;
  MsmSampler *sampler;
  MsmFrame *frame;
  gint64 begun_at = g_get_monotonic_time ();

  msm_command_progress (progress, 0);
  sampler = msm_setup_prepare (setup, &options, error);
  if (sampler == NULL)
    {
      msm_command_progress (progress, 1);
      return FALSE;
    }
  problem = sampler->problem; /* lives as long as the terminal's run */
  result->mask = problem->mask != NULL ? msm_mask_ref (problem->mask) : NULL;
  result->operator_text = g_strdup (problem->operator_text);
  result->note = problem->note;
  result->prepare_ms = (g_get_monotonic_time () - begun_at) / 1000.0;
  kept = trajectory != NULL ? trajectory (sampler, data) : NULL;
  if (!msm_terminal_run (terminal, sampler, progress, kept, error)
      || (kept != NULL && !msm_trajectory_finish (kept, error)))
    return FALSE;
  frame = terminal->frame;
  result->run_ms = terminal->ms;
  result->last = terminal->last;
  if (frame == NULL || frame->n_images == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s gave no image"), setup->method->name);
      return FALSE;
    }
  result->image = msm_tensor_crop (frame->images[0].tensor, problem->crop_readout, problem->crop_phase, error);
  if (result->image == NULL)
    return FALSE;
  msm_image_scale (result->image, frame->scale);
  result->has_metrics = frame->has_metrics;
  result->metrics = frame->metrics;
  return compare_sample (result, frame, problem, error);
}
