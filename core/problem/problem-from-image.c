#include "config.h"

#include "core/problem/problem-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/linop/linop.h"
#include "core/problem/problem-from-scan.h"
#include "core/tensor/vector.h"

/*
 * y = H x + e of an operator that is simulated on an image: a picture, or the coil-combined image of a fully
 * sampled scan. The picture's own range is known here, so it is the unit; nothing else of it is used.
 */

/* Real numbers as complex ones. */
static MsmTensor *
to_complex (MsmTensor *real, GError **error)
{
  MsmTensor *result = msm_tensor_new (msm_device_host (), MSM_C64, msm_tensor_shape (real), error);

  if (result == NULL)
    return NULL;
  for (gsize i = 0; i < msm_tensor_size (real); i++)
    msm_tensor_host (result)[2 * i] = msm_tensor_const_host (real)[i];
  return result;
}

/*
 * Pictures keep their kind: real ones are pictures, complex ones MRI. NIfTI holds magnitudes of medical
 * images: MRI too, with phase 0.
 */
static MsmTensor *
read_picture (MsmScan *scan, const MsmProblemOptions *options, MsmCancel *cancel, GError **error)
{
  g_autoptr (MsmTensor) read = msm_scan_read (scan, options->slice, cancel, error);
  gsize n_channels;

  if (read == NULL)
    return NULL;
  n_channels = msm_tensor_dim (read, 1);
  if (n_channels != 1 && !(n_channels == 3 && msm_tensor_dtype (read) == MSM_F32))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: a %s image with %zu channels, expected grey, red-green-blue or complex with one"),
                   scan->path, msm_tensor_dtype (read) == MSM_F32 ? _("real") : _("complex"), n_channels);
      return NULL;
    }
  if (msm_tensor_dtype (read) == MSM_F32 && n_channels == 1 && scan->format->holds_magnitudes)
    return to_complex (read, error);
  return msm_tensor_new_from (msm_device_host (), msm_tensor_dtype (read), msm_tensor_shape (read),
                              msm_tensor_const_data (read), error);
}

/* x = Cᴴ Fᴴ y of all samples, and C. */
static MsmTensor *
combine_coils (MsmScan *scan, const MsmProblemOptions *options, MsmTensor **sens, const char **note, MsmCancel *cancel,
               GError **error)
{
  g_autoptr (MsmTensor) kspace = NULL;
  g_autoptr (MsmMask) own = NULL, full = NULL;
  g_auto (MsmCalibration) calibration = { NULL };
  g_autoptr (MsmLinop) op = NULL;
  g_autoptr (MsmTensor) image = NULL;

  kspace = msm_problem_read_kspace (scan, options, &calibration, cancel, error);
  if (kspace == NULL || msm_cancel_check (cancel, error) || !msm_scan_find_mask (scan, options->slice, &own, error))
    return NULL;
  if (!msm_scan_mask_is_full (own))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: ‘%s’ is simulated on the image of a fully sampled scan, and this one is undersampled"),
                   scan->path, options->operator_class->name);
      return NULL;
    }
  full = msm_mask_new (msm_tensor_dim (kspace, 2), msm_tensor_dim (kspace, 3));
  memset (full->points, 1, full->n_readout * full->n_phase);
  *sens = msm_problem_make_sens (kspace, full, &calibration, options, note, cancel, error);
  if (*sens == NULL)
    return NULL;
  op = msm_linop_sense_new (msm_device_host (), 1, *sens, NULL, error);
  if (op == NULL)
    return NULL;
  image = msm_tensor_new (msm_device_host (), MSM_C64, msm_linop_domain (op), error);
  if (image == NULL)
    return NULL;
  msm_linop_adjoint (op, kspace, image);
  return g_steal_pointer (&image);
}

/* Of MRI √Σ_set |x|², one for each pixel; of pictures |x|, one for each value. (transfer full) */
static MsmTensor *
magnitude_of (MsmTensor *image, GError **error)
{
  MsmShape shape = msm_tensor_shape (image);
  MsmDevice *host = msm_device_host ();
  MsmTensor *magnitude;

  if (msm_tensor_dtype (image) == MSM_C64)
    shape.dim[1] = 1;
  magnitude = msm_tensor_new (host, MSM_F32, shape, error);
  if (magnitude == NULL)
    return NULL;
  if (msm_tensor_dtype (image) == MSM_C64)
    msm_vector_rss (host, msm_tensor_data (magnitude), msm_tensor_const_data (image), 1, msm_tensor_dim (image, 1),
                    shape.dim[2] * shape.dim[3]);
  else
    for (gsize i = 0; i < msm_tensor_size (image); i++)
      msm_tensor_host (magnitude)[i] = fabsf (msm_tensor_const_host (image)[i]);
  return magnitude;
}

/* What is 1 in the problem: given; the format's white; else the 99.9th percentile. 0 with @error set. */
static double
find_unit (MsmScan *scan, const MsmProblemOptions *options, MsmTensor *image, GError **error)
{
  g_autoptr (MsmTensor) magnitude = NULL;
  double unit;

  if (options->scale > 0)
    return options->scale;
  if (scan->format->white > 0)
    return scan->format->white;
  magnitude = magnitude_of (image, error);
  if (magnitude == NULL)
    return 0;
  unit = msm_normalise_rule (msm_tensor_host (magnitude), msm_tensor_size (magnitude));
  if (!(unit > 0))
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: nearly all of the image is zero"), scan->path);
  return unit > 0 ? unit : 0;
}

static MsmTensor *
make_ones (MsmTensor *image, GError **error)
{
  MsmTensor *ones = msm_tensor_new_like (image, error);

  for (gsize i = 0; ones != NULL && i < msm_tensor_size (ones); i++)
    msm_tensor_host (ones)[2 * i] = 1;
  return ones;
}

/* The operator on the problem's device, and what it measures of @image. */
static gboolean
measure (MsmProblem *self, MsmTensor *image, const MsmProblemOptions *options, GError **error)
{
  const MsmOperatorClass *klass = options->operator_class;
  g_autoptr (MsmParams) params =
      options->operator_params != NULL ? msm_params_copy (options->operator_params) : msm_params_new (klass->params);
  g_autoptr (MsmTensor) x = msm_tensor_to (image, self->device, error);

  if (x == NULL)
    return FALSE;
  self->op = msm_operator_new (klass, self->device, msm_tensor_dtype (image), msm_tensor_shape (image), params, error);
  if (self->op == NULL)
    return FALSE;
  self->y = msm_operator_measure (klass, self->op, x, 1, params, error);
  self->noise_std = msm_operator_noise (params);
  self->operator_name = g_strdup (klass->name);
  self->operator_text = msm_operator_describe (klass, params);
  return self->y != NULL && msm_device_check (self->device, error);
}

gboolean
msm_problem_from_image (MsmProblem *self, MsmScan *scan, const MsmProblemOptions *options, MsmCancel *cancel,
                        GError **error)
{
  g_autoptr (MsmTensor) sens = NULL;
  g_autoptr (MsmTensor) image = NULL;
  gsize n_floats;

  if (options->mask != NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("a sampling mask belongs to k-space; ‘%s’ measures the image: give one or the other"),
                   options->operator_class->name);
      return FALSE;
    }
  image = scan->kind == MSM_SCAN_IMAGE ? read_picture (scan, options, cancel, error)
                                       : combine_coils (scan, options, &sens, &self->note, cancel, error);
  if (image == NULL || msm_cancel_check (cancel, error))
    return FALSE;
  self->kind = msm_tensor_dtype (image) == MSM_C64 ? MSM_MEASURE_MRI : MSM_MEASURE_IMAGE;
  self->n_channels = self->kind == MSM_MEASURE_MRI ? 1 : msm_tensor_dim (image, 1);
  self->scale = find_unit (scan, options, image, error);
  if (!(self->scale > 0))
    return FALSE;
  n_floats = msm_tensor_bytes (image) / sizeof (float);
  for (gsize i = 0; i < n_floats; i++)
    msm_tensor_host (image)[i] /= (float) self->scale;
  if (self->kind == MSM_MEASURE_MRI)
    {
      g_autoptr (MsmTensor) magnitude = magnitude_of (image, error);

      self->crop_readout = scan->crop_readout;
      self->crop_phase = scan->crop_phase;
      if (magnitude == NULL || (sens == NULL && (sens = make_ones (image, error)) == NULL))
        return FALSE;
      self->sens = msm_tensor_to (sens, self->device, error);
      self->reference = msm_tensor_crop (magnitude, self->crop_readout, self->crop_phase, error);
      if (self->sens == NULL || self->reference == NULL)
        return FALSE;
    }
  else
    self->reference = msm_tensor_ref (image);
  return measure (self, image, options, error);
}
