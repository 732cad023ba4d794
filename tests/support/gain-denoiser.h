#pragma once

/*
 * A denoiser with one gain for each index and real image element: x̂₀ = a[t] · u', u' = Tᴴ S z / √ᾱ, or
 * a[t] · tanh u'. On independent Gaussian images, measured as they are, the best gain is p / (p + σ²).
 */

#include <math.h>
#include <string.h>

#include "core/diffusion/denoiser.h"

typedef struct
{
  MsmDenoiser base;
  MsmTensor *u;
  gboolean bend;    /* tanh */
  gsize n, size;    /* samples, real elements of one image */
  double *a;        /* [1000, size] */
  double *gradient; /* the same */
  int *index;       /* [n] of the last predict */
} GainDenoiser;

static inline gboolean
gain_plan (MsmDenoiser *denoiser, MsmMeasure *measure, gboolean backward, GError **error)
{
  GainDenoiser *self = (GainDenoiser *) denoiser;

  g_clear_pointer (&self->u, msm_tensor_unref);
  self->u = msm_tensor_new (denoiser->device, msm_measure_dtype (measure), msm_measure_image_shape (measure), error);
  self->n = msm_tensor_dim (self->u, 0);
  self->size = msm_tensor_bytes (self->u) / sizeof (float) / self->n;
  if (self->a == NULL)
    {
      self->a = g_new0 (double, MSM_SCHEDULE_T * self->size);
      self->gradient = g_new0 (double, MSM_SCHEDULE_T * self->size);
      self->index = g_new0 (int, self->n);
    }
  return TRUE;
}

static inline void
gain_predict (MsmDenoiser *denoiser, MsmTensor *x0, const MsmTensor *adjoint, const MsmTensor *z, const MsmTensor *mask,
              const double *step)
{
  GainDenoiser *self = (GainDenoiser *) denoiser;

  for (gsize b = 0; b < self->n; b++)
    {
      double root = sqrt (msm_schedule_alpha_bar (&denoiser->schedule, step[b]));

      self->index[b] = (int) lround (step[b]);
      for (gsize i = 0; i < self->size; i++)
        {
          double u = msm_tensor_const_host (adjoint)[b * self->size + i] / root;

          u = self->bend ? tanh (u) : u;
          msm_tensor_host (self->u)[b * self->size + i] = (float) u;
          msm_tensor_host (x0)[b * self->size + i] = (float) (self->a[(gsize) self->index[b] * self->size + i] * u);
        }
    }
}

static inline void
gain_backward (MsmDenoiser *denoiser, MsmTensor *dz, const MsmTensor *dx0)
{
  GainDenoiser *self = (GainDenoiser *) denoiser;

  g_assert_null (dz);
  for (gsize b = 0; b < self->n; b++)
    for (gsize i = 0; i < self->size; i++)
      self->gradient[(gsize) self->index[b] * self->size + i] +=
          (double) msm_tensor_const_host (dx0)[b * self->size + i]
          * msm_tensor_const_host (self->u)[b * self->size + i];
}

static inline void
gain_dispose (MsmDenoiser *denoiser)
{
  GainDenoiser *self = (GainDenoiser *) denoiser;

  msm_tensor_unref (self->u);
  g_free (self->a);
  g_free (self->gradient);
  g_free (self->index);
}

static inline MsmDenoiser *
gain_denoiser_new (MsmDevice *device, gboolean bend)
{
  static const MsmDenoiserClass klass = {
    .name = "gain", .plan = gain_plan, .predict = gain_predict, .backward = gain_backward, .dispose = gain_dispose
  };
  GainDenoiser *self = g_new0 (GainDenoiser, 1);

  msm_denoiser_init (&self->base, &klass, device, "gain");
  self->bend = bend;
  return &self->base;
}

static inline void
gain_denoiser_fill (MsmDenoiser *denoiser, double value)
{
  GainDenoiser *self = (GainDenoiser *) denoiser;

  for (gsize i = 0; i < MSM_SCHEDULE_T * self->size; i++)
    self->a[i] = value;
}

static inline void
gain_denoiser_zero_gradient (MsmDenoiser *denoiser)
{
  GainDenoiser *self = (GainDenoiser *) denoiser;

  memset (self->gradient, 0, MSM_SCHEDULE_T * self->size * sizeof (double));
}
