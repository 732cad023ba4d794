#include "config.h"

#include "core/baseline/baseline.h"

#include <glib/gi18n-lib.h>

#include "core/baseline/fista.h"

typedef struct
{
  MsmBaseline base;
  MsmFista fista;
} L1Wavelet;

static const char *const wavelets[] = { "haar", "dau2", "db4", NULL };

static const MsmParam params[] = {
  { .name = "iterations",
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 5000,
    .def = 60,
    .role = MSM_ROLE_STEPS,
    .help = N_("Number of FISTA iterations"),
    .title = N_("Iterations") },
  { .name = "lambda",
    .type = MSM_PARAM_FLOAT,
    .min = 0,
    .max = 10,
    .def = 0.003,
    .help = N_("Weight of the wavelet details; images are scaled to a maximum near 1"),
    .flags = MSM_PARAM_LIVE | MSM_PARAM_LOG,
    .title = N_("Regularisation λ") },
  MSM_BASELINE_CONTINUATION,
  { .name = "wavelet",
    .type = MSM_PARAM_CHOICE,
    .def = MSM_WAVELET_DAU2,
    .choices = wavelets,
    .help = N_("Wavelet: Haar, or Daubechies with 4 (dau2) or 8 taps (db4)"),
    .title = N_("Wavelet") },
  { .name = "levels",
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 8,
    .def = 4,
    .help = N_("Scales of the transform; fewer where the image is small"),
    .flags = MSM_PARAM_ADVANCED,
    .title = N_("Scales") },
  { .name = "approximation",
    .type = MSM_PARAM_BOOL,
    .def = 0,
    .help = N_("Shrink the coarsest scale too, as BART does"),
    .flags = MSM_PARAM_ADVANCED,
    .title = N_("Shrink the coarsest scale") },
  { .name = "shift",
    .type = MSM_PARAM_BOOL,
    .def = 1,
    .help = N_("Shift the transform at random in each iteration"),
    .flags = MSM_PARAM_ADVANCED,
    .title = N_("Random shifts") },
  { .name = "seed",
    .type = MSM_PARAM_INT,
    .min = 0,
    .max = 2147483647,
    .def = 1,
    .role = MSM_ROLE_SEED,
    .help = N_("Seed of the random shifts"),
    .flags = MSM_PARAM_ADVANCED,
    .title = N_("Seed") },
  { NULL },
};

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  L1Wavelet *self = (L1Wavelet *) sampler;
  MsmBaseline *base = &self->base;

  if (!msm_baseline_require_host (base, error)
      || !msm_baseline_prepare (base, msm_params_get_int (sampler->params, "iterations"), error))
    return FALSE;
  self->fista = (MsmFista){ .op = base->op, .y = sampler->problem->y, .x = base->x, .residual = base->residual };
  return msm_fista_prepare (&self->fista, msm_params_get_choice (sampler->params, "wavelet"),
                            msm_params_get_int (sampler->params, "levels"),
                            (guint64) msm_params_get_int (sampler->params, "seed"), error);
}

static gboolean
step (MsmSampler *sampler, MsmStepInfo *info)
{
  L1Wavelet *self = (L1Wavelet *) sampler;
  double sum =
      msm_fista_step (&self->fista, msm_baseline_weight (&self->base), msm_params_get_bool (sampler->params, "shift"),
                      msm_params_get_bool (sampler->params, "approximation"));

  return msm_baseline_finish_step (&self->base, msm_params_get_number (sampler->params, "lambda") * sum, info);
}

static void
dispose (MsmSampler *sampler)
{
  L1Wavelet *self = (L1Wavelet *) sampler;

  msm_fista_clear (&self->fista);
  msm_baseline_dispose (sampler);
}

const MsmSamplerClass msm_l1_wavelet_class = {
  .name = "l1-wavelet",
  .title = N_("L1-wavelet"),
  .help = N_("Compressed sensing: sparse in a wavelet transform, by FISTA with random shifts"),
  .params = params,
  .instance_size = sizeof (L1Wavelet),
  .host_only = TRUE,
  .prepare = prepare,
  .step = step,
  .outputs = msm_baseline_outputs,
  .dispose = dispose,
};
