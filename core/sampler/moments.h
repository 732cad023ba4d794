#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What measurement-score diffusion draws from a Gaussian prior, exactly: with the masks fixed, every step is
 * affine in (z_t, ẑ) plus independent Gaussian noise, so mean and covariance follow from a matrix recursion
 * (docs/method.md §6). Dense matrices in double, row-major, over the real elements of z and x; it shares no code
 * with the sampler that it judges.
 */
typedef enum
{
  MSM_PLANTED_NONE,
  MSM_PLANTED_WEIGHT,  /* ẑ = Σ ŝ / w, not divided by the count */
  MSM_PLANTED_KAPPA,   /* nothing is re-noised: κ = 0 */
  MSM_PLANTED_ETA,     /* η of the update 10 % smaller */
  MSM_PLANTED_LAMBDA,  /* λ 10 % smaller */
  MSM_PLANTED_ORDER,   /* the likelihood comes too late: after ŝ was summed, or after z was updated */
  MSM_PLANTED_REPLACE, /* S z_t is not replaced by what a mask learnt */
  MSM_PLANTED_KEPT,    /* ẑ = 0, not the ẑ of the step before, where nothing was seen */
  MSM_PLANTED_INDEX,   /* the denoiser is told the next kept index */
  MSM_PLANTED_LAST,
} MsmPlanted;

/* A name for messages, "weight". */
const char *msm_planted_name (MsmPlanted planted);

typedef struct
{
  gsize m, n;            /* real elements of z and of x */
  const double *t;       /* T [m, n]; NULL: I */
  const double *mean;    /* μ [n] */
  const double *cov;     /* Σ [n, n] */
  gsize q;               /* elements of y */
  const double *h;       /* H [q, n] on x = Tᵀ ẑ, after aggregation; NULL: none */
  const double *sampled; /* P [m] as 0 or 1: data consistency in every mask; NULL: none */
  const double *y;       /* [q], or [m], zero where P is; NULL: unconditional */
  double norm2;          /* ‖HᵀH‖ by which the gradient's step is normalised */
  double prox_mu_noise;  /* > 0: the proximal step, μ_t = this · (1/σ_t² + prox_mu_power); else the gradient */
  double prox_mu_power;
  int n_steps, n_partials;
  double ddim_eta, lik_step;
  gboolean generation;
  gboolean image_noise; /* MSM_RENOISE_IMAGE */
  const float *masks;   /* [n_steps, n_partials, m], as drawn: the noisiest step first */
  MsmPlanted planted;   /* a deliberate error, to show that a comparison notices it */
} MsmMomentsProblem;

typedef struct
{
  gsize m;
  double *z_mean, *z_cov;     /* of z_t */
  double *hat_mean, *hat_cov; /* of ẑ */
} MsmMoments;

/**
 * msm_moments_run:
 * @n_run: how many of the steps, from the noisiest on; after all of them z = ẑ
 *
 * Returns: (transfer full): or %NULL: no memory, or K does not divide 1000
 */
MsmMoments *msm_moments_run (const MsmMomentsProblem *problem, int n_run, GError **error);
void msm_moments_free (MsmMoments *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmMoments, msm_moments_free)

/**
 * msm_moments_compare:
 * @samples: [n_samples, m]
 * @mean, @cov: what they should have
 * @z_mean, @z_cov: (out): standard scores
 *
 * With C + δ I = UᵀU (δ = 1e-6 of the mean variance, for directions without noise), w = U⁻ᵀ (x − μ) and
 * W = U⁻ᵀ C U⁻¹ (nearly I): N ‖w̄‖² has the mean tr W, as χ² with that many degrees of freedom, and
 * (N/2) ‖cov (w) − W‖² the mean ½ (tr² W + tr W²). Both are returned as (value − mean) / standard deviation.
 */
void msm_moments_compare (const float *samples, gsize n_samples, gsize m, const double *mean, const double *cov,
                          double *z_mean, double *z_cov);

G_END_DECLS
