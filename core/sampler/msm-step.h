#pragma once

#include "core/diffusion/denoiser.h"
#include "core/mask/mask-cover.h"
#include "core/sampler/likelihood.h"

G_BEGIN_DECLS

/* Streams of the counter-based noise; masks have 16. Element s · n + i belongs to sample s. */
enum
{
  MSM_STREAM_INIT = 17,    /* z_T */
  MSM_STREAM_STEP = 18,    /* the noise of z_{t−1} */
  MSM_STREAM_REPLACE = 64, /* + i: the noise that replaces S z_t after the i-th partial mask */
};

/* How λ changes with the noise level. */
typedef enum
{
  MSM_LIK_CONSTANT,
  MSM_LIK_FALLING, /* λ √(1 − ᾱ_t): fades out as the noise does */
  MSM_LIK_RISING,  /* λ √ᾱ_t: fades in */
} MsmLikSchedule;

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
  double prox_weight; /* of the proximal step, see msm_step_run() */
  int prox_iterations;
  double noise_std; /* of y, for the proximal step; in the prior's units */
  MsmRenoise renoise;
  gboolean from_data;  /* z begins with what the proximal step makes of y alone, and noise */
  gboolean generation; /* the plain DDIM update */
} MsmStepOptions;

#define MSM_STEP_MAX_LOCALS 6

/*
 * One diffusion step of measurement-score diffusion (docs/method.md §6) on a batch of samples. Made once, run K
 * times; running allocates nothing.
 */
typedef struct
{
  MsmDevice *device;         /* owned */
  MsmMeasure *measure;       /* borrowed */
  MsmDenoiser *denoiser;     /* borrowed */
  MsmLikelihood *likelihood; /* borrowed; NULL: unconditional */
  MsmStepOptions options;    /* may change between steps */
  MsmSchedule schedule;
  guint64 seed;
  guint64 first_sample;                /* the batch holds samples first_sample … + n − 1 */
  gboolean (*between) (gpointer data); /* (nullable): after each mask but the last; FALSE: give up */
  gpointer between_data;

  MsmTensor *z;                           /* z_t */
  MsmTensor *z_hat;                       /* ẑ */
  MsmTensor *locals[MSM_STEP_MAX_LOCALS]; /* ŝ of the first masks, sample 0: [1, coil, h, w] */
  int n_locals;                           /* of the newest step */
  float *coverage;                        /* [n, h, w] on the host: how many masks saw each point in the newest step */

  gsize n, n_plane;
  gboolean shared_masks;
  MsmMaskCover **covers;        /* [n], or one when the masks are shared */
  float *host_mask;             /* [n, h, w] */
  double *steps;                /* [n] the time index of every sample */
  MsmTensor *mask, *complement; /* S and I − S, F32 [n, h, w] */
  MsmTensor *s, *noise, *sum;   /* like z */
  MsmTensor *u, *x0;            /* images */
  /* What a GPU records of a step: with a mask the denoising and the replacement, after the last one the rest. */
  MsmReplay *denoise_replay, *replace_replay, *finish_replay;
} MsmStep;

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
 * @k: K − 1 … 0: from the k-th kept index to the one below (the last leaves z = ẑ, without noise)
 *
 * The proximal weight is prox_weight · ρ² (1/σ_t² + 1/P), ρ the noise of y and P the prior's spectrum: the ratio
 * of the noise's variance to that of ẑ, at every frequency.
 *
 * Where T Tᴴ is not the identity (several coils), the two kinds of #MsmRenoise differ. ε = (Tᴴ S z_t − √ᾱ x̂₀)/√(1 − ᾱ)
 * has lost the noise that no image explains, and holds (Tᴴ S T − I) x̂₀ besides: put back, the noise dies out over the
 * steps, the faster the less of it is new, and denoisers that are told σ_t smooth what they should not. With pictures
 * (T = I) they are the same. While masks are to come in the first step, ẑ is what the
 * first one saw.
 *
 * Returns: FALSE when `between` gave up: z is then neither of this step nor of the one before
 */
gboolean msm_step_run (MsmStep *self, int k);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmStep, msm_step_free)

G_END_DECLS
