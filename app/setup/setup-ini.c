#include "config.h"

#include "app/setup/setup-ini.h"

#include <string.h>

#include "app/setup/scan-flags.h"
#include "app/setup/stages.h"
#include "core/base/error.h"
#include "core/io/atomic-file.h"
#include "core/io/mask-file.h"
#include "core/sampler/sampler-diffusion.h"

/* The text, or NULL where it is empty. (transfer full) */
static char *
dup_text (const MsmParams *params, const char *name)
{
  const char *text = msm_params_get_text (params, name);

  return text[0] != '\0' ? g_strdup (text) : NULL;
}

/* ---- tables to setup ---- */

/* The rows that both tables have. */
static void
take_device (MsmSetup *self, const MsmParams *params)
{
  self->sens_path = dup_text (params, "sens");
  self->device = g_strdup (msm_params_get_text (params, "device"));
  self->precision = msm_params_get_choice (params, "precision");
  self->threads = msm_params_get_int (params, "threads");
}

MsmSetup *
msm_setup_new_from_recon (const MsmReconTables *tables, GError **error)
{
  g_autoptr (MsmSetup) self = msm_setup_new ();
  const char *index = msm_params_get_text (tables->params, "index");

  if (index[0] != '\0' && (self->address.indices = msm_indices_parse (index, error)) == NULL)
    return NULL;
  self->address.path = dup_text (tables->params, "input");
  self->address.group = g_strdup (msm_scan_flags_group (tables->params));
  self->address.slice = (gsize) msm_params_get_int_or (tables->params, "slice", 0);
  self->is_middle = msm_params_is_auto (tables->params, "slice");
  self->mask_path = dup_text (tables->params, "mask");
  self->mask_is_drawn = self->mask_path == NULL;
  self->pattern = tables->pattern;
  self->pattern_params = tables->pattern != NULL ? msm_params_copy (tables->pattern_values) : NULL;
  self->operator_class = tables->operator_class;
  self->operator_params = msm_params_copy (tables->operator_values);
  self->method = tables->klass;
  self->params = msm_params_copy (tables->method);
  self->espirit = msm_params_copy (tables->espirit);
  self->n_virtual = (gsize) msm_params_get_int (tables->params, "coils");
  take_device (self, tables->params);
  return g_steal_pointer (&self);
}

MsmSetup *
msm_setup_new_from_sample (const MsmSampleTables *tables)
{
  MsmSetup *self = msm_setup_new ();

  self->method = &msm_uncond_class;
  self->params = msm_params_copy (tables->method);
  take_device (self, tables->params);
  return self;
}

static MsmSetup *
load_recon (GKeyFile *sections, const char *path, GError **error)
{
  g_auto (MsmReconTables) tables = { NULL };

  return msm_recon_tables_load_sections (&tables, sections, path, error) ? msm_setup_new_from_recon (&tables, error)
                                                                         : NULL;
}

static MsmSetup *
load_sample (GKeyFile *sections, const char *path, GError **error)
{
  g_auto (MsmSampleTables) tables = { NULL };
  g_autoptr (MsmExperiment) experiment = NULL;

  msm_sample_tables_init (&tables);
  experiment = msm_sample_tables_make_experiment (&tables);
  return msm_experiment_load_sections (experiment, sections, path, error) ? msm_setup_new_from_sample (&tables) : NULL;
}

/* The first @n stages: the last of them, with those it goes on from. */
static MsmSetup *
load_stages (GPtrArray *stages, guint n, const char *path, GError **error)
{
  MsmSetup *self = NULL;

  for (guint i = 0; i < n; i++)
    {
      const MsmStage *stage = g_ptr_array_index (stages, i);
      gboolean is_sample = g_key_file_has_group (stage->sections, MSM_SAMPLE_SECTION);
      MsmSetup *next =
          is_sample ? load_sample (stage->sections, path, error) : load_recon (stage->sections, path, error);

      if (next == NULL)
        {
          msm_setup_free (self);
          return NULL;
        }
      next->parent = self;
      next->start_step = stage->start;
      self = next;
    }
  return self;
}

MsmSetup *
msm_setup_load (const char *path, GError **error)
{
  g_autoptr (GPtrArray) stages = msm_experiment_read_stages (path, error);

  return stages != NULL ? load_stages (stages, stages->len, path, error) : NULL;
}

gboolean
msm_setup_load_parent (const char *path, MsmSetup **parent, int *start_step, GError **error)
{
  g_autoptr (GPtrArray) stages = msm_experiment_read_stages (path, error);

  *parent = NULL;
  *start_step = 0;
  if (stages == NULL)
    return FALSE;
  if (stages->len == 1)
    return TRUE;
  *parent = load_stages (stages, stages->len - 1, path, error);
  *start_step = ((MsmStage *) g_ptr_array_index (stages, stages->len - 1))->start;
  return *parent != NULL;
}

/* ---- setup to tables ---- */

static gboolean
give_text (MsmParams *params, const char *name, const char *text, GError **error)
{
  return msm_params_set_text (params, name, text != NULL ? text : "", error);
}

static gboolean
give_device (const MsmSetup *self, MsmParams *params, GError **error)
{
  return give_text (params, "sens", self->sens_path, error)
         && give_text (params, "device", self->device != NULL ? self->device : "auto", error)
         && give_text (params, "precision", msm_device_precisions[self->precision], error);
}

static gboolean
fill_recon (const MsmSetup *self, MsmReconTables *tables, GError **error)
{
  const char *pattern = self->pattern != NULL ? self->pattern->name : "";
  const char *operator_name = self->operator_class != NULL ? self->operator_class->name : "sampling";
  g_autofree char *index = msm_indices_format (self->address.indices);

  return msm_recon_tables_init (tables, self->method->name, pattern, operator_name, error)
         && give_text (tables->params, "input", self->address.path, error)
         && give_text (tables->params, "method", self->method->name, error)
         && give_text (tables->params, "operator", operator_name, error)
         && give_text (tables->params, "pattern", pattern, error)
         && give_text (tables->params, "mask", self->mask_path, error)
         && give_text (tables->params, "group", self->address.group, error)
         && give_text (tables->params, "index", index, error)
         && (self->is_middle /* as the table has it */
             || msm_params_set_number (tables->params, "slice", (double) self->address.slice, error))
         && msm_params_set_number (tables->params, "coils", (double) self->n_virtual, error)
         && give_device (self, tables->params, error) && msm_params_assign (tables->method, self->params, error)
         && (self->espirit == NULL || msm_params_assign (tables->espirit, self->espirit, error))
         && (self->operator_params == NULL || msm_params_assign (tables->operator_values, self->operator_params, error))
         && (tables->pattern == NULL || msm_params_assign (tables->pattern_values, self->pattern_params, error));
}

/* The last stage alone. (transfer full) */
static char *
format_recon (const MsmSetup *self, MsmNames names, GError **error)
{
  g_auto (MsmReconTables) tables = { NULL };
  g_autoptr (MsmExperiment) experiment = NULL;

  if (!fill_recon (self, &tables, error))
    return NULL;
  experiment = msm_recon_tables_make_experiment (&tables);
  return msm_experiment_format (experiment, names);
}

static char *
format_sample (const MsmSetup *self, MsmNames names, GError **error)
{
  g_auto (MsmSampleTables) tables = { NULL };
  g_autoptr (MsmExperiment) experiment = NULL;

  msm_sample_tables_init (&tables);
  if (!msm_params_assign (tables.method, self->params, error) || !give_device (self, tables.params, error))
    return NULL;
  experiment = msm_sample_tables_make_experiment (&tables);
  return msm_experiment_format (experiment, names);
}

char *
msm_setup_format (const MsmSetup *self, MsmNames names, GError **error)
{
  g_autofree char *text =
      self->address.path != NULL ? format_recon (self, names, error) : format_sample (self, names, error);
  g_autofree char *before = NULL;
  g_autoptr (GKeyFile) stage = NULL;

  if (text == NULL || self->parent == NULL)
    return g_steal_pointer (&text);
  before = msm_setup_format (self->parent, names, error);
  stage = g_key_file_new ();
  if (before == NULL || !g_key_file_load_from_data (stage, text, strlen (text), G_KEY_FILE_NONE, error))
    return NULL;
  return msm_stages_append (before, stage, self->start_step);
}

gboolean
msm_setup_save (const MsmSetup *self, const char *path, GError **error)
{
  g_autofree char *text = msm_setup_format (self, MSM_NAMES_WHOLE, error);

  return text != NULL && msm_atomic_write (path, text, strlen (text), error);
}

/* ---- masks drawn by hand ---- */

/* "run.ini", "run.png" → "run-mask.png", of a branch "run-mask-1.png", …, which its parent's does not have. */
static char *
mask_file (const char *path, int n_parents)
{
  gboolean is_named = g_str_has_suffix (path, ".ini") || g_str_has_suffix (path, ".png");
  g_autofree char *stem = g_strndup (path, strlen (path) - (is_named ? 4 : 0));

  return n_parents > 0 ? g_strdup_printf ("%s-mask-%d.png", stem, n_parents) : g_strconcat (stem, "-mask.png", NULL);
}

/* How many parents the first stage has that has this very mask, without another in between. */
static int
owner_of_mask (const MsmSetup *self)
{
  while (self->parent != NULL && !self->parent->mask_is_drawn && msm_setup_shares_mask (self, self->parent))
    self = self->parent;
  return msm_setup_count_parents (self);
}

gboolean
msm_setup_save_masks (MsmSetup *self, const char *path, GError **error)
{
  for (; self != NULL; self = self->parent)
    {
      g_autofree char *file = NULL;

      if (self->mask == NULL || self->mask_is_drawn)
        continue;
      file = mask_file (path, owner_of_mask (self));
      if (!msm_mask_save (self->mask, file, error))
        return FALSE;
      g_free (self->mask_path);
      self->mask_path = g_path_get_basename (file);
    }
  return TRUE;
}
