#pragma once

#include "core/baseline/wavelet.h"
#include "core/linop/linop.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * min ½‖A x − y‖² + λ‖W x‖₁ + ½ w ‖x − a‖² by FISTA: x⁺ = prox_{λ/L} (z − (Aᴴ(A z − y) + w (z − a))/L),
 * z = x⁺ + β (x⁺ − x), L = ‖AᴴA‖ + w. The details of W are thresholded, not the coarsest approximation, unless asked
 * for; a cyclic shift, new in each step, makes the result nearly shift-invariant. A z comes from A x⁺ and A x by
 * linearity, so a step costs one A and one Aᴴ. In host memory.
 */
typedef struct
{
  /* Borrowed from whoever makes it. */
  MsmLinop *op;
  MsmTensor *y, *x, *residual; /* x: (inout), 0 at the start; residual = y − A x after each step */
  MsmTensor *anchor;           /* a; NULL: w is 0 */
  double trust;                /* w */
  /* Its own. */
  MsmWavelet *wavelet;
  MsmTensor *z, *previous;          /* images */
  MsmTensor *ax, *az, *previous_ax; /* measurements */
  double norm2, momentum;           /* ‖AᴴA‖ */
  guint64 random;
} MsmFista;

/* Memory and ‖AᴴA‖, for @self with op, y, x and residual. MSM_ERROR_MEMORY, and as msm_linop_norm2() fails. */
gboolean msm_fista_prepare (MsmFista *self, MsmWaveletKind kind, int levels, guint64 seed, GError **error);
/* Begins anew from x as it is. */
void msm_fista_restart (MsmFista *self);
/* One step with λ = @weight. Returns Σ |what was thresholded|. */
double msm_fista_step (MsmFista *self, double weight, gboolean is_shifted, gboolean approximation);
void msm_fista_clear (MsmFista *self);

G_END_DECLS
