#include "config.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/commands/command.h"
#include "app/commands/device-flags.h"
#include "app/commands/launch.h"
#include "app/commands/say.h"
#include "app/setup/flags.h"
#include "app/setup/train-job.h"
#include "core/comm/comm.h"
#include "core/device/device.h"

static const MsmParam train_flags[] = {
  { "experiment", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Experiment file with [prior], [data] and [train]") },
  { "out", MSM_PARAM_TEXT, .def_text = "training", .flags = MSM_PARAM_PATH, .help = N_("Folder of the results") },
  { "resume", MSM_PARAM_BOOL,
    .help = N_("Go on from the folder's checkpoint; without --experiment with its experiment.ini") },
  { "init", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH, .help = N_("Weights to begin with (.safetensors)") },
  { "minutes", MSM_PARAM_FLOAT, .min = 0, .max = 1e6, .help = N_("As --set train.minutes=X") },
  MSM_PROCESSES_FLAG,
  { "set", MSM_PARAM_TEXT, .help = N_("section.key=value, instead of the file's; may be given often") },
  MSM_DEVICE_FLAGS,
  { NULL },
};

/* What the signal handler raises: atomic stores only. */
static MsmCancel *interrupt;

static void
on_signal (int number)
{
  msm_cancel_request (interrupt, MSM_CANCEL_NOW);
  /* The second one ends the program at once: a step may be long. */
  signal (number, SIG_DFL);
}

static char *
format_time (double seconds)
{
  int s = (int) CLAMP (seconds, 0, 3.6e8);

  if (s >= 3600)
    return g_strdup_printf ("%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  return g_strdup_printf ("%d:%02d", s / 60, s % 60);
}

/* A line that is written over on a terminal; a plain one of its own in a pipe. */
static void
show_progress (const MsmTrainInfo *info, gboolean terminal)
{
  g_autofree char *left = format_time (info->seconds_left);
  g_autofree char *steps = info->n_steps > 0 ? g_strdup_printf ("%" PRIu64 "/%" PRIu64, info->step, info->n_steps)
                                             : g_strdup_printf ("%" PRIu64, info->step);
  g_autofree char *text = NULL;

  text = g_strdup_printf (_("step %s, loss %.4g, lr %.3g, %.2f images/s, %s left"), steps, info->loss, info->lr,
                          info->images_per_s, left);
  if (terminal)
    fprintf (stderr, "\r%s\033[K", text);
  else
    printf ("%s\n", text);
  fflush (terminal ? stderr : stdout);
}

static void
show_validation (const MsmTrainInfo *info)
{
  printf (_("step %" PRIu64 ", validation ŝ error / power:"), info->step);
  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    printf (" %.3g", info->validation[b]);
  printf ("\n");
  fflush (stdout);
}

static void
show_table (const MsmTrainInfo *info)
{
  printf (_("%" PRIu64 " steps, %" PRIu64 " images, %.2f images/s\n"), info->step, info->n_images, info->images_per_s);
  for (int b = 0; b < MSM_TRAIN_BANDS && isfinite (info->validation[b]); b++)
    {
      double low, high;

      msm_train_band (b, &low, &high);
      printf (_("  σ %8.3g to %-8.3g  error / power %.4g\n"), low, high, info->validation[b]);
    }
}

/* @rank: above 0 nothing is said; the first of several processes speaks for all, and they stop together. */
static gboolean
train (MsmTrainer *trainer, int rank, gboolean is_shared, const char *folder, GError **error)
{
  gboolean terminal = rank == 0 && isatty (STDERR_FILENO);
  gint64 shown = g_get_monotonic_time ();
  gboolean more = TRUE;
  MsmTrainInfo info = { 0 };
  GError *local = NULL;

  while (more && (is_shared || msm_cancel_get_level (interrupt) == MSM_CANCEL_NO))
    {
      gint64 now;

      if (msm_cancel_get_level (interrupt) != MSM_CANCEL_NO)
        msm_trainer_ask_stop (trainer);

      more = msm_trainer_step (trainer, &info, &local);
      if (local != NULL)
        {
          if (terminal)
            fputs ("\r\033[K", stderr);
          g_propagate_error (error, local);
          return FALSE;
        }
      if (rank > 0)
        continue;
      now = g_get_monotonic_time ();
      if (terminal && (info.has_validation || info.warning != NULL))
        fputs ("\r\033[K", stderr);
      if (info.warning != NULL)
        msm_say_error (_("msm train: WARNING, training goes on but was NOT SAVED: %s"), info.warning);
      if (info.has_validation)
        show_validation (&info);
      if (more && now - shown >= (terminal ? G_USEC_PER_SEC / 5 : 60 * G_USEC_PER_SEC))
        {
          show_progress (&info, terminal);
          shown = now;
        }
    }
  if (terminal)
    fputs ("\r\033[K", stderr);
  if (rank > 0)
    return TRUE;
  if (more || info.stopped)
    {
      if (!msm_trainer_save (trainer, error))
        return FALSE;
      printf (_("Stopped after %" PRIu64 " steps and saved in %s; msm train --resume --out %s goes on.\n"),
              msm_trainer_get_step (trainer), folder, folder);
      return TRUE;
    }
  show_table (&info);
  if (info.warning != NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, "%s", info.warning);
      return FALSE;
    }
  printf (_("%s%cprior.safetensors is written.\n"), folder, G_DIR_SEPARATOR);
  return TRUE;
}

/* The experiment: the file, or the folder's own when resuming, and then each --set. */
static gboolean
read_experiment (MsmTrainJob *job, MsmParams *params, MsmOptions *options, GPtrArray *sets, GError **error)
{
  MsmExperiment *experiment = msm_train_job_experiment (job);
  const char *given = msm_params_get_text (params, "experiment");
  g_autofree char *own = g_build_filename (msm_params_get_text (params, "out"), "experiment.ini", NULL);

  if (!msm_experiment_load (experiment, given[0] != '\0' ? given : own, error))
    return FALSE;
  for (guint i = 0; i < sets->len; i++)
    if (!msm_experiment_set (experiment, g_ptr_array_index (sets, i), error))
      {
        g_prefix_error (error, _("--set: "));
        return FALSE;
      }
  if (msm_options_given (options, "minutes"))
    return msm_params_set_number (msm_train_job_params (job, "train"), "minutes",
                                  msm_params_get_number (params, "minutes"), error);
  return TRUE;
}

static gboolean
run_job (MsmParams *params, MsmOptions *options, GPtrArray *sets, GError **error)
{
  g_autoptr (MsmTrainJob) job = msm_train_job_new ();
  const char *init = msm_params_get_text (params, "init");
  MsmTrainJobOptions job_options = {
    msm_params_get_text (params, "device"), msm_params_get_text (params, "out"),         init[0] != '\0' ? init : NULL,
    msm_params_get_bool (params, "resume"), msm_params_get_choice (params, "precision"), TRUE
  };
  MsmTrainer *trainer;
  GError *local = NULL;
  int rank;

  msm_device_set_threads (msm_params_get_int (params, "threads"));
  if (!read_experiment (job, params, options, sets, error))
    return FALSE;
  if (!msm_train_job_prepare (job, &job_options, interrupt, &local))
    {
      if (!g_error_matches (local, MSM_ERROR, MSM_ERROR_CANCELLED))
        {
          g_propagate_error (error, local);
          return FALSE;
        }
      g_error_free (local);
      printf (_("Stopped before the first step; nothing was written.\n"));
      return TRUE;
    }
  trainer = msm_train_job_trainer (job);
  rank = msm_train_job_rank (job);
  if (rank == 0)
    msm_say ("%s\n", msm_train_job_report (job));
  fflush (stdout);
  if (msm_trainer_is_done (trainer) && rank > 0)
    return TRUE;
  if (msm_trainer_is_done (trainer))
    {
      printf (_("The checkpoint has all the %" PRIu64 " steps or minutes that were asked for; "
                 "--set train.steps=N asks for more.\n"),
              msm_trainer_get_step (trainer));
      return TRUE;
    }
  return train (trainer, rank, msm_train_job_is_shared (job), job_options.folder, error);
}

/* Takes the --set flags out of the arguments, since the tables of flags hold one value of each. */
static GPtrArray *
take_sets (int *argc, char **argv)
{
  GPtrArray *sets = g_ptr_array_new ();
  int n = 0;

  for (int i = 0; i < *argc; i++)
    if (g_str_has_prefix (argv[i], "--set="))
      g_ptr_array_add (sets, argv[i] + strlen ("--set="));
    else if (g_str_equal (argv[i], "--set") && i + 1 < *argc)
      g_ptr_array_add (sets, argv[++i]);
    else
      argv[n++] = argv[i];
  *argc = n;
  return sets;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (train_flags);
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_autoptr (GPtrArray) sets = take_sets (&argc, argv);
  struct sigaction action = { .sa_handler = on_signal };
  GError *error = NULL;
  gboolean ok;
  int status, rank, size, local_rank;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_train, options, argc, argv, 0, 0, &status))
    return status;
  if (msm_params_get_text (params, "experiment")[0] == '\0' && !msm_params_get_bool (params, "resume"))
    return msm_command_usage (&msm_command_train,
                              g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("--experiment is needed")));
  if (msm_params_get_int (params, "processes") > 1 && !msm_comm_environment (&rank, &size, &local_rank))
    return msm_command_launch (msm_params_get_int (params, "processes"), TRUE);
  interrupt = msm_cancel_new ();
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  ok = run_job (params, options, sets, &error);
  signal (SIGINT, SIG_DFL);
  signal (SIGTERM, SIG_DFL);
  g_clear_pointer (&interrupt, msm_cancel_unref);
  return ok ? MSM_EXIT_OK : msm_command_failed (error);
}

const MsmCommand msm_command_train = {
  "train",
  "--experiment FILE [flags]",
  N_("Train a prior from measurements alone"),
  N_("The experiment file has the sections [prior] (the network), [data] (files, masks) and [train]; examples are\n"
      "in data/priors. The folder gets prior.safetensors (what samplers read), log.csv, strips of a validation\n"
      "sample and a checkpoint. Ctrl-C saves and ends; --resume goes on, bit for bit as if nothing had happened.\n"
      "--processes 4, mpirun and srun train one network with several processes, each with a GPU of its own: a step's\n"
      "batch is all of theirs together."),
  run,
};
