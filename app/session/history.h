#pragma once

#include "core/mask/mask-edit.h"

G_BEGIN_DECLS

/* Undo and redo of mask edits. Edits between begin and end are one stroke: one step of undo. */
typedef struct _MsmHistory MsmHistory;

MsmHistory *msm_history_new (void);
void msm_history_free (MsmHistory *self);
void msm_history_clear (MsmHistory *self);
void msm_history_begin (MsmHistory *self);
void msm_history_end (MsmHistory *self);
/* Applies @edit to @mask and remembers how to take it back; forgets what could be redone. */
void msm_history_apply (MsmHistory *self, MsmMask *mask, const MsmMaskEdit *edit);
gboolean msm_history_can_undo (MsmHistory *self);
gboolean msm_history_can_redo (MsmHistory *self);
void msm_history_undo (MsmHistory *self, MsmMask *mask);
void msm_history_redo (MsmHistory *self, MsmMask *mask);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmHistory, msm_history_free)

G_END_DECLS
