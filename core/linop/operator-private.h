#pragma once

#include "core/linop/linop-private.h"
#include "core/linop/operator.h"

G_BEGIN_DECLS

extern const MsmOperatorClass msm_operator_sampling;
extern const MsmOperatorClass msm_operator_inpaint_box;
extern const MsmOperatorClass msm_operator_inpaint_random;
extern const MsmOperatorClass msm_operator_super_resolution;
extern const MsmOperatorClass msm_operator_blur;
extern const MsmOperatorClass msm_operator_motion_blur;
extern const MsmOperatorClass msm_operator_random_projection;
extern const MsmOperatorClass msm_operator_colourise;

/* Last rows of every operator's table. */
#define MSM_OPERATOR_NOISE(level)                                                                                      \
  { .name = "noise",                                                                                                   \
    .type = MSM_PARAM_FLOAT,                                                                                           \
    .min = 0,                                                                                                          \
    .max = 10,                                                                                                         \
    .def = (level),                                                                                                    \
    .help = N_("Standard deviation of the noise that is added; images have a maximum near 1"),                        \
    .flags = MSM_PARAM_LOG,                                                                                            \
    .title = N_("Noise σ") },                                                                                         \
  {                                                                                                                    \
    .name = "seed", .type = MSM_PARAM_INT, .min = 0, .max = 2147483647, .def = 1,                                      \
    .help = N_("Seed of the noise and of what is random in the operator"), .flags = MSM_PARAM_ADVANCED,               \
    .role = MSM_ROLE_SEED, .title = N_("Seed")                                                                        \
  }

/* Streams of the counter-based generator: none that a sampler draws from. */
enum
{
  MSM_OPERATOR_STREAM_NOISE = 0x6f700000,
  MSM_OPERATOR_STREAM_PIXELS,
  MSM_OPERATOR_STREAM_SIGNS,
  MSM_OPERATOR_STREAM_ROWS,
};

/* Floats per element. */
static inline gsize
msm_operator_parts (MsmDtype dtype)
{
  return dtype == MSM_C64 ? 2 : 1;
}

/* n uniform numbers in [0, 1) on the host. (transfer full) */
float *msm_operator_uniform (const MsmParams *params, guint stream, gsize n, GError **error);
/**
 * msm_operator_weights:
 * @plane: host, [n_channel, row, column] with n_channel 1 (the same for all) or the image's
 *
 * Returns: (transfer full): F32, as many floats as an image of @dtype and @image has, in its order
 */
MsmTensor *msm_operator_weights (MsmDevice *device, MsmDtype dtype, MsmShape image, const float *plane, gsize n_channel,
                                 GError **error);

G_END_DECLS
