#include "config.h"

#include "core/linop/operator-private.h"

#include <glib/gi18n-lib.h>

#include "core/base/memory.h"
#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

static const MsmParam sampling_params[] = {
  MSM_OPERATOR_NOISE (0),
  { NULL },
};

const MsmOperatorClass msm_operator_sampling = {
  .name = "sampling",
  .title = N_("Sampling in k-space"),
  .help = N_("Coils, Fourier transform and sampling mask: the scan's own measurement"),
  .params = sampling_params,
  .is_masked = TRUE,
};

static const MsmOperatorClass *const classes[] = {
  &msm_operator_sampling,          &msm_operator_inpaint_box, &msm_operator_inpaint_random,
  &msm_operator_super_resolution,  &msm_operator_blur,        &msm_operator_motion_blur,
  &msm_operator_random_projection, &msm_operator_colourise,   NULL,
};

const MsmOperatorClass *const *
msm_operator_classes (void)
{
  return classes;
}

const MsmOperatorClass *
msm_operator_class_find (const char *name, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (gsize i = 0; classes[i] != NULL; i++)
    {
      if (g_strcmp0 (classes[i]->name, name) == 0)
        return classes[i];
      g_string_append_printf (names, "%s%s", i == 0 ? "" : ", ", classes[i]->name);
    }
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("unknown operator ‘%s’, expected one of: %s"),
               name == NULL ? "" : name, names->str);
  return NULL;
}

MsmLinop *
msm_operator_new (const MsmOperatorClass *klass, MsmDevice *device, MsmDtype dtype, MsmShape image,
                  const MsmParams *params, GError **error)
{
  g_autoptr (MsmParams) defaults = NULL;

  g_return_val_if_fail (klass != NULL && device != NULL, NULL);
  if (klass->make == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("‘%s’ is made from a scan's k-space, not from an image"),
                   klass->name);
      return NULL;
    }
  if (image.rank != 4 || dtype == MSM_BF16)
    {
      g_autofree char *text = msm_shape_format (image);

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("‘%s’ acts on real or complex images [batch, channel, row, column], not on %s"), klass->name,
                   text);
      return NULL;
    }
  if (params == NULL)
    params = defaults = msm_params_new (klass->params);
  return klass->make (device, dtype, image, params, error);
}

gboolean
msm_operator_add_noise (MsmTensor *y, double std, guint64 seed, GError **error)
{
  MsmDevice *device = msm_tensor_device (y);
  g_autoptr (MsmTensor) noise = NULL;

  if (!(std > 0))
    return TRUE;
  noise = msm_tensor_new_like (y, error);
  if (noise == NULL)
    return FALSE;
  msm_vector_random_normal (device, msm_tensor_data (noise), msm_tensor_floats (noise), seed, MSM_OPERATOR_STREAM_NOISE,
                            0, 0);
  msm_tensor_axpy (y, std, noise);
  return TRUE;
}

double
msm_operator_noise (const MsmParams *params)
{
  return params != NULL ? msm_params_get_number (params, "noise") : 0;
}

MsmTensor *
msm_operator_measure (const MsmOperatorClass *klass, MsmLinop *op, const MsmTensor *x, double unit,
                      const MsmParams *params, GError **error)
{
  double std = unit * msm_operator_noise (params);
  guint64 seed = (guint64) msm_params_get_number (params, "seed");
  g_autoptr (MsmTensor) y = msm_tensor_new (op->device, op->dtype, op->codomain, error);
  g_autoptr (MsmTensor) back = NULL;

  if (y == NULL)
    return NULL;
  if (klass->is_masked && std > 0)
    {
      /* Noise where there is a measurement: A Aᴴ e, the mask of e. */
      back = msm_tensor_new (op->device, op->dtype, op->domain, error);
      if (back == NULL || !msm_operator_add_noise (y, std, seed, error))
        return NULL;
      msm_linop_adjoint (op, y, back);
      msm_tensor_axpy (back, 1, x);
      msm_linop_forward (op, back, y);
      return g_steal_pointer (&y);
    }
  msm_linop_forward (op, x, y);
  if (!msm_operator_add_noise (y, std, seed, error))
    return NULL;
  return g_steal_pointer (&y);
}

char *
msm_operator_describe (const MsmOperatorClass *klass, const MsmParams *params)
{
  g_autofree char *values = msm_params_describe (params);

  return g_strdup_printf ("%s %s", klass->name, values);
}

float *
msm_operator_uniform (const MsmParams *params, guint stream, gsize n, GError **error)
{
  MsmDevice *host = msm_device_host ();
  float *u = msm_try_new (float, n, error);

  if (u == NULL)
    return NULL;
  msm_vector_random_uniform (host, u, n, (guint64) msm_params_get_number (params, "seed"), stream, 0, 0);
  return u;
}

MsmTensor *
msm_operator_weights (MsmDevice *device, MsmDtype dtype, MsmShape image, const float *plane, gsize n_channel,
                      GError **error)
{
  gsize parts = msm_operator_parts (dtype), n_plane = image.dim[2] * image.dim[3];
  gsize n_planes = image.dim[0] * image.dim[1];
  g_autoptr (MsmTensor) host = NULL;
  float *to;

  image.dim[3] *= parts;
  host = msm_tensor_new (msm_device_host (), MSM_F32, image, error);
  if (host == NULL)
    return NULL;
  to = msm_tensor_host (host);
  for (gsize i = 0; i < n_planes; i++)
    for (gsize p = 0; p < n_plane; p++)
      for (gsize part = 0; part < parts; part++)
        *to++ = plane[i % n_channel * n_plane + p];
  return msm_tensor_to (host, device, error);
}
