#include "config.h"

#include "core/nn/unet-init.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/tensor/vector.h"

#define STREAM 40 /* of the counter-based noise; the parameter's index is its step */

static gboolean
is_zero (const char *name)
{
  return g_str_has_prefix (name, "out.2.") || strstr (name, ".out_layers.3.") != NULL
         || strstr (name, ".proj_out.") != NULL;
}

/* Weights come in pairs: NAME.weight at an even index, NAME.bias behind it. */
static gsize
fan_in (MsmWeights *weights, guint index)
{
  MsmShape shape = msm_weights_get (weights, index - index % 2)->shape;

  return msm_shape_size (shape) / shape.dim[0];
}

gboolean
msm_unet_init_weights (MsmWeights *weights, guint64 seed, GError **error)
{
  MsmDevice *host_device = msm_device_host ();
  g_autoptr (MsmTensor) host =
      msm_tensor_new (host_device, MSM_F32, msm_tensor_shape (msm_weights_values (weights)), error);

  if (host == NULL)
    return FALSE;
  for (guint i = 0; i < msm_weights_count (weights); i++)
    {
      const MsmWeight *weight = msm_weights_get (weights, i);
      gboolean is_bias = g_str_has_suffix (weight->name, ".bias");
      float *value = msm_tensor_host (host) + weight->offset;
      float bound;

      if (is_zero (weight->name))
        continue;
      /* A one-dimensional weight scales a normalisation. */
      if (msm_weights_get (weights, i - i % 2)->shape.rank == 1)
        {
          for (gsize k = 0; k < weight->size && !is_bias; k++)
            value[k] = 1;
          continue;
        }
      bound = (float) (1 / sqrt ((double) fan_in (weights, i)));
      msm_vector_random_uniform (host_device, value, weight->size, seed, STREAM, i, 0);
      for (gsize k = 0; k < weight->size; k++)
        value[k] = bound * (2 * value[k] - 1);
    }
  msm_tensor_upload (msm_weights_values (weights), msm_tensor_const_host (host));
  return msm_device_check (msm_tensor_device (msm_weights_values (weights)), error);
}
