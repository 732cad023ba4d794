#include "config.h"

#include "app/commands/recon-run.h"

#include "app/commands/command.h"
#include "app/commands/image-file.h"
#include "core/run/run.h"

typedef struct
{
  const char *progress;
  MsmStepInfo last;
  MsmFrame   *frame;
} Sink;

void
msm_recon_result_clear (MsmReconResult *self)
{
  g_clear_pointer (&self->image, msm_tensor_unref);
  g_clear_pointer (&self->operator_text, g_free);
  g_clear_pointer (&self->mask, msm_mask_unref);
}

static void
on_event (gpointer data, const MsmStepInfo *info, double ms)
{
  Sink *sink = data;

  sink->last = *info;
  if (info->n_steps > 0 && info->step < info->n_steps)
    msm_command_progress (sink->progress, (double) info->step / info->n_steps);
}

/* Only the last frame matters, and that one is always given. */
static gboolean
wants_frame (gpointer data)
{
  return FALSE;
}

static void
on_frame (gpointer data, MsmFrame *frame_take)
{
  Sink *sink = data;

  g_clear_pointer (&sink->frame, msm_frame_unref);
  sink->frame = frame_take;
}

static void
on_done (gpointer data, const GError *error)
{
  Sink *sink = data;

  msm_command_progress (sink->progress, 1);
}

gboolean
msm_recon_run (MsmScan *scan, const MsmProblemOptions *problem_options, MsmDevice *device,
               const MsmSamplerClass *klass, MsmParams *params_take, const char *progress,
               MsmReconResult *result, GError **error)
{
  static const MsmRunSink functions = { on_event, wants_frame, on_frame, on_done };
  g_autoptr (MsmParams) params = params_take;
  g_autoptr (MsmCancel) cancel = msm_cancel_new ();
  g_autoptr (MsmFrame) frame = NULL;
  g_autoptr (MsmRun) run = NULL;
  MsmProblem *problem;
  MsmSampler *sampler;
  Sink sink = { .progress = progress };
  gsize crop_readout, crop_phase;
  gint64 start = g_get_monotonic_time ();
  gboolean done;

  msm_command_progress (progress, 0);
  problem = msm_problem_new_from_scan (scan, problem_options, device, cancel, error);
  if (problem == NULL)
    {
      msm_command_progress (progress, 1);
      return FALSE;
    }
  crop_readout = problem->crop_readout;
  crop_phase = problem->crop_phase;
  result->mask = problem->mask != NULL ? msm_mask_ref (problem->mask) : NULL;
  result->operator_text = g_strdup (problem->operator_text);
  result->note = problem->note;
  sampler = msm_sampler_new (klass, problem, g_steal_pointer (&params), error);
  if (sampler == NULL)
    {
      msm_command_progress (progress, 1);
      return FALSE;
    }
  result->prepare_ms = (g_get_monotonic_time () - start) / 1000.0;
  start = g_get_monotonic_time ();
  run = msm_run_new (sampler, &functions, &sink);
  done = msm_run_execute (run, error);
  frame = g_steal_pointer (&sink.frame);
  if (!done)
    return FALSE;
  result->run_ms = (g_get_monotonic_time () - start) / 1000.0;
  result->last = sink.last;
  if (frame == NULL || frame->n_images == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, "%s gave no image", klass->name);
      return FALSE;
    }
  result->image = msm_image_crop (frame->images[0].tensor, crop_readout, crop_phase, error);
  if (result->image == NULL)
    return FALSE;
  msm_image_scale (result->image, frame->scale);
  result->has_metrics = frame->has_metrics;
  result->metrics = frame->metrics;
  return TRUE;
}
