#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MSM_SECRET_BYTES 32

/*
 * Two processes make sure that both know a secret, which is never sent. The host sends a number of its own, the guest
 * answers with another, its rank, and HMAC-SHA256 (secret, "guest" both numbers, rank, size), the host with
 * HMAC-SHA256 (secret, "host" …). The guest, which may be talking to several, then takes one with a last byte. Nothing
 * here waits: whoever calls has a poll() over all that are open.
 */
typedef struct _MsmHandshake MsmHandshake;

typedef enum
{
  MSM_HANDSHAKE_GOES_ON,
  MSM_HANDSHAKE_DONE,  /* host: the guest has taken it; guest: the host has proved itself, and may be taken */
  MSM_HANDSHAKE_FAILED /* the other one is gone, or does not know the secret */
} MsmHandshakeState;

/* Random bytes from the system. FALSE with MSM_ERROR_DEVICE: it has none to give. */
gboolean msm_handshake_random (void *bytes, gsize n, GError **error);
/* @socket_take: connected and non-blocking. NULL where there are no random numbers. */
MsmHandshake *msm_handshake_new_host (int socket_take, const guint8 secret[MSM_SECRET_BYTES], int size);
/* @socket_take: non-blocking; it may still be connecting. */
MsmHandshake *msm_handshake_new_guest (int socket_take, const guint8 secret[MSM_SECRET_BYTES], int rank, int size);
/* Closes the socket, if it has not been stolen. */
void msm_handshake_free (MsmHandshake *self);
int msm_handshake_socket (const MsmHandshake *self);
/* POLLIN or POLLOUT */
short msm_handshake_events (const MsmHandshake *self);
/* What can be done now; after poll() said so. */
MsmHandshakeState msm_handshake_go_on (MsmHandshake *self);
/* Of a host that is done: who came. */
int msm_handshake_rank (const MsmHandshake *self);
/* Of one that is done: the socket, blocking again; a guest takes the host with it. −1: it has gone away. */
int msm_handshake_steal (MsmHandshake *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmHandshake, msm_handshake_free)

G_END_DECLS
