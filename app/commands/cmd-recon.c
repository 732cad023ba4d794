#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/image-file.h"
#include "app/commands/launch.h"
#include "app/commands/metrics-text.h"
#include "app/commands/pattern.h"
#include "app/commands/recon-run.h"
#include "app/commands/samples-file.h"
#include "app/commands/say.h"
#include "app/commands/volume-file.h"
#include "app/setup/prior.h"
#include "app/setup/setup-ini.h"
#include "app/setup/setup-prepare.h"
#include "app/setup/slice-list.h"
#include "core/comm/comm.h"
#include "core/io/image-write.h"
#include "core/io/provenance.h"
#include "core/io/scan.h"
#include "core/method/method.h"
#include "core/sampler/sampler-diffusion.h"

/* @metrics (nullable) as an object, or null. */
static void
add_metrics (JsonBuilder *b, const char *name, const MsmMetrics *metrics)
{
  if (metrics == NULL)
    {
      msm_json_text (b, name, NULL);
      return;
    }
  msm_json_open (b, name);
  msm_metrics_json (metrics, b);
  json_builder_end_object (b);
}

static void
add_held_back (JsonBuilder *b, const MsmHeldBack *self)
{
  msm_json_open (b, "held_back");
  msm_json_int (b, self->are_lines ? "lines" : "points", (gint64) self->n_points);
  msm_json_real (b, "residual", self->residual);
  msm_json_real (b, "l1_wavelet", self->classical);
  msm_json_real (b, "weight", self->weight);
  json_builder_end_object (b);
}

/* One line: with several slices there is one for each. */
static void
report_json (const MsmSetup *setup, MsmDevice *device, const MsmReconResult *result, double accel)
{
  g_autofree char *base = g_path_get_basename (setup->address.path);
  g_autoptr (JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  msm_json_text (b, "input", base);
  msm_json_int (b, "slice", (gint64) setup->address.slice);
  msm_json_text (b, "operator", setup->operator_class->name);
  msm_json_text (b, "method", setup->method->name);
  msm_json_text (b, "prior", msm_params_get_prior (setup->params));
  msm_json_text (b, "device", msm_device_name (device));
  msm_json_real (b, "accel_effective", accel);
  msm_json_int (b, "steps", result->last.step);
  msm_json_real (b, "residual", result->last.residual);
  msm_json_real (b, "cost", result->last.cost);
  msm_json_real (b, "prepare_ms", result->prepare_ms);
  msm_json_real (b, "run_ms", result->run_ms);
  msm_json_text (b, "note", result->note);
  if (result->has_held_back)
    add_held_back (b, &result->held_back);
  else
    msm_json_text (b, "held_back", NULL);
  add_metrics (b, "metrics", result->has_metrics ? &result->metrics : NULL);
  add_metrics (b, "sample_metrics", result->has_sample_metrics ? &result->sample_metrics : NULL);
  json_builder_end_object (b);
  msm_json_print (b, FALSE);
}

static void
report_held_back (const MsmSamplerClass *klass, const MsmHeldBack *self)
{
  printf (self->are_lines ? _("%zu lines held back: %s misses %.4g of them, L1-wavelet %.4g: %s\n")
                          : _("%zu points held back: %s misses %.4g of them, L1-wavelet %.4g: %s\n"),
          self->n_points, _(klass->title), self->residual, self->classical,
          self->residual <= self->classical ? _("it fits this scan")
                                            : _("L1-wavelet is the better choice here (--method l1-wavelet)"));
}

static void
report (MsmParams *params, const MsmSetup *setup, MsmDevice *device, const MsmReconResult *result)
{
  const MsmSamplerClass *klass = setup->method;
  gsize slice = setup->address.slice;
  double accel = result->mask != NULL ? msm_mask_effective_accel (result->mask) : NAN;
  g_autofree char *measured = NULL;

  if (msm_params_get_bool (params, "json"))
    {
      report_json (setup, device, result, accel);
      return;
    }
  if (result->mask != NULL)
    measured = g_strdup_printf (_("R %.2f (%s)"), accel,
                                result->mask->origin != NULL ? result->mask->origin : _("as acquired"));
  else
    measured = g_strdup (result->operator_text);
  msm_say (_("%s, slice %zu, %s: %d steps, residual %.4g; prepared in %.0f ms, ran in "
              "%.0f ms on %s\n"),
           klass->title, slice, measured, result->last.step, result->last.residual, result->prepare_ms, result->run_ms,
           msm_device_name (device));
  if (result->note != NULL)
    msm_say (_("Note: %s\n"), _(result->note));
  if (result->has_held_back)
    report_held_back (klass, &result->held_back);
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
describe_run (const MsmSetup *setup, MsmDevice *device, const MsmReconResult *result, MsmNames names)
{
  g_autofree char *settings = msm_params_describe_with (setup->params, names);
  g_autofree char *prior = msm_diffusion_describe_prior (msm_run_get_sampler (result->terminal.run));
  const char *origin = result->mask != NULL ? result->mask->origin : NULL;
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "slice=%zu method=%s %s", setup->address.slice, setup->method->name, settings);
  if (result->operator_text != NULL)
    g_string_append_printf (text, "; operator: %s", result->operator_text);
  if (result->mask != NULL)
    g_string_append_printf (text, "; mask: %s",
                            names == MSM_NAMES_NONE && setup->mask_path != NULL ? "from a file"
                            : origin != NULL                                    ? origin
                                                                                : "as acquired");
  if (prior != NULL && names != MSM_NAMES_NONE)
    g_string_append_printf (text, "; %s", prior);
  g_string_append_printf (text, "; device=%s", msm_device_name (device));
  return g_string_free (text, FALSE);
}

/* The result, and what else a diffusion sampler has, where the format can hold it. */
static gboolean
save (MsmParams *params, const char *out, const char *provenance, const char *experiment, MsmScan *scan,
      const MsmSetup *setup, const MsmReconResult *result, GError **error)
{
  MsmImageNotes notes = { provenance, experiment, result->mask, scan->spacing_mm,
                          msm_scan_geometry (scan, setup->address.slice) };
  g_auto (MsmSamples) samples = { NULL };

  notes.title = setup->method->name;
  /* A picture's white is known, and kept. */
  if (setup->operator_class->make != NULL && scan->format->white > 0)
    notes.white = scan->format->white;
  if (msm_diffusion_is_class (setup->method) && msm_image_format_can (out, MSM_HOLDS_ARRAYS))
    {
      if (!msm_samples_collect (&samples, msm_run_get_sampler (result->terminal.run), FALSE,
                                msm_params_get_bool (params, "keep-samples"), error))
        return FALSE;
      notes.more = samples.named;
      notes.n_more = samples.n;
    }
  return msm_image_format_write (out, result->image, &notes, error);
}

typedef struct
{
  MsmParams *params;
  const char *path, *experiment;
  MsmNames names;
} TrajectoryWish;

static MsmTrajectory *
make_trajectory (MsmSampler *sampler, gpointer data)
{
  TrajectoryWish *wish = data;
  g_autofree char *settings = msm_params_describe_with (sampler->params, wish->names);
  g_autofree char *details = g_strdup_printf ("method=%s %s; device=%s", sampler->klass->name, settings,
                                              msm_device_name (sampler->problem->device));
  g_autofree char *provenance = msm_command_provenance ("recon", wish->path, details);
  g_autofree char *text = msm_provenance_attach (provenance, wish->experiment);

  return msm_samples_trajectory (wish->params, sampler, text);
}

/* All that the slices of a scan have in common. */
typedef struct
{
  MsmOptions *options;
  MsmParams *params; /* the flags */
  MsmSetup *setup;   /* of the slice that is next */
  MsmScan *scan;
  MsmDevice *device;
  gboolean is_batch; /* each slice has a file of its own, unless they are a volume */
  MsmVolumeFile *volume;
  guint place; /* of the slice that is next, in the list of them */
} Work;

static gboolean
reconstruct_slice (Work *work, gsize slice, GError **error)
{
  const MsmSetup *setup = work->setup;
  const char *name = msm_params_get_text (work->params, "out");
  g_autofree char *out =
      name[0] != '\0' && work->is_batch ? msm_slice_list_path (name, slice, work->scan->n_slices) : g_strdup (name);
  double held_back = msm_params_get_number (work->params, "held-back");
  g_autofree char *experiment = NULL;
  g_auto (MsmReconResult) result = { NULL };
  MsmNames names = msm_options_names (work->options);
  g_autofree char *source = msm_command_source (work->options, setup->address.path);
  TrajectoryWish wish = { work->params, source, NULL, names };

  msm_setup_set_slice (work->setup, slice);
  wish.experiment = experiment = msm_setup_format (setup, names, error);
  if (experiment == NULL || !msm_recon_run (setup, work->scan, work->device, make_trajectory, &wish, &result, error))
    return FALSE;
  if (out[0] != '\0')
    {
      g_autofree char *details = describe_run (setup, work->device, &result, names);
      g_autofree char *provenance = msm_command_provenance ("recon", source, details);

      if (work->volume != NULL
              ? !msm_volume_file_put (work->volume, work->place, result.image, provenance, experiment, error)
              : !save (work->params, out, provenance, experiment, work->scan, setup, &result, error))
        return FALSE;
    }
  if (held_back > 0
      && !msm_held_back_check (setup, work->scan, work->device, msm_run_get_sampler (result.terminal.run)->problem,
                               held_back, &result.held_back, error))
    return FALSE;
  result.has_held_back = held_back > 0;
  report (work->params, setup, work->device, &result);
  fflush (stdout);
  return TRUE;
}

/* Of --slices this process's part, of several every so many-th; else the one of --slice. */
static GArray *
choose_slices (Work *work, GError **error)
{
  const char *text = msm_params_get_text (work->params, "slices");
  int rank, size, local_rank;
  g_autoptr (GArray) all = NULL;
  GArray *part = NULL;

  if (text[0] == '\0')
    return g_array_append_val (g_array_new (FALSE, FALSE, sizeof (gsize)), work->setup->address.slice);
  work->is_batch = TRUE;
  all = msm_slice_list_parse (text, work->scan->n_slices, error);
  if (all == NULL)
    return NULL;
  part = g_array_new (FALSE, FALSE, sizeof (gsize));
  msm_comm_environment (&rank, &size, &local_rank);
  for (guint i = (guint) rank; i < all->len; i += (guint) size)
    g_array_append_val (part, g_array_index (all, gsize, i));
  return part;
}

/* Where each slice has a file of its own: before the first is reconstructed, not after an hour. */
static gboolean
check_outputs (Work *work, const GArray *slices, GError **error)
{
  const char *name = msm_params_get_text (work->params, "out");

  if (msm_params_get_bool (work->params, "volume"))
    return (work->volume = msm_volume_file_new (name, work->scan, slices, error)) != NULL;
  for (guint i = 0; work->is_batch && name[0] != '\0' && i < slices->len; i++)
    {
      g_autofree char *out = msm_slice_list_path (name, g_array_index (slices, gsize, i), work->scan->n_slices);

      if (!msm_options_check_output (work->options, out, error))
        return FALSE;
    }
  return TRUE;
}

/* A slice of which there is nothing to reconstruct. */
static void
report_blank (const MsmParams *params, gsize slice)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();

  if (!msm_params_get_bool (params, "json"))
    {
      printf (_("Slice %zu is blank and is left out.\n"), slice);
      return;
    }
  json_builder_begin_object (b);
  msm_json_int (b, "slice", (gint64) slice);
  msm_json_bool (b, "blank", TRUE);
  json_builder_end_object (b);
  msm_json_print (b, FALSE);
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

      work->place = i;
      if (reconstruct_slice (work, slice, &local))
        continue;
      if (work->is_batch && msm_scan_is_blank (work->scan, slice))
        {
          report_blank (work->params, slice);
          g_clear_error (&local);
          msm_device_clear_error (work->device);
          continue;
        }
      n_failed++;
      if (failure != NULL)
        {
          msm_say_error ("msm: %s", failure->message);
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

/* All slices; of a volume also its file, in which those that failed are empty. */
static gboolean
finish (Work *work, const GArray *slices, GError **error)
{
  const gboolean ok = reconstruct_slices (work, slices, error);
  GError *local = NULL;

  if (work->volume == NULL
      || msm_volume_file_write (work->volume, work->setup->method->name, msm_params_get_bool (work->params, "json"),
                                &local))
    return ok;
  if (ok)
    g_propagate_error (error, local);
  else
    {
      msm_say_error ("msm: %s", local->message);
      g_clear_error (&local);
    }
  return FALSE;
}

static gboolean
reconstruct (Work *work, GError **error)
{
  g_autoptr (GArray) slices = NULL;

  if (!msm_samples_check_flags (work->params, msm_params_get_text (work->params, "out"), error))
    return FALSE;
  work->device = work->scan != NULL ? msm_setup_open_device (work->setup, error) : NULL;
  if (work->device == NULL || !msm_setup_resolve (work->setup, work->scan, error))
    return FALSE;
  slices = choose_slices (work, error);
  return slices != NULL && check_outputs (work, slices, error) && finish (work, slices, error);
}

/* Where --prior is left open, the one that the window would begin with, and a line that says so. */
static gboolean
choose_prior (Work *work, GError **error)
{
  MsmSetup *setup = work->setup;
  const char *given = msm_params_get_prior (setup->params);
  gboolean is_sampling = setup->operator_class->make == NULL;
  g_autofree char *prior = NULL;

  work->scan = msm_address_open (&setup->address, error);
  if (work->scan == NULL)
    return FALSE;
  if (given == NULL || given[0] != '\0' || (prior = msm_prior_suggest_for (work->scan, is_sampling)) == NULL)
    return TRUE;
  if (!msm_params_get_bool (work->params, "json"))
    msm_say (_("Prior: %s, the shipped one whose size is nearest; --prior NAME for another\n"), prior);
  return msm_params_set_text (setup->params, msm_params_find_role (setup->params, MSM_ROLE_PRIOR)->name, prior, error);
}

/* What the flags say, of a branch with what the experiment @given (nullable) goes on from. (transfer full) */
static MsmSetup *
make_setup (const MsmReconTables *tables, const char *given, GError **error)
{
  g_autoptr (MsmSetup) self = msm_setup_new_from_recon (tables, error);

  if (self == NULL || (given != NULL && !msm_setup_load_parent (given, &self->parent, &self->start_step, error)))
    return NULL;
  /* The scan that is given is that of all stages. */
  msm_setup_set_path (self, msm_params_get_text (tables->params, "input"));
  return g_steal_pointer (&self);
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

/* The parameters of this role have one name in both tables. */
static gboolean
shares_flag (const MsmParams *a, const MsmParams *b, MsmParamRole role)
{
  const MsmParam *one = msm_params_find_role (a, role), *other = msm_params_find_role (b, role);

  return one != NULL && other != NULL && g_str_equal (one->name, other->name);
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
  if (self->pattern != NULL && shares_flag (self->method, self->pattern_values, MSM_ROLE_SEED))
    msm_options_add (options, _("Pattern, where the method has the same flag"), "pattern-", self->pattern_values);
  msm_options_add (options, _("Coil sensitivities (ESPIRiT)"), "espirit-", self->espirit);
  add_choices (options);
  return TRUE;
}

static MsmPresetUse
preset_use (int argc, char **argv)
{
  const char *name = msm_options_peek (argc, argv, "operator");
  const MsmOperatorClass *klass = name != NULL ? msm_operator_class_find (name, NULL) : NULL;

  return klass != NULL && klass->make != NULL ? MSM_PRESET_PICTURES : MSM_PRESET_MRI;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_autoptr (MsmExperiment) experiment = NULL;
  g_autofree char *given = NULL;
  g_autoptr (GPtrArray) names = NULL;
  g_auto (MsmReconTables) tables = { NULL };
  Work work = { NULL };
  GError *error = NULL;
  int status, rank, size, local_rank;

  given = msm_samples_given (argc, argv, preset_use (argc, argv), &error);
  if (error != NULL)
    return msm_command_usage (&msm_command_recon, error);
  names = names_with_experiment (argc, argv, given, &error);
  if (names == NULL)
    return msm_command_failed (error);
  if (!make_tables (&tables, options, (int) names->len, (char **) names->pdata, &error))
    return msm_command_usage (&msm_command_recon, error);
  experiment = msm_recon_tables_make_experiment (&tables);
  /* The file first, so that flags can change it. */
  if (given != NULL && !msm_experiment_load (experiment, given, &error))
    return msm_command_failed (error);
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
  if (msm_params_get_text (tables.params, "input")[0] == '\0')
    return msm_command_usage (&msm_command_recon,
                              g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("no file is given to reconstruct")));
  if (msm_params_get_text (tables.params, "slices")[0] != '\0'
      && (msm_options_given (options, "slice") || msm_options_given (options, "trajectory")))
    return msm_command_usage (
        &msm_command_recon,
        g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("--slices goes neither with --slice nor with --trajectory")));
  if (msm_params_get_bool (tables.params, "volume")
      && (msm_params_get_text (tables.params, "slices")[0] == '\0'
          || msm_params_get_text (tables.params, "out")[0] == '\0'
          || msm_params_get_bool (tables.params, "keep-samples")
          || msm_params_get_int (tables.params, "processes") > 1))
    return msm_command_usage (
        &msm_command_recon,
        g_error_new (
            MSM_ERROR, MSM_ERROR_VALUE,
            _("--volume needs --slices and --out, and goes neither with --processes nor with --keep-samples")));
  if (msm_params_get_int (tables.params, "processes") > 1 && !msm_comm_environment (&rank, &size, &local_rank))
    return msm_command_launch (msm_params_get_int (tables.params, "processes"), FALSE);
  if (given != NULL)
    msm_command_show_experiment (experiment, given, msm_params_get_bool (tables.params, "json"));
  work.options = options;
  work.params = tables.params;
  work.setup = make_setup (&tables, given, &error);
  if (work.setup != NULL && choose_prior (&work, &error)
      && msm_samples_save_experiment (tables.params, work.setup, options, &error))
    reconstruct (&work, &error);
  g_clear_pointer (&work.volume, msm_volume_file_free);
  g_clear_pointer (&work.scan, msm_scan_unref);
  g_clear_pointer (&work.device, msm_device_unref);
  msm_setup_free (work.setup);
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
      "msm and oracle take the nearest shipped prior without --prior; --save-experiment writes all settings, which "
      "--experiment repeats with the\n"
      "same pixels. --slices all --processes 4 shares a scan out over four GPUs; --slices all --volume writes\n"
      "one file."),
  run,
};
