#pragma once

#include "core/metric/metric.h"
#include "core/sampler/sampler.h"

G_BEGIN_DECLS

#define MSM_FRAME_MAX_IMAGES (MSM_SAMPLER_MAX_OUTPUTS + 2)

/* An immutable snapshot of a run's outputs, on the host, after one step. Crosses threads. */
typedef struct
{
  gatomicrefcount ref_count;
  MsmStepInfo info;
  double scale;         /* true value = scale · value */
  const char *note;     /* the problem's: static, translatable, or NULL */
  double ms;            /* time of the step */
  double made_ms;       /* time of making this frame: what showing the step costs the run */
  GBytes *state;        /* (nullable): what a branch starts from; see MsmRunSink */
  gboolean has_metrics; /* @metrics compares images[0] with the problem's reference */
  MsmMetrics metrics;
  gsize n_images;
  struct
  {
    const char *name; /* static strings of the sampler; "error" is estimate − reference */
    const char *title;
    MsmTensor *tensor; /* sealed, host, cropped to the shown part */
  } images[MSM_FRAME_MAX_IMAGES];
} MsmFrame;

/**
 * msm_frame_new_from_sampler:
 *
 * Downloads every output and crops it to the problem's shown part. With a reference it adds the image
 * "error", F32 [1, 1 or channel, row, column], and the metrics: of magnitudes for MRI, of every channel for
 * pictures. In the compute thread.
 *
 * Returns: (transfer full): the frame, or %NULL: MSM_ERROR_VALUE when the estimate is not finite or all
 * zero, MSM_ERROR_MEMORY
 */
MsmFrame *msm_frame_new_from_sampler (MsmSampler *sampler, const MsmStepInfo *info, GError **error);
/*
 * The same in two parts: the first in the compute thread, which takes what the outputs hold now, and with
 * @keeps_state the method's state; the second, which waits for it to arrive and does all that takes long, in any thread
 * while the sampler is there.
 */
typedef struct _MsmFrameDraft MsmFrameDraft;

MsmFrameDraft *msm_frame_draft_new (MsmSampler *sampler, const MsmStepInfo *info, gboolean keeps_state, GError **error);
void msm_frame_draft_free (MsmFrameDraft *self);
/* FALSE: finish it at once, for it shares memory with the sampler. */
gboolean msm_frame_draft_is_pending (const MsmFrameDraft *self);
MsmFrame *msm_frame_draft_finish (MsmFrameDraft *draft_take, GError **error);

MsmFrame *msm_frame_ref (MsmFrame *self);
void msm_frame_unref (MsmFrame *self);
MsmTensor *msm_frame_find (const MsmFrame *self, const char *name); /* (transfer none) (nullable) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFrame, msm_frame_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFrameDraft, msm_frame_draft_free)

G_END_DECLS
