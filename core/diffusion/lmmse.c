#include "config.h"

#include "core/diffusion/lmmse.h"

struct _MsmLmmse
{
  MsmMeasure *measure;
  MsmTensor  *r, *p, *q; /* residual, direction, (Tᴴ S T + λ I) p */
  double     *rr;        /* [n] ‖r‖² */
  int         n_iterations;
};

MsmLmmse *
msm_lmmse_new (MsmMeasure *measure, int n_iterations, GError **error)
{
  g_autoptr (MsmLmmse) self = g_new0 (MsmLmmse, 1);
  MsmDevice *device = msm_measure_device (measure);
  MsmShape   shape = msm_measure_image_shape (measure);

  self->measure = measure;
  self->n_iterations = n_iterations;
  self->rr = g_new0 (double, shape.dim[0]);
  if (msm_measure_kind (measure) == MSM_MEASURE_IMAGE)
    return g_steal_pointer (&self);
  self->r = msm_tensor_new (device, MSM_C64, shape, error);
  if (self->r == NULL)
    return NULL;
  self->p = msm_tensor_new (device, MSM_C64, shape, error);
  if (self->p == NULL)
    return NULL;
  self->q = msm_tensor_new (device, MSM_C64, shape, error);
  return self->q == NULL ? NULL : g_steal_pointer (&self);
}

void
msm_lmmse_free (MsmLmmse *self)
{
  if (self == NULL)
    return;
  msm_tensor_unref (self->r);
  msm_tensor_unref (self->p);
  msm_tensor_unref (self->q);
  g_free (self->rr);
  g_free (self);
}

/* One step of sample @b, whose (Tᴴ S T) p stands in q. */
static void
advance (MsmLmmse *self, float *x, gsize b, gsize size, double lambda)
{
  MsmDevice          *device = msm_measure_device (self->measure);
  const MsmVectorOps *vector = msm_device_ops (device)->vector;
  MsmDeviceState     *state = msm_device_state (device);
  float              *r = (float *) msm_tensor_data (self->r) + b * size;
  float              *p = (float *) msm_tensor_data (self->p) + b * size;
  float              *q = (float *) msm_tensor_data (self->q) + b * size;
  double              pq;
  double              rr;

  vector->axpy (state, q, (float) lambda, p, size);
  pq = vector->dot (state, p, q, size);
  if (!(pq > 0) || !(self->rr[b] > 0)) /* solved, or nothing measured */
    return;
  vector->axpy (state, x + b * size, (float) (self->rr[b] / pq), p, size);
  vector->axpy (state, r, (float) (-self->rr[b] / pq), q, size);
  rr = vector->dot (state, r, r, size);
  vector->lincomb (state, p, 1, r, (float) (rr / self->rr[b]), p, size);
  self->rr[b] = rr;
}

void
msm_lmmse_solve (MsmLmmse *self, MsmTensor *x, const MsmTensor *r, const MsmTensor *mask,
                 const double *lambda)
{
  MsmDevice          *device = msm_measure_device (self->measure);
  const MsmDeviceOps *ops = msm_device_ops (device);
  MsmDeviceState     *state = msm_device_state (device);
  gsize               n = msm_tensor_dim (x, 0);
  gsize               size = msm_tensor_bytes (x) / sizeof (float) / n;
  const float        *in = msm_tensor_const_data (r);
  float              *out = msm_tensor_data (x);

  if (msm_measure_kind (self->measure) == MSM_MEASURE_IMAGE)
    {
      for (gsize b = 0; b < n; b++)
        ops->vector->scale (state, out + b * size, (float) (1 / (1 + lambda[b])), in + b * size, size);
      return;
    }
  ops->memory->zero (state, out, msm_tensor_bytes (x));
  ops->memory->copy (state, msm_tensor_data (self->r), in, msm_tensor_bytes (x));
  ops->memory->copy (state, msm_tensor_data (self->p), in, msm_tensor_bytes (x));
  for (gsize b = 0; b < n; b++)
    self->rr[b] = ops->vector->dot (state, in + b * size, in + b * size, size);
  for (int k = 0; k < self->n_iterations; k++)
    {
      msm_measure_normal (self->measure, self->p, mask, self->q);
      for (gsize b = 0; b < n; b++)
        advance (self, out, b, size, lambda[b]);
    }
}
