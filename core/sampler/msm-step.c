#include "config.h"

#include "core/sampler/msm-step.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

/* Of x̂₀ in the prior's units, where it is clipped. */
#define LARGEST_VALUE 1

static gboolean
allocate (MsmStep *self, GError **error)
{
  MsmDiffusionStep *base = &self->base;
  MsmShape full = msm_measure_shape (base->measure);
  MsmTensor **images[] = { &self->u, &self->x0 };
  MsmTensor **masks[] = { &self->mask, &self->complement };

  if ((self->s = msm_tensor_new_like (base->z, error)) == NULL
      || (self->sum = msm_tensor_new_like (base->z, error)) == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (images); i++)
    if ((*images[i] = msm_tensor_new (base->device, msm_measure_dtype (base->measure),
                                      msm_measure_image_shape (base->measure), error))
        == NULL)
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (masks); i++)
    if ((*masks[i] = msm_tensor_new (base->device, MSM_F32, msm_shape3 (base->n, full.dim[2], full.dim[3]), error))
        == NULL)
      return FALSE;
  if (self->options.clip
      && ((self->beyond = msm_tensor_new (base->device, MSM_F32, msm_shape2 (2, msm_tensor_floats (self->x0)), error))
              == NULL
          || (self->pairs = msm_tensor_new_like (self->beyond, error)) == NULL))
    return FALSE;
  base->coverage = g_try_new0 (float, base->n * base->n_plane);
  self->host_mask = g_try_new0 (float, base->n * base->n_plane);
  if (base->coverage == NULL || self->host_mask == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("not enough memory for %zu masks of %zu points"), base->n,
                   base->n_plane);
      return FALSE;
    }
  return TRUE;
}

/* Replaces the masks' sequences by those of the batch. */
static gboolean
make_covers (MsmStep *self, const MsmMaskCoverOptions *masks, GError **error)
{
  MsmShape full = msm_measure_shape (self->base.measure);
  gsize n = self->shared_masks ? 1 : self->base.n;

  self->covers = g_new0 (MsmMaskCover *, self->base.n);
  for (gsize b = 0; b < n; b++)
    {
      self->covers[b] = msm_mask_cover_new (masks, full.dim[2], full.dim[3], self->base.seed, (guint32) b, error);
      if (self->covers[b] == NULL)
        return FALSE;
    }
  return msm_mask_cover_check (self->covers[0], (gsize) self->base.schedule.n_steps * (gsize) self->options.n_partials,
                               error);
}

MsmStep *
msm_step_new (MsmMeasure *measure, MsmDenoiser *denoiser, MsmLikelihood *likelihood, const MsmSchedule *schedule,
              guint64 seed, const MsmMaskCoverOptions *masks, gboolean shared_masks, const MsmStepOptions *options,
              GError **error)
{
  g_autoptr (MsmStep) self = g_new0 (MsmStep, 1);

  g_return_val_if_fail (measure != NULL && denoiser != NULL && schedule != NULL, NULL);
  g_return_val_if_fail (masks != NULL && options != NULL && (!options->from_data || likelihood != NULL), NULL);
  self->options = *options;
  self->shared_masks = shared_masks;
  self->replaces = masks->kind != MSM_MASK_COVER_FULL && options->update != MSM_UPDATE_EXPONENTIAL;
  if (!msm_diffusion_step_init (&self->base, &msm_step_class, measure, denoiser, likelihood, schedule, options->update,
                                seed, error)
      || !allocate (self, error) || !make_covers (self, masks, error)
      || !msm_denoiser_plan (denoiser, measure, FALSE, error))
    return NULL;
  msm_step_start (self, 0);
  return g_steal_pointer (&self);
}

void
msm_step_free (MsmStep *self)
{
  if (self != NULL)
    msm_diffusion_step_free (&self->base);
}

static void
dispose (MsmDiffusionStep *step)
{
  MsmStep *self = (MsmStep *) step;

  msm_device_forget (step->device, &self->denoise_replay);
  msm_device_forget (step->device, &self->replace_replay);
  msm_device_forget (step->device, &self->finish_replay);
  for (gsize b = 0; self->covers != NULL && b < step->n; b++)
    msm_mask_cover_free (self->covers[b]);
  g_free (self->covers);
  msm_tensor_unref (self->s);
  msm_tensor_unref (self->sum);
  msm_tensor_unref (self->u);
  msm_tensor_unref (self->x0);
  msm_tensor_unref (self->beyond);
  msm_tensor_unref (self->pairs);
  msm_tensor_unref (self->mask);
  msm_tensor_unref (self->complement);
  g_free (self->host_mask);
}

static void
zero (MsmTensor *tensor)
{
  MsmDevice *device = msm_tensor_device (tensor);

  msm_device_ops (device)->memory->zero (msm_device_state (device), msm_tensor_data (tensor),
                                         msm_tensor_bytes (tensor));
}

static double
lik_step_at (const MsmStepOptions *options, double alpha_bar)
{
  switch (options->lik_schedule)
    {
    case MSM_LIK_FALLING:
      return options->lik_step * sqrt (1 - alpha_bar);
    case MSM_LIK_RISING:
      return options->lik_step * sqrt (alpha_bar);
    case MSM_LIK_CONSTANT:
    default:
      return options->lik_step;
    }
}

static gboolean
acts_in_masks (const MsmStep *self)
{
  return self->base.likelihood != NULL && msm_likelihood_is_local (self->base.likelihood)
         && self->options.lik_place == MSM_LIK_IN_MASKS;
}

static void
apply_likelihood (MsmStep *self, double alpha_bar, double lik_step)
{
  double noise = self->options.noise_std;
  double weight = self->options.prox_weight * noise * noise;

  if (self->base.likelihood == NULL || acts_in_masks (self))
    return;
  if (msm_likelihood_is_local (self->base.likelihood))
    msm_likelihood_sampled (self->base.likelihood, self->base.z_hat, lik_step);
  else if (msm_likelihood_get_kind (self->base.likelihood) == MSM_LIKELIHOOD_PROXIMAL)
    msm_likelihood_proximal (self->base.likelihood, self->base.z_hat, weight * alpha_bar / (1 - alpha_bar), weight,
                             self->options.prox_iterations);
  else
    msm_likelihood_gradient (self->base.likelihood, self->base.z_hat, lik_step);
}

static void
begin_with_data (MsmStep *self)
{
  int k = self->base.schedule.n_steps - 1;
  double alpha_bar = msm_schedule_alpha_bar_kept (&self->base.schedule, k);

  apply_likelihood (self, alpha_bar, lik_step_at (&self->options, alpha_bar));
  msm_tensor_lincomb (self->base.z, sqrt (alpha_bar), self->base.z_hat, sqrt (1 - alpha_bar), self->base.z);
}

static void
start (MsmDiffusionStep *step)
{
  MsmStep *self = (MsmStep *) step;

  msm_diffusion_step_draw (step, step->z, MSM_STREAM_INIT, 0);
  zero (step->z_hat);
  if (self->options.from_data)
    begin_with_data (self);
  for (gsize b = 0; b < step->n && self->covers[b] != NULL; b++)
    msm_mask_cover_restart (self->covers[b], self->shared_masks ? 0 : (guint32) (step->first_sample + b));
}

void
msm_step_start (MsmStep *self, guint64 first_sample)
{
  g_return_if_fail (self != NULL);
  msm_diffusion_step_start (&self->base, first_sample);
}

/* The next partial masks S and their complements, counted into the coverage. */
static void
draw_masks (MsmStep *self)
{
  gsize n = self->base.n * self->base.n_plane;

  for (gsize b = 0; b < self->base.n; b++)
    if (b == 0 || !self->shared_masks)
      msm_mask_cover_draw (self->covers[b], self->host_mask + b * self->base.n_plane);
    else
      memcpy (self->host_mask + b * self->base.n_plane, self->host_mask, self->base.n_plane * sizeof (float));
  msm_tensor_upload (self->mask, self->host_mask);
  for (gsize i = 0; i < n; i++)
    {
      self->base.coverage[i] += self->host_mask[i];
      self->host_mask[i] = 1 - self->host_mask[i];
    }
  msm_tensor_upload (self->complement, self->host_mask);
}

/* ε, into the noise's tensor, while s is ŝ before any data consistency; only what lies on S is used. */
static void
find_noise (MsmStep *self, double alpha_bar)
{
  double scale = 1 / sqrt (1 - alpha_bar);

  if (self->options.renoise == MSM_RENOISE_MEASURED)
    {
      msm_tensor_lincomb (self->base.noise, scale, self->base.z, -scale * sqrt (alpha_bar), self->s);
      return;
    }
  msm_tensor_lincomb (self->u, scale, self->u, -scale * sqrt (alpha_bar), self->x0);
  msm_measure_forward (self->base.measure, self->u, self->base.noise);
}

/*
 * z_t ← on S: √ᾱ ŝ + √(1 − ᾱ − κ²) ε + κ n, so that the next mask sees what this one learnt. On entry s is ŝ and
 * noise is ε; both are overwritten.
 */
static void
replace (MsmStep *self, int k, int partial, double alpha_bar, double kappa)
{
  double eps = sqrt (MAX (1 - alpha_bar - kappa * kappa, 0));

  msm_tensor_lincomb (self->s, sqrt (alpha_bar), self->s, eps, self->base.noise);
  if (kappa > 0)
    {
      msm_diffusion_step_draw (&self->base, self->base.noise, MSM_STREAM_REPLACE + (guint32) partial, k);
      msm_tensor_axpy (self->s, kappa, self->base.noise);
    }
  msm_measure_mask (self->base.measure, self->s, self->mask, self->s);
  msm_measure_mask (self->base.measure, self->base.z, self->complement, self->base.z);
  msm_tensor_axpy (self->base.z, 1, self->s);
}

/*
 * x̂₀ less what of its real elements lies beyond [−1, 1]: the soft threshold, which is for complex numbers, of each of
 * them beside a 0.
 */
static void
clip (MsmStep *self)
{
  MsmDevice *device = self->base.device;
  const gsize n = msm_tensor_floats (self->x0);
  float *wide = msm_tensor_data (self->beyond), *pairs = msm_tensor_data (self->pairs);

  msm_vector_scale (device, wide, 1, msm_tensor_const_data (self->x0), n);
  msm_vector_transpose (device, pairs, wide, 1, 2, n);
  msm_vector_soft_threshold (device, pairs, pairs, LARGEST_VALUE, n);
  msm_vector_transpose (device, wide, pairs, 1, n, 2);
  msm_vector_axpy (device, msm_tensor_data (self->x0), -1, wide, n);
}

/* ŝ of the mask, into s and added to the sum; ε into noise. */
static void
denoise (MsmStep *self, double alpha_bar, double lik_step)
{
  msm_measure_mask (self->base.measure, self->s, self->mask, self->base.z);
  msm_measure_adjoint (self->base.measure, self->s, self->u);
  msm_denoiser_predict (self->base.denoiser, self->x0, self->u, self->s, self->mask, self->base.steps);
  if (self->beyond != NULL)
    clip (self);
  msm_measure_forward (self->base.measure, self->x0, self->s);
  msm_measure_mask (self->base.measure, self->s, self->mask, self->s);
  find_noise (self, alpha_bar);
  if (acts_in_masks (self))
    msm_likelihood_local (self->base.likelihood, self->s, self->mask, lik_step);
  msm_tensor_axpy (self->sum, 1, self->s);
}

/* One partial mask: the local denoising ŝ, added to the sum, and put back into z_t. */
static void
run_partial (MsmStep *self, int k, int partial, double alpha_bar, double lik_step)
{
  double kappa =
      msm_update_kappa (alpha_bar, msm_schedule_alpha_bar_kept (&self->base.schedule, k + 1), self->options.ddim_eta);

  draw_masks (self);
  do
    {
      msm_device_begin (self->base.device, &self->denoise_replay);
      denoise (self, alpha_bar, lik_step);
    }
  while (!msm_device_end (self->base.device, &self->denoise_replay));
  if (partial < MSM_STEP_MAX_LOCALS)
    {
      msm_tensor_copy (self->base.locals[partial], self->s); /* the first sample of the batch */
      self->base.n_locals = partial + 1;
    }
  if (!self->replaces)
    return;
  do
    {
      msm_device_begin (self->base.device, &self->replace_replay);
      replace (self, k, partial, alpha_bar, kappa);
    }
  while (!msm_device_end (self->base.device, &self->replace_replay));
}

/* The aggregation's weights W where something was seen, and what of ẑ is kept. */
static void
upload_weights (MsmStep *self)
{
  gsize n = self->base.n * self->base.n_plane;

  for (gsize i = 0; i < n; i++)
    self->host_mask[i] = self->base.coverage[i] > 0 ? 1 / self->base.coverage[i] : 0;
  msm_tensor_upload (self->mask, self->host_mask);
  for (gsize i = 0; i < n; i++)
    self->host_mask[i] = self->base.coverage[i] > 0 ? 0 : 1;
  msm_tensor_upload (self->complement, self->host_mask);
}

/* ẑ ← W Σ Sᵀ ŝ where something was seen, else the ẑ of the step before. */
static void
aggregate (MsmStep *self)
{
  msm_measure_mask (self->base.measure, self->sum, self->mask, self->sum);
  msm_measure_mask (self->base.measure, self->base.z_hat, self->complement, self->base.z_hat);
  msm_tensor_axpy (self->base.z_hat, 1, self->sum);
}

/* From the sum to ẑ, and on to z_{t−1}. */
static void
finish (MsmStep *self, int k, double alpha_bar, double lik_step)
{
  aggregate (self);
  apply_likelihood (self, alpha_bar, lik_step);
  msm_diffusion_step_update (&self->base, k, self->options.ddim_eta);
}

/* Unless it began with data, ẑ is that mask's after the first of all: 0 for aggregate() where it saw nothing. */
static gboolean
pass_between (MsmStep *self, int k, int partial)
{
  if (self->base.between == NULL || partial + 1 == self->options.n_partials)
    return TRUE;
  if (partial == 0 && k == self->base.schedule.n_steps - 1 && !self->options.from_data)
    msm_tensor_copy (self->base.z_hat, self->sum);
  return self->base.between (self->base.between_data);
}

gboolean
msm_step_run (MsmStep *self, int k)
{
  double alpha_bar, lik_step;

  g_return_val_if_fail (self != NULL && k >= 0 && k < self->base.schedule.n_steps, FALSE);
  alpha_bar = msm_schedule_alpha_bar_kept (&self->base.schedule, k);
  lik_step = lik_step_at (&self->options, alpha_bar);
  msm_diffusion_step_begin (&self->base, k);
  zero (self->sum);
  memset (self->base.coverage, 0, self->base.n * self->base.n_plane * sizeof (float));
  for (int i = 0; i < self->options.n_partials; i++)
    {
      run_partial (self, k, i, alpha_bar, lik_step);
      if (!pass_between (self, k, i))
        return FALSE;
    }
  upload_weights (self);
  do
    {
      msm_device_begin (self->base.device, &self->finish_replay);
      finish (self, k, alpha_bar, lik_step);
    }
  while (!msm_device_end (self->base.device, &self->finish_replay));
  return TRUE;
}

static gboolean
run (MsmDiffusionStep *self, int k)
{
  return msm_step_run ((MsmStep *) self, k);
}

static guint32
get_n_drawn (const MsmDiffusionStep *self)
{
  return msm_mask_cover_get_n_drawn (((const MsmStep *) self)->covers[0]);
}

static void
draw_again (MsmDiffusionStep *step, guint32 n_drawn)
{
  MsmStep *self = (MsmStep *) step;

  for (gsize b = 0; b < step->n && self->covers[b] != NULL; b++)
    for (guint32 i = 0; i < n_drawn; i++)
      msm_mask_cover_draw (self->covers[b], self->host_mask);
}

const MsmDiffusionStepClass msm_step_class = {
  .name = "partial masks",
  .likelihood_kind = msm_step_likelihood_kind,
  .make = msm_step_make,
  .start = start,
  .tune = msm_step_tune,
  .run = run,
  .get_n_drawn = get_n_drawn,
  .draw_again = draw_again,
  .dispose = dispose,
};
