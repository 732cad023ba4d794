#include "config.h"

#include "core/device/cpu-neural-levels.h"

#include "core/kernels/bf16.inc"

void
MSM_LEVEL (round_to_bf16) (uint16_t *dst, const float *src, size_t m, size_t c, size_t block)
{
  MSM_PARALLEL_FOR_SIZE (m * c)
  for (size_t p = 0; p < m; p++)
    for (size_t b = 0; b < c / block; b++)
      {
        const float *from = src + p * c + b * block;
        uint16_t *to = dst + (b * m + p) * block;

        for (size_t k = 0; k < block; k++)
          to[k] = msm_bf16_bits (from[k]);
      }
}
