#include "config.h"

#include "core/baseline/baseline.h"

#include <math.h>

#include "core/base/error.h"

gsize
msm_baseline_floats (const MsmTensor *x)
{
  return msm_tensor_size (x) * (msm_tensor_dtype (x) == MSM_C64 ? 2 : 1);
}

void
msm_baseline_lincomb (MsmTensor       *dst,
                      double           a,
                      const MsmTensor *x,
                      double           b,
                      const MsmTensor *y)
{
  MsmDevice *device = msm_tensor_device (dst);

  msm_device_ops (device)->vector->lincomb (msm_device_state (device), msm_tensor_data (dst), (float) a,
                                            msm_tensor_const_data (x), (float) b,
                                            msm_tensor_const_data (y), msm_baseline_floats (dst));
}

void
msm_baseline_axpy (MsmTensor       *y,
                   double           a,
                   const MsmTensor *x)
{
  MsmDevice *device = msm_tensor_device (y);

  msm_device_ops (device)->vector->axpy (msm_device_state (device), msm_tensor_data (y), (float) a,
                                         msm_tensor_const_data (x), msm_baseline_floats (y));
}

void
msm_baseline_copy (MsmTensor       *dst,
                   const MsmTensor *src)
{
  MsmDevice *device = msm_tensor_device (dst);

  msm_device_ops (device)->memory->copy (msm_device_state (device), msm_tensor_data (dst),
                                         msm_tensor_const_data (src), msm_tensor_bytes (dst));
}

double
msm_baseline_dot (const MsmTensor *x,
                  const MsmTensor *y)
{
  MsmDevice *device = msm_tensor_device (x);

  return msm_device_ops (device)->vector->dot (msm_device_state (device), msm_tensor_const_data (x),
                                               msm_tensor_const_data (y), msm_baseline_floats (x));
}

gboolean
msm_baseline_prepare (MsmBaseline  *self,
                      int           n_steps,
                      GError      **error)
{
  MsmProblem *problem = self->parent.problem;
  MsmTensor *sens = problem->sens;
  MsmShape shape;

  if (sens == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   "%s needs coil sensitivities, and the problem has none", self->parent.klass->title);
      return FALSE;
    }
  self->n_steps = n_steps;
  self->op = msm_linop_sense_new (problem->device, 1, sens, problem->mask_plane, error);
  if (self->op == NULL)
    return FALSE;
  if (!msm_shape_equal (msm_linop_codomain (self->op), msm_tensor_shape (problem->kspace)))
    {
      g_autofree char *is = msm_shape_format (msm_tensor_shape (problem->kspace));
      g_autofree char *wanted = msm_shape_format (msm_linop_codomain (self->op));

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, "k-space is %s, but the sensitivities make %s", is,
                   wanted);
      return FALSE;
    }
  shape = msm_linop_domain (self->op);
  self->x = msm_tensor_new (problem->device, MSM_C64, shape, error);
  if (self->x == NULL)
    return FALSE;
  self->zero_filled = msm_tensor_new_like (self->x, error);
  if (self->zero_filled == NULL)
    return FALSE;
  self->residual = msm_tensor_new_like (problem->kspace, error);
  if (self->residual == NULL)
    return FALSE;
  msm_baseline_copy (self->residual, problem->kspace);
  msm_linop_adjoint (self->op, problem->kspace, self->zero_filled);
  self->norm_y = sqrt (msm_baseline_dot (problem->kspace, problem->kspace));
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
msm_baseline_outputs (MsmSampler       *sampler,
                      MsmSamplerOutput *outputs)
{
  MsmBaseline *self = (MsmBaseline *) sampler;

  outputs[0] = (MsmSamplerOutput) { "estimate", "Estimate", self->x };
  outputs[1] = (MsmSamplerOutput) { "zero-filled", "Zero-filled", self->zero_filled };
  outputs[2] = (MsmSamplerOutput) { "residual-kspace", "Residual in k-space", self->residual };
  return 3;
}

void
msm_baseline_set_residual (MsmBaseline     *self,
                           const MsmTensor *ax)
{
  msm_baseline_lincomb (self->residual, 1, self->parent.problem->kspace, -1, ax);
}

/**
 * msm_baseline_finish_step:
 * @regularity: what the objective adds to ½‖y − A x‖²
 */
gboolean
msm_baseline_finish_step (MsmBaseline *self,
                          double       regularity,
                          MsmStepInfo *info)
{
  double squared = msm_baseline_dot (self->residual, self->residual);

  self->step++;
  info->step = self->step;
  info->n_steps = self->n_steps;
  info->residual = self->norm_y > 0 ? sqrt (squared) / self->norm_y : 0;
  info->cost = 0.5 * squared + regularity;
  return self->step < self->n_steps;
}

/*
 * ‖M F‖ ≤ 1, so ‖A‖² ≤ max over pixels of λ_max (Cᴴ C): exact for full sampling, and a bound where power
 * iterations would give an estimate from below. One set: Σ_c |C_c|². Two: the 2 × 2 eigenvalue in closed
 * form. More: the trace.
 */
double
msm_baseline_norm_bound (MsmBaseline  *self,
                         GError      **error)
{
  g_autoptr (MsmTensor) host = msm_tensor_to (self->parent.problem->sens, msm_device_host (), error);
  const float *sens;
  gsize n_set, n_coil, n_plane;
  double bound = 0;

  if (host == NULL)
    return -1;
  sens = msm_tensor_const_host (host);
  n_set = msm_tensor_dim (host, 0);
  n_coil = msm_tensor_dim (host, 1);
  n_plane = msm_tensor_dim (host, 2) * msm_tensor_dim (host, 3);
  for (gsize p = 0; p < n_plane; p++)
    {
      double power[2] = { 0 }, re = 0, im = 0, trace, largest;

      for (gsize c = 0; c < n_set * n_coil; c++)
        {
          const float *v = sens + 2 * (c * n_plane + p);

          power[c >= n_coil] += v[0] * v[0] + v[1] * v[1];
        }
      trace = power[0] + power[1];
      largest = trace;
      if (n_set == 2)
        {
          for (gsize c = 0; c < n_coil; c++)
            {
              const float *a = sens + 2 * (c * n_plane + p);
              const float *b = sens + 2 * ((c + n_coil) * n_plane + p);

              re += a[0] * b[0] + a[1] * b[1];
              im += a[0] * b[1] - a[1] * b[0];
            }
          largest = 0.5 * (trace + sqrt ((power[0] - power[1]) * (power[0] - power[1])
                                         + 4 * (re * re + im * im)));
        }
      bound = MAX (bound, largest);
    }
  if (!(bound > 0) || !isfinite (bound))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   "the coil sensitivities are zero everywhere or not finite");
      return -1;
    }
  return bound;
}

gboolean
msm_baseline_require_host (MsmBaseline  *self,
                           GError      **error)
{
  MsmDevice *device = self->parent.problem->device;

  if (msm_device_is_host (device))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, "%s runs on the CPU only, not on device ‘%s’",
               self->parent.klass->title, msm_device_name (device));
  return FALSE;
}
