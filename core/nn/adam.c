#include "config.h"

#include "core/nn/adam.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/tensor/tensor-math.h"

struct _MsmAdam
{
  MsmWeights *weights;
  MsmAdamParams params;
  guint64 steps;
  MsmTensor *first;
  MsmTensor *second;
};

MsmAdam *
msm_adam_new (MsmWeights *weights, const MsmAdamParams *params, GError **error)
{
  g_autoptr (MsmAdam) self = g_new0 (MsmAdam, 1);

  self->weights = weights;
  self->params = *params;
  self->first = msm_tensor_new_like (msm_weights_values (weights), error);
  if (self->first != NULL)
    self->second = msm_tensor_new_like (msm_weights_values (weights), error);
  return self->second == NULL ? NULL : g_steal_pointer (&self);
}

void
msm_adam_free (MsmAdam *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->first, msm_tensor_unref);
  g_clear_pointer (&self->second, msm_tensor_unref);
  g_free (self);
}

double
msm_adam_gradient_norm (MsmAdam *self)
{
  MsmTensor *gradients = msm_weights_gradients (self->weights);

  return sqrt (msm_tensor_dot (gradients, gradients));
}

gboolean
msm_adam_step (MsmAdam *self, double lr, double gradient_scale, double clip, GError **error)
{
  MsmTensor *values = msm_weights_values (self->weights);
  MsmDevice *device = msm_tensor_device (values);
  double norm = gradient_scale * msm_adam_gradient_norm (self);
  MsmAdamStep step = { 0 };

  if (!isfinite (norm))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("the gradient is not finite after %" PRIu64 " steps"),
                   self->steps);
      return FALSE;
    }
  self->steps++;
  step.lr = (float) lr;
  step.beta1 = (float) self->params.beta1;
  step.beta2 = (float) self->params.beta2;
  step.epsilon = (float) self->params.epsilon;
  step.decay = (float) self->params.decay;
  step.correction1 = (float) (1.0 - pow (self->params.beta1, (double) self->steps));
  step.correction2 = (float) (1.0 - pow (self->params.beta2, (double) self->steps));
  step.gradient_scale = (float) (clip > 0 && norm > clip ? gradient_scale * clip / norm : gradient_scale);
  msm_device_ops (device)->neural->adam_step (msm_device_state (device), msm_tensor_data (values),
                                              msm_tensor_data (self->first), msm_tensor_data (self->second),
                                              msm_tensor_const_data (msm_weights_gradients (self->weights)),
                                              msm_tensor_size (values), &step);
  return msm_device_check (device, error);
}

guint64
msm_adam_get_steps (const MsmAdam *self)
{
  return self->steps;
}

void
msm_adam_set_steps (MsmAdam *self, guint64 steps)
{
  self->steps = steps;
}

MsmTensor *
msm_adam_first (MsmAdam *self)
{
  return self->first;
}

MsmTensor *
msm_adam_second (MsmAdam *self)
{
  return self->second;
}
