#include "config.h"

#include "app/setup/slice-list.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"

/* "7" or "3-9". */
static gboolean
parse_range (const char *word, gsize *first, gsize *last)
{
  g_auto (GStrv) ends = g_strsplit (word, "-", 2);
  guint64 value[2];

  for (int i = 0; i < 2; i++)
    {
      const char *text = ends[0] != NULL && ends[1] != NULL ? ends[i] : ends[0];

      if (text == NULL || !g_ascii_string_to_unsigned (g_strstrip ((char *) text), 10, 0, G_MAXINT, &value[i], NULL))
        return FALSE;
    }
  *first = value[0];
  *last = value[1];
  return *first <= *last;
}

GArray *
msm_slice_list_parse (const char *text, gsize n_slices, GError **error)
{
  g_autofree char *whole = n_slices > 0 ? g_strdup_printf ("0-%zu", n_slices - 1) : g_strdup ("");
  g_auto (GStrv) words = g_strsplit (g_str_equal (text, "all") ? whole : text, ",", -1);
  g_autoptr (GArray) slices = g_array_new (FALSE, FALSE, sizeof (gsize));

  for (int i = 0; words[i] != NULL; i++)
    {
      gsize first, last;

      if (!parse_range (words[i], &first, &last))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                       _("slices: “%s” is no number and no range (expected all, or as 0-9,12)"), words[i]);
          return NULL;
        }
      if (last >= n_slices)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("slices: %zu was asked for, the last is %zu"), last,
                       n_slices - 1);
          return NULL;
        }
      for (gsize slice = first; slice <= last; slice++)
        g_array_append_val (slices, slice);
    }
  return g_steal_pointer (&slices);
}

char *
msm_slice_list_path (const char *path, gsize slice, gsize n_slices)
{
  const char *name = strrchr (path, G_DIR_SEPARATOR) != NULL ? strrchr (path, G_DIR_SEPARATOR) + 1 : path;
  const char *dot =
      g_str_has_suffix (name, ".nii.gz") ? name + strlen (name) - strlen (".nii.gz") : strrchr (name, '.');
  int n_digits = snprintf (NULL, 0, "%zu", n_slices > 0 ? n_slices - 1 : 0);

  if (dot == NULL || dot == name)
    dot = name + strlen (name);
  return g_strdup_printf ("%.*s-%0*zu%s", (int) (dot - path), path, n_digits, slice, dot);
}
