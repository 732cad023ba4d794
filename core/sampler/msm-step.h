#pragma once

#include "core/mask/mask-cover.h"
#include "core/sampler/diffusion-step.h"

G_BEGIN_DECLS

/* How λ changes with the noise level. */
typedef enum
{
  MSM_LIK_CONSTANT,
  MSM_LIK_FALLING, /* λ √(1 − ᾱ_t): fades out as the noise does */
  MSM_LIK_RISING,  /* λ √ᾱ_t: fades in */
} MsmLikSchedule;

/* Where sampled k-space acts, unless it is by a proximal step. */
typedef enum
{
  MSM_LIK_IN_MASKS,    /* on every ŝ: the reference */
  MSM_LIK_ON_ESTIMATE, /* on ẑ, after aggregation: the paper's algorithm */
} MsmLikPlace;

/* The noise that stays in S z_t when ŝ is put back into it. */
typedef enum
{
  MSM_RENOISE_MEASURED, /* z_t's own: S (z_t − √ᾱ ŝ)/√(1 − ᾱ), ŝ before any data consistency */
  MSM_RENOISE_IMAGE,    /* S T ε of the image ε, as docs/method.md §6 has it; see msm_step_run() */
} MsmRenoise;

typedef struct
{
  int n_partials;  /* w */
  double ddim_eta; /* η */
  double lik_step; /* λ */
  MsmLikSchedule lik_schedule;
  MsmLikPlace lik_place;
  gboolean clip;      /* x̂₀ is kept in [−1, 1], every real element */
  double prox_weight; /* of the proximal step, see msm_step_run() */
  int prox_iterations;
  double noise_std; /* of y, for the proximal step; in the prior's units */
  MsmRenoise renoise;
  gboolean from_data; /* z begins with what the proximal step makes of y alone, and noise */
  MsmUpdateKind update;
} MsmStepOptions;

/*
 * The step of measurement-score diffusion (docs/method.md §6) on a batch of samples. Made once, run K times; running
 * allocates nothing. Locals are ŝ of the first masks.
 */
typedef struct
{
  MsmDiffusionStep base;
  MsmStepOptions options; /* may change between steps */
  gboolean shared_masks;
  gboolean replaces;            /* what a mask learnt is put back into z */
  MsmMaskCover **covers;        /* [n], or one when the masks are shared */
  float *host_mask;             /* [n, h, w] */
  MsmTensor *mask, *complement; /* S and I − S, F32 [n, h, w] */
  MsmTensor *s, *sum;           /* like z */
  MsmTensor *u, *x0;            /* images */
  MsmTensor *beyond, *pairs;    /* F32 [2, elements of x̂₀], where x̂₀ is clipped; else NULL */
  /* What a GPU records of a step: with a mask the denoising and the replacement, after the last one the rest. */
  MsmReplay *denoise_replay, *replace_replay, *finish_replay;
} MsmStep;

extern const MsmDiffusionStepClass msm_step_class;

/**
 * msm_step_new:
 * @measure: (borrowed): of the batch
 * @denoiser: (borrowed): planned for @measure here
 * @likelihood: (borrowed) (nullable)
 * @schedule: copied
 * @masks: p(S)
 * @shared_masks: one sequence of masks for all samples
 *
 * Returns: (transfer full): or %NULL with what the denoiser or the masks refuse: also masks that would never cover
 * some points in all the schedule's steps
 */
MsmStep *msm_step_new (MsmMeasure *measure, MsmDenoiser *denoiser, MsmLikelihood *likelihood,
                       const MsmSchedule *schedule, guint64 seed, const MsmMaskCoverOptions *masks,
                       gboolean shared_masks, const MsmStepOptions *options, GError **error);
void msm_step_free (MsmStep *self);
/*
 * A new batch of samples from number @first_sample on: covers at their start, ẑ = 0 and z ~ N(0, I); from the data,
 * ẑ is the proximal step's from 0, z = √ᾱ ẑ + √(1 − ᾱ) n at the schedule's first ᾱ.
 */
void msm_step_start (MsmStep *self, guint64 first_sample);
/**
 * msm_step_run:
 * @k: K − 1 … 0, as MsmDiffusionStepClass.run
 *
 * The proximal weight is prox_weight · ρ² (1/σ_t² + 1/P), ρ the noise of y and P the prior's spectrum: the ratio
 * of the noise's variance to that of ẑ, at every frequency.
 *
 * Where T Tᴴ is not the identity (several coils), the two kinds of #MsmRenoise differ. ε = (Tᴴ S z_t − √ᾱ x̂₀)/√(1 − ᾱ)
 * has lost the noise that no image explains, and holds (Tᴴ S T − I) x̂₀ besides: put back, the noise dies out over the
 * steps, the faster the less of it is new, and denoisers that are told σ_t smooth what they should not. With pictures
 * (T = I) they are the same. While masks are to come in the first step, ẑ is what the first one saw.
 *
 * With S = I there is nothing to tell a next mask, and z is not replaced: this is plain diffusion. Nor is it for the
 * exponential rule, which integrates the score of docs/method.md §1 as it stands, and brings all noise itself.
 *
 * Returns: FALSE when `between` gave up
 */
gboolean msm_step_run (MsmStep *self, int k);

/*
 * The class's, from a method's parameters (msm-step-params.c): random masks as the rows MSM_DIFFUSION_PARAMS_MASKS
 * say, or S = I where the method has no such rows.
 */
MsmLikelihoodKind msm_step_likelihood_kind (const MsmStepSetup *setup);
MsmDiffusionStep *msm_step_make (const MsmStepSetup *setup, GError **error);
void msm_step_tune (MsmDiffusionStep *step, const MsmStepSetup *setup, int k);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmStep, msm_step_free)

G_END_DECLS
