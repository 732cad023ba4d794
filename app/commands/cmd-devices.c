#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "core/device/device.h"

static const MsmParam devices_params[] = { { NULL } };

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (devices_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  GPtrArray *devices;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_devices, options, argc, argv, 0, 0, &status))
    return status;
  devices = msm_device_list ();
  for (guint i = 0; i < devices->len; i++)
    {
      const MsmDeviceInfo *info = g_ptr_array_index (devices, i);

      printf ("%-8s %-12s %-16s %s\n", info->name, info->usable ? _("usable") : _("not usable"), info->precisions,
              info->description);
    }
  g_ptr_array_unref (devices);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_devices = {
  "devices", "", N_("List the compute devices, their precisions for networks, and why one cannot be used"), NULL, run,
};
