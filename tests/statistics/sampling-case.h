#pragma once

#include "core/sampler/moments.h"
#include "core/sampler/msm-step.h"

G_BEGIN_DECLS

/* A small problem, given to the sampler and, as matrices, to the recursion. */
typedef enum
{
  CASE_PICTURE, /* z = x, 6 × 6 */
  CASE_MRI,     /* z = F C x, 4 × 4, two coils */
} CaseKind;

typedef enum
{
  CASE_FREE,     /* unconditional */
  CASE_SAMPLING, /* CS-MRI, consistency in every mask */
  CASE_AFTER,    /* CS-MRI, consistency of the estimate */
  CASE_BOX,      /* inpainting: H drops a box */
  CASE_BLUR,     /* H mixes neighbours */
  CASE_PROXIMAL, /* H as CASE_BLUR, the proximal step */
} CaseData;

typedef struct
{
  const char *name;
  CaseKind kind;
  CaseData data;
  MsmMaskCoverOptions masks;
  int n_steps, n_partials;
  double ddim_eta, lik_step;
  MsmUpdateKind update;
  gboolean image_noise;
  int n_components; /* 0 or 1: Gaussian; the recursion needs that */
} Case;

typedef struct
{
  MsmMomentsProblem moments; /* as matrices; its arrays are owned here */
  MsmDenoiser *denoiser;
  MsmMeasure *measure;
  MsmProblem *problem; /* NULL: unconditional */
  MsmLikelihood *likelihood;
  MsmTensor *sens;
  double *t, *mean, *cov, *h, *sampled, *y;
  float *masks;
  MsmStep *step;
} Built;

/* Everything for a batch of @n_samples. */
void case_build (const Case *which, gsize n_samples, Built *built);
void built_clear (Built *built);
/* The samples of z (hat: of ẑ) after @n_run steps, as real vectors [n, m]. (transfer full) */
float *case_sample (Built *built, int n_run, gboolean hat);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Built, built_clear)

G_END_DECLS
