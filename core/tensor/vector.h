#pragma once

#include "core/device/device.h"

G_BEGIN_DECLS

/*
 * Arithmetic on parts of tensors: device pointers into msm_tensor_data(), and their lengths. Each is the entry of
 * the device's vector table of the same name (core/device/device-ops.h says what they compute), and what only some
 * devices have is not among them. Whole tensors: tensor-math.h.
 */
void msm_vector_fill (MsmDevice *device, float *dst, double value, gsize n);
void msm_vector_lincomb (MsmDevice *device, float *dst, double a, const float *x, double b, const float *y, gsize n);
void msm_vector_axpy (MsmDevice *device, float *y, double a, const float *x, gsize n);
void msm_vector_scale (MsmDevice *device, float *dst, double a, const float *x, gsize n);
void msm_vector_mul (MsmDevice *device, float *dst, const float *x, const float *y, gsize n);
void msm_vector_cmul (MsmDevice *device, float *dst, const float *x, const float *y, gsize n);
void msm_vector_cmulc (MsmDevice *device, float *dst, const float *x, const float *y, gsize n);
void msm_vector_cabs (MsmDevice *device, float *dst, const float *x, gsize n);
double msm_vector_dot (MsmDevice *device, const float *x, const float *y, gsize n);
double msm_vector_asum (MsmDevice *device, const float *x, gsize n);
double msm_vector_max_abs (MsmDevice *device, const float *x, gsize n);
gboolean msm_vector_is_finite (MsmDevice *device, const float *x, gsize n);
void msm_vector_mask (MsmDevice *device, float *dst, const float *mask, const float *x, gsize n_batch, gsize n_plane);
void msm_vector_coil_expand (MsmDevice *device, float *y, const float *sens, const float *x, gsize n_batch, gsize n_set,
                             gsize n_coil, gsize n_plane);
void msm_vector_coil_combine (MsmDevice *device, float *x, const float *sens, const float *y, gsize n_batch,
                              gsize n_set, gsize n_coil, gsize n_plane);
void msm_vector_rss (MsmDevice *device, float *dst, const float *y, gsize n_batch, gsize n_coil, gsize n_plane);
void msm_vector_sparse (MsmDevice *device, float *y, const guint32 *start, const guint32 *column, const float *value,
                        const float *x, gsize n_outer, gsize n_out, gsize n_in, gsize n_inner);
void msm_vector_random_normal (MsmDevice *device, float *dst, gsize n, guint64 seed, guint32 stream, guint32 step,
                               guint64 first);
void msm_vector_random_uniform (MsmDevice *device, float *dst, gsize n, guint64 seed, guint32 stream, guint32 step,
                                guint64 first);
void msm_vector_transpose (MsmDevice *device, float *dst, const float *src, gsize n_batch, gsize n_rows,
                           gsize n_columns);
void msm_vector_soft_threshold (MsmDevice *device, float *dst, const float *x, double threshold, gsize n);
void msm_vector_cg_begin (MsmDevice *device, double *rr, float *p, const float *r, const float *m, gsize n_batch,
                          gsize n);
void msm_vector_cg_advance (MsmDevice *device, double *rr, float *x, float *r, const float *p, const float *q,
                            gsize n_batch, gsize n);
void msm_vector_cg_turn (MsmDevice *device, double *rr, float *p, const float *r, const float *m, gsize n_batch,
                         gsize n);
void msm_vector_cg_weights (MsmDevice *device, float *weight, float *inverse, const float *mask, const float *power,
                            double flat, double coloured, gsize n);

G_END_DECLS
