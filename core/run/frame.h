#pragma once

#include "core/sampler/sampler.h"

G_BEGIN_DECLS

/* An immutable snapshot of a run's outputs, on the host, after one step. Crosses threads. */
typedef struct
{
  gatomicrefcount ref_count;
  MsmStepInfo     info;
  double          scale;    /* true value = scale · value */
  double          ms;       /* time of the step */
  gsize           n_images;
  struct
  {
    const char *name;   /* static strings of the sampler */
    const char *title;
    MsmTensor  *tensor; /* sealed, host */
  } images[MSM_SAMPLER_MAX_OUTPUTS];
} MsmFrame;

MsmFrame  *msm_frame_new_from_sampler (MsmSampler *sampler, const MsmStepInfo *info, GError **error);
MsmFrame  *msm_frame_ref   (MsmFrame *self);
void       msm_frame_unref (MsmFrame *self);
MsmTensor *msm_frame_find  (const MsmFrame *self, const char *name); /* (transfer none) (nullable) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFrame, msm_frame_unref)

G_END_DECLS
