#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "app/commands/figure-flags.h"
#include "app/figure/figure-report.h"

static const MsmParam own_params[] = {
  { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT, .help = N_("The report: .pdf or .html") },
  { "held-back", MSM_PARAM_FLOAT, .min = 0, .max = 0.5, .def = 0.1,
    .help = N_("Part of the measured lines by which priors are tested in a second run; 0 for no test") },
  { NULL },
};

static gboolean
make_report (MsmFigureFlags *flags, MsmParams *own, GError **error)
{
  const char *out = msm_params_get_text (own, "out");
  MsmFigureRunOptions options = { .held_back = msm_params_get_number (own, "held-back") };
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (MsmReport) report = NULL;
  g_autofree char *description = NULL, *text = NULL;

  if (!msm_figure_flags_prepare (flags, &options, error))
    return FALSE;
  runs = msm_figure_run_items (flags->spec, &options, error);
  msm_command_progress ("", 1);
  description = msm_figure_flags_description (flags);
  report = runs != NULL ? msm_figure_report (flags->spec, runs, description, error) : NULL;
  if (report == NULL)
    return FALSE;
  text = msm_figure_flags_text (flags, &msm_command_report, report->caption);
  if (!msm_report_write (report, out, text, error))
    return FALSE;
  printf (_("%s: %u methods compared\n"), out, runs->len);
  return TRUE;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) own = msm_params_new (own_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_auto (MsmFigureFlags) flags = { NULL };
  GError *error = NULL;
  const char *out;
  int status;

  if (!msm_figure_flags_parse (&flags, &msm_command_report, options, own, argc, argv, &status))
    return status;
  out = msm_params_get_text (own, "out");
  if (out[0] == '\0')
    return msm_command_usage (&msm_command_report,
                              g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("--out REPORT is missing: .pdf or .html")));
  if (!msm_report_can_write (out, &error))
    return msm_command_usage (&msm_command_report, error);
  return make_report (&flags, own, &error) ? MSM_EXIT_OK : msm_command_failed (error);
}

const MsmCommand msm_command_report = {
  "report",
  "DESCRIPTION.ini|SCAN|RESULT [flags]",
  N_("Report a comparison of methods: PDF or HTML"),
  N_("As msm figure, with all metrics and their convention, warnings, settings and provenance:\n"
      "msm report scan.h5 --methods l1-wavelet,msm --out report.pdf. Priors are tested on lines that are held back."),
  run,
};
