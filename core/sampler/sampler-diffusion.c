#include "config.h"

#include "core/sampler/sampler-diffusion.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/diffusion/denoiser-gauss.h"
#include "core/tensor/tensor-math.h"

/* The residual ‖y − H x‖/‖y‖ from which on a run has diverged, on the way and at its end. */
#define LARGEST_RESIDUAL 1e4
#define LARGEST_LAST     10
#define DENSE_ACCEL      2
/* Of the noise that a step keeps, beside a proximal step. */
#define NOISE_POWER      5

enum
{
  SPACING_UNIFORM,
  SPACING_LOG
};

const char *const msm_diffusion_spacings[] = { N_("uniform"), N_("log"), NULL };

/* As MsmRenoise. */
const char *const msm_diffusion_renoise[] = { N_("measured"), N_("image"), NULL };

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

static MsmLikelihoodKind
likelihood_kind (const MsmDiffusion *self)
{
  if (!msm_params_is_auto (self->parent.params, "likelihood"))
    return (MsmLikelihoodKind) msm_params_get_choice (self->parent.params, "likelihood");
  return self->parent.problem->kspace != NULL ? MSM_LIKELIHOOD_PROXIMAL : MSM_LIKELIHOOD_GRADIENT;
}

/*
 * η of the step from k on, where the user leaves it open. Beside a proximal step √(1 − η²) = (σ_{t−1}/σ_t)⁵: what is
 * kept of the old noise depends on how far σ falls, not on the number of steps. With one η for any K the noise is
 * renewed the more often the more steps there are, and every renewal adds the network's error once more.
 */
static double
open_eta (const MsmDiffusion *self, const MsmSchedule *schedule, int k)
{
  double alpha_bar = msm_schedule_alpha_bar_kept (schedule, k), prev = msm_schedule_alpha_bar_kept (schedule, k - 1);
  double fall = sqrt ((1 - prev) / prev * alpha_bar / (1 - alpha_bar));

  return likelihood_kind (self) == MSM_LIKELIHOOD_PROXIMAL ? sqrt (1 - pow (fall, 2 * NOISE_POWER)) : 0.85;
}

static void
take_options (MsmDiffusion *self, const MsmSchedule *schedule, int k, MsmStepOptions *options)
{
  const MsmParams *params = self->parent.params;

  if (msm_params_has (params, "partials"))
    options->n_partials = msm_params_get_int (params, "partials");
  options->ddim_eta = msm_params_is_auto (params, "ddim-eta") ? open_eta (self, schedule, k)
                                                              : msm_params_get_number (params, "ddim-eta");
  options->renoise = (MsmRenoise) msm_params_get_choice (params, "renoise");
  if (options->generation)
    return;
  options->lik_step = msm_params_get_number (params, "lik-step");
  options->lik_schedule = (MsmLikSchedule) msm_params_get_choice (params, "lik-schedule");
  options->prox_weight = msm_params_get_number (params, "prox-weight");
  options->prox_iterations = msm_params_get_int (params, "prox-iterations");
  options->noise_std = self->parent.problem->noise_std / self->gain;
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

/* Sampled k-space with a prior that knows the image's spectrum: the steps can do without the high noise levels. */
static gboolean
is_guided (const MsmDiffusion *self, gboolean proximal)
{
  return proximal && self->parent.problem->kspace != NULL && !msm_spectrum_is_white (&self->denoiser->spectrum);
}

/*
 * Without the proximal step a log spacing begins with pure noise, at σ_T.
 */
static gboolean
take_schedule (MsmDiffusion *self, gboolean proximal, MsmSchedule *schedule, GError **error)
{
  const MsmParams *params = self->parent.params;
  int n_steps = msm_params_get_int (params, "steps");
  int spacing = SPACING_UNIFORM;

  if (msm_params_has (params, "spacing") && msm_params_is_auto (params, "spacing"))
    spacing = is_guided (self, proximal) ? SPACING_LOG : SPACING_UNIFORM;
  else if (msm_params_has (params, "spacing"))
    spacing = msm_params_get_choice (params, "spacing");
  if (spacing == SPACING_UNIFORM)
    return msm_schedule_init (schedule, n_steps, error);
  return msm_schedule_init_log (schedule, n_steps,
                                proximal ? msm_params_get_number (params, "sigma-start") : G_MAXDOUBLE, error);
}

/*
 * p(S). What the user leaves open is as in the prior's training, where that is known and of the same kind; but a
 * network that is given Wiener's image has less to undo where more lines are seen, and believes its own estimate where
 * it sees nearly all: beside a proximal step masks of R = 2 are better than those of 1, 1.5 and 2.5 (patient 19, T1
 * and FLAIR).
 */
static void
take_masks (MsmDiffusion *self, gboolean proximal, MsmMaskCoverOptions *masks)
{
  const MsmParams *params = self->parent.params;
  const MsmTrainedMasks *trained = &self->denoiser->masks;
  gsize n_phase = msm_measure_shape (self->measure).dim[3];
  gboolean known;

  masks->kind = !msm_params_is_auto (params, "masks") ? (MsmMaskCoverKind) msm_params_get_choice (params, "masks")
                : trained->size > 0                   ? trained->options.kind
                : msm_measure_kind (self->measure) == MSM_MEASURE_MRI ? MSM_MASK_COVER_RANDOM
                                                                      : MSM_MASK_COVER_BOX;
  known = trained->size > 0 && trained->options.kind == masks->kind;
  masks->accel = msm_params_get_number_or (params, "masks-accel",
                                           is_guided (self, proximal) ? DENSE_ACCEL
                                           : known                    ? trained->options.accel
                                                                      : 4);
  masks->acs = (gsize) msm_params_get_number_or (
      params, "masks-acs", (double) (known ? msm_trained_masks_acs (trained, n_phase) : MIN (20, n_phase / 6)));
  masks->grid = msm_params_get_int (params, "masks-grid");
  masks->fraction = msm_params_get_number_or (params, "masks-fraction", known ? trained->options.fraction : 0.4);
}

gboolean
msm_diffusion_prepare (MsmDiffusion *self, const MsmMaskCoverOptions *masks, int n_partials, gboolean generation,
                       GError **error)
{
  const MsmParams *params = self->parent.params;
  MsmStepOptions options = { .n_partials = n_partials, .generation = generation };
  MsmMaskCoverOptions own;
  MsmSchedule schedule;
  gboolean proximal;

  if (!make_measures (self, error) || !allocate (self, error))
    return FALSE;
  proximal = !generation && likelihood_kind (self) == MSM_LIKELIHOOD_PROXIMAL;
  if (masks == NULL)
    {
      take_masks (self, proximal, &own);
      masks = &own;
    }
  if (!take_schedule (self, proximal, &schedule, error))
    return FALSE;
  options.from_data = proximal && schedule.sigma_start > 0;
  take_options (self, &schedule, schedule.n_steps - 1, &options);
  if (!generation)
    {
      self->likelihood = msm_likelihood_new (self->measure, self->parent.problem, likelihood_kind (self),
                                             &self->denoiser->spectrum, self->gain, self->offset, error);
      if (self->likelihood == NULL)
        return FALSE;
    }
  self->step = msm_step_new (
      self->measure, self->denoiser, self->likelihood, &schedule, (guint64) msm_params_get_number (params, "seed"),
      masks, msm_params_has (params, "shared-masks") ? msm_params_get_bool (params, "shared-masks") : TRUE, &options,
      error);
  if (self->step == NULL)
    return FALSE;
  self->k = self->step->schedule.n_steps - 1;
  return TRUE;
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
  const MsmDeviceOps *ops = msm_device_ops (self->parent.problem->device);

  if (!ops->vector->is_finite (msm_device_state (self->parent.problem->device), msm_tensor_const_data (self->step->z),
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
  MsmStep *step = self->step;
  int n_steps = step->schedule.n_steps;

  if (self->k < 0)
    {
      self->round++;
      self->k = n_steps - 1;
      self->is_counted = FALSE;
      msm_step_start (step, self->round * self->n_batch);
    }
  take_options (self, &step->schedule, self->k, &step->options);
  info->sigma = msm_schedule_sigma (&step->schedule, msm_schedule_index (&step->schedule, self->k));
  step->between = sampler->between;
  step->between_data = sampler->between_data;
  if (!msm_step_run (step, self->k))
    return FALSE;
  self->k--;
  info->step = (int) self->round * n_steps + n_steps - 1 - self->k;
  info->n_steps = (int) self->n_rounds * n_steps;
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
  msm_tensor_upload (self->coverage, self->step->coverage);
  estimate (self);
  outputs[0] = (MsmSamplerOutput){ "estimate", N_("Estimate"), self->estimate, TRUE };
  outputs[++n] = (MsmSamplerOutput){ "z", N_("Noisy state"), self->z, TRUE };
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

  msm_step_free (self->step);
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
