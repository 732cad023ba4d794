#include "config.h"

#include "core/sampler/sampler-diffusion.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/diffusion/denoiser-gauss.h"
#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

/* The residual ‖y − H x‖/‖y‖ from which on a run has diverged, on the way and at its end. */
#define LARGEST_RESIDUAL 1e4
#define LARGEST_LAST     10

static gsize
samples_in_round (const MsmDiffusion *self)
{
  return MIN (self->n_batch, self->n_samples - self->round * self->n_batch);
}

static gboolean
allocate (MsmDiffusion *self, GError **error)
{
  MsmDevice *device = self->parent.problem->device;
  MsmDtype dtype = msm_measure_dtype (self->measure);
  MsmShape batch = msm_measure_image_shape (self->measure), one = batch, full = msm_measure_shape (self->measure);
  MsmTensor **images[] = { &self->estimate, &self->sample, &self->z, &self->null_space };
  gsize floats;

  one.dim[0] = full.dim[0] = 1;
  floats = msm_shape_size (one) * (dtype == MSM_C64 ? 2 : 1);
  self->host_x = g_try_new0 (float, self->n_batch * floats);
  self->host_mean = g_try_new0 (float, floats);
  self->host_sd = g_try_new0 (float, msm_shape_size (one));
  if (self->host_x == NULL || self->host_mean == NULL || self->host_sd == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for %zu images"), self->n_batch);
      return FALSE;
    }
  if ((self->batch_x = msm_tensor_new (device, dtype, batch, error)) == NULL
      || (self->one_z = msm_tensor_new (device, dtype, full, error)) == NULL
      || (self->coverage = msm_tensor_new (device, MSM_F32, msm_shape4 (1, 1, one.dim[2], one.dim[3]), error)) == NULL
      || (self->uncertainty = msm_tensor_new (device, MSM_F32, one, error)) == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (images); i++)
    if ((*images[i] = msm_tensor_new (device, dtype, one, error)) == NULL)
      return FALSE;
  for (gsize i = 0; i < MSM_STEP_MAX_LOCALS; i++)
    if ((self->locals[i] = msm_tensor_new (device, dtype, one, error)) == NULL)
      return FALSE;
  self->stats = msm_posterior_stats_new (msm_shape_size (one), dtype == MSM_C64, self->n_samples, error);
  return self->stats != NULL;
}

gboolean
msm_diffusion_take_size (MsmDiffusion *self, GError **error)
{
  MsmProblem *problem = self->parent.problem;

  if (problem->kind == MSM_MEASURE_IMAGE)
    {
      self->full = msm_linop_domain (problem->op);
      return TRUE;
    }
  self->full = msm_tensor_shape (problem->sens);
  if (self->full.dim[0] == 1)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
               _("diffusion sampling needs one set of coil sensitivities, found %zu (ESPIRiT: sets 1)"),
               self->full.dim[0]);
  return FALSE;
}

/* The batch's and the view's measures. */
static gboolean
make_measures (MsmDiffusion *self, GError **error)
{
  MsmProblem *problem = self->parent.problem;
  const gsize *dim = self->full.dim;

  self->measure = msm_measure_new (problem->device, problem->kind, self->n_batch, dim[1], dim[2], dim[3], error);
  self->view =
      self->measure != NULL ? msm_measure_new (problem->device, problem->kind, 1, dim[1], dim[2], dim[3], error) : NULL;
  if (self->view == NULL)
    return FALSE;
  if (problem->kind == MSM_MEASURE_MRI)
    {
      self->sens = msm_tensor_ref (problem->sens);
      msm_measure_set_sens (self->measure, self->sens);
      msm_measure_set_sens (self->view, self->sens);
    }
  return TRUE;
}

/* Closed forms are cheap and gain from sharing; networks need much memory for each sample. */
static gsize
choose_batch (MsmDiffusion *self)
{
  gsize c, h, w;
  int fitting = msm_denoiser_gauss_size (self->denoiser, &c, &h, &w) ? 256 : 4;

  return MIN ((gsize) msm_params_get_int_or (self->parent.params, "batch", fitting), self->n_samples);
}

gboolean
msm_diffusion_open_prior (MsmDiffusion *self, GError **error)
{
  const char *prior = msm_params_get_text (self->parent.params, "prior");
  gsize c, h, w;

  if (prior[0] == '\0')
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("diffusion sampling needs a prior: the name of a shipped one, or a file"));
      return FALSE;
    }
  self->denoiser = msm_denoiser_open (self->parent.problem->device, prior, error);
  if (self->denoiser == NULL)
    return FALSE;
  self->n_samples = msm_params_get_int (self->parent.params, "samples");
  self->n_batch = choose_batch (self);
  self->n_rounds = (self->n_samples + self->n_batch - 1) / self->n_batch;
  /* Networks of pictures live in [−1, 1], pictures in [0, 1]; closed forms are taken as they are. */
  self->gain = 1;
  if (self->parent.problem->kind == MSM_MEASURE_IMAGE && !msm_denoiser_gauss_size (self->denoiser, &c, &h, &w))
    self->gain = self->offset = 0.5;
  return TRUE;
}

gboolean
msm_diffusion_prepare (MsmDiffusion *self, GError **error)
{
  const MsmSamplerClass *klass = self->parent.klass;
  MsmStepSetup *setup = &self->setup;

  if (!make_measures (self, error) || !allocate (self, error))
    return FALSE;
  *setup = (MsmStepSetup){ .measure = self->measure,
                           .denoiser = self->denoiser,
                           .problem = self->parent.problem,
                           .params = self->parent.params,
                           .gain = self->gain };
  if (!klass->generates)
    {
      self->likelihood =
          msm_likelihood_new (self->measure, self->parent.problem, klass->diffusion->likelihood_kind (setup),
                              &self->denoiser->spectrum, self->gain, self->offset, error);
      if (self->likelihood == NULL)
        return FALSE;
      setup->likelihood = self->likelihood;
    }
  self->step = klass->diffusion->make (setup, error);
  if (self->step == NULL)
    return FALSE;
  self->k = self->step->schedule.n_steps - 1;
  self->parent.n_steps = (int) self->n_rounds * self->step->schedule.n_steps;
  return TRUE;
}

gboolean
msm_diffusion_prepare_posterior (MsmSampler *sampler, GError **error)
{
  MsmDiffusion *self = (MsmDiffusion *) sampler;

  return msm_diffusion_open_prior (self, error) && msm_diffusion_take_size (self, error)
         && msm_diffusion_prepare (self, error);
}

/* Tᴴ ẑ of the batch on the host, in the problem's units. */
static void
download_images (MsmDiffusion *self)
{
  gsize n = msm_tensor_floats (self->batch_x);

  msm_measure_adjoint (self->measure, self->step->z_hat, self->batch_x);
  msm_tensor_download (self->batch_x, self->host_x);
  if (self->gain != 1 || self->offset != 0)
    for (gsize i = 0; i < n; i++)
      self->host_x[i] = (float) (self->gain * self->host_x[i] + self->offset);
}

/* A residual without bound, or values that are no numbers: said, instead of a wrong picture. */
static void
check (MsmDiffusion *self, MsmStepInfo *info)
{
  const char *cause =
      msm_params_has (self->parent.params, "lik-step") && msm_params_get_number (self->parent.params, "lik-step") > 2
          ? _("; the likelihood step is larger than 2, take a smaller one")
          : "";

  if (!msm_vector_is_finite (self->parent.problem->device, msm_tensor_const_data (self->step->z),
                             msm_tensor_floats (self->step->z)))
    g_snprintf (self->failure, sizeof self->failure, _("the samples hold NaN or infinity after step %d of %d%s"),
                info->step, info->n_steps, cause);
  else if (info->residual > LARGEST_RESIDUAL || (self->k < 0 && info->residual > LARGEST_LAST))
    g_snprintf (self->failure, sizeof self->failure,
                _("the samples diverge: after step %d of %d the residual is %.3g times the measurement%s"), info->step,
                info->n_steps, info->residual, cause);
  else
    return;
  info->failure = self->failure;
}

gboolean
msm_diffusion_step (MsmSampler *sampler, MsmStepInfo *info)
{
  MsmDiffusion *self = (MsmDiffusion *) sampler;
  MsmDiffusionStep *step = self->step;
  int n_steps = step->schedule.n_steps;

  if (self->k < 0)
    {
      self->round++;
      self->k = n_steps - 1;
      self->is_counted = FALSE;
      msm_diffusion_step_start (step, self->round * self->n_batch);
    }
  if (step->klass->tune != NULL)
    step->klass->tune (step, &self->setup, self->k);
  info->sigma = msm_schedule_sigma (&step->schedule, msm_schedule_index (&step->schedule, self->k));
  step->between = sampler->between;
  step->between_data = sampler->between_data;
  if (!step->klass->run (step, self->k))
    return FALSE;
  self->k--;
  info->step = (int) self->round * n_steps + n_steps - 1 - self->k;
  info->n_steps = sampler->n_steps;
  if (self->likelihood != NULL)
    info->residual = msm_likelihood_residual (self->likelihood, step->z_hat);
  check (self, info);
  if (self->k >= 0)
    return TRUE;
  download_images (self);
  for (gsize b = 0; b < samples_in_round (self); b++)
    msm_posterior_stats_add (self->stats, self->host_x + b * msm_tensor_floats (self->estimate));
  self->is_counted = TRUE;
  return self->round + 1 < self->n_rounds;
}

/* Tᴴ of one measurement, in the problem's units, into @image. */
static void
view (MsmDiffusion *self, const MsmTensor *z, MsmTensor *image, double offset)
{
  gsize n = msm_tensor_floats (image);

  if (z != NULL)
    msm_measure_adjoint (self->view, z, image);
  if (self->gain == 1 && offset == 0)
    return;
  msm_tensor_download (image, self->host_mean);
  for (gsize i = 0; i < n; i++)
    self->host_mean[i] = (float) (self->gain * self->host_mean[i] + offset);
  msm_tensor_upload (image, self->host_mean);
}

/*
 * The estimate, and of several samples one of them and their standard deviation. One sample in the prior's units is
 * its own mean: on a GPU it stays there, and nobody waits for it.
 */
static void
estimate (MsmDiffusion *self)
{
  if (self->n_samples == 1 && self->gain == 1 && self->offset == 0
      && !msm_device_is_host (self->parent.problem->device))
    {
      msm_measure_adjoint (self->measure, self->step->z_hat, self->batch_x);
      msm_tensor_copy (self->estimate, self->batch_x);
      return;
    }
  download_images (self);
  msm_tensor_upload (self->sample, self->host_x);
  msm_posterior_stats_get (self->stats, self->host_x, self->is_counted ? 0 : samples_in_round (self), self->host_mean,
                           self->host_sd);
  msm_tensor_upload (self->estimate, self->host_mean);
  msm_tensor_upload (self->uncertainty, self->host_sd);
}

gsize
msm_diffusion_outputs (MsmSampler *sampler, MsmSamplerOutput *outputs)
{
  static const struct
  {
    const char *name, *title;
  } locals[MSM_STEP_MAX_LOCALS] = {
    { "local-1", N_("Mask 1, local denoising") }, { "local-2", N_("Mask 2, local denoising") },
    { "local-3", N_("Mask 3, local denoising") }, { "local-4", N_("Mask 4, local denoising") },
    { "local-5", N_("Mask 5, local denoising") }, { "local-6", N_("Mask 6, local denoising") },
  };
  MsmDiffusion *self = (MsmDiffusion *) sampler;
  gsize n = 0;

  msm_tensor_copy (self->one_z, self->step->z); /* the first sample */
  view (self, self->one_z, self->z, self->offset);
  for (int i = 0; i < self->step->n_locals; i++)
    view (self, self->step->locals[i], self->locals[i], self->offset);
  if (self->likelihood != NULL && msm_likelihood_null_space (self->likelihood, self->step->z_hat, self->null_space))
    {
      view (self, NULL, self->null_space, 0);
      outputs[++n] = (MsmSamplerOutput){ "nullspace", N_("Null-space part"), self->null_space, TRUE };
    }
  if (self->step->coverage != NULL)
    msm_tensor_upload (self->coverage, self->step->coverage);
  estimate (self);
  outputs[0] = (MsmSamplerOutput){ "estimate", N_("Estimate"), self->estimate, TRUE };
  outputs[++n] = (MsmSamplerOutput){ "z", N_("Noisy state"), self->z, TRUE };
  if (self->step->coverage != NULL)
    outputs[++n] = (MsmSamplerOutput){ "coverage", N_("Coverage"), self->coverage };
  for (int i = 0; i < self->step->n_locals; i++)
    outputs[++n] = (MsmSamplerOutput){ locals[i].name, locals[i].title, self->locals[i], TRUE };
  if (self->n_samples > 1)
    {
      outputs[++n] = (MsmSamplerOutput){ "sample", N_("One sample"), self->sample, TRUE };
      outputs[++n] = (MsmSamplerOutput){ "uncertainty", N_("Standard deviation"), self->uncertainty };
    }
  return n + 1;
}

void
msm_diffusion_dispose (MsmSampler *sampler)
{
  MsmDiffusion *self = (MsmDiffusion *) sampler;

  msm_diffusion_step_free (self->step);
  msm_likelihood_free (self->likelihood);
  msm_posterior_stats_free (self->stats);
  msm_denoiser_free (self->denoiser);
  msm_measure_free (self->measure);
  msm_measure_free (self->view);
  msm_tensor_unref (self->sens);
  msm_tensor_unref (self->batch_x);
  msm_tensor_unref (self->one_z);
  msm_tensor_unref (self->estimate);
  msm_tensor_unref (self->sample);
  msm_tensor_unref (self->z);
  msm_tensor_unref (self->null_space);
  msm_tensor_unref (self->coverage);
  msm_tensor_unref (self->uncertainty);
  for (gsize i = 0; i < MSM_STEP_MAX_LOCALS; i++)
    msm_tensor_unref (self->locals[i]);
  g_free (self->host_x);
  g_free (self->host_mean);
  g_free (self->host_sd);
}
