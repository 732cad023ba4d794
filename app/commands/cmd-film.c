#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/figure-flags.h"
#include "app/figure/film-frames.h"
#include "app/setup/slice-list.h"
#include "core/film/film.h"
#include "core/io/atomic-file.h"

static const MsmParam own_params[] = {
  { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT,
    .help = N_("The film: .webp, .png, .gif, and by ffmpeg .mp4 or .webm; its caption goes beside it, as .txt") },
  { "kind", MSM_PARAM_CHOICE, .choices = msm_film_kinds,
    .help = N_("What moves: steps, slices, samples, or methods") },
  { "slices", MSM_PARAM_TEXT, .def_text = "all", .help = N_("Of kind slices: all, or numbers and ranges as 0-9,12") },
  { "rate", MSM_PARAM_FLOAT, .min = 0, .max = 60, .unit = "1/s", .help = N_("Pictures per second; 0 is what suits") },
  { "zoom", MSM_PARAM_INT, .min = 0, .max = 32,
    .help = N_("Pixels of the film for one of an image; 0 is what suits") },
  { "every", MSM_PARAM_INT, .min = 1, .max = 100000, .def = 1, .help = N_("Of kind trajectory: every so many steps") },
  { "hold", MSM_PARAM_FLOAT, .min = 0, .max = 60, .def = 1, .unit = "s",
    .help = N_("Of kind trajectory: how long the last picture stays") },
  { NULL },
};

/* In the order of msm_film_kinds. */
static const double rates[] = { 8, 6, 4, 2 };

static int
choose_zoom (MsmParams *own, MsmScan *scan)
{
  int zoom = msm_params_get_int (own, "zoom");
  gsize side = scan == NULL ? 256
                            : MAX (scan->crop_readout > 0 ? scan->crop_readout : scan->n_readout,
                                   scan->crop_phase > 0 ? scan->crop_phase : scan->n_phase);

  return zoom > 0 ? zoom : (int) MAX (1, ceil (320.0 / (double) side));
}

static gboolean
write_film (MsmFilmFrames *frames, MsmParams *own, const char *text, GError **error)
{
  const char *out = msm_params_get_text (own, "out");
  const int kind = msm_params_get_choice (own, "kind");
  const double given = msm_params_get_number (own, "rate"), rate = given > 0 ? MAX (given, 0.1) : rates[kind];
  const guint n = msm_film_frames_count (frames);
  const guint n_held = kind == MSM_FILM_TRAJECTORY ? (guint) lrint (msm_params_get_number (own, "hold") * rate) : 0;
  g_autoptr (MsmFilm) film = NULL;
  g_autofree guint8 *rgba = NULL;
  gsize n_rows = 0, n_columns = 0, first_rows = 0, first_columns = 0;

  for (guint i = 0; i < n + n_held; i++)
    {
      if (i < n)
        {
          g_autoptr (MsmFigure) figure = msm_film_frames_make (frames, i, error);

          g_clear_pointer (&rgba, g_free);
          rgba = figure != NULL ? msm_figure_render (figure, &n_rows, &n_columns, error) : NULL;
          if (rgba == NULL)
            return FALSE;
          msm_command_progress (_("Film"), (double) i / n);
        }
      if (film == NULL)
        {
          film = msm_film_new (out, n_rows, n_columns, n + n_held, rate, text, error);
          if (film == NULL)
            return FALSE;
          first_rows = n_rows;
          first_columns = n_columns;
        }
      if (n_rows != first_rows || n_columns != first_columns)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                       _("the pictures of a film are of one size, %zu × %zu; one is %zu × %zu"), first_rows,
                       first_columns, n_rows, n_columns);
          return FALSE;
        }
      if (!msm_film_add (film, rgba, error))
        return FALSE;
    }
  if (!msm_film_finish (film, error))
    return FALSE;
  printf (_("%s: %u pictures of %zu × %zu, %g per second\n"), out, n + n_held, n_rows, n_columns, rate);
  return TRUE;
}

static gboolean
make_film (MsmFigureFlags *flags, MsmParams *own, const char *beside, GError **error)
{
  MsmFigureRunOptions options = { .frames_every = msm_params_get_int (own, "every") };
  MsmFilmKind kind = (MsmFilmKind) msm_params_get_choice (own, "kind");
  g_autoptr (MsmFilmFrames) frames = NULL;
  g_autoptr (GArray) slices = NULL;
  g_autofree char *caption = NULL, *text = NULL;

  if (!msm_figure_flags_prepare (flags, &options, error))
    return FALSE;
  if (kind == MSM_FILM_SLICES)
    {
      if (flags->scan == NULL)
        {
          g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE, _("a film through slices needs methods and a scan"));
          return FALSE;
        }
      slices = msm_slice_list_parse (msm_params_get_text (own, "slices"), flags->scan->n_slices, error);
      if (slices == NULL)
        return FALSE;
    }
  frames = msm_film_frames_new (flags->spec, kind, &options, slices, choose_zoom (own, flags->scan), error);
  msm_command_progress ("", 1);
  if (frames == NULL)
    return FALSE;
  caption = msm_film_frames_caption (frames);
  text = msm_figure_flags_text (flags, &msm_command_film, caption);
  return write_film (frames, own, text, error) && msm_atomic_write (beside, text, strlen (text), error);
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

  if (!msm_figure_flags_parse (&flags, &msm_command_film, options, own, argc, argv, &status))
    return status;
  out = msm_params_get_text (own, "out");
  if (out[0] == '\0')
    return msm_command_usage (
        &msm_command_film,
        g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("--out FILM is missing: .webp, .png, .gif, .mp4 or .webm")));
  if (!msm_film_can_write (out, &error))
    return error->code == MSM_ERROR_UNSUPPORTED ? msm_command_usage (&msm_command_film, error)
                                                : msm_command_failed (error);
  /* Errors move little, and need their room: films show images unless they are asked for more. */
  if (flags.description == NULL && !msm_options_given (options, "show")
      && !msm_params_set_text (flags.spec->figure, "show", "image", &error))
    return msm_command_failed (error);
  beside = msm_figure_flags_caption_path (out);
  if (!msm_options_check_output (options, beside, &error) || !make_film (&flags, own, beside, &error))
    return msm_command_failed (error);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_film = {
  "film",
  "DESCRIPTION.ini|SCAN|RESULT [flags]",
  N_("Film methods: their steps, a scan's slices, posterior samples, flicker"),
  N_("As msm figure, but moving: msm film scan.h5 --methods cg-sense,msm --out steps.webp. --kind trajectory shows\n"
      "the steps of each method, slices goes through the scan, samples through msm:samples=8, flicker shows the\n"
      "methods one after the other at the same place. WebP and PNG are exact to the pixel. A RESULT is run again as\n"
      "it was made."),
  run,
};
