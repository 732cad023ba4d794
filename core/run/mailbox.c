#include "config.h"

#include "core/run/mailbox.h"

struct _MsmMailbox
{
  gatomicrefcount ref_count;
  MsmFrame *slot; /* atomic */
  int pending;    /* atomic: a wake source is attached and has not run */
  int closed;     /* atomic */
  GMainContext *context;
  MsmMailboxFunc func;
  gpointer data;
};

/**
 * msm_mailbox_new:
 * @context: (nullable): where @func runs; %NULL is the default main context
 * @func: called at most once per wake-up, however many frames were posted
 *
 * Returns: (transfer full): an empty mailbox
 */
MsmMailbox *
msm_mailbox_new (GMainContext *context, MsmMailboxFunc func, gpointer data)
{
  MsmMailbox *self = g_new0 (MsmMailbox, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->context = g_main_context_ref (context != NULL ? context : g_main_context_default ());
  self->func = func;
  self->data = data;
  return self;
}

MsmMailbox *
msm_mailbox_ref (MsmMailbox *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
msm_mailbox_unref (MsmMailbox *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  if (self->slot != NULL)
    msm_frame_unref (self->slot);
  g_main_context_unref (self->context);
  g_free (self);
}

static gboolean
on_wake (gpointer data)
{
  MsmMailbox *self = data;

  /* Cleared before anything is taken: a post that comes now attaches a new source, so none is lost. */
  g_atomic_int_set (&self->pending, 0);
  if (g_atomic_int_get (&self->closed) == 0 && self->func != NULL)
    self->func (self, self->data);
  return G_SOURCE_REMOVE;
}

/**
 * msm_mailbox_wake:
 *
 * Queues the callback unless one is queued already. For events that have no frame.
 */
void
msm_mailbox_wake (MsmMailbox *self)
{
  g_autoptr (GSource) source = NULL;

  g_return_if_fail (self != NULL);
  if (!g_atomic_int_compare_and_exchange (&self->pending, 0, 1))
    return;
  /* Below drawing and input, so that a fast run cannot starve the screen. The source holds a
   * reference: the mailbox outlives a queued wake-up. */
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT_IDLE);
  g_source_set_callback (source, on_wake, msm_mailbox_ref (self), (GDestroyNotify) msm_mailbox_unref);
  g_source_attach (source, self->context);
}

void
msm_mailbox_post (MsmMailbox *self, MsmFrame *frame_take)
{
  MsmFrame *old;

  g_return_if_fail (self != NULL);
  old = g_atomic_pointer_exchange (&self->slot, frame_take);
  if (old != NULL)
    msm_frame_unref (old);
  msm_mailbox_wake (self);
}

gboolean
msm_mailbox_wants (MsmMailbox *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return g_atomic_pointer_get (&self->slot) == NULL && g_atomic_int_get (&self->closed) == 0;
}

/**
 * msm_mailbox_take:
 *
 * Returns: (transfer full) (nullable): the newest frame; %NULL when it was taken already, which is normal
 */
MsmFrame *
msm_mailbox_take (MsmMailbox *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return g_atomic_pointer_exchange (&self->slot, NULL);
}

/**
 * msm_mailbox_close:
 *
 * Called from the thread that runs the context: a wake-up that is still queued does nothing.
 */
void
msm_mailbox_close (MsmMailbox *self)
{
  g_return_if_fail (self != NULL);
  g_atomic_int_set (&self->closed, 1);
}
