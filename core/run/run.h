#pragma once

#include "core/base/cancel.h"
#include "core/run/frame.h"

G_BEGIN_DECLS

/* One execution of a sampler: cancel, pause, single-step. msm_run_execute() blocks in the compute thread. */
typedef struct _MsmRun MsmRun;

/*
 * Frames of a GPU are finished in a thread of their own, so that the run computes on: on_frame then comes from there,
 * in the order of the steps. The calls never overlap, but for on_idle, and on_done is the last.
 */
typedef struct
{
  void (*on_event) (gpointer data, const MsmStepInfo *info, double ms); /* every step */
  gboolean (*wants_frame) (gpointer data);                              /* FALSE: none is made */
  void (*on_frame) (gpointer data, MsmFrame *frame_take);               /* the last frame is always given */
  void (*on_done) (gpointer data, const GError *error);                 /* once; NULL, CANCELLED or the cause */
  gboolean newest_only; /* frames may be left out while another one is being made */
  gboolean keeps_state; /* frames hold what a branch starts from, where the method has that */
  gboolean shows_early; /* where steps are long, also a frame of step 0: what the first part of the first gave */
} MsmRunSink;

MsmRun *msm_run_new (MsmSampler *sampler_take, const MsmRunSink *sink, gpointer data);
MsmRun *msm_run_ref (MsmRun *self);
void msm_run_unref (MsmRun *self);
gboolean msm_run_execute (MsmRun *self, GError **error);
/* From any thread. */
void msm_run_pause (MsmRun *self);
void msm_run_resume (MsmRun *self);
void msm_run_step (MsmRun *self); /* releases a paused run for one step */
void msm_run_stop (MsmRun *self);
gboolean msm_run_is_paused (MsmRun *self);
/* The sampler, borrowed: for the thread of msm_run_execute(), or after it. */
MsmSampler *msm_run_get_sampler (MsmRun *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmRun, msm_run_unref)

G_END_DECLS
