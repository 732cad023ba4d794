#include "config.h"

#include "core/run/run.h"

#include <math.h>

#include "core/base/error.h"

struct _MsmRun
{
  gatomicrefcount ref_count;
  MsmSampler     *sampler;
  MsmRunSink      sink;
  gpointer        data;
  MsmCancel      *cancel;
  GMutex          gate;
  GCond           gate_changed;
  gboolean        paused;   /* under gate */
  int             released; /* under gate: steps allowed while paused */
  /* Of the thread of msm_run_execute(): */
  MsmStepInfo     info;     /* of the newest step */
  double          ms;
  gboolean        is_shown; /* the newest step has been given as a frame */
  gboolean        is_early; /* no step has ended yet, and no frame been given */
  gboolean        has_given_up; /* the newest step, before its end */
};

/**
 * msm_run_new:
 * @sampler_take: a prepared sampler
 * @sink: copied; its calls come from the thread of msm_run_execute()
 */
MsmRun *
msm_run_new (MsmSampler       *sampler_take,
             const MsmRunSink *sink,
             gpointer          data)
{
  MsmRun *self = g_new0 (MsmRun, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->sampler = sampler_take;
  self->sink = *sink;
  self->data = data;
  self->cancel = msm_cancel_new ();
  g_mutex_init (&self->gate);
  g_cond_init (&self->gate_changed);
  return self;
}

MsmRun *
msm_run_ref (MsmRun *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
msm_run_unref (MsmRun *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  msm_sampler_free (self->sampler);
  msm_cancel_unref (self->cancel);
  g_mutex_clear (&self->gate);
  g_cond_clear (&self->gate_changed);
  g_free (self);
}

static gboolean
must_wait (MsmRun *self)
{
  gboolean wait;

  g_mutex_lock (&self->gate);
  wait = self->paused && self->released == 0;
  g_mutex_unlock (&self->gate);
  return wait;
}

/* Waits while paused. Returns FALSE when the run is to stop. */
static gboolean
pass_gate (MsmRun *self)
{
  g_mutex_lock (&self->gate);
  while (self->paused && self->released == 0 && msm_cancel_get_level (self->cancel) == MSM_CANCEL_NO)
    g_cond_wait (&self->gate_changed, &self->gate);
  if (self->released > 0)
    self->released--;
  g_mutex_unlock (&self->gate);
  return msm_cancel_get_level (self->cancel) == MSM_CANCEL_NO;
}

static gboolean
give_frame (MsmRun  *self,
            GError **error)
{
  gint64 start = g_get_monotonic_time ();
  MsmFrame *frame = msm_frame_new_from_sampler (self->sampler, &self->info, error);

  if (frame == NULL)
    return FALSE;
  frame->ms = self->ms;
  if (self->sink.keeps_state && !self->is_early && self->sampler->klass->save != NULL)
    frame->state = self->sampler->klass->save (self->sampler);
  frame->made_ms = (g_get_monotonic_time () - start) / 1000.0;
  self->sink.on_frame (self->data, frame);
  return TRUE;
}

/* A first look; where there is nothing to see yet, the first step tells. */
static void
give_early_frame (MsmRun *self)
{
  if (!self->is_early || !self->sink.shows_early || !self->sink.wants_frame (self->data))
    return;
  give_frame (self, NULL);
  self->is_early = FALSE;
}

/*
 * Between the parts of a step. A step that is given up leaves outputs of no step, so that the one before must have
 * been shown; if not, this one is finished.
 */
static gboolean
on_between (gpointer data)
{
  MsmRun *self = data;

  give_early_frame (self);
  self->has_given_up = self->is_shown && msm_cancel_get_level (self->cancel) != MSM_CANCEL_NO;
  return !self->has_given_up;
}

static gboolean
check_step (MsmRun             *self,
            const MsmStepInfo  *info,
            GError            **error)
{
  if (!msm_device_check (self->sampler->problem->device, error))
    return FALSE;
  if (info->failure == NULL)
    return TRUE;
  g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE, info->failure);
  return FALSE;
}

/* One step and its time. @more: (out). FALSE with @error: also when it was given up. */
static gboolean
do_step (MsmRun    *self,
         gboolean  *more,
         GError   **error)
{
  gint64 start = g_get_monotonic_time ();
  MsmStepInfo info = { 0 };

  *more = msm_sampler_step (self->sampler, &info);
  if (self->has_given_up)
    return !msm_cancel_check (self->cancel, error);
  if (!check_step (self, &info, error))
    return FALSE;
  self->info = info;
  self->ms = (g_get_monotonic_time () - start) / 1000.0;
  self->is_shown = self->is_early = FALSE;
  self->sink.on_event (self->data, &info, self->ms);
  return TRUE;
}

static gboolean
run_steps (MsmRun  *self,
           GError **error)
{
  gboolean more = TRUE;

  self->info = (MsmStepInfo) { .sigma = NAN, .residual = NAN, .cost = NAN };
  self->is_shown = self->is_early = TRUE;
  while (more)
    {
      /* What is looked at while paused is the newest step, not the last that was wanted. */
      if (!self->is_shown && must_wait (self))
        {
          if (!give_frame (self, error))
            return FALSE;
          self->is_shown = TRUE;
        }
      if (!pass_gate (self))
        {
          if (!self->is_shown && !give_frame (self, error))
            return FALSE;
          return !msm_cancel_check (self->cancel, error);
        }
      if (!do_step (self, &more, error))
        return FALSE;
      if (!more || self->sink.wants_frame (self->data))
        {
          if (!give_frame (self, error))
            return FALSE;
          self->is_shown = TRUE;
        }
    }
  return TRUE;
}

/**
 * msm_run_execute:
 *
 * Steps until the sampler has no more, msm_run_stop(), a device error, or an estimate that is not finite.
 * Blocks; once per run. on_done is the last call to the sink.
 */
gboolean
msm_run_execute (MsmRun  *self,
                 GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean ok;

  g_return_val_if_fail (self != NULL, FALSE);
  self->sampler->between = on_between;
  self->sampler->between_data = self;
  ok = run_steps (self, &local);
  self->sink.on_done (self->data, local);
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&local));
  return ok;
}

void
msm_run_pause (MsmRun *self)
{
  g_return_if_fail (self != NULL);
  g_mutex_lock (&self->gate);
  self->paused = TRUE;
  g_mutex_unlock (&self->gate);
}

void
msm_run_resume (MsmRun *self)
{
  g_return_if_fail (self != NULL);
  g_mutex_lock (&self->gate);
  self->paused = FALSE;
  self->released = 0;
  g_cond_broadcast (&self->gate_changed);
  g_mutex_unlock (&self->gate);
}

void
msm_run_step (MsmRun *self)
{
  g_return_if_fail (self != NULL);
  g_mutex_lock (&self->gate);
  self->paused = TRUE;
  self->released++;
  g_cond_broadcast (&self->gate_changed);
  g_mutex_unlock (&self->gate);
}

void
msm_run_stop (MsmRun *self)
{
  g_return_if_fail (self != NULL);
  msm_cancel_request (self->cancel, MSM_CANCEL_NOW);
  g_mutex_lock (&self->gate);
  g_cond_broadcast (&self->gate_changed);
  g_mutex_unlock (&self->gate);
}

gboolean
msm_run_is_paused (MsmRun *self)
{
  gboolean paused;

  g_return_val_if_fail (self != NULL, FALSE);
  g_mutex_lock (&self->gate);
  paused = self->paused;
  g_mutex_unlock (&self->gate);
  return paused;
}

MsmSampler *
msm_run_get_sampler (MsmRun *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->sampler;
}
