#pragma once

#include "core/device/device.h"

G_BEGIN_DECLS

/* A small real matrix on a device and its transpose, both by rows, applied along one axis of an array. */
typedef struct _MsmSparse MsmSparse;

/* @dense: [n_out, n_in] on the host; its zeros are left out. MSM_ERROR_MEMORY. (transfer full) */
MsmSparse *msm_sparse_new (MsmDevice *device, const double *dense, gsize n_out, gsize n_in, GError **error);
void msm_sparse_free (MsmSparse *self);
/* y = S x along the middle axis: x [n_outer, n_in, n_inner], y [n_outer, n_out, n_inner]; no aliasing. */
void msm_sparse_apply (MsmSparse *self, const float *x, float *y, gsize n_outer, gsize n_inner);
/* x = Sᵀ y */
void msm_sparse_apply_transposed (MsmSparse *self, const float *y, float *x, gsize n_outer, gsize n_inner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmSparse, msm_sparse_free)

G_END_DECLS
