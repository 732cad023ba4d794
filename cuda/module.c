/*
 * The CUDA module's single entry: which GPUs are there, and the tables that compute on them. So far they
 * have run on the tests' emulated GPU alone: tests/gpu/run on a machine with a GPU compares every slot with the
 * reference.
 */

#include <cuda_runtime_api.h>
#include <cudnn.h>
#include <stdio.h>

#include "core/device/device-ops.h"
#include "cuda/cuda-device.h"
#include "cuda/cuda-neural.h"

static int
cuda_count (char *message, size_t size)
{
  int n = 0;
  cudaError_t status = cudaGetDeviceCount (&n);

  if (status == cudaErrorInsufficientDriver)
    snprintf (message, size, "no NVIDIA driver, or one too old for this CUDA %d.%d module", CUDART_VERSION / 1000,
              CUDART_VERSION % 1000 / 10);
  else if (status == cudaErrorNoDevice || (status == cudaSuccess && n == 0))
    snprintf (message, size, "no NVIDIA GPU on this machine");
  else if (status != cudaSuccess)
    snprintf (message, size, "%s", cudaGetErrorString (status));
  return status == cudaSuccess ? n : 0;
}

static void
cuda_describe (int index, char *text, size_t size)
{
  struct cudaDeviceProp properties;

  if (cudaGetDeviceProperties (&properties, index) != cudaSuccess)
    {
      snprintf (text, size, "GPU %d does not answer", index);
      return;
    }
  snprintf (text, size, "%s, %.1f GiB, compute capability %d.%d, cuDNN %zu", properties.name,
            (double) properties.totalGlobalMem / 1073741824.0, properties.major, properties.minor, cudnnGetVersion ());
}

static const MsmDeviceOps cuda_ops = {
  .abi = MSM_DEVICE_ABI,
  .name = "cuda",
  .is_host = 0,
  .open = msm_cuda_open,
  .close = msm_cuda_close,
  .count = cuda_count,
  .describe = cuda_describe,
  .synchronise = msm_cuda_synchronise,
  .get_error = msm_cuda_get_error,
  .clear_error = msm_cuda_clear_error,
  .memory = &msm_cuda_memory,
  .vector = &msm_cuda_vector,
  .fourier = &msm_cuda_fourier,
  .neural = &msm_cuda_neural,
  .replay = &msm_cuda_replay,
  .set_precision = msm_cuda_set_precision,
  .best_precision = msm_cuda_best_precision,
  .memory_info = msm_cuda_memory_info,
#ifdef MSM_CUDA_NCCL
  .group = &msm_cuda_group,
#endif
};

__attribute__ ((visibility ("default"))) const MsmDeviceOps *
msm_device_module_open (void)
{
  return &cuda_ops;
}
