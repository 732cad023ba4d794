#include "config.h"

#include "core/method/msm-wavelet.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "core/baseline/baseline.h"
#include "core/baseline/fista.h"
#include "core/mask/mask-hold-back.h"
#include "core/sampler/sampler-diffusion.h"

/* The held-back part, and its seed: which lines they are does not depend on the run's seed. */
#define HELD_BACK      0.1
#define HELD_BACK_SEED 1
#define LEVELS         4
/* FISTA steps of each candidate, which begins where the one before it ended. */
#define FIT_STEPS      25

/* Weights that are tried, from the prior alone to sparsity alone; with the first λ, then the others of λ. */
static const double trusts[] = { 10, 0.1, 0.03, 0.01, 0.003, 0 };
static const double lambdas[] = { 0.001, 0.0005, 0.002, 0.004 };
#define N_CANDIDATES (G_N_ELEMENTS (trusts) + G_N_ELEMENTS (lambdas) - 1)
/* Where there is too little to hold back. */
#define OPEN_TRUST   0.01

/* A problem, the prior's image of it, and what is made of both. */
typedef struct
{
  MsmSampler *sampler; /* of the prior */
  MsmTensor *anchor;   /* its image */
  MsmFista fista;
} Side;

typedef struct
{
  MsmBaseline base; /* x: what is shown */
  Side whole, part; /* all that was measured; less what is held back */
  MsmTensor *part_x, *part_residual;
  MsmLinop *held_op;                  /* the held-back points of F C x */
  MsmTensor *held_y, *held_predicted; /* what was measured there */
  MsmStepInfo last;                   /* of a step of the prior's sampler */
  double trust, lambda, error;        /* the best so far, and how well it predicts */
  gsize candidate;
  int n_iterations;
} MsmWaveletPrior;

static const MsmParam params[] = {
  MSM_DIFFUSION_PARAMS_FIRST (20, 2),
  { .name = N_("trust"),
    .type = MSM_PARAM_FLOAT,
    .min = 0,
    .max = 1000,
    .help = N_("Weight w of the prior's image against sparsity; auto is what predicts held-back lines best"),
    .title = N_("Weight of the prior w"),
    .flags = MSM_PARAM_AUTO | MSM_PARAM_LOG },
  { .name = N_("lambda"),
    .type = MSM_PARAM_FLOAT,
    .min = 0,
    .max = 10,
    .help = N_("Weight of the wavelet details; auto is what predicts held-back lines best"),
    .title = N_("Regularisation λ"),
    .flags = MSM_PARAM_AUTO | MSM_PARAM_LOG },
  { .name = N_("iterations"),
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 5000,
    .def = 40,
    .help = N_("Number of FISTA iterations after the prior's steps"),
    .title = N_("Iterations") },
  { .name = N_("seed"),
    .type = MSM_PARAM_INT,
    .min = 0,
    .max = 2147483647,
    .def = 1,
    .role = MSM_ROLE_SEED,
    .help = N_("Seed of noise and masks: the same number gives the same pixels"),
    .title = N_("Seed") },
  { NULL },
};

/* The same unknown from the same data, or those on @mask of them. (transfer full) */
static MsmProblem *
share_problem (const MsmProblem *from, const MsmMask *mask, GError **error)
{
  g_autoptr (MsmProblem) self = g_new0 (MsmProblem, 1);

  self->device = msm_device_ref (from->device);
  self->sens = msm_tensor_ref (from->sens);
  self->maps = from->maps != NULL ? msm_tensor_ref (from->maps) : NULL;
  self->phase = from->phase != NULL ? msm_tensor_ref (from->phase) : NULL;
  self->scale = from->scale;
  self->noise_std = from->noise_std;
  self->crop_readout = from->crop_readout;
  self->crop_phase = from->crop_phase;
  if (mask == NULL)
    {
      self->kspace = msm_tensor_ref (from->kspace);
      self->mask = from->mask != NULL ? msm_mask_ref (from->mask) : NULL;
      self->mask_plane = from->mask_plane != NULL ? msm_tensor_ref (from->mask_plane) : NULL;
    }
  else
    {
      gsize n_plane = mask->n_readout * mask->n_phase;

      self->kspace = msm_tensor_new_like (from->kspace, error);
      if (self->kspace == NULL)
        return NULL;
      for (gsize i = 0; i < msm_tensor_size (from->kspace); i++)
        for (gsize k = 2 * i; mask->points[i % n_plane] && k < 2 * i + 2; k++)
          msm_tensor_host (self->kspace)[k] = msm_tensor_const_host (from->kspace)[k];
      self->mask = msm_mask_copy (mask);
      self->mask_plane = msm_mask_to_tensor (mask, self->device, error);
      if (self->mask_plane == NULL)
        return NULL;
    }
  return msm_problem_set_sampling (self, error) ? g_steal_pointer (&self) : NULL;
}

static gboolean
prepare_side (MsmWaveletPrior *self, Side *side, const MsmMask *mask, MsmTensor *x, MsmTensor *residual, GError **error)
{
  MsmSampler *sampler = &self->base.parent;
  MsmProblem *problem = share_problem (sampler->problem, mask, error);
  g_autoptr (MsmParams) given = NULL;

  if (problem == NULL)
    return FALSE;
  given = msm_params_new (msm_posterior_class.params);
  for (const MsmParam *param = msm_posterior_class.params; param->name != NULL; param++)
    if (msm_params_has (sampler->params, param->name))
      {
        g_autofree char *text = msm_params_format (sampler->params, param->name);

        if (!msm_params_set_text (given, param->name, text, error))
          {
            msm_problem_free (problem);
            return FALSE;
          }
      }
  side->sampler = msm_sampler_new (&msm_posterior_class, problem, g_steal_pointer (&given), error);
  if (side->sampler == NULL)
    return FALSE;
  side->anchor = msm_tensor_new_like (x, error);
  if (side->anchor == NULL)
    return FALSE;
  problem = side->sampler->problem;
  side->fista = (MsmFista){ .op = problem->op, .y = problem->y, .x = x, .residual = residual, .anchor = side->anchor };
  return msm_fista_prepare (&side->fista, MSM_WAVELET_DAU2, LEVELS,
                            (guint64) msm_params_get_int (sampler->params, "seed"), error);
}

/* The second problem, and what judges it. Leaves part.sampler NULL where too little was measured for it. */
static gboolean
prepare_part (MsmWaveletPrior *self, GError **error)
{
  const MsmProblem *problem = self->base.parent.problem;
  g_autoptr (MsmMask) given = NULL, held = NULL;
  g_autoptr (MsmProblem) judge = NULL;

  if (!msm_mask_hold_back (problem->mask, HELD_BACK, HELD_BACK_SEED, &given, &held, NULL))
    return TRUE;
  self->part_x = msm_tensor_new_like (self->base.x, error);
  self->part_residual = self->part_x != NULL ? msm_tensor_new_like (self->base.residual, error) : NULL;
  judge = self->part_residual != NULL ? share_problem (problem, held, error) : NULL;
  if (judge == NULL || !prepare_side (self, &self->part, given, self->part_x, self->part_residual, error))
    return FALSE;
  self->held_op = msm_linop_ref (judge->op);
  self->held_y = msm_tensor_ref (judge->y);
  self->held_predicted = msm_tensor_new_like (self->held_y, error);
  return self->held_predicted != NULL;
}

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  MsmWaveletPrior *self = (MsmWaveletPrior *) sampler;
  gboolean open_trust = msm_params_is_auto (sampler->params, "trust");
  gboolean open_lambda = msm_params_is_auto (sampler->params, "lambda");
  int steps = msm_params_get_int (sampler->params, "steps");

  if (!msm_baseline_require_host (&self->base, error))
    return FALSE;
  if (sampler->problem->kspace == NULL || sampler->problem->mask == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s reconstructs sampled k-space only"),
                   _(sampler->klass->title));
      return FALSE;
    }
  self->n_iterations = msm_params_get_int (sampler->params, "iterations");
  if (!msm_baseline_prepare (&self->base, steps + self->n_iterations, error)
      || !prepare_side (self, &self->whole, NULL, self->base.x, self->base.residual, error)
      || ((open_trust || open_lambda) && !prepare_part (self, error)))
    return FALSE;
  self->trust = msm_params_get_number_or (sampler->params, "trust", OPEN_TRUST);
  self->lambda = msm_params_get_number_or (sampler->params, "lambda", lambdas[0]);
  self->error = INFINITY;
  if (self->part.sampler != NULL)
    sampler->n_steps += steps + (int) N_CANDIDATES;
  return TRUE;
}

/* One step of the prior's sampler; its image in @anchor and @x. FALSE: that was the last. */
static gboolean
step_prior (MsmWaveletPrior *self, Side *side)
{
  MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
  gboolean more;

  side->sampler->between = self->base.parent.between;
  side->sampler->between_data = self->base.parent.between_data;
  more = msm_sampler_step (side->sampler, &self->last);
  msm_sampler_get_outputs (side->sampler, outputs);
  msm_tensor_copy (side->anchor, outputs[0].tensor);
  msm_tensor_copy (side->fista.x, side->anchor);
  return more;
}

/* One candidate: how well its image predicts what was held back. */
static void
fit_candidate (MsmWaveletPrior *self)
{
  MsmParams *given = self->base.parent.params;
  gsize n_trusts = G_N_ELEMENTS (trusts);
  double trust = self->candidate < n_trusts ? trusts[self->candidate] : self->trust;
  double lambda = self->candidate < n_trusts ? lambdas[0] : lambdas[self->candidate - n_trusts + 1];
  double error;

  /* What is given is not tried. */
  trust = msm_params_get_number_or (given, "trust", trust);
  lambda = msm_params_get_number_or (given, "lambda", lambda);
  self->candidate++;
  self->part.fista.trust = trust;
  msm_fista_restart (&self->part.fista);
  for (int i = 0; i < FIT_STEPS; i++)
    msm_fista_step (&self->part.fista, lambda, TRUE, FALSE);
  msm_linop_forward (self->held_op, self->part_x, self->held_predicted);
  msm_tensor_axpy (self->held_predicted, -1, self->held_y);
  error = msm_tensor_dot (self->held_predicted, self->held_predicted);
  if (!(error < self->error))
    return;
  self->error = error;
  self->trust = trust;
  self->lambda = lambda;
}

static gboolean
step (MsmSampler *sampler, MsmStepInfo *info)
{
  MsmWaveletPrior *self = (MsmWaveletPrior *) sampler;
  MsmBaseline *base = &self->base;
  int steps = msm_params_get_int (sampler->params, "steps");
  int n_part = self->part.sampler != NULL ? steps : 0;
  double sum = 0;

  if (base->step < steps)
    step_prior (self, &self->whole);
  else if (base->step < steps + n_part)
    step_prior (self, &self->part);
  else if (n_part > 0 && self->candidate < N_CANDIDATES)
    fit_candidate (self);
  else
    {
      self->whole.fista.trust = self->trust;
      if (base->step == sampler->n_steps - self->n_iterations)
        msm_fista_restart (&self->whole.fista);
      sum = msm_fista_step (&self->whole.fista, self->lambda, TRUE, FALSE);
      self->last.sigma = NAN;
    }
  info->sigma = self->last.sigma;
  info->failure = self->last.failure;
  if (base->step < sampler->n_steps - self->n_iterations)
    {
      msm_linop_forward (base->op, base->x, base->residual);
      msm_tensor_lincomb (base->residual, 1, sampler->problem->y, -1, base->residual);
    }
  return msm_baseline_finish_step (base, self->lambda * sum, info) && info->failure == NULL;
}

/* The prior's own, whose estimate is what has become of it. */
static gsize
outputs (MsmSampler *sampler, MsmSamplerOutput *list)
{
  MsmWaveletPrior *self = (MsmWaveletPrior *) sampler;
  gsize n = msm_sampler_get_outputs (self->whole.sampler, list);

  list[0].tensor = self->base.x;
  if (n < MSM_SAMPLER_MAX_OUTPUTS)
    list[n++] = (MsmSamplerOutput){ "prior-image", N_("The prior's image"), self->whole.anchor, TRUE };
  return n;
}

static MsmSampler *
inner (MsmSampler *sampler)
{
  return ((MsmWaveletPrior *) sampler)->whole.sampler;
}

static void
dispose_side (Side *side)
{
  msm_fista_clear (&side->fista);
  g_clear_pointer (&side->anchor, msm_tensor_unref);
  g_clear_pointer (&side->sampler, msm_sampler_free);
}

static void
dispose (MsmSampler *sampler)
{
  MsmWaveletPrior *self = (MsmWaveletPrior *) sampler;

  dispose_side (&self->whole);
  dispose_side (&self->part);
  g_clear_pointer (&self->part_x, msm_tensor_unref);
  g_clear_pointer (&self->part_residual, msm_tensor_unref);
  g_clear_pointer (&self->held_op, msm_linop_unref);
  g_clear_pointer (&self->held_y, msm_tensor_unref);
  g_clear_pointer (&self->held_predicted, msm_tensor_unref);
  msm_baseline_dispose (sampler);
}

const MsmSamplerClass msm_wavelet_prior_class = {
  .name = "msm-wavelet",
  .title = N_("MSM and wavelets"),
  .help = N_("The MSM prior's image and sparsity in wavelets, weighted by how well they predict held-back lines"),
  .params = params,
  .instance_size = sizeof (MsmWaveletPrior),
  .host_only = TRUE,
  .prepare = prepare,
  .step = step,
  .outputs = outputs,
  .dispose = dispose,
  .inner = inner,
};
