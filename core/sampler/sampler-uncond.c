#include "config.h"

#include "core/diffusion/denoiser-gauss.h"
#include "core/base/memory.h"
#include "core/diffusion/denoiser-unet.h"
#include "core/sampler/msm-step.h"
#include "core/sampler/sampler-diffusion.h"

#include <glib/gi18n-lib.h>

/* Samples of the prior alone (docs/method.md §6, generation). The problem gives the device, and coil maps if any. */

static const MsmParam params[] = {
  MSM_DIFFUSION_PARAMS_FIRST (200, 1),
  MSM_DIFFUSION_PARAM_UPDATE,
  MSM_DIFFUSION_PARAM_ETA,
  MSM_DIFFUSION_PARAMS_MASKS,
  { "size", MSM_PARAM_INT, .min = 1, .max = 4096, .flags = MSM_PARAM_AUTO,
    .help = N_("Rows and columns; auto is the prior's own"), .title = N_("Image size") },
  MSM_DIFFUSION_PARAMS_LAST,
  { NULL },
};

/* Channels and size of what the prior makes. */
static void
prior_size (MsmDiffusion *self, gsize *channels, gsize *rows, gsize *columns)
{
  MsmUnet *unet = msm_denoiser_unet_network (self->denoiser);
  int size = msm_params_get_int_or (self->parent.params, "size", 0);

  if (unet != NULL)
    {
      *channels = msm_unet_config (unet)->out_channels;
      *rows = *columns = msm_unet_config (unet)->image_size;
    }
  else
    msm_denoiser_gauss_size (self->denoiser, channels, rows, columns);
  if (size > 0)
    *rows = *columns = (gsize) size;
}

/* The sizes; for MRI one coil that sees everything alike, unless the problem brings maps. */
static gboolean
complete_problem (MsmDiffusion *self, GError **error)
{
  MsmProblem *problem = self->parent.problem;
  gsize channels = 0, rows = 0, columns = 0;
  g_autofree float *ones = NULL;

  prior_size (self, &channels, &rows, &columns);
  problem->kind = channels == 2 ? MSM_MEASURE_MRI : MSM_MEASURE_IMAGE;
  problem->n_channels = channels == 2 ? 1 : channels;
  self->full = msm_shape4 (1, problem->n_channels, rows, columns);
  if (problem->kind == MSM_MEASURE_IMAGE)
    return TRUE;
  if (problem->sens != NULL)
    return msm_diffusion_take_size (self, error);
  ones = msm_try_new (float, 2 * rows * columns, error);
  if (ones == NULL)
    return FALSE;
  for (gsize p = 0; p < rows * columns; p++)
    ones[2 * p] = 1;
  problem->sens = msm_tensor_new_from (problem->device, MSM_C64, self->full, ones, error);
  return problem->sens != NULL;
}

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  MsmDiffusion *self = (MsmDiffusion *) sampler;

  if (!msm_diffusion_open_prior (self, error) || !complete_problem (self, error))
    return FALSE;
  if (self->parent.problem->kind == MSM_MEASURE_IMAGE && msm_denoiser_unet_network (self->denoiser) != NULL)
    self->gain = self->offset = 0.5;
  return msm_diffusion_prepare (self, error);
}

const MsmSamplerClass msm_uncond_class = {
  .name = "generate",
  .title = N_("Samples of the prior"),
  .help = N_("Images from the prior alone, by measurement-score diffusion"),
  .params = params,
  MSM_DIFFUSION_CLASS,
  .prepare = prepare,
  .generates = TRUE,
  .diffusion = &msm_step_class,
};
