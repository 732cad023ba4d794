#pragma once

/*
 * A GPU made of the processor, for the CUDA module's own sources compiled by g++: the functions of CUDA's libraries
 * that they call, under the types of CUDA's own headers. It proves arithmetic, indexing and the order of calls, not the
 * hardware. What a GPU would forgive or hide ends the test here: memory that is fresh holds NaN, a write beyond an
 * allocation is found when it is freed (AddressSanitizer finds it at once), queued work runs as late as it may. Set in the environment:
 *
 *   MSM_EMULATION_ORDER=shuffled|forward|reverse   of a block's threads and a grid's blocks: results must not change
 *   MSM_EMULATION_STREAMS=late|eager               queued work runs when somebody waits for it, or at once
 *   MSM_EMULATION_GPU=usable|old|none|no-driver    what is found
 *   MSM_EMULATION_MEMORY=BYTES                     all there is (1 GiB)
 *   MSM_EMULATION_FAIL=N                           the N-th launch from then on fails
 *   MSM_EMULATION_ENGINES=all|unfused|none         what the emulated cuDNN can do
 *   MSM_EMULATION_PRODUCTS=all|plain|none          what the emulated cuBLASLt can do: plain is float32 without a bias
 *   MSM_EMULATION_PLANNED=1                        from then on nobody may look for engines or algorithms
 *   MSM_EMULATION_PROTECT=1                        the host's touching the device's memory crashes (slow)
 *   MSM_EMULATION_TRACE=FILE                       at the end: launches, graphs launched, products, convolutions
 */

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

namespace emulation
{

using Work = std::function<void ()>;
using Guard = std::lock_guard<std::recursive_mutex>;

/* Held by every call: one thread at a time is inside. */
std::recursive_mutex &mutex ();
/* What the caller broke, in words, and the end. */
[[noreturn]] void die (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
const char *setting (const char *name, const char *otherwise);

/* memory.cpp: TRUE when the bytes lie within one allocation of the device. */
bool is_device (const void *pointer, size_t bytes);
bool is_pinned (const void *pointer, size_t bytes);
/* Before whatever the device does: its memory can be touched as long as one of these lives. */
class Access
{
public:
  Access ();
  ~Access ();
};
/* NaN, in every width. */
void poison (void *pointer, size_t bytes);

/* stream.cpp: what a call does, in the stream's order, or recorded where the stream is being captured. */
cudaError_t queue (cudaStream_t stream, Work work);
/* Of a call that may not be made in this thread while it records. */
bool is_recording ();
void run_everything ();

/* device.cpp */
cudaError_t failed (cudaError_t status);
enum class Count
{
  Launch,
  Graph,
  Product,
  Convolution,
  Fused
};
void count (Count what);

/* block.cpp: runs the body once for each thread of the grid. */
cudaError_t launch (const char *name, dim3 grid, dim3 block, cudaStream_t stream, Work body);

}
