#include "config.h"

#include "core/io/atomic-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.h"

static gboolean
fail (const char *path, int code, GError **error)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write: %s"), path, g_strerror (code));
  return FALSE;
}

char *
msm_atomic_folder_begin (const char *path, GError **error)
{
  g_autofree char *temp = NULL;
  gsize length = strlen (path);

  while (length > 1 && path[length - 1] == G_DIR_SEPARATOR)
    length--;
  temp = g_strdup_printf ("%.*s.XXXXXX", (int) length, path);
  if (g_mkdtemp_full (temp, 0777) != NULL)
    return g_steal_pointer (&temp);
  fail (path, errno, error);
  return NULL;
}

void
msm_atomic_folder_abort (const char *temp)
{
  g_autoptr (GDir) dir = g_dir_open (temp, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (temp, name, NULL);

      g_unlink (path);
    }
  g_rmdir (temp);
}

static gboolean
sync_path (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  return (fd < 0 || close (fd) == 0) && ok;
}

static gboolean
sync_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  gboolean ok = dir != NULL;

  while (ok && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      ok = sync_path (path);
    }
  /* Some file systems cannot sync a folder, which is fine. */
  sync_path (folder);
  return ok;
}

/* The name of something in @path that is no file ending in @suffix. (transfer full) (nullable) */
static char *
find_stranger (const char *path, const char *suffix)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      GStatBuf info;

      if (!g_str_has_suffix (name, suffix) || g_lstat (file, &info) != 0 || !S_ISREG (info.st_mode))
        return g_strdup (name);
    }
  return NULL;
}

/* Moves an older folder out of the way; @old: (out) (transfer full): where it is now, NULL: there was none. */
static gboolean
set_aside (const char *path, const char *suffix, char **old, GError **error)
{
  g_autofree char *stranger = NULL;
  GStatBuf info;

  *old = NULL;
  if (g_lstat (path, &info) != 0)
    return TRUE;
  if (!S_ISDIR (info.st_mode))
    return fail (path, EEXIST, error);
  stranger = find_stranger (path, suffix);
  if (stranger != NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE,
                   _("%s: is not replaced: besides files of this kind it holds ‘%s’; expected a new name"), path,
                   stranger);
      return FALSE;
    }
  *old = msm_atomic_folder_begin (path, error);
  if (*old == NULL)
    return FALSE;
  if (g_rename (path, *old) == 0)
    return TRUE;
  fail (path, errno, error);
  g_rmdir (*old);
  g_clear_pointer (old, g_free);
  return FALSE;
}

gboolean
msm_atomic_folder_commit (const char *temp, const char *path, const char *suffix, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path), *old = NULL;

  if (!sync_folder (temp))
    {
      fail (path, errno, error);
      msm_atomic_folder_abort (temp);
      return FALSE;
    }
  if (!set_aside (path, suffix, &old, error))
    {
      msm_atomic_folder_abort (temp);
      return FALSE;
    }
  if (g_rename (temp, path) != 0)
    {
      fail (path, errno, error);
      if (old != NULL)
        g_rename (old, path);
      msm_atomic_folder_abort (temp);
      return FALSE;
    }
  if (old != NULL)
    msm_atomic_folder_abort (old);
  sync_path (parent);
  return TRUE;
}
