#pragma once

#include <gio/gio.h>

#include "app/session/preview.h"
#include "app/session/run-item.h"
#include "app/session/volume-queue.h"
#include "core/io/scan.h"
#include "core/mask/mask-edit.h"
#include "core/method/method.h"

G_BEGIN_DECLS

#define MSM_TYPE_SESSION (msm_session_get_type ())
/**
 * MsmSession:
 *
 * What is open and chosen: the scan, slice, coil, mask, method, and the runs. Main thread only. Signals:
 *
 * "scan-changed": another scan is open, or none. "slice-changed": slice or coil. "mask-changed".
 * "preview-changed": new zero-filled image. "run-changed": another run is selected.
 * "run-updated": a run went on. "position-changed": another of its steps is looked at.
 * "busy-changed": loading began or ended. "method-changed": another method or operator is chosen.
 * "failed" (char *message): one sentence for the error bar.
 */
G_DECLARE_FINAL_TYPE (MsmSession, msm_session, MSM, SESSION, GObject)

MsmSession *msm_session_new (void);
/* Stops every run and waits for the compute thread. Call it before the last unref. */
void msm_session_close (MsmSession *self);

void msm_session_open (MsmSession *self, const char *path);
/*
 * An experiment file, as the terminal's --experiment and --save-experiment have it: opens its scan, and chooses all
 * that it says. Files of `msm recon`, and of `msm sample` for generation. Of a branch its settings, which is said.
 */
void msm_session_open_experiment (MsmSession *self, const char *path);
/*
 * Of the selected run, a branch with what it goes on from; else of what is chosen now. A mask drawn by hand goes into
 * FILE-mask.png beside it (of a branch, FILE-mask-1.png, …).
 */
void msm_session_save_experiment (MsmSession *self, const char *path);
/* FALSE, and said: @path is the open scan or one that a run is of. The dialog has asked about any other file. */
gboolean msm_session_may_write (MsmSession *self, const char *path);
/* The same, not said but in @error: MSM_ERROR_FILE, unless @may_replace also of what exists. */
gboolean msm_session_check_output (MsmSession *self, const char *path, gboolean may_replace, GError **error);
/*
 * The experiment that repeats @run, for a file @path that will carry it. A mask drawn by hand is saved as above.
 * (transfer full): NULL with @error
 */
char *msm_session_format_run (MsmRunItem *run, const char *path, GError **error);
/*
 * For a picture @path of a step of @run: its settings and the experiment that repeats it, which msm_experiment_read()
 * finds in the picture. A mask drawn by hand is saved as above. (transfer full): NULL with @error
 */
char *msm_session_describe_run (MsmRunItem *run, int step, const char *path, GError **error);
/* Of a file with several groups, repetitions, contrasts, …: opens it again with another one chosen. */
void msm_session_set_group (MsmSession *self, const char *group);
gsize msm_session_get_index (MsmSession *self, const char *axis);
void msm_session_set_index (MsmSession *self, const char *axis, gsize index);
/* (nullable) */
MsmScan *msm_session_get_scan (MsmSession *self);
gboolean msm_session_is_loading (MsmSession *self);
/* The slice could not be read: there is nothing of it to wait for. */
gboolean msm_session_is_unreadable (MsmSession *self);
/* Every point (but padded lines) was measured, so that there is a reference. */
gboolean msm_session_is_fully_sampled (MsmSession *self);
/* What was acquired of the slice. (nullable): everything */
const MsmMask *msm_session_get_own_mask (MsmSession *self);
/* Of images: what lies at their left, right, top and bottom, "RLAP"; FALSE where the file does not know. */
gboolean msm_session_get_edges (MsmSession *self, char edges[5]);
gsize msm_session_get_slice (MsmSession *self);
void msm_session_set_slice (MsmSession *self, gsize slice);
/* −1: all coils combined */
int msm_session_get_coil (MsmSession *self);
void msm_session_set_coil (MsmSession *self, int coil);

/* NULL: the scan's own sampling */
const MsmMaskPattern *msm_session_get_pattern (MsmSession *self);
void msm_session_set_pattern (MsmSession *self, const MsmMaskPattern *pattern);
MsmParams *msm_session_get_pattern_params (MsmSession *self);
/* Draws the mask again after the pattern's parameters were changed. */
void msm_session_pattern_params_changed (MsmSession *self);
/* (nullable): do not change it; its edits go through msm_session_edit_mask() */
MsmMask *msm_session_get_mask (MsmSession *self);
/* The mask is what the pattern and its values draw, or the scan's own: no hand has changed it. */
gboolean msm_session_is_mask_drawn (MsmSession *self);
void msm_session_begin_stroke (MsmSession *self);
void msm_session_edit_mask (MsmSession *self, const MsmMaskEdit *edit);
void msm_session_end_stroke (MsmSession *self);
gboolean msm_session_can_undo (MsmSession *self);
gboolean msm_session_can_redo (MsmSession *self);
void msm_session_undo (MsmSession *self);
void msm_session_redo (MsmSession *self);
void msm_session_load_mask (MsmSession *self, const char *path);
void msm_session_save_mask (MsmSession *self, const char *path);

/* (nullable): the newest */
const MsmPreview *msm_session_get_preview (MsmSession *self);
/* (nullable): the slice of a scan of pictures as it was read, every channel: F32 [1, channel, row, column] */
MsmTensor *msm_session_get_picture (MsmSession *self);
/*
 * (nullable): what the chosen operator measures of this slice, put back into an image of true values (A† y), as the
 * newest run that was prepared has it; NULL of sampling. "preview-changed" follows it, too.
 */
MsmTensor *msm_session_get_put_back (MsmSession *self);
/* Time from the last change of the mask to its preview; 0 before the first. */
double msm_session_get_preview_ms (MsmSession *self);

/* The methods to choose from: those of msm_sampler_classes(), and generation, which needs no scan. Ended by NULL. */
const MsmSamplerClass *const *msm_session_get_methods (void);
const MsmSamplerClass *msm_session_get_method (MsmSession *self);
/* The method draws from its prior; nothing is measured. */
gboolean msm_session_is_generating (MsmSession *self);
gboolean msm_session_can_start (MsmSession *self);
/* The run is of what is looked at: the same slice, group and indices of the same file; or of no file. */
gboolean msm_session_shows_run (MsmSession *self, MsmRunItem *run);
void msm_session_set_method (MsmSession *self, const MsmSamplerClass *method);
MsmParams *msm_session_get_method_params (MsmSession *self);
/* By name, for actions: says in the error bar what is wrong with @text. */
void msm_session_set_method_named (MsmSession *self, const char *name);
void msm_session_set_method_param (MsmSession *self, const char *name, const char *text);

/* What is measured of the image: "sampling" (the mask) or a simulated operator. Never NULL. */
const MsmOperatorClass *msm_session_get_operator (MsmSession *self);
void msm_session_set_operator (MsmSession *self, const MsmOperatorClass *operator_class);
void msm_session_set_operator_named (MsmSession *self, const char *name);
gboolean msm_session_is_sampling (MsmSession *self);
MsmParams *msm_session_get_operator_params (MsmSession *self);

/* Settings of the coil sensitivities, and of the compression: "coils". The next run uses them. */
MsmParams *msm_session_get_espirit_params (MsmSession *self);
MsmParams *msm_session_get_coil_params (MsmSession *self);
/* What the next run computes on: "auto", "cpu", "cuda", "cuda:1", … (transfer none) */
const char *msm_session_get_device (MsmSession *self);
void msm_session_set_device (MsmSession *self, const char *name);
/* After a parameter above was changed in place. */
void msm_session_params_changed (MsmSession *self);
/* Whether runs publish images while they go on. Off: as fast as from the terminal. */
gboolean msm_session_get_shows (MsmSession *self);
void msm_session_set_shows (MsmSession *self, gboolean shows);

/* Queues a run of the method on the slice and mask as they are now, and selects it. */
MsmRunItem *msm_session_start_run (MsmSession *self);
/*
 * Queues a run of each slice of the scan, with what is chosen now; they are not selected. One volume at a time; the
 * window follows, pauses and stops it by its queue. (transfer none)
 */
gboolean msm_session_can_start_volume (MsmSession *self);
void msm_session_start_volume (MsmSession *self);
MsmVolumeQueue *msm_session_get_volume (MsmSession *self);
/*
 * Goes on from the step of the selected run that is looked at, with the parameters and the mask as they are now: a
 * new run, its branch. The selected run is stopped. NULL, or FALSE, when its method cannot, or it is of another slice.
 */
gboolean msm_session_can_branch (MsmSession *self);
MsmRunItem *msm_session_branch (MsmSession *self);
/*
 * The selected run goes on after a pause: as a branch, if parameters, seed or mask were changed since it began, and
 * anew, if it had not done one step. A method without branches goes on as it began, which is said.
 */
void msm_session_continue (MsmSession *self);
/* (element-type MsmRunItem), the newest first */
GListModel *msm_session_get_runs (MsmSession *self);
MsmRunItem *msm_session_get_run (MsmSession *self);
void msm_session_select_run (MsmSession *self, MsmRunItem *run);
/*
 * Selects @run and goes to what it is of: its file, part and slice, with its settings and its mask chosen. Another file
 * is opened for that, and @run is selected when it is there; what goes on meanwhile goes on.
 */
void msm_session_go_to_run (MsmSession *self, MsmRunItem *run);
/* Sides of a comparison; NULL: no run. "run-changed" tells of it. */
void msm_session_pin_run (MsmSession *self, MsmPin pin, MsmRunItem *run);
MsmRunItem *msm_session_get_pinned (MsmSession *self, MsmPin pin);
/* (nullable): by its number */
MsmRunItem *msm_session_find_run (MsmSession *self, int number);
/* The step that is looked at, for every run; −1: the newest. Selecting a run goes back to it. */
int msm_session_get_position (MsmSession *self);
void msm_session_set_position (MsmSession *self, int step);
/* Stops it if need be and takes it off the list. */
void msm_session_remove_run (MsmSession *self, MsmRunItem *run);

G_END_DECLS
