#pragma once

#include "core/mask/mask.h"

G_BEGIN_DECLS

/*
 * The random partial masks S of sampling, drawn so that they cover (docs/method.md §5): a running cover is
 * kept, units that are covered already are drawn less, when few uncovered ones are left they are all
 * taken, and once everything has been covered the cover starts again. It carries over from one
 * diffusion step to the next. How many units a mask has is distributed as in p(S) of training.
 *
 *   random:     units are lines; the ACS lines always, of the others Binomial (n, 1/R)
 *   equispaced: units are the ⌈R⌉ offsets; one of them, and the ACS lines
 *   box:        units are the cells of a randomly rolled grid; a part of them is dropped
 *   pixels:     units are pixels; a part of them is dropped
 *   full:       S = I
 *
 * A draw depends on (seed, stream) and the draws before it, never on threads or the device.
 */
typedef enum
{
  MSM_MASK_COVER_RANDOM,
  MSM_MASK_COVER_EQUISPACED,
  MSM_MASK_COVER_BOX,
  MSM_MASK_COVER_PIXELS,
  MSM_MASK_COVER_FULL,
} MsmMaskCoverKind;

/* The names of the kinds, in their order; ended by NULL. */
extern const char *const msm_mask_cover_names[];

typedef struct
{
  MsmMaskCoverKind kind;
  double accel;    /* random, equispaced: nominal R */
  gsize acs;       /* random, equispaced: centre lines */
  gsize grid;      /* box: cells along a side */
  double fraction; /* box, pixels: dropped part */
} MsmMaskCoverOptions;

typedef struct _MsmMaskCover MsmMaskCover;

/**
 * msm_mask_cover_new:
 * @sequence: masks of different sequences are independent
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_VALUE: more centre lines than lines, more cells than
 * pixels, or everything dropped
 */
MsmMaskCover *msm_mask_cover_new (const MsmMaskCoverOptions *options, gsize n_readout, gsize n_phase, guint64 seed,
                                  guint32 sequence, GError **error);
void msm_mask_cover_free (MsmMaskCover *self);
/* The next mask, as 0 or 1 in @plane [n_readout, n_phase] (host). Allocates nothing. */
void msm_mask_cover_draw (MsmMaskCover *self, float *plane);
/* How many masks have been drawn since the first. */
guint32 msm_mask_cover_get_n_drawn (const MsmMaskCover *self);
/* Back to the first draw, of that sequence. */
void msm_mask_cover_restart (MsmMaskCover *self, guint32 sequence);
/* Continues where @other stands; both were made with the same options and sizes. */
void msm_mask_cover_assign (MsmMaskCover *self, const MsmMaskCover *other);
/**
 * msm_mask_cover_check:
 * @n_draws: how many masks the run will draw
 *
 * Returns: %FALSE with MSM_ERROR_VALUE when some points are in none of the first @n_draws masks: says how
 * many. Leaves @self at its first draw.
 */
gboolean msm_mask_cover_check (MsmMaskCover *self, gsize n_draws, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmMaskCover, msm_mask_cover_free)

G_END_DECLS
