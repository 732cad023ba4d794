#pragma once

#include "core/device/neural-ops.h"

/* The network slots of the two host devices, for their tables. They keep no state of their own. */
extern MsmNeuralOps msm_cpu_neural_ops;       /* oneDNN, OpenMP, and the kernels of this processor's level */
extern const MsmNeuralOps msm_ref_neural_ops; /* plain loops */

/* The slots of the same names of the processor. */
int msm_cpu_set_precision (MsmDeviceState *state, MsmPrecision precision, char *message, size_t size);
MsmPrecision msm_cpu_best_precision (MsmDeviceState *state);

/* Fills msm_cpu_neural_ops for this processor; before its first use. */
void msm_cpu_neural_init (void);
