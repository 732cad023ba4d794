#pragma once

/* A network of a few thousand parameters for tests of devices. */

#include "core/nn/unet.h"

/* For images of 8 × 8 and 2 channels: every kind of layer. */
#define TINY_NETWORK                                                                                                   \
  "{\"image_size\": 8, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 8, \"num_res_blocks\": 1, "          \
  "\"channel_mult\": \"1,2\", \"attention_resolutions\": \"4\", \"num_head_channels\": 8, "                            \
  "\"use_scale_shift_norm\": true, \"resblock_updown\": true, \"norm_groups\": 4}"

/* All parameters ~ N(0, @scale²), the same on every device. */
static inline void
draw_parameters (MsmUnet *unet, MsmDevice *device, float scale)
{
  MsmTensor *values = msm_weights_values (msm_unet_weights (unet));
  const MsmVectorOps *ops = msm_device_ops (device)->vector;
  float *data = msm_tensor_data (values);
  gsize n = msm_tensor_size (values);

  ops->random_normal (msm_device_state (device), data, n, 1, 2, 3, 0);
  ops->scale (msm_device_state (device), data, scale, data, n);
}
