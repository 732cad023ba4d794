#include "config.h"

#include "core/baseline/baseline.h"
#include "core/baseline/wavelet.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/*
 * min ½‖A x − y‖² + λ‖W x‖₁ by FISTA: x⁺ = prox_{λ/L} (z − Aᴴ(A z − y)/L), z = x⁺ + β (x⁺ − x). The details
 * of W are thresholded, not the coarsest approximation, unless asked for; a cyclic shift, new in each step,
 * makes the result nearly shift-invariant. A z comes from A x⁺ and A x by linearity, so a step costs one A and
 * one Aᴴ.
 */

typedef struct
{
  MsmBaseline base;
  MsmWavelet *wavelet;
  MsmTensor *z, *previous;          /* images */
  MsmTensor *ax, *az, *previous_ax; /* measurements */
  double lipschitz, momentum;
  guint64 random;
} L1Wavelet;

static const char *const wavelets[] = { "haar", "dau2", "db4", NULL };

static const MsmParam params[] = {
  { .name = "iterations",
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 5000,
    .def = 60,
    .role = MSM_ROLE_STEPS,
    .help = N_("Number of FISTA iterations"),
    .title = N_("Iterations") },
  { .name = "lambda",
    .type = MSM_PARAM_FLOAT,
    .min = 0,
    .max = 10,
    .def = 0.003,
    .help = N_("Weight of the wavelet details; images are scaled to a maximum near 1"),
    .flags = MSM_PARAM_LIVE | MSM_PARAM_LOG,
    .title = N_("Regularisation λ") },
  MSM_BASELINE_CONTINUATION,
  { .name = "wavelet",
    .type = MSM_PARAM_CHOICE,
    .def = MSM_WAVELET_DAU2,
    .choices = wavelets,
    .help = N_("Wavelet: Haar, or Daubechies with 4 (dau2) or 8 taps (db4)"),
    .title = N_("Wavelet") },
  { .name = "levels",
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 8,
    .def = 4,
    .help = N_("Scales of the transform; fewer where the image is small"),
    .flags = MSM_PARAM_ADVANCED,
    .title = N_("Scales") },
  { .name = "approximation",
    .type = MSM_PARAM_BOOL,
    .def = 0,
    .help = N_("Shrink the coarsest scale too, as BART does"),
    .flags = MSM_PARAM_ADVANCED,
    .title = N_("Shrink the coarsest scale") },
  { .name = "shift",
    .type = MSM_PARAM_BOOL,
    .def = 1,
    .help = N_("Shift the transform at random in each iteration"),
    .flags = MSM_PARAM_ADVANCED,
    .title = N_("Random shifts") },
  { .name = "seed",
    .type = MSM_PARAM_INT,
    .min = 0,
    .max = 2147483647,
    .def = 1,
    .role = MSM_ROLE_SEED,
    .help = N_("Seed of the random shifts"),
    .flags = MSM_PARAM_ADVANCED,
    .title = N_("Seed") },
  { NULL },
};

/* SplitMix64: a few shifts per step need no device noise. */
static guint64
next_random (guint64 *state)
{
  guint64 z = (*state += G_GUINT64_CONSTANT (0x9E3779B97F4A7C15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94D049BB133111EB);
  return z ^ (z >> 31);
}

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  L1Wavelet *self = (L1Wavelet *) sampler;
  MsmBaseline *base = &self->base;
  MsmTensor **measured[] = { &self->ax, &self->az, &self->previous_ax };

  if (!msm_baseline_require_host (base, error)
      || !msm_baseline_prepare (base, msm_params_get_int (sampler->params, "iterations"), error))
    return FALSE;
  self->lipschitz = msm_linop_norm2 (base->op, error);
  if (self->lipschitz < 0)
    return FALSE;
  self->z = msm_tensor_new_like (base->x, error);
  if (self->z == NULL)
    return FALSE;
  self->previous = msm_tensor_new_like (base->x, error);
  if (self->previous == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (measured); i++)
    {
      *measured[i] = msm_tensor_new_like (base->residual, error);
      if (*measured[i] == NULL)
        return FALSE;
    }
  self->wavelet = msm_wavelet_new (msm_params_get_choice (sampler->params, "wavelet"),
                                   msm_tensor_floats (base->x) / msm_tensor_size (base->x), msm_tensor_dim (base->x, 2),
                                   msm_tensor_dim (base->x, 3), msm_params_get_int (sampler->params, "levels"), error);
  if (self->wavelet == NULL)
    return FALSE;
  self->momentum = 1;
  self->random = (guint64) msm_params_get_int (sampler->params, "seed");
  return TRUE;
}

static void
swap (MsmTensor **a, MsmTensor **b)
{
  MsmTensor *keep = *a;

  *a = *b;
  *b = keep;
}

static gboolean
step (MsmSampler *sampler, MsmStepInfo *info)
{
  L1Wavelet *self = (L1Wavelet *) sampler;
  MsmBaseline *base = &self->base;
  double lambda = msm_params_get_number (sampler->params, "lambda");
  double weight = msm_baseline_weight (base);
  gsize n_planes = msm_tensor_dim (base->x, 0) * msm_tensor_dim (base->x, 1);
  gsize n_floats = msm_tensor_floats (base->x) / n_planes;
  gsize shift[2] = { 0, 0 };
  double sum = 0, next, beta;

  if (msm_params_get_bool (sampler->params, "shift"))
    {
      shift[0] = next_random (&self->random) >> 48;
      shift[1] = next_random (&self->random) >> 48;
    }
  /* x keeps its tensor (outputs borrow it): the old value moves to `previous`. */
  msm_tensor_copy (self->previous, base->x);
  swap (&self->ax, &self->previous_ax);
  msm_baseline_set_residual (base, self->az);
  msm_linop_adjoint (base->op, base->residual, base->x);
  msm_tensor_lincomb (base->x, 1, self->z, 1 / self->lipschitz, base->x);
  for (gsize s = 0; s < n_planes; s++)
    {
      float *plane = msm_tensor_host (base->x) + s * n_floats;

      msm_wavelet_shrink (self->wavelet, plane, shift[0], shift[1], (float) (weight / self->lipschitz),
                          msm_params_get_bool (sampler->params, "approximation"), plane, &sum);
    }
  msm_linop_forward (base->op, base->x, self->ax);
  next = 0.5 * (1 + sqrt (1 + 4 * self->momentum * self->momentum));
  beta = (self->momentum - 1) / next;
  self->momentum = next;
  msm_tensor_lincomb (self->z, 1 + beta, base->x, -beta, self->previous);
  msm_tensor_lincomb (self->az, 1 + beta, self->ax, -beta, self->previous_ax);
  msm_baseline_set_residual (base, self->ax);
  return msm_baseline_finish_step (base, lambda * sum, info);
}

static void
dispose (MsmSampler *sampler)
{
  L1Wavelet *self = (L1Wavelet *) sampler;

  g_clear_pointer (&self->z, msm_tensor_unref);
  g_clear_pointer (&self->previous, msm_tensor_unref);
  g_clear_pointer (&self->ax, msm_tensor_unref);
  g_clear_pointer (&self->az, msm_tensor_unref);
  g_clear_pointer (&self->previous_ax, msm_tensor_unref);
  g_clear_pointer (&self->wavelet, msm_wavelet_free);
  msm_baseline_dispose (sampler);
}

const MsmSamplerClass msm_l1_wavelet_class = {
  .name = "l1-wavelet",
  .title = N_("L1-wavelet"),
  .help = N_("Compressed sensing: sparse in a wavelet transform, by FISTA with random shifts"),
  .params = params,
  .instance_size = sizeof (L1Wavelet),
  .host_only = TRUE,
  .prepare = prepare,
  .step = step,
  .outputs = msm_baseline_outputs,
  .dispose = dispose,
};
