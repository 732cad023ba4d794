#pragma once

#include <glib.h>

#include "core/device/device-ops.h"

G_BEGIN_DECLS

/**
 * msm_device_module_load:
 * @error: MSM_ERROR_DEVICE: no module, not loadable, no entry, or built for another table
 *
 * Finds msm-cuda.so in $MSM_DEVICE_PATH, the build folder, then the install folder, and opens it once. A
 * loaded module is never unloaded.
 * Returns: (transfer none): its table, or %NULL
 */
const MsmDeviceOps *msm_device_module_load (GError **error);

G_END_DECLS
