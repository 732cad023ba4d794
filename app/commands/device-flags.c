#include "config.h"

#include "app/commands/device-flags.h"

MsmDevice *
msm_device_from_flags (const MsmParams *params, GError **error)
{
  g_autoptr (MsmDevice) device = NULL;

  msm_device_set_threads (msm_params_get_int (params, "threads"));
  device = msm_device_open (msm_params_get_text (params, "device"), error);
  if (device == NULL || !msm_device_set_precision (device, msm_params_get_choice (params, "precision"), error))
    return NULL;
  return g_steal_pointer (&device);
}
