#pragma once

#include "core/base/param.h"
#include "core/diffusion/denoiser.h"
#include "core/sampler/likelihood.h"
#include "core/sampler/update.h"

G_BEGIN_DECLS

/* Streams of the counter-based noise; masks have 16. Element s · n + i belongs to sample s. */
enum
{
  MSM_STREAM_INIT = 17,    /* z_T */
  MSM_STREAM_STEP = 18,    /* the noise of z_{t−1} */
  MSM_STREAM_REPLACE = 64, /* + i: the noise that replaces S z_t after the i-th partial mask */
};

#define MSM_STEP_MAX_LOCALS 6

/*
 * What brings a batch of samples from one noise level to the next: the state z_t, the estimate ẑ, and the rule by
 * which they move. Whoever drives it (sampler-diffusion.h) keeps samples, mean, standard deviation, quantiles and
 * branches, and knows no rule; a new rule is a class, and a method that names it.
 */
typedef struct _MsmDiffusionStep MsmDiffusionStep;
typedef struct _MsmDiffusionStepClass MsmDiffusionStepClass;

/* What a step is made from; all is borrowed and outlives it. */
typedef struct
{
  MsmMeasure *measure;       /* of the batch */
  MsmDenoiser *denoiser;     /* to be planned for @measure */
  MsmLikelihood *likelihood; /* of the kind that the class asked for; NULL: there is no measurement */
  const MsmProblem *problem;
  const MsmParams *params; /* the method's values */
  double gain;             /* the problem's image = gain · the prior's + an offset */
} MsmStepSetup;

struct _MsmDiffusionStepClass
{
  const char *name;
  /* How the measurement is used, for a method that has one: @setup without its likelihood. */
  MsmLikelihoodKind (*likelihood_kind) (const MsmStepSetup *setup);
  /* (transfer full): or NULL with what the prior, the parameters or the memory refuse */
  MsmDiffusionStep *(*make) (const MsmStepSetup *setup, GError **error);
  /* A new batch from sample number `first_sample` on: z at the highest noise level, ẑ. */
  void (*start) (MsmDiffusionStep *self);
  /* (nullable): takes what may change while it runs, before the step from the k-th kept index */
  void (*tune) (MsmDiffusionStep *self, const MsmStepSetup *setup, int k);
  /*
   * k = K − 1 … 0: from the k-th kept index to the one below; the last leaves z = ẑ, without noise. Allocates
   * nothing. FALSE when `between` gave up: z is then neither of this step nor of the one before.
   */
  gboolean (*run) (MsmDiffusionStep *self, int k);
  /* Both or neither: how many random masks were drawn, and as if so many had been, from the start. */
  guint32 (*get_n_drawn) (const MsmDiffusionStep *self);
  void (*draw_again) (MsmDiffusionStep *self, guint32 n_drawn);
  /* Frees what the class has beyond this structure; self itself is freed by msm_diffusion_step_free(). */
  void (*dispose) (MsmDiffusionStep *self);
};

struct _MsmDiffusionStep
{
  const MsmDiffusionStepClass *klass;
  MsmDevice *device;         /* owned */
  MsmMeasure *measure;       /* borrowed */
  MsmDenoiser *denoiser;     /* borrowed */
  MsmLikelihood *likelihood; /* borrowed; NULL: unconditional */
  MsmSchedule schedule;
  guint64 seed;
  guint64 first_sample;                /* the batch holds samples first_sample … + n − 1 */
  gboolean (*between) (gpointer data); /* (nullable): between a step's denoisings; FALSE: give up */
  gpointer between_data;
  gsize n, n_plane;

  MsmTensor *z;                           /* z_t */
  MsmTensor *z_hat;                       /* ẑ */
  MsmTensor *noise;                       /* like z: scratch */
  MsmUpdateKind update;                   /* the rule that moves z */
  MsmTensor *last;                        /* ẑ of the step before, where the rule needs it; else NULL */
  int last_k;                             /* the level that `last` is of; −1: none */
  gboolean has_last;                      /* in this step */
  double *steps;                          /* [n] the time index of every sample */
  MsmTensor *locals[MSM_STEP_MAX_LOCALS]; /* what single denoisings made, sample 0: [1, coil, h, w] */
  int n_locals;                           /* of the newest step; 0: there are none */
  float *coverage;                        /* (nullable) [n, h, w] on the host: how many masks saw each point */
};

/* For classes, whose structures begin with MsmDiffusionStep: fills it and takes its memory; @schedule is copied. */
gboolean msm_diffusion_step_init (MsmDiffusionStep *self, const MsmDiffusionStepClass *klass, MsmMeasure *measure,
                                  MsmDenoiser *denoiser, MsmLikelihood *likelihood, const MsmSchedule *schedule,
                                  MsmUpdateKind update, guint64 seed, GError **error);
void msm_diffusion_step_free (MsmDiffusionStep *self);
/* A new batch of samples from number @first_sample on. */
void msm_diffusion_step_start (MsmDiffusionStep *self, guint64 first_sample);
/* @dst ← N(0, I), like z: the numbers of the batch's samples. */
void msm_diffusion_step_draw (MsmDiffusionStep *self, MsmTensor *dst, guint32 stream, int step);
/* First in a step from the k-th kept level: the time index of every sample, and whether `last` is the step before's. */
void msm_diffusion_step_begin (MsmDiffusionStep *self, int k);
/* z ← z_{t−1} from z_t and ẑ, by the step's rule. May be recorded, and called again then. */
void msm_diffusion_step_update (MsmDiffusionStep *self, int k, double eta);

/* Noise levels that the rows MSM_DIFFUSION_PARAMS_SPACING choose; without them they are uniform in time. */
gboolean msm_step_setup_schedule (const MsmStepSetup *setup, gboolean proximal, MsmSchedule *schedule, GError **error);
/* Sampled k-space with a prior that knows the image's spectrum: the steps can do without the high noise levels. */
gboolean msm_step_setup_is_guided (const MsmStepSetup *setup, gboolean proximal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmDiffusionStep, msm_diffusion_step_free)

G_END_DECLS
