#include "config.h"

#include "core/device/cpu-neural-levels.h"

const MsmCpuKernels MSM_LEVEL (msm_cpu_kernels) = {
  .layers = {
    .linear_forward = MSM_LEVEL (linear_forward),
    .linear_backward = MSM_LEVEL (linear_backward),
    .norm_forward = MSM_LEVEL (norm_forward),
    .norm_backward = MSM_LEVEL (norm_backward),
    .attention_forward = MSM_LEVEL (attention_forward),
    .attention_backward = MSM_LEVEL (attention_backward),
    .attention_scratch = MSM_LEVEL (attention_scratch),
    .upsample = MSM_LEVEL (upsample),
    .downsample = MSM_LEVEL (downsample),
    .pad = MSM_LEVEL (pad),
    .pad_adjoint = MSM_LEVEL (pad_adjoint),
    .concat = MSM_LEVEL (concat),
    .split = MSM_LEVEL (split),
    .silu_forward = MSM_LEVEL (silu_forward),
    .silu_backward = MSM_LEVEL (silu_backward),
    .add_channel = MSM_LEVEL (add_channel),
    .sum_positions = MSM_LEVEL (sum_positions),
    .adam_step = MSM_LEVEL (adam_step),
  },
  .winograd_weights_size = MSM_LEVEL (winograd_weights_size),
  .winograd_scratch_size = MSM_LEVEL (winograd_scratch_size),
  .winograd_weights = MSM_LEVEL (winograd_weights),
  .winograd_forward = MSM_LEVEL (winograd_forward),
  .winograd_gradient = MSM_LEVEL (winograd_gradient),
  .multiply = MSM_LEVEL (multiply),
  .add_outer_products = MSM_LEVEL (add_outer_products),
  .add_column_sums = MSM_LEVEL (add_column_sums),
  .round_to_bf16 = MSM_LEVEL (round_to_bf16),
  .normal_blocks = MSM_LEVEL (normal_blocks),
  .complex_multiply = MSM_LEVEL (complex_multiply),
  .complex_weigh = MSM_LEVEL (complex_weigh),
  .complex_add_conjugate = MSM_LEVEL (complex_add_conjugate),
};
