#pragma once

#include "core/base/cancel.h"

G_BEGIN_DECLS

/*
 * How processes find each other: rank 0 listens, and leaves its addresses, its port and a token of its own in
 * FOLDER/meeting; the others try what they read there until somebody answers who knows the token.
 *
 * @sockets: [size]: of rank 0 one to each other process, of the others only [0]; −1 elsewhere. The caller closes them
 * Returns: FALSE with MSM_ERROR_DEVICE after @seconds, saying who is missing, or MSM_ERROR_CANCELLED
 */
gboolean msm_meeting_hold (int rank, int size, const char *folder, double seconds, int *sockets, MsmCancel *cancel,
                           GError **error);

G_END_DECLS
