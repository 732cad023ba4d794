#include "config.h"

#include "app/commands/launch.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "app/commands/command.h"

/* Whom SIGTERM is passed on to; the terminal's Ctrl-C reaches them by itself. */
static GPid *children;
static volatile sig_atomic_t n_children;

static void
on_terminate (int number)
{
  for (int i = 0; i < n_children; i++)
    if (children[i] > 0)
      kill (children[i], number);
}

/* It has ended: its number may be somebody else's by now. */
static void
forget (GPid child)
{
  for (int i = 0; i < n_children; i++)
    if (children[i] == child)
      children[i] = 0;
}

/* This program, and the arguments as they were given, ended by NULL. (transfer full) */
static char **
command_line (GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  char *program = g_file_read_link ("/proc/self/exe", error);
  gsize length;

  if (program == NULL)
    return NULL;
  g_ptr_array_add (words, program);
  if (!g_file_get_contents ("/proc/self/cmdline", &text, &length, error))
    return NULL;
  for (gsize at = strlen (text) + 1; at < length; at += strlen (text + at) + 1)
    g_ptr_array_add (words, g_strdup (text + at));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

static gboolean
start (int rank, int n, char **words, GError **error)
{
  g_autofree char *number = g_strdup_printf ("%d", rank), *size = g_strdup_printf ("%d", n);
  g_auto (GStrv) environment = g_get_environ ();

  environment = g_environ_setenv (environment, "MSM_RANK", number, TRUE);
  environment = g_environ_setenv (environment, "MSM_SIZE", size, TRUE);
  return g_spawn_async (NULL, words, environment, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL,
                        &children[rank], error);
}

int
msm_command_launch (int n, gboolean together)
{
  struct sigaction pass_on = { .sa_handler = on_terminate };
  GError *error = NULL;
  g_auto (GStrv) words = command_line (&error);
  int result = MSM_EXIT_OK;

  children = g_new0 (GPid, n);
  signal (SIGINT, SIG_IGN);
  sigaction (SIGTERM, &pass_on, NULL);
  for (int i = 0; i < n && error == NULL; i++)
    if (words != NULL && start (i, n, words, &error))
      n_children = i + 1;
  if (error != NULL)
    {
      on_terminate (SIGTERM);
      result = msm_command_failed (error);
    }
  for (int n_left = n_children; n_left > 0;)
    {
      int status = 0;
      pid_t child = waitpid (-1, &status, 0);

      if (child < 0 && errno == EINTR)
        continue;
      if (child < 0)
        break;
      n_left--;
      forget (child);
      if (WIFEXITED (status) && WEXITSTATUS (status) == MSM_EXIT_OK)
        continue;
      result = WIFEXITED (status) ? MAX (result, WEXITSTATUS (status)) : MSM_EXIT_FAILED;
      if (together)
        on_terminate (SIGTERM);
    }
  n_children = 0;
  g_clear_pointer (&children, g_free);
  return result;
}
