#include "config.h"

#include "core/sampler/update.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/tensor/tensor-math.h"

/* ᾱ of the neighbouring levels; next is 0 where ẑ of the step before is not known. */
typedef struct
{
  double alpha_bar, prev, next;
} Levels;

/* √ᾱ_{t−1} ẑ + eps ε̄ + noise n */
static MsmUpdate
from_noise (Levels levels, double eps, double noise)
{
  double state = eps / sqrt (1 - levels.alpha_bar);

  return (MsmUpdate){ state, sqrt (levels.prev) - state * sqrt (levels.alpha_bar), 0, noise };
}

static MsmUpdate
mixed (Levels levels, double eta)
{
  double noise = sqrt (1 - levels.prev);

  return from_noise (levels, noise * sqrt (1 - eta * eta), noise * eta);
}

/* κ' = η √((1 − ᾱ_{t−1})/(1 − ᾱ_t)) √(1 − ᾱ_t/ᾱ_{t−1}) */
static MsmUpdate
ddim (Levels levels, double eta)
{
  double kappa = eta * sqrt ((1 - levels.prev) / (1 - levels.alpha_bar)) * sqrt (1 - levels.alpha_bar / levels.prev);

  /* The difference is at least 0; rounding must not make it less. */
  return from_noise (levels, sqrt (MAX (1 - levels.prev - kappa * kappa, 0)), kappa);
}

static double
log_ratio (double alpha_bar)
{
  return 0.5 * log (alpha_bar / (1 - alpha_bar));
}

static MsmUpdate
exponential (Levels levels, double eta)
{
  double h, gain, further = 0;

  if (levels.prev >= 1)
    return (MsmUpdate){ 0, 1, 0, 0 };
  h = log_ratio (levels.prev) - log_ratio (levels.alpha_bar);
  gain = -sqrt (levels.prev) * expm1 (-(1 + eta * eta) * h);
  if (levels.next > 0)
    further = 0.5 * MIN (h / (log_ratio (levels.alpha_bar) - log_ratio (levels.next)), 1);
  return (MsmUpdate){ exp (-eta * eta * h) * sqrt ((1 - levels.prev) / (1 - levels.alpha_bar)), gain * (1 + further),
                      -gain * further, sqrt (-(1 - levels.prev) * expm1 (-2 * eta * eta * h)) };
}

static const struct
{
  MsmUpdate (*factors) (Levels levels, double eta);
  gboolean uses_last;
} rules[] = {
  [MSM_UPDATE_MIXED] = { mixed, FALSE },
  [MSM_UPDATE_DDIM] = { ddim, FALSE },
  [MSM_UPDATE_EXPONENTIAL] = { exponential, TRUE },
};

const char *const msm_update_names[] = { N_("mixed"), N_("ddim"), N_("exponential"), NULL };

gboolean
msm_update_uses_last (MsmUpdateKind kind)
{
  return rules[kind].uses_last;
}

MsmUpdate
msm_update_at (MsmUpdateKind kind, const MsmSchedule *schedule, int k, double eta, gboolean has_last)
{
  Levels levels = { msm_schedule_alpha_bar_kept (schedule, k), msm_schedule_alpha_bar_kept (schedule, k - 1),
                    has_last ? msm_schedule_alpha_bar_kept (schedule, k + 1) : 0 };

  return rules[kind].factors (levels, eta);
}

void
msm_update_apply (MsmUpdate factors, MsmTensor *z, const MsmTensor *z_hat, const MsmTensor *last, const MsmTensor *n)
{
  msm_tensor_lincomb (z, factors.estimate, z_hat, factors.state, z);
  if (factors.last != 0)
    msm_tensor_axpy (z, factors.last, last);
  if (factors.noise > 0)
    msm_tensor_axpy (z, factors.noise, n);
}

double
msm_update_kappa (double alpha_bar, double next, double eta)
{
  return eta * sqrt ((1 - alpha_bar) / (1 - next)) * sqrt (1 - next / alpha_bar);
}
