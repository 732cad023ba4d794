#pragma once

#include "core/linop/linop.h"
#include "core/sampler/sampler.h"
#include "core/tensor/tensor-math.h"

G_BEGIN_DECLS

extern const MsmSamplerClass msm_zero_filled_class;
extern const MsmSamplerClass msm_rss_class;
extern const MsmSamplerClass msm_cg_sense_class;
extern const MsmSamplerClass msm_l1_wavelet_class;
extern const MsmSamplerClass msm_tv_class;

/*
 * What the classical methods share: the problem's operator A, the estimate x, the image Aᴴ y of CS-MRI
 * or A† y (Aᴴ y where there is none) of other operators, and r = y − A x. Classes embed it as their first
 * member.
 */
typedef struct
{
  MsmSampler parent;
  MsmLinop *op;
  MsmTensor *x;           /* A's domain: C64 [1, set, readout, phase], or F32 [1, channel, row, column] */
  MsmTensor *zero_filled; /* likewise */
  MsmTensor *residual;    /* A's codomain */
  double norm_y;
  int step;
} MsmBaseline;

/* The row of the methods that have a weight `lambda` of a norm. */
#define MSM_BASELINE_CONTINUATION                                                                                      \
  {                                                                                                                    \
    .name = "continuation", .type = MSM_PARAM_FLOAT, .min = 1, .max = 1e4, .def = 100,                                 \
    .help = N_("How many times larger the weight is at the start; it falls to its value in half of the iterations"),  \
    .flags = MSM_PARAM_ADVANCED | MSM_PARAM_LOG, .title = N_("Weight at the start, times")                            \
  }

/* Takes the operator and makes the tensors: x = 0, residual = y. */
gboolean msm_baseline_prepare (MsmBaseline *self, int n_steps, GError **error);
void msm_baseline_dispose (MsmSampler *sampler);
/* estimate, zero-filled, and residual-kspace of CS-MRI or residual of other operators. */
gsize msm_baseline_outputs (MsmSampler *sampler, MsmSamplerOutput *outputs);
/* residual = y − @ax. */
void msm_baseline_set_residual (MsmBaseline *self, const MsmTensor *ax);
/* Counts a step, fills step, n_steps, residual and cost; TRUE while there is more. */
gboolean msm_baseline_finish_step (MsmBaseline *self, double regularity, MsmStepInfo *info);
/*
 * The weight of this step: `lambda` times a factor that falls from `continuation` to 1 over the first half of the
 * steps (Hale, Yin & Zhang 2008). What is not measured moves by at most a multiple of the weight in each step.
 */
double msm_baseline_weight (MsmBaseline *self);
/* FALSE with MSM_ERROR_UNSUPPORTED when the problem's device does not compute in host memory. */
gboolean msm_baseline_require_host (MsmBaseline *self, GError **error);

G_END_DECLS
