#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MSM_UNET_MAX_LEVELS 8

/* The reference's configuration of the Dhariwal–Nichol U-Net, under its own names. */
typedef struct
{
  int      image_size; /* what attention_resolutions is relative to; inputs may have other sizes */
  int      in_channels;
  int      out_channels;
  int      num_channels;
  int      num_res_blocks;
  int      n_levels;
  int      channel_mult[MSM_UNET_MAX_LEVELS];
  guint    attention_levels; /* bit l: attention at down-sampling 2ˡ */
  int      num_heads;
  int      num_head_channels; /* -1: num_heads counts */
  gboolean use_scale_shift_norm;
  gboolean resblock_updown;
  gboolean use_new_attention_order;
  int      norm_groups;
} MsmUnetConfig;

/**
 * msm_unet_config_parse:
 * @source: the file, for messages
 * @json: a JSON object of the configuration keys
 *
 * Returns: %FALSE with MSM_ERROR_FORMAT (not JSON), MSM_ERROR_VALUE (a key that is missing, unknown or
 * out of range) or MSM_ERROR_UNSUPPORTED (learn_sigma, class_cond)
 */
gboolean msm_unet_config_parse  (MsmUnetConfig       *self,
                                 const char          *source,
                                 const char          *json,
                                 GError             **error);
/* (transfer full): JSON that msm_unet_config_parse() reads back. */
char    *msm_unet_config_format (const MsmUnetConfig *self);

G_END_DECLS
