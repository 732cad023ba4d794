#include "config.h"

#include "core/diffusion/lmmse.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/tensor/tensor-math.h"

struct _MsmLmmse
{
  MsmMeasure *measure; /* borrowed; may be gone when this is freed */
  MsmDevice *device;
  MsmTensor *r, *p, *q; /* residual, direction, the operator on it */
  MsmTensor *rr;        /* [n] doubles: rᴴ r, or rᴴ M r with a preconditioner M */
  double power;         /* white: P */
  gboolean is_white;
  /* P not white: */
  MsmTensor *image;     /* Fᴴ p, and scratch */
  MsmTensor *weight;    /* [n, h, w] a + c/P */
  MsmTensor *condition; /* [n, h, w] M = 1/(ρ + a + c/P) */
  MsmTensor *spectrum;  /* [h, w] P */
  MsmFftPlan *plan;
};

static gboolean
allocate_coloured (MsmLmmse *self, const MsmSpectrum *spectrum, GError **error)
{
  MsmDevice *device = msm_measure_device (self->measure);
  MsmShape shape = msm_measure_image_shape (self->measure);
  gsize n = shape.dim[0], h = shape.dim[2], w = shape.dim[3];
  g_autofree float *spectrum_host = g_try_new (float, h * w);

  if ((self->image = msm_tensor_new (device, MSM_C64, shape, error)) == NULL
      || (self->weight = msm_tensor_new (device, MSM_F32, msm_shape3 (n, h, w), error)) == NULL
      || (self->condition = msm_tensor_new (device, MSM_F32, msm_shape3 (n, h, w), error)) == NULL
      || (self->spectrum = msm_tensor_new (device, MSM_F32, msm_shape2 (h, w), error)) == NULL)
    return FALSE;
  self->plan = msm_device_plan_fft (device, n, h, w, error);
  if (self->plan == NULL)
    return FALSE;
  if (spectrum_host == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for the Wiener filter of a batch"));
      return FALSE;
    }
  msm_spectrum_plane (spectrum, h, w, spectrum_host);
  msm_tensor_upload (self->spectrum, spectrum_host);
  return TRUE;
}

MsmLmmse *
msm_lmmse_new (MsmMeasure *measure, const MsmSpectrum *spectrum, GError **error)
{
  g_autoptr (MsmLmmse) self = g_new0 (MsmLmmse, 1);
  MsmDevice *device = msm_measure_device (measure);
  MsmShape shape = msm_measure_image_shape (measure);

  self->measure = measure;
  self->device = msm_device_ref (device);
  self->is_white = msm_spectrum_is_white (spectrum);
  self->power = spectrum->power[0];
  if (msm_measure_kind (measure) == MSM_MEASURE_IMAGE)
    {
      if (self->is_white)
        return g_steal_pointer (&self);
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("the input ‘wiener’ is for k-space with coils; pictures take the input ‘lmmse’"));
      return NULL;
    }
  if ((self->r = msm_tensor_new (device, MSM_C64, shape, error)) == NULL
      || (self->p = msm_tensor_new (device, MSM_C64, shape, error)) == NULL
      || (self->q = msm_tensor_new (device, MSM_C64, shape, error)) == NULL
      || (self->rr = msm_tensor_new (device, MSM_F32, msm_shape2 (shape.dim[0], 2), error)) == NULL
      || (!self->is_white && !allocate_coloured (self, spectrum, error)))
    return NULL;
  return g_steal_pointer (&self);
}

void
msm_lmmse_free (MsmLmmse *self)
{
  if (self == NULL)
    return;
  if (self->plan != NULL)
    msm_device_ops (self->device)->fourier->plan_free (msm_device_state (self->device), self->plan);
  msm_tensor_unref (self->r);
  msm_tensor_unref (self->p);
  msm_tensor_unref (self->q);
  msm_tensor_unref (self->image);
  msm_tensor_unref (self->weight);
  msm_tensor_unref (self->condition);
  msm_tensor_unref (self->spectrum);
  msm_tensor_unref (self->rr);
  msm_device_unref (self->device);
  g_free (self);
}

/* dst = plane · x, for every sample */
static void
multiply (MsmLmmse *self, MsmTensor *dst, const MsmTensor *plane, const MsmTensor *x)
{
  MsmDevice *device = msm_measure_device (self->measure);
  gsize size = msm_tensor_size (plane);

  msm_device_ops (device)->vector->mask (msm_device_state (device), msm_tensor_data (dst),
                                         msm_tensor_const_data (plane), msm_tensor_const_data (x), 1, size);
}

static void
fourier (MsmLmmse *self, MsmTensor *dst, const MsmTensor *src, int inverse)
{
  MsmDevice *device = msm_measure_device (self->measure);

  msm_device_ops (device)->fourier->execute (msm_device_state (device), self->plan, msm_tensor_data (dst),
                                             msm_tensor_const_data (src), inverse);
}

/* a + c/P, and 1/(ρ + a + c/P) with ρ the part that sample b's mask keeps. */
static void
make_weights (MsmLmmse *self, const MsmTensor *mask, const double *flat, const double *coloured)
{
  MsmDevice *device = msm_measure_device (self->measure);
  gsize n = msm_tensor_dim (self->weight, 0);
  gsize plane = msm_tensor_size (self->weight) / n;

  for (gsize b = 0; b < n; b++)
    msm_device_ops (device)->vector->cg_weights (msm_device_state (device),
                                                 (float *) msm_tensor_data (self->weight) + b * plane,
                                                 (float *) msm_tensor_data (self->condition) + b * plane,
                                                 (const float *) msm_tensor_const_data (mask) + b * plane,
                                                 msm_tensor_const_data (self->spectrum), flat[b], coloured[b], plane);
}

/* q = (operator) p */
static void
apply (MsmLmmse *self, const MsmTensor *mask, const double *flat, const double *coloured)
{
  MsmDevice *device = msm_measure_device (self->measure);
  gsize n = msm_tensor_dim (self->p, 0);
  gsize size = msm_tensor_floats (self->p) / n;

  if (!self->is_white)
    {
      fourier (self, self->image, self->p, 1);
      msm_measure_normal (self->measure, self->image, mask, self->q);
      fourier (self, self->q, self->q, 0);
      multiply (self, self->image, self->weight, self->p);
      msm_device_ops (device)->vector->axpy (msm_device_state (device), msm_tensor_data (self->q), 1,
                                             msm_tensor_const_data (self->image), n * size);
      return;
    }
  msm_measure_normal (self->measure, self->p, mask, self->q);
  for (gsize b = 0; b < n; b++)
    msm_device_ops (device)->vector->axpy (msm_device_state (device), (float *) msm_tensor_data (self->q) + b * size,
                                           (float) (flat[b] + coloured[b] / self->power),
                                           (const float *) msm_tensor_const_data (self->p) + b * size, size);
}

/* r → what the next direction is made of: M r, or r itself. */
static const float *
conditioned (MsmLmmse *self)
{
  if (self->is_white)
    return msm_tensor_const_data (self->r);
  multiply (self, self->image, self->condition, self->r);
  return msm_tensor_const_data (self->image);
}

/* The samples' scalars stay on the device, so that a recording can hold all of it. */
static void
iterate (MsmLmmse *self, float *x, const MsmTensor *mask, const double *flat, const double *coloured, int n_iterations)
{
  MsmDevice *device = msm_measure_device (self->measure);
  const MsmVectorOps *vector = msm_device_ops (device)->vector;
  MsmDeviceState *state = msm_device_state (device);
  gsize n = msm_tensor_dim (self->p, 0);
  gsize size = msm_tensor_floats (self->p) / n;
  double *rr = msm_tensor_data (self->rr);
  float *r = msm_tensor_data (self->r);
  float *p = msm_tensor_data (self->p);

  vector->cg_begin (state, rr, p, r, conditioned (self), n, size);
  for (int k = 0; k < n_iterations; k++)
    {
      apply (self, mask, flat, coloured);
      vector->cg_advance (state, rr, x, r, p, msm_tensor_const_data (self->q), n, size);
      vector->cg_turn (state, rr, p, r, conditioned (self), n, size);
    }
}

void
msm_lmmse_solve (MsmLmmse *self, MsmTensor *x, const MsmTensor *r, const MsmTensor *mask, const double *flat,
                 const double *coloured, int n_iterations)
{
  MsmDevice *device = msm_measure_device (self->measure);
  const MsmDeviceOps *ops = msm_device_ops (device);
  MsmDeviceState *state = msm_device_state (device);
  gsize n = msm_tensor_dim (x, 0);
  gsize size = msm_tensor_bytes (x) / sizeof (float) / n;
  const float *in = msm_tensor_const_data (r);
  float *out = msm_tensor_data (x);

  if (msm_measure_kind (self->measure) == MSM_MEASURE_IMAGE)
    {
      for (gsize b = 0; b < n; b++)
        ops->vector->scale (state, out + b * size, (float) (1 / (1 + flat[b] + coloured[b] / self->power)),
                            in + b * size, size);
      return;
    }
  ops->memory->zero (state, out, msm_tensor_bytes (x));
  if (self->is_white)
    ops->memory->copy (state, msm_tensor_data (self->r), in, msm_tensor_bytes (x));
  else
    {
      make_weights (self, mask, flat, coloured);
      fourier (self, self->r, r, 0);
    }
  iterate (self, out, mask, flat, coloured, n_iterations);
  if (!self->is_white)
    fourier (self, x, x, 1);
}
