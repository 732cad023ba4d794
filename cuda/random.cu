/* Counter-based noise on the GPU: the same text as the CPU's, so the same numbers. */

#include "core/kernels/philox.inc"
#include "cuda/launch.cuh"

__global__ static void
random_kernel (float *dst, size_t n, size_t n_blocks, uint64_t seed, uint32_t stream, uint32_t step,
               uint64_t first, int is_normal)
{
  MSM_CUDA_FOR (b, n_blocks)
    {
      uint64_t block = first / 2 + b;
      double   pair[2];

      if (is_normal)
        msm_philox_normal2 (seed, stream, step, block, pair);
      else
        msm_philox_uniform2 (seed, stream, step, block, pair);
      for (int k = 0; k < 2; k++)
        {
          uint64_t element = 2 * block + k;

          if (element >= first && element < first + n)
            dst[element - first] = is_normal ? (float) pair[k] : msm_philox_round_uniform (pair[k]);
        }
    }
}

static void
run (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step,
     uint64_t first, int is_normal)
{
  size_t n_blocks = n == 0 ? 0 : (first + n - 1) / 2 - first / 2 + 1;

  MSM_CUDA_RUN (state, "random", n_blocks, random_kernel, dst, n, n_blocks, seed, stream, step, first,
                is_normal);
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
