#include "config.h"

#include "core/linop/linop-private.h"

typedef struct
{
  MsmLinop base;
  MsmFftPlan *plan;
} Fft;

static void
execute (MsmLinop *linop, const MsmTensor *src, MsmTensor *dst, int inverse)
{
  msm_device_ops (linop->device)
      ->fourier->execute (msm_device_state (linop->device), ((Fft *) linop)->plan, msm_tensor_data (dst),
                          msm_tensor_const_data (src), inverse);
}

/* y = F x */
static void
fft_forward (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  execute (linop, x, y, 0);
}

/* x = F⁻¹ y = Fᴴ y */
static void
fft_adjoint (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  execute (linop, y, x, 1);
}

/* Fᴴ F = I */
static void
fft_normal (MsmLinop *linop, const MsmTensor *x, MsmTensor *z)
{
  msm_device_ops (linop->device)
      ->memory->copy (msm_device_state (linop->device), msm_tensor_data (z), msm_tensor_const_data (x),
                      msm_tensor_bytes (x));
}

static void
fft_dispose (MsmLinop *linop)
{
  if (((Fft *) linop)->plan != NULL)
    msm_device_ops (linop->device)->fourier->plan_free (msm_device_state (linop->device), ((Fft *) linop)->plan);
}

static const MsmLinopClass fft_class = {
  .name = "fft",
  .forward = fft_forward,
  .adjoint = fft_adjoint,
  .normal = fft_normal,
  .dispose = fft_dispose,
};

MsmLinop *
msm_linop_fft_new (MsmDevice *device, MsmShape shape, GError **error)
{
  g_return_val_if_fail (device != NULL && shape.rank >= 2, NULL);

  gsize rows = shape.dim[shape.rank - 2], columns = shape.dim[shape.rank - 1];
  Fft *self = g_new0 (Fft, 1);

  if (!msm_linop_init (&self->base, &fft_class, device, MSM_C64, shape, shape, error))
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  self->plan = msm_device_plan_fft (device, msm_shape_size (shape) / (rows * columns), rows, columns, error);
  if (self->plan == NULL)
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  return &self->base;
}
