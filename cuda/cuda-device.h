#pragma once

#include "core/device/device-ops.h"

/* Opening, closing and the sticky error: the slots of MsmDeviceOps that cuda-device.c fills. */
MsmDeviceState *msm_cuda_open (int index, char *message, size_t size);
void msm_cuda_close (MsmDeviceState *state);
void msm_cuda_synchronise (MsmDeviceState *state);
const char *msm_cuda_get_error (MsmDeviceState *state);
void msm_cuda_clear_error (MsmDeviceState *state);
int msm_cuda_set_precision (MsmDeviceState *state, MsmPrecision precision, char *message, size_t size);
MsmPrecision msm_cuda_best_precision (MsmDeviceState *state);
void msm_cuda_memory_info (MsmDeviceState *state, size_t *n_free, size_t *n_total);
