#include "config.h"

#include "core/nn/ema.h"

#include "core/tensor/tensor-math.h"

void
msm_ema_update (MsmTensor *average, MsmWeights *weights, double decay)
{
  MsmTensor *values = msm_weights_values (weights);

  g_return_if_fail (msm_tensor_size (average) == msm_tensor_size (values));

  msm_tensor_lincomb (average, decay, average, 1.0 - decay, values);
}
