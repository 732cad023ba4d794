#include "config.h"

#include "core/baseline/baseline.h"

#include <glib/gi18n-lib.h>

#include "core/solve/conjugate-gradient.h"

/*
 * min ½‖A x − y‖² + (λ/2)‖x‖² by conjugate gradients on (AᴴA + λ I) x = Aᴴ y, from x = 0. The
 * residual follows by recursion from A p, which the normal operator passes through anyway.
 */

typedef struct
{
  MsmBaseline base;
  MsmCg *cg;
  MsmTensor *ap; /* A p */
  double lambda;
} CgSense;

static const MsmParam params[] = {
  { .name = "iterations",
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 1000,
    .def = 30,
    .role = MSM_ROLE_STEPS,
    .help = N_("Number of conjugate-gradient iterations"),
    .title = N_("Iterations") },
  { .name = "lambda",
    .type = MSM_PARAM_FLOAT,
    .min = 0,
    .max = 1e3,
    .def = 0.01,
    .help = N_("Weight of the squared norm of the image"),
    .flags = MSM_PARAM_LOG,
    .title = N_("Regularisation λ") },
  { NULL },
};

/* q = (AᴴA + λ I) p; the residual y − A x takes the step along A p that x is about to take along p. */
static void
apply (gpointer data, const MsmTensor *p, MsmTensor *q)
{
  CgSense *self = data;
  MsmBaseline *base = &self->base;
  double rr = msm_cg_square (self->cg), pq;

  msm_linop_forward (base->op, p, self->ap);
  msm_linop_adjoint (base->op, self->ap, q);
  if (self->lambda > 0)
    msm_tensor_axpy (q, self->lambda, p);
  pq = msm_tensor_dot (p, q); /* real: the operator is Hermitian */
  if (pq > 0 && rr > 0)
    msm_tensor_axpy (base->residual, -(rr / pq), self->ap);
}

static const MsmCgOperator normal_operator = { apply, NULL };

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  CgSense *self = (CgSense *) sampler;
  MsmBaseline *base = &self->base;

  if (!msm_baseline_prepare (base, msm_params_get_int (sampler->params, "iterations"), error))
    return FALSE;
  self->lambda = msm_params_get_number (sampler->params, "lambda");
  self->cg = msm_cg_new (msm_tensor_device (base->x), msm_tensor_dtype (base->x), msm_tensor_shape (base->x),
                         &normal_operator, self, error);
  if (self->cg == NULL)
    return FALSE;
  self->ap = msm_tensor_new_like (base->residual, error);
  if (self->ap == NULL)
    return FALSE;
  msm_linop_adjoint (base->op, sampler->problem->y, msm_cg_residual (self->cg));
  msm_cg_begin (self->cg);
  return TRUE;
}

static gboolean
step (MsmSampler *sampler, MsmStepInfo *info)
{
  CgSense *self = (CgSense *) sampler;
  MsmBaseline *base = &self->base;

  msm_cg_step (self->cg, base->x);
  return msm_baseline_finish_step (base, self->lambda > 0 ? 0.5 * self->lambda * msm_tensor_dot (base->x, base->x) : 0,
                                   info);
}

static void
dispose (MsmSampler *sampler)
{
  CgSense *self = (CgSense *) sampler;

  g_clear_pointer (&self->cg, msm_cg_free);
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
