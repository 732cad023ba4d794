#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/* A BART pair of files: text header, and complex float32, column-major (the first axis fastest). */
enum
{
  MSM_CFL_READ = 0,
  MSM_CFL_PHS1 = 1,
  MSM_CFL_PHS2 = 2,
  MSM_CFL_COIL = 3,
  MSM_CFL_MAPS = 4,
  MSM_CFL_SLICE = 13,
  MSM_CFL_RANK = 16,
};

/* In the header, before a provenance text. */
#define MSM_CFL_PROVENANCE "# Provenance\n"

typedef struct
{
  gsize dim[MSM_CFL_RANK];
  gsize stride[MSM_CFL_RANK]; /* in complex elements */
  char *path;                 /* of the data */
  FILE *file;
} MsmCfl;

/* Opens the data. Fails when the header's sizes and the data's length disagree. */
gboolean msm_cfl_open (MsmCfl *self, const char *path, GError **error);
void msm_cfl_close (MsmCfl *self);
/* @n complex elements from element @first on, in the file's order, as re, im, … into @out. */
gboolean msm_cfl_read_elements (const MsmCfl *self, gsize first, gsize n, float *out, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmCfl, msm_cfl_close)

G_END_DECLS
