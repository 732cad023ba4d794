#pragma once

#include "core/device/device.h"

G_BEGIN_DECLS

/**
 * msm_device_prove:
 *
 * Runs noise, a reduction, a Fourier transform and the network's layers on @device, in float32, and compares with
 * the cpu device: a driver, library or GPU that computes wrongly is found before a reconstruction relies on it.
 * Takes well under a second, most of it the loading of libraries.
 *
 * Returns: %FALSE with MSM_ERROR_DEVICE: a sentence that names what is wrong, or MSM_ERROR_MEMORY
 */
gboolean msm_device_prove (MsmDevice *device, GError **error);

G_END_DECLS
