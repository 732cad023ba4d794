#include "config.h"

#include <glib/gi18n-lib.h>

#include "core/device/host-neural.h"
#include "core/device/host-state.h"

static MsmDeviceState *
ref_open (int index, char *message, size_t size)
{
  return msm_host_open (&msm_ref_vector, index, message, size);
}

static void
ref_describe (int index, char *text, size_t size)
{
  g_snprintf (text, size, "plain loops in one thread: the judge of the others, slow");
}

static int
ref_set_precision (MsmDeviceState *state, MsmPrecision precision, char *message, size_t size)
{
  if (precision == MSM_PRECISION_TF32)
    {
      g_snprintf (message, size, _("tf32 is for GPUs"));
      return 0;
    }
  state->precision = precision;
  return 1;
}

const MsmDeviceOps msm_ref_ops = {
  .abi = MSM_DEVICE_ABI,
  .name = "ref",
  .is_host = 1,
  .open = ref_open,
  .close = msm_host_close,
  .count = msm_host_count,
  .describe = ref_describe,
  .synchronise = msm_host_synchronise,
  .get_error = msm_host_get_error,
  .clear_error = msm_host_clear_error,
  .memory = &msm_host_memory,
  .vector = &msm_ref_vector,
  .fourier = &msm_ref_fourier,
  .neural = &msm_ref_neural_ops,
  .set_precision = ref_set_precision,
};
