/* Counter-based noise on the GPU: the same text as the CPU's, so the same numbers. */

#include "core/kernels/philox.inc"

__global__ static void
random_pairs (float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step, uint64_t first,
              int is_normal)
{
  uint64_t block = first / 2 + (uint64_t) blockIdx.x * blockDim.x + threadIdx.x;
  double pair[2];

  if (2 * block >= first + n)
    return;
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

/* dst [n] on the device; returns a cudaError_t as int. */
extern "C" int
msm_cuda_random (float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step, uint64_t first,
                 int is_normal, void *cuda_stream)
{
  const unsigned threads = 256;
  size_t n_blocks = (first + n + 1) / 2 - first / 2;

  if (n == 0)
    return 0;
  random_pairs<<<(unsigned) ((n_blocks + threads - 1) / threads), threads, 0, (cudaStream_t) cuda_stream>>> (
    dst, n, seed, stream, step, first, is_normal);
  return (int) cudaGetLastError ();
}
