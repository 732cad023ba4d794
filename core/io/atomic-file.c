#include "config.h"

#include "core/io/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "core/base/error.h"

char *
msm_atomic_begin (const char *path, GError **error)
{
  g_autofree char *temp = g_strdup_printf ("%s.XXXXXX.part", path);
  int fd;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write: it is a folder"), path);
      return NULL;
    }
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
