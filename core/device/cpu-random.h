#pragma once

#include "core/device/device-ops.h"

/* msm_host_random_normal(), the same to the bit, in registers of four. */
void msm_cpu_random_normal (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step,
                            uint64_t first);
