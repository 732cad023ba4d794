#include "config.h"

#include "core/io/reader/reader-process.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.h"

extern char **environ;

/*
 * The reader's environment: how messages are written, and what a sanitiser or a debugging malloc was told. Nothing that
 * a library would take files or plugins from (HDF5_PLUGIN_PATH, DCMDICTPATH, …), and nothing of the user's secrets.
 */
static GPtrArray *
reader_environment (void)
{
  static const char *const kept[] = { "LANG",   "LC_",   "LOCPATH=", "LD_LIBRARY_PATH=", "ASAN_",
                                      "UBSAN_", "LSAN_", "TSAN_",    "MALLOC_" };
  GPtrArray *list = g_ptr_array_new ();

  for (char **variable = environ; *variable != NULL; variable++)
    for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
      if (g_str_has_prefix (*variable, kept[i]))
        {
          g_ptr_array_add (list, *variable);
          break;
        }
  g_ptr_array_add (list, NULL);
  return list;
}

/* The build's own first; then beside an installed program, wherever its tree was moved to. (transfer full) */
static char *
find_reader (const MsmReaderKind *kind, GError **error)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;
  g_autofree char *moved = folder != NULL ? g_build_filename (folder, "..", MSM_LIBEXEC_NAME, NULL) : NULL;
  const char *folders[] = { MSM_BUILD_READER_DIR, MSM_LIBEXEC_DIR, moved };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = folders[i] != NULL ? g_build_filename (folders[i], kind->program, NULL) : NULL;

      if (path != NULL && g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&path);
    }
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE,
               _("the program %s, which reads %s files, is missing: expected it in %s"), kind->program, kind->library,
               MSM_LIBEXEC_DIR);
  return NULL;
}

static int
spawn (const char *path, int socket, pid_t *pid)
{
  char *argv[] = { (char *) path, NULL };
  g_autoptr (GPtrArray) environment = reader_environment ();
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  int status;

  sigemptyset (&none);
  sigfillset (&all);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, socket, 0);
  /* What the C library and a sanitiser print when they end it is no business of the user's. */
  posix_spawn_file_actions_addopen (&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen (&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np (&actions, 3);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  /* A group of its own: Ctrl-C in the terminal is for the program, which then ends this one. */
  posix_spawnattr_setpgroup (&attributes, 0);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  status = posix_spawn (pid, path, &actions, &attributes, argv, (char **) environment->pdata);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  return status;
}

gboolean
msm_reader_process_start (MsmReaderProcess *self, const MsmReaderKind *kind, GError **error)
{
  g_autofree char *path = find_reader (kind, error);
  int ends[2], status;

  if (path == NULL)
    return FALSE;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("cannot make a socket to %s: %s"), kind->program,
                   g_strerror (errno));
      return FALSE;
    }
  status = spawn (path, ends[1], &self->pid);
  close (ends[1]);
  if (status != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s cannot be started: %s"), path, g_strerror (status));
      close (ends[0]);
      return FALSE;
    }
  self->kind = kind;
  self->socket = ends[0];
  return TRUE;
}

char *
msm_reader_process_stop (MsmReaderProcess *self, gboolean has_left)
{
  const char *library = self->kind->library;
  const gint64 deadline = g_get_monotonic_time () + 2 * G_USEC_PER_SEC;
  gboolean is_silent = FALSE;
  int status = 0;
  pid_t ended;

  close (self->socket);
  if (!has_left)
    kill (self->pid, SIGKILL);
  /* One that was stopped, or waits for a disk, does not notice that its socket is closed. */
  while ((ended = waitpid (self->pid, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR))
    {
      if (!is_silent && g_get_monotonic_time () > deadline)
        {
          is_silent = TRUE;
          kill (self->pid, SIGKILL);
        }
      g_usleep (500);
    }
  if (is_silent)
    return g_strdup (_("the process that reads it does not answer (a slow disk, or stopped from outside?)"));
  if (!has_left)
    return g_strdup_printf (_("damaged: the %s library makes nonsense of it"), library);
  if (ended != self->pid || !WIFSIGNALED (status))
    return g_strdup_printf (_("damaged: reading it crashes the %s library"), library);
  switch (WTERMSIG (status))
    {
    case SIGXCPU:
      return g_strdup (_("damaged: reading it takes far more computing than a file of its size needs"));
    case SIGKILL:
      return g_strdup (_("the process that reads it was stopped from outside (not enough memory?)"));
    default:
      return g_strdup_printf (_("damaged: reading it crashes the %s library (%s)"), library,
                              g_strsignal (WTERMSIG (status)));
    }
}
