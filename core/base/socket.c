#include "config.h"

#include "core/base/socket.h"

#include <errno.h>
#include <sys/socket.h>

gboolean
msm_socket_send (int socket, const void *bytes, gsize n)
{
  const char *at = bytes;

  while (n > 0)
    {
      gssize part = send (socket, at, n, MSG_NOSIGNAL);

      if (part < 0 && errno == EINTR)
        continue;
      if (part <= 0)
        return FALSE;
      at += part;
      n -= (gsize) part;
    }
  return TRUE;
}

gboolean
msm_socket_receive (int socket, void *bytes, gsize n)
{
  char *at = bytes;

  while (n > 0)
    {
      gssize part = recv (socket, at, n, MSG_WAITALL);

      if (part < 0 && errno == EINTR)
        continue;
      if (part <= 0)
        return FALSE;
      at += part;
      n -= (gsize) part;
    }
  return TRUE;
}
