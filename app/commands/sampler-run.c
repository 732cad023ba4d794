#include "config.h"

#include "app/commands/sampler-run.h"

#include <glib/gi18n-lib.h>

#include "app/commands/command.h"
#include "core/base/error.h"

typedef struct
{
  MsmTerminalRun *result;
  const char *progress;
  MsmTrajectory *trajectory;
  GError *error; /* of the trajectory: the run stops */
} Sink;

void
msm_terminal_run_clear (MsmTerminalRun *self)
{
  g_clear_pointer (&self->run, msm_run_unref);
  g_clear_pointer (&self->frame, msm_frame_unref);
}

static void
on_event (gpointer data, const MsmStepInfo *info, double ms)
{
  Sink *sink = data;

  sink->result->last = *info;
  if (info->n_steps > 0 && info->step < info->n_steps)
    msm_command_progress (sink->progress, (double) info->step / info->n_steps);
}

/* Only the last frame matters, and that one is always given; or those of the trajectory. */
static gboolean
wants_frame (gpointer data)
{
  Sink *sink = data;

  return sink->trajectory != NULL && msm_trajectory_wants (sink->trajectory, sink->result->last.step);
}

static void
on_frame (gpointer data, MsmFrame *frame_take)
{
  Sink *sink = data;

  g_clear_pointer (&sink->result->frame, msm_frame_unref);
  sink->result->frame = frame_take;
  if (sink->trajectory == NULL || sink->error != NULL
      || !msm_trajectory_wants (sink->trajectory, frame_take->info.step))
    return;
  if (!msm_trajectory_add (sink->trajectory, frame_take, &sink->error))
    msm_run_stop (sink->result->run);
}

static void
on_done (gpointer data, const GError *error)
{
  Sink *sink = data;

  msm_command_progress (sink->progress, 1);
}

gboolean
msm_terminal_run (MsmTerminalRun *self, MsmSampler *sampler_take, const char *progress, MsmTrajectory *trajectory,
                  GError **error)
{
  static const MsmRunSink functions = { on_event, wants_frame, on_frame, on_done };
  Sink sink = { self, progress, trajectory };
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GError) local = NULL;
  gboolean done;

  msm_command_progress (progress, 0);
  self->run = msm_run_new (sampler_take, &functions, &sink);
  done = msm_run_execute (self->run, &local);
  self->ms = (g_get_monotonic_time () - start) / 1000.0;
  if (sink.error != NULL)
    {
      g_propagate_error (error, sink.error);
      return FALSE;
    }
  if (!done)
    g_propagate_error (error, g_steal_pointer (&local));
  return done;
}

GBytes *
msm_terminal_state_at (MsmSampler *sampler_take, int step, const char *progress, GError **error)
{
  MsmStepInfo info = { 0 };
  gboolean more = TRUE, ok = TRUE;
  GBytes *state = NULL;

  while (more && ok && info.step < step)
    {
      more = msm_sampler_step (sampler_take, &info);
      msm_command_progress (progress, (double) info.step / step);
      ok = msm_device_check (sampler_take->problem->device, error);
      if (ok && info.failure != NULL)
        {
          g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE, info.failure);
          ok = FALSE;
        }
    }
  if (ok && info.step == step)
    state = msm_sampler_save (sampler_take);
  if (ok && state == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s has no step %d that a branch could go on from"),
                 sampler_take->klass->title, step);
  msm_command_progress (progress, 1);
  msm_sampler_free (sampler_take);
  return state;
}
