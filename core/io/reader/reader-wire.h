#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Between the program and a process that holds a library for reading files: over one socket, a frame is a 32-bit
 * length and a serialised GVariant. A request is (operation, name, start[], count[]), a reply (error, message,
 * numbers[], texts[]); error 0 is none, else 1 + MsmErrorCode. Raw data may follow a reply as the operation says,
 * and numbers[0] is then how many bytes. Operations are the reader's own. Both ends are of one build and one machine.
 */
#define MSM_READER_WIRE_REQUEST "(uayatat)"
#define MSM_READER_WIRE_REPLY   "(uayataay)"

/* Consumes @frame when it is floating. */
gboolean msm_reader_wire_put (int socket, GVariant *frame);
/* A well-formed frame of @type. NULL: the other end @is_gone, or it sent something else. (transfer full) */
GVariant *msm_reader_wire_get (int socket, const char *type, gboolean *is_gone);

G_END_DECLS
