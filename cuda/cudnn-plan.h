#pragma once

/* One convolution as an execution plan of cuDNN's graph API: made once, run with its pointers. */

#include <cudnn.h>

#include "cuda/cuda-state.h"

typedef enum
{
  MSM_CUDNN_FORWARD,         /* y from x and w */
  MSM_CUDNN_FORWARD_BIAS,    /* y from x, w and the bias, in one kernel */
  MSM_CUDNN_BACKWARD_DATA,   /* dx from dy and w */
  MSM_CUDNN_BACKWARD_FILTER, /* dw from x and dy */
} MsmCudnnKind;

typedef struct
{
  cudnnBackendDescriptor_t plan, config; /* NULL: cuDNN has no engine */
  size_t workspace_bytes;
  MsmCudnnKind kind;
  MsmPrecision precision;
} MsmCudnnPlan;

/*
 * The first engine of cuDNN's own order that is deterministic and, for MSM_PRECISION_F32, computes in
 * float32 as it is. Activations are channels-last, filters OHWI, all and the bias bfloat16 for MSM_PRECISION_BF16, else
 * float32: cuDNN has no engines for mixtures. 0: there is none.
 */
int msm_cudnn_plan_init (MsmCudnnPlan *self, cudnnHandle_t handle, MsmCudnnKind kind, const MsmConvShape *shape,
                         MsmPrecision precision);
void msm_cudnn_plan_clear (MsmCudnnPlan *self);
/*
 * @x, @w, @y: the activations, the filter and the output, or their gradients: the one that @kind writes. @b: the bias
 * of MSM_CUDNN_FORWARD_BIAS, else NULL. @workspace: workspace_bytes of the device's memory.
 */
void msm_cudnn_plan_run (MsmDeviceState *state, const MsmCudnnPlan *self, const void *x, const void *w, const void *y,
                         const void *b, void *workspace);
