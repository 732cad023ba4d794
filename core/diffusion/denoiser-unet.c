#include "config.h"

#include "core/diffusion/denoiser-unet.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/diffusion/lmmse.h"
#include "core/nn/safetensors.h"
#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

/* x̂₀ = skip · (u or x_l) + out · f (in · (u or x_l)); x_l from Tᴴ z / √ᾱ and σ² */
typedef struct
{
  double skip, out, in, variance, root_alpha;
} Factors;

typedef struct
{
  MsmDenoiser base;
  MsmUnet *unet;
  const MsmUnetConfig *config;
  MsmTensor *skip;          /* u, or x_l: what the network's output is added to */
  MsmTensor *in;            /* channels-last; the input's gradient in backward */
  MsmTensor *out;           /* channels-last; its gradient in backward */
  MsmTensor *plane;         /* out as an image, where that is another order; else NULL */
  MsmTensor *solved;        /* lmmse backward: (Tᴴ S T + σ² C⁻¹)⁻¹ of the gradient; else NULL */
  MsmTensor *mask;          /* of the last predict */
  MsmLmmse *lmmse;          /* or NULL */
  Factors *factors;         /* [n] of the last predict */
  double *zeros, *variance; /* [n] 0 and σ² of the last predict, for the linear-MMSE image */
  float *plane_power;       /* [n_plane] P, of an image's k-space; wiener */
  gsize n_plane;
} DenoiserUnet;

/*
 * Wiener: of a fully sampled image with P, x_l has the power mean P²/(P + σ²), and what it misses the power
 * mean P σ²/(P + σ²): the network's input and output have the size 1 at every noise level. A network that answers
 * for unsampled lines too (a split in training) misses a part of the power even without noise.
 */
static Factors
wiener_factors (const DenoiserUnet *self, double sigma, double root_alpha)
{
  double known = 0, missing = 0, total = 0;

  for (gsize k = 0; k < self->n_plane; k++)
    {
      double part = self->plane_power[k] / (self->plane_power[k] + sigma * sigma);

      total += self->plane_power[k];
      known += self->plane_power[k] * part;
      missing += sigma * sigma * part;
    }
  missing += self->config->alias_part * total;
  return (Factors){ 1, -sqrt (missing / (double) self->n_plane), sqrt ((double) self->n_plane / known), sigma * sigma,
                    root_alpha };
}

static Factors
factors_at (const DenoiserUnet *self, double step)
{
  double alpha = msm_schedule_alpha_bar (&self->base.schedule, step);
  double sigma = sqrt ((1 - alpha) / alpha);
  double power = self->config->signal_power;
  double total = sqrt (sigma * sigma + power);

  if (self->config->input == MSM_INPUT_LMMSE)
    return (Factors){ 1, -sigma * sqrt (power) / total, total / power, sigma * sigma, sqrt (alpha) };
  if (self->config->input == MSM_INPUT_WIENER)
    return wiener_factors (self, sigma, sqrt (alpha));
  if (self->config->prediction == MSM_PREDICTION_V)
    return (Factors){ sqrt (alpha), -sqrt (1 - alpha), 1, 0, 1 };
  return (Factors){ 1 / sqrt (alpha), -sigma, 1, 0, 1 };
}

static void
forget (DenoiserUnet *self)
{
  g_clear_pointer (&self->skip, msm_tensor_unref);
  g_clear_pointer (&self->in, msm_tensor_unref);
  g_clear_pointer (&self->out, msm_tensor_unref);
  g_clear_pointer (&self->plane, msm_tensor_unref);
  g_clear_pointer (&self->solved, msm_tensor_unref);
  g_clear_pointer (&self->mask, msm_tensor_unref);
  g_clear_pointer (&self->lmmse, msm_lmmse_free);
  g_clear_pointer (&self->factors, g_free);
  g_clear_pointer (&self->zeros, g_free);
  g_clear_pointer (&self->variance, g_free);
  g_clear_pointer (&self->plane_power, g_free);
}

void
msm_denoiser_unet_channels (MsmInput input, MsmMeasureKind kind, gsize n, int *in, int *out)
{
  /* One image for each input: u, or the linear-MMSE image. */
  static const int images[] = { [MSM_INPUT_ADJOINT] = 1, [MSM_INPUT_LMMSE] = 1, [MSM_INPUT_WIENER] = 1 };

  *out = kind == MSM_MEASURE_MRI ? 2 : (int) n;
  *in = images[input] * *out;
}

static gboolean
unet_plan (MsmDenoiser *denoiser, MsmMeasure *measure, gboolean backward, GError **error)
{
  DenoiserUnet *self = (DenoiserUnet *) denoiser;
  MsmShape image = msm_measure_image_shape (measure);
  MsmDtype dtype = msm_measure_dtype (measure);
  MsmDevice *device = denoiser->device;
  gsize channels = msm_measure_channels (measure);
  MsmShape last_in, last_out;
  int in, out;

  msm_denoiser_unet_channels (self->config->input, msm_measure_kind (measure), channels, &in, &out);
  if (self->config->in_channels != in || self->config->out_channels != out)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: the prior is for images of %d channels, found %s of %zu"),
                   denoiser->name, self->config->in_channels, dtype == MSM_C64 ? _("complex ones") : _("some"),
                   channels);
      return FALSE;
    }
  last_in = msm_shape4 (image.dim[0], image.dim[2], image.dim[3], (gsize) in);
  last_out = msm_shape4 (image.dim[0], image.dim[2], image.dim[3], (gsize) out);
  forget (self);
  if (!msm_unet_plan (self->unet, image.dim[0], image.dim[2], image.dim[3], backward, error))
    {
      g_prefix_error (error, "%s: ", denoiser->name);
      return FALSE;
    }
  if ((self->skip = msm_tensor_new (device, dtype, image, error)) == NULL
      || (self->in = msm_tensor_new (device, MSM_F32, last_in, error)) == NULL
      || (self->out = msm_tensor_new (device, MSM_F32, last_out, error)) == NULL
      || (self->mask = msm_tensor_new (device, MSM_F32, msm_shape3 (image.dim[0], image.dim[2], image.dim[3]), error))
             == NULL
      || (dtype == MSM_F32 && channels > 1 && (self->plane = msm_tensor_new (device, MSM_F32, image, error)) == NULL)
      || (self->config->input != MSM_INPUT_ADJOINT
          && (self->lmmse = msm_lmmse_new (measure, &denoiser->spectrum, error)) == NULL)
      || (self->lmmse != NULL && backward && (self->solved = msm_tensor_new (device, dtype, image, error)) == NULL))
    return FALSE;
  self->factors = g_new0 (Factors, image.dim[0]);
  self->zeros = g_new0 (double, image.dim[0]);
  self->variance = g_new0 (double, image.dim[0]);
  if (self->config->input != MSM_INPUT_WIENER)
    return TRUE;
  self->n_plane = image.dim[2] * image.dim[3];
  self->plane_power = msm_try_new (float, self->n_plane, error);
  if (self->plane_power == NULL)
    return FALSE;
  msm_spectrum_plane (&denoiser->spectrum, image.dim[2], image.dim[3], self->plane_power);
  return TRUE;
}

/*
 * Complex images are channels-last (re, im) already, and so are images of one channel; only others are
 * transposed.  to_last: [n, c, hw] → [n, hw, c]
 */
static void
reorder (DenoiserUnet *self, float *dst, const float *src, gboolean to_last)
{
  MsmShape s = msm_tensor_shape (self->in);
  gsize hw = s.dim[1] * s.dim[2];

  msm_vector_transpose (self->base.device, dst, src, s.dim[0], to_last ? s.dim[3] : hw, to_last ? hw : s.dim[3]);
}

static void
unet_predict (MsmDenoiser *denoiser, MsmTensor *x0, const MsmTensor *u, const MsmTensor *z, const MsmTensor *mask,
              const double *step)
{
  DenoiserUnet *self = (DenoiserUnet *) denoiser;
  const MsmDeviceOps *ops = msm_device_ops (denoiser->device);
  MsmDeviceState *state = msm_device_state (denoiser->device);
  gsize n = msm_tensor_dim (x0, 0);
  gsize size = msm_tensor_bytes (x0) / sizeof (float) / n;
  const float *adjoint = msm_tensor_const_data (u);
  float *result = msm_tensor_data (x0);
  float *skip = msm_tensor_data (self->skip);
  float *in = self->plane != NULL ? msm_tensor_data (self->plane) : msm_tensor_data (self->in);
  const float *out = self->plane != NULL ? msm_tensor_data (self->plane) : msm_tensor_data (self->out);

  ops->memory->copy (state, msm_tensor_data (self->mask), msm_tensor_const_data (mask), msm_tensor_bytes (mask));
  if (self->lmmse == NULL)
    msm_tensor_copy (self->skip, u);
  for (gsize b = 0; b < n; b++)
    {
      self->factors[b] = factors_at (self, step[b]);
      self->variance[b] = self->factors[b].variance;
      if (self->lmmse != NULL)
        msm_vector_scale (denoiser->device, result + b * size, (float) (1 / self->factors[b].root_alpha),
                          adjoint + b * size, size);
    }
  if (self->lmmse != NULL)
    msm_lmmse_solve (self->lmmse, self->skip, x0, mask, self->zeros, self->variance, self->config->cg_iterations);
  for (gsize b = 0; b < n; b++)
    msm_vector_scale (denoiser->device, in + b * size, (float) self->factors[b].in, skip + b * size, size);
  if (self->plane != NULL)
    reorder (self, msm_tensor_data (self->in), in, TRUE);
  msm_unet_forward (self->unet, self->out, self->in, step);
  if (self->plane != NULL)
    reorder (self, msm_tensor_data (self->plane), msm_tensor_const_data (self->out), FALSE);
  for (gsize b = 0; b < n; b++)
    {
      const Factors *f = &self->factors[b];

      msm_vector_lincomb (denoiser->device, result + b * size, (float) f->skip, skip + b * size, (float) f->out,
                          out + b * size, size);
    }
}

/* dz = S T (skip dx₀ + in d_in), through the (self-adjoint) linear-MMSE solve where there is one. */
static void
input_gradient (DenoiserUnet *self, MsmTensor *dz, const MsmTensor *dx0)
{
  MsmMeasure *measure = self->base.measure;
  gsize n = msm_tensor_dim (dx0, 0);
  gsize size = msm_tensor_bytes (dx0) / sizeof (float) / n;
  const float *gradient = msm_tensor_const_data (dx0);
  const float *d_in = msm_tensor_const_data (self->in);
  float *sum = msm_tensor_data (self->skip);

  if (self->plane != NULL)
    {
      reorder (self, msm_tensor_data (self->plane), d_in, FALSE);
      d_in = msm_tensor_const_data (self->plane);
    }
  for (gsize b = 0; b < n; b++)
    {
      const Factors *f = &self->factors[b];

      /* skip and in are real; 1/√ᾱ, of the input, commutes. */
      msm_vector_lincomb (self->base.device, sum + b * size, (float) (f->skip / f->root_alpha), gradient + b * size,
                          (float) (f->in / f->root_alpha), d_in + b * size, size);
    }
  if (self->lmmse != NULL)
    msm_lmmse_solve (self->lmmse, self->solved, self->skip, self->mask, self->zeros, self->variance,
                     self->config->cg_iterations);
  msm_measure_forward (measure, self->lmmse != NULL ? self->solved : self->skip, dz);
  msm_measure_mask (measure, dz, self->mask, dz);
}

static void
unet_backward (MsmDenoiser *denoiser, MsmTensor *dz, const MsmTensor *dx0)
{
  DenoiserUnet *self = (DenoiserUnet *) denoiser;
  gsize n = msm_tensor_dim (dx0, 0);
  gsize size = msm_tensor_bytes (dx0) / sizeof (float) / n;
  const float *gradient = msm_tensor_const_data (dx0);
  float *d_out = self->plane != NULL ? msm_tensor_data (self->plane) : msm_tensor_data (self->out);

  for (gsize b = 0; b < n; b++)
    msm_vector_scale (denoiser->device, d_out + b * size, (float) self->factors[b].out, gradient + b * size, size);
  if (self->plane != NULL)
    reorder (self, msm_tensor_data (self->out), d_out, TRUE);
  msm_unet_backward (self->unet, dz != NULL ? self->in : NULL, self->out);
  if (dz != NULL)
    input_gradient (self, dz, dx0);
}

static double
unet_weight (const MsmDenoiser *denoiser, double step)
{
  double out = factors_at ((const DenoiserUnet *) denoiser, step).out;

  return 1 / (out * out);
}

static void
unet_dispose (MsmDenoiser *denoiser)
{
  DenoiserUnet *self = (DenoiserUnet *) denoiser;

  forget (self);
  msm_unet_free (self->unet);
}

static const MsmDenoiserClass unet_class = {
  .name = "unet",
  .plan = unet_plan,
  .predict = unet_predict,
  .backward = unet_backward,
  .weight = unet_weight,
  .dispose = unet_dispose,
};

MsmDenoiser *
msm_denoiser_unet_new (MsmUnet *unet, const char *name)
{
  DenoiserUnet *self = g_new0 (DenoiserUnet, 1);

  msm_denoiser_init (&self->base, &unet_class, msm_tensor_device (msm_weights_values (msm_unet_weights (unet))), name);
  self->unet = unet;
  self->config = msm_unet_config (unet);
  if (self->config->input == MSM_INPUT_LMMSE)
    msm_spectrum_white (&self->base.spectrum, self->config->signal_power);
  for (int i = 0; self->config->input == MSM_INPUT_WIENER && i < MSM_SPECTRUM_KNOTS; i++)
    self->base.spectrum.power[i] = self->config->signal_spectrum[i];
  return &self->base;
}

MsmDenoiser *
msm_denoiser_unet_load (MsmDevice *device, const char *path, gboolean with_gradients, GError **error)
{
  MsmUnet *unet = msm_unet_load (device, path, with_gradients, error);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree guchar *numbers = NULL;
  g_autoptr (MsmSafetensors) file = NULL;
  MsmDenoiser *self;
  MsmTensor *values;

  if (unet == NULL)
    return NULL;
  self = msm_denoiser_unet_new (unet, name);
  file = msm_safetensors_open (path, NULL);
  msm_trained_masks_parse (&self->masks, file != NULL ? msm_safetensors_metadata (file, "msm.experiment") : NULL);
  values = msm_weights_values (msm_unet_weights (unet));
  numbers = g_malloc (msm_tensor_bytes (values));
  msm_tensor_download (values, numbers);
  self->hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, numbers, msm_tensor_bytes (values));
  return self;
}

MsmUnet *
msm_denoiser_unet_network (MsmDenoiser *self)
{
  return self->klass == &unet_class ? ((DenoiserUnet *) self)->unet : NULL;
}
