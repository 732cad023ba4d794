#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MSM_UNET_MAX_LEVELS 8
#define MSM_UNET_SPECTRUM   16

/* What the network's output stands for, and what its input is (core/diffusion/denoiser-unet.h). */
typedef enum
{
  MSM_PREDICTION_EPSILON, /* the noise: the reference's, and what an absent key means */
  MSM_PREDICTION_V
} MsmPrediction;

typedef enum
{
  MSM_INPUT_ADJOINT, /* Tᴴ S z: the reference's, and what an absent key means */
  MSM_INPUT_LMMSE,   /* the linear-MMSE image, which knows the mask and the coils */
  MSM_INPUT_WIENER   /* the same for images of a given power spectrum */
} MsmInput;

/* The reference's configuration of the Dhariwal–Nichol U-Net, under its own names. */
typedef struct
{
  int image_size; /* what attention_resolutions is relative to; inputs may have other sizes */
  int in_channels;
  int out_channels;
  int num_channels;
  int num_res_blocks;
  int n_levels;
  int channel_mult[MSM_UNET_MAX_LEVELS];
  guint attention_levels; /* bit l: attention at down-sampling 2ˡ */
  int num_heads;
  int num_head_channels; /* -1: num_heads counts */
  gboolean use_scale_shift_norm;
  gboolean resblock_updown;
  gboolean use_new_attention_order;
  int norm_groups;
  MsmPrediction prediction;
  MsmInput input;
  double signal_power; /* σ_x²: mean square of the images' real elements (of re and im alike); lmmse */
  double signal_spectrum[MSM_UNET_SPECTRUM]; /* P at the knots of core/diffusion/spectrum.h; wiener */
  double alias_part; /* part of the power that a mask leaves open however small the noise; wiener */
  int cg_iterations; /* lmmse, wiener */
} MsmUnetConfig;

/**
 * msm_unet_config_parse:
 * @source: the file, for messages
 * @json: a JSON object of the configuration keys
 *
 * Returns: %FALSE with MSM_ERROR_FORMAT (not JSON), MSM_ERROR_VALUE (a key that is missing, unknown or
 * out of range) or MSM_ERROR_UNSUPPORTED (learn_sigma, class_cond, input lmmse or wiener without prediction v)
 */
gboolean msm_unet_config_parse (MsmUnetConfig *self, const char *source, const char *json, GError **error);
/* (transfer full): JSON that msm_unet_config_parse() reads back. */
char *msm_unet_config_format (const MsmUnetConfig *self);

G_END_DECLS
