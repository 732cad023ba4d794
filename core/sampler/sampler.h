#pragma once

#include "core/base/param.h"
#include "core/sampler/problem.h"

G_BEGIN_DECLS

/*
 * An iterator that reconstructs: classical methods, diffusion samplers. `prepare` takes all memory and
 * makes all plans; `step` allocates nothing and returns TRUE while there is more.
 */
typedef struct _MsmSampler MsmSampler;

typedef struct
{
  int    step, n_steps; /* after this step; 1-based */
  double sigma;         /* NaN when the method has none */
  double residual;      /* ‖y − A x‖ / ‖y‖ */
  double cost;          /* the method's objective; NaN when it has none */
} MsmStepInfo;

typedef struct
{
  const char *name;   /* "estimate", "z", "local-1", … */
  const char *title;  /* translatable */
  MsmTensor  *tensor; /* borrowed; C64 [1, set, readout, phase], or F32 */
} MsmSamplerOutput;

typedef struct
{
  const char     *name;  /* "cg-sense" */
  const char     *title; /* "CG-SENSE" */
  const char     *help;  /* one translatable sentence */
  const MsmParam *params;
  gsize           instance_size;
  gboolean (*prepare) (MsmSampler *self, GError **error);
  gboolean (*step)    (MsmSampler *self, MsmStepInfo *info);
  /* Fills outputs; the first is the estimate. Returns how many (at most MSM_SAMPLER_MAX_OUTPUTS). */
  gsize    (*outputs) (MsmSampler *self, MsmSamplerOutput *outputs);
  void     (*dispose) (MsmSampler *self);
} MsmSamplerClass;

#define MSM_SAMPLER_MAX_OUTPUTS 24

struct _MsmSampler
{
  const MsmSamplerClass *klass;
  MsmProblem            *problem; /* owned */
  MsmParams             *params;  /* owned */
};

/* The const table of classes (zero-filled, rss, cg-sense, l1-wavelet, tv), ended by NULL. */
const MsmSamplerClass *const *msm_sampler_classes (void);
const MsmSamplerClass *msm_sampler_class_find (const char *name, GError **error);
/* Takes @problem and @params, and prepares. (transfer full) */
MsmSampler *msm_sampler_new  (const MsmSamplerClass *klass, MsmProblem *problem_take,
                              MsmParams *params_take, GError **error);
void        msm_sampler_free (MsmSampler *self);
gboolean    msm_sampler_step (MsmSampler *self, MsmStepInfo *info);
gsize       msm_sampler_get_outputs (MsmSampler *self, MsmSamplerOutput *outputs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmSampler, msm_sampler_free)

G_END_DECLS
