#pragma once

#include "core/base/cancel.h"

G_BEGIN_DECLS

/*
 * How processes find each other: rank 0 listens, and leaves its addresses, its port and a secret in FOLDER/meeting, a
 * file that only its owner can read; the others try all addresses that they read there side by side, until one answers
 * that knows the secret (core/comm/handshake.h). Whoever connects and says nothing holds nobody up.
 *
 * @address: (nullable): of rank 0: the only IPv4 address of this machine where it listens; NULL: all of them
 * @sockets: [size]: of rank 0 one to each other process, of the others only [0]; −1 elsewhere. The caller closes them
 * Returns: FALSE with MSM_ERROR_DEVICE after @seconds, saying who is missing, or MSM_ERROR_CANCELLED
 */
gboolean msm_meeting_hold (int rank, int size, const char *folder, const char *address, double seconds, int *sockets,
                           MsmCancel *cancel, GError **error);

G_END_DECLS
