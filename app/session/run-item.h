#pragma once

#include <gio/gio.h>

#include "app/session/run-sink.h"
#include "app/session/worker.h"
#include "core/io/scan.h"

G_BEGIN_DECLS

/* What is to be run; copied by msm_run_item_new(). */
typedef struct
{
  const char            *path;
  gsize                  slice;
  MsmMask               *mask;   /* NULL: the scan's own, or full */
  const MsmSamplerClass *method;
  const MsmParams       *params;
  MsmTensor             *sens;   /* (nullable): known maps */
} MsmRunSpec;

#define MSM_TYPE_RUN_ITEM (msm_run_item_get_type ())
/**
 * MsmRunItem:
 *
 * The main thread's face of one run. Properties "title", "state-text", "state" notify; the signal
 * "updated" is emitted after every wake-up that brought steps, a frame, or the end.
 */
G_DECLARE_FINAL_TYPE (MsmRunItem, msm_run_item, MSM, RUN_ITEM, GObject)

/* The series that a run collects, one value per step seen; NaN where there is none. */
typedef enum
{
  MSM_SERIES_STEP,
  MSM_SERIES_RESIDUAL,
  MSM_SERIES_COST,
  MSM_SERIES_METRIC_STEP, /* the steps of the frames that were compared with the reference */
  MSM_SERIES_PSNR,
  MSM_SERIES_SSIM,
  MSM_SERIES_NMSE,
  MSM_N_SERIES,
} MsmSeries;

MsmRunItem    *msm_run_item_new          (const MsmRunSpec *spec, int number);
/* Prepares in a thread of the pool, then queues the run in @worker; stop it before @worker is freed. */
void           msm_run_item_start        (MsmRunItem *self, MsmWorker *worker);
const char    *msm_run_item_get_title    (MsmRunItem *self);
MsmRunState    msm_run_item_get_state    (MsmRunItem *self);
gboolean       msm_run_item_is_active    (MsmRunItem *self);
gboolean       msm_run_item_is_paused    (MsmRunItem *self);
void           msm_run_item_get_progress (MsmRunItem *self, int *step, int *n_steps,
                                          double *seconds_left);
const GError  *msm_run_item_get_error    (MsmRunItem *self);
/* (transfer none) (nullable) */
MsmFrame      *msm_run_item_get_frame    (MsmRunItem *self);
const double  *msm_run_item_get_series   (MsmRunItem *self, MsmSeries series, gsize *n);
gsize          msm_run_item_get_slice    (MsmRunItem *self);
const char    *msm_run_item_get_path     (MsmRunItem *self);
/* Settings, one per line: what an exported picture carries. (transfer full) */
char          *msm_run_item_describe     (MsmRunItem *self);
/* The maps that the run estimated or was given, once it runs. (transfer full) (nullable) */
MsmTensor     *msm_run_item_ref_sens     (MsmRunItem *self);
MsmMask       *msm_run_item_get_mask     (MsmRunItem *self);
void           msm_run_item_pause        (MsmRunItem *self, gboolean pause);
void           msm_run_item_step         (MsmRunItem *self);
void           msm_run_item_stop         (MsmRunItem *self);

G_END_DECLS
