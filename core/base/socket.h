#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Whole messages over a connected socket: all of @n bytes, whatever signals come between and however they are cut into
 * pieces. FALSE when the other end is gone; no SIGPIPE.
 */
gboolean msm_socket_send (int socket, const void *bytes, gsize n);
gboolean msm_socket_receive (int socket, void *bytes, gsize n);

G_END_DECLS
