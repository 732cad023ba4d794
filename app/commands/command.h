#pragma once

#include "app/commands/param-options.h"
#include "app/setup/experiment.h"
#include "core/base/cancel.h"
#include "core/base/error.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/* Exit codes of msm. */
enum
{
  MSM_EXIT_OK = 0,
  MSM_EXIT_FAILED = 1, /* a file, a value in it, memory, the device: one line on stderr */
  MSM_EXIT_USAGE = 2,  /* the command line itself */
};

/* One command of msm: a row of the table in cli.c. @run gets the arguments after the command's name. */
typedef struct
{
  const char *name;
  const char *synopsis; /* "INPUT [flags]" */
  const char *summary;  /* one translatable line */
  const char *help;     /* translatable paragraphs, or NULL */
  int (*run) (int argc, char **argv);
} MsmCommand;

extern const MsmCommand msm_command_info;
extern const MsmCommand msm_command_recon;
extern const MsmCommand msm_command_mask;
extern const MsmCommand msm_command_sens;
extern const MsmCommand msm_command_phantom;
extern const MsmCommand msm_command_metrics;
extern const MsmCommand msm_command_convert;
extern const MsmCommand msm_command_render;
extern const MsmCommand msm_command_figure;
extern const MsmCommand msm_command_film;
extern const MsmCommand msm_command_report;
extern const MsmCommand msm_command_devices;
extern const MsmCommand msm_command_bench;
extern const MsmCommand msm_command_train;
extern const MsmCommand msm_command_sample;
extern const MsmCommand msm_command_selftest;
extern const MsmCommand msm_command_send;
extern const MsmCommand msm_command_export;
extern const MsmCommand msm_command_unet;
extern const MsmCommand msm_command_loss;
extern const MsmCommand msm_command_import_checkpoint;

/* Prints synopsis, help and flags; returns MSM_EXIT_OK. */
int msm_command_show_help (const MsmCommand *command, MsmOptions *options);
/* "msm recon: unknown flag --x" and where help is; MSM_EXIT_USAGE. Takes @error. */
int msm_command_usage (const MsmCommand *command, GError *error_take);
/* "msm: message" on stderr; MSM_EXIT_FAILED. Takes @error. */
int msm_command_failed (GError *error_take);
/**
 * msm_command_parse:
 * @n_min, @n_max: how many files the command takes
 * @status: (out): what to return when FALSE is returned
 *
 * Parses, and serves --help.
 */
gboolean msm_command_parse (const MsmCommand *command, MsmOptions *options, int argc, char **argv, guint n_min,
                            guint n_max, int *status);
/* After an experiment was loaded from @path: on stderr what of it was not taken; unless @quiet, what will be read. */
void msm_command_show_experiment (const MsmExperiment *experiment, const char *path, gboolean quiet);
/* The one output of a command that takes it as its file or as `--out`; NULL, and usage said, with none or both. */
const char *msm_command_output (const MsmCommand *command, MsmOptions *options, MsmParams *params, int *status);
/* A progress bar on stderr when that is a terminal; otherwise nothing. @fraction 1 removes it. */
void msm_command_progress (const char *what, double fraction);
/* What msm_command_provenance() may say of @input: NULL with --anonymise. (transfer full) (nullable) */
char *msm_command_source (const MsmOptions *options, const char *input);
/* "MSM Studio 0.1.0; msm recon scan.h5; …": written into results. Base names only. (transfer full) */
char *msm_command_provenance (const char *command, const char *input, const char *details);

G_END_DECLS
