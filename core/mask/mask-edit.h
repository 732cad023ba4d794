#pragma once

#include "core/mask/mask.h"

G_BEGIN_DECLS

/*
 * One change of a mask, as a value: no widget, no history. Applying it returns the change that
 * takes it back, which is what an undo stack keeps; applying that one returns the redo.
 *
 * Rules: points outside the plane are ignored; padded lines are never sampled; on a column mask
 * (is_columns) every edit acts on whole lines, and so the mask stays a column mask.
 */
typedef struct _MsmMaskEdit MsmMaskEdit;

/* Phase-encode lines [first, first + n_lines), whole, to @sampled. */
MsmMaskEdit *msm_mask_edit_new_lines (gssize first, gsize n_lines, gboolean sampled);
/* The points whose distance to (readout, phase) is at most @radius (0: that point only). */
MsmMaskEdit *msm_mask_edit_new_brush (gssize readout, gssize phase, double radius, gboolean sampled);
/* The points of a rectangle. */
MsmMaskEdit *msm_mask_edit_new_rectangle (gssize readout, gssize phase, gsize n_readout, gsize n_phase,
                                          gboolean sampled);
/* Sampled ↔ not sampled, everywhere. */
MsmMaskEdit *msm_mask_edit_new_invert (void);
/* Samples also the conjugate mirror, −k, of every sampled point (k = 0 at n/2). */
MsmMaskEdit *msm_mask_edit_new_symmetric (void);
/*
 * Makes the fully sampled centre block exactly @acs_readout × @acs_phase: samples the new block,
 * and clears what the block had before (msm_mask_acs()) outside it. On a column mask @acs_readout
 * is ignored.
 */
MsmMaskEdit *msm_mask_edit_new_acs (gsize acs_readout, gsize acs_phase);
/*
 * All points, e.g. a pattern drawn anew or a file loaded: copies @mask's points and its
 * description.
 */
MsmMaskEdit *msm_mask_edit_new_replace (const MsmMask *mask);
/*
 * Several edits as one, e.g. the dabs of a stroke: applied in order, undone together. Takes @edit.
 */
MsmMaskEdit *msm_mask_edit_new_group (void);
void msm_mask_edit_group_append (MsmMaskEdit *group, MsmMaskEdit *edit);
/* For inverses collected while a stroke went on: each new one must come first. */
void msm_mask_edit_group_prepend (MsmMaskEdit *group, MsmMaskEdit *edit);

/**
 * msm_mask_edit_apply:
 * @mask: changed in place; it must not be shared with a running reconstruction (copy it first)
 *
 * Returns: (transfer full): the edit that restores @mask as it was, description included; never
 *   NULL
 */
MsmMaskEdit *msm_mask_edit_apply (MsmMask *mask, const MsmMaskEdit *edit);
void msm_mask_edit_free (MsmMaskEdit *edit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmMaskEdit, msm_mask_edit_free)

G_END_DECLS
