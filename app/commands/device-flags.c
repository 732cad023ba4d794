#include "config.h"

#include "app/commands/device-flags.h"

#include "core/comm/comm.h"

MsmDevice *
msm_device_from_flags (const MsmParams *params, gboolean on_host, GError **error)
{
  const char *name = msm_params_get_text (params, "device");
  g_autoptr (MsmDevice) device = NULL;

  msm_device_set_threads (msm_params_get_int (params, "threads"));
  device = msm_comm_open_device (on_host && g_str_equal (name, "auto") ? "cpu" : name, error);
  if (device == NULL || !msm_device_set_precision (device, msm_params_get_choice (params, "precision"), error))
    return NULL;
  return g_steal_pointer (&device);
}
