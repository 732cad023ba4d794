#include "config.h"

#include "core/baseline/baseline.h"
#include "core/base/memory.h"
#include "core/baseline/finite-difference.h"

#include <glib/gi18n-lib.h>

/*
 * min ½‖A x − y‖² + λ Σ √(|∇₀x|² + |∇₁x|²) by the primal–dual method of Chambolle and Pock in its form with
 * a smooth term (Condat, Vũ):
 *   x⁺ = x − τ (Aᴴ(A x − y) + ∇ᵀu),   u⁺ = proj_{|u| ≤ λ} (u + σ ∇(2 x⁺ − x)),
 * which converges when 1/τ − 8σ ≥ L/2, L = ‖A‖². A step costs one A and one Aᴴ.
 */

typedef struct
{
  MsmBaseline base;
  MsmTensor *gradient, *ahead; /* images: Aᴴ(A x − y), then 2 x⁺ − x */
  MsmTensor *ax;
  float *dual; /* [set or channel, 2, row, column] */
  double tau, sigma;
} Tv;

static const MsmParam params[] = {
  { .name = "iterations",
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 5000,
    .def = 100,
    .role = MSM_ROLE_STEPS,
    .help = N_("Number of primal–dual iterations"),
    .title = N_("Iterations") },
  { .name = "lambda",
    .type = MSM_PARAM_FLOAT,
    .min = 0,
    .max = 10,
    .def = 0.003,
    .help = N_("Weight of the total variation; images are scaled to a maximum near 1"),
    .flags = MSM_PARAM_LIVE | MSM_PARAM_LOG,
    .title = N_("Regularisation λ") },
  MSM_BASELINE_CONTINUATION,
  { .name = "dual-step",
    .type = MSM_PARAM_FLOAT,
    .min = 1e-4,
    .max = 100,
    .def = 0.1,
    .help = N_("Step of the dual variable; the primal step follows from it"),
    .flags = MSM_PARAM_ADVANCED | MSM_PARAM_LOG,
    .title = N_("Dual step") },
  { NULL },
};

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  Tv *self = (Tv *) sampler;
  MsmBaseline *base = &self->base;
  double lipschitz;

  if (!msm_baseline_require_host (base, error)
      || !msm_baseline_prepare (base, msm_params_get_int (sampler->params, "iterations"), error))
    return FALSE;
  lipschitz = msm_linop_norm2 (base->op, error);
  if (lipschitz < 0)
    return FALSE;
  self->sigma = msm_params_get_number (sampler->params, "dual-step");
  self->tau = 1 / (0.5 * lipschitz + 8 * self->sigma);
  self->gradient = msm_tensor_new_like (base->x, error);
  if (self->gradient == NULL)
    return FALSE;
  self->ahead = msm_tensor_new_like (base->x, error);
  if (self->ahead == NULL)
    return FALSE;
  self->ax = msm_tensor_new_like (base->residual, error);
  if (self->ax == NULL)
    return FALSE;
  self->dual = msm_try_new (float, 2 * msm_tensor_floats (base->x), error);
  return self->dual != NULL;
}

static gboolean
step (MsmSampler *sampler, MsmStepInfo *info)
{
  Tv *self = (Tv *) sampler;
  MsmBaseline *base = &self->base;
  double lambda = msm_params_get_number (sampler->params, "lambda");
  double weight = msm_baseline_weight (base);
  gsize n_planes = msm_tensor_dim (base->x, 0) * msm_tensor_dim (base->x, 1);
  gsize parts = msm_tensor_floats (base->x) / msm_tensor_size (base->x);
  gsize n_rows = msm_tensor_dim (base->x, 2), n_columns = msm_tensor_dim (base->x, 3);
  gsize n_plane = parts * n_rows * n_columns; /* floats */
  double variation = 0;

  /* residual = y − A x already: the minus sign of the data gradient goes into the step. */
  msm_linop_adjoint (base->op, base->residual, self->gradient);
  msm_tensor_copy (self->ahead, base->x);
  msm_tensor_axpy (base->x, self->tau, self->gradient);
  for (gsize s = 0; s < n_planes; s++)
    msm_gradient_adjoint_add (self->dual + 2 * s * n_plane, parts, n_rows, n_columns, (float) -self->tau,
                              msm_tensor_host (base->x) + s * n_plane);
  msm_tensor_lincomb (self->ahead, 2, base->x, -1, self->ahead);
  for (gsize s = 0; s < n_planes; s++)
    {
      const float *plane = msm_tensor_const_host (base->x) + s * n_plane;
      const float *ahead = msm_tensor_const_host (self->ahead) + s * n_plane;

      msm_gradient_dual_step (self->dual + 2 * s * n_plane, ahead, parts, n_rows, n_columns, (float) self->sigma,
                              (float) weight);
      variation += msm_total_variation (plane, parts, n_rows, n_columns);
    }
  msm_linop_forward (base->op, base->x, self->ax);
  msm_baseline_set_residual (base, self->ax);
  return msm_baseline_finish_step (base, lambda * variation, info);
}

static void
dispose (MsmSampler *sampler)
{
  Tv *self = (Tv *) sampler;

  g_clear_pointer (&self->gradient, msm_tensor_unref);
  g_clear_pointer (&self->ahead, msm_tensor_unref);
  g_clear_pointer (&self->ax, msm_tensor_unref);
  g_clear_pointer (&self->dual, g_free);
  msm_baseline_dispose (sampler);
}

const MsmSamplerClass msm_tv_class = {
  .name = "tv",
  .title = N_("Total variation"),
  .help = N_("Compressed sensing: piecewise smooth images, by a primal–dual method"),
  .params = params,
  .instance_size = sizeof (Tv),
  .host_only = TRUE,
  .prepare = prepare,
  .step = step,
  .outputs = msm_baseline_outputs,
  .dispose = dispose,
};
