/* Counter-based noise on the GPU: the same text as the CPU's, so the same numbers. */

#include "core/kernels/philox.inc"
#include "cuda/launch.cuh"

/* All that a value depends on, beside its number. */
typedef struct
{
  uint64_t seed, first;
  uint32_t stream, step;
} Counter;

/* A block more than n / 2 + 1 is never touched: whether first is odd must not change how many there are. */
__global__ static void
random_kernel (float *dst, size_t n, MsmCudaParameter<Counter> counter, int is_normal)
{
  const Counter at = counter.get ();

  MSM_CUDA_FOR (b, n / 2 + 1)
    {
      uint64_t block = at.first / 2 + b;
      double   pair[2];

      if (is_normal)
        msm_philox_normal2 (at.seed, at.stream, at.step, block, pair);
      else
        msm_philox_uniform2 (at.seed, at.stream, at.step, block, pair);
      for (int k = 0; k < 2; k++)
        {
          uint64_t element = 2 * block + k;

          if (element >= at.first && element < at.first + n)
            dst[element - at.first] = is_normal ? (float) pair[k] : msm_philox_round_uniform (pair[k]);
        }
    }
}

static void
run (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step,
     uint64_t first, int is_normal)
{
  const auto counter = msm_cuda_may_change (state, Counter { seed, first, stream, step });

  if (n > 0)
    MSM_CUDA_RUN (state, "random", n / 2 + 1, random_kernel, dst, n, counter, is_normal);
}

void
msm_cuda_random_normal (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream,
                        uint32_t step, uint64_t first)
{
  run (state, dst, n, seed, stream, step, first, 1);
}

void
msm_cuda_random_uniform (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream,
                         uint32_t step, uint64_t first)
{
  run (state, dst, n, seed, stream, step, first, 0);
}
