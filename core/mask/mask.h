#pragma once

#include "core/base/param.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * A sampling mask over k-space (or over pixels, for natural images): one byte per point of the
 * plane [readout, phase]. A column mask is a plane whose every readout row is the same.
 */
typedef struct
{
  gatomicrefcount ref_count;
  gsize n_readout, n_phase;
  guint8 *points;       /* [n_readout, n_phase], 0 or 1 */
  guint8 *padded;       /* [n_phase]: 1 = padded by the scanner: neither sampled nor missing */
  gboolean is_columns;  /* every row is the same: edits act on whole lines */
  double nominal_accel; /* what was asked for; 0 = unknown */
  char *origin;         /* "random, R 4, ACS 20, seed 1", "from file", "edited" */
} MsmMask;

MsmMask *msm_mask_new (gsize n_readout, gsize n_phase); /* nothing sampled */
MsmMask *msm_mask_copy (const MsmMask *self);
MsmMask *msm_mask_ref (MsmMask *self);
void msm_mask_unref (MsmMask *self);
gsize msm_mask_count (const MsmMask *self); /* sampled points outside padded lines */
/* Effective R = points outside padded lines / sampled points among them; infinity when empty. */
double msm_mask_effective_accel (const MsmMask *self);
/*
 * The fully sampled centre block around [n_readout/2, n_phase/2]; 0 when the centre is not sampled.
 */
void msm_mask_acs (const MsmMask *self, gsize *acs_readout, gsize *acs_phase);
gboolean msm_mask_is_full (const MsmMask *self);
/* Sets is_columns from the points: TRUE when every readout row is the same. */
void msm_mask_detect_columns (MsmMask *self);
/*
 * Marks the same lines as @from as padded, and clears the points on them. @from: as many lines, or
 * NULL.
 */
void msm_mask_take_padding (MsmMask *self, const MsmMask *from);
/* F32 [n_readout, n_phase] on @device. */
MsmTensor *msm_mask_to_tensor (const MsmMask *self, MsmDevice *device, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmMask, msm_mask_unref)

/* Patterns: random, equispaced, variable-density, poisson, radial, box, pixels, full. */
typedef struct
{
  const char *name;
  const char *title;      /* translatable, for menus */
  const MsmParam *params; /* accel, acs, seed, … */
  MsmMask *(*generate) (const MsmParams *params, gsize n_readout, gsize n_phase, GError **error);
} MsmMaskPattern;

/* The const table, ended by a NULL name. */
const MsmMaskPattern *msm_mask_patterns (void);
const MsmMaskPattern *msm_mask_pattern_find (const char *name, GError **error);

G_END_DECLS
