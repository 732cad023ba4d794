#include "config.h"

#include "app/commands/samples-file.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/image-file.h"
#include "core/base/error.h"
#include "core/io/atomic-file.h"
#include "core/io/image-write.h"
#include "core/sampler/sampler-diffusion.h"

/* Frames that stay in memory; the terminal reads none of them back. */
#define TRAJECTORY_BUDGET 0

gboolean
msm_samples_is_hdf5 (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  return g_str_has_suffix (lower, ".h5") || g_str_has_suffix (lower, ".hdf5");
}

gboolean
msm_samples_check_flags (MsmParams *params, const char *out, GError **error)
{
  const char *trajectory = msm_params_get_text (params, "trajectory");

  if (out[0] != '\0' && !msm_image_can_save (out, error))
    return FALSE;
  if (msm_params_get_bool (params, "keep-samples") && (out[0] == '\0' || !msm_samples_is_hdf5 (out)))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("--keep-samples needs --out with an .h5 file, found “%s”"),
                   out);
      return FALSE;
    }
  if (trajectory[0] != '\0' && !msm_samples_is_hdf5 (trajectory))
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
  gsize n_rounds = msm_diffusion_is_class (sampler->klass) ? ((MsmDiffusion *) sampler)->n_rounds : 1;

  if (path[0] == '\0')
    return NULL;
  return msm_trajectory_new (path, msm_params_get_int (sampler->params, "steps") * (int) n_rounds,
                             msm_params_get_int (params, "trajectory-every"), TRAJECTORY_BUDGET, provenance);
}

gboolean
msm_samples_save_experiment (MsmParams *params, MsmExperiment *experiment, GError **error)
{
  const char *path = msm_params_get_text (params, "save-experiment");
  g_autofree char *text = NULL;
  g_autofree char *temp = NULL;

  if (path[0] == '\0')
    return TRUE;
  text = msm_experiment_format (experiment, FALSE);
  temp = msm_atomic_begin (path, error);
  if (temp == NULL)
    return FALSE;
  if (!g_file_set_contents (temp, text, -1, NULL))
    {
      msm_atomic_abort (temp);
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write"), path);
      return FALSE;
    }
  return msm_atomic_commit (temp, path, error);
}

MsmTensor *
msm_sens_load (const char *path, GError **error)
{
  return msm_samples_is_hdf5 (path) ? msm_hdf5_read (path, "sens", error) : msm_cfl_read (path, error);
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

gboolean
msm_samples_save (const char *path, MsmSampler *sampler, const MsmSamplesExtra *extra, gsize n_extra,
                  gboolean with_first, gboolean with_all, const char *provenance, GError **error)
{
  static const struct
  {
    const char *name;
    double      q;
  } quantiles[] = { { "quantile_05", 0.05 }, { "quantile_50", 0.5 }, { "quantile_95", 0.95 } };
  g_autoptr (MsmTensor) samples = msm_diffusion_get_samples (sampler, error);
  g_autoptr (MsmTensor) first = NULL, mean = NULL, sd = NULL;
  MsmTensor *found[G_N_ELEMENTS (quantiles)] = { NULL };
  MsmNamedTensor datasets[16];
  gsize n = 0;
  gboolean ok;

  g_return_val_if_fail (n_extra + 6 <= G_N_ELEMENTS (datasets), FALSE);
  if (samples == NULL || !moments (samples, &mean, &sd, error)
      || (first = msm_image_slice (samples, 0, "sample", error)) == NULL)
    return FALSE;
  for (gsize i = 0; i < n_extra; i++)
    datasets[n++] = (MsmNamedTensor) { extra[i].name, extra[i].tensor };
  datasets[n++] = (MsmNamedTensor) { "mean", mean };
  ok = TRUE;
  if (msm_tensor_dim (samples, 0) > 1)
    {
      datasets[n++] = (MsmNamedTensor) { "sd", sd };
      for (gsize i = 0; ok && i < G_N_ELEMENTS (quantiles); i++)
        {
          found[i] = msm_diffusion_get_quantile (sampler, quantiles[i].q, error);
          ok = found[i] != NULL;
          datasets[n++] = (MsmNamedTensor) { quantiles[i].name, found[i] };
        }
    }
  if (with_all || with_first)
    datasets[n++] = (MsmNamedTensor) { "samples", with_all ? samples : first };
  ok = ok && msm_hdf5_write (path, datasets, n, provenance, error);
  for (gsize i = 0; i < G_N_ELEMENTS (found); i++)
    msm_tensor_unref (found[i]);
  return ok;
}
