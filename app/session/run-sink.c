#include "config.h"

#include "app/session/run-sink.h"

#include "core/base/error.h"

/* Beyond this, neighbouring records merge: the main thread has been busy for a very long time. */
#define MAX_EVENTS 4096

struct _MsmRunFeed
{
  gatomicrefcount ref_count;
  MsmMailbox *mailbox;
  MsmCancel *cancel;
  GMutex lock;
  GArray *events;      /* under lock: MsmRunEvent */
  MsmRunState state;   /* under lock */
  GError *error;       /* under lock */
  MsmRun *run;         /* under lock */
  gboolean paused;     /* under lock: asked for */
  MsmTensor *sens;     /* under lock */
  MsmTensor *put_back; /* under lock */
  double show_ms;      /* under lock */
  int shows;           /* atomic */
};

MsmRunFeed *
msm_run_feed_new (MsmMailboxFunc func, gpointer data)
{
  MsmRunFeed *self = g_new0 (MsmRunFeed, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->mailbox = msm_mailbox_new (NULL, func, data);
  self->cancel = msm_cancel_new ();
  self->shows = TRUE;
  self->events = g_array_new (FALSE, FALSE, sizeof (MsmRunEvent));
  g_mutex_init (&self->lock);
  return self;
}

MsmRunFeed *
msm_run_feed_ref (MsmRunFeed *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
msm_run_feed_unref (MsmRunFeed *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  msm_mailbox_unref (self->mailbox);
  msm_cancel_unref (self->cancel);
  g_array_unref (self->events);
  g_clear_error (&self->error);
  g_clear_pointer (&self->run, msm_run_unref);
  g_clear_pointer (&self->sens, msm_tensor_unref);
  g_clear_pointer (&self->put_back, msm_tensor_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}

MsmMailbox *
msm_run_feed_get_mailbox (MsmRunFeed *self)
{
  return self->mailbox;
}

MsmCancel *
msm_run_feed_get_cancel (MsmRunFeed *self)
{
  return self->cancel;
}

MsmRunState
msm_run_feed_get_state (MsmRunFeed *self, GError **error)
{
  MsmRunState state;

  g_mutex_lock (&self->lock);
  state = self->state;
  if (state == MSM_RUN_RUNNING && self->paused)
    state = MSM_RUN_PAUSED;
  if (error != NULL && self->error != NULL)
    *error = g_error_copy (self->error);
  g_mutex_unlock (&self->lock);
  return state;
}

void
msm_run_feed_set_state (MsmRunFeed *self, MsmRunState state)
{
  g_mutex_lock (&self->lock);
  self->state = state;
  g_mutex_unlock (&self->lock);
  msm_mailbox_wake (self->mailbox);
}

void
msm_run_feed_finish (MsmRunFeed *self, const GError *error)
{
  g_mutex_lock (&self->lock);
  if (error == NULL)
    self->state = MSM_RUN_DONE;
  else if (g_error_matches (error, MSM_ERROR, MSM_ERROR_CANCELLED))
    self->state = MSM_RUN_STOPPED;
  else
    {
      self->state = MSM_RUN_FAILED;
      g_clear_error (&self->error);
      self->error = g_error_copy (error);
    }
  g_mutex_unlock (&self->lock);
  msm_mailbox_wake (self->mailbox);
}

GArray *
msm_run_feed_drain (MsmRunFeed *self)
{
  GArray *events;

  g_mutex_lock (&self->lock);
  events = self->events;
  self->events = g_array_new (FALSE, FALSE, sizeof (MsmRunEvent));
  g_mutex_unlock (&self->lock);
  return events;
}

void
msm_run_feed_set_run (MsmRunFeed *self, MsmRun *run)
{
  MsmRun *old;
  gboolean paused;

  g_mutex_lock (&self->lock);
  old = self->run;
  self->run = run != NULL ? msm_run_ref (run) : NULL;
  paused = self->paused;
  g_mutex_unlock (&self->lock);
  if (old != NULL)
    msm_run_unref (old);
  if (run != NULL && paused)
    msm_run_pause (run);
  if (run != NULL && msm_cancel_get_level (self->cancel) != MSM_CANCEL_NO)
    msm_run_stop (run);
}

static MsmRun *
ref_run (MsmRunFeed *self)
{
  MsmRun *run;

  g_mutex_lock (&self->lock);
  run = self->run != NULL ? msm_run_ref (self->run) : NULL;
  g_mutex_unlock (&self->lock);
  return run;
}

static void
set_paused (MsmRunFeed *self, gboolean paused)
{
  g_mutex_lock (&self->lock);
  self->paused = paused;
  g_mutex_unlock (&self->lock);
}

void
msm_run_feed_pause (MsmRunFeed *self, gboolean pause)
{
  g_autoptr (MsmRun) run = NULL;

  set_paused (self, pause);
  run = ref_run (self);
  if (run != NULL && pause)
    msm_run_pause (run);
  else if (run != NULL)
    msm_run_resume (run);
  msm_mailbox_wake (self->mailbox);
}

void
msm_run_feed_step (MsmRunFeed *self)
{
  g_autoptr (MsmRun) run = NULL;

  set_paused (self, TRUE);
  run = ref_run (self);
  if (run != NULL)
    msm_run_step (run);
  msm_mailbox_wake (self->mailbox);
}

void
msm_run_feed_stop (MsmRunFeed *self)
{
  g_autoptr (MsmRun) run = NULL;

  msm_cancel_request (self->cancel, MSM_CANCEL_NOW);
  run = ref_run (self);
  if (run != NULL)
    msm_run_stop (run);
}

void
msm_run_feed_add_event (MsmRunFeed *self, const MsmStepInfo *info, double ms)
{
  MsmRunEvent event = { *info, ms };

  g_mutex_lock (&self->lock);
  if (self->events->len >= MAX_EVENTS)
    g_array_index (self->events, MsmRunEvent, self->events->len - 1) = event;
  else
    g_array_append_val (self->events, event);
  g_mutex_unlock (&self->lock);
  msm_mailbox_wake (self->mailbox);
}

static void
set_tensor (MsmRunFeed *self, MsmTensor **place, MsmTensor *tensor)
{
  g_mutex_lock (&self->lock);
  g_clear_pointer (place, msm_tensor_unref);
  *place = msm_tensor_ref (tensor);
  g_mutex_unlock (&self->lock);
}

static MsmTensor *
ref_tensor (MsmRunFeed *self, MsmTensor **place)
{
  MsmTensor *tensor;

  g_mutex_lock (&self->lock);
  tensor = *place != NULL ? msm_tensor_ref (*place) : NULL;
  g_mutex_unlock (&self->lock);
  return tensor;
}

void
msm_run_feed_set_sens (MsmRunFeed *self, MsmTensor *sens)
{
  set_tensor (self, &self->sens, sens);
}

MsmTensor *
msm_run_feed_ref_sens (MsmRunFeed *self)
{
  return ref_tensor (self, &self->sens);
}

void
msm_run_feed_set_put_back (MsmRunFeed *self, MsmTensor *image)
{
  set_tensor (self, &self->put_back, image);
}

MsmTensor *
msm_run_feed_ref_put_back (MsmRunFeed *self)
{
  return ref_tensor (self, &self->put_back);
}

void
msm_run_feed_set_shows (MsmRunFeed *self, gboolean shows)
{
  g_atomic_int_set (&self->shows, shows);
}

gboolean
msm_run_feed_get_shows (MsmRunFeed *self)
{
  return g_atomic_int_get (&self->shows);
}

void
msm_run_feed_add_show_ms (MsmRunFeed *self, double ms)
{
  g_mutex_lock (&self->lock);
  self->show_ms += ms;
  g_mutex_unlock (&self->lock);
}

double
msm_run_feed_get_show_ms (MsmRunFeed *self)
{
  double ms;

  g_mutex_lock (&self->lock);
  ms = self->show_ms;
  g_mutex_unlock (&self->lock);
  return ms;
}
