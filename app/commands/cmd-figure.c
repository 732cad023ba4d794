#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/figure-flags.h"
#include "core/io/atomic-file.h"

static const MsmParam own_params[] = {
  { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT,
    .help = N_("The figure: .pdf, .svg or .png; its caption goes beside it, as .txt") },
  { NULL },
};

static gboolean
draw (MsmFigureFlags *flags, const char *out, const char *beside, GError **error)
{
  g_autoptr (GPtrArray) runs = msm_figure_flags_run (flags, error);
  g_autoptr (MsmFigure) figure = NULL;
  g_autofree char *text = NULL;
  gint64 begun_at = g_get_monotonic_time ();

  figure = runs != NULL ? msm_figure_compose (flags->spec, runs, NULL, error) : NULL;
  if (figure == NULL)
    return FALSE;
  figure->caption = msm_figure_caption (flags->spec, runs, figure);
  text = msm_figure_flags_text (flags, &msm_command_figure, figure->caption);
  if (!msm_figure_write (figure, out, text, error) || !msm_atomic_write (beside, text, strlen (text), error))
    return FALSE;
  printf (_("%s: %u × %u pictures, drawn in %.0f ms; caption in %s\n"), out, figure->n_rows, figure->n_columns,
          (g_get_monotonic_time () - begun_at) / 1000.0, beside);
  return TRUE;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) own = msm_params_new (own_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_auto (MsmFigureFlags) flags = { NULL };
  g_autofree char *beside = NULL;
  GError *error = NULL;
  const char *out;
  int status;

  if (!msm_figure_flags_parse (&flags, &msm_command_figure, options, own, argc, argv, &status))
    return status;
  out = msm_params_get_text (own, "out");
  if (out[0] == '\0')
    return msm_command_usage (&msm_command_figure, g_error_new (MSM_ERROR, MSM_ERROR_VALUE,
                                                                _("--out FIGURE is missing: .pdf, .svg or .png")));
  if (!msm_figure_can_write (out, &error))
    return msm_command_usage (&msm_command_figure, error);
  beside = msm_figure_flags_caption_path (out);
  if (!msm_options_check_output (options, beside, &error) || !draw (&flags, out, beside, &error))
    return msm_command_failed (error);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_figure = {
  "figure",
  "DESCRIPTION.ini|SCAN|RESULT [flags]",
  N_("Draw methods side by side as a figure: PDF, SVG or PNG"),
  N_("Reconstructs a slice with each method and draws images and errors in a grid, with titles, metrics, scale bar,\n"
      "colour scales, insets and arrows: msm figure scan.h5 --methods zero-filled,l1-wavelet,msm --inset 120,80,40\n"
      "--out fig.pdf. --save FILE.ini writes the description, which msm figure FILE.ini --out fig.pdf draws again;\n"
      "a figure's .png and .txt carry it too. Rows and columns are those of the image, from 0."),
  run,
};
