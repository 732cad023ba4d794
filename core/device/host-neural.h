#pragma once

#include "core/device/neural-ops.h"

/* The network slots of the two host devices, for their tables. They keep no state of their own. */
extern const MsmNeuralOps msm_cpu_neural_ops; /* oneDNN and OpenMP */
extern const MsmNeuralOps msm_ref_neural_ops; /* plain loops */
