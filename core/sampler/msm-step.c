#include "config.h"

#include "core/sampler/msm-step.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/sampler/ddim.h"
#include "core/tensor/tensor-math.h"

/* The least noise that the proximal step assumes. */
#define LEAST_NOISE 1e-3

static gboolean
allocate (MsmStep *self, GError **error)
{
  MsmShape full = msm_measure_shape (self->measure), one = full;
  MsmDtype dtype = msm_measure_dtype (self->measure);
  MsmTensor **like_z[] = { &self->z, &self->z_hat, &self->s, &self->noise, &self->sum };
  MsmTensor **images[] = { &self->u, &self->x0 };
  MsmTensor **masks[] = { &self->mask, &self->complement };

  self->n = full.dim[0];
  self->n_plane = full.dim[2] * full.dim[3];
  one.dim[0] = 1;
  for (gsize i = 0; i < G_N_ELEMENTS (like_z); i++)
    if ((*like_z[i] = msm_tensor_new (self->device, dtype, full, error)) == NULL)
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (images); i++)
    if ((*images[i] = msm_tensor_new (self->device, dtype, msm_measure_image_shape (self->measure), error)) == NULL)
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (masks); i++)
    if ((*masks[i] = msm_tensor_new (self->device, MSM_F32, msm_shape3 (self->n, full.dim[2], full.dim[3]), error))
        == NULL)
      return FALSE;
  for (gsize i = 0; i < MSM_STEP_MAX_LOCALS; i++)
    if ((self->locals[i] = msm_tensor_new (self->device, dtype, one, error)) == NULL)
      return FALSE;
  self->coverage = g_try_new0 (float, self->n * self->n_plane);
  self->host_mask = g_try_new0 (float, self->n * self->n_plane);
  if (self->coverage == NULL || self->host_mask == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("not enough memory for %zu masks of %zu points"), self->n,
                   self->n_plane);
      return FALSE;
    }
  self->steps = g_new0 (double, self->n);
  return TRUE;
}

/* Replaces the masks' sequences by those of the batch. */
static gboolean
make_covers (MsmStep *self, const MsmMaskCoverOptions *masks, GError **error)
{
  MsmShape full = msm_measure_shape (self->measure);
  gsize n = self->shared_masks ? 1 : self->n;

  self->covers = g_new0 (MsmMaskCover *, self->n);
  for (gsize b = 0; b < n; b++)
    {
      self->covers[b] = msm_mask_cover_new (masks, full.dim[2], full.dim[3], self->seed, (guint32) b, error);
      if (self->covers[b] == NULL)
        return FALSE;
    }
  return msm_mask_cover_check (self->covers[0], (gsize) self->schedule.n_steps * (gsize) self->options.n_partials,
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
  self->device = msm_device_ref (msm_measure_device (measure));
  self->measure = measure;
  self->denoiser = denoiser;
  self->likelihood = likelihood;
  self->options = *options;
  self->seed = seed;
  self->shared_masks = shared_masks;
  self->schedule = *schedule;
  if (!allocate (self, error) || !make_covers (self, masks, error)
      || !msm_denoiser_plan (denoiser, measure, FALSE, error))
    return NULL;
  msm_step_start (self, 0);
  return g_steal_pointer (&self);
}

void
msm_step_free (MsmStep *self)
{
  if (self == NULL)
    return;
  msm_device_forget (self->device, &self->denoise_replay);
  msm_device_forget (self->device, &self->replace_replay);
  msm_device_forget (self->device, &self->finish_replay);
  for (gsize b = 0; self->covers != NULL && b < self->n; b++)
    msm_mask_cover_free (self->covers[b]);
  g_free (self->covers);
  for (gsize i = 0; i < MSM_STEP_MAX_LOCALS; i++)
    msm_tensor_unref (self->locals[i]);
  msm_tensor_unref (self->z);
  msm_tensor_unref (self->z_hat);
  msm_tensor_unref (self->s);
  msm_tensor_unref (self->noise);
  msm_tensor_unref (self->sum);
  msm_tensor_unref (self->u);
  msm_tensor_unref (self->x0);
  msm_tensor_unref (self->mask);
  msm_tensor_unref (self->complement);
  g_free (self->coverage);
  g_free (self->host_mask);
  g_free (self->steps);
  msm_device_unref (self->device);
  g_free (self);
}

/* @dst ← N(0, I): the numbers of the batch's samples. */
static void
draw_noise (MsmStep *self, MsmTensor *dst, guint32 stream, int step)
{
  MsmDevice *device = msm_tensor_device (dst);
  gsize floats = msm_tensor_floats (dst);

  msm_device_ops (device)->vector->random_normal (msm_device_state (device), msm_tensor_data (dst), floats, self->seed,
                                                  stream, (guint32) step, self->first_sample * (floats / self->n));
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

static void
apply_likelihood (MsmStep *self, double alpha_bar, double lik_step)
{
  double noise = MAX (self->options.noise_std, LEAST_NOISE);
  double weight = self->options.prox_weight * noise * noise;

  if (self->likelihood == NULL || msm_likelihood_is_local (self->likelihood))
    return;
  if (msm_likelihood_get_kind (self->likelihood) == MSM_LIKELIHOOD_PROXIMAL)
    msm_likelihood_proximal (self->likelihood, self->z_hat, weight * alpha_bar / (1 - alpha_bar), weight,
                             self->options.prox_iterations);
  else
    msm_likelihood_gradient (self->likelihood, self->z_hat, lik_step);
}

static void
begin_with_data (MsmStep *self)
{
  int k = self->schedule.n_steps - 1;
  double alpha_bar = msm_schedule_alpha_bar_kept (&self->schedule, k);

  apply_likelihood (self, alpha_bar, lik_step_at (&self->options, alpha_bar));
  msm_tensor_lincomb (self->z, sqrt (alpha_bar), self->z_hat, sqrt (1 - alpha_bar), self->z);
}

void
msm_step_start (MsmStep *self, guint64 first_sample)
{
  g_return_if_fail (self != NULL);
  self->first_sample = first_sample;
  self->n_locals = 0;
  draw_noise (self, self->z, MSM_STREAM_INIT, 0);
  zero (self->z_hat);
  if (self->options.from_data)
    begin_with_data (self);
  memset (self->coverage, 0, self->n * self->n_plane * sizeof (float));
  for (gsize b = 0; b < self->n && self->covers[b] != NULL; b++)
    msm_mask_cover_restart (self->covers[b], self->shared_masks ? 0 : (guint32) (first_sample + b));
}

/* The next partial masks S and their complements, counted into the coverage. */
static void
draw_masks (MsmStep *self)
{
  gsize n = self->n * self->n_plane;

  for (gsize b = 0; b < self->n; b++)
    if (b == 0 || !self->shared_masks)
      msm_mask_cover_draw (self->covers[b], self->host_mask + b * self->n_plane);
    else
      memcpy (self->host_mask + b * self->n_plane, self->host_mask, self->n_plane * sizeof (float));
  msm_tensor_upload (self->mask, self->host_mask);
  for (gsize i = 0; i < n; i++)
    {
      self->coverage[i] += self->host_mask[i];
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
      msm_tensor_lincomb (self->noise, scale, self->z, -scale * sqrt (alpha_bar), self->s);
      return;
    }
  msm_tensor_lincomb (self->u, scale, self->u, -scale * sqrt (alpha_bar), self->x0);
  msm_measure_forward (self->measure, self->u, self->noise);
}

/*
 * z_t ← on S: √ᾱ ŝ + √(1 − ᾱ − κ²) ε + κ n, so that the next mask sees what this one learnt. On entry s is ŝ and
 * noise is ε; both are overwritten.
 */
static void
replace (MsmStep *self, int k, int partial, double alpha_bar, double kappa)
{
  double eps = sqrt (MAX (1 - alpha_bar - kappa * kappa, 0));

  msm_tensor_lincomb (self->s, sqrt (alpha_bar), self->s, eps, self->noise);
  if (kappa > 0)
    {
      draw_noise (self, self->noise, MSM_STREAM_REPLACE + (guint32) partial, k);
      msm_tensor_axpy (self->s, kappa, self->noise);
    }
  msm_measure_mask (self->measure, self->s, self->mask, self->s);
  msm_measure_mask (self->measure, self->z, self->complement, self->z);
  msm_tensor_axpy (self->z, 1, self->s);
}

/* ŝ of the mask, into s and added to the sum; ε into noise. */
static void
denoise (MsmStep *self, double alpha_bar, double lik_step)
{
  msm_measure_mask (self->measure, self->s, self->mask, self->z);
  msm_measure_adjoint (self->measure, self->s, self->u);
  msm_denoiser_predict (self->denoiser, self->x0, self->u, self->s, self->mask, self->steps);
  msm_measure_forward (self->measure, self->x0, self->s);
  msm_measure_mask (self->measure, self->s, self->mask, self->s);
  find_noise (self, alpha_bar);
  if (self->likelihood != NULL && msm_likelihood_is_local (self->likelihood))
    msm_likelihood_local (self->likelihood, self->s, self->mask, lik_step);
  msm_tensor_axpy (self->sum, 1, self->s);
}

/* One partial mask: the local denoising ŝ, added to the sum, and put back into z_t. */
static void
run_partial (MsmStep *self, int k, int partial, double alpha_bar, double lik_step)
{
  double kappa =
      msm_ddim_kappa (alpha_bar, msm_schedule_alpha_bar_kept (&self->schedule, k + 1), self->options.ddim_eta);

  draw_masks (self);
  do
    {
      msm_device_begin (self->device, &self->denoise_replay);
      denoise (self, alpha_bar, lik_step);
    }
  while (!msm_device_end (self->device, &self->denoise_replay));
  if (partial < MSM_STEP_MAX_LOCALS)
    {
      msm_tensor_copy (self->locals[partial], self->s); /* the first sample of the batch */
      self->n_locals = partial + 1;
    }
  do
    {
      msm_device_begin (self->device, &self->replace_replay);
      replace (self, k, partial, alpha_bar, kappa);
    }
  while (!msm_device_end (self->device, &self->replace_replay));
}

/* The aggregation's weights W where something was seen, and what of ẑ is kept. */
static void
upload_weights (MsmStep *self)
{
  gsize n = self->n * self->n_plane;

  for (gsize i = 0; i < n; i++)
    self->host_mask[i] = self->coverage[i] > 0 ? 1 / self->coverage[i] : 0;
  msm_tensor_upload (self->mask, self->host_mask);
  for (gsize i = 0; i < n; i++)
    self->host_mask[i] = self->coverage[i] > 0 ? 0 : 1;
  msm_tensor_upload (self->complement, self->host_mask);
}

/* ẑ ← W Σ Sᵀ ŝ where something was seen, else the ẑ of the step before. */
static void
aggregate (MsmStep *self)
{
  msm_measure_mask (self->measure, self->sum, self->mask, self->sum);
  msm_measure_mask (self->measure, self->z_hat, self->complement, self->z_hat);
  msm_tensor_axpy (self->z_hat, 1, self->sum);
}

/* From the sum to ẑ, and on to z_{t−1}. */
static void
finish (MsmStep *self, int k, double alpha_bar, double lik_step)
{
  double prev = msm_schedule_alpha_bar_kept (&self->schedule, k - 1);
  MsmDdim factors = self->options.generation ? msm_ddim_generation (alpha_bar, prev, self->options.ddim_eta)
                                             : msm_ddim_posterior (prev, self->options.ddim_eta);

  aggregate (self);
  apply_likelihood (self, alpha_bar, lik_step);
  if (factors.noise > 0)
    draw_noise (self, self->noise, MSM_STREAM_STEP, k);
  msm_ddim_update (self->z, self->z_hat, self->noise, alpha_bar, factors);
}

/* Unless it began with data, ẑ is that mask's after the first of all: 0 for aggregate() where it saw nothing. */
static gboolean
pass_between (MsmStep *self, int k, int partial)
{
  if (self->between == NULL || partial + 1 == self->options.n_partials)
    return TRUE;
  if (partial == 0 && k == self->schedule.n_steps - 1 && !self->options.from_data)
    msm_tensor_copy (self->z_hat, self->sum);
  return self->between (self->between_data);
}

gboolean
msm_step_run (MsmStep *self, int k)
{
  double alpha_bar, lik_step;

  g_return_val_if_fail (self != NULL && k >= 0 && k < self->schedule.n_steps, FALSE);
  alpha_bar = msm_schedule_alpha_bar_kept (&self->schedule, k);
  lik_step = lik_step_at (&self->options, alpha_bar);
  for (gsize b = 0; b < self->n; b++)
    self->steps[b] = msm_schedule_index (&self->schedule, k);
  zero (self->sum);
  memset (self->coverage, 0, self->n * self->n_plane * sizeof (float));
  for (int i = 0; i < self->options.n_partials; i++)
    {
      run_partial (self, k, i, alpha_bar, lik_step);
      if (!pass_between (self, k, i))
        return FALSE;
    }
  upload_weights (self);
  do
    {
      msm_device_begin (self->device, &self->finish_replay);
      finish (self, k, alpha_bar, lik_step);
    }
  while (!msm_device_end (self->device, &self->finish_replay));
  return TRUE;
}
