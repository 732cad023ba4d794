#pragma once

#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/* Coil maps from .cfl or HDF5 (dataset sens), on the host. (transfer full): NULL as the readers fail */
MsmTensor *msm_sens_load (const char *path, GError **error);

G_END_DECLS
