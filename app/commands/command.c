#include "config.h"

#include "app/commands/command.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/commands/say.h"

int
msm_command_show_help (const MsmCommand *command, MsmOptions *options)
{
  g_autofree char *flags = options != NULL ? msm_options_help (options) : g_strdup ("");

  printf (_("Usage: msm %s %s\n\n%s.\n"), command->name, command->synopsis, _(command->summary));
  if (command->help != NULL)
    printf ("\n%s\n", _(command->help));
  fputs (flags, stdout);
  if (options != NULL && msm_options_has_outputs (options, command->synopsis))
    {
      printf ("\n  %-26s %s\n", "--force", _("Replace files that exist already; never an input"));
      if (strstr (flags, "anonymise") == NULL) /* figures have it in their table, and on */
        printf ("  %-26s %s\n", "--anonymise", _("Write no names of files into results"));
    }
  return MSM_EXIT_OK;
}

int
msm_command_usage (const MsmCommand *command, GError *error_take)
{
  msm_say_error (_("msm %s: %s (see: msm %s --help)"), command->name, error_take->message, command->name);
  g_error_free (error_take);
  return MSM_EXIT_USAGE;
}

int
msm_command_failed (GError *error_take)
{
  msm_say_error ("msm: %s", error_take->message);
  g_error_free (error_take);
  return MSM_EXIT_FAILED;
}

gboolean
msm_command_parse (const MsmCommand *command, MsmOptions *options, int argc, char **argv, guint n_min, guint n_max,
                   int *status)
{
  GError *error = NULL;
  gboolean help;
  guint n_files;

  if (!msm_options_parse (options, argc, argv, &help, &error))
    {
      *status = msm_command_usage (command, error);
      return FALSE;
    }
  if (help)
    {
      *status = msm_command_show_help (command, options);
      return FALSE;
    }
  n_files = msm_options_files (options)->len;
  if (n_files < n_min || n_files > n_max)
    {
      error = g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("%u files were given; usage: msm %s %s"), n_files,
                           command->name, command->synopsis);
      *status = msm_command_usage (command, error);
      return FALSE;
    }
  if (!msm_options_check_outputs (options, command->synopsis, &error))
    {
      *status = error->code == MSM_ERROR_VALUE ? msm_command_usage (command, error) : msm_command_failed (error);
      return FALSE;
    }
  return TRUE;
}

void
msm_command_show_experiment (const MsmExperiment *experiment, const char *path, gboolean quiet)
{
  g_autofree char *inputs = msm_experiment_list_inputs (experiment);

  if (msm_experiment_get_left_out (experiment)[0] != '\0')
    msm_say_error (_("msm: note: %s names outputs (%s); outputs are named on the command line alone"), path,
                   msm_experiment_get_left_out (experiment));
  if (!quiet && inputs[0] != '\0')
    msm_say (_("%s reads: %s\n"), path, inputs);
}

const char *
msm_command_output (const MsmCommand *command, MsmOptions *options, MsmParams *params, int *status)
{
  GPtrArray *files = msm_options_files (options);
  const char *out = msm_params_get_text (params, "out");

  if ((files->len == 1) == (out[0] != '\0'))
    {
      *status = msm_command_usage (
          command, g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("one output is needed, as OUTPUT or as --out")));
      return NULL;
    }
  return files->len == 1 ? g_ptr_array_index (files, 0) : out;
}

void
msm_command_progress (const char *what, double fraction)
{
  enum
  {
    WIDTH = 30
  };
  char bar[WIDTH + 1];

  if (!isatty (STDERR_FILENO))
    return;
  if (fraction >= 1)
    {
      fputs ("\r\033[K", stderr);
      return;
    }
  for (int i = 0; i < WIDTH; i++)
    bar[i] = i < fraction * WIDTH ? '#' : '.';
  bar[WIDTH] = '\0';
  fprintf (stderr, "\r%s [%s] %3.0f %%\033[K", what, bar, 100 * fraction);
  fflush (stderr);
}

char *
msm_command_source (const MsmOptions *options, const char *input)
{
  return msm_options_names (options) == MSM_NAMES_NONE ? NULL : g_strdup (input);
}

char *
msm_command_provenance (const char *command, const char *input, const char *details)
{
  g_autofree char *base = input != NULL ? g_filename_display_basename (input) : NULL;

  char *text = g_strdup_printf ("MSM Studio %s; msm %s%s%s%s%s", MSM_VERSION, command, base != NULL ? " " : "",
                                base != NULL ? base : "", details != NULL ? "; " : "", details != NULL ? details : "");

  /* One line, whatever names are in it: what follows an empty line is read as an experiment. */
  for (char *c = text; *c != '\0'; c++)
    if ((guchar) *c < ' ')
      *c = '?';
  return text;
}
