#include "config.h"

#include "app/session/session-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "app/setup/sample-tables.h"
#include "app/setup/scan-flags.h"
#include "app/setup/stages.h"
#include "core/base/error.h"
#include "core/io/atomic-file.h"
#include "core/io/mask-file.h"

/* ---- saving ---- */

static gboolean
copy_values (MsmParams *to, const MsmParams *from, GError **error)
{
  const MsmParam *table = from != NULL ? msm_params_get_table (from) : NULL;

  for (const MsmParam *param = table; param != NULL && param->name != NULL; param++)
    {
      g_autofree char *text = msm_params_format (from, param->name);

      if (!msm_params_set_text (to, param->name, text, error))
        return FALSE;
    }
  return TRUE;
}

static int
count_ancestors (const MsmRunSpec *spec)
{
  int n = 0;

  for (; spec->origin != NULL; spec = spec->origin)
    n++;
  return n;
}

/* "run.ini", "run.png" → "run-mask.png", of a branch "run-mask-1.png", …, which its parent's does not have. */
static char *
mask_path (const char *path, int n_ancestors)
{
  gboolean is_named = g_str_has_suffix (path, ".ini") || g_str_has_suffix (path, ".png");
  g_autofree char *stem = g_strndup (path, strlen (path) - (is_named ? 4 : 0));

  return n_ancestors > 0 ? g_strdup_printf ("%s-mask-%d.png", stem, n_ancestors)
                         : g_strconcat (stem, "-mask.png", NULL);
}

/* How many ancestors the first stage has that has this very mask, without another in between. */
static int
owner_of_mask (const MsmRunSpec *spec)
{
  while (spec->origin != NULL && !spec->origin->mask_is_drawn && msm_run_spec_shares_mask (spec, spec->origin))
    spec = spec->origin;
  return count_ancestors (spec);
}

/* The pattern is in the tables; any other mask goes into a file, which the experiment names without its folder. */
static gboolean
save_mask (const MsmRunSpec *spec, MsmParams *params, const char *path, GError **error)
{
  g_autofree char *file = NULL;
  g_autofree char *name = NULL;

  if (spec->mask == NULL || spec->mask_is_drawn)
    return TRUE;
  file = mask_path (path, owner_of_mask (spec));
  name = g_path_get_basename (file);
  return msm_mask_save (spec->mask, file, error) && msm_params_set_text (params, "mask", name, error);
}

static gboolean
fill_tables (MsmReconTables *tables, const MsmRunSpec *spec, const char *path, GError **error)
{
  g_autofree char *input = g_canonicalize_filename (spec->address.path, NULL);
  g_autofree char *index = msm_indices_format (spec->address.indices);
  const char *pattern = spec->mask_is_drawn && spec->mask != NULL && spec->pattern != NULL ? spec->pattern->name : "";
  /* By its name: a file that says "auto" would choose another one where there is one. */
  g_autoptr (MsmDevice) device = msm_run_spec_open_device (spec, error);

  if (device == NULL)
    return FALSE;
  if (!msm_recon_tables_init (tables, spec->method->name, pattern, spec->operator_class->name, error))
    return FALSE;
  return msm_params_set_text (tables->params, "input", input, error)
         && msm_params_set_text (tables->params, "method", spec->method->name, error)
         && msm_params_set_text (tables->params, "operator", spec->operator_class->name, error)
         && msm_params_set_text (tables->params, "pattern", pattern, error)
         && msm_params_set_text (tables->params, "group", spec->address.group != NULL ? spec->address.group : "", error)
         && msm_params_set_text (tables->params, "index", index, error)
         && msm_params_set_text (tables->params, "device", msm_device_name (device), error)
         && msm_params_set_number (tables->params, "slice", (double) spec->address.slice, error)
         && msm_params_set_number (tables->params, "coils", (double) spec->n_virtual, error)
         && copy_values (tables->method, spec->params, error) && copy_values (tables->espirit, spec->espirit, error)
         && copy_values (tables->operator_values, spec->operator_params, error)
         && (tables->pattern == NULL || copy_values (tables->pattern_values, spec->pattern_params, error))
         && save_mask (spec, tables->params, path, error);
}

static gboolean
write_experiment (const char *text, const char *path, GError **error)
{
  g_autofree char *temp = msm_atomic_begin (path, error);
  g_autoptr (GError) local = NULL;

  if (temp == NULL)
    return FALSE;
  if (g_file_set_contents (temp, text, -1, &local))
    return msm_atomic_commit (temp, path, error);
  msm_atomic_abort (temp);
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, "%s: %s", path, local->message);
  return FALSE;
}

/* A stage of what is saved: its experiment and the tables that it borrows. */
typedef struct
{
  MsmReconTables recon;
  MsmSampleTables sample;
  MsmExperiment *experiment;
} Stage;

static void
stage_clear (gpointer data)
{
  Stage *self = data;

  g_clear_pointer (&self->experiment, msm_experiment_free);
  msm_recon_tables_clear (&self->recon);
  msm_sample_tables_clear (&self->sample);
}

static gboolean
fill_sample_tables (MsmSampleTables *tables, const MsmRunSpec *spec, GError **error)
{
  g_autoptr (MsmDevice) device = msm_run_spec_open_device (spec, error);

  msm_sample_tables_init (tables);
  return device != NULL && copy_values (tables->method, spec->params, error)
         && msm_params_set_text (tables->params, "device", msm_device_name (device), error);
}

/* @spec's stage after those that it goes on from; the array is as long as it will get, so that nothing moves. */
static gboolean
add_stages (GArray *stages, const MsmRunSpec *spec, const char *path, GError **error)
{
  Stage *stage, *parent = NULL;

  if (spec->origin != NULL)
    {
      if (!add_stages (stages, spec->origin, path, error))
        return FALSE;
      parent = &g_array_index (stages, Stage, stages->len - 1);
    }
  g_array_set_size (stages, stages->len + 1);
  stage = &g_array_index (stages, Stage, stages->len - 1);
  if (spec->address.path == NULL)
    {
      if (!fill_sample_tables (&stage->sample, spec, error))
        return FALSE;
      stage->experiment = msm_sample_tables_make_experiment (&stage->sample);
    }
  else
    {
      if (!fill_tables (&stage->recon, spec, path, error))
        return FALSE;
      stage->experiment = msm_recon_tables_make_experiment (&stage->recon);
    }
  if (parent != NULL)
    msm_experiment_set_parent (stage->experiment, parent->experiment, spec->start_step);
  return TRUE;
}

/* As a file @path, or @portable in a result of that name. (transfer full) */
static char *
format (const MsmRunSpec *spec, const char *path, gboolean portable, GError **error)
{
  g_autoptr (GArray) stages = g_array_sized_new (FALSE, TRUE, sizeof (Stage), (guint) count_ancestors (spec) + 1);

  g_array_set_clear_func (stages, stage_clear);
  return add_stages (stages, spec, path, error)
             ? msm_experiment_format (g_array_index (stages, Stage, stages->len - 1).experiment, portable)
             : NULL;
}

static gboolean
save (const MsmRunSpec *spec, const char *path, GError **error)
{
  g_autofree char *text = format (spec, path, FALSE, error);

  return text != NULL && write_experiment (text, path, error);
}

char *
msm_session_describe_run (MsmRunItem *run, int step, const char *path, GError **error)
{
  const MsmRunSpec *spec = msm_run_item_get_spec (run);
  g_autofree char *settings = msm_run_spec_describe (spec), *summary = NULL;
  g_autofree char *experiment = format (spec, path, TRUE, error);
  int last, n_steps;
  double seconds_left;

  msm_run_item_get_progress (run, &last, &n_steps, &seconds_left);
  summary = g_strdup_printf ("%sstep = %d of %d", settings, step, n_steps);
  return experiment != NULL ? msm_experiment_attach (summary, experiment) : NULL;
}

void
msm_session_save_experiment (MsmSession *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  MsmRunSpec spec;

  if (self->run == NULL && !msm_session_can_start (self))
    return;
  if (self->run == NULL)
    msm_session_fill_spec (self, &spec);
  if (!save (self->run != NULL ? msm_run_item_get_spec (self->run) : &spec, path, &error))
    msm_session_fail (self, error);
}

/* ---- opening ---- */

void
msm_session_drop_wishes (MsmSession *self)
{
  if (self->wished == NULL)
    return;
  msm_recon_tables_clear (self->wished);
  g_clear_pointer (&self->wished, g_free);
}

/* What the terminal can do and the window cannot is refused, before anything is opened. */
static gboolean
check_run (const MsmParams *params, const char *section, const char *path, GError **error)
{
  g_autoptr (MsmDevice) device = NULL;
  g_autoptr (GError) local = NULL;

  if (msm_params_get_text (params, "sens")[0] != '\0')
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                 _("%s: [%s] sens: the window takes no files of coil maps; the terminal does"), path, section);
  else if ((device = msm_device_open (msm_params_get_text (params, "device"), &local)) == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("%s: [%s] device: %s"), path, section, local->message);
  return device != NULL;
}

static gboolean
check_wishes (const MsmReconTables *tables, const char *path, GError **error)
{
  if (msm_params_get_text (tables->params, "input")[0] != '\0')
    return check_run (tables->params, "recon", path, error);
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: [recon] names no input"), path);
  return FALSE;
}

/* The last: what the window draws from its prior with. */
static const MsmSamplerClass *
generation_class (void)
{
  const MsmSamplerClass *const *methods = msm_session_get_methods ();

  while (methods[1] != NULL)
    methods++;
  return methods[0];
}

/* The settings of a branch can be chosen here; what it goes on from is in no file. */
static void
tell_of_branch (MsmSession *self)
{
  g_autoptr (GError) error = NULL;

  g_set_error (&error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
               _("A branch of another run: Reconstruct begins anew with its settings; msm --experiment repeats it"));
  msm_session_fail (self, error);
}

static void
open_generation (MsmSession *self, const char *path, gboolean is_branch)
{
  g_auto (MsmSampleTables) tables = { NULL };
  g_autoptr (MsmExperiment) experiment = NULL;
  g_autoptr (GError) error = NULL;

  msm_sample_tables_init (&tables);
  experiment = msm_sample_tables_make_experiment (&tables);
  if (!msm_experiment_load (experiment, path, &error) || !check_run (tables.params, "run", path, &error)
      || !copy_values (msm_session_params_of (self, generation_class ()->params), tables.method, &error))
    {
      msm_session_fail (self, error);
      return;
    }
  self->method = generation_class ();
  msm_session_set_device (self, msm_params_get_text (tables.params, "device"));
  msm_session_select_run (self, NULL);
  msm_session_plan_ahead (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_METHOD_CHANGED], 0);
  if (is_branch)
    tell_of_branch (self);
}

void
msm_session_open_experiment (MsmSession *self, const char *path)
{
  g_auto (MsmReconTables) tables = { NULL };
  g_autoptr (GPtrArray) stages = NULL;
  g_autoptr (GHashTable) indices = NULL;
  g_autoptr (GError) error = NULL;
  MsmScanOptions options = { NULL };
  const char *group, *index;

  g_return_if_fail (MSM_IS_SESSION (self) && path != NULL);
  stages = msm_experiment_read_stages (path, &error);
  if (stages == NULL)
    {
      msm_session_fail (self, error);
      return;
    }
  if (g_key_file_has_group (((MsmStage *) g_ptr_array_index (stages, 0))->sections, MSM_SAMPLE_SECTION))
    {
      open_generation (self, path, stages->len > 1);
      return;
    }
  if (!msm_recon_tables_load (&tables, path, &error) || !check_wishes (&tables, path, &error))
    {
      msm_session_fail (self, error);
      return;
    }
  group = msm_params_get_text (tables.params, "group");
  index = msm_params_get_text (tables.params, "index");
  if (index[0] != '\0' && (indices = msm_indices_parse (index, &error)) == NULL)
    {
      msm_session_fail (self, error);
      return;
    }
  options.group = group[0] != '\0' ? group : NULL;
  options.indices = indices;
  msm_session_drop_wishes (self);
  self->wished = g_memdup2 (&tables, sizeof tables);
  self->wished_branch = stages->len > 1;
  msm_session_open_with (self, msm_params_get_text (tables.params, "input"), &options);
  tables = (MsmReconTables){ NULL }; /* the wish has them */
}

static gboolean
take_values (MsmSession *self, const MsmReconTables *wished, GError **error)
{
  MsmParams *coils = msm_session_get_coil_params (self);
  MsmParams *operator_values;

  self->method = wished->klass;
  self->operator_class = wished->operator_class;
  self->pattern = wished->pattern;
  operator_values = msm_session_get_operator_params (self);
  msm_session_set_device (self, msm_params_get_text (wished->params, "device"));
  return copy_values (msm_session_get_method_params (self), wished->method, error)
         && copy_values (msm_session_get_espirit_params (self), wished->espirit, error)
         && (operator_values == NULL || copy_values (operator_values, wished->operator_values, error))
         && (wished->pattern == NULL
             || copy_values (msm_session_get_pattern_params (self), wished->pattern_values, error))
         && msm_params_set_number (coils, "coils", msm_params_get_number (wished->params, "coils"), error);
}

static void
take_mask (MsmSession *self, const MsmReconTables *wished)
{
  MsmMask *mask = msm_session_draw_mask (self);
  const char *path = msm_params_get_text (wished->params, "mask");

  if (mask != NULL)
    {
      msm_mask_unref (self->mask);
      self->mask = mask;
      self->mask_is_drawn = TRUE;
    }
  if (path[0] != '\0')
    msm_session_load_mask (self, path);
  msm_history_clear (self->history);
}

void
msm_session_take_wishes (MsmSession *self)
{
  g_autoptr (GError) error = NULL;
  int slice;

  if (self->wished == NULL || g_strcmp0 (msm_params_get_text (self->wished->params, "input"), self->scan->path) != 0)
    return;
  slice = msm_params_get_int (self->wished->params, "slice");
  self->slice = slice < 0 ? self->scan->n_slices / 2 : (gsize) slice;
  if (self->slice >= self->scan->n_slices)
    {
      g_set_error (&error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: slice %d was asked for, the last is %zu"),
                   self->scan->path, slice, self->scan->n_slices - 1);
      self->slice = self->scan->n_slices / 2;
      msm_session_fail (self, error);
    }
  else if (!take_values (self, self->wished, &error))
    msm_session_fail (self, error);
  else if (self->wished_branch)
    tell_of_branch (self);
  take_mask (self, self->wished);
  msm_session_drop_wishes (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_METHOD_CHANGED], 0);
}
