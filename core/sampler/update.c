#include "config.h"

#include "core/sampler/update.h"

#include <math.h>

#include "core/tensor/tensor-math.h"

/* Of ε̄ and n, by the rule; ẑ's is √ᾱ_{t−1} for all. */
typedef struct
{
  double eps, noise;
} Parts;

static Parts
renoise (double alpha_bar, double prev, double eta)
{
  double noise = sqrt (1 - prev);

  return (Parts){ noise * sqrt (1 - eta * eta), noise * eta };
}

/* κ' = η √((1 − ᾱ_{t−1})/(1 − ᾱ_t)) √(1 − ᾱ_t/ᾱ_{t−1}) */
static Parts
ddim (double alpha_bar, double prev, double eta)
{
  double kappa = eta * sqrt ((1 - prev) / (1 - alpha_bar)) * sqrt (1 - alpha_bar / prev);

  /* The difference is at least 0; rounding must not make it less. */
  return (Parts){ sqrt (MAX (1 - prev - kappa * kappa, 0)), kappa };
}

static Parts (*const rules[]) (double alpha_bar, double prev, double eta) = {
  [MSM_UPDATE_RENOISE] = renoise,
  [MSM_UPDATE_DDIM] = ddim,
};

MsmUpdate
msm_update_at (MsmUpdateKind kind, const MsmSchedule *schedule, int k, double eta)
{
  double alpha_bar = msm_schedule_alpha_bar_kept (schedule, k), prev = msm_schedule_alpha_bar_kept (schedule, k - 1);
  Parts parts = rules[kind](alpha_bar, prev, eta);
  double eps = parts.eps / sqrt (1 - alpha_bar);

  return (MsmUpdate){ eps, sqrt (prev) - eps * sqrt (alpha_bar), parts.noise };
}

void
msm_update_apply (MsmUpdate factors, MsmTensor *z, const MsmTensor *z_hat, const MsmTensor *n)
{
  msm_tensor_lincomb (z, factors.estimate, z_hat, factors.state, z);
  if (factors.noise > 0)
    msm_tensor_axpy (z, factors.noise, n);
}

double
msm_update_kappa (double alpha_bar, double next, double eta)
{
  return eta * sqrt ((1 - alpha_bar) / (1 - next)) * sqrt (1 - next / alpha_bar);
}
