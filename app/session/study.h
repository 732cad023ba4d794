#pragma once

#include <gio/gio.h>

#include "app/setup/address.h"

G_BEGIN_DECLS

#define MSM_TYPE_STUDY (msm_study_get_type ())
/**
 * MsmStudy:
 *
 * What is looked at: the open scan, which part and slice of it, and that slice's data as they were read. Main thread;
 * opening and reading go on in threads of the pool. Signals:
 *
 * "opened" (gboolean is_same): another scan is open, or another part of the same one, which is looked at in the same
 * place; its slice is read next. "not-opened": it could not be. "slice-changed": slice or coil. "read": the slice has
 * come, or could not be read. "busy-changed": loading began or ended. "failed" (char *message).
 */
G_DECLARE_FINAL_TYPE (MsmStudy, msm_study, MSM, STUDY, GObject)

MsmStudy *msm_study_new (void);
/* Nothing comes any more. */
void msm_study_close (MsmStudy *self);
/* @options: (nullable): copied. What is open stays so until the other has been opened. */
void msm_study_open (MsmStudy *self, const char *path, const MsmScanOptions *options);
/* Opens the same file again with another group, or another index along @axis. FALSE: it is chosen already. */
gboolean msm_study_set_group (MsmStudy *self, const char *group);
gsize msm_study_get_index (MsmStudy *self, const char *axis);
gboolean msm_study_set_index (MsmStudy *self, const char *axis, gsize index);
/* (nullable) (transfer none) */
MsmScan *msm_study_get_scan (MsmStudy *self);
/* Where the slice that is asked for lies: copied into @address. FALSE, and an empty one: nothing is open. */
gboolean msm_study_get_address (MsmStudy *self, MsmAddress *address);
gboolean msm_study_is_at (MsmStudy *self, const MsmAddress *address);
gboolean msm_study_is_loading (MsmStudy *self);
/* The slice could not be read: there is nothing of it to wait for. */
gboolean msm_study_is_unreadable (MsmStudy *self);
gboolean msm_study_is_fully_sampled (MsmStudy *self);
/* What was acquired of the slice that was read last, with padded lines. (nullable): everything */
const MsmMask *msm_study_get_own_mask (MsmStudy *self);
/* Sealed, of the slice that was read last: NULL before, and where it could not be read. (transfer none) */
MsmTensor *msm_study_get_kspace (MsmStudy *self);
/* (nullable): of a simulation, the object's image. (transfer none) */
MsmTensor *msm_study_get_truth (MsmStudy *self);
gsize msm_study_get_slice (MsmStudy *self);
void msm_study_set_slice (MsmStudy *self, gsize slice);
/* While "opened" is emitted: the slice to begin with, quietly. */
void msm_study_begin_at (MsmStudy *self, gsize slice);
/* −1: all coils combined */
int msm_study_get_coil (MsmStudy *self);
void msm_study_set_coil (MsmStudy *self, int coil);

G_END_DECLS
