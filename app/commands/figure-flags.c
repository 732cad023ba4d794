#include "config.h"

#include "app/commands/figure-flags.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "app/setup/setup-prepare.h"
#include "core/io/atomic-file.h"
#include "core/io/provenance.h"

static const MsmParam flags[] = {
  { "methods", MSM_PARAM_TEXT,
    .help = N_("What is compared: zero-filled,l1-wavelet,msm; settings as in msm:steps=50;samples=4") },
  { "experiments", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Experiment files or results, separated by ;, each run again beside the methods") },
  { "inset", MSM_PARAM_TEXT, .help = N_("ROW,COLUMN,SIZE[,ZOOM[,CORNER]] of a part to enlarge; several: with ;") },
  { "arrow", MSM_PARAM_TEXT, .help = N_("ROW,COLUMN[,ANGLE[,LABEL[,ITEM]]] of a tip; several: with ;") },
  { "region", MSM_PARAM_TEXT, .help = N_("ROW,COLUMN[,HEIGHT[,WIDTH[,LABEL]]] of an ellipse; several: with ;") },
  { "plots", MSM_PARAM_TEXT, .help = N_("Over the steps: any metric, residual, sigma; separated by commas") },
  { "profile", MSM_PARAM_TEXT, .help = N_("ROW,COLUMN,TO-ROW,TO-COLUMN of a line whose values are plotted") },
  { "save", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT,
    .help = N_("Write the description to this .ini, to be edited and drawn again") },
  { NULL },
};

void
msm_figure_flags_clear (MsmFigureFlags *self)
{
  g_clear_pointer (&self->spec, msm_figure_spec_free);
  g_clear_pointer (&self->params, msm_params_free);
  g_clear_pointer (&self->scan, msm_scan_unref);
  g_clear_pointer (&self->device, msm_device_unref);
}

/* The argument that is a description; flags' values are not looked at. */
static const char *
find_description (int argc, char **argv)
{
  for (int i = 0; i < argc; i++)
    if (argv[i][0] != '-' && (i == 0 || strncmp (argv[i - 1], "--", 2) != 0 || strchr (argv[i - 1], '=') != NULL)
        && (g_str_has_suffix (argv[i], ".ini") || msm_figure_spec_is_in (argv[i])))
      return argv[i];
  return NULL;
}

static gboolean
add_plots (MsmFigureSpec *spec, const char *text, GError **error)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);

  for (int i = 0; names[i] != NULL; i++)
    {
      MsmParams *params = msm_params_new (msm_figure_plot_params);
      const char *name = g_strstrip (names[i]);
      gboolean is_kind = g_str_equal (name, "residual") || g_str_equal (name, "sigma");

      g_ptr_array_add (spec->plots, params);
      if (!msm_params_set_text (params, "kind", is_kind ? name : "metric", error)
          || (!is_kind && !msm_params_set_text (params, "metric", name, error))
          || (is_kind && !msm_params_set_text (params, "log", "true", error)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_profiles (MsmFigureSpec *spec, const char *text, GError **error)
{
  static const char *const ends[] = { "row", "column", "to-row", "to-column" };
  g_auto (GStrv) entries = g_strsplit (text, ";", -1);

  for (int i = 0; entries[i] != NULL; i++)
    {
      g_auto (GStrv) values = g_strsplit (entries[i], ",", -1);
      MsmParams *params = msm_params_new (msm_figure_plot_params);

      g_ptr_array_add (spec->plots, params);
      if (g_strv_length (values) != G_N_ELEMENTS (ends))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘%s’ is not ROW,COLUMN,TO-ROW,TO-COLUMN"), entries[i]);
          return FALSE;
        }
      if (!msm_params_set_text (params, "kind", "profile", error))
        return FALSE;
      for (gsize k = 0; k < G_N_ELEMENTS (ends); k++)
        if (!msm_params_set_text (params, ends[k], g_strstrip (values[k]), error))
          return FALSE;
    }
  return TRUE;
}

/* What the flags add to the description, or put in its place. */
static gboolean
apply (MsmFigureFlags *self, GError **error)
{
  const struct
  {
    const char *flag;
    GPtrArray *list;
    const MsmParam *table;
  } marks[] = {
    { "inset", self->spec->insets, msm_figure_inset_params },
    { "arrow", self->spec->arrows, msm_figure_arrow_params },
    { "region", self->spec->regions, msm_figure_region_params },
  };
  const char *methods = msm_params_get_text (self->params, "methods");
  const char *experiments = msm_params_get_text (self->params, "experiments");
  const char *plots = msm_params_get_text (self->params, "plots");
  const char *profile = msm_params_get_text (self->params, "profile");

  if (self->description != NULL && (methods[0] != '\0' || experiments[0] != '\0'))
    g_ptr_array_set_size (self->spec->items, 0);
  if (methods[0] != '\0' && !msm_figure_spec_add_methods (self->spec, methods, error))
    return FALSE;
  if (experiments[0] != '\0')
    {
      g_auto (GStrv) paths = g_strsplit (experiments, ";", -1);

      for (int i = 0; paths[i] != NULL; i++)
        if (!msm_figure_spec_add_experiment (self->spec, g_strstrip (paths[i]), error))
          return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      const char *text = msm_params_get_text (self->params, marks[i].flag);

      if (text[0] == '\0')
        continue;
      g_ptr_array_set_size (marks[i].list, 0);
      if (!msm_figure_spec_add_values (marks[i].list, marks[i].table, text, error))
        {
          g_prefix_error (error, "--%s: ", marks[i].flag);
          return FALSE;
        }
    }
  if (plots[0] != '\0' || profile[0] != '\0')
    g_ptr_array_set_size (self->spec->plots, 0);
  return (plots[0] == '\0' || add_plots (self->spec, plots, error))
         && (profile[0] == '\0' || add_profiles (self->spec, profile, error));
}

/* A result, which is run again: the scan that it was made of lies beside it. */
static gboolean
carries_experiment (const char *path)
{
  g_autoptr (GKeyFile) sections = msm_experiment_read (path, NULL);

  return sections != NULL && g_key_file_has_group (sections, "recon");
}

static MsmFigureSpec *
make_spec (const char *description, int argc, char **argv, GError **error)
{
  const char *pattern = msm_options_peek (argc, argv, "pattern");
  const char *operator_name = msm_options_peek (argc, argv, "operator");
  MsmFigureSpec *spec = description != NULL ? msm_figure_spec_load (description, error)
                                            : msm_figure_spec_new (NULL, operator_name, error);

  if (pattern == NULL && spec != NULL && spec->pattern == NULL && msm_options_peek (argc, argv, "accel") != NULL)
    pattern = "random";
  if (spec != NULL && pattern != NULL && (spec->pattern == NULL || !g_str_equal (spec->pattern->name, pattern))
      && !msm_figure_spec_set_pattern (spec, pattern, error))
    g_clear_pointer (&spec, msm_figure_spec_free);
  return spec;
}

gboolean
msm_figure_flags_parse (MsmFigureFlags *self, const MsmCommand *command, MsmOptions *options, MsmParams *more, int argc,
                        char **argv, int *status)
{
  GPtrArray *files = msm_options_files (options);
  GError *error = NULL;
  guint n_files;

  *self = (MsmFigureFlags){ .description = find_description (argc, argv), .params = msm_params_new (flags) };
  self->spec = make_spec (self->description, argc, argv, &error);
  if (self->spec == NULL)
    {
      *status = error->code == MSM_ERROR_VALUE && self->description == NULL ? msm_command_usage (command, error)
                                                                            : msm_command_failed (error);
      return FALSE;
    }
  if (more != NULL)
    msm_options_add (options, _("Flags"), NULL, more);
  msm_options_add (options, _("What is shown"), NULL, self->params);
  msm_options_add (options, _("How it looks"), NULL, self->spec->figure);
  msm_options_add (options, _("The scan"), NULL, self->spec->scan);
  if (self->spec->pattern != NULL)
    {
      msm_options_add (options, _("Pattern"), NULL, self->spec->pattern_values);
      msm_options_add (options, _("Pattern, where another flag has the same name"), "pattern-",
                       self->spec->pattern_values);
    }
  msm_options_add (options, _("Operator"), "operator-", self->spec->operator_values);
  msm_options_add (options, _("Coil sensitivities (ESPIRiT)"), "espirit-", self->spec->espirit);
  if (!msm_command_parse (command, options, argc, argv, 1, 2, status))
    return FALSE;
  n_files = files->len - (self->description != NULL ? 1 : 0);
  for (guint i = 0; i < files->len; i++)
    {
      const char *file = g_ptr_array_index (files, i);

      if (self->description != NULL && g_str_equal (file, self->description))
        continue;
      if (!carries_experiment (file))
        msm_params_set_text (self->spec->scan, "input", file, NULL);
      else if (!msm_figure_spec_add_experiment (self->spec, file, &error))
        {
          *status = msm_command_failed (error);
          return FALSE;
        }
    }
  if (n_files > 1)
    error = g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("%u scans were given, one is needed"), n_files);
  else if (!apply (self, &error) || self->spec->items->len == 0)
    {
      if (error == NULL)
        error = g_error_new (MSM_ERROR, MSM_ERROR_VALUE,
                             _("nothing to compare is given, as in --methods zero-filled,l1-wavelet,msm"));
    }
  if (error == NULL)
    {
      if (self->spec->inputs != NULL && self->spec->inputs[0] != '\0')
        printf (_("%s reads: %s\n"), self->description, self->spec->inputs);
      return TRUE;
    }
  *status = msm_command_usage (command, error);
  return FALSE;
}

/* Of a fully sampled scan nothing would be left to reconstruct: it is undersampled as the window does it. */
static gboolean
choose_pattern (MsmFigureFlags *self, GError **error)
{
  const MsmParams *scan = self->spec->scan;
  g_autoptr (MsmMask) own = msm_scan_peek_mask (self->scan, self->scan->n_slices / 2);

  if (!msm_scan_mask_is_full (own) || self->spec->pattern != NULL || msm_params_get_text (scan, "mask")[0] != '\0'
      || self->spec->operator_class->make != NULL)
    return TRUE;
  printf (
      _("Fully sampled: undersampled with random lines, R 4 (--pattern and --accel for another; --pattern full)\n"));
  return msm_figure_spec_set_pattern (self->spec, "random", error);
}

static gboolean
save_description (const MsmFigureFlags *self, GError **error)
{
  const char *path = msm_params_get_text (self->params, "save");
  g_autofree char *text = path[0] != '\0' ? msm_figure_spec_format (self->spec, FALSE) : NULL;

  return text == NULL || msm_atomic_write (path, text, strlen (text), error);
}

static void
show_progress (const char *title, double fraction, gpointer data)
{
  msm_command_progress (_(title), fraction);
}

gboolean
msm_figure_flags_prepare (MsmFigureFlags *self, MsmFigureRunOptions *options, GError **error)
{
  for (guint i = 0; i < self->spec->items->len && self->scan == NULL; i++)
    {
      const MsmFigureItem *item = g_ptr_array_index (self->spec->items, i);
      g_autoptr (MsmSetup) setup = NULL;

      if (item->klass == NULL)
        continue;
      if (msm_params_get_text (self->spec->scan, "input")[0] == '\0')
        {
          g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE,
                               _("no scan is given, neither as argument nor as input in [scan]"));
          return FALSE;
        }
      setup = msm_figure_spec_make_setup (self->spec, item, error);
      self->scan = setup != NULL ? msm_address_open (&setup->address, error) : NULL;
      self->device = self->scan != NULL ? msm_setup_open_device (setup, error) : NULL;
      if (self->device == NULL || !choose_pattern (self, error))
        return FALSE;
    }
  options->scan = self->scan;
  options->device = self->device;
  options->on_progress = show_progress;
  return save_description (self, error);
}

GPtrArray *
msm_figure_flags_run (MsmFigureFlags *self, GError **error)
{
  MsmFigureRunOptions options = { NULL };
  GPtrArray *runs =
      msm_figure_flags_prepare (self, &options, error) ? msm_figure_run_items (self->spec, &options, error) : NULL;

  msm_command_progress ("", 1);
  return runs;
}

char *
msm_figure_flags_caption_path (const char *path)
{
  const char *dot = strrchr (path, '.');

  return g_strdup_printf ("%.*s.txt", (int) (dot - path), path);
}

char *
msm_figure_flags_description (const MsmFigureFlags *self)
{
  g_autofree char *given = g_strdup (msm_params_get_text (self->spec->scan, "input"));
  char *description;

  if (msm_params_get_bool (self->spec->figure, "anonymise"))
    msm_params_set_text (self->spec->scan, "input", "", NULL);
  description = msm_figure_spec_format (self->spec, TRUE);
  msm_params_set_text (self->spec->scan, "input", given, NULL);
  return description;
}

char *
msm_figure_flags_text (const MsmFigureFlags *self, const MsmCommand *command, const char *caption)
{
  g_autofree char *provenance = msm_command_provenance (command->name, NULL, NULL);
  g_autofree char *summary = g_strdup_printf ("%s\n%s", provenance, caption);
  g_autofree char *description = msm_figure_flags_description (self);

  return msm_provenance_attach (summary, description);
}
