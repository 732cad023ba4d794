/* The network's table on the GPU. */

#include "cuda/cuda-neural.h"

const MsmNeuralOps msm_cuda_neural = {
  .conv_plan_new = msm_cuda_conv_plan_new,
  .conv_plan_free = msm_cuda_conv_plan_free,
  .conv_forward = msm_cuda_conv_forward,
  .conv_backward_data = msm_cuda_conv_backward_data,
  .conv_backward_weights = msm_cuda_conv_backward_weights,
  .linear_forward = msm_cuda_linear_forward,
  .linear_backward = msm_cuda_linear_backward,
  .linear_prepare = msm_cuda_linear_prepare,
  .norm_forward = msm_cuda_norm_forward,
  .norm_backward = msm_cuda_norm_backward,
  .attention_forward = msm_cuda_attention_forward,
  .attention_backward = msm_cuda_attention_backward,
  .attention_scratch = msm_cuda_attention_scratch,
  .attention_prepare = msm_cuda_attention_prepare,
  .missing = msm_cuda_missing,
  .upsample = msm_cuda_upsample,
  .downsample = msm_cuda_downsample,
  .pad = msm_cuda_pad,
  .pad_adjoint = msm_cuda_pad_adjoint,
  .concat = msm_cuda_concat,
  .split = msm_cuda_split,
  .silu_forward = msm_cuda_silu_forward,
  .silu_backward = msm_cuda_silu_backward,
  .add_channel = msm_cuda_add_channel,
  .sum_positions = msm_cuda_sum_positions,
  .adam_step = msm_cuda_adam_step,
};
