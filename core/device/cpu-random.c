#include "config.h"

#include "core/device/cpu-random.h"

#include "core/device/cpu-kernels.h"
#include "core/device/device.h"
#include "core/device/host-state.h"

/* Groups of four blocks, eight numbers, in one share of a thread's work. */
#define SHARE 512

void
msm_cpu_random_normal (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step,
                       uint64_t first)
{
  const MsmCpuKernels *kernels = msm_cpu_kernels ();
  size_t begin = MIN (first % 2, n);
  size_t groups = (n - begin) / 8;
  size_t shares = (groups + SHARE - 1) / SHARE;

  if (state->failed)
    return;
  /* A block's second number, whole blocks, and what is left. */
  msm_host_random_normal (state, dst, begin, seed, stream, step, first);
#pragma omp parallel for num_threads(msm_device_get_threads()) schedule(static) if (shares > 2)
  for (size_t i = 0; i < shares; i++)
    kernels->normal_blocks (dst + begin + 8 * i * SHARE, MIN (groups - i * SHARE, SHARE), seed, stream, step,
                            (first + begin) / 2 + 4 * i * SHARE);
  msm_host_random_normal (state, dst + begin + 8 * groups, n - begin - 8 * groups, seed, stream, step,
                          first + begin + 8 * groups);
}
