/* Matrix products by cuBLAS, in the row-major words of the host's tables. */

#include <cublas_v2.h>
#include <stdio.h>

#include "cuda/cuda-neural.h"

/* What NVIDIA recommends for Hopper; a workspace of our own, so that a product repeats bit for bit. */
#define WORKSPACE_BYTES ((size_t) 32 << 20)

void
msm_cuda_gemm_free (MsmDeviceState *state)
{
  if (state->cublas != NULL)
    cublasDestroy ((cublasHandle_t) state->cublas);
  msm_cuda_give (state, state->cublas_workspace);
  state->cublas = NULL;
  state->cublas_workspace = NULL;
}

static int
ensure_handle (MsmDeviceState *state)
{
  cublasHandle_t handle = NULL;

  if (state->cublas != NULL)
    return 1;
  if (cublasCreate (&handle) != CUBLAS_STATUS_SUCCESS)
    {
      msm_cuda_fail (state, "cuBLAS", "no handle could be made");
      return 0;
    }
  state->cublas_workspace = msm_cuda_take (state, WORKSPACE_BYTES); /* or the library's own will do */
  /* Setting the stream resets the workspace: first one, then the other. */
  if (cublasSetStream (handle, state->stream) != CUBLAS_STATUS_SUCCESS
      || (state->cublas_workspace != NULL
          && cublasSetWorkspace (handle, state->cublas_workspace, WORKSPACE_BYTES) != CUBLAS_STATUS_SUCCESS))
    {
      cublasDestroy (handle);
      msm_cuda_fail (state, "cuBLAS", "the stream was refused");
      return 0;
    }
  state->cublas = handle;
  return 1;
}

void
msm_cuda_gemm (MsmDeviceState *state, char ta, char tb, size_t m, size_t n, size_t k, float alpha,
               MsmCudaMatrix a, MsmCudaMatrix b, MsmCudaMatrix c, size_t batch)
{
  const float         zero = 0;
  const size_t        arguments[] = { (size_t) ta, (size_t) tb, m, n, k, batch, (size_t) state->precision,
                                      (size_t) a.data, a.ld, a.stride, (size_t) b.data, b.ld, b.stride,
                                      (size_t) c.data, c.ld, c.stride };
  cublasStatus_t      status;
  cublasComputeType_t type = state->precision == MSM_PRECISION_BF16   ? CUBLAS_COMPUTE_32F_FAST_16BF
                             : state->precision == MSM_PRECISION_TF32 ? CUBLAS_COMPUTE_32F_FAST_TF32
                                                                      : CUBLAS_COMPUTE_32F;

  msm_cuda_note (state, &alpha, sizeof alpha);
  if (!msm_cuda_call (state, "matrix product", arguments, sizeof arguments) || !ensure_handle (state))
    return;
  /* cuBLAS counts columns first: its Cᵀ = op (B)ᵀ op (A)ᵀ is our C. */
  status = cublasGemmStridedBatchedEx (
    (cublasHandle_t) state->cublas, tb == 'T' ? CUBLAS_OP_T : CUBLAS_OP_N,
    ta == 'T' ? CUBLAS_OP_T : CUBLAS_OP_N, (int) n, (int) m, (int) k, &alpha, b.data, CUDA_R_32F, (int) b.ld,
    (long long) b.stride, a.data, CUDA_R_32F, (int) a.ld, (long long) a.stride, &zero, (void *) c.data,
    CUDA_R_32F, (int) c.ld, (long long) c.stride, (int) batch, type, CUBLAS_GEMM_DEFAULT);
  if (status != CUBLAS_STATUS_SUCCESS)
    msm_cuda_fail (state, "matrix product", cublasGetStatusString (status));
}
