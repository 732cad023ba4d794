#include "config.h"

#include "core/base/folder-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.h"

struct MsmFolderLock
{
  char *path;
  int fd;
};

/* The file may have been removed by its holder between the opening and the lock: then it is nobody's. */
static gboolean
is_still (int fd, const char *path)
{
  struct stat held, named;

  return fstat (fd, &held) == 0 && stat (path, &named) == 0 && held.st_dev == named.st_dev
         && held.st_ino == named.st_ino;
}

static void
refuse (const char *folder, int fd, GError **error)
{
  char text[256] = "";
  ssize_t n = pread (fd, text, sizeof text - 1, 0);

  text[MAX (n, 0)] = '\0';
  /* Any program may have written the file. */
  if (n > 0 && g_utf8_validate (text, -1, NULL))
    {
      g_autofree char *printable = NULL;

      g_strdelimit (g_strchomp (text), "\n", ' ');
      printable = g_strescape (text, NULL);
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE,
                   _("%s: another training writes there (%s): stop that one, or choose another folder"), folder,
                   printable);
    }
  else
    g_set_error (error, MSM_ERROR, MSM_ERROR_FILE,
                 _("%s: another training writes there: stop that one, or choose another folder"), folder);
}

/* "process 123 on host, since 2026-01-31 12:00" */
static void
sign (int fd)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *since = g_date_time_format (now, "%Y-%m-%d %H:%M");
  g_autofree char *text = g_strdup_printf ("process %d on %s, since %s\n", (int) getpid (), g_get_host_name (), since);

  /* A full disk leaves the text out; the lock holds without it. */
  if (ftruncate (fd, 0) != 0 || pwrite (fd, text, strlen (text), 0) < 0)
    return;
}

MsmFolderLock *
msm_folder_lock_new (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, ".lock", NULL);
  MsmFolderLock *self;

  for (;;)
    {
      int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);

      if (fd < 0)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be written: %s"), path, g_strerror (errno));
          return NULL;
        }
      if (flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        {
          refuse (folder, fd, error);
          close (fd);
          return NULL;
        }
      if (is_still (fd, path))
        {
          self = g_new (MsmFolderLock, 1);
          self->path = g_steal_pointer (&path);
          self->fd = fd;
          sign (fd);
          return self;
        }
      close (fd);
    }
}

void
msm_folder_lock_free (MsmFolderLock *self)
{
  if (self == NULL)
    return;
  /* While it is held: nobody else's file can be removed by this. */
  unlink (self->path);
  close (self->fd);
  g_free (self->path);
  g_free (self);
}
