#pragma once

#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * The scalars of one diffusion step and the update they make (docs/method.md §6). ᾱ of the neighbouring kept
 * indices: @prev is less noisy (1 below the first), @next more (0 above the last). η = ddim_eta in [0, 1].
 */
typedef struct
{
  double estimate; /* of ẑ */
  double eps;      /* of ε̄ = (z_t − √ᾱ_t ẑ) / √(1 − ᾱ_t) */
  double noise;    /* of n ~ N(0, I) */
} MsmDdim;

/* Generation: √ᾱ_{t−1}, √(1 − ᾱ_{t−1} − κ'²), κ' = η √((1 − ᾱ_{t−1})/(1 − ᾱ_t)) √(1 − ᾱ_t/ᾱ_{t−1}) */
MsmDdim msm_ddim_generation (double alpha_bar, double prev, double ddim_eta);
/* Inverse problems: √ᾱ_{t−1}, √(1 − ᾱ_{t−1}) √(1 − η²), √(1 − ᾱ_{t−1}) η */
MsmDdim msm_ddim_posterior (double prev, double ddim_eta);
/* κ of the replacement: η √((1 − ᾱ_t)/(1 − ᾱ_{t+1})) √(1 − ᾱ_{t+1}/ᾱ_t) */
double msm_ddim_kappa (double alpha_bar, double next, double ddim_eta);
/* z ← estimate · ẑ + eps · ε̄ + noise · n, all of one shape; @n is not read when its factor is 0 */
void msm_ddim_update (MsmTensor *z, const MsmTensor *z_hat, const MsmTensor *n, double alpha_bar, MsmDdim factors);

G_END_DECLS
