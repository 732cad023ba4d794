#pragma once

#include "core/base/param.h"

G_BEGIN_DECLS

/**
 * msm_bench_network:
 * @params: "network", "batch", "no-shapes", "repeats", "save-weights", "json" and those of device-flags.h
 *
 * Times the network's convolutions, forward, backward and training step and prints a table or JSON.
 */
gboolean msm_bench_network (MsmParams *params, GError **error);

G_END_DECLS
