#include "config.h"

#include "core/baseline/baseline.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"

gboolean
msm_baseline_prepare (MsmBaseline *self, int n_steps, GError **error)
{
  MsmProblem *problem = self->parent.problem;

  if (problem->op == NULL || problem->y == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s needs an operator, and the problem has none"),
                   self->parent.klass->title);
      return FALSE;
    }
  self->parent.n_steps = n_steps;
  self->op = msm_linop_ref (problem->op);
  self->x = msm_tensor_new (problem->device, self->op->dtype, msm_linop_domain (self->op), error);
  if (self->x == NULL)
    return FALSE;
  self->zero_filled = msm_tensor_new_like (self->x, error);
  if (self->zero_filled == NULL)
    return FALSE;
  self->residual = msm_tensor_new_like (problem->y, error);
  if (self->residual == NULL)
    return FALSE;
  msm_tensor_copy (self->residual, problem->y);
  if (problem->kspace == NULL && msm_linop_has_pinv (self->op))
    msm_linop_pinv (self->op, problem->y, self->zero_filled);
  else
    msm_linop_adjoint (self->op, problem->y, self->zero_filled);
  self->norm_y = sqrt (msm_tensor_dot (problem->y, problem->y));
  return TRUE;
}

void
msm_baseline_dispose (MsmSampler *sampler)
{
  MsmBaseline *self = (MsmBaseline *) sampler;

  g_clear_pointer (&self->x, msm_tensor_unref);
  g_clear_pointer (&self->zero_filled, msm_tensor_unref);
  g_clear_pointer (&self->residual, msm_tensor_unref);
  g_clear_pointer (&self->op, msm_linop_unref);
}

gsize
msm_baseline_outputs (MsmSampler *sampler, MsmSamplerOutput *outputs)
{
  MsmBaseline *self = (MsmBaseline *) sampler;

  outputs[0] = (MsmSamplerOutput){ "estimate", N_("Estimate"), self->x, TRUE };
  outputs[1] = (MsmSamplerOutput){ "zero-filled", N_("Zero-filled"), self->zero_filled, TRUE };
  if (self->parent.problem->kspace != NULL)
    outputs[2] = (MsmSamplerOutput){ "residual-kspace", N_("Residual in k-space"), self->residual };
  else
    outputs[2] = (MsmSamplerOutput){ "residual", N_("Residual"), self->residual };
  return 3;
}

void
msm_baseline_set_residual (MsmBaseline *self, const MsmTensor *ax)
{
  msm_tensor_lincomb (self->residual, 1, self->parent.problem->y, -1, ax);
}

double
msm_baseline_weight (MsmBaseline *self)
{
  double lambda = msm_params_get_number (self->parent.params, "lambda");
  double start = msm_params_get_number (self->parent.params, "continuation");

  return lambda * pow (start, MAX (0, 1 - 2.0 * self->step / self->parent.n_steps));
}

/**
 * msm_baseline_finish_step:
 * @regularity: what the objective adds to ½‖y − A x‖²
 */
gboolean
msm_baseline_finish_step (MsmBaseline *self, double regularity, MsmStepInfo *info)
{
  double squared = msm_tensor_dot (self->residual, self->residual);

  self->step++;
  info->step = self->step;
  info->n_steps = self->parent.n_steps;
  info->residual = self->norm_y > 0 ? sqrt (squared) / self->norm_y : 0;
  info->cost = 0.5 * squared + regularity;
  return self->step < self->parent.n_steps;
}

gboolean
msm_baseline_require_host (MsmBaseline *self, GError **error)
{
  MsmDevice *device = self->parent.problem->device;

  if (msm_device_is_host (device))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s runs on the CPU only, not on device ‘%s’"),
               self->parent.klass->title, msm_device_name (device));
  return FALSE;
}
