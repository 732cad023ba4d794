#include "config.h"

#include "core/nn/unet.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/nn/unet-build.h"

struct _MsmUnet
{
  MsmDevice *device;
  MsmUnetConfig config;
  MsmWeights *weights;
  MsmGraph *graph; /* of the planned size, or NULL */
  MsmUnetPorts ports;
  float *embedding; /* [n, num_channels] on the host */
  gsize n, h, w;
  gsize h_pad, w_pad; /* the graph's */
  gboolean backward;
  MsmReplay *forward_replay, *backward_replay; /* where the device records */
};

MsmUnet *
msm_unet_new (MsmDevice *device, const MsmUnetConfig *config, gboolean with_gradients, GError **error)
{
  g_autoptr (MsmUnet) self = g_new0 (MsmUnet, 1);

  self->device = msm_device_ref (device);
  self->config = *config;
  self->weights = msm_weights_new ();
  msm_unet_build (&self->config, self->weights, NULL, 0, 0, NULL);
  if (!msm_weights_allocate (self->weights, device, with_gradients, error))
    return NULL;
  return g_steal_pointer (&self);
}

MsmUnet *
msm_unet_load (MsmDevice *device, const char *path, gboolean with_gradients, GError **error)
{
  g_autoptr (MsmSafetensors) file = msm_safetensors_open (path, error);
  g_autoptr (MsmUnet) self = NULL;
  MsmUnetConfig config;

  if (file == NULL)
    return NULL;
  if (msm_safetensors_metadata (file, "msm.config") == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: its metadata have no ‘msm.config’, which describes the network"), path);
      return NULL;
    }
  if (!msm_unet_config_parse (&config, path, msm_safetensors_metadata (file, "msm.config"), error))
    return NULL;
  self = msm_unet_new (device, &config, with_gradients, error);
  if (self == NULL || !msm_weights_load (self->weights, file, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
forget_replays (MsmUnet *self)
{
  msm_device_forget (self->device, &self->forward_replay);
  msm_device_forget (self->device, &self->backward_replay);
}

void
msm_unet_free (MsmUnet *self)
{
  if (self == NULL)
    return;
  forget_replays (self);
  g_clear_pointer (&self->graph, msm_graph_free);
  g_clear_pointer (&self->weights, msm_weights_free);
  g_free (self->embedding);
  msm_device_unref (self->device);
  g_free (self);
}

const MsmUnetConfig *
msm_unet_config (const MsmUnet *self)
{
  return &self->config;
}

MsmWeights *
msm_unet_weights (MsmUnet *self)
{
  return self->weights;
}

gboolean
msm_unet_plan (MsmUnet *self, gsize n, gsize h, gsize w, gboolean backward, GError **error)
{
  gsize factor = (gsize) 1 << (self->config.n_levels - 1);

  g_return_val_if_fail (!backward || msm_weights_gradients (self->weights) != NULL, FALSE);

  /* Without backward it may hold the weights, which may have changed. */
  if (self->graph != NULL && self->n == n && self->h == h && self->w == w && self->backward && backward)
    return TRUE;
  if (n == 0 || h == 0 || w == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("the network takes images of at least one pixel, found %zu of %zu × %zu"), n, h, w);
      return FALSE;
    }
  forget_replays (self);
  g_clear_pointer (&self->graph, msm_graph_free);
  g_clear_pointer (&self->embedding, g_free);
  self->graph = msm_graph_new (self->device, self->weights, n);
  self->h_pad = (h + factor - 1) / factor * factor;
  self->w_pad = (w + factor - 1) / factor * factor;
  msm_unet_build (&self->config, self->weights, self->graph, self->h_pad, self->w_pad, &self->ports);
  if (!msm_graph_plan (self->graph, self->ports.y, backward, error))
    {
      g_clear_pointer (&self->graph, msm_graph_free);
      return FALSE;
    }
  self->embedding = g_new0 (float, n * (gsize) self->config.num_channels);
  self->n = n;
  self->h = h;
  self->w = w;
  self->backward = backward;
  return TRUE;
}

gsize
msm_unet_plan_bytes (MsmUnet *self)
{
  return self->graph == NULL ? 0 : msm_graph_bytes (self->graph);
}

GArray *
msm_unet_conv_shapes (MsmUnet *self)
{
  g_return_val_if_fail (self->graph != NULL, NULL);
  return msm_graph_conv_shapes (self->graph);
}

/* (cos t f_k, sin t f_k), f_k = 10000^(−k / half): the reference's timestep embedding. */
static void
embed (MsmUnet *self, const double *timestep)
{
  int half = self->config.num_channels / 2;

  for (gsize n = 0; n < self->n; n++)
    for (int k = 0; k < half; k++)
      {
        double angle = timestep[n] * exp (-log (10000.0) * k / half);

        self->embedding[(int) n * 2 * half + k] = (float) cos (angle);
        self->embedding[(int) n * 2 * half + half + k] = (float) sin (angle);
      }
}

static gsize
n_pixels (const MsmUnet *self)
{
  return self->n * self->h * self->w;
}

/*
 * Between the caller's images [n, h, w, c] and the graph's [n, h_pad, w_pad, c]: @out pads, else its
 * adjoint crops (or, with @mirror, folds).
 */
static void
exchange (MsmUnet *self, float *dst, const float *src, int c, gboolean out, gboolean mirror)
{
  const MsmDeviceOps *ops = msm_device_ops (self->device);
  MsmDeviceState *state = msm_device_state (self->device);
  MsmPadShape shape = { self->n, self->h, self->w, (gsize) c, self->h_pad, self->w_pad, mirror };

  if (self->h == self->h_pad && self->w == self->w_pad)
    ops->memory->copy (state, dst, src, n_pixels (self) * (gsize) c * sizeof (float));
  else if (out)
    ops->neural->pad (state, dst, src, &shape);
  else
    ops->neural->pad_adjoint (state, dst, src, &shape);
}

void
msm_unet_forward (MsmUnet *self, MsmTensor *y, const MsmTensor *x, const double *timestep)
{
  const MsmMemoryOps *memory = msm_device_ops (self->device)->memory;
  MsmDeviceState *state = msm_device_state (self->device);

  g_return_if_fail (self->graph != NULL);
  g_return_if_fail (msm_tensor_size (x) == n_pixels (self) * (gsize) self->config.in_channels);
  g_return_if_fail (msm_tensor_size (y) == n_pixels (self) * (gsize) self->config.out_channels);

  embed (self, timestep);
  memory->upload (state, msm_graph_value (self->graph, self->ports.embedding), self->embedding,
                  self->n * (gsize) self->config.num_channels * sizeof (float));
  exchange (self, msm_graph_value (self->graph, self->ports.x), msm_tensor_const_data (x), self->config.in_channels,
            TRUE, TRUE);
  /* Time index, input and output lie where they always do. */
  do
    {
      msm_device_begin (self->device, &self->forward_replay);
      msm_graph_forward (self->graph);
    }
  while (!msm_device_end (self->device, &self->forward_replay));
  exchange (self, msm_tensor_data (y), msm_graph_value (self->graph, self->ports.y), self->config.out_channels, FALSE,
            FALSE);
}

void
msm_unet_backward (MsmUnet *self, MsmTensor *dx, const MsmTensor *dy)
{
  g_return_if_fail (self->graph != NULL && self->backward);
  g_return_if_fail (msm_tensor_size (dy) == n_pixels (self) * (gsize) self->config.out_channels);

  exchange (self, msm_graph_gradient (self->graph, self->ports.y), msm_tensor_const_data (dy),
            self->config.out_channels, TRUE, FALSE);
  do
    {
      msm_device_begin (self->device, &self->backward_replay);
      msm_graph_backward (self->graph, dx != NULL);
    }
  while (!msm_device_end (self->device, &self->backward_replay));
  if (dx != NULL)
    exchange (self, msm_tensor_data (dx), msm_graph_gradient (self->graph, self->ports.x), self->config.in_channels,
              FALSE, TRUE);
}
