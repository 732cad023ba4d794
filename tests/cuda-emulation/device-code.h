#pragma once

/* Included before the first line of every .cu file: CUDA's words for the device's code. */

#include <cuda_runtime_api.h>
#include <vector_functions.h>

#include <cmath>
#include <cstddef>

#include "tests/cuda-emulation/emulation.h"

using std::isfinite;
using std::isnan;

/* Blocks run one after another, so that a static is the block's own. block.cpp spoils the section between them. */
#undef __shared__
#define __shared__ static __attribute__ ((section ("msm_shared")))

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;

void __syncthreads (void);

static inline float
rsqrtf (float x)
{
  return 1.0f / sqrtf (x);
}

/* As at a launch, the arguments are evaluated once, and their values kept. */
template <typename Kernel, typename... A>
static inline void
msm_emulation_launch (const char *name, dim3 grid, dim3 block, cudaStream_t stream, Kernel kernel, A... arguments)
{
  emulation::launch (name, grid, block, stream, [=] { kernel (arguments...); });
}

#define MSM_CUDA_LAUNCH(kernel, grid, block, stream, ...)                                                              \
  msm_emulation_launch (                                                                                               \
      #kernel, grid, block, stream, [] (auto... arguments) { kernel (arguments...); }, __VA_ARGS__)
