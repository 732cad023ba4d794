#include "config.h"

#include "core/comm/meeting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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
#include "core/comm/handshake.h"

/* How long one that has connected may take to say who it is. */
#define GREETING_SECONDS 5
/* How long the addresses of one invitation may take to answer, before the file is read again. */
#define KNOCK_SECONDS    3
/* How long nobody looks whether it is still wanted. */
#define POLL_MS          100
/* So many may be greeting at a time, strangers among them; the one that has been at it longest makes room. */
#define MAX_OPEN         64

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

/* Messages are short and waited for; and a machine that goes down is noticed. */
static void
set_options (int socket)
{
  int yes = 1;

  setsockopt (socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt (socket, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
}

/* -- those that are greeting, on either side ----------------------------------------------------------- */

typedef struct
{
  MsmHandshake *handshake;
  double until;
} Open;

static void
open_clear (gpointer data)
{
  msm_handshake_free (((Open *) data)->handshake);
}

static GArray *
open_list_new (void)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Open));

  g_array_set_clear_func (list, open_clear);
  return list;
}

static void
open_list_add (GArray *list, MsmHandshake *handshake_take, double seconds)
{
  Open one = { handshake_take, now () + seconds };

  if (handshake_take == NULL)
    return;
  if (list->len >= MAX_OPEN)
    g_array_remove_index (list, 0);
  g_array_append_val (list, one);
}

/*
 * Waits a moment for any of them, and for somebody at @listening (−1: nobody comes). Those that fail or take too long
 * go. Returns: the position of one that is done, or −1; @somebody: at the door
 */
static int
open_list_poll (GArray *list, int listening, gboolean *somebody)
{
  g_autofree struct pollfd *polls = g_new0 (struct pollfd, list->len + 1);
  int n = (int) list->len;

  for (int i = 0; i < n; i++)
    {
      polls[i].fd = msm_handshake_socket (g_array_index (list, Open, i).handshake);
      polls[i].events = msm_handshake_events (g_array_index (list, Open, i).handshake);
    }
  polls[n].fd = listening;
  polls[n].events = POLLIN;
  if (poll (polls, (nfds_t) n + 1, POLL_MS) < 0)
    return -1;
  *somebody = polls[n].revents != 0;
  for (int i = n - 1; i >= 0; i--)
    {
      Open *one = &g_array_index (list, Open, i);
      MsmHandshakeState state = polls[i].revents != 0 ? msm_handshake_go_on (one->handshake) : MSM_HANDSHAKE_GOES_ON;

      if (state == MSM_HANDSHAKE_DONE)
        return i;
      if (state == MSM_HANDSHAKE_FAILED || now () > one->until)
        g_array_remove_index (list, (guint) i);
    }
  return -1;
}

/* -- rank 0 -------------------------------------------------------------------------------------------- */

/* A listening socket and its port; −1 with errno. */
static int
listen_at (const char *where, int *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_ANY) };
  socklen_t length = sizeof address;
  int s;

  if (where != NULL && inet_pton (AF_INET, where, &address.sin_addr) != 1)
    {
      errno = EADDRNOTAVAIL;
      return -1;
    }
  s = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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

/* Only the owner may read it, whatever the umask: it holds the secret. */
static gboolean
publish (const char *path, const char *address, int port, const guint8 secret[MSM_SECRET_BYTES], GError **error)
{
  g_autoptr (GString) text = g_string_new ("msm-meeting ");
  g_autoptr (GError) local = NULL;

  for (int i = 0; i < MSM_SECRET_BYTES; i++)
    g_string_append_printf (text, "%02x", secret[i]);
  g_string_append_printf (text, " %d", port);
  if (address != NULL)
    g_string_append_printf (text, " %s", address);
  else
    add_addresses (text);
  if (g_file_set_contents_full (path, text->str, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &local))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be written: %s"), path, local->message);
  return FALSE;
}

/* Whoever is at the door begins to greet. */
static void
let_in (int listening, int size, const guint8 secret[MSM_SECRET_BYTES], GArray *guests)
{
  int s = accept4 (listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (s < 0)
    return;
  set_options (s);
  open_list_add (guests, msm_handshake_new_host (s, secret, size), GREETING_SECONDS);
}

/* One that has proved itself and taken us. TRUE: it had not been here before; else it comes again for the last time. */
static gboolean
seat (MsmHandshake *guest, int *sockets)
{
  int rank = msm_handshake_rank (guest), s = msm_handshake_steal (guest);
  gboolean is_new = s >= 0 && sockets[rank] < 0;

  if (s < 0)
    return FALSE;
  if (!is_new)
    close (sockets[rank]);
  sockets[rank] = s;
  return is_new;
}

static gboolean
invite (int size, const char *path, const char *address, double until, int *sockets, MsmCancel *cancel, GError **error)
{
  g_autoptr (GArray) guests = open_list_new ();
  guint8 secret[MSM_SECRET_BYTES];
  int port = 0, s, n_missing = size - 1;

  if (!msm_handshake_random (secret, sizeof secret, error))
    return FALSE;
  s = listen_at (address, &port);
  if (s < 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("no process can be waited for: %s"), g_strerror (errno));
      return FALSE;
    }
  if (!publish (path, address, port, secret, error))
    {
      close (s);
      return FALSE;
    }
  while (n_missing > 0 && now () < until && !is_cancelled (cancel))
    {
      gboolean somebody = FALSE;
      int done = open_list_poll (guests, s, &somebody);

      if (done >= 0)
        {
          n_missing -= seat (g_array_index (guests, Open, done).handshake, sockets);
          g_array_remove_index (guests, (guint) done);
        }
      if (somebody)
        let_in (s, size, secret, guests);
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

static void
knock (const char *host, int port, const guint8 secret[MSM_SECRET_BYTES], int rank, int size, GArray *hosts)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) port) };
  int s;

  if (inet_pton (AF_INET, host, &address.sin_addr) != 1)
    return;
  s = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0)
    return;
  set_options (s);
  if (connect (s, (struct sockaddr *) &address, sizeof address) == 0 || errno == EINPROGRESS)
    open_list_add (hosts, msm_handshake_new_guest (s, secret, rank, size), KNOCK_SECONDS);
  else
    close (s);
}

/* Of FOLDER/meeting: the words, with the secret; NULL when it is not there or not one. (transfer full) */
static char **
read_invitation (const char *path, guint8 secret[MSM_SECRET_BYTES])
{
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  words = g_strsplit (text, " ", MAX_OPEN);
  if (g_strv_length (words) < 4 || !g_str_equal (words[0], "msm-meeting") || strlen (words[1]) != 2 * MSM_SECRET_BYTES)
    return NULL;
  for (int i = 0; i < MSM_SECRET_BYTES; i++)
    secret[i] = (guint8) (16 * g_ascii_xdigit_value (words[1][2 * i]) + g_ascii_xdigit_value (words[1][2 * i + 1]));
  return g_steal_pointer (&words);
}

/* Whoever is named in the file, or −1. */
static int
try_invitation (const char *path, int rank, int size, MsmCancel *cancel)
{
  guint8 secret[MSM_SECRET_BYTES];
  g_auto (GStrv) words = read_invitation (path, secret);
  g_autoptr (GArray) hosts = open_list_new ();

  for (int i = 3; words != NULL && words[i] != NULL; i++)
    knock (words[i], atoi (words[2]), secret, rank, size, hosts);
  while (hosts->len > 0 && !is_cancelled (cancel))
    {
      gboolean somebody;
      int done = open_list_poll (hosts, -1, &somebody), s = -1;

      if (done < 0)
        continue;
      s = msm_handshake_steal (g_array_index (hosts, Open, done).handshake);
      if (s >= 0)
        return s;
      g_array_remove_index (hosts, (guint) done);
    }
  return -1;
}

static gboolean
find (int rank, int size, const char *path, double until, int *sockets, MsmCancel *cancel, GError **error)
{
  while (sockets[0] < 0 && now () < until && !is_cancelled (cancel))
    {
      /* A file may be left from a training that was killed. */
      sockets[0] = try_invitation (path, rank, size, cancel);
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
msm_meeting_hold (int rank, int size, const char *folder, const char *address, double seconds, int *sockets,
                  MsmCancel *cancel, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "meeting", NULL);
  double until = now () + seconds;

  for (int i = 0; i < size; i++)
    sockets[i] = -1;
  return rank == 0 ? invite (size, path, address, until, sockets, cancel, error)
                   : find (rank, size, path, until, sockets, cancel, error);
}
