#include "config.h"

#include "core/diffusion/lmmse.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/solve/conjugate-gradient.h"
#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

struct _MsmLmmse
{
  MsmMeasure *measure; /* borrowed; may be gone when this is freed */
  MsmDevice *device;
  MsmCg *cg;
  double power; /* white: P */
  gboolean is_white;
  /* Of the solve that runs: */
  const MsmTensor *mask;
  const double *flat, *coloured;
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

void
msm_lmmse_free (MsmLmmse *self)
{
  if (self == NULL)
    return;
  if (self->plan != NULL)
    msm_device_ops (self->device)->fourier->plan_free (msm_device_state (self->device), self->plan);
  msm_cg_free (self->cg);
  msm_tensor_unref (self->image);
  msm_tensor_unref (self->weight);
  msm_tensor_unref (self->condition);
  msm_tensor_unref (self->spectrum);
  msm_device_unref (self->device);
  g_free (self);
}

/* dst = plane · x, for every sample */
static void
multiply (MsmLmmse *self, MsmTensor *dst, const MsmTensor *plane, const MsmTensor *x)
{
  MsmDevice *device = msm_measure_device (self->measure);
  gsize size = msm_tensor_size (plane);

  msm_vector_mask (device, msm_tensor_data (dst), msm_tensor_const_data (plane), msm_tensor_const_data (x), 1, size);
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
    msm_vector_cg_weights (device, (float *) msm_tensor_data (self->weight) + b * plane,
                           (float *) msm_tensor_data (self->condition) + b * plane,
                           (const float *) msm_tensor_const_data (mask) + b * plane,
                           msm_tensor_const_data (self->spectrum), flat[b], coloured[b], plane);
}

/* q = (Tᴴ S T + a I + c/P) p in the image's k-space */
static void
apply_coloured (gpointer data, const MsmTensor *p, MsmTensor *q)
{
  MsmLmmse *self = data;

  fourier (self, self->image, p, 1);
  msm_measure_normal (self->measure, self->image, self->mask, q);
  fourier (self, q, q, 0);
  multiply (self, self->image, self->weight, p);
  msm_tensor_axpy (q, 1, self->image);
}

static const MsmTensor *
condition (gpointer data, const MsmTensor *r)
{
  MsmLmmse *self = data;

  multiply (self, self->image, self->condition, r);
  return self->image;
}

static const MsmCgOperator coloured_operator = { apply_coloured, condition };

/* q = (Tᴴ S T + (a + c/P) I) p */
static void
apply_white (gpointer data, const MsmTensor *p, MsmTensor *q)
{
  MsmLmmse *self = data;
  MsmDevice *device = msm_measure_device (self->measure);
  gsize n = msm_tensor_dim (p, 0);
  gsize size = msm_tensor_floats (p) / n;

  msm_measure_normal (self->measure, p, self->mask, q);
  for (gsize b = 0; b < n; b++)
    msm_vector_axpy (device, (float *) msm_tensor_data (q) + b * size,
                     (float) (self->flat[b] + self->coloured[b] / self->power),
                     (const float *) msm_tensor_const_data (p) + b * size, size);
}

static const MsmCgOperator white_operator = { apply_white, NULL };

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
  self->cg = msm_cg_new (device, MSM_C64, shape, self->is_white ? &white_operator : &coloured_operator, self, error);
  if (self->cg == NULL || (!self->is_white && !allocate_coloured (self, spectrum, error)))
    return NULL;
  return g_steal_pointer (&self);
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
        msm_vector_scale (device, out + b * size, (float) (1 / (1 + flat[b] + coloured[b] / self->power)),
                          in + b * size, size);
      return;
    }
  ops->memory->zero (state, out, msm_tensor_bytes (x));
  self->mask = mask;
  self->flat = flat;
  self->coloured = coloured;
  if (self->is_white)
    msm_tensor_copy (msm_cg_residual (self->cg), r);
  else
    {
      make_weights (self, mask, flat, coloured);
      fourier (self, msm_cg_residual (self->cg), r, 0);
    }
  msm_cg_begin (self->cg);
  for (int k = 0; k < n_iterations; k++)
    msm_cg_step (self->cg, x);
  if (!self->is_white)
    fourier (self, x, x, 1);
}
