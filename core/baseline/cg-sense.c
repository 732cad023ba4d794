#include "config.h"

#include "core/baseline/baseline.h"

#include <glib/gi18n-lib.h>

/*
 * min ½‖A x − y‖² + (λ/2)‖x‖² by conjugate gradients on (AᴴA + λ I) x = Aᴴ y, from x = 0. The
 * residual follows by recursion from A p, which the normal operator passes through anyway.
 */

typedef struct
{
  MsmBaseline base;
  MsmTensor *r, *p, *q; /* Aᴴ y − (AᴴA + λ I) x; search direction; (AᴴA + λ I) p */
  MsmTensor *ap;        /* A p */
  double lambda, rr;
} CgSense;

static const MsmParam params[] = {
  { .name = N_("iterations"),
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 1000,
    .def = 30,
    .help = N_("Number of conjugate-gradient iterations") },
  { .name = N_("lambda"),
    .type = MSM_PARAM_FLOAT,
    .min = 0,
    .max = 1e3,
    .def = 0.01,
    .help = N_("Weight of the squared norm of the image"),
    .flags = MSM_PARAM_LOG },
  { NULL },
};

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  CgSense *self = (CgSense *) sampler;
  MsmBaseline *base = &self->base;

  if (!msm_baseline_prepare (base, msm_params_get_int (sampler->params, "iterations"), error))
    return FALSE;
  self->lambda = msm_params_get_number (sampler->params, "lambda");
  self->r = msm_tensor_new_like (base->x, error);
  if (self->r == NULL)
    return FALSE;
  self->p = msm_tensor_new_like (base->x, error);
  if (self->p == NULL)
    return FALSE;
  self->q = msm_tensor_new_like (base->x, error);
  if (self->q == NULL)
    return FALSE;
  self->ap = msm_tensor_new_like (base->residual, error);
  if (self->ap == NULL)
    return FALSE;
  msm_linop_adjoint (base->op, sampler->problem->y, self->r);
  msm_tensor_copy (self->p, self->r);
  self->rr = msm_tensor_dot (self->r, self->r);
  return TRUE;
}

static gboolean
step (MsmSampler *sampler, MsmStepInfo *info)
{
  CgSense *self = (CgSense *) sampler;
  MsmBaseline *base = &self->base;
  double pq, next;

  msm_linop_forward (base->op, self->p, self->ap);
  msm_linop_adjoint (base->op, self->ap, self->q);
  if (self->lambda > 0)
    msm_tensor_axpy (self->q, self->lambda, self->p);
  pq = msm_tensor_dot (self->p, self->q); /* real: the operator is Hermitian */
  if (pq > 0)
    {
      double alpha = self->rr / pq;

      msm_tensor_axpy (base->x, alpha, self->p);
      msm_tensor_axpy (self->r, -alpha, self->q);
      msm_tensor_axpy (base->residual, -alpha, self->ap);
      next = msm_tensor_dot (self->r, self->r);
      if (self->rr > 0)
        msm_tensor_lincomb (self->p, 1, self->r, next / self->rr, self->p);
      self->rr = next;
    }
  return msm_baseline_finish_step (base, self->lambda > 0 ? 0.5 * self->lambda * msm_tensor_dot (base->x, base->x) : 0,
                                   info);
}

static void
dispose (MsmSampler *sampler)
{
  CgSense *self = (CgSense *) sampler;

  g_clear_pointer (&self->r, msm_tensor_unref);
  g_clear_pointer (&self->p, msm_tensor_unref);
  g_clear_pointer (&self->q, msm_tensor_unref);
  g_clear_pointer (&self->ap, msm_tensor_unref);
  msm_baseline_dispose (sampler);
}

const MsmSamplerClass msm_cg_sense_class = {
  .name = "cg-sense",
  .title = N_("CG-SENSE"),
  .help = N_("Least squares with coil maps, by conjugate gradients"),
  .params = params,
  .instance_size = sizeof (CgSense),
  .prepare = prepare,
  .step = step,
  .outputs = msm_baseline_outputs,
  .dispose = dispose,
};
