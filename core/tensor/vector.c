#include "config.h"

#include "core/tensor/vector.h"

void
msm_vector_fill (MsmDevice *device, float *dst, double value, gsize n)
{
  msm_device_ops (device)->vector->fill (msm_device_state (device), dst, (float) value, n);
}

void
msm_vector_lincomb (MsmDevice *device, float *dst, double a, const float *x, double b, const float *y, gsize n)
{
  msm_device_ops (device)->vector->lincomb (msm_device_state (device), dst, (float) a, x, (float) b, y, n);
}

void
msm_vector_axpy (MsmDevice *device, float *y, double a, const float *x, gsize n)
{
  msm_device_ops (device)->vector->axpy (msm_device_state (device), y, (float) a, x, n);
}

void
msm_vector_scale (MsmDevice *device, float *dst, double a, const float *x, gsize n)
{
  msm_device_ops (device)->vector->scale (msm_device_state (device), dst, (float) a, x, n);
}

void
msm_vector_mul (MsmDevice *device, float *dst, const float *x, const float *y, gsize n)
{
  msm_device_ops (device)->vector->mul (msm_device_state (device), dst, x, y, n);
}

void
msm_vector_cmul (MsmDevice *device, float *dst, const float *x, const float *y, gsize n)
{
  msm_device_ops (device)->vector->cmul (msm_device_state (device), dst, x, y, n);
}

void
msm_vector_cmulc (MsmDevice *device, float *dst, const float *x, const float *y, gsize n)
{
  msm_device_ops (device)->vector->cmulc (msm_device_state (device), dst, x, y, n);
}

void
msm_vector_cabs (MsmDevice *device, float *dst, const float *x, gsize n)
{
  msm_device_ops (device)->vector->cabs (msm_device_state (device), dst, x, n);
}

double
msm_vector_dot (MsmDevice *device, const float *x, const float *y, gsize n)
{
  return msm_device_ops (device)->vector->dot (msm_device_state (device), x, y, n);
}

double
msm_vector_asum (MsmDevice *device, const float *x, gsize n)
{
  return msm_device_ops (device)->vector->asum (msm_device_state (device), x, n);
}

double
msm_vector_max_abs (MsmDevice *device, const float *x, gsize n)
{
  return msm_device_ops (device)->vector->max_abs (msm_device_state (device), x, n);
}

gboolean
msm_vector_is_finite (MsmDevice *device, const float *x, gsize n)
{
  return msm_device_ops (device)->vector->is_finite (msm_device_state (device), x, n) != 0;
}

void
msm_vector_mask (MsmDevice *device, float *dst, const float *mask, const float *x, gsize n_batch, gsize n_plane)
{
  msm_device_ops (device)->vector->mask (msm_device_state (device), dst, mask, x, n_batch, n_plane);
}

void
msm_vector_coil_expand (MsmDevice *device, float *y, const float *sens, const float *x, gsize n_batch, gsize n_set,
                        gsize n_coil, gsize n_plane)
{
  msm_device_ops (device)->vector->coil_expand (msm_device_state (device), y, sens, x, n_batch, n_set, n_coil, n_plane);
}

void
msm_vector_coil_combine (MsmDevice *device, float *x, const float *sens, const float *y, gsize n_batch, gsize n_set,
                         gsize n_coil, gsize n_plane)
{
  msm_device_ops (device)->vector->coil_combine (msm_device_state (device), x, sens, y, n_batch, n_set, n_coil,
                                                 n_plane);
}

void
msm_vector_rss (MsmDevice *device, float *dst, const float *y, gsize n_batch, gsize n_coil, gsize n_plane)
{
  msm_device_ops (device)->vector->rss (msm_device_state (device), dst, y, n_batch, n_coil, n_plane);
}

void
msm_vector_sparse (MsmDevice *device, float *y, const guint32 *start, const guint32 *column, const float *value,
                   const float *x, gsize n_outer, gsize n_out, gsize n_in, gsize n_inner)
{
  msm_device_ops (device)->vector->sparse (msm_device_state (device), y, start, column, value, x, n_outer, n_out, n_in,
                                           n_inner);
}

void
msm_vector_random_normal (MsmDevice *device, float *dst, gsize n, guint64 seed, guint32 stream, guint32 step,
                          guint64 first)
{
  msm_device_ops (device)->vector->random_normal (msm_device_state (device), dst, n, seed, stream, step, first);
}

void
msm_vector_random_uniform (MsmDevice *device, float *dst, gsize n, guint64 seed, guint32 stream, guint32 step,
                           guint64 first)
{
  msm_device_ops (device)->vector->random_uniform (msm_device_state (device), dst, n, seed, stream, step, first);
}

void
msm_vector_transpose (MsmDevice *device, float *dst, const float *src, gsize n_batch, gsize n_rows, gsize n_columns)
{
  msm_device_ops (device)->vector->transpose (msm_device_state (device), dst, src, n_batch, n_rows, n_columns);
}

void
msm_vector_soft_threshold (MsmDevice *device, float *dst, const float *x, double threshold, gsize n)
{
  msm_device_ops (device)->vector->soft_threshold (msm_device_state (device), dst, x, (float) threshold, n);
}

void
msm_vector_cg_begin (MsmDevice *device, double *rr, float *p, const float *r, const float *m, gsize n_batch, gsize n)
{
  msm_device_ops (device)->vector->cg_begin (msm_device_state (device), rr, p, r, m, n_batch, n);
}

void
msm_vector_cg_advance (MsmDevice *device, double *rr, float *x, float *r, const float *p, const float *q, gsize n_batch,
                       gsize n)
{
  msm_device_ops (device)->vector->cg_advance (msm_device_state (device), rr, x, r, p, q, n_batch, n);
}

void
msm_vector_cg_turn (MsmDevice *device, double *rr, float *p, const float *r, const float *m, gsize n_batch, gsize n)
{
  msm_device_ops (device)->vector->cg_turn (msm_device_state (device), rr, p, r, m, n_batch, n);
}

void
msm_vector_cg_weights (MsmDevice *device, float *weight, float *inverse, const float *mask, const float *power,
                       double flat, double coloured, gsize n)
{
  msm_device_ops (device)->vector->cg_weights (msm_device_state (device), weight, inverse, mask, power, flat, coloured,
                                               n);
}
