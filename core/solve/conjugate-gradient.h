#pragma once

#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * Conjugate gradients for A x = b, A Hermitian and positive, of a batch of samples (the first axis) that do not
 * influence one another, with a preconditioner M ≈ A⁻¹ where there is one:
 *
 *   α = rᴴ M r / pᴴ A p,   x ← x + α p,   r ← r − α A p,   β = (rᴴ M r)new / rᴴ M r,   p ← M r + β p
 *
 * The scalars stay on the device, so that a recording can hold the steps. A sample that is solved, or of which nothing
 * is left, changes no more.
 */
typedef struct _MsmCg MsmCg;

typedef struct
{
  /* q ← A p */
  void (*apply) (gpointer data, const MsmTensor *p, MsmTensor *q);
  /* (nullable): M r, in memory of the caller's that stays until the next call; NULL: M = I */
  const MsmTensor *(*condition) (gpointer data, const MsmTensor *r);
} MsmCgOperator;

/**
 * msm_cg_new:
 * @op, @data: (borrowed): A and M
 *
 * Allocates all that the steps need.
 * Returns: (transfer full): or %NULL with MSM_ERROR_MEMORY
 */
MsmCg *msm_cg_new (MsmDevice *device, MsmDtype dtype, MsmShape shape, const MsmCgOperator *op, gpointer data,
                   GError **error);
void msm_cg_free (MsmCg *self);
/* r: to be filled with b − A x before msm_cg_begin(), and what is left of it afterwards. (transfer none) */
MsmTensor *msm_cg_residual (MsmCg *self);
/* The first direction, M r. */
void msm_cg_begin (MsmCg *self);
/* One step, of which @x takes its part. Allocates nothing; failures are sticky device errors. */
void msm_cg_step (MsmCg *self, MsmTensor *x);
/* rᴴ M r of sample 0, brought to the host; 0 when it is solved. Not for recordings. */
double msm_cg_square (MsmCg *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmCg, msm_cg_free)

G_END_DECLS
