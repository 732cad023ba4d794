/* Matrix products by cuBLAS, in the row-major words of the host's tables. */

#include <cublas_v2.h>
#include <stdio.h>

#include "cuda/cuda-neural.h"

void
msm_cuda_gemm_free (MsmDeviceState *state)
{
  if (state->cublas != NULL)
    cublasDestroy ((cublasHandle_t) state->cublas);
  state->cublas = NULL;
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
  if (cublasSetStream (handle, state->stream) != CUBLAS_STATUS_SUCCESS)
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
               const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc)
{
  const float    zero = 0;
  cublasStatus_t status;

  if (!msm_cuda_enter (state) || !ensure_handle (state))
    return;
  /* cuBLAS counts columns first: its Cᵀ = op (B)ᵀ op (A)ᵀ is our C. */
  status = cublasSgemm ((cublasHandle_t) state->cublas, tb == 'T' ? CUBLAS_OP_T : CUBLAS_OP_N,
                        ta == 'T' ? CUBLAS_OP_T : CUBLAS_OP_N, (int) n, (int) m, (int) k, &alpha, b,
                        (int) ldb, a, (int) lda, &zero, c, (int) ldc);
  if (status != CUBLAS_STATUS_SUCCESS)
    msm_cuda_fail (state, "matrix product", cublasGetStatusString (status));
}
