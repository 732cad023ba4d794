#include "config.h"

/* A = M F C, the MRI forward model: every coil's k-space in one buffer, so the chain moves no data twice. */

#include "core/linop/linop-private.h"
#include "core/tensor/vector.h"

#include <glib/gi18n-lib.h>
#include <math.h>

typedef struct
{
  MsmLinop base;
  MsmTensor *sens;
  MsmTensor *mask; /* or NULL */
  MsmTensor *coils;
  MsmFftPlan *plan;
  gsize n_batch, n_set, n_coil, n_plane;
} Sense;

/* y = M F C x */
static void
sense_forward (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  Sense *self = (Sense *) linop;
  const MsmDeviceOps *ops = msm_device_ops (linop->device);
  MsmDeviceState *state = msm_device_state (linop->device);
  float *k = msm_tensor_data (y);

  msm_vector_coil_expand (linop->device, k, msm_tensor_const_data (self->sens), msm_tensor_const_data (x),
                          self->n_batch, self->n_set, self->n_coil, self->n_plane);
  ops->fourier->execute (state, self->plan, k, k, 0);
  if (self->mask != NULL)
    msm_vector_mask (linop->device, k, msm_tensor_const_data (self->mask), k, self->n_batch * self->n_coil,
                     self->n_plane);
}

/* x = Cᴴ Fᴴ M y */
static void
sense_adjoint (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  Sense *self = (Sense *) linop;
  const MsmDeviceOps *ops = msm_device_ops (linop->device);
  MsmDeviceState *state = msm_device_state (linop->device);
  float *k = msm_tensor_data (self->coils);
  const float *in = msm_tensor_const_data (y);

  if (self->mask != NULL)
    {
      msm_vector_mask (linop->device, k, msm_tensor_const_data (self->mask), in, self->n_batch * self->n_coil,
                       self->n_plane);
      in = k;
    }
  ops->fourier->execute (state, self->plan, k, in, 1);
  msm_vector_coil_combine (linop->device, msm_tensor_data (x), msm_tensor_const_data (self->sens), k, self->n_batch,
                           self->n_set, self->n_coil, self->n_plane);
}

/* z = Cᴴ Fᴴ M² F C x, in one buffer */
static void
sense_normal (MsmLinop *linop, const MsmTensor *x, MsmTensor *z)
{
  Sense *self = (Sense *) linop;

  sense_forward (linop, x, self->coils);
  sense_adjoint (linop, self->coils, z);
}

/*
 * ‖M F‖ ≤ 1, so ‖A‖² ≤ max over pixels of λ_max (Cᴴ C): exact for full sampling, and a bound where power
 * iterations would give an estimate from below. One set: Σ_c |C_c|². Two: the 2 × 2 eigenvalue in closed
 * form. More: the trace.
 */
static double
sense_norm2 (MsmLinop *linop, GError **error)
{
  Sense *self = (Sense *) linop;
  g_autoptr (MsmTensor) host = msm_tensor_to (self->sens, msm_device_host (), error);
  gsize n_set = self->n_set, n_coil = self->n_coil, n_plane = self->n_plane;
  const float *sens;
  double bound = 0;

  if (host == NULL)
    return -1;
  sens = msm_tensor_const_host (host);
  for (gsize p = 0; p < n_plane; p++)
    {
      double power[2] = { 0 }, re = 0, im = 0, trace, largest;

      for (gsize c = 0; c < n_set * n_coil; c++)
        {
          const float *v = sens + 2 * (c * n_plane + p);

          power[c >= n_coil] += v[0] * v[0] + v[1] * v[1];
        }
      trace = power[0] + power[1];
      largest = trace;
      if (n_set == 2)
        {
          for (gsize c = 0; c < n_coil; c++)
            {
              const float *a = sens + 2 * (c * n_plane + p);
              const float *b = sens + 2 * ((c + n_coil) * n_plane + p);

              re += a[0] * b[0] + a[1] * b[1];
              im += a[0] * b[1] - a[1] * b[0];
            }
          largest = 0.5 * (trace + sqrt ((power[0] - power[1]) * (power[0] - power[1]) + 4 * (re * re + im * im)));
        }
      bound = MAX (bound, largest);
    }
  if (!(bound > 0) || !isfinite (bound))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("the coil sensitivities are zero everywhere or not finite"));
      return -1;
    }
  return bound;
}

static void
sense_dispose (MsmLinop *linop)
{
  Sense *self = (Sense *) linop;

  if (self->plan != NULL)
    msm_device_ops (linop->device)->fourier->plan_free (msm_device_state (linop->device), self->plan);
  msm_tensor_unref (self->coils);
  msm_tensor_unref (self->sens);
  msm_tensor_unref (self->mask);
}

static const MsmLinopClass sense_class = {
  .name = "sense",
  .forward = sense_forward,
  .adjoint = sense_adjoint,
  .normal = sense_normal,
  .norm2 = sense_norm2,
  .dispose = sense_dispose,
};

MsmLinop *
msm_linop_sense_new (MsmDevice *device, gsize n_batch, MsmTensor *sens, MsmTensor *mask, GError **error)
{
  g_return_val_if_fail (device != NULL && sens != NULL && n_batch > 0, NULL);

  MsmShape s = msm_tensor_shape (sens);
  MsmShape codomain;
  Sense *self;

  if (msm_tensor_dtype (sens) != MSM_C64 || s.rank != 4
      || (mask != NULL
          && (msm_tensor_dtype (mask) != MSM_F32
              || !msm_shape_equal (msm_tensor_shape (mask), msm_shape2 (s.dim[2], s.dim[3])))))
    {
      g_autofree char *a = msm_shape_format (s);
      g_autofree char *b = mask != NULL ? msm_shape_format (msm_tensor_shape (mask)) : g_strdup ("none");

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("sensitivities %s and mask %s do not fit: expected complex [set, coil, readout, phase] and real "
                      "[readout, phase]"),
                   a, b);
      return NULL;
    }
  codomain = msm_shape4 (n_batch, s.dim[1], s.dim[2], s.dim[3]);
  self = g_new0 (Sense, 1);
  self->sens = msm_tensor_ref (sens);
  self->mask = mask != NULL ? msm_tensor_ref (mask) : NULL;
  self->n_batch = n_batch;
  self->n_set = s.dim[0];
  self->n_coil = s.dim[1];
  self->n_plane = s.dim[2] * s.dim[3];
  if (!msm_linop_init (&self->base, &sense_class, device, MSM_C64, msm_shape4 (n_batch, s.dim[0], s.dim[2], s.dim[3]),
                       codomain, error)
      || (self->coils = msm_tensor_new (device, MSM_C64, codomain, error)) == NULL)
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  self->plan = msm_device_plan_fft (device, n_batch * s.dim[1], s.dim[2], s.dim[3], error);
  if (self->plan == NULL)
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  return &self->base;
}
