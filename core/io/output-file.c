#include "config.h"

#include "core/io/output-file.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
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
  if (may_replace || g_stat (path, &info) != 0 || !S_ISREG (info.st_mode))
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
