#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/command.h"
#include "app/commands/say.h"
#include "core/base/language.h"
#include "core/base/threads.h"

static const MsmCommand *const commands[] = {
  &msm_command_info,
  &msm_command_recon,
  &msm_command_mask,
  &msm_command_sens,
  &msm_command_phantom,
  &msm_command_metrics,
  &msm_command_convert,
  &msm_command_render,
  &msm_command_figure,
  &msm_command_film,
  &msm_command_report,
  &msm_command_devices,
  &msm_command_bench,
  &msm_command_train,
  &msm_command_unet,
  &msm_command_loss,
  &msm_command_import_checkpoint,
  &msm_command_sample,
  &msm_command_export,
  &msm_command_send,
  &msm_command_selftest,
  NULL,
};

static const MsmCommand *
find_command (const char *name)
{
  for (const MsmCommand *const *command = commands; *command != NULL; command++)
    if (strcmp ((*command)->name, name) == 0)
      return *command;
  return NULL;
}

static void
show_commands (FILE *stream)
{
  fprintf (stream, _("Usage: msm COMMAND [arguments]\n\n"
                      "MRI reconstruction from the terminal. Commands:\n\n"));
  for (const MsmCommand *const *command = commands; *command != NULL; command++)
    fprintf (stream, "  %-17s %s\n", (*command)->name, _((*command)->summary));
  fprintf (stream, _("\n`msm help COMMAND` or `msm COMMAND --help` explains one; `msm --version` the version.\n"
                      "Exit codes: 0 done, 1 failed (the cause is one line on stderr), 2 wrong usage.\n"));
}

static int
unknown_command (const char *name)
{
  msm_say_error (_("msm: unknown command “%s” (see: msm --help)"), name);
  return MSM_EXIT_USAGE;
}

int
main (int argc, char **argv)
{
  const MsmCommand *command;
  int status;

  msm_threads_bound_waiting (argv);
  msm_language_init ();
  if (argc < 2)
    {
      show_commands (stderr);
      return MSM_EXIT_USAGE;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      printf ("msm %s\n", MSM_VERSION);
      return MSM_EXIT_OK;
    }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 || (strcmp (argv[1], "help") == 0 && argc == 2))
    {
      show_commands (stdout);
      return MSM_EXIT_OK;
    }
  if (strcmp (argv[1], "help") == 0)
    {
      char *help[] = { (char *) "--help", NULL };

      command = find_command (argv[2]);
      return command != NULL ? command->run (1, help) : unknown_command (argv[2]);
    }
  command = find_command (argv[1]);
  if (command == NULL)
    return unknown_command (argv[1]);
  status = command->run (argc - 2, argv + 2);
  /* A full disk behind a redirected stdout shows only here. */
  if (fflush (stdout) != 0 || ferror (stdout))
    {
      fprintf (stderr, _("msm: standard output: could not write\n"));
      return MSM_EXIT_FAILED;
    }
  return status;
}
