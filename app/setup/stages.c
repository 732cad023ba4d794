#include "config.h"

#include "app/setup/stages.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"

#define PREFIX "branch "
#define STEP   "step"

static void
stage_free (gpointer data)
{
  MsmStage *self = data;

  g_key_file_unref (self->sections);
  g_free (self);
}

static void
add_stage (GPtrArray *stages, GKeyFile *sections_take, int start)
{
  MsmStage *stage = g_new (MsmStage, 1);

  *stage = (MsmStage){ sections_take, start };
  g_ptr_array_add (stages, stage);
}

/* All sections but those of branches. */
static GKeyFile *
copy_sections (GKeyFile *from)
{
  GKeyFile *to = g_key_file_new ();
  g_auto (GStrv) groups = g_key_file_get_groups (from, NULL);

  for (gsize g = 0; groups[g] != NULL; g++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (from, groups[g], NULL, NULL);

      if (g_str_has_prefix (groups[g], PREFIX))
        continue;
      for (gsize k = 0; keys[k] != NULL; k++)
        {
          g_autofree char *value = g_key_file_get_value (from, groups[g], keys[k], NULL);

          g_key_file_set_value (to, groups[g], keys[k], value);
        }
    }
  return to;
}

/* [recon] pattern=… chooses what [pattern] may hold: NULL where a value chooses nothing. */
static const char *
chosen_section (const char *group, const char *key)
{
  static const char *const choosers[] = { "method", "pattern", "operator" };

  for (gsize i = 0; i < G_N_ELEMENTS (choosers); i++)
    if (g_str_equal (group, "recon") && g_str_equal (key, choosers[i]))
      return choosers[i];
  return NULL;
}

typedef void (*ValueFunc) (GKeyFile *stage, const char *group, const char *key, const char *value);

static void
begin_chosen (GKeyFile *stage, const char *group, const char *key, const char *value)
{
  const char *section = chosen_section (group, key);

  if (section != NULL)
    g_key_file_remove_group (stage, section, NULL);
}

static void
set_value (GKeyFile *stage, const char *group, const char *key, const char *value)
{
  g_key_file_set_value (stage, group, key, value);
}

/* @func for every section.key=value of @branch. */
static gboolean
for_each_value (GKeyFile *file, const char *branch, GKeyFile *stage, ValueFunc func, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, branch, NULL, NULL);

  for (gsize k = 0; keys[k] != NULL; k++)
    {
      const char *dot = strchr (keys[k], '.');
      g_autofree char *group = dot != NULL ? g_strndup (keys[k], (gsize) (dot - keys[k])) : NULL;
      g_autofree char *value = g_key_file_get_value (file, branch, keys[k], NULL);

      if (g_str_equal (keys[k], STEP))
        continue;
      if (dot == NULL || dot == keys[k] || dot[1] == '\0')
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("[%s] %s: expected %s, or section.key=value"), branch,
                       keys[k], STEP);
          return FALSE;
        }
      func (stage, group, dot + 1, value);
    }
  return TRUE;
}

static gboolean
add_branch (GPtrArray *stages, GKeyFile *file, const char *branch, GError **error)
{
  const MsmStage *before = g_ptr_array_index (stages, stages->len - 1);
  g_autoptr (GKeyFile) stage = copy_sections (before->sections);
  g_autofree char *text = g_key_file_get_value (file, branch, STEP, NULL);
  gint64 start = 0;

  if (text == NULL || !g_ascii_string_to_signed (text, 10, 1, G_MAXINT, &start, NULL))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("[%s] %s: expected a step from 1 on, found “%s”"), branch,
                   STEP, text != NULL ? text : "");
      return FALSE;
    }
  if (!for_each_value (file, branch, stage, begin_chosen, error)
      || !for_each_value (file, branch, stage, set_value, error))
    return FALSE;
  add_stage (stages, g_steal_pointer (&stage), (int) start);
  return TRUE;
}

GPtrArray *
msm_stages_new (GKeyFile *file, GError **error)
{
  g_autoptr (GPtrArray) stages = g_ptr_array_new_with_free_func (stage_free);
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  gsize n_branches = 0;

  add_stage (stages, copy_sections (file), 0);
  for (gsize g = 0; groups[g] != NULL; g++)
    n_branches += g_str_has_prefix (groups[g], PREFIX);
  for (gsize i = 1; i <= n_branches; i++)
    {
      g_autofree char *branch = g_strdup_printf (PREFIX "%zu", i);

      if (!g_key_file_has_group (file, branch))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("there is no section [%s], but %zu of branches"), branch,
                       n_branches);
          return NULL;
        }
      if (!add_branch (stages, file, branch, error))
        return NULL;
    }
  return g_steal_pointer (&stages);
}

/* TRUE: @value stands in @before, and its section does not begin anew. */
static gboolean
is_known (GKeyFile *before, GKeyFile *stage, const char *group, const char *key, const char *value)
{
  g_autofree char *old = g_key_file_get_value (before, group, key, NULL);
  g_autofree char *old_choice = g_key_file_get_value (before, "recon", group, NULL);
  g_autofree char *choice = g_key_file_get_value (stage, "recon", group, NULL);

  return g_strcmp0 (old, value) == 0
         && (chosen_section ("recon", group) == NULL || g_strcmp0 (old_choice, choice) == 0);
}

char *
msm_stages_append (const char *text, GKeyFile *stage, int start)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GPtrArray) stages = NULL;
  g_autofree char *branch = NULL, *step = g_strdup_printf ("%d", start);
  g_auto (GStrv) groups = g_key_file_get_groups (stage, NULL);
  GKeyFile *before;

  if (!g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, NULL)
      || (stages = msm_stages_new (file, NULL)) == NULL)
    g_return_val_if_reached (NULL);
  before = ((MsmStage *) g_ptr_array_index (stages, stages->len - 1))->sections;
  branch = g_strdup_printf (PREFIX "%u", stages->len);
  g_key_file_set_value (file, branch, STEP, step);
  for (gsize g = 0; groups[g] != NULL; g++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (stage, groups[g], NULL, NULL);

      for (gsize k = 0; keys[k] != NULL; k++)
        {
          g_autofree char *name = g_strdup_printf ("%s.%s", groups[g], keys[k]);
          g_autofree char *value = g_key_file_get_value (stage, groups[g], keys[k], NULL);

          if (!is_known (before, stage, groups[g], keys[k], value))
            g_key_file_set_value (file, branch, name, value);
        }
    }
  return g_key_file_to_data (file, NULL, NULL);
}
