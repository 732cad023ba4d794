#include "config.h"

#include "core/nn/ema.h"

#include "core/device/device.h"

void
msm_ema_update (MsmTensor *average, MsmWeights *weights, double decay)
{
  MsmTensor *values = msm_weights_values (weights);
  MsmDevice *device = msm_tensor_device (values);

  g_return_if_fail (msm_tensor_size (average) == msm_tensor_size (values));

  msm_device_ops (device)->vector->lincomb (msm_device_state (device), msm_tensor_data (average),
                                            (float) decay, msm_tensor_const_data (average),
                                            (float) (1.0 - decay), msm_tensor_const_data (values),
                                            msm_tensor_size (values));
}
