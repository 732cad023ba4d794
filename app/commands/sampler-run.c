#include "config.h"

#include "app/commands/sampler-run.h"

#include "app/commands/command.h"

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

void
msm_terminal_stage_progress (const MsmSetup *stage, double fraction, gpointer data)
{
  msm_command_progress (stage->method->title, fraction);
}
