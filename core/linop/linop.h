#pragma once

#include "core/device/device.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * A linear operator: a forward, an adjoint and two shapes, fixed at construction. `adjoint` means
 * adjoint; a pseudo-inverse, where there is one, stands apart. Complex unless both dtypes are F32.
 */
typedef struct _MsmLinop MsmLinop;

typedef struct
{
  const char *name;
  void (*forward) (MsmLinop *self, const MsmTensor *x, MsmTensor *y); /* y = A x  */
  void (*adjoint) (MsmLinop *self, const MsmTensor *y, MsmTensor *x); /* x = Aᴴ y */
  void (*normal) (MsmLinop *self, const MsmTensor *x, MsmTensor *z);  /* optional: z = Aᴴ A x */
  void (*pinv) (MsmLinop *self, const MsmTensor *y, MsmTensor *x);    /* optional: x = A† y */
  /* Optional: an upper bound of ‖A‖²; else it is estimated. Negative with @error set. */
  double (*norm2) (MsmLinop *self, GError **error);
  void (*dispose) (MsmLinop *self); /* frees what the subclass holds */
} MsmLinopClass;

/* Operators embed this as their first member. */
struct _MsmLinop
{
  gatomicrefcount ref_count;
  const MsmLinopClass *klass;
  MsmDevice *device;
  MsmDtype dtype;
  MsmShape domain;
  MsmShape codomain;
  MsmTensor *scratch; /* codomain-shaped, made at construction, for the default normal */
};

MsmLinop *msm_linop_ref (MsmLinop *self);
void msm_linop_unref (MsmLinop *self);
void msm_linop_forward (MsmLinop *self, const MsmTensor *x, MsmTensor *y);
void msm_linop_adjoint (MsmLinop *self, const MsmTensor *y, MsmTensor *x);
void msm_linop_normal (MsmLinop *self, const MsmTensor *x, MsmTensor *z);
/* A pseudo-inverse A† y, where the operator has one. */
gboolean msm_linop_has_pinv (const MsmLinop *self);
void msm_linop_pinv (MsmLinop *self, const MsmTensor *y, MsmTensor *x);
/**
 * msm_linop_norm2:
 *
 * ‖A‖² = ‖AᴴA‖, for normalised steps: the class's own upper bound, or 1.02 ‖AᴴA v‖ of the unit v after
 * power iterations from a seeded start: at most 2 % too large, and a little too small where large eigenvalues
 * crowd. Allocates.
 * Returns: the value; negative with MSM_ERROR_MEMORY, or MSM_ERROR_VALUE when A is zero or not finite
 */
double msm_linop_norm2 (MsmLinop *self, GError **error);
MsmShape msm_linop_domain (const MsmLinop *self);
MsmShape msm_linop_codomain (const MsmLinop *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmLinop, msm_linop_unref)

/* (outer inner) x = outer (inner x). Takes references of both. */
MsmLinop *msm_linop_chain (MsmLinop *outer, MsmLinop *inner, GError **error);
/* M: y = mask · x, mask F32 [readout, phase] repeated over [batch, coil, …]. Self-adjoint. */
MsmLinop *msm_linop_mask_new (MsmDevice *device, MsmShape shape, MsmTensor *mask, GError **error);
/* F: centred orthonormal 2-D DFT over the last two axes. Adjoint = inverse. */
MsmLinop *msm_linop_fft_new (MsmDevice *device, MsmShape shape, GError **error);
/* C: [batch, set, readout, phase] → [batch, coil, readout, phase]; sens C64 [set, coil, readout, phase]. */
MsmLinop *msm_linop_sens_new (MsmDevice *device, gsize n_batch, MsmTensor *sens, GError **error);
/*
 * A = M F C, the MRI forward model, with fused normal. mask F32 [readout, phase], or NULL (all sampled).
 */
MsmLinop *msm_linop_sense_new (MsmDevice *device, gsize n_batch, MsmTensor *sens, MsmTensor *mask, GError **error);

G_END_DECLS
