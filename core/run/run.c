#include "config.h"

#include "core/run/run.h"

#include <math.h>

#include "core/base/error.h"

struct _MsmRun
{
  gatomicrefcount ref_count;
  MsmSampler *sampler;
  MsmRunSink sink;
  gpointer data;
  MsmCancel *cancel;
  GMutex gate;
  GCond gate_changed;
  gboolean paused; /* under gate */
  int released;    /* under gate: steps allowed while paused */
  GMutex sink_lock;
  /* What finishes frames, where that is not done at once: */
  GThread *maker;
  GMutex maker_lock;
  GCond maker_changed;
  GQueue waiting;      /* under maker_lock: Waiting */
  gboolean is_making;  /* under maker_lock */
  gboolean maker_ends; /* under maker_lock */
  GError *maker_error; /* under maker_lock: why the run cannot go on */
  /* Of the thread of msm_run_execute(): */
  MsmStepInfo info; /* of the newest step */
  double ms;
  gboolean is_shown;     /* the newest step has been given as a frame */
  gboolean is_early;     /* no step has ended yet, and no frame been given */
  gboolean has_given_up; /* the newest step, before its end */
};

/* How many frames may wait to be finished before the run waits for one. */
#define MAX_WAITING 8

typedef struct
{
  MsmFrameDraft *draft;
  double ms, made_ms; /* of the frame; 0: until it is finished */
  gint64 start;
  gboolean is_early; /* a first look: nobody minds when there is nothing to see */
} Waiting;

/**
 * msm_run_new:
 * @sampler_take: a prepared sampler
 * @sink: copied; its calls come from the thread of msm_run_execute()
 */
MsmRun *
msm_run_new (MsmSampler *sampler_take, const MsmRunSink *sink, gpointer data)
{
  MsmRun *self = g_new0 (MsmRun, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->sampler = sampler_take;
  self->sink = *sink;
  self->data = data;
  self->cancel = msm_cancel_new ();
  g_mutex_init (&self->gate);
  g_cond_init (&self->gate_changed);
  g_mutex_init (&self->sink_lock);
  g_mutex_init (&self->maker_lock);
  g_cond_init (&self->maker_changed);
  g_queue_init (&self->waiting);
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
  g_mutex_clear (&self->sink_lock);
  g_mutex_clear (&self->maker_lock);
  g_cond_clear (&self->maker_changed);
  g_clear_error (&self->maker_error);
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

/* Finishes a frame and gives it to the sink. Takes the draft. */
static gboolean
publish (MsmRun *self, Waiting *waiting, GError **error)
{
  MsmFrame *frame = msm_frame_draft_finish (g_steal_pointer (&waiting->draft), error);

  if (frame == NULL)
    return FALSE;
  frame->ms = waiting->ms;
  frame->made_ms = waiting->made_ms > 0 ? waiting->made_ms : (g_get_monotonic_time () - waiting->start) / 1000.0;
  g_mutex_lock (&self->sink_lock);
  self->sink.on_frame (self->data, frame);
  g_mutex_unlock (&self->sink_lock);
  return TRUE;
}

static gpointer
make_frames (gpointer data)
{
  MsmRun *self = data;

  g_mutex_lock (&self->maker_lock);
  while (!self->maker_ends || !g_queue_is_empty (&self->waiting))
    {
      Waiting *waiting = g_queue_pop_head (&self->waiting);
      GError *error = NULL;

      if (waiting == NULL)
        {
          g_cond_wait (&self->maker_changed, &self->maker_lock);
          continue;
        }
      self->is_making = TRUE;
      g_mutex_unlock (&self->maker_lock);
      publish (self, waiting, &error);
      g_mutex_lock (&self->maker_lock);
      self->is_making = FALSE;
      if (error != NULL && (waiting->is_early || self->maker_error != NULL))
        g_clear_error (&error);
      if (error != NULL)
        self->maker_error = error;
      g_free (waiting);
      g_cond_broadcast (&self->maker_changed);
    }
  g_mutex_unlock (&self->maker_lock);
  return NULL;
}

static void
leave_to_maker (MsmRun *self, Waiting *waiting)
{
  if (self->maker == NULL)
    self->maker = g_thread_new ("frames", make_frames, self);
  g_mutex_lock (&self->maker_lock);
  while (g_queue_get_length (&self->waiting) >= MAX_WAITING)
    g_cond_wait (&self->maker_changed, &self->maker_lock);
  g_queue_push_tail (&self->waiting, g_memdup2 (waiting, sizeof *waiting));
  g_cond_broadcast (&self->maker_changed);
  g_mutex_unlock (&self->maker_lock);
}

/* Why a frame could not be finished: it means the same as when it is found out at once. */
static gboolean
check_maker (MsmRun *self, GError **error)
{
  gboolean ok;

  g_mutex_lock (&self->maker_lock);
  ok = self->maker_error == NULL;
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&self->maker_error));
  g_mutex_unlock (&self->maker_lock);
  return ok;
}

/* All frames have been given when this returns. */
static void
end_maker (MsmRun *self)
{
  if (self->maker == NULL)
    return;
  g_mutex_lock (&self->maker_lock);
  self->maker_ends = TRUE;
  g_cond_broadcast (&self->maker_changed);
  g_mutex_unlock (&self->maker_lock);
  g_thread_join (g_steal_pointer (&self->maker));
}

static gboolean
is_maker_busy (MsmRun *self)
{
  gboolean busy;

  g_mutex_lock (&self->maker_lock);
  busy = self->is_making || !g_queue_is_empty (&self->waiting);
  g_mutex_unlock (&self->maker_lock);
  return busy;
}

static gboolean
wants_frame (MsmRun *self)
{
  gboolean wants;

  if (self->sink.newest_only && is_maker_busy (self))
    return FALSE;
  g_mutex_lock (&self->sink_lock);
  wants = self->sink.wants_frame (self->data);
  g_mutex_unlock (&self->sink_lock);
  return wants;
}

static gboolean
give_frame (MsmRun *self, GError **error)
{
  Waiting waiting = { .ms = self->ms, .start = g_get_monotonic_time (), .is_early = self->is_early };

  waiting.draft = msm_frame_draft_new (self->sampler, &self->info, self->sink.keeps_state && !self->is_early, error);
  if (waiting.draft == NULL)
    return FALSE;
  /* What did not arrive is no image. */
  if (!msm_device_check (self->sampler->problem->device, error))
    {
      msm_frame_draft_free (waiting.draft);
      return FALSE;
    }
  if (msm_frame_draft_is_pending (waiting.draft))
    {
      /* What it costs the run. */
      waiting.made_ms = MAX ((g_get_monotonic_time () - waiting.start) / 1000.0, 1e-3);
      leave_to_maker (self, &waiting);
      return TRUE;
    }
  return publish (self, &waiting, error);
}

/* A first look; where there is nothing to see yet, the first step tells. */
static void
give_early_frame (MsmRun *self)
{
  if (!self->is_early || !self->sink.shows_early || !wants_frame (self))
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
check_step (MsmRun *self, const MsmStepInfo *info, GError **error)
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
do_step (MsmRun *self, gboolean *more, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  MsmStepInfo info = { 0 };

  *more = msm_sampler_step (self->sampler, &info);
  if (self->has_given_up)
    return !msm_cancel_check (self->cancel, error);
  if (!check_step (self, &info, error) || !check_maker (self, error))
    return FALSE;
  self->info = info;
  self->ms = (g_get_monotonic_time () - start) / 1000.0;
  self->is_shown = self->is_early = FALSE;
  g_mutex_lock (&self->sink_lock);
  self->sink.on_event (self->data, &info, self->ms);
  g_mutex_unlock (&self->sink_lock);
  return TRUE;
}

static gboolean
run_steps (MsmRun *self, GError **error)
{
  gboolean more = TRUE;

  self->info = (MsmStepInfo){ .sigma = NAN, .residual = NAN, .cost = NAN };
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
      if (!more || wants_frame (self))
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
msm_run_execute (MsmRun *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean ok;

  g_return_val_if_fail (self != NULL, FALSE);
  self->sampler->between = on_between;
  self->sampler->between_data = self;
  ok = run_steps (self, &local);
  end_maker (self);
  if (ok)
    ok = check_maker (self, &local);
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
