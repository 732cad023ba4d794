#include "config.h"

#include "core/solve/conjugate-gradient.h"

#include "core/device/device.h"
#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

struct _MsmCg
{
  const MsmCgOperator *op;
  gpointer data;
  MsmDevice *device;
  MsmTensor *r, *p, *q; /* residual, direction, A p */
  MsmTensor *rr;        /* [n, 2] floats: n doubles rᴴ M r */
  double *squares;      /* [n]: the same on the host */
  gsize n, size;        /* samples, and floats of one */
};

MsmCg *
msm_cg_new (MsmDevice *device, MsmDtype dtype, MsmShape shape, const MsmCgOperator *op, gpointer data, GError **error)
{
  g_autoptr (MsmCg) self = g_new0 (MsmCg, 1);

  self->op = op;
  self->data = data;
  self->device = msm_device_ref (device);
  self->n = shape.dim[0];
  self->squares = g_new0 (double, self->n);
  if ((self->r = msm_tensor_new (device, dtype, shape, error)) == NULL
      || (self->p = msm_tensor_new (device, dtype, shape, error)) == NULL
      || (self->q = msm_tensor_new (device, dtype, shape, error)) == NULL
      || (self->rr = msm_tensor_new (device, MSM_F32, msm_shape2 (self->n, 2), error)) == NULL)
    return NULL;
  self->size = msm_tensor_floats (self->r) / self->n;
  return g_steal_pointer (&self);
}

void
msm_cg_free (MsmCg *self)
{
  if (self == NULL)
    return;
  msm_tensor_unref (self->r);
  msm_tensor_unref (self->p);
  msm_tensor_unref (self->q);
  msm_tensor_unref (self->rr);
  msm_device_unref (self->device);
  g_free (self->squares);
  g_free (self);
}

MsmTensor *
msm_cg_residual (MsmCg *self)
{
  return self->r;
}

/* M r, or r itself. */
static const float *
conditioned (MsmCg *self)
{
  return msm_tensor_const_data (self->op->condition != NULL ? self->op->condition (self->data, self->r) : self->r);
}

void
msm_cg_begin (MsmCg *self)
{
  msm_vector_cg_begin (self->device, msm_tensor_data (self->rr), msm_tensor_data (self->p),
                       msm_tensor_const_data (self->r), conditioned (self), self->n, self->size);
}

void
msm_cg_step (MsmCg *self, MsmTensor *x)
{
  double *rr = msm_tensor_data (self->rr);
  float *r = msm_tensor_data (self->r), *p = msm_tensor_data (self->p);

  self->op->apply (self->data, self->p, self->q);
  msm_vector_cg_advance (self->device, rr, msm_tensor_data (x), r, p, msm_tensor_const_data (self->q), self->n,
                         self->size);
  msm_vector_cg_turn (self->device, rr, p, r, conditioned (self), self->n, self->size);
}

double
msm_cg_square (MsmCg *self)
{
  msm_tensor_download (self->rr, self->squares);
  return self->squares[0];
}
