#include "config.h"

#include "core/diffusion/denoiser.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/diffusion/denoiser-gauss.h"
#include "core/diffusion/denoiser-unet.h"

/* Mean square of the real elements of an image whose maximum is near 1, for priors that do not say theirs. */
#define IMAGE_POWER 0.04

void
msm_denoiser_init (MsmDenoiser *self, const MsmDenoiserClass *klass, MsmDevice *device, const char *name)
{
  self->klass = klass;
  self->device = msm_device_ref (device);
  self->name = g_strdup (name);
  /* All indices: the schedule is asked for ᾱ alone, which does not depend on the number of steps. */
  msm_schedule_init (&self->schedule, MSM_SCHEDULE_T, NULL);
  msm_spectrum_white (&self->spectrum, IMAGE_POWER);
}

char *
msm_denoiser_find (const char *prior)
{
  static const char *const folders[] = { MSM_DATA_DIR, MSM_SOURCE_DATA_DIR };

  if (strchr (prior, G_DIR_SEPARATOR) != NULL || g_file_test (prior, G_FILE_TEST_EXISTS))
    return g_strdup (prior);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *file = g_strconcat (prior, ".safetensors", NULL);
      g_autofree char *path = g_build_filename (folders[i], "priors", file, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&path);
    }
  return g_strdup (prior);
}

MsmDenoiser *
msm_denoiser_open (MsmDevice *device, const char *prior, GError **error)
{
  g_autofree char *path = msm_denoiser_find (prior);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE,
                   _("%s: no such prior: neither a file nor the name of a shipped one"), prior);
      return NULL;
    }
  if (g_str_has_suffix (path, ".h5") || g_str_has_suffix (path, ".hdf5"))
    return msm_denoiser_gauss_open (device, path, error);
  return msm_denoiser_unet_load (device, path, FALSE, error);
}

void
msm_denoiser_free (MsmDenoiser *self)
{
  if (self == NULL)
    return;
  if (self->klass->dispose != NULL)
    self->klass->dispose (self);
  g_free (self->name);
  g_free (self->hash);
  msm_device_unref (self->device);
  g_free (self);
}

gboolean
msm_denoiser_plan (MsmDenoiser *self, MsmMeasure *measure, gboolean backward, GError **error)
{
  g_return_val_if_fail (msm_measure_device (measure) == self->device, FALSE);
  g_return_val_if_fail (!backward || self->klass->backward != NULL, FALSE);
  self->measure = measure;
  return self->klass->plan (self, measure, backward, error);
}

void
msm_denoiser_predict (MsmDenoiser *self, MsmTensor *x0, const MsmTensor *u, const MsmTensor *z, const MsmTensor *mask,
                      const double *step)
{
  g_return_if_fail (self->measure != NULL);
  g_return_if_fail (msm_shape_equal (msm_tensor_shape (x0), msm_measure_image_shape (self->measure)));
  g_return_if_fail (msm_shape_equal (msm_tensor_shape (u), msm_measure_image_shape (self->measure)));
  g_return_if_fail (msm_shape_equal (msm_tensor_shape (z), msm_measure_shape (self->measure)));
  self->klass->predict (self, x0, u, z, mask, step);
}

void
msm_denoiser_backward (MsmDenoiser *self, MsmTensor *dz, const MsmTensor *dx0)
{
  g_return_if_fail (self->measure != NULL && self->klass->backward != NULL);
  g_return_if_fail (msm_shape_equal (msm_tensor_shape (dx0), msm_measure_image_shape (self->measure)));
  self->klass->backward (self, dz, dx0);
}

double
msm_denoiser_weight (const MsmDenoiser *self, double step)
{
  double sigma = msm_schedule_sigma (&self->schedule, step);

  return self->klass->weight != NULL ? self->klass->weight (self, step) : 1 / (sigma * sigma);
}
