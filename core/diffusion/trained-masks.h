#pragma once

#include "core/mask/mask-cover.h"

G_BEGIN_DECLS

/* p(S) of a prior's training: sampling with other masks shows the network what it has not seen. */
typedef struct
{
  gsize size;                  /* columns of the training's images; 0: not known, and then nothing is */
  MsmMaskCoverOptions options; /* of an image of that size */
} MsmTrainedMasks;

/* From the experiment that a weight file carries ("msm.experiment"); %NULL or another text: not known. */
void msm_trained_masks_parse (MsmTrainedMasks *self, const char *experiment);
/* The centre lines of an image of @n_phase columns: the same part of k-space as in training. */
gsize msm_trained_masks_acs (const MsmTrainedMasks *self, gsize n_phase);

G_END_DECLS
