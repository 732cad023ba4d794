#include "config.h"

#include "core/io/output-file.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"

gboolean
msm_output_is_same (const char *path, const char *other)
{
  GStatBuf a, b;

  return g_stat (path, &a) == 0 && g_stat (other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The other half of a cfl, by its name; NULL of other files. (transfer full) */
static char *
companion (const char *path)
{
  const char *other = g_str_has_suffix (path, ".cfl") ? ".hdr" : g_str_has_suffix (path, ".hdr") ? ".cfl" : NULL;

  return other != NULL ? g_strdup_printf ("%.*s%s", (int) strlen (path) - 4, path, other) : NULL;
}

static gboolean
is_empty (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  return dir != NULL && g_dir_read_name (dir) == NULL;
}

/* TRUE with MSM_ERROR_FILE: replacing the folder would replace an input. */
static gboolean
holds_input (const char *folder, const GPtrArray *inputs, GError **error)
{
  g_autofree char *root = realpath (folder, NULL);
  const gsize length = root != NULL ? strlen (root) : 0;

  for (guint i = 0; root != NULL && i < inputs->len; i++)
    {
      g_autofree char *input = realpath (inputs->pdata[i], NULL);

      if (input != NULL && strncmp (input, root, length) == 0 && (input[length] == '/' || length == 1))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FILE,
                       _("%s: holds the input ‘%s’; a result needs a folder of its own"), folder,
                       (const char *) inputs->pdata[i]);
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
check (const char *path, const GPtrArray *inputs, gboolean may_replace, GError **error)
{
  GStatBuf info;

  for (guint i = 0; i < inputs->len; i++)
    {
      g_autofree char *half = companion (inputs->pdata[i]);

      if (msm_output_is_same (path, inputs->pdata[i]) || (half != NULL && msm_output_is_same (path, half)))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FILE,
                       _("%s: is the input ‘%s’ itself; a result needs a file of its own"), path,
                       (const char *) inputs->pdata[i]);
          return FALSE;
        }
    }
  if (g_stat (path, &info) != 0 || !(S_ISREG (info.st_mode) || (S_ISDIR (info.st_mode) && !is_empty (path))))
    return TRUE;
  if (S_ISDIR (info.st_mode) && holds_input (path, inputs, error))
    return FALSE;
  if (may_replace)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: exists already; --force replaces it"), path);
  return FALSE;
}

gboolean
msm_output_check (const char *path, const GPtrArray *inputs, gboolean may_replace, GError **error)
{
  g_autofree char *half = companion (path);

  return check (path, inputs, may_replace, error) && (half == NULL || check (half, inputs, may_replace, error));
}
