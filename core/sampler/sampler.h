#pragma once

#include "core/base/param.h"
#include "core/problem/problem.h"

G_BEGIN_DECLS

/*
 * An iterator that reconstructs: classical methods, diffusion samplers. `prepare` takes all memory and
 * makes all plans; `step` allocates nothing and returns TRUE while there is more.
 */
typedef struct _MsmSampler MsmSampler;

typedef struct
{
  int step, n_steps;   /* after this step; 1-based */
  double sigma;        /* NaN when the method has none */
  double residual;     /* ‖y − A x‖ / ‖y‖ */
  double cost;         /* the method's objective; NaN when it has none */
  const char *failure; /* why the run cannot go on, owned by the sampler; NULL when all is well */
} MsmStepInfo;

typedef struct
{
  const char *name;  /* "estimate", "z", "local-1", … */
  const char *title; /* translatable */
  MsmTensor *tensor; /* borrowed; C64 [1, set, readout, phase], or F32 */
  gboolean is_image; /* an x of the problem: what is shown and written is e^{iφ} x (MsmProblem.phase) */
} MsmSamplerOutput;

typedef struct
{
  const char *name;  /* "cg-sense" */
  const char *title; /* "CG-SENSE" */
  const char *help;  /* one translatable sentence */
  const MsmParam *params;
  gsize instance_size;
  gboolean host_only; /* refuses devices whose memory is not the host's */
  gboolean (*prepare) (MsmSampler *self, GError **error);
  gboolean (*step) (MsmSampler *self, MsmStepInfo *info);
  /* Fills outputs; the first is the estimate. Returns how many (at most MSM_SAMPLER_MAX_OUTPUTS). */
  gsize (*outputs) (MsmSampler *self, MsmSamplerOutput *outputs);
  void (*dispose) (MsmSampler *self);
  /*
   * Both or neither. What the steps to come depend on, beside the parameters and the problem: a head, and tensors
   * (borrowed) into @parts whose numbers follow it. NULL when there is nothing that another sampler could go on from.
   */
  GBytes *(*save) (MsmSampler *self, MsmTensor **parts, gsize *n_parts);
  /* After prepare: goes on from there, with its own parameters. MSM_ERROR_VALUE when it does not fit. */
  gboolean (*restore) (MsmSampler *self, GBytes *state, GError **error);
  /* Of the problem that @state is of: the problem of a sampler that goes on from there has the same. 0: no state. */
  double (*state_scale) (GBytes *state);
  /* It draws from a prior alone: its problem has a device, and coil maps if any, but nothing measured. */
  gboolean generates;
  /* How a diffusion sampler moves (sampler-diffusion.h); NULL: it is none. */
  const struct _MsmDiffusionStepClass *diffusion;
  /*
   * (nullable): why the parameter @name does nothing beside the other values, a translatable sentence without full
   * stop, or NULL. @is_sampling: of measured k-space, which "auto" asks for.
   */
  const char *(*idle) (const MsmParams *params, const char *name, gboolean is_sampling);
  /* It uses k-space alone: its problem needs no coil maps (MsmProblemOptions). */
  gboolean without_sens;
  /* (nullable): the diffusion sampler that it builds on, whose prior is named beside the result. */
  MsmSampler *(*inner) (MsmSampler *self);
} MsmSamplerClass;

#define MSM_SAMPLER_MAX_OUTPUTS 24
#define MSM_SAMPLER_MAX_PARTS   4

struct _MsmSampler
{
  const MsmSamplerClass *klass;
  MsmProblem *problem; /* owned */
  MsmParams *params;   /* owned */
  int n_steps;         /* how many steps it takes in all; known once it is prepared */
  /*
   * (nullable): of whoever runs it. Long steps call it between their parts; outputs may be asked for then. FALSE: the
   * step ends where it is, and the sampler serves for nothing more.
   */
  gboolean (*between) (gpointer data);
  gpointer between_data;
};

/* Takes @problem and @params, and prepares. (transfer full) */
MsmSampler *msm_sampler_new (const MsmSamplerClass *klass, MsmProblem *problem_take, MsmParams *params_take,
                             GError **error);
void msm_sampler_free (MsmSampler *self);
/* What msm_sampler_restore() takes. (transfer full) (nullable) */
GBytes *msm_sampler_save (MsmSampler *self);
/* The scale for the problem of a branch (MsmProblemOptions); @state: (nullable), which gives 0. */
double msm_sampler_state_scale (const MsmSamplerClass *klass, GBytes *state);
/* A branch: continues from what @state (of the class's save) was; MSM_ERROR_UNSUPPORTED where it cannot. */
gboolean msm_sampler_restore (MsmSampler *self, GBytes *state, GError **error);
gboolean msm_sampler_step (MsmSampler *self, MsmStepInfo *info);
gsize msm_sampler_get_outputs (MsmSampler *self, MsmSamplerOutput *outputs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmSampler, msm_sampler_free)

G_END_DECLS
