#pragma once

#include <glib/gi18n-lib.h>

#include "core/base/param.h"
#include "core/device/device.h"

G_BEGIN_DECLS

/* The rows of a command's table that say what it computes on. */
#define MSM_DEVICE_FLAGS                                                                                               \
  { "device", MSM_PARAM_TEXT, .def_text = "auto", .help = N_("auto, cpu, ref, cuda, cuda:1, …") },                    \
    { "precision", MSM_PARAM_CHOICE, .choices = msm_device_precisions,                                                 \
      .help = N_("What the network's products round their factors to; sums are float32") },                           \
  {                                                                                                                    \
    "threads", MSM_PARAM_INT, .min = 0, .max = 4096, .help = N_("Threads of the CPU device; 0 is all cores")           \
  }

/**
 * msm_device_from_flags:
 * @on_host: "auto" is the CPU, for what no GPU can do
 *
 * Returns: (transfer full): the device of those flags, or %NULL with MSM_ERROR_DEVICE or MSM_ERROR_UNSUPPORTED
 */
MsmDevice *msm_device_from_flags (const MsmParams *params, gboolean on_host, GError **error);

G_END_DECLS
