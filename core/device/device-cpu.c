#include "config.h"

#include <omp.h>

#include "core/device/device.h"
#include "core/device/host-neural.h"
#include "core/device/host-state.h"

static void
cpu_describe (int index, char *text, size_t size)
{
  const char *simd = "SSE2";

#if defined(__x86_64__)
  __builtin_cpu_init ();
  if (msm_cpu_best_precision (NULL) == MSM_PRECISION_BF16)
    simd = "AVX-512, bf16";
  else if (__builtin_cpu_supports ("avx512f"))
    simd = "AVX-512";
  else if (__builtin_cpu_supports ("avx2"))
    simd = "AVX2";
#else
  simd = "no SIMD detection";
#endif
  g_snprintf (text, size, "%d threads, %s", msm_device_get_threads (), simd);
}

static MsmDeviceState *
cpu_open (int index, char *message, size_t size)
{
  msm_cpu_neural_init ();
  return msm_host_open (&msm_cpu_vector, index, message, size);
}

const MsmDeviceOps msm_cpu_ops = {
  .abi = MSM_DEVICE_ABI,
  .name = "cpu",
  .is_host = 1,
  .open = cpu_open,
  .close = msm_host_close,
  .count = msm_host_count,
  .describe = cpu_describe,
  .synchronise = msm_host_synchronise,
  .get_error = msm_host_get_error,
  .clear_error = msm_host_clear_error,
  .memory = &msm_host_memory,
  .vector = &msm_cpu_vector,
  .fourier = &msm_cpu_fourier,
  .neural = &msm_cpu_neural_ops,
  .set_precision = msm_cpu_set_precision,
  .best_precision = msm_cpu_best_precision,
};
