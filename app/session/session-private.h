#pragma once

#include "app/session/preview-queue.h"
#include "app/session/run-store.h"
#include "app/session/session.h"
#include "app/session/setup-model.h"
#include "app/session/study.h"
#include "app/session/volume-queue.h"

G_BEGIN_DECLS

/*
 * The session's face for the window: session.c joins the parts, session-setup.c and session-runs.c pass on what is
 * asked of them, session-experiment.c saves and opens. The parts know neither the session nor each other.
 */
struct _MsmSession
{
  GObject parent_instance;
  MsmWorker *worker;
  MsmStudy *study;
  MsmSetupModel *setup;
  MsmPreviewQueue *previews;
  MsmRunStore *runs;
  MsmVolumeQueue *volume;
  MsmSetup *wished;                    /* (nullable): of the experiment whose scan is being opened */
  MsmRunItem *wished_run;              /* (nullable): wished is this run's */
  MsmTensor *put_back;                 /* (nullable): see msm_session_get_put_back() */
  const MsmOperatorClass *put_back_of; /* and put_back_slice: what it is of */
  gsize put_back_slice;
  gboolean closed;
};

enum
{
  MSM_SESSION_SCAN_CHANGED,
  MSM_SESSION_SLICE_CHANGED,
  MSM_SESSION_MASK_CHANGED,
  MSM_SESSION_PREVIEW_CHANGED,
  MSM_SESSION_RUN_CHANGED,
  MSM_SESSION_RUN_UPDATED,
  MSM_SESSION_BUSY_CHANGED,
  MSM_SESSION_POSITION_CHANGED,
  MSM_SESSION_METHOD_CHANGED,
  MSM_SESSION_FAILED,
  MSM_SESSION_N_SIGNALS,
};

extern guint msm_session_signals[MSM_SESSION_N_SIGNALS];

/* Says why in the error bar. */
void msm_session_fail (MsmSession *self, const GError *error);
/* Everything as it is chosen now; NULL where nothing can be started. (transfer full) */
MsmSetup *msm_session_make_setup (MsmSession *self);
/* Chooses what the experiment that brought this scan says, once. */
void msm_session_take_wishes (MsmSession *self);
void msm_session_drop_wishes (MsmSession *self);
/* Opens the file, or another part of it. */
void msm_session_open_with (MsmSession *self, const char *path, const MsmScanOptions *options);

G_END_DECLS
