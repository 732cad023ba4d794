#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * An experiment whose run goes on from a step of another run, which may have gone on from one of a third: its stages.
 * In the file the first has its sections as any experiment, and each further one is
 *
 *   [branch 1]
 *   step=12
 *   method.seed=7
 *
 * the step of the stage before after which it goes on, and all values that differ from that stage's. Where one of
 * [recon] is method, pattern or operator, the section that it chooses begins anew.
 */
typedef struct
{
  GKeyFile *sections; /* owned: all of this stage's */
  int start;          /* 0 of the first */
} MsmStage;

/**
 * msm_stages_new:
 * @file: as it was read
 *
 * Returns: (transfer full) (element-type MsmStage): at least one; or %NULL with MSM_ERROR_FORMAT
 */
GPtrArray *msm_stages_new (GKeyFile *file, GError **error);
/* @text, an experiment as a file, and the difference of @stage, the sections of what goes on from its last stage. */
char *msm_stages_append (const char *text, GKeyFile *stage, int start);

G_END_DECLS
