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
  MSM_PLANTED_LATEST,  /* the exponential rule forgets the step before */
  MSM_PLANTED_LAST,
} MsmPlanted;

/* A name for messages, "weight". */
const char *msm_planted_name (MsmPlanted planted);

/* The rules of update.h, written out once more. */
typedef enum
{
  MSM_MOMENTS_MIXED,
  MSM_MOMENTS_DDIM,
  MSM_MOMENTS_EXPONENTIAL,
} MsmMomentsRule;

typedef struct
{
  gsize m, n;             /* real elements of z and of x */
  const double *t;        /* T [m, n]; NULL: I */
  const double *mean;     /* μ [n] */
  const double *cov;      /* Σ [n, n] */
  gsize q;                /* elements of y */
  const double *h;        /* H [q, n] on x = Tᵀ ẑ, after aggregation; NULL: none */
  const double *sampled;  /* P [m] as 0 or 1: data consistency in every mask; NULL: none */
  gboolean sampled_after; /* P acts on ẑ, after aggregation */
  const double *y;        /* [q], or [m], zero where P is; NULL: unconditional */
  double norm2;           /* ‖HᵀH‖ by which the gradient's step is normalised */
  double prox_mu_noise;   /* > 0: the proximal step, μ_t = this · (1/σ_t² + prox_mu_power); else the gradient */
  double prox_mu_power;
  int n_steps, n_partials;
  double ddim_eta, lik_step;
  MsmMomentsRule rule;
  gboolean keeps_state; /* a mask's result is not put back into z: S = I, and the exponential rule */
  const double *levels; /* (nullable) [n_steps]: ᾱ of the kept indices; NULL: uniform, K divides 1000 */
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
 * msm_moments_expect:
 * @mean, @cov: what samples should have
 * @own_mean, @own_cov: what @n_samples samples do have
 *
 * The standard scores that msm_moments_compare() gives on average: whether so many samples can tell the two apart.
 */
void msm_moments_expect (gsize n_samples, gsize m, const double *own_mean, const double *own_cov, const double *mean,
                         const double *cov, double *z_mean, double *z_cov);

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
