#pragma once

#include "core/diffusion/schedule.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * How z_t and the estimate ẑ make z_{t−1} (docs/method.md §6), η = ddim_eta in [0, 1]. ᾱ of the neighbouring kept
 * indices: "prev" is less noisy (1 below the first), "next" more (0 above the last). Every rule is
 *
 *   z ← state · z + estimate · ẑ + last · ẑ of the step before + noise · n,   n ~ N(0, I)
 *
 * and the last of all steps leaves z = ẑ.
 *
 *   mixed:        √ᾱ_{t−1} ẑ + √(1 − ᾱ_{t−1}) (η n + √(1 − η²) ε̄), ε̄ = (z_t − √ᾱ_t ẑ)/√(1 − ᾱ_t): the paper's, beside
 *                 a measurement
 *   ddim:         √ᾱ_{t−1} ẑ + √(1 − ᾱ_{t−1} − κ'²) ε̄ + κ' n: the paper's generation; with η = 1 DDPM's
 *   exponential:  the diffusion's own stochastic equation (η = 0: its ordinary one), whose linear part is solved
 *                 exactly, and ẑ goes on along the line through this step's and the one before, for half of the step,
 *                 but no further than the distance between the two: of second order, so that few steps keep the
 *                 samples' spread. With λ = ½ log (ᾱ/(1 − ᾱ)), h = λ_{t−1} − λ_t, r = min (h/(λ_t − λ_{t+1}), 1):
 *                 e^{−η² h} √((1 − ᾱ_{t−1})/(1 − ᾱ_t)) z + √ᾱ_{t−1} (1 − e^{−(1 + η²) h}) (ẑ + ½ r (ẑ − ẑ_{t+1}))
 *                 + √(1 − ᾱ_{t−1}) √(1 − e^{−2 η² h}) n
 */
typedef enum
{
  MSM_UPDATE_MIXED,
  MSM_UPDATE_DDIM,
  MSM_UPDATE_EXPONENTIAL,
} MsmUpdateKind;

/* Their names, for a parameter; ended by NULL. */
extern const char *const msm_update_names[];

typedef struct
{
  double state, estimate, last, noise;
} MsmUpdate;

/* TRUE: the rule needs ẑ of the step before, where there is one. */
gboolean msm_update_uses_last (MsmUpdateKind kind);
/* The factors of the step from the @k-th kept index to the one below; @has_last: ẑ of the step before is known. */
MsmUpdate msm_update_at (MsmUpdateKind kind, const MsmSchedule *schedule, int k, double eta, gboolean has_last);
/* @last and @n are not read when their factors are 0. All tensors have one shape. */
void msm_update_apply (MsmUpdate factors, MsmTensor *z, const MsmTensor *z_hat, const MsmTensor *last,
                       const MsmTensor *n);
/* κ of the replacement within a step: η √((1 − ᾱ_t)/(1 − ᾱ_{t+1})) √(1 − ᾱ_{t+1}/ᾱ_t) */
double msm_update_kappa (double alpha_bar, double next, double eta);

G_END_DECLS
