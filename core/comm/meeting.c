#include "config.h"

#include "core/comm/meeting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/socket.h"

#define TOKEN_BYTES      16
/* How long one that has connected may take to say who it is. */
#define GREETING_SECONDS 5
/* How long nobody looks whether it is still wanted. */
#define POLL_MS          100

typedef struct
{
  char token[TOKEN_BYTES];
  gint32 rank, size;
} Greeting;

static double
now (void)
{
  return (double) g_get_monotonic_time () / G_USEC_PER_SEC;
}

static gboolean
is_cancelled (MsmCancel *cancel)
{
  return msm_cancel_get_level (cancel) == MSM_CANCEL_NOW;
}

/* 0: for ever. */
static void
set_patience (int socket, int seconds)
{
  struct timeval limit = { .tv_sec = seconds };

  setsockopt (socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt (socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/* Messages are short and waited for; and a machine that goes down is noticed. */
static void
set_options (int socket)
{
  int yes = 1;

  setsockopt (socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt (socket, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
}

/* -- rank 0 -------------------------------------------------------------------------------------------- */

/* A listening socket and its port; −1 with errno. */
static int
listen_anywhere (int *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_ANY) };
  socklen_t length = sizeof address;
  int s = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (s >= 0 && bind (s, (struct sockaddr *) &address, sizeof address) == 0 && listen (s, 128) == 0
      && getsockname (s, (struct sockaddr *) &address, &length) == 0)
    {
      *port = ntohs (address.sin_port);
      return s;
    }
  if (s >= 0)
    close (s);
  return -1;
}

/* This machine's addresses, as numbers: names need not be known everywhere. The one that never leaves it comes last. */
static void
add_addresses (GString *text)
{
  struct ifaddrs *all = NULL;
  char name[INET_ADDRSTRLEN];

  if (getifaddrs (&all) == 0)
    for (struct ifaddrs *one = all; one != NULL; one = one->ifa_next)
      if (one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET
          && getnameinfo (one->ifa_addr, sizeof (struct sockaddr_in), name, sizeof name, NULL, 0, NI_NUMERICHOST) == 0
          && !g_str_has_prefix (name, "127."))
        g_string_append_printf (text, " %s", name);
  if (all != NULL)
    freeifaddrs (all);
  g_string_append (text, " 127.0.0.1");
}

static gboolean
publish (const char *path, int port, const char token[TOKEN_BYTES], GError **error)
{
  g_autoptr (GString) text = g_string_new ("msm-meeting ");
  g_autoptr (GError) local = NULL;

  for (int i = 0; i < TOKEN_BYTES; i++)
    g_string_append_printf (text, "%02x", (guchar) token[i]);
  g_string_append_printf (text, " %d", port);
  add_addresses (text);
  if (g_file_set_contents (path, text->str, -1, &local))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be written: %s"), path, local->message);
  return FALSE;
}

/* One that knocks: TRUE when it is one of us, and not there yet. */
static gboolean
let_in (int s, int size, const char token[TOKEN_BYTES], int *sockets)
{
  Greeting greeting;

  set_options (s);
  set_patience (s, GREETING_SECONDS);
  if (!msm_socket_receive (s, &greeting, sizeof greeting) || memcmp (greeting.token, token, TOKEN_BYTES) != 0
      || greeting.size != size || greeting.rank <= 0 || greeting.rank >= size || sockets[greeting.rank] >= 0
      || !msm_socket_send (s, &greeting, sizeof greeting))
    return FALSE;
  set_patience (s, 0);
  sockets[greeting.rank] = s;
  return TRUE;
}

static gboolean
invite (int size, const char *path, double until, int *sockets, MsmCancel *cancel, GError **error)
{
  char token[TOKEN_BYTES];
  int port = 0, s = listen_anywhere (&port), n_missing = size - 1;

  for (int i = 0; i < TOKEN_BYTES; i++)
    token[i] = (char) g_random_int ();
  if (s < 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("no process can be waited for: %s"), g_strerror (errno));
      return FALSE;
    }
  if (!publish (path, port, token, error))
    {
      close (s);
      return FALSE;
    }
  while (n_missing > 0 && now () < until && !is_cancelled (cancel))
    {
      struct pollfd waiting = { .fd = s, .events = POLLIN };
      int other;

      if (poll (&waiting, 1, POLL_MS) <= 0)
        continue;
      other = accept4 (s, NULL, NULL, SOCK_CLOEXEC);
      if (other >= 0 && let_in (other, size, token, sockets))
        n_missing--;
      else if (other >= 0)
        close (other);
    }
  close (s);
  g_unlink (path);
  if (n_missing == 0)
    return TRUE;
  if (is_cancelled (cancel))
    return !msm_cancel_check (cancel, error);
  g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("only %d of %d processes came to %s"), size - n_missing, size,
               path);
  return FALSE;
}

/* -- the others ---------------------------------------------------------------------------------------- */

static int
knock (const char *host, int port, const Greeting *greeting)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) port) };
  Greeting answer;
  int s;

  if (inet_pton (AF_INET, host, &address.sin_addr) != 1)
    return -1;
  s = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0)
    return -1;
  set_options (s);
  set_patience (s, GREETING_SECONDS);
  if (connect (s, (struct sockaddr *) &address, sizeof address) == 0 && msm_socket_send (s, greeting, sizeof *greeting)
      && msm_socket_receive (s, &answer, sizeof answer) && memcmp (&answer, greeting, sizeof answer) == 0)
    {
      set_patience (s, 0);
      return s;
    }
  close (s);
  return -1;
}

/* Whoever is named in the file, or −1. */
static int
try_invitation (const char *path, int rank, int size)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;
  Greeting greeting = { .rank = rank, .size = size };
  int s = -1;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return -1;
  words = g_strsplit (text, " ", -1);
  if (g_strv_length (words) < 4 || !g_str_equal (words[0], "msm-meeting") || strlen (words[1]) != 2 * TOKEN_BYTES)
    return -1;
  for (int i = 0; i < TOKEN_BYTES; i++)
    greeting.token[i] =
        (char) (16 * g_ascii_xdigit_value (words[1][2 * i]) + g_ascii_xdigit_value (words[1][2 * i + 1]));
  for (int i = 3; words[i] != NULL && s < 0; i++)
    s = knock (words[i], atoi (words[2]), &greeting);
  return s;
}

static gboolean
find (int rank, int size, const char *path, double until, int *sockets, MsmCancel *cancel, GError **error)
{
  while (sockets[0] < 0 && now () < until && !is_cancelled (cancel))
    {
      sockets[0] = try_invitation (path, rank, size); /* a file may be left from a training that was killed */
      if (sockets[0] < 0)
        g_usleep (1000 * POLL_MS);
    }
  if (sockets[0] >= 0)
    return TRUE;
  if (is_cancelled (cancel))
    return !msm_cancel_check (cancel, error);
  g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("process %d of %d found no other one through %s"), rank + 1, size,
               path);
  return FALSE;
}

gboolean
msm_meeting_hold (int rank, int size, const char *folder, double seconds, int *sockets, MsmCancel *cancel,
                  GError **error)
{
  g_autofree char *path = g_build_filename (folder, "meeting", NULL);
  double until = now () + seconds;

  for (int i = 0; i < size; i++)
    sockets[i] = -1;
  return rank == 0 ? invite (size, path, until, sockets, cancel, error)
                   : find (rank, size, path, until, sockets, cancel, error);
}
