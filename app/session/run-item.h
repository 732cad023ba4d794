#pragma once

#include <gio/gio.h>

#include "app/session/frame-store.h"
#include "app/session/run-sink.h"
#include "app/session/worker.h"
#include "app/setup/setup.h"

G_BEGIN_DECLS

#define MSM_TYPE_RUN_ITEM (msm_run_item_get_type ())
/**
 * MsmRunItem:
 *
 * The main thread's face of one run. Properties "title", "state-text", "state", "note", "starred" and "pin" notify; the
 * signal "updated" is emitted after every wake-up that brought steps, a frame, or the end.
 */
G_DECLARE_FINAL_TYPE (MsmRunItem, msm_run_item, MSM, RUN_ITEM, GObject)

/* The series that a run collects, one value per step seen; NaN where there is none. */
typedef enum
{
  MSM_SERIES_STEP,
  MSM_SERIES_RESIDUAL,
  MSM_SERIES_COST,
  MSM_SERIES_SIGMA,       /* noise level of a diffusion sampler */
  MSM_SERIES_METRIC_STEP, /* the steps of the frames that were compared with the reference */
  MSM_SERIES_METRICS,     /* and on: each metric at its place in msm_metric_classes() */
  MSM_N_SERIES = MSM_SERIES_METRICS + MSM_METRICS_MAX,
} MsmSeries;

/* What the kept frames of all runs take and may take. (transfer none) */
MsmFrameBudget *msm_run_item_get_frame_budget (void);
/* Of a copy of @setup. */
MsmRunItem *msm_run_item_new (const MsmSetup *setup, int number);
/* Reading, coil sensitivities, memory and plans, in a thread of the pool: beforehand, where there is time. */
void msm_run_item_prepare (MsmRunItem *self);
/* Queues the run in @worker, once it is prepared; stop it before @worker is freed. */
void msm_run_item_start (MsmRunItem *self, MsmWorker *worker);
/* What a comparison is of. */
typedef enum
{
  MSM_PIN_NONE,
  MSM_PIN_A,
  MSM_PIN_B
} MsmPin;

/* Counted from 1 in a session, in the title. */
int msm_run_item_get_number (MsmRunItem *self);
const char *msm_run_item_get_title (MsmRunItem *self);
/* What people say of it: a name instead of the method's in the title, a note, a star. Empty is none. (nullable) */
const char *msm_run_item_get_name (MsmRunItem *self);
void msm_run_item_set_name (MsmRunItem *self, const char *name);
const char *msm_run_item_get_note (MsmRunItem *self);
void msm_run_item_set_note (MsmRunItem *self, const char *note);
gboolean msm_run_item_get_starred (MsmRunItem *self);
void msm_run_item_set_starred (MsmRunItem *self, gboolean is_starred);
/* Its side of a comparison; the store sees to it that there is one of each. */
MsmPin msm_run_item_get_pin (MsmRunItem *self);
void msm_run_item_set_pin (MsmRunItem *self, MsmPin pin);
/* Of a branch: "from 1 @ 120"; else NULL. */
const char *msm_run_item_get_origin (MsmRunItem *self);
MsmRunState msm_run_item_get_state (MsmRunItem *self);
gboolean msm_run_item_is_active (MsmRunItem *self);
gboolean msm_run_item_is_paused (MsmRunItem *self);
void msm_run_item_get_progress (MsmRunItem *self, int *step, int *n_steps, double *seconds_left);
const GError *msm_run_item_get_error (MsmRunItem *self);
/* (transfer none) (nullable) */
MsmFrame *msm_run_item_get_frame (MsmRunItem *self);
/* The frames that are kept for looking back, the earliest first. */
guint msm_run_item_get_n_kept (MsmRunItem *self);
int msm_run_item_get_kept_step (MsmRunItem *self, guint index);
/*
 * The last kept frame at or before @step, else the first; −1: the newest, or NULL where the run failed: its steps
 * can be looked at, but none is a result. (transfer none) (nullable)
 */
MsmFrame *msm_run_item_get_frame_at (MsmRunItem *self, int step);
const double *msm_run_item_get_series (MsmRunItem *self, MsmSeries series, gsize *n);
/*
 * "34.54 dB · SSIM 0.8819": the metrics that have @flag; "–" for what small or empty images have none of.
 * (transfer full)
 */
char *msm_metrics_brief (const MsmMetrics *metrics, MsmMetricFlags flag);
const MsmSetup *msm_run_item_get_setup (MsmRunItem *self);
/* Nothing was measured: the prior alone made its images. */
gboolean msm_run_item_is_generated (MsmRunItem *self);
/* Its settings, one per line. (transfer full) */
char *msm_run_item_describe (MsmRunItem *self);
/* The maps that the run estimated or was given, once it runs. (transfer full) (nullable) */
MsmTensor *msm_run_item_ref_sens (MsmRunItem *self);
/* What its operator measured, put back into an image; of k-space none. (transfer full) (nullable) */
MsmTensor *msm_run_item_ref_put_back (MsmRunItem *self);
/* No frames while it is off, but the one that is paused at and the last. */
void msm_run_item_set_shows (MsmRunItem *self, gboolean shows);
/* What the steps took, and what making frames for the screen took on top, in the compute thread. */
void msm_run_item_get_cost (MsmRunItem *self, double *run_ms, double *show_ms);
void msm_run_item_pause (MsmRunItem *self, gboolean pause);
void msm_run_item_step (MsmRunItem *self);
void msm_run_item_stop (MsmRunItem *self);

G_END_DECLS
