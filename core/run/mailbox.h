#pragma once

#include "core/run/frame.h"

G_BEGIN_DECLS

/* A lock-free slot for the newest frame, with one coalesced wake-up of a main context. */
typedef struct _MsmMailbox MsmMailbox;
typedef void (*MsmMailboxFunc) (MsmMailbox *mailbox, gpointer data);

MsmMailbox *msm_mailbox_new (GMainContext *context, MsmMailboxFunc func, gpointer data);
MsmMailbox *msm_mailbox_ref (MsmMailbox *self);
void msm_mailbox_unref (MsmMailbox *self);
void msm_mailbox_post (MsmMailbox *self, MsmFrame *frame_take); /* any thread */
void msm_mailbox_wake (MsmMailbox *self);                       /* wake-up without a frame */
gboolean msm_mailbox_wants (MsmMailbox *self);                  /* the slot is empty */
MsmFrame *msm_mailbox_take (MsmMailbox *self);                  /* newest, or NULL */
void msm_mailbox_close (MsmMailbox *self);                      /* no callback after this returns */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmMailbox, msm_mailbox_unref)

G_END_DECLS
