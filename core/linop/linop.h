#pragma once

#include "core/device/device.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * A linear operator: a forward, an adjoint and two shapes, fixed at construction. `adjoint` means
 * adjoint: pseudo-inverses are separate functions msm_<op>_pinv. Complex unless both dtypes are F32.
 */
typedef struct _MsmLinop MsmLinop;

typedef struct
{
  const char *name;
  void (*forward) (MsmLinop *self, const MsmTensor *x, MsmTensor *y); /* y = A x  */
  void (*adjoint) (MsmLinop *self, const MsmTensor *y, MsmTensor *x); /* x = Aᴴ y */
  void (*normal)  (MsmLinop *self, const MsmTensor *x, MsmTensor *z); /* optional: z = Aᴴ A x */
  void (*dispose) (MsmLinop *self);                                   /* frees what the subclass holds */
} MsmLinopClass;

/* Operators embed this as their first member. */
struct _MsmLinop
{
  gatomicrefcount      ref_count;
  const MsmLinopClass *klass;
  MsmDevice           *device;
  MsmDtype             dtype;
  MsmShape             domain;
  MsmShape             codomain;
  MsmTensor           *scratch; /* codomain-shaped, made at construction, for the default normal */
};

MsmLinop *msm_linop_ref     (MsmLinop *self);
void      msm_linop_unref   (MsmLinop *self);
void      msm_linop_forward (MsmLinop *self, const MsmTensor *x, MsmTensor *y);
void      msm_linop_adjoint (MsmLinop *self, const MsmTensor *y, MsmTensor *x);
void      msm_linop_normal  (MsmLinop *self, const MsmTensor *x, MsmTensor *z);
MsmShape  msm_linop_domain  (const MsmLinop *self);
MsmShape  msm_linop_codomain (const MsmLinop *self);

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
MsmLinop *msm_linop_sense_new (MsmDevice *device, gsize n_batch, MsmTensor *sens, MsmTensor *mask,
                               GError **error);

G_END_DECLS
