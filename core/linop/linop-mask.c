#include "config.h"

#include "core/linop/linop-private.h"
#include "core/tensor/vector.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  MsmLinop base;
  MsmTensor *mask;
  gsize n_batch, n_plane;
} Mask;

/* y = mask · x: real, so it is its own adjoint */
static void
mask_apply (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  Mask *self = (Mask *) linop;

  msm_vector_mask (linop->device, msm_tensor_data (y), msm_tensor_const_data (self->mask), msm_tensor_const_data (x),
                   self->n_batch, self->n_plane);
}

static void
mask_dispose (MsmLinop *linop)
{
  msm_tensor_unref (((Mask *) linop)->mask);
}

static const MsmLinopClass mask_class = {
  .name = "mask",
  .forward = mask_apply,
  .adjoint = mask_apply,
  .dispose = mask_dispose,
};

MsmLinop *
msm_linop_mask_new (MsmDevice *device, MsmShape shape, MsmTensor *mask, GError **error)
{
  g_return_val_if_fail (device != NULL && mask != NULL, NULL);

  MsmShape plane = msm_tensor_shape (mask);
  Mask *self;

  if (msm_tensor_dtype (mask) != MSM_F32 || plane.rank != 2 || shape.rank < 2
      || plane.dim[0] != shape.dim[shape.rank - 2] || plane.dim[1] != shape.dim[shape.rank - 1])
    {
      g_autofree char *a = msm_shape_format (plane);
      g_autofree char *b = msm_shape_format (shape);

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("a mask of shape %s does not fit k-space %s"), a, b);
      return NULL;
    }
  self = g_new0 (Mask, 1);
  self->mask = msm_tensor_ref (mask);
  self->n_plane = plane.dim[0] * plane.dim[1];
  self->n_batch = msm_shape_size (shape) / self->n_plane;
  if (!msm_linop_init (&self->base, &mask_class, device, MSM_C64, shape, shape, error))
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  return &self->base;
}
