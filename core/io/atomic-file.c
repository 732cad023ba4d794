#include "config.h"

#include "core/io/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/error.h"

/* Whose files of another machine, or of this one before it was started anew, are taken to have no writer any more. */
#define OLD_SECONDS (7 * 24 * 3600)

/* Where a process's number means something: this machine since it was started, and its numbering of processes. */
static guint
place (void)
{
  g_autofree char *boot = NULL, *numbers = g_file_read_link ("/proc/self/ns/pid", NULL);
  g_autofree char *all = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL))
    boot = g_strdup (g_get_host_name ());
  all = g_strconcat (boot, numbers, NULL);
  return g_str_hash (all);
}

/* PLACE-PID-XXXXXX.part, after the file's own name. FALSE: it is not one of ours. */
static gboolean
parse_rest (const char *rest, guint *where, int *writer)
{
  int n = 0;

  return sscanf (rest, "%8x-%d-%*6[A-Za-z0-9].part%n", where, writer, &n) == 2 && n > 0 && rest[n] == '\0'
         && *writer > 0;
}

/* Removes what writers of @path left that were killed. Whatever cannot be removed stays. */
static void
remove_leftovers (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path), *base = g_path_get_basename (path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  gsize length = strlen (base);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *full = NULL;
      guint where;
      int writer;
      GStatBuf info;

      if (strncmp (name, base, length) != 0 || name[length] != '.' || !parse_rest (name + length + 1, &where, &writer))
        continue;
      full = g_build_filename (folder, name, NULL);
      if (where == place () ? kill (writer, 0) != 0 && errno == ESRCH
                            : g_lstat (full, &info) == 0 && time (NULL) - info.st_mtime > OLD_SECONDS)
        g_unlink (full);
    }
}

char *
msm_atomic_begin (const char *path, GError **error)
{
  g_autofree char *temp = g_strdup_printf ("%s.%08x-%d-XXXXXX.part", path, place (), (int) getpid ());
  int fd;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write: it is a folder"), path);
      return NULL;
    }
  remove_leftovers (path);
  fd = g_mkstemp_full (temp, O_RDWR | O_CLOEXEC, 0666);
  if (fd < 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write: %s"), path, g_strerror (errno));
      return NULL;
    }
  close (fd);
  return g_steal_pointer (&temp);
}

static gboolean
sync_path (const char *path, int flags)
{
  int fd = open (path, flags | O_CLOEXEC);
  gboolean ok;

  if (fd < 0)
    return FALSE;
  ok = fsync (fd) == 0;
  if (close (fd) != 0)
    ok = FALSE;
  return ok;
}

gboolean
msm_atomic_commit (const char *temp, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (!sync_path (temp, O_RDONLY) || g_rename (temp, path) != 0)
    {
      int saved = errno;

      g_unlink (temp);
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write: %s"), path, g_strerror (saved));
      return FALSE;
    }
  /* The rename itself is durable only with the folder; some file systems cannot sync one, which is fine. */
  sync_path (folder, O_RDONLY | O_DIRECTORY);
  return TRUE;
}

void
msm_atomic_abort (const char *temp)
{
  if (temp != NULL)
    g_unlink (temp);
}

gboolean
msm_atomic_write (const char *path, gconstpointer data, gsize n, GError **error)
{
  g_autofree char *temp = msm_atomic_begin (path, error);
  FILE *file;
  gboolean ok;
  int saved;

  if (temp == NULL)
    return FALSE;
  errno = 0;
  file = g_fopen (temp, "wb");
  ok = file != NULL && fwrite (data, 1, n, file) == n;
  saved = errno;
  if (file != NULL && fclose (file) != 0 && ok)
    {
      saved = errno;
      ok = FALSE;
    }
  if (ok)
    return msm_atomic_commit (temp, path, error);
  msm_atomic_abort (temp);
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write: %s"), path, g_strerror (saved));
  return FALSE;
}
