#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/dataset/dataset-private.h"

/* Which files and subjects belong to a data set, and to which of its parts. */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static gboolean
holds_any (const char *file, char **parts)
{
  for (gsize i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0' && strstr (file, parts[i]) != NULL)
      return TRUE;
  return FALSE;
}

static void
add_folder (GPtrArray *files, GDir *dir, const char *path)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      /* A pair of .hdr and .cfl is opened by its header. */
      if (name[0] != '.' && !g_str_has_suffix (name, ".cfl") && g_file_test (file, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (found, g_steal_pointer (&file));
    }
  g_ptr_array_sort (found, compare_names);
  for (gsize i = 0; i < found->len; i++)
    g_ptr_array_add (files, found->pdata[i]);
}

GPtrArray *
msm_dataset_files (MsmDataset *self, GError **error)
{
  g_auto (GStrv) paths = g_strsplit (msm_params_get_text (self->params, "paths"), ";", -1);
  g_auto (GStrv) exclude = g_strsplit (msm_params_get_text (self->params, "exclude"), ";", -1);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; paths[i] != NULL; i++)
    {
      const char *path = g_strstrip (paths[i]);
      g_autoptr (GDir) dir = NULL;

      if (*path == '\0')
        continue;
      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        {
          g_autoptr (GError) failure = NULL;

          dir = g_dir_open (path, 0, &failure);
          if (dir == NULL)
            {
              g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: the folder cannot be read: %s"), path,
                           failure->message);
              return NULL;
            }
          add_folder (all, dir, path);
        }
      else if (g_file_test (path, G_FILE_TEST_EXISTS))
        g_ptr_array_add (all, g_strdup (path));
      else
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: there is no such file or folder of training data"),
                       path);
          return NULL;
        }
    }
  for (gsize i = 0; i < all->len; i++)
    {
      g_autofree char *base = g_path_get_basename (all->pdata[i]);

      if (holds_any (base, exclude))
        msm_dataset_note (self, "held out: %s", base);
      else
        g_ptr_array_add (files, g_strdup (all->pdata[i]));
    }
  if (files->len == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("no file of training data in “%s” (%u excluded)"),
                   msm_params_get_text (self->params, "paths"), all->len);
      return NULL;
    }
  return g_steal_pointer (&files);
}

/* "7" or "1-50". */
static gboolean
parse_range (const char *text, gint64 *first, gint64 *last)
{
  char *end;

  if (!g_ascii_isdigit (text[0]))
    return FALSE;
  *first = *last = g_ascii_strtoll (text, &end, 10);
  if (*end == '-' && g_ascii_isdigit (end[1]))
    *last = g_ascii_strtoll (end + 1, &end, 10);
  return *end == '\0' && *first <= *last;
}

/* "0.1": a part of all subjects. */
static gboolean
parse_fraction (const char *text, double *fraction)
{
  char *end;

  *fraction = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && strchr (text, '.') != NULL && *fraction >= 0 && *fraction < 1;
}

gboolean
msm_dataset_check_ranges (const MsmParams *params, GError **error)
{
  const char *text = msm_params_get_text (params, "subjects");
  g_auto (GStrv) parts = g_strsplit (text, ";", -1);
  gint64 first, last;

  for (gsize i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0' && !parse_range (parts[i], &first, &last))
      {
        g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                     _("‘subjects’ must be numbers and ranges such as “1-50; 57”, found “%s”"), parts[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
in_ranges (char **parts, int subject)
{
  gint64 first, last;

  for (gsize i = 0; parts[i] != NULL; i++)
    if (parse_range (g_strstrip (parts[i]), &first, &last) && subject >= first && subject <= last)
      return TRUE;
  return FALSE;
}

gboolean
msm_dataset_has_subject (MsmDataset *self, int subject)
{
  const char *text = msm_params_get_text (self->params, "subjects");
  g_auto (GStrv) parts = g_strsplit (text, ";", -1);

  return *text == '\0' || in_ranges (parts, subject);
}

gboolean
msm_dataset_is_validation (const MsmParams *params, guint64 seed, const char *file, int subject)
{
  g_auto (GStrv) parts = g_strsplit (msm_params_get_text (params, "validation"), ";", -1);
  g_autofree char *base = g_path_get_basename (file);
  double fraction;
  gint64 first, last;

  for (gsize i = 0; parts[i] != NULL; i++)
    {
      const char *part = g_strstrip (parts[i]);

      if (*part == '\0')
        continue;
      if (parse_fraction (part, &fraction))
        {
          /* Files of one patient share what stands before the first “_”. */
          g_autofree char *group =
              subject >= 0 ? g_strdup_printf ("%s %d", base, subject) : g_strndup (base, strcspn (base, "_"));
          MsmDraw draw = msm_draw_new (msm_draw_key (seed, g_str_hash (group)), MSM_DRAW_ORDER);

          if (msm_draw_uniform (&draw, 0, 1) < fraction)
            return TRUE;
        }
      else if (parse_range (part, &first, &last))
        {
          if (subject >= first && subject <= last)
            return TRUE;
        }
      else if (strstr (base, part) != NULL)
        return TRUE;
    }
  return FALSE;
}
