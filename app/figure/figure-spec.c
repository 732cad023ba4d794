#include "config.h"

#include "app/figure/figure-spec.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "app/setup/experiment.h"
#include "app/setup/recon-tables.h"
#include "app/setup/setup-ini.h"
#include "core/base/error.h"
#include "core/calib/calib.h"
#include "core/method/method.h"

static void
item_free (gpointer data)
{
  MsmFigureItem *item = data;

  msm_params_free (item->params);
  g_clear_pointer (&item->method, msm_params_free);
  g_free (item);
}

static void
params_free (gpointer data)
{
  msm_params_free (data);
}

gboolean
msm_figure_spec_set_pattern (MsmFigureSpec *self, const char *name, GError **error)
{
  const MsmMaskPattern *pattern = msm_mask_pattern_find (name, error);

  if (pattern == NULL)
    return FALSE;
  self->pattern = pattern;
  g_clear_pointer (&self->pattern_values, msm_params_free);
  self->pattern_values = msm_params_new (pattern->params);
  return msm_params_set_text (self->scan, "pattern", name, error);
}

MsmFigureSpec *
msm_figure_spec_new (const char *pattern, const char *operator_name, GError **error)
{
  g_autoptr (MsmFigureSpec) self = g_new0 (MsmFigureSpec, 1);

  self->figure = msm_params_new (msm_figure_params);
  self->scan = msm_params_new (msm_figure_scan_params);
  self->espirit = msm_params_new (msm_coil_map_params);
  self->items = g_ptr_array_new_with_free_func (item_free);
  self->insets = g_ptr_array_new_with_free_func (params_free);
  self->arrows = g_ptr_array_new_with_free_func (params_free);
  self->regions = g_ptr_array_new_with_free_func (params_free);
  self->plots = g_ptr_array_new_with_free_func (params_free);
  if (operator_name == NULL || operator_name[0] == '\0')
    operator_name = "sampling";
  self->operator_class = msm_operator_class_find (operator_name, error);
  if (self->operator_class == NULL || !msm_params_set_text (self->scan, "operator", operator_name, error))
    return NULL;
  self->operator_values = msm_params_new (self->operator_class->params);
  if (pattern != NULL && pattern[0] != '\0' && !msm_figure_spec_set_pattern (self, pattern, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
msm_figure_spec_free (MsmFigureSpec *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->figure, msm_params_free);
  g_clear_pointer (&self->scan, msm_params_free);
  g_clear_pointer (&self->pattern_values, msm_params_free);
  g_clear_pointer (&self->operator_values, msm_params_free);
  g_clear_pointer (&self->espirit, msm_params_free);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->insets, g_ptr_array_unref);
  g_clear_pointer (&self->arrows, g_ptr_array_unref);
  g_clear_pointer (&self->regions, g_ptr_array_unref);
  g_clear_pointer (&self->plots, g_ptr_array_unref);
  g_free (self->inputs);
  g_free (self);
}

/* ---- items ---- */

/* Of a method, or with @method NULL or "" of an experiment. (transfer none) */
static MsmFigureItem *
add_item (MsmFigureSpec *self, const char *method, GError **error)
{
  const MsmSamplerClass *klass = NULL;
  MsmFigureItem *item;

  if (method != NULL && method[0] != '\0' && (klass = msm_sampler_class_find (method, error)) == NULL)
    return NULL;
  item = g_new0 (MsmFigureItem, 1);
  item->params = msm_params_new (msm_figure_item_params);
  item->klass = klass;
  item->method = klass != NULL ? msm_params_new (klass->params) : NULL;
  g_ptr_array_add (self->items, item);
  return klass == NULL || msm_params_set_text (item->params, "method", method, error) ? item : NULL;
}

/* "name:key=value;key=value" */
static gboolean
add_method (MsmFigureSpec *self, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  MsmFigureItem *item = add_item (self, g_strstrip (parts[0]), error);
  g_auto (GStrv) settings = NULL;

  if (item == NULL)
    return FALSE;
  settings = g_strsplit (parts[1] != NULL ? parts[1] : "", ";", -1);
  for (int i = 0; settings[i] != NULL; i++)
    {
      char *equals = strchr (settings[i], '=');

      if (g_strstrip (settings[i])[0] == '\0')
        continue;
      if (equals == NULL)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: ‘%s’ is not key=value"), parts[0], settings[i]);
          return FALSE;
        }
      *equals = '\0';
      if (!msm_params_has (item->method, settings[i]))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s has no parameter ‘%s’ (msm recon --method %s --help)"),
                       parts[0], settings[i], parts[0]);
          return FALSE;
        }
      if (!msm_params_set_text (item->method, settings[i], equals + 1, error))
        {
          g_prefix_error (error, "%s: ", parts[0]);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
msm_figure_spec_add_methods (MsmFigureSpec *self, const char *text, GError **error)
{
  g_auto (GStrv) methods = g_strsplit (text, ",", -1);

  for (int i = 0; methods[i] != NULL; i++)
    if (!add_method (self, methods[i], error))
      return FALSE;
  return TRUE;
}

gboolean
msm_figure_spec_add_experiment (MsmFigureSpec *self, const char *path, GError **error)
{
  MsmFigureItem *item = add_item (self, NULL, error);

  return item != NULL && msm_params_set_text (item->params, "experiment", path, error);
}

gboolean
msm_figure_spec_add_values (GPtrArray *list, const MsmParam *table, const char *text, GError **error)
{
  g_auto (GStrv) entries = g_strsplit (text, ";", -1);

  for (int i = 0; entries[i] != NULL; i++)
    {
      g_auto (GStrv) values = g_strsplit (entries[i], ",", -1);
      guint n = g_strv_length (values), n_known = 0;
      MsmParams *params = msm_params_new (table);

      g_ptr_array_add (list, params);
      while (table[n_known].name != NULL)
        n_known++;
      if (n < 2 || n > n_known)
        {
          g_autoptr (GString) names = g_string_new (NULL);

          for (guint k = 0; k < n_known; k++)
            g_string_append_printf (names, "%s%s", k > 0 ? "," : "", table[k].name);
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘%s’ is not %s, of which the last may be left out"),
                       entries[i], names->str);
          return FALSE;
        }
      for (guint k = 0; k < n; k++)
        if (!msm_params_set_text (params, table[k].name, g_strstrip (values[k]), error))
          return FALSE;
    }
  return TRUE;
}

/* ---- files ---- */

/* "inset 2" for "inset" */
static gboolean
is_numbered (const char *name, const char *kind)
{
  gsize n = strlen (kind);

  return strncmp (name, kind, n) == 0 && name[n] == ' ' && g_ascii_isdigit (name[n + 1]);
}

typedef struct
{
  const char *name;
  gsize offset; /* of its list in MsmFigureSpec */
  const MsmParam *table;
} Kind;

static const Kind kinds[] = {
  { "inset", G_STRUCT_OFFSET (MsmFigureSpec, insets), msm_figure_inset_params },
  { "arrow", G_STRUCT_OFFSET (MsmFigureSpec, arrows), msm_figure_arrow_params },
  { "region", G_STRUCT_OFFSET (MsmFigureSpec, regions), msm_figure_region_params },
  { "plot", G_STRUCT_OFFSET (MsmFigureSpec, plots), msm_figure_plot_params },
};

static GPtrArray *
list_of (const MsmFigureSpec *self, const Kind *kind)
{
  return G_STRUCT_MEMBER (GPtrArray *, self, kind->offset);
}

/* The sections that all descriptions have. */
static MsmExperiment *
make_experiment (const MsmFigureSpec *self)
{
  MsmExperiment *experiment = msm_experiment_new ();

  msm_experiment_add (experiment, "figure", self->figure);
  msm_experiment_add (experiment, "scan", self->scan);
  if (self->pattern != NULL)
    msm_experiment_add (experiment, "pattern", self->pattern_values);
  msm_experiment_add (experiment, "operator", self->operator_values);
  msm_experiment_add (experiment, "espirit", self->espirit);
  return experiment;
}

/* [item 3], and [method 3] where it has a method; what follows is numbered as in the file. */
static gboolean
read_item (MsmFigureSpec *self, MsmExperiment *experiment, GKeyFile *sections, const char *name, GError **error)
{
  g_autofree char *method = g_key_file_get_string (sections, name, "method", NULL);
  g_autofree char *own = g_strconcat ("method", name + strlen ("item"), NULL);
  MsmFigureItem *item = add_item (self, method != NULL ? g_strstrip (method) : NULL, error);

  if (item == NULL)
    {
      g_prefix_error (error, "[%s] ", name);
      return FALSE;
    }
  msm_experiment_add (experiment, name, item->params);
  if (item->method != NULL)
    msm_experiment_add (experiment, own, item->method);
  return TRUE;
}

static gboolean
read_numbered (MsmFigureSpec *self, MsmExperiment *experiment, GKeyFile *sections, GError **error)
{
  g_auto (GStrv) names = g_key_file_get_groups (sections, NULL);

  for (int i = 0; names[i] != NULL; i++)
    {
      if (is_numbered (names[i], "item") && !read_item (self, experiment, sections, names[i], error))
        return FALSE;
      for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
        if (is_numbered (names[i], kinds[k].name))
          {
            MsmParams *params = msm_params_new (kinds[k].table);

            g_ptr_array_add (list_of (self, &kinds[k]), params);
            msm_experiment_add (experiment, names[i], params);
          }
    }
  return TRUE;
}

/* An empty section does not count as one. */
static gboolean
is_description (GKeyFile *sections)
{
  return g_key_file_has_group (sections, "figure") || g_key_file_has_group (sections, "item 1");
}

gboolean
msm_figure_spec_is_in (const char *path)
{
  g_autoptr (GKeyFile) sections = msm_experiment_read (path, NULL);

  return sections != NULL && is_description (sections);
}

MsmFigureSpec *
msm_figure_spec_load (const char *path, GError **error)
{
  g_autoptr (GKeyFile) sections = msm_experiment_read (path, error);
  g_autofree char *pattern = NULL, *operator_name = NULL;
  g_autoptr (MsmExperiment) experiment = NULL;
  g_autoptr (MsmFigureSpec) self = NULL;

  if (sections == NULL)
    return NULL;
  if (!is_description (sections))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: not the description of a figure: there is no [figure]"),
                   path);
      return NULL;
    }
  pattern = g_key_file_get_string (sections, "scan", "pattern", NULL);
  operator_name = g_key_file_get_string (sections, "scan", "operator", NULL);
  self = msm_figure_spec_new (pattern, operator_name, error);
  experiment = self != NULL ? make_experiment (self) : NULL;
  if (experiment == NULL || !read_numbered (self, experiment, sections, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (!msm_experiment_load_sections (experiment, sections, path, error))
    return NULL;
  self->inputs = msm_experiment_list_inputs (experiment);
  return g_steal_pointer (&self);
}

char *
msm_figure_spec_format (const MsmFigureSpec *self, gboolean portable)
{
  g_autoptr (MsmExperiment) experiment = make_experiment (self);

  for (guint i = 0; i < self->items->len; i++)
    {
      const MsmFigureItem *item = g_ptr_array_index (self->items, i);
      g_autofree char *name = g_strdup_printf ("item %u", i + 1), *own = g_strdup_printf ("method %u", i + 1);

      msm_experiment_add (experiment, name, item->params);
      if (item->method != NULL)
        msm_experiment_add (experiment, own, item->method);
    }
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (guint i = 0; i < list_of (self, &kinds[k])->len; i++)
      {
        g_autofree char *name = g_strdup_printf ("%s %u", kinds[k].name, i + 1);

        msm_experiment_add (experiment, name, g_ptr_array_index (list_of (self, &kinds[k]), i));
      }
  return msm_experiment_format (experiment, portable ? MSM_NAMES_BASE : MSM_NAMES_WHOLE);
}

/* ---- setups ---- */

MsmSetup *
msm_figure_spec_make_setup (const MsmFigureSpec *self, const MsmFigureItem *item, GError **error)
{
  g_auto (MsmReconTables) tables = { NULL };

  if (item->klass == NULL)
    return msm_setup_load (msm_params_get_text (item->params, "experiment"), error);
  if (!msm_recon_tables_init (&tables, item->klass->name, self->pattern != NULL ? self->pattern->name : NULL,
                              self->operator_class->name, error))
    return NULL;
  if (!msm_params_assign (tables.params, self->scan, error)
      || !msm_params_set_text (tables.params, "method", item->klass->name, error)
      || !msm_params_assign (tables.method, item->method, error)
      || !msm_params_assign (tables.operator_values, self->operator_values, error)
      || !msm_params_assign (tables.espirit, self->espirit, error)
      || (self->pattern != NULL && !msm_params_assign (tables.pattern_values, self->pattern_values, error)))
    return NULL;
  return msm_setup_new_from_recon (&tables, error);
}
