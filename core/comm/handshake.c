#include "config.h"

#include "core/comm/handshake.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/socket.h"

#define NONCE_BYTES 32
#define PROOF_BYTES 32 /* of SHA-256 */
#define TAKEN       '!'

typedef struct
{
  guint8 nonce[NONCE_BYTES];
  gint32 rank, size;
  guint8 proof[PROOF_BYTES];
} Greeting;

typedef enum
{
  CONNECTS,       /* guest */
  WANTS_NONCE,    /* guest */
  WANTS_PROOF,    /* guest */
  WANTS_GREETING, /* host */
  WANTS_TAKEN,    /* host */
  IS_DONE
} Stage;

struct _MsmHandshake
{
  int socket;
  gboolean is_guest;
  Stage stage;
  guint8 secret[MSM_SECRET_BYTES];
  guint8 host_nonce[NONCE_BYTES];
  Greeting greeting; /* the guest's */
  guint8 in[sizeof (Greeting)];
  gsize n_in;
};

gboolean
msm_handshake_random (void *bytes, gsize n, GError **error)
{
  guint8 *at = bytes;

  while (n > 0)
    {
      gssize part = getrandom (at, n, 0);

      if (part < 0 && errno == EINTR)
        continue;
      if (part <= 0)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("the system has no random numbers: %s"),
                       g_strerror (errno));
          return FALSE;
        }
      at += part;
      n -= (gsize) part;
    }
  return TRUE;
}

/* Of @who, "guest" or "host", for this meeting of the two. */
static void
prove (const MsmHandshake *self, const char *who, guint8 proof[PROOF_BYTES])
{
  GHmac *hmac = g_hmac_new (G_CHECKSUM_SHA256, self->secret, sizeof self->secret);
  gsize length = PROOF_BYTES;

  g_hmac_update (hmac, (const guchar *) who, (gssize) strlen (who) + 1);
  g_hmac_update (hmac, self->host_nonce, NONCE_BYTES);
  g_hmac_update (hmac, self->greeting.nonce, NONCE_BYTES);
  g_hmac_update (hmac, (const guchar *) &self->greeting.rank, sizeof self->greeting.rank);
  g_hmac_update (hmac, (const guchar *) &self->greeting.size, sizeof self->greeting.size);
  g_hmac_get_digest (hmac, proof, &length);
  g_hmac_unref (hmac);
}

/* In a time that does not tell how much of it is right. */
static gboolean
is_proved (const MsmHandshake *self, const char *who, const guint8 proof[PROOF_BYTES])
{
  guint8 expected[PROOF_BYTES], differs = 0;

  prove (self, who, expected);
  for (int i = 0; i < PROOF_BYTES; i++)
    differs |= expected[i] ^ proof[i];
  return differs == 0;
}

static MsmHandshake *
handshake_new (int socket, const guint8 secret[MSM_SECRET_BYTES], Stage stage)
{
  MsmHandshake *self = g_new0 (MsmHandshake, 1);

  self->socket = socket;
  self->stage = stage;
  memcpy (self->secret, secret, sizeof self->secret);
  return self;
}

MsmHandshake *
msm_handshake_new_host (int socket_take, const guint8 secret[MSM_SECRET_BYTES], int size)
{
  g_autoptr (MsmHandshake) self = handshake_new (socket_take, secret, WANTS_GREETING);

  self->greeting.size = size;
  /* So few bytes go into an empty buffer at once. */
  return msm_handshake_random (self->host_nonce, NONCE_BYTES, NULL)
                 && msm_socket_send (self->socket, self->host_nonce, NONCE_BYTES)
             ? g_steal_pointer (&self)
             : NULL;
}

MsmHandshake *
msm_handshake_new_guest (int socket_take, const guint8 secret[MSM_SECRET_BYTES], int rank, int size)
{
  g_autoptr (MsmHandshake) self = handshake_new (socket_take, secret, CONNECTS);

  self->is_guest = TRUE;
  self->greeting.rank = rank;
  self->greeting.size = size;
  return msm_handshake_random (self->greeting.nonce, NONCE_BYTES, NULL) ? g_steal_pointer (&self) : NULL;
}

void
msm_handshake_free (MsmHandshake *self)
{
  if (self == NULL)
    return;
  if (self->socket >= 0)
    close (self->socket);
  g_free (self);
}

int
msm_handshake_socket (const MsmHandshake *self)
{
  return self->socket;
}

short
msm_handshake_events (const MsmHandshake *self)
{
  return self->stage == CONNECTS ? POLLOUT : POLLIN;
}

/* How long the message is that the stage waits for. */
static gsize
expected_bytes (Stage stage)
{
  static const gsize bytes[] = {
    [WANTS_NONCE] = NONCE_BYTES, [WANTS_PROOF] = PROOF_BYTES, [WANTS_GREETING] = sizeof (Greeting), [WANTS_TAKEN] = 1
  };

  return bytes[stage];
}

/* The message of the stage is there as a whole. FALSE: it is not what was expected. */
static gboolean
answer (MsmHandshake *self)
{
  Greeting came;
  guint8 proof[PROOF_BYTES];

  switch (self->stage)
    {
    case WANTS_NONCE:
      memcpy (self->host_nonce, self->in, NONCE_BYTES);
      prove (self, "guest", self->greeting.proof);
      self->stage = WANTS_PROOF;
      return msm_socket_send (self->socket, &self->greeting, sizeof self->greeting);
    case WANTS_PROOF:
      self->stage = IS_DONE;
      return is_proved (self, "host", self->in);
    case WANTS_GREETING:
      memcpy (&came, self->in, sizeof came);
      if (came.size != self->greeting.size || came.rank <= 0 || came.rank >= came.size)
        return FALSE;
      self->greeting = came;
      if (!is_proved (self, "guest", came.proof))
        return FALSE;
      prove (self, "host", proof);
      self->stage = WANTS_TAKEN;
      return msm_socket_send (self->socket, proof, sizeof proof);
    case WANTS_TAKEN:
      self->stage = IS_DONE;
      return self->in[0] == TAKEN;
    case CONNECTS:
    case IS_DONE:
    default:
      return FALSE;
    }
}

static gboolean
is_connected (MsmHandshake *self)
{
  int failure = 0;
  socklen_t length = sizeof failure;

  self->stage = WANTS_NONCE;
  return getsockopt (self->socket, SOL_SOCKET, SO_ERROR, &failure, &length) == 0 && failure == 0;
}

MsmHandshakeState
msm_handshake_go_on (MsmHandshake *self)
{
  if (self->stage == CONNECTS)
    return is_connected (self) ? MSM_HANDSHAKE_GOES_ON : MSM_HANDSHAKE_FAILED;
  while (self->stage != IS_DONE)
    {
      gsize expected = expected_bytes (self->stage);
      gssize part = recv (self->socket, self->in + self->n_in, expected - self->n_in, 0);

      if (part < 0 && errno == EINTR)
        continue;
      if (part < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return MSM_HANDSHAKE_GOES_ON;
      if (part <= 0)
        return MSM_HANDSHAKE_FAILED;
      self->n_in += (gsize) part;
      if (self->n_in < expected)
        continue;
      self->n_in = 0;
      if (!answer (self))
        return MSM_HANDSHAKE_FAILED;
    }
  return MSM_HANDSHAKE_DONE;
}

int
msm_handshake_rank (const MsmHandshake *self)
{
  return self->greeting.rank;
}

int
msm_handshake_steal (MsmHandshake *self)
{
  const char taken = TAKEN;
  int s = self->socket, flags = fcntl (s, F_GETFL);

  g_return_val_if_fail (self->stage == IS_DONE, -1);
  if (fcntl (s, F_SETFL, flags & ~O_NONBLOCK) != 0 || (self->is_guest && !msm_socket_send (s, &taken, 1)))
    return -1;
  self->socket = -1;
  return s;
}
