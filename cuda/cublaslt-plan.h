#pragma once

/* One shape of matrix product as cuBLASLt runs it: asked for once, run with its pointers. */

#include <cublasLt.h>

#include "cuda/cuda-neural.h"

typedef struct
{
  cublasLtMatmulDesc_t operation; /* NULL: cuBLASLt has no algorithm */
  cublasLtMatrixLayout_t a, b, c;
  cublasLtMatmulAlgo_t algorithm;
  size_t workspace_bytes;
  int with_bias; /* else it is not added */
} MsmCublasltPlan;

/* Of addresses that algorithms ask for: 16, or what the address has less. */
size_t msm_cublaslt_alignment (const void *pointer);
/*
 * The algorithm that cuBLASLt thinks fastest among those that sum each element in one sequence. Its matrices are at
 * least as aligned as @product's. 0: there is none.
 */
int msm_cublaslt_plan_init (MsmCublasltPlan *self, cublasLtHandle_t handle, const MsmCudaProduct *product,
                            MsmPrecision precision, int with_bias);
void msm_cublaslt_plan_clear (MsmCublasltPlan *self);
/* @workspace: workspace_bytes of the device's memory. */
cublasStatus_t msm_cublaslt_plan_run (const MsmCublasltPlan *self, cublasLtHandle_t handle,
                                      const MsmCudaProduct *product, void *workspace, cudaStream_t stream);
