#include "config.h"

#include "core/base/input-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.h"

static gboolean
fail (const char *path, GError **error)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be opened: %s"), path, g_strerror (errno));
  return FALSE;
}

static gboolean
check_mode (const char *path, mode_t mode, GError **error)
{
  if (S_ISREG (mode))
    return TRUE;
  if (S_ISDIR (mode))
    g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: is a folder, expected a file"), path);
  else
    g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: is a pipe, a socket or a device, expected a file"), path);
  return FALSE;
}

gboolean
msm_input_check (const char *path, GError **error)
{
  struct stat info;

  return stat (path, &info) == 0 ? check_mode (path, info.st_mode, error) : fail (path, error);
}

FILE *
msm_input_open (const char *path, GError **error)
{
  struct stat info;
  FILE *file = NULL;
  int fd;

  if (!msm_input_check (path, error))
    return NULL;
  /* O_NONBLOCK: a pipe that took the file's place since then does not hold the program up. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &info) != 0)
    fail (path, error);
  else if (check_mode (path, info.st_mode, error))
    {
      file = fdopen (fd, "rb");
      if (file != NULL)
        return file;
      fail (path, error);
    }
  if (fd >= 0)
    close (fd);
  return NULL;
}

gboolean
msm_input_read_at (FILE *file, const char *path, guint64 offset, void *dst, gsize n, GError **error)
{
  guint8 *at = dst;

  while (n > 0)
    {
      ssize_t got = pread (fileno (file), at, MIN (n, 1u << 30), (off_t) offset);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be read: %s"), path, g_strerror (errno));
      else if (got == 0)
        g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: became shorter while it was read"), path);
      if (got <= 0)
        return FALSE;
      at += got;
      offset += (guint64) got;
      n -= (gsize) got;
    }
  return TRUE;
}
