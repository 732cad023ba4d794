#pragma once

#include "app/commands/command.h"
#include "app/figure/figure-build.h"

G_BEGIN_DECLS

/*
 * What `msm figure`, `msm film` and `msm report` share: a description, from a file and flags, or from flags alone.
 */
typedef struct
{
  MsmFigureSpec *spec;
  MsmParams *params;       /* of msm_figure_flags */
  const char *description; /* (nullable): the file that it came from; borrowed from the arguments */
  MsmScan *scan;           /* of msm_figure_flags_prepare(): the description's, where it has methods */
  MsmDevice *device;       /* that of the methods */
} MsmFigureFlags;

/**
 * msm_figure_flags_parse:
 * @more: (nullable): the command's own flags
 * @status: (out): what to return when FALSE is returned
 *
 * Reads a description that is among the arguments, then the flags, which change it. Serves --help.
 */
gboolean msm_figure_flags_parse (MsmFigureFlags *self, const MsmCommand *command, MsmOptions *options, MsmParams *more,
                                 int argc, char **argv, int *status);
void msm_figure_flags_clear (MsmFigureFlags *self);
/* "fig.pdf" → "fig.txt" (transfer full) */
char *msm_figure_flags_caption_path (const char *path);
/*
 * Opens the scan and the device, chooses what was left open (undersampling of a fully sampled scan), saves the
 * description where that was asked for. @options are then those for msm_figure_run_items().
 */
gboolean msm_figure_flags_prepare (MsmFigureFlags *self, MsmFigureRunOptions *options, GError **error);
/* The same, and runs all items. (transfer full) */
GPtrArray *msm_figure_flags_run (MsmFigureFlags *self, GError **error);
/* The description without names of folders, and of the scan unless that is wanted. (transfer full) */
char *msm_figure_flags_description (const MsmFigureFlags *self);
/* Provenance and the description, for what is written; no names of files unless they are wanted. (transfer full) */
char *msm_figure_flags_text (const MsmFigureFlags *self, const MsmCommand *command, const char *caption);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmFigureFlags, msm_figure_flags_clear)

G_END_DECLS
