#include "config.h"

#include "app/commands/samples-file.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/command.h"
#include "app/commands/image-file.h"
#include "app/setup/setup-ini.h"
#include "core/base/error.h"
#include "core/io/atomic-file.h"
#include "core/io/image-write.h"
#include "core/sampler/sampler-diffusion.h"

/* Frames that stay in memory; the terminal reads none of them back. */
#define TRAJECTORY_BUDGET 0

gboolean
msm_samples_check_flags (MsmParams *params, const char *out, GError **error)
{
  const char *trajectory = msm_params_get_text (params, "trajectory");

  if (out[0] != '\0' && msm_image_format_find (out, 0, error) == NULL)
    return FALSE;
  if (msm_params_get_bool (params, "keep-samples") && (out[0] == '\0' || !msm_image_format_can (out, MSM_HOLDS_ARRAYS)))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("--keep-samples needs --out with an .h5 file, found “%s”"),
                   out);
      return FALSE;
    }
  if (trajectory[0] != '\0' && !msm_image_format_can (trajectory, MSM_HOLDS_ARRAYS))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("--trajectory writes an .h5 file, found “%s”"), trajectory);
      return FALSE;
    }
  return TRUE;
}

MsmTrajectory *
msm_samples_trajectory (MsmParams *params, MsmSampler *sampler, const char *provenance)
{
  const char *path = msm_params_get_text (params, "trajectory");

  if (path[0] == '\0')
    return NULL;
  return msm_trajectory_new (path, sampler->n_steps, msm_params_get_int (params, "trajectory-every"), TRAJECTORY_BUDGET,
                             provenance);
}

char *
msm_samples_given (int argc, char **argv, MsmPresetUse use, GError **error)
{
  const char *file = msm_options_peek (argc, argv, "experiment"), *preset = msm_options_peek (argc, argv, "preset");

  if (file != NULL && preset != NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("--experiment and --preset exclude each other"));
      return NULL;
    }
  return preset != NULL ? msm_preset_find (preset, use, error) : g_strdup (file);
}

gboolean
msm_samples_save_experiment (const MsmParams *params, const MsmSetup *setup, const MsmOptions *options, GError **error)
{
  const char *path = msm_params_get_text (params, "save-experiment");
  g_autofree char *text = NULL;

  if (path[0] == '\0' || msm_options_names (options) != MSM_NAMES_NONE)
    return path[0] == '\0' || msm_setup_save (setup, path, error);
  text = msm_setup_format (setup, MSM_NAMES_NONE, error);
  return text != NULL && msm_atomic_write (path, text, strlen (text), error);
}

/* Mean and standard deviation of the samples. */
static gboolean
moments (MsmTensor *samples, MsmTensor **mean, MsmTensor **sd, GError **error)
{
  MsmShape shape = msm_tensor_shape (samples);
  gsize n = shape.dim[0], parts = msm_tensor_dtype (samples) == MSM_C64 ? 2 : 1, size;
  const float *v = msm_tensor_const_host (samples);
  g_autoptr (MsmPosteriorStats) stats = NULL;

  shape.dim[0] = 1;
  size = msm_shape_size (shape);
  stats = msm_posterior_stats_new (size, parts == 2, 1, error);
  *mean = stats != NULL ? msm_tensor_new (msm_device_host (), msm_tensor_dtype (samples), shape, error) : NULL;
  *sd = *mean != NULL ? msm_tensor_new (msm_device_host (), MSM_F32, shape, error) : NULL;
  if (*sd == NULL)
    return FALSE;
  msm_posterior_stats_get (stats, v, n, msm_tensor_host (*mean), msm_tensor_host (*sd));
  return TRUE;
}

void
msm_samples_clear (MsmSamples *self)
{
  g_clear_pointer (&self->mean, msm_tensor_unref);
  g_clear_pointer (&self->sd, msm_tensor_unref);
  g_clear_pointer (&self->samples, msm_tensor_unref);
  for (gsize i = 0; i < G_N_ELEMENTS (self->quantile); i++)
    g_clear_pointer (&self->quantile[i], msm_tensor_unref);
}

gboolean
msm_samples_collect (MsmSamples *self, MsmSampler *sampler, gboolean with_first, gboolean with_all, GError **error)
{
  static const struct
  {
    const char *name;
    double q;
  } quantiles[] = { { "quantile_05", 0.05 }, { "quantile_50", 0.5 }, { "quantile_95", 0.95 } };
  g_autoptr (MsmTensor) samples = msm_diffusion_get_samples (sampler, error);

  if (samples == NULL || !moments (samples, &self->mean, &self->sd, error))
    return FALSE;
  self->named[self->n++] = (MsmNamedTensor){ "mean", self->mean };
  if (msm_tensor_dim (samples, 0) > 1)
    {
      self->named[self->n++] = (MsmNamedTensor){ "sd", self->sd };
      for (gsize i = 0; i < G_N_ELEMENTS (quantiles); i++)
        {
          self->quantile[i] = msm_diffusion_get_quantile (sampler, quantiles[i].q, error);
          if (self->quantile[i] == NULL)
            return FALSE;
          self->named[self->n++] = (MsmNamedTensor){ quantiles[i].name, self->quantile[i] };
        }
    }
  if (!with_all && !with_first)
    return TRUE;
  self->samples = with_all ? msm_tensor_ref (samples) : msm_image_slice (samples, 0, "sample", error);
  if (self->samples == NULL)
    return FALSE;
  self->named[self->n++] = (MsmNamedTensor){ "samples", self->samples };
  return TRUE;
}
