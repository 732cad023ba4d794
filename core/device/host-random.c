#include "config.h"

/* Built with -ffp-contract=off, so that every device gives the same numbers. */

#include "core/device/device.h"
#include "core/device/host-state.h"
#include "core/kernels/philox.inc"

static void
fill (float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step, uint64_t first, gboolean normal)
{
  uint64_t block0 = first / 2, n_blocks = n == 0 ? 0 : (first + n - 1) / 2 - block0 + 1;

#pragma omp parallel for num_threads(msm_device_get_threads()) schedule(static) if (n > 8192)
  for (uint64_t b = 0; b < n_blocks; b++)
    {
      double pair[2];

      if (normal)
        msm_philox_normal2 (seed, stream, step, block0 + b, pair);
      else
        msm_philox_uniform2 (seed, stream, step, block0 + b, pair);
      for (int k = 0; k < 2; k++)
        {
          uint64_t element = 2 * (block0 + b) + k;

          if (element >= first && element < first + n)
            dst[element - first] = normal ? (float) pair[k] : msm_philox_round_uniform (pair[k]);
        }
    }
}

void
msm_host_random_normal (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step,
                        uint64_t first)
{
  if (!state->failed)
    fill (dst, n, seed, stream, step, first, TRUE);
}

void
msm_host_random_uniform (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step,
                         uint64_t first)
{
  if (!state->failed)
    fill (dst, n, seed, stream, step, first, FALSE);
}
