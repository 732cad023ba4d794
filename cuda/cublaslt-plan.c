/*
 * cuBLASLt counts columns first: its D = op (A) op (B) is our C = op (A) op (B) transposed, so our B is its A, and the
 * bias, which it adds along a column, goes to every row of ours.
 */

#include "cuda/cublaslt-plan.h"

#include <stdint.h>

/* What NVIDIA recommends for Hopper. */
#define MAX_WORKSPACE_BYTES ((uint64_t) 32 << 20)
#define MAX_ALGORITHMS      8
#define MAX_ALIGNMENT       16

size_t
msm_cublaslt_alignment (const void *pointer)
{
  const uintptr_t bits = (uintptr_t) pointer | MAX_ALIGNMENT;

  return (size_t) (bits & -bits);
}

/* Stored by columns, @batch of them. */
static cublasLtMatrixLayout_t
make_layout (cudaDataType_t type, size_t rows, size_t columns, const MsmCudaMatrix *matrix, size_t batch)
{
  const int32_t count = (int32_t) batch;
  const int64_t stride = (int64_t) matrix->stride;
  cublasLtMatrixLayout_t layout = NULL;

  if (cublasLtMatrixLayoutCreate (&layout, type, rows, columns, (int64_t) matrix->ld) != CUBLAS_STATUS_SUCCESS)
    return NULL;
  if (batch > 1
      && (cublasLtMatrixLayoutSetAttribute (layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count)
              != CUBLAS_STATUS_SUCCESS
          || cublasLtMatrixLayoutSetAttribute (layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride,
                                               sizeof stride)
                 != CUBLAS_STATUS_SUCCESS))
    {
      cublasLtMatrixLayoutDestroy (layout);
      return NULL;
    }
  return layout;
}

static int
set (cublasLtMatmulDesc_t operation, cublasLtMatmulDescAttributes_t name, const void *value, size_t bytes)
{
  return cublasLtMatmulDescSetAttribute (operation, name, value, bytes) == CUBLAS_STATUS_SUCCESS;
}

static cublasLtMatmulDesc_t
make_operation (const MsmCudaProduct *product, MsmPrecision precision, int with_bias)
{
  const cublasComputeType_t type = product->narrow || precision == MSM_PRECISION_F32 ? CUBLAS_COMPUTE_32F
                                   : precision == MSM_PRECISION_BF16                 ? CUBLAS_COMPUTE_32F_FAST_16BF
                                                                                     : CUBLAS_COMPUTE_32F_FAST_TF32;
  const int32_t first = product->tb ? CUBLAS_OP_T : CUBLAS_OP_N, second = product->ta ? CUBLAS_OP_T : CUBLAS_OP_N;
  const uint32_t epilogue = CUBLASLT_EPILOGUE_BIAS;
  const int32_t bias_type = CUDA_R_32F;
  cublasLtMatmulDesc_t operation = NULL;

  if (cublasLtMatmulDescCreate (&operation, type, CUDA_R_32F) != CUBLAS_STATUS_SUCCESS)
    return NULL;
  if (set (operation, CUBLASLT_MATMUL_DESC_TRANSA, &first, sizeof first)
      && set (operation, CUBLASLT_MATMUL_DESC_TRANSB, &second, sizeof second)
      /* The search reads the bias's alignment from its address. */
      && (!with_bias
          || (set (operation, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue, sizeof epilogue)
              && set (operation, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, &bias_type, sizeof bias_type)
              && set (operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &product->bias, sizeof product->bias))))
    return operation;
  cublasLtMatmulDescDestroy (operation);
  return NULL;
}

/*
 * NVIDIA promises the same bits at every run with a workspace of one's own on one stream; sums cut into parts
 * ("split-K") are left out all the same, since people have seen them differ.
 */
static int
set_preference (cublasLtMatmulPreference_t preference, const MsmCudaProduct *product)
{
  const uint64_t workspace = MAX_WORKSPACE_BYTES;
  const uint32_t reduction = CUBLASLT_REDUCTION_SCHEME_NONE;
  const uint32_t a = (uint32_t) msm_cublaslt_alignment (product->b.data);
  const uint32_t b = (uint32_t) msm_cublaslt_alignment (product->a.data);
  const uint32_t c = (uint32_t) msm_cublaslt_alignment (product->c.data);
  const struct
  {
    cublasLtMatmulPreferenceAttributes_t name;
    const void *value;
    size_t bytes;
  } rows[] = {
    { CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace, sizeof workspace },
    { CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &reduction, sizeof reduction },
    { CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, &a, sizeof a },
    { CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, &b, sizeof b },
    { CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, &c, sizeof c },
    { CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, &c, sizeof c },
  };
  int ok = 1;

  for (size_t i = 0; ok && i < sizeof rows / sizeof rows[0]; i++)
    ok = cublasLtMatmulPreferenceSetAttribute (preference, rows[i].name, rows[i].value, rows[i].bytes)
         == CUBLAS_STATUS_SUCCESS;
  return ok;
}

static int
choose (MsmCublasltPlan *self, cublasLtHandle_t handle, const MsmCudaProduct *product)
{
  cublasLtMatmulHeuristicResult_t results[MAX_ALGORITHMS];
  cublasLtMatmulPreference_t preference = NULL;
  int count = 0, at = 0;

  if (cublasLtMatmulPreferenceCreate (&preference) != CUBLAS_STATUS_SUCCESS)
    return 0;
  if (!set_preference (preference, product)
      || cublasLtMatmulAlgoGetHeuristic (handle, self->operation, self->a, self->b, self->c, self->c, preference,
                                         MAX_ALGORITHMS, results, &count)
             != CUBLAS_STATUS_SUCCESS)
    count = 0;
  cublasLtMatmulPreferenceDestroy (preference);
  while (at < count && results[at].state != CUBLAS_STATUS_SUCCESS)
    at++;
  if (at >= count)
    return 0;
  self->algorithm = results[at].algo;
  self->workspace_bytes = results[at].workspaceSize;
  return 1;
}

int
msm_cublaslt_plan_init (MsmCublasltPlan *self, cublasLtHandle_t handle, const MsmCudaProduct *product,
                        MsmPrecision precision, int with_bias)
{
  const cudaDataType_t type = product->narrow ? CUDA_R_16BF : CUDA_R_32F;
  const size_t m = product->m, n = product->n, k = product->k;

  self->with_bias = with_bias;
  self->a = make_layout (type, product->tb ? k : n, product->tb ? n : k, &product->b, product->batch);
  self->b = make_layout (type, product->ta ? m : k, product->ta ? k : m, &product->a, product->batch);
  self->c = make_layout (CUDA_R_32F, n, m, &product->c, product->batch);
  self->operation = make_operation (product, precision, with_bias);
  if (self->a != NULL && self->b != NULL && self->c != NULL && self->operation != NULL
      && choose (self, handle, product))
    return 1;
  msm_cublaslt_plan_clear (self);
  return 0;
}

void
msm_cublaslt_plan_clear (MsmCublasltPlan *self)
{
  if (self->operation != NULL)
    cublasLtMatmulDescDestroy (self->operation);
  if (self->a != NULL)
    cublasLtMatrixLayoutDestroy (self->a);
  if (self->b != NULL)
    cublasLtMatrixLayoutDestroy (self->b);
  if (self->c != NULL)
    cublasLtMatrixLayoutDestroy (self->c);
  self->operation = NULL;
  self->a = self->b = self->c = NULL;
}

cublasStatus_t
msm_cublaslt_plan_run (const MsmCublasltPlan *self, cublasLtHandle_t handle, const MsmCudaProduct *product,
                       void *workspace, cudaStream_t stream)
{
  const float alpha = (float) product->alpha, beta = product->accumulate ? 1 : 0;

  if (self->with_bias
      && !set (self->operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &product->bias, sizeof product->bias))
    return CUBLAS_STATUS_INVALID_VALUE;
  return cublasLtMatmul (handle, self->operation, &alpha, product->b.data, self->a, product->a.data, self->b, &beta,
                         product->c.data, self->c, (void *) product->c.data, self->c, &self->algorithm, workspace,
                         self->workspace_bytes, stream);
}
