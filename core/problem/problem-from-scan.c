#include "config.h"

#include "core/problem/problem-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/calib/smooth-phase.h"
#include "core/linop/linop.h"
#include "core/problem/problem-from-scan.h"
#include "core/tensor/vector.h"

/* Pictures: the mean of the channels as one complex image, through the DFT. */
static MsmTensor *
synthetic_kspace (MsmTensor *image, GError **error)
{
  MsmShape shape = msm_tensor_shape (image);
  gsize n_channels = shape.dim[1], n_plane = shape.dim[2] * shape.dim[3];
  int parts = msm_tensor_dtype (image) == MSM_C64 ? 2 : 1;
  const float *from = msm_tensor_const_host (image);
  g_autoptr (MsmTensor) kspace = NULL;
  g_autoptr (MsmLinop) fft = NULL;
  float *to;

  shape.dim[1] = 1;
  kspace = msm_tensor_new (msm_device_host (), MSM_C64, shape, error);
  if (kspace == NULL)
    return NULL;
  to = msm_tensor_host (kspace);
  for (gsize c = 0; c < n_channels; c++)
    for (gsize p = 0; p < n_plane; p++)
      for (int part = 0; part < parts; part++)
        to[2 * p + part] += from[parts * (c * n_plane + p) + part] / n_channels;
  fft = msm_linop_fft_new (msm_device_host (), shape, error);
  if (fft == NULL)
    return NULL;
  msm_linop_forward (fft, kspace, kspace);
  return g_steal_pointer (&kspace);
}

void
msm_calibration_clear (MsmCalibration *self)
{
  g_clear_pointer (&self->kspace, msm_tensor_unref);
  g_clear_pointer (&self->mask, msm_mask_unref);
}

/* Columns [@first, @first + @n) of each plane, to or from the same of a narrower tensor. */
static void
copy_columns (MsmTensor *wide, MsmTensor *narrow, gsize first, gboolean is_back)
{
  MsmShape shape = msm_tensor_shape (narrow);
  const gsize n = shape.dim[3], n_wide = msm_tensor_dim (wide, 3);

  for (gsize l = 0; l < shape.dim[1] * shape.dim[2]; l++)
    {
      float *a = msm_tensor_host (wide) + 2 * (l * n_wide + first), *b = msm_tensor_host (narrow) + 2 * l * n;

      memcpy (is_back ? b : a, is_back ? a : b, 2 * n * sizeof (float));
    }
}

/* Both by one matrix, found of both together. */
static gboolean
compress (MsmTensor **kspace, MsmCalibration *calibration, gsize n_virtual, GError **error)
{
  MsmShape shape = msm_tensor_shape (*kspace), one = shape, both = shape;
  g_autoptr (MsmTensor) joined = NULL, compressed = NULL;
  MsmTensor **parts[] = { kspace, calibration != NULL && calibration->kspace != NULL ? &calibration->kspace : NULL };

  if (parts[1] == NULL)
    {
      compressed = msm_coil_compress (*kspace, n_virtual, NULL, error);
      if (compressed == NULL)
        return FALSE;
      msm_tensor_unref (*kspace);
      *kspace = g_steal_pointer (&compressed);
      return TRUE;
    }
  both.dim[3] *= 2;
  joined = msm_tensor_new (msm_device_host (), MSM_C64, both, error);
  if (joined == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    copy_columns (joined, *parts[i], i * shape.dim[3], FALSE);
  compressed = msm_coil_compress (joined, n_virtual, NULL, error);
  one.dim[1] = n_virtual;
  for (gsize i = 0; compressed != NULL && i < G_N_ELEMENTS (parts); i++)
    {
      MsmTensor *part = msm_tensor_new (msm_device_host (), MSM_C64, one, error);

      if (part == NULL)
        return FALSE;
      copy_columns (compressed, part, i * shape.dim[3], TRUE);
      msm_tensor_unref (*parts[i]);
      *parts[i] = part;
    }
  return compressed != NULL;
}

/* A copy, because whitening and scaling work in place and a reader may keep what it returned. */
static MsmTensor *
copy_white (MsmScan *scan, MsmTensor *read, GError **error)
{
  g_autoptr (MsmTensor) kspace =
      msm_tensor_new_from (msm_device_host (), MSM_C64, msm_tensor_shape (read), msm_tensor_const_data (read), error);

  if (kspace == NULL || (scan->noise_covariance != NULL && !msm_noise_whiten (kspace, scan->noise_covariance, error)))
    return NULL;
  return g_steal_pointer (&kspace);
}

static gboolean
read_calibration (MsmScan *scan, gsize slice, MsmCalibration *calibration, MsmCancel *cancel, GError **error)
{
  g_autoptr (MsmTensor) read = msm_scan_read_calibration (scan, slice, &calibration->mask, cancel, error);

  calibration->kspace = read != NULL ? copy_white (scan, read, error) : NULL;
  return calibration->kspace != NULL;
}

MsmTensor *
msm_problem_read_kspace (MsmScan *scan, const MsmProblemOptions *options, MsmCalibration *calibration,
                         MsmCancel *cancel, GError **error)
{
  const gboolean wants_calibration = calibration != NULL && scan->has_calibration && options->sens == NULL;
  g_autoptr (MsmTensor) read = msm_scan_read (scan, options->slice, cancel, error);
  g_autoptr (MsmTensor) kspace = NULL;

  if (read == NULL)
    return NULL;
  if (scan->kind == MSM_SCAN_IMAGE)
    return synthetic_kspace (read, error);
  kspace = copy_white (scan, read, error);
  if (kspace == NULL || (wants_calibration && !read_calibration (scan, options->slice, calibration, cancel, error)))
    return NULL;
  if (options->n_virtual > 0 && options->n_virtual < msm_tensor_dim (kspace, 1)
      && !compress (&kspace, calibration, options->n_virtual, error))
    return NULL;
  return g_steal_pointer (&kspace);
}

/* The slice's own mask, of what was acquired, and the retrospective one: what both sample. */
static MsmMask *
join_masks (MsmScan *scan, const MsmMask *own, const MsmProblemOptions *options, gsize n_readout, gsize n_phase,
            GError **error)
{
  const MsmMask *masks[] = { own, options->mask };
  const char *names[] = { "the scan's own mask", "the given mask" };
  g_autoptr (MsmMask) mask = msm_mask_new (n_readout, n_phase);

  memset (mask->points, 1, n_readout * n_phase);
  for (gsize i = 0; i < G_N_ELEMENTS (masks); i++)
    {
      if (masks[i] == NULL)
        continue;
      if (masks[i]->n_readout != n_readout || masks[i]->n_phase != n_phase)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: %s is %zu × %zu, expected %zu × %zu"), scan->path,
                       names[i], masks[i]->n_readout, masks[i]->n_phase, n_readout, n_phase);
          return NULL;
        }
      for (gsize p = 0; p < n_readout * n_phase; p++)
        mask->points[p] &= masks[i]->points[p];
      mask->nominal_accel = masks[i]->nominal_accel;
      g_free (mask->origin);
      mask->origin = g_strdup (masks[i]->origin);
    }
  msm_mask_take_padding (mask, own);
  msm_mask_detect_columns (mask);
  return g_steal_pointer (&mask);
}

/* FALSE, in words, where no point is sampled; whose mask it is tells what to change. */
static gboolean
check_sampled (MsmScan *scan, const MsmProblemOptions *options, const MsmMask *joined, GError **error)
{
  const MsmMask *given = options->mask;
  gsize n = joined->n_readout * joined->n_phase;
  const char *origin = joined->origin != NULL ? joined->origin : _("as acquired");

  if (msm_mask_count (joined) > 0)
    return TRUE;
  if (given != NULL && msm_mask_count (given) > 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                 _("%s: the mask (%s) samples nothing that was measured: none of its %zu points is among the scan's"),
                 scan->path, origin, msm_mask_count (given));
  else
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                 _("%s: the mask (%s) is empty, none of %zu points is sampled: there is nothing to reconstruct from"),
                 scan->path, origin, n);
  return FALSE;
}

/* √Σ_c |F⁻¹ y_c|², cropped around the centre. [1, 1, row, column] */
static MsmTensor *
make_reference (MsmTensor *kspace, gsize crop_readout, gsize crop_phase, GError **error)
{
  MsmDevice *host = msm_device_host ();
  MsmShape shape = msm_tensor_shape (kspace);
  gsize n_rows = shape.dim[2], n_columns = shape.dim[3];
  g_autoptr (MsmLinop) fft = msm_linop_fft_new (host, shape, error);
  g_autoptr (MsmTensor) coils = NULL;
  g_autoptr (MsmTensor) whole = NULL;

  if (fft == NULL)
    return NULL;
  coils = msm_tensor_new_like (kspace, error);
  if (coils == NULL)
    return NULL;
  whole = msm_tensor_new (host, MSM_F32, msm_shape4 (1, 1, n_rows, n_columns), error);
  if (whole == NULL)
    return NULL;
  msm_linop_adjoint (fft, kspace, coils);
  msm_vector_rss (host, msm_tensor_data (whole), msm_tensor_const_data (coils), 1, shape.dim[1], n_rows * n_columns);
  return msm_tensor_crop (whole, crop_readout, crop_phase, error);
}

/* ESPIRiT, or low-resolution maps where the sampled centre is smaller than its kernel. */
static MsmTensor *
estimate_sens (MsmTensor *kspace, const MsmMask *mask, const MsmCalibration *calibration, const MsmParams *espirit,
               const char **note, MsmCancel *cancel, GError **error)
{
  g_autoptr (MsmParams) defaults = espirit == NULL ? msm_params_new (msm_coil_map_params) : NULL;
  const MsmParams *params = espirit != NULL ? espirit : defaults;
  gsize kernel = (gsize) msm_params_get_int (params, "kernel");
  gsize rows, columns;

  if (calibration != NULL && calibration->kspace != NULL)
    {
      msm_mask_acs (calibration->mask, &rows, &columns);
      if (rows >= kernel && columns >= kernel)
        return msm_espirit_estimate (calibration->kspace, calibration->mask, params, cancel, error);
    }
  msm_mask_acs (mask, &rows, &columns);
  if (rows >= kernel && columns >= kernel)
    return msm_espirit_estimate (kspace, mask, params, cancel, error);
  *note = N_("coil maps of low resolution: the sampled centre is too small for ESPIRiT");
  return msm_low_resolution_sens (kspace, mask, (gsize) msm_params_get_int (params, "calib"), error);
}

MsmTensor *
msm_problem_make_sens (MsmTensor *kspace, const MsmMask *mask, const MsmCalibration *calibration,
                       const MsmProblemOptions *options, const char **note, MsmCancel *cancel, GError **error)
{
  MsmShape shape = msm_tensor_shape (kspace);

  if (options->sens != NULL)
    {
      MsmShape given = msm_tensor_shape (options->sens);

      shape.dim[0] = given.dim[0];
      if (msm_tensor_dtype (options->sens) != MSM_C64 || !msm_shape_equal (shape, given))
        {
          g_autofree char *is = msm_shape_format (given);
          g_autofree char *wanted = msm_shape_format (shape);

          g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                       _("the given coil sensitivities are %s, expected complex %s"), is, wanted);
          return NULL;
        }
      return msm_tensor_ref (options->sens);
    }
  if (shape.dim[1] == 1)
    {
      g_autoptr (MsmTensor) ones = msm_tensor_new (msm_device_host (), MSM_C64, shape, error);

      if (ones == NULL)
        return NULL;
      for (gsize p = 0; p < msm_tensor_size (ones); p++)
        msm_tensor_host (ones)[2 * p] = 1;
      return g_steal_pointer (&ones);
    }
  return estimate_sens (kspace, mask, calibration, options->espirit, note, cancel, error);
}

/* self->maps, and of them self->phase where it is wanted. (transfer full): the maps of the operator, on the host */
static MsmTensor *
absorb_phase (MsmProblem *self, MsmTensor *kspace, const MsmProblemOptions *options, GError **error)
{
  g_autoptr (MsmTensor) sens = NULL;
  MsmShape shape = msm_tensor_shape (self->maps);

  if (options->espirit != NULL && !msm_params_get_bool (options->espirit, "smooth-phase"))
    return msm_tensor_ref (self->maps);
  self->phase = msm_smooth_phase_estimate (kspace, self->mask, self->maps, error);
  sens = self->phase != NULL ? msm_tensor_new_like (self->maps, error) : NULL;
  if (sens == NULL)
    return NULL;
  msm_smooth_phase_absorb (msm_tensor_const_host (self->maps), msm_tensor_const_host (self->phase), shape.dim[0],
                           shape.dim[1], shape.dim[2] * shape.dim[3], msm_tensor_host (sens));
  return g_steal_pointer (&sens);
}

static gboolean
finish_problem (MsmProblem *self, MsmTensor *kspace, const MsmCalibration *calibration,
                const MsmProblemOptions *options, MsmCancel *cancel, GError **error)
{
  MsmDevice *host = msm_device_host ();
  MsmShape shape = msm_tensor_shape (kspace);
  g_autoptr (MsmTensor) plane = msm_mask_to_tensor (self->mask, host, error);
  g_autoptr (MsmTensor) sens = NULL;
  gboolean is_noisy = msm_operator_noise (options->operator_params) > 0;

  if (plane == NULL)
    return FALSE;
  msm_vector_mask (host, msm_tensor_data (kspace), msm_tensor_const_data (plane), msm_tensor_const_data (kspace),
                   shape.dim[1], shape.dim[2] * shape.dim[3]);
  self->scale = options->scale > 0 ? options->scale : msm_normalise_scale (kspace, NULL, error);
  if (!(self->scale > 0))
    return FALSE;
  if (is_noisy)
    {
      if (!msm_operator_add_noise (kspace, self->scale * msm_operator_noise (options->operator_params),
                                   (guint64) msm_params_get_number (options->operator_params, "seed"), error))
        return FALSE;
      msm_vector_mask (host, msm_tensor_data (kspace), msm_tensor_const_data (plane), msm_tensor_const_data (kspace),
                       shape.dim[1], shape.dim[2] * shape.dim[3]);
      self->operator_text = msm_operator_describe (msm_operator_classes ()[0], options->operator_params);
    }
  /* Before scaling, which differs from mask to mask: of the same centre the maps are the same, to the last bit. */
  if (!options->without_sens
      && ((self->maps = msm_problem_make_sens (kspace, self->mask, calibration, options, &self->note, cancel, error))
              == NULL
          || (sens = absorb_phase (self, kspace, options, error)) == NULL))
    return FALSE;
  msm_vector_scale (host, msm_tensor_data (kspace), (float) (1 / self->scale), msm_tensor_const_data (kspace),
                    2 * msm_tensor_size (kspace));
  if (self->reference != NULL)
    msm_vector_scale (host, msm_tensor_data (self->reference), (float) (1 / self->scale),
                      msm_tensor_const_data (self->reference), msm_tensor_size (self->reference));
  if (!msm_noise_estimate (kspace, self->mask, &self->noise_std, error))
    return FALSE;
  self->kspace = msm_tensor_to (kspace, self->device, error);
  if (self->kspace == NULL)
    return FALSE;
  if (sens != NULL && (self->sens = msm_tensor_to (sens, self->device, error)) == NULL)
    return FALSE;
  self->mask_plane = msm_tensor_to (plane, self->device, error);
  return self->mask_plane != NULL && msm_problem_set_sampling (self, error) && msm_device_check (host, error);
}

MsmProblem *
msm_problem_new_from_scan (MsmScan *scan, const MsmProblemOptions *options, MsmDevice *device, MsmCancel *cancel,
                           GError **error)
{
  g_autoptr (MsmProblem) self = g_new0 (MsmProblem, 1);
  g_autoptr (MsmTensor) kspace = NULL;
  g_autoptr (MsmMask) own = NULL;
  g_auto (MsmCalibration) calibration = { NULL };

  g_return_val_if_fail (scan != NULL && options != NULL && device != NULL, NULL);
  self->device = msm_device_ref (device);
  if (options->operator_class != NULL && options->operator_class->make != NULL)
    return msm_problem_from_image (self, scan, options, cancel, error) ? g_steal_pointer (&self) : NULL;
  kspace = msm_problem_read_kspace (scan, options, options->without_sens ? NULL : &calibration, cancel, error);
  if (kspace == NULL || msm_cancel_check (cancel, error) || !msm_scan_find_mask (scan, options->slice, &own, error))
    return NULL;
  self->mask = join_masks (scan, own, options, msm_tensor_dim (kspace, 2), msm_tensor_dim (kspace, 3), error);
  if (self->mask == NULL || !check_sampled (scan, options, self->mask, error))
    return NULL;
  self->crop_readout = scan->crop_readout;
  self->crop_phase = scan->crop_phase;
  if (msm_scan_mask_is_full (own))
    {
      self->reference = scan->reference_is_truth ? msm_scan_read_reference (scan, options->slice, error)
                                                 : make_reference (kspace, scan->crop_readout, scan->crop_phase, error);
      if (self->reference == NULL)
        return NULL;
    }
  if (!finish_problem (self, kspace, &calibration, options, cancel, error))
    {
      if (error != NULL && *error != NULL)
        g_prefix_error (error, "%s: ", scan->path);
      return NULL;
    }
  return g_steal_pointer (&self);
}
