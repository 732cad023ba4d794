#include "config.h"

#include "core/dataset/dataset.h"

#include "core/device/device.h"

/*
 * Two host batches: the thread fills one while the trainer has the other. On a device of its own memory the
 * trainer's batch is a third one, uploaded when it is asked for.
 */
struct _MsmLoader
{
  MsmDataset *dataset; /* borrowed */
  MsmMeasure *measure; /* of the host batches */
  MsmBatch *slots[2];
  MsmBatch *uploaded; /* NULL on a host device */
  gsize stride;
  guint64 next; /* index of the batch that the thread fills */
  int filling;  /* the slot it fills */
  gboolean is_full, is_failed, is_stopped;
  GError *failure;
  GThread *thread;
  GMutex mutex;
  GCond changed;
};

static gpointer
run (gpointer data)
{
  MsmLoader *self = data;

  g_mutex_lock (&self->mutex);
  while (!self->is_stopped)
    {
      guint64 index = self->next;
      MsmBatch *batch = self->slots[self->filling];
      GError *failure = NULL;
      gboolean ok;

      if (self->is_full || self->is_failed)
        {
          g_cond_wait (&self->changed, &self->mutex);
          continue;
        }
      g_mutex_unlock (&self->mutex);
      ok = msm_dataset_fill (self->dataset, batch, index, FALSE, &failure);
      g_mutex_lock (&self->mutex);
      self->failure = failure;
      self->is_failed = !ok;
      self->is_full = ok;
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->mutex);
  return NULL;
}

MsmLoader *
msm_loader_new (MsmDataset *dataset, MsmMeasure *measure, guint64 first, gsize stride, GError **error)
{
  g_autoptr (MsmLoader) self = NULL;
  MsmShape shape;

  g_return_val_if_fail (dataset != NULL && measure != NULL, NULL);
  shape = msm_measure_shape (measure);
  self = g_new0 (MsmLoader, 1);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->dataset = dataset;
  self->stride = stride;
  self->next = first;
  self->measure = msm_measure_new (msm_device_host (), msm_measure_kind (measure), shape.dim[0], shape.dim[1],
                                   shape.dim[2], shape.dim[3], error);
  if (self->measure == NULL)
    return NULL;
  for (int i = 0; i < 2; i++)
    {
      self->slots[i] = msm_batch_new (self->measure, error);
      if (self->slots[i] == NULL)
        return NULL;
    }
  if (msm_measure_device (measure) != msm_device_host ())
    {
      self->uploaded = msm_batch_new (measure, error);
      if (self->uploaded == NULL)
        return NULL;
    }
  self->thread = g_thread_try_new ("training data", run, self, error);
  return self->thread == NULL ? NULL : g_steal_pointer (&self);
}

void
msm_loader_free (MsmLoader *self)
{
  if (self == NULL)
    return;
  if (self->thread != NULL)
    {
      g_mutex_lock (&self->mutex);
      self->is_stopped = TRUE;
      g_cond_broadcast (&self->changed);
      g_mutex_unlock (&self->mutex);
      g_thread_join (self->thread);
    }
  for (int i = 0; i < 2; i++)
    msm_batch_free (self->slots[i]);
  msm_batch_free (self->uploaded);
  msm_measure_free (self->measure);
  g_clear_error (&self->failure);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  g_free (self);
}

MsmBatch *
msm_loader_next (MsmLoader *self, GError **error)
{
  MsmBatch *batch;

  g_return_val_if_fail (self != NULL, NULL);
  g_mutex_lock (&self->mutex);
  while (!self->is_full && !self->is_failed)
    g_cond_wait (&self->changed, &self->mutex);
  if (self->is_failed)
    {
      /* The next call tries the same batch again. */
      g_propagate_error (error, g_steal_pointer (&self->failure));
      self->is_failed = FALSE;
      g_cond_broadcast (&self->changed);
      g_mutex_unlock (&self->mutex);
      return NULL;
    }
  batch = self->slots[self->filling];
  self->filling = 1 - self->filling;
  self->next += self->stride;
  self->is_full = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
  if (self->uploaded == NULL)
    return batch;
  return msm_batch_upload (self->uploaded, batch, error) ? self->uploaded : NULL;
}
