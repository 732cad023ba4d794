#include "config.h"

#include "core/baseline/baseline.h"

#include <glib/gi18n-lib.h>

/* x = Aᴴ y of CS-MRI, A† y of other operators: one step. */

static const MsmParam params[] = { { NULL } };

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  return msm_baseline_prepare ((MsmBaseline *) sampler, 1, error);
}

static gboolean
step (MsmSampler *sampler, MsmStepInfo *info)
{
  MsmBaseline *self = (MsmBaseline *) sampler;

  msm_tensor_copy (self->x, self->zero_filled);
  msm_linop_forward (self->op, self->x, self->residual);
  msm_baseline_set_residual (self, self->residual);
  return msm_baseline_finish_step (self, 0, info);
}

const MsmSamplerClass msm_zero_filled_class = {
  .name = "zero-filled",
  .title = N_("Zero-filled"),
  .help = N_("The measurement put back: missing samples are zero, coils combined; for other operators the "
              "pseudo-inverse"),
  .params = params,
  .instance_size = sizeof (MsmBaseline),
  .prepare = prepare,
  .step = step,
  .outputs = msm_baseline_outputs,
  .dispose = msm_baseline_dispose,
};
