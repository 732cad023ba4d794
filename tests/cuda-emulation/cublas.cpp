/* cuBLAS: products of matrices stored by columns. */

#include <cublas_v2.h>

#include <vector>

#include "tests/cuda-emulation/emulation.h"
#include "tests/cuda-emulation/numbers.h"

struct cublasContext
{
  cudaStream_t stream = nullptr;
  void        *workspace = nullptr;
  size_t       workspace_bytes = 0;
};

namespace
{

using namespace emulation;

/* Mantissa of the factors. */
int
bits_of (cublasComputeType_t type)
{
  switch (type)
    {
    case CUBLAS_COMPUTE_32F:
      return 23;
    case CUBLAS_COMPUTE_32F_FAST_TF32:
      return 10;
    case CUBLAS_COMPUTE_32F_FAST_16BF:
      return 7;
    default:
      die ("products of type %d are not emulated", type);
    }
}

/* Floats from the first to the last of [rows, columns] by columns, @batch of them. */
size_t
extent (int rows, int columns, int ld, long long stride, int batch)
{
  return (size_t) (batch - 1) * (size_t) stride + (size_t) (columns - 1) * (size_t) ld + (size_t) rows;
}

/* The factor [rows, k] with its rows side by side: op (A), or the transpose of op (B). */
std::vector<float>
dense (const float *x, int rows, int k, int ld, bool is_turned, int bits)
{
  std::vector<float> y ((size_t) rows * k);

  for (int l = 0; l < k; l++)
    for (int i = 0; i < rows; i++)
      y[(size_t) l * rows + i] = round_mantissa (is_turned ? x[(size_t) i * ld + l] : x[(size_t) l * ld + i], bits);
  return y;
}

void
expect (const char *name, const void *pointer, size_t floats)
{
  if (!is_device (pointer, floats * sizeof (float)))
    die ("a product's %s of %zu floats is no memory of the device", name, floats);
}

}

cublasStatus_t
cublasCreate (cublasHandle_t *handle)
{
  if (is_recording ())
    return CUBLAS_STATUS_NOT_INITIALIZED;
  *handle = new cublasContext;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasDestroy (cublasHandle_t handle)
{
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

/* As the library's, it forgets the workspace. */
cublasStatus_t
cublasSetStream (cublasHandle_t handle, cudaStream_t stream)
{
  handle->stream = stream;
  handle->workspace = nullptr;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasSetWorkspace (cublasHandle_t handle, void *workspace, size_t bytes)
{
  if (!is_device (workspace, bytes) || (uintptr_t) workspace % 256 != 0)
    return CUBLAS_STATUS_INVALID_VALUE;
  handle->workspace = workspace;
  handle->workspace_bytes = bytes;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasGemmStridedBatchedEx (cublasHandle_t handle, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k,
                            const void *alpha_at, const void *a_at, cudaDataType a_type, int lda, long long a_stride,
                            const void *b_at, cudaDataType b_type, int ldb, long long b_stride, const void *beta_at,
                            void *c_at, cudaDataType c_type, int ldc, long long c_stride, int batch,
                            cublasComputeType_t type, cublasGemmAlgo_t)
{
  Guard        guard (mutex ());
  const float  alpha = *static_cast<const float *> (alpha_at), beta = *static_cast<const float *> (beta_at);
  const int    a_rows = ta == CUBLAS_OP_N ? m : k, b_rows = tb == CUBLAS_OP_N ? k : n, bits = bits_of (type);
  const float *a = static_cast<const float *> (a_at), *b = static_cast<const float *> (b_at);
  float       *c = static_cast<float *> (c_at);
  void *const  workspace = handle->workspace;
  const size_t workspace_bytes = handle->workspace_bytes;

  if (a_type != CUDA_R_32F || b_type != CUDA_R_32F || c_type != CUDA_R_32F)
    die ("products of these types are not emulated");
  if (m < 1 || n < 1 || k < 1 || batch < 1 || lda < a_rows || ldb < b_rows || ldc < m)
    return CUBLAS_STATUS_INVALID_VALUE;
  expect ("first factor", a, extent (a_rows, ta == CUBLAS_OP_N ? k : m, lda, a_stride, batch));
  expect ("second factor", b, extent (b_rows, tb == CUBLAS_OP_N ? n : k, ldb, b_stride, batch));
  expect ("result", c, extent (m, n, ldc, c_stride, batch));
  count (Count::Product);
  return queue (handle->stream, [=] {
    Access access;

    if (workspace != nullptr) /* whoever else keeps something there finds it lost */
      poison (workspace, workspace_bytes < 4096 ? workspace_bytes : 4096);
    for (int z = 0; z < batch; z++)
      {
        const std::vector<float> u = dense (a + z * a_stride, m, k, lda, ta != CUBLAS_OP_N, bits);
        const std::vector<float> v = dense (b + z * b_stride, n, k, ldb, tb == CUBLAS_OP_N, bits);
        std::vector<double>      sum (m);

        for (int j = 0; j < n; j++)
          {
            float *column = c + z * c_stride + (size_t) j * ldc;

            sum.assign (m, 0);
            for (int l = 0; l < k; l++)
              for (int i = 0; i < m; i++)
                sum[i] += (double) u[(size_t) l * m + i] * v[(size_t) l * n + j];
            for (int i = 0; i < m; i++)
              column[i] = (float) (alpha * sum[i] + (beta != 0 ? beta * column[i] : 0.0));
          }
      }
  }) == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

const char *
cublasGetStatusString (cublasStatus_t status)
{
  return status == CUBLAS_STATUS_SUCCESS ? "success" : "an error of the emulated cuBLAS";
}
