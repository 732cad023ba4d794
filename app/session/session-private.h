#pragma once

#include "app/session/session.h"

#include "app/session/history.h"

G_BEGIN_DECLS

/*
 * Shared by session.c (the scan), session-mask.c, session-preview.c and session-runs.c.
 */

struct _MsmSession
{
  GObject parent_instance;
  MsmWorker *worker;
  MsmScan *scan;
  MsmTensor *kspace; /* of loaded_slice */
  MsmTensor *truth;  /* (nullable) of loaded_slice, of a simulation */
  gsize loaded_slice;
  gconstpointer read_scan; /* which scan it is of; only compared */
  gsize slice;             /* what is asked for */
  int coil;
  gboolean is_opening;
  gboolean is_reading;
  gboolean was_cut_short; /* the last reading was stopped before it came to an end */
  GCancellable *cancellable;
  const MsmMaskPattern *pattern;
  GHashTable *params; /* table → MsmParams: kept when another is chosen */
  MsmMask *mask;
  gboolean mask_is_drawn; /* it is as the pattern draws it, or the scan's own */
  MsmHistory *history;
  MsmSetup *wished; /* (nullable): of the experiment whose scan is being opened */
  MsmPreview *preview;
  MsmTensor *put_back;                 /* (nullable): see msm_session_get_put_back() */
  const MsmOperatorClass *put_back_of; /* and put_back_slice: what it is of */
  gsize put_back_slice;
  GHashTable *indices; /* of the axes; as in MsmScanOptions */
  gboolean needs_reference;
  guint serial;      /* of the newest preview asked for */
  gint64 changed_at; /* when the mask changed; 0: its preview has come */
  double preview_ms;
  const MsmSamplerClass *method;
  const MsmOperatorClass *operator_class;
  char *device; /* of the next run */
  GListStore *runs;
  MsmRunItem *run;
  MsmRunItem *ahead; /* (nullable): the next run, being prepared while nobody waits; not in runs */
  guint ahead_source;
  char *suggested; /* (nullable): the prior that was last put in by itself */
  int n_started;
  int position;   /* step; −1: the newest */
  gboolean shows; /* runs publish frames */
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

/* The values of @table, made when first asked for and kept when another is chosen. */
MsmParams *msm_session_params_of (MsmSession *self, const MsmParam *table);
/* Says why in the error bar, unless somebody cancelled. */
void msm_session_fail (MsmSession *self, const GError *error);
void msm_session_queue_preview (MsmSession *self);
/* Takes what @run's operator measured, if it is what is chosen now, or forgets it: NULL. */
void msm_session_take_put_back (MsmSession *self, MsmRunItem *run);
/* Prepares the run that would be started now, once nothing has changed for a moment. */
void msm_session_plan_ahead (MsmSession *self);
void msm_session_drop_ahead (MsmSession *self);
/* The method, its steps and its prior before anybody has chosen. */
void msm_session_choose_first (MsmSession *self);
/* A shipped prior that fits what is open, where none was chosen. */
void msm_session_suggest_prior (MsmSession *self);
/* Everything as it is chosen now, where msm_session_can_start() holds. (transfer full) */
MsmSetup *msm_session_make_setup (MsmSession *self);
/* Chooses what the experiment that brought this scan says, once. */
void msm_session_take_wishes (MsmSession *self);
void msm_session_drop_wishes (MsmSession *self);
/* Opens the file, or another part of it. */
void msm_session_open_with (MsmSession *self, const char *path, const MsmScanOptions *options);
/* The mask that the pattern and its parameters ask for, or NULL after telling why. */
MsmMask *msm_session_draw_mask (MsmSession *self);

G_END_DECLS
