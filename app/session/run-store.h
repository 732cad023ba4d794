#pragma once

#include <gio/gio.h>

#include "app/session/run-item.h"

G_BEGIN_DECLS

#define MSM_TYPE_RUN_STORE (msm_run_store_get_type ())
/**
 * MsmRunStore:
 *
 * The runs of a session, one of which is selected, the step of it that is looked at, and the run that would be started
 * now, which is prepared while nobody waits. It knows setups and nothing of where they come from. Main thread. Signals:
 *
 * "run-changed": another run is selected. "run-updated": a run went on. "prepared" (MsmRunItem *): what a run, of the
 * list or ahead, measured may be known now. "position-changed". "failed" (char *message).
 */
G_DECLARE_FINAL_TYPE (MsmRunStore, msm_run_store, MSM, RUN_STORE, GObject)

/* What would be started now. (transfer full): NULL: nothing can be, or it is not the moment to prepare it */
typedef MsmSetup *(*MsmSetupFunc) (gpointer data);

/* @worker: borrowed; it must outlive msm_run_store_close(). */
MsmRunStore *msm_run_store_new (MsmWorker *worker, MsmSetupFunc now, gpointer data);
/* Stops every run. */
void msm_run_store_close (MsmRunStore *self);
/* Queues a run of @setup, which may be prepared already, and selects it. (transfer none) */
MsmRunItem *msm_run_store_start (MsmRunStore *self, const MsmSetup *setup);
/* The same of one that nobody looks at: it is not selected, and keeps its last frame alone. (transfer none) */
MsmRunItem *msm_run_store_start_aside (MsmRunStore *self, const MsmSetup *setup);
/*
 * Goes on from the step of the selected run that is looked at, with the settings of @now (nullable: nothing can be
 * run): its branch. The selected run is stopped. NULL, or FALSE, when its method cannot, or it is of another slice.
 */
gboolean msm_run_store_can_branch (MsmRunStore *self, const MsmSetup *now);
MsmRunItem *msm_run_store_branch (MsmRunStore *self, const MsmSetup *now);
/* The selected run goes on after a pause: see msm_session_continue(). */
void msm_run_store_continue (MsmRunStore *self, const MsmSetup *now);
/* Prepares the run that would be started now, once nothing has changed for a moment. */
void msm_run_store_plan_ahead (MsmRunStore *self);
void msm_run_store_drop_ahead (MsmRunStore *self);
GListModel *msm_run_store_get_runs (MsmRunStore *self); /* the newest first */
/* (nullable) (transfer none) */
MsmRunItem *msm_run_store_get_selected (MsmRunStore *self);
void msm_run_store_select (MsmRunStore *self, MsmRunItem *run);
MsmRunItem *msm_run_store_find (MsmRunStore *self, int number);
/* @run, or none, is this side of a comparison; another one is it no longer. Says "run-changed". */
void msm_run_store_pin (MsmRunStore *self, MsmPin pin, MsmRunItem *run);
/* (nullable) (transfer none) */
MsmRunItem *msm_run_store_get_pinned (MsmRunStore *self, MsmPin pin);
void msm_run_store_remove (MsmRunStore *self, MsmRunItem *run);
/* −1: the newest */
int msm_run_store_get_position (MsmRunStore *self);
void msm_run_store_set_position (MsmRunStore *self, int step);
gboolean msm_run_store_get_shows (MsmRunStore *self);
void msm_run_store_set_shows (MsmRunStore *self, gboolean shows);

G_END_DECLS
