#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/device-flags.h"
#include "app/commands/image-file.h"
#include "app/commands/launch.h"
#include "app/commands/metrics-text.h"
#include "app/commands/pattern.h"
#include "app/commands/recon-run.h"
#include "app/commands/samples-file.h"
#include "app/setup/recon-tables.h"
#include "app/setup/scan-flags.h"
#include "app/setup/slice-list.h"
#include "app/setup/stages.h"
#include "core/comm/comm.h"
#include "core/io/image-write.h"
#include "core/io/mask-file.h"
#include "core/io/scan.h"
#include "core/method/method.h"
#include "core/problem/problem-from-scan.h"
#include "core/sampler/sampler-diffusion.h"

/* The mask of --mask or --pattern, or NULL with @error unset: the scan's own. */
static MsmMask *
make_mask (MsmParams *params, const MsmMaskPattern *pattern, MsmParams *values, MsmScan *scan, GError **error)
{
  const char *path = msm_params_get_text (params, "mask");

  if (path[0] != '\0')
    return msm_mask_load (path, scan->n_readout, scan->n_phase, error);
  if (pattern != NULL)
    return pattern->generate (values, scan->n_readout, scan->n_phase, error);
  return NULL;
}

static void
report (MsmParams *params, const char *path, gsize slice, const MsmSamplerClass *klass,
        const MsmOperatorClass *operator_class, MsmDevice *device, const MsmReconResult *result)
{
  double accel = result->mask != NULL ? msm_mask_effective_accel (result->mask) : NAN;
  g_autofree char *measured = NULL;

  if (msm_params_get_bool (params, "json"))
    {
      g_autofree char *base = g_path_get_basename (path);
      g_autofree char *name = msm_json_string (base);
      g_autofree char *effective = msm_json_number (accel);
      g_autofree char *residual = msm_json_number (result->last.residual);
      g_autofree char *cost = msm_json_number (result->last.cost);
      g_autofree char *note = result->note != NULL ? msm_json_string (result->note) : g_strdup ("null");
      g_autofree char *metrics = result->has_metrics ? msm_metrics_json (&result->metrics) : g_strdup ("null");
      g_autofree char *sample =
          result->has_sample_metrics ? msm_metrics_json (&result->sample_metrics) : g_strdup ("null");

      printf ("{ \"input\": %s, \"slice\": %zu, \"operator\": \"%s\", \"method\": \"%s\", "
              "\"device\": \"%s\", \"accel_effective\": %s, \"steps\": %d, \"residual\": %s, \"cost\": %s, "
              "\"prepare_ms\": %.1f, \"run_ms\": %.1f, \"note\": %s, \"metrics\": %s, \"sample_metrics\": %s }\n",
              name, slice, operator_class->name, klass->name, msm_device_name (device), effective, result->last.step,
              residual, cost, result->prepare_ms, result->run_ms, note, metrics, sample);
      return;
    }
  if (result->mask != NULL)
    measured = g_strdup_printf (_("R %.2f (%s)"), accel,
                                result->mask->origin != NULL ? result->mask->origin : _("as acquired"));
  else
    measured = g_strdup (result->operator_text);
  printf (_("%s, slice %zu, %s: %d steps, residual %.4g; prepared in %.0f ms, ran in "
             "%.0f ms on %s\n"),
          klass->title, slice, measured, result->last.step, result->last.residual, result->prepare_ms, result->run_ms,
          msm_device_name (device));
  if (result->note != NULL)
    printf (_("Note: %s\n"), _(result->note));
  if (result->has_metrics)
    {
      g_autofree char *text = msm_metrics_text (&result->metrics);

      printf ("%s\n", text);
    }
  if (result->has_sample_metrics)
    {
      g_autofree char *text = msm_metrics_text (&result->sample_metrics);

      printf (_("One sample alone: %s\n"), text);
    }
}

/* What was done, for the file's provenance. (transfer full) */
static char *
describe_run (const MsmProblemOptions *options, const MsmSamplerClass *klass, MsmParams *method, MsmDevice *device,
              const MsmReconResult *result)
{
  g_autofree char *settings = msm_params_describe (method);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "slice=%zu method=%s %s", options->slice, klass->name, settings);
  if (result->operator_text != NULL)
    g_string_append_printf (text, "; operator: %s", result->operator_text);
  if (result->mask != NULL)
    g_string_append_printf (text, "; mask: %s", result->mask->origin != NULL ? result->mask->origin : "as acquired");
  if (msm_diffusion_is_class (klass))
    {
      g_autofree char *prior = msm_diffusion_describe_prior (msm_run_get_sampler (result->terminal.run));

      g_string_append_printf (text, "; %s", prior);
    }
  g_string_append_printf (text, "; device=%s", msm_device_name (device));
  return g_string_free (text, FALSE);
}

/* The result, and what else a diffusion sampler has, where the format can hold it. */
static gboolean
save (MsmParams *params, const char *out, const char *provenance, const char *experiment, MsmScan *scan,
      const MsmProblemOptions *options, const MsmSamplerClass *klass, const MsmReconResult *result, GError **error)
{
  MsmImageNotes notes = { provenance, experiment, result->mask, scan->spacing_mm,
                          msm_geometry_of_slice (&scan->geometry, options->slice, scan->spacing_mm[2]) };
  g_auto (MsmSamples) samples = { NULL };

  /* A picture's white is known, and kept. */
  if (options->operator_class->make != NULL && g_str_equal (scan->format->name, "png"))
    notes.white = 1;
  if (msm_diffusion_is_class (klass) && msm_samples_is_hdf5 (out))
    {
      if (!msm_samples_collect (&samples, msm_run_get_sampler (result->terminal.run), FALSE,
                                msm_params_get_bool (params, "keep-samples"), error))
        return FALSE;
      notes.more = samples.named;
      notes.n_more = samples.n;
    }
  return msm_image_save (out, result->image, &notes, error);
}

typedef struct
{
  MsmParams *params;
  const char *path, *experiment;
} TrajectoryWish;

static MsmTrajectory *
make_trajectory (MsmSampler *sampler, gpointer data)
{
  TrajectoryWish *wish = data;
  g_autofree char *settings = msm_params_describe (sampler->params);
  g_autofree char *details = g_strdup_printf ("method=%s %s; device=%s", sampler->klass->name, settings,
                                              msm_device_name (sampler->problem->device));
  g_autofree char *provenance = msm_command_provenance ("recon", wish->path, details);
  g_autofree char *text = msm_experiment_attach (provenance, wish->experiment);

  return msm_samples_trajectory (wish->params, sampler, text);
}

/* All that the slices of a scan have in common. */
typedef struct _Work Work;
struct _Work
{
  MsmReconTables *tables;
  MsmExperiment *experiment; /* borrows the tables */
  const char *path;
  MsmProblemOptions options;
  MsmScan *scan;
  MsmDevice *device;
  MsmMask *mask;
  MsmTensor *sens;
  gboolean is_batch; /* each slice has a file of its own */
  Work *parent;      /* (nullable): owned: of a branch, what it goes on from, */
  int start;         /* after this step */
};

static void
work_clear (Work *self)
{
  g_clear_pointer (&self->scan, msm_scan_unref);
  g_clear_pointer (&self->device, msm_device_unref);
  g_clear_pointer (&self->mask, msm_mask_unref);
  g_clear_pointer (&self->sens, msm_tensor_unref);
}

/* An earlier stage of a branch, which owns its tables. */
static void
parent_free (Work *self)
{
  if (self == NULL)
    return;
  parent_free (self->parent);
  work_clear (self);
  g_clear_pointer (&self->experiment, msm_experiment_free);
  msm_recon_tables_clear (self->tables);
  g_free (self->tables);
  g_free (self);
}

/* What repeats this one slice; its branches are of the same one. (transfer full) */
static char *
format_experiment (Work *work, gsize slice)
{
  MsmParams *params = work->tables->params;
  g_autofree char *before = msm_params_format (params, "slice");
  char *text;

  for (Work *w = work; w != NULL; w = w->parent)
    msm_params_set_number (w->tables->params, "slice", (double) slice, NULL);
  text = msm_samples_format_experiment (params, work->experiment, TRUE);
  msm_params_set_text (params, "slice", before, NULL);
  return text;
}

/* What a branch goes on from: all stages before it, up to the step where the next begins. (transfer full) */
static GBytes *
state_at (Work *work, gsize slice, int step, GError **error)
{
  g_autoptr (GBytes) start = NULL;

  if (work->parent != NULL && (start = state_at (work->parent, slice, work->start, error)) == NULL)
    return NULL;
  work->options.slice = slice;
  return msm_recon_state_at (work->scan, &work->options, work->device, work->tables->klass, work->tables->method, start,
                             step, work->tables->klass->title, error);
}

static gboolean
reconstruct_slice (Work *work, gsize slice, GError **error)
{
  g_autofree char *experiment = format_experiment (work, slice);
  MsmParams *params = work->tables->params;
  const MsmSamplerClass *klass = work->tables->klass;
  const char *name = msm_params_get_text (params, "out");
  g_autofree char *out =
      name[0] != '\0' && work->is_batch ? msm_slice_list_path (name, slice, work->scan->n_slices) : g_strdup (name);
  g_auto (MsmReconResult) result = { NULL };
  TrajectoryWish wish = { params, work->path, experiment };
  g_autoptr (GBytes) start = NULL;

  if (work->parent != NULL && (start = state_at (work->parent, slice, work->start, error)) == NULL)
    return FALSE;
  work->options.slice = slice;
  if (!msm_recon_run (work->scan, &work->options, work->device, klass, work->tables->method, start, klass->title,
                      make_trajectory, &wish, &result, error))
    return FALSE;
  if (out[0] != '\0')
    {
      g_autofree char *details = describe_run (&work->options, klass, work->tables->method, work->device, &result);
      g_autofree char *provenance = msm_command_provenance ("recon", work->path, details);

      if (!save (params, out, provenance, experiment, work->scan, &work->options, klass, &result, error))
        return FALSE;
    }
  report (params, work->path, slice, klass, work->options.operator_class, work->device, &result);
  fflush (stdout);
  return TRUE;
}

/* Of --slices this process's part, of several every so many-th; else the one of --slice. */
static GArray *
choose_slices (Work *work, GError **error)
{
  MsmParams *params = work->tables->params;
  const char *text = msm_params_get_text (params, "slices");
  int slice = msm_params_get_int (params, "slice"), rank, size, local_rank;
  g_autoptr (GArray) all = NULL;
  GArray *part = g_array_new (FALSE, FALSE, sizeof (gsize));
  gsize one;

  if (text[0] != '\0')
    {
      all = msm_slice_list_parse (text, work->scan->n_slices, error);
      msm_comm_environment (&rank, &size, &local_rank);
      for (guint i = (guint) rank; all != NULL && i < all->len; i += (guint) size)
        g_array_append_val (part, g_array_index (all, gsize, i));
      work->is_batch = TRUE;
      if (all == NULL)
        g_clear_pointer (&part, g_array_unref);
      return part;
    }
  one = slice >= 0 ? (gsize) slice : work->scan->n_slices / 2;
  if (one < work->scan->n_slices)
    return g_array_append_val (part, one);
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: slice %d was asked for, the last is %zu"), work->path, slice,
               work->scan->n_slices - 1);
  g_array_unref (part);
  return NULL;
}

/* A batch goes on after a slice that fails; the last failure is the batch's. */
static gboolean
reconstruct_slices (Work *work, const GArray *slices, GError **error)
{
  GError *failure = NULL;
  guint n_failed = 0;

  for (guint i = 0; i < slices->len; i++)
    {
      gsize slice = g_array_index (slices, gsize, i);
      GError *local = NULL;

      if (reconstruct_slice (work, slice, &local))
        continue;
      n_failed++;
      if (failure != NULL)
        {
          fprintf (stderr, "msm: %s\n", failure->message);
          g_clear_error (&failure);
        }
      failure = local;
      if (work->is_batch)
        g_prefix_error (&failure, _("slice %zu: "), slice);
      msm_device_clear_error (work->device);
    }
  if (failure != NULL)
    g_propagate_error (error, failure);
  return n_failed == 0;
}

/* The scan, device, mask and maps that the tables name, here and in the stages before. */
static gboolean
open_work (Work *work, GError **error)
{
  MsmReconTables *tables = work->tables;
  const char *sens = msm_params_get_text (tables->params, "sens");
  GError *mask_error = NULL;

  if (work->parent != NULL && !open_work (work->parent, error))
    return FALSE;
  work->scan = msm_scan_open_with_flags (work->path, tables->params, error);
  work->device = work->scan != NULL ? msm_device_from_flags (tables->params, tables->klass->host_only, error) : NULL;
  if (work->device == NULL)
    return FALSE;
  work->mask = make_mask (tables->params, tables->pattern, tables->pattern_values, work->scan, &mask_error);
  if (mask_error != NULL)
    {
      g_propagate_error (error, mask_error);
      return FALSE;
    }
  if (sens[0] != '\0' && (work->sens = msm_sens_load (sens, error)) == NULL)
    return FALSE;
  work->options = (MsmProblemOptions){
    .mask = work->mask,
    .sens = work->sens,
    .n_virtual = msm_params_get_int (tables->params, "coils"),
    .espirit = tables->espirit,
    .operator_class = tables->operator_class,
    .operator_params = tables->operator_values,
  };
  return TRUE;
}

static gboolean
reconstruct (Work *work, GError **error)
{
  MsmParams *params = work->tables->params;
  g_autoptr (GArray) slices = NULL;

  if (!msm_samples_check_flags (params, msm_params_get_text (params, "out"), error) || !open_work (work, error))
    return FALSE;
  slices = choose_slices (work, error);
  return slices != NULL && reconstruct_slices (work, slices, error);
}

/* The stage @index of an experiment, with those before it. (transfer full): NULL with @error */
static Work *
load_parent (GPtrArray *stages, guint index, const char *path, GError **error)
{
  const MsmStage *stage = g_ptr_array_index (stages, index);
  Work *self = g_new0 (Work, 1);

  self->tables = g_new0 (MsmReconTables, 1);
  self->start = stage->start;
  if ((index > 0 && (self->parent = load_parent (stages, index - 1, path, error)) == NULL)
      || !msm_recon_tables_load_sections (self->tables, stage->sections, path, error))
    {
      parent_free (self);
      return NULL;
    }
  self->experiment = msm_recon_tables_make_experiment (self->tables);
  if (self->parent != NULL)
    msm_experiment_set_parent (self->experiment, self->parent->experiment, self->start);
  return self;
}

/* What the experiment @path goes on from, into @work; nothing where it is no branch. */
static gboolean
take_parent (Work *work, const char *path, GError **error)
{
  g_autoptr (GPtrArray) stages = msm_experiment_read_stages (path, error);

  if (stages == NULL)
    return FALSE;
  if (stages->len == 1)
    return TRUE;
  work->parent = load_parent (stages, stages->len - 2, path, error);
  if (work->parent == NULL)
    return FALSE;
  work->start = ((MsmStage *) g_ptr_array_index (stages, stages->len - 1))->start;
  msm_experiment_set_parent (work->experiment, work->parent->experiment, work->start);
  return TRUE;
}

/*
 * The names that choose tables of flags: @argv's own, then those of --experiment's [recon]. (transfer full): a copy
 * of @argv for msm_options_peek(), which takes the first; NULL with @error.
 */
static GPtrArray *
names_with_experiment (int argc, char **argv, const char *path, GError **error)
{
  static const char *const names[] = { "method", "pattern", "operator", "mask" };
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GKeyFile) file = path != NULL ? msm_experiment_read (path, error) : NULL;

  if (path != NULL && file == NULL)
    return NULL;
  for (int i = 0; i < argc; i++)
    g_ptr_array_add (all, g_strdup (argv[i]));
  for (gsize i = 0; path != NULL && i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *value = g_key_file_get_string (file, "recon", names[i], NULL);

      if (value == NULL || value[0] == '\0')
        continue;
      g_ptr_array_add (all, g_strdup_printf ("--%s", names[i]));
      g_ptr_array_add (all, g_strdup (value));
    }
  return g_steal_pointer (&all);
}

/* The flags of what could have been chosen, for messages. */
static void
add_choices (MsmOptions *options)
{
  for (const MsmSamplerClass *const *klass = msm_sampler_classes (); *klass != NULL; klass++)
    msm_options_add_choice (options, "method", (*klass)->name, NULL, (*klass)->params);
  msm_pattern_add_choices (options);
  for (const MsmOperatorClass *const *klass = msm_operator_classes (); *klass != NULL; klass++)
    msm_options_add_choice (options, "operator", (*klass)->name, "operator-", (*klass)->params);
}

/* The tables that the names choose, as flags. */
static gboolean
make_tables (MsmReconTables *self, MsmOptions *options, int argc, char **argv, GError **error)
{
  const char *pattern_name = msm_options_peek (argc, argv, "pattern");
  g_autofree char *method = NULL, *operator_title = NULL, *pattern = NULL;

  /* An acceleration says that a pattern is wanted. */
  if (pattern_name == NULL && msm_options_peek (argc, argv, "accel") != NULL
      && msm_options_peek (argc, argv, "mask") == NULL)
    pattern_name = MSM_PATTERN_DEFAULT;
  if (!msm_recon_tables_init (self, msm_options_peek (argc, argv, "method"), pattern_name,
                              msm_options_peek (argc, argv, "operator"), error))
    return FALSE;
  method = g_strdup_printf (_("Method “%s”"), self->klass->name);
  operator_title = g_strdup_printf (_("Operator “%s”"), self->operator_class->name);
  msm_options_add (options, _("Flags"), NULL, self->params);
  msm_options_add (options, method, NULL, self->method);
  msm_options_add (options, operator_title, "operator-", self->operator_values);
  if (self->pattern != NULL)
    {
      pattern = g_strdup_printf (_("Pattern “%s”"), self->pattern->name);
      msm_options_add (options, pattern, NULL, self->pattern_values);
    }
  /* A name that the method has too: --seed is the method's, --pattern-seed the pattern's. */
  if (self->pattern != NULL && msm_params_has (self->method, "seed"))
    msm_options_add (options, _("Pattern, where the method has the same flag"), "pattern-", self->pattern_values);
  msm_options_add (options, _("Coil sensitivities (ESPIRiT)"), "espirit-", self->espirit);
  add_choices (options);
  return TRUE;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_autoptr (MsmExperiment) experiment = NULL;
  const char *given = msm_options_peek (argc, argv, "experiment");
  g_autoptr (GPtrArray) names = NULL;
  g_auto (MsmReconTables) tables = { NULL };
  Work work = { .tables = &tables };
  g_autofree char *input = NULL;
  GError *error = NULL;
  int status, rank, size, local_rank;

  names = names_with_experiment (argc, argv, given, &error);
  if (names == NULL)
    return msm_command_failed (error);
  if (!make_tables (&tables, options, (int) names->len, (char **) names->pdata, &error))
    return msm_command_usage (&msm_command_recon, error);
  experiment = msm_recon_tables_make_experiment (&tables);
  /* The file first, so that flags can change it. */
  if (given != NULL && !msm_experiment_load (experiment, given, &error))
    return msm_command_failed (error);
  work.experiment = experiment;
  if (!msm_command_parse (&msm_command_recon, options, argc, argv, given != NULL ? 0 : 1, 1, &status))
    return status;
  if (tables.pattern != NULL && msm_options_given (options, "mask"))
    return msm_command_usage (&msm_command_recon,
                              g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("--mask and --pattern exclude each other")));
  if (tables.pattern != NULL && !msm_params_set_text (tables.params, "pattern", tables.pattern->name, &error))
    return msm_command_failed (error);
  if (msm_options_files (options)->len > 0
      && !msm_params_set_text (tables.params, "input", g_ptr_array_index (msm_options_files (options), 0), &error))
    return msm_command_failed (error);
  input = g_strdup (msm_params_get_text (tables.params, "input"));
  if (input[0] == '\0')
    return msm_command_usage (&msm_command_recon,
                              g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("no file is given to reconstruct")));
  if (msm_params_get_text (tables.params, "slices")[0] != '\0'
      && (msm_options_given (options, "slice") || msm_options_given (options, "trajectory")))
    return msm_command_usage (
        &msm_command_recon,
        g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("--slices goes neither with --slice nor with --trajectory")));
  if (msm_params_get_int (tables.params, "processes") > 1 && !msm_comm_environment (&rank, &size, &local_rank))
    return msm_command_launch (msm_params_get_int (tables.params, "processes"), FALSE);
  if (given == NULL || take_parent (&work, given, &error))
    {
      /* The scan that is given is that of all stages. */
      for (Work *w = &work; w != NULL; w = w->parent)
        {
          w->path = input;
          msm_params_set_text (w->tables->params, "input", input, NULL);
        }
      if (msm_samples_save_experiment (tables.params, experiment, &error))
        reconstruct (&work, &error);
    }
  parent_free (work.parent);
  work_clear (&work);
  return error != NULL ? msm_command_failed (error) : MSM_EXIT_OK;
}

const MsmCommand msm_command_recon = {
  "recon",
  "INPUT [flags]",
  N_("Reconstruct slices of a scan"),
  N_("Methods: zero-filled, rss, cg-sense, l1-wavelet, tv, msm, oracle. Patterns: random, equispaced,\n"
      "variable-density, poisson, radial, box, pixels, full. Operators: sampling (k-space: the default), and on\n"
      "pictures or the image of a fully sampled scan inpaint-box, inpaint-random, super-resolution, blur,\n"
      "motion-blur, random-projection, colourise, each simulated with noise. Each has flags of its own:\n"
      "msm recon --method NAME --pattern NAME --operator NAME --help. A scan that is undersampled already keeps\n"
      "its own mask. Figures against the fully sampled image are printed when the scan is fully sampled.\n"
      "msm and oracle need --prior; --save-experiment writes all settings, which --experiment repeats with the\n"
      "same pixels. --slices all --processes 4 shares a scan out over four GPUs."),
  run,
};
