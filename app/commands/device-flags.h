#pragma once

#include "core/base/param.h"
#include "core/device/device.h"

G_BEGIN_DECLS

/**
 * msm_device_from_flags:
 * @on_host: "auto" is the CPU, for what no GPU can do
 *
 * Returns: (transfer full): the device of those flags, or %NULL with MSM_ERROR_DEVICE or MSM_ERROR_UNSUPPORTED
 */
MsmDevice *msm_device_from_flags (const MsmParams *params, gboolean on_host, GError **error);

G_END_DECLS
