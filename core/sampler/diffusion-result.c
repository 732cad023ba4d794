#include "config.h"

/* What a finished diffusion sampler holds: all samples, their quantiles, and which prior made them. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/calib/smooth-phase.h"
#include "core/sampler/sampler-diffusion.h"
#include "core/tensor/tensor-math.h"

gboolean
msm_diffusion_is_class (const MsmSamplerClass *klass)
{
  return klass->diffusion != NULL;
}

/* The shown part of @n images [.., row, column], times the problem's scale. */
static MsmTensor *
crop (MsmDiffusion *self, const float *from, gsize n, MsmDtype dtype, GError **error)
{
  MsmProblem *problem = self->parent.problem;
  MsmShape shape = msm_tensor_shape (self->estimate);
  MsmTensor *result;

  shape.dim[0] = n;
  result = msm_tensor_new_cropped (from, dtype, shape, problem->crop_readout, problem->crop_phase, error);
  for (gsize i = 0; result != NULL && i < msm_tensor_floats (result); i++)
    msm_tensor_host (result)[i] = (float) (problem->scale * msm_tensor_host (result)[i]);
  return result;
}

/* Every image of @images with the phase that the coil maps took up. */
static gboolean
restore_phase (MsmDiffusion *self, MsmTensor *images, GError **error)
{
  MsmProblem *problem = self->parent.problem;
  g_autoptr (MsmTensor) phase = NULL;

  if (problem->phase == NULL)
    return TRUE;
  phase = msm_tensor_crop (problem->phase, problem->crop_readout, problem->crop_phase, error);
  if (phase == NULL)
    return FALSE;
  for (gsize at = 0; at < msm_tensor_size (images); at += msm_tensor_size (phase))
    msm_smooth_phase_restore (msm_tensor_host (images) + 2 * at, msm_tensor_const_host (phase),
                              msm_tensor_size (phase));
  return TRUE;
}

static gboolean
has_samples (const MsmDiffusion *self, GError **error)
{
  if (msm_posterior_stats_count (self->stats) > 0)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("no sample is finished yet"));
  return FALSE;
}

MsmTensor *
msm_diffusion_get_samples (MsmSampler *sampler, GError **error)
{
  MsmDiffusion *self = (MsmDiffusion *) sampler;
  g_autoptr (MsmTensor) samples = NULL;

  g_return_val_if_fail (sampler != NULL && msm_diffusion_is_class (sampler->klass), NULL);
  if (!has_samples (self, error))
    return NULL;
  samples = crop (self, msm_posterior_stats_samples (self->stats), msm_posterior_stats_count (self->stats),
                  msm_tensor_dtype (self->estimate), error);
  return samples != NULL && restore_phase (self, samples, error) ? g_steal_pointer (&samples) : NULL;
}

MsmTensor *
msm_diffusion_get_quantile (MsmSampler *sampler, double q, GError **error)
{
  MsmDiffusion *self = (MsmDiffusion *) sampler;
  g_autofree float *values = NULL;

  g_return_val_if_fail (sampler != NULL && msm_diffusion_is_class (sampler->klass), NULL);
  if (!has_samples (self, error))
    return NULL;
  values = msm_try_new (float, msm_tensor_size (self->estimate), error);
  if (values == NULL)
    return NULL;
  msm_posterior_stats_quantile (self->stats, q, values);
  return crop (self, values, 1, MSM_F32, error);
}

char *
msm_diffusion_describe_prior (MsmSampler *sampler)
{
  MsmDiffusion *self;

  if (sampler->klass->inner != NULL)
    sampler = sampler->klass->inner (sampler);
  if (!msm_diffusion_is_class (sampler->klass))
    return NULL;
  self = (MsmDiffusion *) sampler;
  return g_strdup_printf ("prior %s (%s, sha256 %s)", self->denoiser->name, self->denoiser->klass->name,
                          self->denoiser->hash != NULL ? self->denoiser->hash : "unknown");
}
