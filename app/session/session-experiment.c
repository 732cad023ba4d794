#include "config.h"

#include "app/session/session-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "app/scan-flags.h"
#include "core/base/error.h"
#include "core/io/atomic-file.h"

/* Section of the files of `msm sample`. */
#define GENERATION "sample"

/* ---- saving ---- */

static gboolean
copy_values (MsmParams        *to,
             const MsmParams  *from,
             GError          **error)
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

/* "run.ini", "run.png" → "run-mask.png" (transfer full) */
static char *
mask_path (const char *path)
{
  gboolean is_named = g_str_has_suffix (path, ".ini") || g_str_has_suffix (path, ".png");
  g_autofree char *stem = g_strndup (path, strlen (path) - (is_named ? 4 : 0));

  return g_strconcat (stem, "-mask.png", NULL);
}

/* The pattern is in the tables; any other mask goes into a file, which the experiment names without its folder. */
static gboolean
save_mask (const MsmRunSpec  *spec,
           MsmParams         *params,
           const char        *path,
           GError           **error)
{
  g_autofree char *file = NULL;
  g_autofree char *name = NULL;

  if (spec->mask == NULL || spec->mask_is_drawn)
    return TRUE;
  file = mask_path (path);
  name = g_path_get_basename (file);
  return msm_mask_save (spec->mask, file, error) && msm_params_set_text (params, "mask", name, error);
}

static gboolean
fill_tables (MsmReconTables    *tables,
             const MsmRunSpec  *spec,
             const char        *path,
             GError           **error)
{
  g_autofree char *input = g_canonicalize_filename (spec->path, NULL);
  g_autofree char *index = msm_indices_format (spec->indices);
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
         && msm_params_set_text (tables->params, "group", spec->group != NULL ? spec->group : "", error)
         && msm_params_set_text (tables->params, "index", index, error)
         && msm_params_set_text (tables->params, "device", msm_device_name (device), error)
         && msm_params_set_number (tables->params, "slice", (double) spec->slice, error)
         && msm_params_set_number (tables->params, "coils", (double) spec->n_virtual, error)
         && copy_values (tables->method, spec->params, error) && copy_values (tables->espirit, spec->espirit, error)
         && copy_values (tables->operator_values, spec->operator_params, error)
         && (tables->pattern == NULL || copy_values (tables->pattern_values, spec->pattern_params, error))
         && save_mask (spec, tables->params, path, error);
}

static gboolean
write_experiment (const char  *text,
                  const char  *path,
                  GError     **error)
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

/* As a file @path, or @portable in a result of that name. (transfer full) */
static char *
format (const MsmRunSpec  *spec,
        const char        *path,
        gboolean           portable,
        GError           **error)
{
  g_auto (MsmReconTables) tables = { NULL };
  g_autoptr (MsmExperiment) experiment = NULL;

  if (spec->path == NULL)
    {
      experiment = msm_experiment_new ();
      msm_experiment_add (experiment, GENERATION, spec->params);
    }
  else
    {
      if (!fill_tables (&tables, spec, path, error))
        return NULL;
      experiment = msm_recon_tables_make_experiment (&tables);
    }
  return msm_experiment_format (experiment, portable);
}

static gboolean
save (const MsmRunSpec  *spec,
      const char        *path,
      GError           **error)
{
  g_autofree char *text = NULL;

  if (spec->start != NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: a branch begins in the midst of another run, and no experiment file can say that"), path);
      return FALSE;
    }
  text = format (spec, path, FALSE, error);
  return text != NULL && write_experiment (text, path, error);
}

char *
msm_session_describe_run (MsmRunItem  *run,
                          const char  *path,
                          GError     **error)
{
  const MsmRunSpec *spec = msm_run_item_get_spec (run);
  g_autofree char *summary = msm_run_spec_describe (spec);
  g_autofree char *experiment = spec->start == NULL ? format (spec, path, TRUE, error) : NULL;

  return experiment != NULL || spec->start != NULL ? msm_experiment_attach (g_strchomp (summary), experiment) : NULL;
}

void
msm_session_save_experiment (MsmSession *self,
                             const char *path)
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
check_wishes (const MsmReconTables  *tables,
              const char            *path,
              GError               **error)
{
  g_autoptr (MsmDevice) device = NULL;
  g_autoptr (GError) local = NULL;

  if (msm_params_get_text (tables->params, "input")[0] == '\0')
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: [recon] names no input"), path);
  else if (msm_params_get_text (tables->params, "sens")[0] != '\0')
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                 _("%s: [recon] sens: the window estimates its coil maps; the terminal takes files of them"), path);
  else if ((device = msm_device_open (msm_params_get_text (tables->params, "device"), &local)) == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("%s: [recon] device: %s"), path, local->message);
  else
    return TRUE;
  return FALSE;
}

static void
open_generation (MsmSession *self,
                 const char *path)
{
  const MsmSamplerClass *const *methods = msm_session_get_methods ();
  const MsmSamplerClass *generation = methods[0];
  g_autoptr (MsmExperiment) experiment = msm_experiment_new ();
  g_autoptr (MsmParams) values = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; methods[i] != NULL; i++)
    generation = methods[i]; /* the last */
  values = msm_params_new (generation->params);
  msm_experiment_add (experiment, GENERATION, values);
  if (!msm_experiment_load (experiment, path, &error)
      || !copy_values (msm_session_params_of (self, generation->params), values, &error))
    {
      msm_session_fail (self, error);
      return;
    }
  self->method = generation;
  msm_session_select_run (self, NULL);
  msm_session_plan_ahead (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_METHOD_CHANGED], 0);
}

void
msm_session_open_experiment (MsmSession *self,
                             const char *path)
{
  g_auto (MsmReconTables) tables = { NULL };
  g_autoptr (GKeyFile) file = NULL;
  g_autoptr (GHashTable) indices = NULL;
  g_autoptr (GError) error = NULL;
  MsmScanOptions options = { NULL };
  const char *group, *index;

  g_return_if_fail (MSM_IS_SESSION (self) && path != NULL);
  file = msm_experiment_read (path, &error);
  if (file == NULL)
    {
      msm_session_fail (self, error);
      return;
    }
  if (g_key_file_has_group (file, GENERATION))
    {
      open_generation (self, path);
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
  msm_session_open_with (self, msm_params_get_text (tables.params, "input"), &options);
  tables = (MsmReconTables) { NULL }; /* the wish has them */
}

static gboolean
take_values (MsmSession            *self,
             const MsmReconTables  *wished,
             GError               **error)
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
take_mask (MsmSession            *self,
           const MsmReconTables  *wished)
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
  take_mask (self, self->wished);
  msm_session_drop_wishes (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_METHOD_CHANGED], 0);
}
