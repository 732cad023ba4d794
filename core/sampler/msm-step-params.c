#include "config.h"

/* What a method's parameters make of the step of measurement-score diffusion. */

#include <math.h>

#include "core/sampler/diffusion-params.h"
#include "core/sampler/msm-step.h"

#define DENSE_ACCEL          2
/* The least noise that the proximal step assumes: of a scan; of other operators, whose noise is known and may be 0. */
#define LEAST_NOISE          1e-3
#define LEAST_NOISE_OPERATOR 1e-5
/* Of the noise that a step keeps, beside a proximal step. */
#define NOISE_POWER          5

MsmLikelihoodKind
msm_step_likelihood_kind (const MsmStepSetup *setup)
{
  if (!msm_params_is_auto (setup->params, "likelihood"))
    return (MsmLikelihoodKind) msm_params_get_choice (setup->params, "likelihood");
  return MSM_LIKELIHOOD_PROXIMAL;
}

static gboolean
is_proximal (const MsmStepSetup *setup)
{
  return setup->likelihood != NULL && msm_likelihood_get_kind (setup->likelihood) == MSM_LIKELIHOOD_PROXIMAL;
}

/*
 * η of the step from k on, where the user leaves it open. Beside a proximal step √(1 − η²) = (σ_{t−1}/σ_t)⁵: what is
 * kept of the old noise depends on how far σ falls, not on the number of steps. With one η for any K the noise is
 * renewed the more often the more steps there are, and every renewal adds the network's error once more. The
 * exponential rule has the diffusion's own, in which that is balanced.
 */
static double
open_eta (const MsmStepSetup *setup, const MsmSchedule *schedule, MsmUpdateKind update, int k)
{
  double alpha_bar = msm_schedule_alpha_bar_kept (schedule, k), prev = msm_schedule_alpha_bar_kept (schedule, k - 1);
  double fall = sqrt ((1 - prev) / prev * alpha_bar / (1 - alpha_bar));

  if (update == MSM_UPDATE_EXPONENTIAL)
    return 1;
  return is_proximal (setup) ? sqrt (1 - pow (fall, 2 * NOISE_POWER)) : 0.85;
}

static void
take_options (MsmStepOptions *self, const MsmStepSetup *setup, const MsmSchedule *schedule, int k)
{
  const MsmParams *params = setup->params;

  self->n_partials = msm_params_has (params, "partials") ? msm_params_get_int (params, "partials") : 1;
  self->update = !msm_params_is_auto (params, "update") ? (MsmUpdateKind) msm_params_get_choice (params, "update")
                 : setup->likelihood != NULL            ? MSM_UPDATE_MIXED
                                                        : MSM_UPDATE_DDIM;
  self->ddim_eta = msm_params_is_auto (params, "ddim-eta") ? open_eta (setup, schedule, self->update, k)
                                                           : msm_params_get_number (params, "ddim-eta");
  self->renoise = (MsmRenoise) msm_params_get_choice (params, "renoise");
  self->clip = msm_params_get_bool (params, "clip-denoised");
  if (setup->likelihood == NULL)
    return;
  self->lik_step = msm_params_get_number (params, "lik-step");
  self->lik_schedule = (MsmLikSchedule) msm_params_get_choice (params, "lik-schedule");
  self->prox_weight = msm_params_get_number (params, "prox-weight");
  self->prox_iterations = msm_params_get_int (params, "prox-iterations");
  self->lik_place = (MsmLikPlace) msm_params_get_choice (params, "lik-place");
  self->noise_std = MAX (setup->problem->noise_std / setup->gain,
                         setup->problem->kspace == NULL ? LEAST_NOISE_OPERATOR : LEAST_NOISE);
}

void
msm_step_tune (MsmDiffusionStep *step, const MsmStepSetup *setup, int k)
{
  take_options (&((MsmStep *) step)->options, setup, &step->schedule, k);
}

/*
 * p(S). What the user leaves open is as in the prior's training, where that is known and of the same kind; but a
 * network that is given Wiener's image has less to undo where more lines are seen, and believes its own estimate where
 * it sees nearly all: beside a proximal step masks of R = 2 are better than those of 1, 1.5 and 2.5 (patient 19, T1
 * and FLAIR).
 */
static void
take_masks (const MsmStepSetup *setup, MsmMaskCoverOptions *masks)
{
  const MsmParams *params = setup->params;
  const MsmTrainedMasks *trained = &setup->denoiser->masks;
  gsize n_phase = msm_measure_shape (setup->measure).dim[3];
  gboolean known;

  masks->kind = !msm_params_is_auto (params, "masks") ? (MsmMaskCoverKind) msm_params_get_choice (params, "masks")
                : trained->size > 0                   ? trained->options.kind
                : msm_measure_kind (setup->measure) == MSM_MEASURE_MRI ? MSM_MASK_COVER_RANDOM
                                                                       : MSM_MASK_COVER_BOX;
  known = trained->size > 0 && trained->options.kind == masks->kind;
  masks->accel = msm_params_get_number_or (params, "masks-accel",
                                           msm_step_setup_is_guided (setup, is_proximal (setup)) ? DENSE_ACCEL
                                           : known ? trained->options.accel
                                                   : 4);
  masks->acs = (gsize) msm_params_get_number_or (
      params, "masks-acs", (double) (known ? msm_trained_masks_acs (trained, n_phase) : MIN (20, n_phase / 6)));
  masks->grid = msm_params_get_int (params, "masks-grid");
  masks->fraction = msm_params_get_number_or (params, "masks-fraction", known ? trained->options.fraction : 0.4);
}

MsmDiffusionStep *
msm_step_make (const MsmStepSetup *setup, GError **error)
{
  const MsmParams *params = setup->params;
  gboolean shared = !msm_params_has (params, "shared-masks") || msm_params_get_bool (params, "shared-masks");
  MsmMaskCoverOptions masks = { .kind = MSM_MASK_COVER_FULL };
  MsmStepOptions options = { 0 };
  MsmSchedule schedule;

  if (msm_params_has (params, "masks"))
    take_masks (setup, &masks);
  if (!msm_step_setup_schedule (setup, is_proximal (setup), &schedule, error))
    return NULL;
  options.from_data = is_proximal (setup) && schedule.sigma_start > 0;
  take_options (&options, setup, &schedule, schedule.n_steps - 1);
  return (MsmDiffusionStep *) msm_step_new (setup->measure, setup->denoiser, setup->likelihood, &schedule,
                                            (guint64) msm_params_get_number (params, "seed"), &masks, shared, &options,
                                            error);
}
