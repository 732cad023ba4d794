#pragma once

#include "core/mask/mask.h"

G_BEGIN_DECLS

/* What the files of patterns share; not for use outside core/mask. */

extern const MsmMaskPattern msm_mask_pattern_random;
extern const MsmMaskPattern msm_mask_pattern_equispaced;
extern const MsmMaskPattern msm_mask_pattern_density;
extern const MsmMaskPattern msm_mask_pattern_poisson;
extern const MsmMaskPattern msm_mask_pattern_radial;
extern const MsmMaskPattern msm_mask_pattern_box;
extern const MsmMaskPattern msm_mask_pattern_pixels;
extern const MsmMaskPattern msm_mask_pattern_full;

/* Rows of a pattern's MsmParam table that several patterns have. */
#define MSM_MASK_PARAM_ACCEL(value)                                                                                    \
  {                                                                                                                    \
    "accel", MSM_PARAM_FLOAT, 1, 64, (value), NULL, NULL, NULL, N_("Nominal acceleration R"),                         \
        .title = N_("Acceleration R")                                                                                 \
  }
#define MSM_MASK_PARAM_ACS(value, text)                                                                                \
  {                                                                                                                    \
    "acs", MSM_PARAM_INT, 0, 8192, (value), NULL, NULL, NULL, (text), .title = N_("Calibration lines")                \
  }
#define MSM_MASK_PARAM_SEED                                                                                            \
  {                                                                                                                    \
    "seed", MSM_PARAM_INT, 0, G_MAXINT, 1, NULL, NULL, NULL, N_("Seed: the same number draws the same mask"),         \
        .role = MSM_ROLE_SEED, .title = N_("Seed")                                                                    \
  }

/* @n uniform numbers in [0, 1), a function of the seed and @stream only. (transfer full) */
float *msm_mask_uniform (const MsmParams *params, guint stream, gsize n);
/* Indices 0 … n − 1 sorted by rising key; equal keys by index. (transfer full) */
gsize *msm_mask_sort_keys (const double *keys, gsize n);
/* FALSE, with @error set, when the centre block does not fit into [.., n]. */
gboolean msm_mask_check_acs (gsize acs, gsize n, GError **error);
/* Samples the centred block (msm_mask_acs() says where it lies). */
void msm_mask_fill_block (MsmMask *mask, gsize acs_readout, gsize acs_phase);
/* A column mask from one 0/1 byte per line. (transfer full) */
MsmMask *msm_mask_new_columns (const guint8 *lines, gsize n_readout, gsize n_phase);

G_END_DECLS
