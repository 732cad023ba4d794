#pragma once

#include "core/diffusion/schedule.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * How z_t and the estimate ẑ make z_{t−1} (docs/method.md §6), η = ddim_eta in [0, 1]. ᾱ of the neighbouring kept
 * indices: "prev" is less noisy (1 below the first), "next" more (0 above the last). Every rule is
 *
 *   z ← state · z + estimate · ẑ + noise · n,   n ~ N(0, I)
 *
 * and the last of all steps leaves z = ẑ.
 */
typedef enum
{
  MSM_UPDATE_RENOISE, /* √ᾱ_{t−1} ẑ + √(1 − ᾱ_{t−1}) (η n + √(1 − η²) ε̄), ε̄ = (z_t − √ᾱ_t ẑ)/√(1 − ᾱ_t) */
  MSM_UPDATE_DDIM,    /* √ᾱ_{t−1} ẑ + √(1 − ᾱ_{t−1} − κ'²) ε̄ + κ' n */
} MsmUpdateKind;

typedef struct
{
  double state, estimate, noise;
} MsmUpdate;

/* The factors of the step from the @k-th kept index to the one below. */
MsmUpdate msm_update_at (MsmUpdateKind kind, const MsmSchedule *schedule, int k, double eta);
/* @n is not read when its factor is 0. All tensors have one shape. */
void msm_update_apply (MsmUpdate factors, MsmTensor *z, const MsmTensor *z_hat, const MsmTensor *n);
/* κ of the replacement within a step: η √((1 − ᾱ_t)/(1 − ᾱ_{t+1})) √(1 − ᾱ_{t+1}/ᾱ_t) */
double msm_update_kappa (double alpha_bar, double next, double eta);

G_END_DECLS
