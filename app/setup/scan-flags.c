#include "config.h"

#include "app/setup/scan-flags.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"

GHashTable *
msm_indices_parse (const char *text, GError **error)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) pairs = g_strsplit (text, ",", -1);

  for (int i = 0; pairs[i] != NULL; i++)
    {
      char *equals = strchr (pairs[i], '=');
      g_autofree char *axis = NULL;
      guint64 value;

      if (equals == NULL || equals == pairs[i]
          || !g_ascii_string_to_unsigned (equals + 1, 10, 0, G_MAXINT, &value, NULL))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                       _("‘index’ must be like repetition=1,contrast=0; found ‘%s’"), text);
          return NULL;
        }
      axis = g_strstrip (g_strndup (pairs[i], equals - pairs[i]));
      if (g_hash_table_contains (table, axis))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘index’ names the axis ‘%s’ twice: ‘%s’"), axis, text);
          return NULL;
        }
      g_hash_table_insert (table, g_steal_pointer (&axis), GSIZE_TO_POINTER (value));
    }
  return g_steal_pointer (&table);
}

char *
msm_indices_format (GHashTable *indices)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GList) axes = indices != NULL ? g_hash_table_get_keys (indices) : NULL;

  axes = g_list_sort (axes, (GCompareFunc) strcmp);
  for (GList *l = axes; l != NULL; l = l->next)
    g_string_append_printf (text, "%s%s=%zu", text->len > 0 ? "," : "", (const char *) l->data,
                            GPOINTER_TO_SIZE (g_hash_table_lookup (indices, l->data)));
  return g_string_free (text, FALSE);
}

const char *
msm_scan_flags_group (const MsmParams *params)
{
  const char *group = msm_params_get_text (params, "group"), *series = msm_params_get_text (params, "series");

  return series[0] != '\0' ? series : group[0] != '\0' ? group : NULL;
}

gboolean
msm_scan_flags_get (const MsmParams *params, MsmScanOptions *options, GError **error)
{
  const char *index = msm_params_get_text (params, "index");

  *options = (MsmScanOptions){ .group = msm_scan_flags_group (params) };
  options->indices = index[0] != '\0' ? msm_indices_parse (index, error) : NULL;
  return index[0] == '\0' || options->indices != NULL;
}

MsmScan *
msm_scan_open_with_flags (const char *path, const MsmParams *params, GError **error)
{
  g_autoptr (GHashTable) indices = NULL;
  MsmScanOptions options;

  if (!msm_scan_flags_get (params, &options, error))
    return NULL;
  indices = options.indices;
  return msm_scan_open (path, &options, error);
}
