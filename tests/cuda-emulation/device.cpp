/* Which devices there are, the last error, and what has been done. */

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/cuda-emulation/emulation.h"

namespace emulation
{
namespace
{

thread_local cudaError_t last_error = cudaSuccess;

struct Counts
{
  long n[5] = {};

  ~Counts ()
  {
    const char *path = setting ("MSM_EMULATION_TRACE", "");
    FILE *file = path[0] != '\0' ? fopen (path, "w") : nullptr;

    if (file == nullptr)
      return;
    fprintf (file, "%ld launches, %ld graphs, %ld products, %ld convolutions, %ld fused\n", n[0], n[1], n[2], n[3],
             n[4]);
    fclose (file);
  }
} counts;

}

std::recursive_mutex &
mutex ()
{
  static std::recursive_mutex *one = new std::recursive_mutex;

  return *one;
}

void
die (const char *format, ...)
{
  va_list arguments;

  fputs ("emulated GPU: ", stderr);
  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fputc ('\n', stderr);
  abort ();
}

const char *
setting (const char *name, const char *otherwise)
{
  const char *value = getenv (name);

  return value != nullptr && value[0] != '\0' ? value : otherwise;
}

cudaError_t
failed (cudaError_t status)
{
  last_error = status;
  return status;
}

void
count (Count what)
{
  counts.n[static_cast<int> (what)]++;
}

}

using namespace emulation;

static bool
is_gpu (const char *kind)
{
  return strcmp (setting ("MSM_EMULATION_GPU", "usable"), kind) == 0;
}

cudaError_t
cudaGetDeviceCount (int *n)
{
  *n = is_gpu ("none") || is_gpu ("no-driver") ? 0 : 1;
  return is_gpu ("none")        ? failed (cudaErrorNoDevice)
         : is_gpu ("no-driver") ? failed (cudaErrorInsufficientDriver)
                                : cudaSuccess;
}

cudaError_t
cudaSetDevice (int index)
{
  return index == 0 ? cudaSuccess : failed (cudaErrorInvalidDevice);
}

cudaError_t
cudaGetDeviceProperties (cudaDeviceProp *properties, int index)
{
  size_t n_free;

  if (index != 0)
    return failed (cudaErrorInvalidDevice);
  memset (properties, 0, sizeof *properties);
  snprintf (properties->name, sizeof properties->name, "Emulated GPU");
  properties->major = is_gpu ("old") ? 7 : 8;
  properties->minor = is_gpu ("old") ? 5 : 0;
  return cudaMemGetInfo (&n_free, &properties->totalGlobalMem);
}

cudaError_t
cudaDeviceGetAttribute (int *value, cudaDeviceAttr attribute, int)
{
  switch (attribute)
    {
    case cudaDevAttrComputeCapabilityMajor:
      *value = is_gpu ("old") ? 7 : 8;
      return cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor:
      *value = is_gpu ("old") ? 5 : 0;
      return cudaSuccess;
    case cudaDevAttrMemoryPoolsSupported:
      *value = strcmp (setting ("MSM_EMULATION_POOL", "1"), "0") != 0;
      return cudaSuccess;
    default:
      die ("attribute %d is not emulated", attribute);
    }
}

cudaError_t
cudaGetLastError (void)
{
  cudaError_t status = last_error;

  last_error = cudaSuccess;
  return status;
}

cudaError_t
cudaPeekAtLastError (void)
{
  return last_error;
}

const char *
cudaGetErrorString (cudaError_t status)
{
  switch (status)
    {
    case cudaSuccess:
      return "no error";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    default:
      return "an error of the emulated GPU";
    }
}
