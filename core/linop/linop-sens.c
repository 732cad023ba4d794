#include "config.h"

#include "core/linop/linop-private.h"
#include "core/tensor/vector.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  MsmLinop base;
  MsmTensor *sens;
  gsize n_batch, n_set, n_coil, n_plane;
} Sens;

/* y[b,c] = Σ_s sens[s,c] x[b,s] */
static void
sens_forward (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  Sens *self = (Sens *) linop;

  msm_vector_coil_expand (linop->device, msm_tensor_data (y), msm_tensor_const_data (self->sens),
                          msm_tensor_const_data (x), self->n_batch, self->n_set, self->n_coil, self->n_plane);
}

/* x[b,s] = Σ_c conj (sens[s,c]) y[b,c] */
static void
sens_adjoint (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  Sens *self = (Sens *) linop;

  msm_vector_coil_combine (linop->device, msm_tensor_data (x), msm_tensor_const_data (self->sens),
                           msm_tensor_const_data (y), self->n_batch, self->n_set, self->n_coil, self->n_plane);
}

static void
sens_dispose (MsmLinop *linop)
{
  msm_tensor_unref (((Sens *) linop)->sens);
}

static const MsmLinopClass sens_class = {
  .name = "sens",
  .forward = sens_forward,
  .adjoint = sens_adjoint,
  .dispose = sens_dispose,
};

MsmLinop *
msm_linop_sens_new (MsmDevice *device, gsize n_batch, MsmTensor *sens, GError **error)
{
  g_return_val_if_fail (device != NULL && sens != NULL && n_batch > 0, NULL);

  MsmShape shape = msm_tensor_shape (sens);
  Sens *self;

  if (msm_tensor_dtype (sens) != MSM_C64 || shape.rank != 4)
    {
      g_autofree char *text = msm_shape_format (shape);

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("sensitivities of shape %s, expected complex [set, coil, readout, phase]"), text);
      return NULL;
    }
  self = g_new0 (Sens, 1);
  self->sens = msm_tensor_ref (sens);
  self->n_batch = n_batch;
  self->n_set = shape.dim[0];
  self->n_coil = shape.dim[1];
  self->n_plane = shape.dim[2] * shape.dim[3];
  if (!msm_linop_init (&self->base, &sens_class, device, MSM_C64,
                       msm_shape4 (n_batch, shape.dim[0], shape.dim[2], shape.dim[3]),
                       msm_shape4 (n_batch, shape.dim[1], shape.dim[2], shape.dim[3]), error))
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  return &self->base;
}
