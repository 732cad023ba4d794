#pragma once

#include "core/problem/measure.h"

G_BEGIN_DECLS

/* One micro-batch of training data, on the training device; the shapes are those of its measure. */
typedef struct
{
  MsmTensor *s;     /* S z, or S z + ν: what was measured; zero off the mask */
  MsmTensor *mask;  /* F32 [n, h, w] */
  MsmTensor *shown; /* F32 [n, h, w] S₁ ≤ mask: what the network is given of s; NULL: all */
  MsmTensor *sens;  /* C64 [n, coil, h, w], or NULL for images */
  double noise_std; /* ρ of ν per real component, in the units of s; 0: clean */
} MsmBatch;

/* Tensors that fit @measure. MSM_ERROR_MEMORY. */
MsmBatch *msm_batch_new (MsmMeasure *measure, GError **error);
void msm_batch_free (MsmBatch *self);
/* Makes sure of `shown`, whose values are the caller's. MSM_ERROR_MEMORY. */
gboolean msm_batch_split (MsmBatch *self, GError **error);
/* What the network is given: `shown`, or the mask. (transfer none) */
MsmTensor *msm_batch_shown (const MsmBatch *self);
/* All of @from, a batch of the same shapes on the host. MSM_ERROR_MEMORY, for `shown`. */
gboolean msm_batch_upload (MsmBatch *self, const MsmBatch *from, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmBatch, msm_batch_free)

G_END_DECLS
