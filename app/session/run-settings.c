#include "config.h"

#include "app/session/run-settings.h"

#include <math.h>

#include <glib/gi18n-lib.h>

char *
msm_run_file_name (MsmRunItem *run)
{
  const MsmAddress *address = &msm_run_item_get_setup (run)->address;

  return address->path != NULL ? g_path_get_basename (address->path) : g_strdup (_("generated"));
}

char *
msm_run_place (MsmRunItem *run)
{
  const MsmAddress *address = &msm_run_item_get_setup (run)->address;
  g_autofree char *file = msm_run_file_name (run);

  /* Translators: a file's name, and a slice of it counted from 1 */
  return address->path != NULL ? g_strdup_printf (_("%s · slice %zu"), file, address->slice + 1)
                               : g_steal_pointer (&file);
}

double
msm_run_acceleration (MsmRunItem *run)
{
  const MsmMask *mask = msm_run_item_get_setup (run)->mask;

  return mask != NULL && msm_mask_count (mask) > 0 ? msm_mask_effective_accel (mask) : NAN;
}

static char *
value_of (const MsmParams *params, const MsmParam *param)
{
  char *text = msm_params_format (params, param->name), *base;

  if ((param->flags & MSM_PARAM_PATH) == 0 || text[0] == '\0')
    return text;
  base = g_path_get_basename (text);
  g_free (text);
  return base;
}

static gboolean
has_value (const MsmParams *params, const MsmParam *param, const char *value)
{
  g_autofree char *other = value_of (params, param);

  return g_str_equal (other, value);
}

/* @others: (element-type MsmParams), of the same table */
static gboolean
differs (const MsmParams *mine, const MsmParam *param, const char *value, GPtrArray *others)
{
  for (guint i = 0; i < others->len; i++)
    if (!has_value (g_ptr_array_index (others, i), param, value))
      return TRUE;
  return others->len == 0 && !msm_params_is_default (mine, param->name);
}

static void
append (GString *text, const char *part)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", part);
}

static void
append_params (GString *text, const char *prefix, const MsmParams *mine, GPtrArray *others, gboolean is_change)
{
  for (const MsmParam *param = msm_params_get_table (mine); param != NULL && param->name != NULL; param++)
    {
      g_autofree char *value = value_of (mine, param), *title = msm_param_title (param), *part = NULL, *before = NULL;

      if (!differs (mine, param, value, others))
        continue;
      if (is_change)
        before = value_of (g_ptr_array_index (others, 0), param);
      part = before != NULL ? g_strdup_printf ("%s%s %s → %s", prefix, title, before, value)
                            : g_strdup_printf ("%s%s %s", prefix, title, value);
      append (text, part);
    }
}

static void
append_mask (GString *text, const MsmSetup *mine, GPtrArray *others, gboolean is_change)
{
  if (mine->mask != NULL && !mine->mask_is_drawn)
    append (text, _("mask drawn by hand"));
  else if (mine->pattern_params != NULL)
    append_params (text, _("mask: "), mine->pattern_params, others, is_change);
}

/* @params, if it is of the table of @like. */
static void
collect (GPtrArray *of, MsmParams *params, const MsmParams *like)
{
  if (params != NULL && like != NULL && msm_params_get_table (params) == msm_params_get_table (like))
    g_ptr_array_add (of, params);
}

char *
msm_run_differences (MsmRunItem *run, GListModel *runs)
{
  const MsmSetup *setup = msm_run_item_get_setup (run);
  g_autoptr (GPtrArray) params = g_ptr_array_new (), patterns = g_ptr_array_new ();
  GString *text = g_string_new (NULL);
  gboolean is_branch = setup->parent != NULL;

  if (is_branch)
    {
      collect (params, setup->parent->params, setup->params);
      collect (patterns, setup->parent->pattern_params, setup->pattern_params);
    }
  for (guint i = 0; !is_branch && i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (MsmRunItem) other = g_list_model_get_item (runs, i);
      const MsmSetup *its = msm_run_item_get_setup (other);

      if (other == run || its->method != setup->method)
        continue;
      collect (params, its->params, setup->params);
      collect (patterns, its->pattern_params, setup->pattern_params);
    }
  append_params (text, "", setup->params, params, is_branch && params->len > 0);
  append_mask (text, setup, patterns, is_branch && patterns->len > 0);
  return g_string_free (text, FALSE);
}
