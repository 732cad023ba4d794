#include "config.h"

#include "core/sampler/diffusion-step.h"

#include <string.h>

#include "core/sampler/diffusion-params.h"
#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

/*
 * The first noise level beside a proximal step, in the prior's units. A hole in a picture, which lives in [−1, 1],
 * needs more than sampled k-space, whose lines leave no pixel unseen (docs/method.md §7).
 */
#define SIGMA          0.5
#define SIGMA_OPERATOR 3

static gboolean
allocate (MsmDiffusionStep *self, GError **error)
{
  MsmShape full = msm_measure_shape (self->measure), one = full;
  MsmDtype dtype = msm_measure_dtype (self->measure);
  MsmTensor **like_z[] = { &self->z, &self->z_hat, &self->noise };

  self->n = full.dim[0];
  self->n_plane = full.dim[2] * full.dim[3];
  one.dim[0] = 1;
  for (gsize i = 0; i < G_N_ELEMENTS (like_z); i++)
    if ((*like_z[i] = msm_tensor_new (self->device, dtype, full, error)) == NULL)
      return FALSE;
  for (gsize i = 0; i < MSM_STEP_MAX_LOCALS; i++)
    if ((self->locals[i] = msm_tensor_new (self->device, dtype, one, error)) == NULL)
      return FALSE;
  self->steps = g_new0 (double, self->n);
  return TRUE;
}

gboolean
msm_diffusion_step_init (MsmDiffusionStep *self, const MsmDiffusionStepClass *klass, MsmMeasure *measure,
                         MsmDenoiser *denoiser, MsmLikelihood *likelihood, const MsmSchedule *schedule,
                         MsmUpdateKind update, guint64 seed, GError **error)
{
  self->klass = klass;
  self->device = msm_device_ref (msm_measure_device (measure));
  self->measure = measure;
  self->denoiser = denoiser;
  self->likelihood = likelihood;
  self->schedule = *schedule;
  self->seed = seed;
  self->update = update;
  self->last_k = -1;
  return allocate (self, error)
         && (!msm_update_uses_last (update) || (self->last = msm_tensor_new_like (self->z, error)) != NULL);
}

void
msm_diffusion_step_free (MsmDiffusionStep *self)
{
  if (self == NULL)
    return;
  self->klass->dispose (self);
  for (gsize i = 0; i < MSM_STEP_MAX_LOCALS; i++)
    msm_tensor_unref (self->locals[i]);
  msm_tensor_unref (self->z);
  msm_tensor_unref (self->z_hat);
  msm_tensor_unref (self->noise);
  msm_tensor_unref (self->last);
  g_free (self->coverage);
  g_free (self->steps);
  msm_device_unref (self->device);
  g_free (self);
}

void
msm_diffusion_step_start (MsmDiffusionStep *self, guint64 first_sample)
{
  g_return_if_fail (self != NULL);
  self->first_sample = first_sample;
  self->n_locals = 0;
  self->last_k = -1;
  if (self->coverage != NULL)
    memset (self->coverage, 0, self->n * self->n_plane * sizeof (float));
  self->klass->start (self);
}

void
msm_diffusion_step_draw (MsmDiffusionStep *self, MsmTensor *dst, guint32 stream, int step)
{
  gsize floats = msm_tensor_floats (dst);

  msm_vector_random_normal (self->device, msm_tensor_data (dst), floats, self->seed, stream, (guint32) step,
                            self->first_sample * (floats / self->n));
}

void
msm_diffusion_step_begin (MsmDiffusionStep *self, int k)
{
  for (gsize b = 0; b < self->n; b++)
    self->steps[b] = msm_schedule_index (&self->schedule, k);
  self->has_last = self->last != NULL && self->last_k == k + 1;
  self->last_k = k;
}

void
msm_diffusion_step_update (MsmDiffusionStep *self, int k, double eta)
{
  MsmUpdate factors = msm_update_at (self->update, &self->schedule, k, eta, self->has_last);

  if (factors.noise > 0)
    msm_diffusion_step_draw (self, self->noise, MSM_STREAM_STEP, k);
  msm_update_apply (factors, self->z, self->z_hat, self->last, self->noise);
  if (self->last != NULL)
    msm_tensor_copy (self->last, self->z_hat);
}

gboolean
msm_step_setup_is_guided (const MsmStepSetup *setup, gboolean proximal)
{
  return proximal && setup->problem->kspace != NULL && !msm_spectrum_is_white (&setup->denoiser->spectrum);
}

/* Without the proximal step a log spacing begins with pure noise, at σ_T. */
gboolean
msm_step_setup_schedule (const MsmStepSetup *setup, gboolean proximal, MsmSchedule *schedule, GError **error)
{
  const MsmParams *params = setup->params;
  int n_steps = msm_params_get_int (params, "steps");
  int spacing = MSM_DIFFUSION_SPACING_UNIFORM;
  gboolean is_operator = setup->problem->kspace == NULL;

  if (msm_params_has (params, "spacing") && msm_params_is_auto (params, "spacing"))
    spacing = msm_step_setup_is_guided (setup, proximal) || (proximal && is_operator) ? MSM_DIFFUSION_SPACING_LOG
                                                                                      : MSM_DIFFUSION_SPACING_UNIFORM;
  else if (msm_params_has (params, "spacing"))
    spacing = msm_params_get_choice (params, "spacing");
  if (spacing == MSM_DIFFUSION_SPACING_UNIFORM)
    return msm_schedule_init (schedule, n_steps, error);
  return msm_schedule_init_log (
      schedule, n_steps,
      proximal ? msm_params_get_number_or (params, "sigma-start", is_operator ? SIGMA_OPERATOR : SIGMA) : G_MAXDOUBLE,
      error);
}
