#include "config.h"

#include "core/sampler/sampler-diffusion.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "core/tensor/tensor-math.h"

/*
 * x̂ = D (S y; ρ, S), by one evaluation of the prior: its estimate of least mean square error from what was measured,
 * S the acquisition's mask and ρ its noise. With a prior that was trained with a split this is self-supervised
 * reconstruction (SSDU) by the same weights, and it is where MSM's "start-sigma" begins.
 */

/* The least noise level that the schedule has is 0.01; below it the network has seen nothing. */
#define LEAST_NOISE 0.01

typedef struct
{
  MsmSampler     parent;
  MsmDenoiser   *denoiser;
  MsmMeasure    *measure;
  MsmLikelihood *likelihood; /* for the residual, and what the measurement does not tell */
  MsmTensor     *mask, *s, *z, *x, *null_space;
} Mmse;

static const MsmParam params[] = {
  { N_("prior"), MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_SHIPPED,
    .help = N_("Prior: the name of a shipped one, or a weight file; best one trained with a split") },
  { N_("noise"), MSM_PARAM_FLOAT, .min = 0, .max = 100,
    .help = N_("Noise level of the measurement that the prior is told, its image's maximum near 1; 0 is the scan's") },
  { NULL },
};

static gboolean
open_parts (Mmse *self, GError **error)
{
  MsmProblem *problem = self->parent.problem;
  const char *prior = msm_params_get_text (self->parent.params, "prior");
  MsmShape full;

  if (problem->kspace == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   "the prior's own estimate needs sampled k-space, found the operator ‘%s’", problem->operator_name);
      return FALSE;
    }
  full = msm_tensor_shape (problem->sens);
  if (full.dim[0] != 1)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   "the prior's own estimate needs one set of coil sensitivities, found %zu (ESPIRiT: sets 1)",
                   full.dim[0]);
      return FALSE;
    }
  if (prior[0] == '\0')
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, "a prior is needed: the name of a shipped one, or a file");
      return FALSE;
    }
  self->denoiser = msm_denoiser_open (problem->device, prior, error);
  if (self->denoiser == NULL)
    return FALSE;
  self->measure = msm_measure_new (problem->device, MSM_MEASURE_MRI, 1, full.dim[1], full.dim[2], full.dim[3], error);
  if (self->measure == NULL)
    return FALSE;
  msm_measure_set_sens (self->measure, problem->sens);
  self->likelihood = msm_likelihood_new (self->measure, problem, MSM_LIKELIHOOD_GRADIENT, &self->denoiser->spectrum,
                                         1, 0, error);
  return self->likelihood != NULL && msm_denoiser_plan (self->denoiser, self->measure, FALSE, error);
}

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  Mmse *self = (Mmse *) sampler;
  MsmDevice *device = sampler->problem->device;
  MsmShape image;

  if (!open_parts (self, error))
    return FALSE;
  image = msm_measure_image_shape (self->measure);
  self->mask = msm_tensor_new (device, MSM_F32, msm_shape3 (1, image.dim[2], image.dim[3]), error);
  self->s = self->mask != NULL ? msm_tensor_new (device, MSM_C64, msm_measure_shape (self->measure), error) : NULL;
  self->z = self->s != NULL ? msm_tensor_new_like (self->s, error) : NULL;
  self->x = self->z != NULL ? msm_tensor_new (device, MSM_C64, image, error) : NULL;
  self->null_space = self->x != NULL ? msm_tensor_new_like (self->x, error) : NULL;
  return self->null_space != NULL;
}

static gboolean
step (MsmSampler *sampler, MsmStepInfo *info)
{
  Mmse *self = (Mmse *) sampler;
  const MsmTensor *planes, *y = msm_likelihood_sampled (self->likelihood, &planes);
  const MsmSchedule *schedule = &self->denoiser->schedule;
  double told = msm_params_get_number (sampler->params, "noise");
  double at = msm_schedule_step_of (schedule, MAX (told > 0 ? told : sampler->problem->noise_std, LEAST_NOISE));

  msm_tensor_lincomb (self->s, sqrt (msm_schedule_alpha_bar (schedule, at)), y, 0, y);
  msm_tensor_copy (self->mask, planes);
  msm_denoiser_predict (self->denoiser, self->x, self->s, self->mask, &at);
  msm_measure_forward (self->measure, self->x, self->z);
  info->step = info->n_steps = 1;
  info->sigma = msm_schedule_sigma (schedule, at);
  info->residual = msm_likelihood_residual (self->likelihood, self->z);
  return FALSE;
}

static gsize
outputs (MsmSampler *sampler, MsmSamplerOutput *out)
{
  Mmse *self = (Mmse *) sampler;

  msm_likelihood_null_space (self->likelihood, self->z, self->null_space);
  out[0] = (MsmSamplerOutput) { "estimate", "Estimate", self->x };
  out[1] = (MsmSamplerOutput) { "nullspace", "Null-space part", self->null_space };
  return 2;
}

static void
dispose (MsmSampler *sampler)
{
  Mmse *self = (Mmse *) sampler;

  msm_likelihood_free (self->likelihood);
  msm_denoiser_free (self->denoiser);
  msm_measure_free (self->measure);
  msm_tensor_unref (self->mask);
  msm_tensor_unref (self->s);
  msm_tensor_unref (self->z);
  msm_tensor_unref (self->x);
  msm_tensor_unref (self->null_space);
}

const MsmSamplerClass msm_mmse_class = {
  .name = "prior-mmse",
  .title = N_("Prior's estimate, one step"),
  .help = N_("The estimate that an MSM prior makes of what was measured, by one evaluation"),
  .params = params,
  .instance_size = sizeof (Mmse),
  .prepare = prepare,
  .step = step,
  .outputs = outputs,
  .dispose = dispose,
};
