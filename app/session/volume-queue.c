#include "config.h"

#include "app/session/volume-queue.h"

struct _MsmVolumeQueue
{
  GObject parent_instance;
  MsmVolumeStartFunc start;
  gpointer start_data;
  MsmSetup *setup; /* of the slice that goes on; NULL: the queue is at its end */
  MsmRunItem *run; /* of it */
  gsize n_slices, n_done, n_failed;
  gint64 begun_at;  /* of the first slice, later by what pauses took */
  gint64 paused_at; /* 0: it is not paused */
};

G_DEFINE_FINAL_TYPE (MsmVolumeQueue, msm_volume_queue, G_TYPE_OBJECT)

static guint changed;

static void
end (MsmVolumeQueue *self)
{
  g_clear_object (&self->run);
  g_clear_pointer (&self->setup, msm_setup_free);
  self->paused_at = 0;
}

static void
start_next (MsmVolumeQueue *self)
{
  const gsize slice = self->n_done + self->n_failed;

  g_clear_object (&self->run);
  if (slice >= self->n_slices)
    {
      end (self);
      return;
    }
  msm_setup_set_slice (self->setup, slice);
  self->run = g_object_ref (self->start (self->setup, self->start_data));
}

void
msm_volume_queue_follow (MsmVolumeQueue *self)
{
  const MsmRunState state = self->run != NULL ? msm_run_item_get_state (self->run) : MSM_RUN_QUEUED;

  if (self->run == NULL)
    return;
  if (state == MSM_RUN_STOPPED)
    end (self);
  else if (!msm_run_item_is_active (self->run))
    {
      self->n_done += state == MSM_RUN_DONE;
      self->n_failed += state == MSM_RUN_FAILED;
      start_next (self);
    }
  g_signal_emit (self, changed, 0);
}

void
msm_volume_queue_begin (MsmVolumeQueue *self, const MsmSetup *setup, gsize n_slices)
{
  g_return_if_fail (self->setup == NULL && n_slices > 0);
  self->setup = msm_setup_copy (setup);
  /* Each slice has the sampling it was acquired with, and maps of its own. */
  if (self->setup->mask_is_drawn && self->setup->pattern == NULL)
    g_clear_pointer (&self->setup->mask, msm_mask_unref);
  g_clear_pointer (&self->setup->sens, msm_tensor_unref);
  self->n_slices = n_slices;
  self->n_done = self->n_failed = 0;
  self->begun_at = g_get_monotonic_time ();
  start_next (self);
  g_signal_emit (self, changed, 0);
}

void
msm_volume_queue_stop (MsmVolumeQueue *self)
{
  g_autoptr (MsmRunItem) run = self->run != NULL ? g_object_ref (self->run) : NULL;

  if (self->setup == NULL)
    return;
  end (self);
  if (run != NULL)
    msm_run_item_stop (run);
  g_signal_emit (self, changed, 0);
}

void
msm_volume_queue_pause (MsmVolumeQueue *self, gboolean pause)
{
  if (self->run == NULL || pause == (self->paused_at > 0))
    return;
  if (!pause)
    self->begun_at += g_get_monotonic_time () - self->paused_at;
  self->paused_at = pause ? g_get_monotonic_time () : 0;
  msm_run_item_pause (self->run, pause);
  g_signal_emit (self, changed, 0);
}

MsmRunItem *
msm_volume_queue_get_run (MsmVolumeQueue *self)
{
  return self->run;
}

gboolean
msm_volume_queue_is_active (MsmVolumeQueue *self)
{
  return self->setup != NULL;
}

gboolean
msm_volume_queue_is_paused (MsmVolumeQueue *self)
{
  return self->paused_at > 0;
}

void
msm_volume_queue_get_counts (MsmVolumeQueue *self, gsize *n_slices, gsize *n_done, gsize *n_failed)
{
  *n_slices = self->n_slices;
  *n_done = self->n_done;
  *n_failed = self->n_failed;
}

double
msm_volume_queue_get_progress (MsmVolumeQueue *self, double *seconds_left)
{
  const gint64 now = self->paused_at > 0 ? self->paused_at : g_get_monotonic_time ();
  double done = (double) (self->n_done + self->n_failed), of_slice;
  int step = 0, n_steps = 0;

  if (self->run != NULL)
    msm_run_item_get_progress (self->run, &step, &n_steps, &of_slice);
  if (n_steps > 0)
    done += (double) step / n_steps;
  *seconds_left =
      self->n_done > 0 ? (double) (now - self->begun_at) / 1e6 / done * ((double) self->n_slices - done) : -1;
  return self->n_slices > 0 ? done / (double) self->n_slices : 0;
}

static void
msm_volume_queue_dispose (GObject *object)
{
  end (MSM_VOLUME_QUEUE (object));
  G_OBJECT_CLASS (msm_volume_queue_parent_class)->dispose (object);
}

static void
msm_volume_queue_class_init (MsmVolumeQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_volume_queue_dispose;
  changed = g_signal_new ("changed", MSM_TYPE_VOLUME_QUEUE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
msm_volume_queue_init (MsmVolumeQueue *self)
{
}

MsmVolumeQueue *
msm_volume_queue_new (MsmVolumeStartFunc start, gpointer data)
{
  MsmVolumeQueue *self = g_object_new (MSM_TYPE_VOLUME_QUEUE, NULL);

  self->start = start;
  self->start_data = data;
  return self;
}
