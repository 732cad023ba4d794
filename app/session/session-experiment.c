#include "config.h"

#include "app/session/session-private.h"

#include <glib/gi18n-lib.h>

#include "app/setup/setup-ini.h"
#include "app/setup/setup-prepare.h"
#include "core/base/error.h"
#include "core/io/output-file.h"
#include "core/io/provenance.h"

/* ---- saving ---- */

/* As a file has it: whole names, and devices by theirs, since “auto” would be another one where there is a GPU. */
static MsmSetup *
make_saved (const MsmSetup *setup, const char *path, GError **error)
{
  g_autoptr (MsmSetup) saved = msm_setup_copy (setup);

  for (MsmSetup *stage = saved; stage != NULL; stage = stage->parent)
    {
      g_autoptr (MsmDevice) device = msm_setup_open_device (stage, error);
      g_autofree char *given = g_steal_pointer (&stage->address.path);

      if (device == NULL)
        return NULL;
      g_free (stage->device);
      stage->device = g_strdup (msm_device_name (device));
      stage->address.path = given != NULL ? g_canonicalize_filename (given, NULL) : NULL;
    }
  return msm_setup_save_masks (saved, path, error) ? g_steal_pointer (&saved) : NULL;
}

char *
msm_session_format_run (MsmRunItem *run, const char *path, GError **error)
{
  g_autoptr (MsmSetup) saved = make_saved (msm_run_item_get_setup (run), path, error);

  return saved != NULL ? msm_setup_format (saved, MSM_NAMES_BASE, error) : NULL;
}

char *
msm_session_describe_run (MsmRunItem *run, int step, const char *path, GError **error)
{
  g_autofree char *settings = msm_run_item_describe (run), *summary = NULL;
  g_autofree char *experiment = msm_session_format_run (run, path, error);
  int last, n_steps;
  double seconds_left;

  msm_run_item_get_progress (run, &last, &n_steps, &seconds_left);
  summary = g_strdup_printf ("%sstep = %d of %d", settings, step, n_steps);
  return experiment != NULL ? msm_provenance_attach (summary, experiment) : NULL;
}

gboolean
msm_session_check_output (MsmSession *self, const char *path, gboolean may_replace, GError **error)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  GListModel *runs = msm_session_get_runs (self);

  if (msm_session_get_scan (self) != NULL)
    g_ptr_array_add (inputs, msm_session_get_scan (self)->path);
  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (runs, i);
      char *scan = msm_run_item_get_setup (run)->address.path;

      if (scan != NULL)
        g_ptr_array_add (inputs, scan);
    }
  return msm_output_check (path, inputs, may_replace, error);
}

gboolean
msm_session_may_write (MsmSession *self, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (msm_session_check_output (self, path, TRUE, &error))
    return TRUE;
  msm_session_fail (self, error);
  return FALSE;
}

void
msm_session_save_experiment (MsmSession *self, const char *path)
{
  MsmRunItem *run = msm_run_store_get_selected (self->runs);
  g_autoptr (MsmSetup) now = run == NULL ? msm_session_make_setup (self) : NULL;
  g_autoptr (MsmSetup) saved = NULL;
  g_autoptr (GError) error = NULL;

  if (!msm_session_may_write (self, path) || (run == NULL && now == NULL))
    return;
  saved = make_saved (now != NULL ? now : msm_run_item_get_setup (run), path, &error);
  if (saved == NULL || !msm_setup_save (saved, path, &error))
    msm_session_fail (self, error);
}

/* ---- opening ---- */

void
msm_session_drop_wishes (MsmSession *self)
{
  g_clear_pointer (&self->wished, msm_setup_free);
  g_clear_object (&self->wished_run);
}

/* What the terminal can do and the window cannot is refused, before anything is opened. */
static gboolean
check_wishes (const MsmSetup *wished, const char *path, GError **error)
{
  gboolean is_generation = wished->method->generates;
  const char *section = is_generation ? "run" : "recon";
  g_autoptr (MsmDevice) device = NULL;
  g_autoptr (GError) local = NULL;

  if (!is_generation && wished->address.path == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: [recon] names no input"), path);
  else if (wished->sens_path != NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                 _("%s: [%s] sens: the window takes no files of coil maps; the terminal does"), path, section);
  else if ((device = msm_device_open (wished->device, &local)) == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("%s: [%s] device: %s"), path, section, local->message);
  return device != NULL;
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

/* It needs no scan: what is open stays so. */
static void
take_generation (MsmSession *self, const MsmSetup *wished)
{
  g_autoptr (GError) error = NULL;

  if (!msm_setup_model_take (self->setup, wished, &error))
    {
      msm_session_fail (self, error);
      return;
    }
  msm_run_store_select (self->runs, NULL);
  msm_run_store_plan_ahead (self->runs);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_METHOD_CHANGED], 0);
  if (wished->parent != NULL)
    tell_of_branch (self);
}

void
msm_session_open_experiment (MsmSession *self, const char *path)
{
  g_autoptr (MsmSetup) wished = NULL;
  g_autoptr (GError) error = NULL;
  MsmScanOptions options = { NULL };

  g_return_if_fail (MSM_IS_SESSION (self) && path != NULL);
  wished = msm_setup_load (path, &error);
  if (wished == NULL || !check_wishes (wished, path, &error))
    {
      msm_session_fail (self, error);
      return;
    }
  if (wished->address.path == NULL)
    {
      take_generation (self, wished);
      return;
    }
  msm_session_drop_wishes (self);
  self->wished = g_steal_pointer (&wished);
  options = (MsmScanOptions){ .group = self->wished->address.group, .indices = self->wished->address.indices };
  msm_session_open_with (self, self->wished->address.path, &options);
}

void
msm_session_take_wishes (MsmSession *self)
{
  g_autoptr (GError) error = NULL;
  const MsmSetup *wished = self->wished;
  MsmScan *scan = msm_study_get_scan (self->study);
  gsize slice;

  if (wished == NULL || g_strcmp0 (wished->address.path, scan->path) != 0)
    return;
  slice = wished->is_middle ? scan->n_slices / 2 : wished->address.slice;
  msm_study_begin_at (self->study, slice < scan->n_slices ? slice : scan->n_slices / 2);
  if (slice >= scan->n_slices)
    {
      g_set_error (&error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: slice %zu was asked for, the last is %zu"), scan->path,
                   slice, scan->n_slices - 1);
      msm_session_fail (self, error);
    }
  else if (!msm_setup_model_take (self->setup, wished, &error))
    msm_session_fail (self, error);
  else if (wished->parent != NULL && self->wished_run == NULL)
    tell_of_branch (self);
  msm_setup_model_take_mask (self->setup, wished);
  /* It may have been taken off the list meanwhile. */
  if (self->wished_run != NULL
      && msm_run_store_find (self->runs, msm_run_item_get_number (self->wished_run)) == self->wished_run)
    msm_run_store_select (self->runs, self->wished_run);
  msm_session_drop_wishes (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_METHOD_CHANGED], 0);
}
