#include "config.h"

/* MP4 and WebM by the program ffmpeg, which gets the pictures through a socket, and has a bound for every wait. */

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/film/film-private.h"

/* How long it may take nothing more in, and how long the end may take. */
#define PATIENCE_MS 60000

typedef struct
{
  MsmFilm parent;
  GPid pid;   /* 0: none */
  int socket; /* −1: closed */
  guint8 *row;
} FfmpegFilm;

static gboolean
start (MsmFilm *film, const char *const *codec, const char *container, GError **error)
{
  FfmpegFilm *self = (FfmpegFilm *) film;
  g_autofree char *size = g_strdup_printf ("%zux%zu", film->n_columns, film->n_rows);
  g_autofree char *rate = g_strdup_printf ("%.6g", film->rate);
  const char *const before[] = { "ffmpeg", "-nostdin", "-y",    "-loglevel",  "quiet", "-f", "rawvideo", "-s:v",
                                 size,     "-pix_fmt", "rgb24", "-framerate", rate,    "-i", "pipe:0",   NULL };
  /* Colours at half the size need even sides: a line of the ground is added. */
  const char *const after[] = { "-vf",
                                "pad=ceil(iw/2)*2:ceil(ih/2)*2",
                                "-pix_fmt",
                                "yuv420p",
                                "-map_metadata",
                                "-1",
                                "-fflags",
                                "+bitexact",
                                "-flags:v",
                                "+bitexact",
                                "-f",
                                container,
                                film->temp,
                                NULL };
  const char *const *const parts[] = { before, codec, after };
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autoptr (GError) local = NULL;
  int ends[2];
  gboolean ok;

  self->socket = -1;
  self->row = msm_try_new (guint8, 3 * film->n_columns, error);
  if (self->row == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    for (const char *const *argument = parts[i]; *argument != NULL; argument++)
      g_ptr_array_add (arguments, (gpointer) *argument);
  g_ptr_array_add (arguments, NULL);
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return msm_film_fail (film, g_strerror (errno), error);
  ok = g_spawn_async_with_fds (NULL, (char **) arguments->pdata, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL
                                   | G_SPAWN_STDERR_TO_DEV_NULL,
                               NULL, NULL, &self->pid, ends[1], -1, -1, &local);
  close (ends[1]);
  self->socket = ends[0];
  return ok || msm_film_fail (film, local->message, error);
}

static gboolean
open_mp4 (MsmFilm *film, GError **error)
{
  static const char *const codec[] = { "-c:v", "libx264", "-crf", "14", "-movflags", "+faststart", NULL };

  return start (film, codec, "mp4", error);
}

static gboolean
open_webm (MsmFilm *film, GError **error)
{
  static const char *const codec[] = { "-c:v", "libvpx-vp9", "-crf", "16", "-b:v", "0", "-cpu-used", "4", NULL };

  return start (film, codec, "webm", error);
}

static gboolean
send_all (FfmpegFilm *self, const guint8 *bytes, gsize n, GError **error)
{
  while (n > 0)
    {
      struct pollfd wait = { self->socket, POLLOUT, 0 };
      int ready = poll (&wait, 1, PATIENCE_MS);
      gssize sent;

      if (ready < 0 && errno == EINTR)
        continue;
      if (ready == 0)
        return msm_film_fail (&self->parent, _("ffmpeg takes nothing more"), error);
      sent = ready > 0 ? send (self->socket, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT) : -1;
      if (sent < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (sent < 0)
        return msm_film_fail (&self->parent, _("ffmpeg has ended; perhaps it was built without this kind of film"),
                              error);
      bytes += sent;
      n -= (gsize) sent;
    }
  return TRUE;
}

static gboolean
film_add (MsmFilm *film, const guint8 *rgba, GError **error)
{
  FfmpegFilm *self = (FfmpegFilm *) film;

  for (gsize row = 0; row < film->n_rows; row++)
    {
      for (gsize i = 0; i < film->n_columns; i++, rgba += 4)
        for (int c = 0; c < 3; c++)
          self->row[3 * i + c] = rgba[c];
      if (!send_all (self, self->row, 3 * film->n_columns, error))
        return FALSE;
    }
  return TRUE;
}

/* Its exit status, or −1 when it had to be stopped. */
static int
reap (FfmpegFilm *self)
{
  gint64 until = g_get_monotonic_time () + PATIENCE_MS * G_TIME_SPAN_MILLISECOND;
  gboolean is_stopped = FALSE;
  pid_t ended;
  int status;

  while ((ended = waitpid (self->pid, &status, is_stopped ? 0 : WNOHANG)) == 0 || (ended < 0 && errno == EINTR))
    if (g_get_monotonic_time () > until && !is_stopped)
      {
        kill (self->pid, SIGKILL);
        is_stopped = TRUE;
      }
    else
      g_usleep (2000);
  self->pid = 0;
  return !is_stopped && ended > 0 && WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

static gboolean
film_finish (MsmFilm *film, GError **error)
{
  FfmpegFilm *self = (FfmpegFilm *) film;

  close (self->socket);
  self->socket = -1;
  return reap (self) == 0
         || msm_film_fail (film, _("ffmpeg failed; perhaps it was built without this kind of film"), error);
}

static void
film_dispose (MsmFilm *film)
{
  FfmpegFilm *self = (FfmpegFilm *) film;

  if (self->socket >= 0)
    close (self->socket);
  if (self->pid > 0)
    {
      kill (self->pid, SIGKILL);
      reap (self);
    }
  g_free (self->row);
}

const MsmFilmFormat msm_film_mp4 = { ".mp4", sizeof (FfmpegFilm), open_mp4, film_add, film_finish, film_dispose };
const MsmFilmFormat msm_film_webm = { ".webm", sizeof (FfmpegFilm), open_webm, film_add, film_finish, film_dispose };
