/* Memory of the device, an arena that the host cannot touch when asked, and page-locked memory of the host. */

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/cuda-emulation/emulation.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes)
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#endif

struct CUmemPoolHandle_st
{
};

namespace emulation
{
namespace
{

constexpr size_t ALIGNMENT = 256;
constexpr size_t PAGES = 64 << 10;  /* what is protected at a time */
constexpr size_t SPOILT = 1 << 20;  /* how much of an allocation is, so that large ones cost nothing */
constexpr unsigned char RED = 0xa5; /* in the zone behind every allocation */

struct Arena
{
  char *bytes;
  size_t size, used = 0, top = 0; /* of the arena, handed out, above which none ever was */
  int n_accesses = 0;
  bool is_protected;
  std::map<size_t, size_t> blocks; /* offset and size, without what follows it */

  Arena ()
  {
    size = (size_t) 4 << 30;
    is_protected = strcmp (setting ("MSM_EMULATION_PROTECT", "0"), "0") != 0;
    bytes = static_cast<char *> (
        mmap (nullptr, size + PAGES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    if (bytes == MAP_FAILED)
      die ("no memory for the emulated GPU's");
    ASAN_POISON_MEMORY_REGION (bytes, size);
  }
};

Arena &
arena ()
{
  static Arena *one = new Arena; /* never ended: other statics may use it on their way out */

  return *one;
}

std::map<const char *, size_t> &
pinned ()
{
  static std::map<const char *, size_t> *all = new std::map<const char *, size_t>;

  return *all;
}

/* Of which so much can be had. */
size_t
limit ()
{
  const size_t bytes = strtoull (setting ("MSM_EMULATION_MEMORY", "1073741824"), nullptr, 10);

  return bytes < arena ().size ? bytes : arena ().size;
}

/* What an allocation takes: itself and at least one unit behind it. */
size_t
span (size_t bytes)
{
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT;
}

void *
take (size_t bytes)
{
  Arena &a = arena ();
  size_t at = 0;

  for (const auto &[offset, size] : a.blocks) /* first fit */
    {
      if (offset >= at + span (bytes))
        break;
      at = offset + span (size);
    }
  if (bytes > limit () || at + span (bytes) > a.size || a.used + span (bytes) > limit ())
    return nullptr;
  a.blocks[at] = bytes;
  a.used += span (bytes);
  {
    Access access;

    if (at + span (bytes) > a.top)
      {
        a.top = (at + span (bytes) + PAGES - 1) / PAGES * PAGES;
        mprotect (a.bytes, a.top, PROT_READ | PROT_WRITE);
      }
    ASAN_UNPOISON_MEMORY_REGION (a.bytes + at, span (bytes));
    poison (a.bytes + at, bytes < SPOILT ? bytes : SPOILT);
    memset (a.bytes + at + bytes, RED, span (bytes) - bytes);
    ASAN_POISON_MEMORY_REGION (a.bytes + at + bytes, span (bytes) - bytes);
  }
  return a.bytes + at;
}

void
give (void *pointer)
{
  Arena &a = arena ();
  auto block = a.blocks.find (static_cast<size_t> (static_cast<char *> (pointer) - a.bytes));
  Access access;

  if (block == a.blocks.end ())
    die ("freed is what was not allocated: %p", pointer);
  ASAN_UNPOISON_MEMORY_REGION (a.bytes + block->first, span (block->second));
  for (size_t i = block->second; i < span (block->second); i++)
    if (static_cast<unsigned char> (a.bytes[block->first + i]) != RED)
      die ("written %zu bytes beyond an allocation of %zu", i - block->second + 1, block->second);
  poison (a.bytes + block->first, block->second < SPOILT ? block->second : SPOILT);
  ASAN_POISON_MEMORY_REGION (a.bytes + block->first, span (block->second));
  a.used -= span (block->second);
  a.blocks.erase (block);
}

cudaError_t
allocate (void **pointer, size_t bytes)
{
  *pointer = take (bytes);
  if (*pointer == nullptr) /* what is freed but waits in a stream */
    {
      run_everything ();
      *pointer = take (bytes);
    }
  return *pointer != nullptr ? cudaSuccess : failed (cudaErrorMemoryAllocation);
}

/* A side of a copy that should be memory of the device. */
void
expect_device (const char *what, const void *pointer, size_t bytes)
{
  if (bytes > 0 && !is_device (pointer, bytes))
    die ("%s: %zu bytes at %p are no memory of the device", what, bytes, pointer);
}

}

bool
is_device (const void *pointer, size_t bytes)
{
  Arena &a = arena ();
  const char *p = static_cast<const char *> (pointer);

  if (p < a.bytes || p >= a.bytes + a.size)
    return false;
  auto block = a.blocks.upper_bound (static_cast<size_t> (p - a.bytes));

  if (block == a.blocks.begin ())
    return false;
  --block;
  return static_cast<size_t> (p - a.bytes) + bytes <= block->first + block->second;
}

bool
is_pinned (const void *pointer, size_t bytes)
{
  const char *p = static_cast<const char *> (pointer);
  auto block = pinned ().upper_bound (p);

  if (block == pinned ().begin ())
    return false;
  --block;
  return p + bytes <= block->first + block->second;
}

Access::Access ()
{
  Arena &a = arena ();

  if (a.n_accesses++ == 0 && a.is_protected && a.top > 0)
    mprotect (a.bytes, a.top, PROT_READ | PROT_WRITE);
}

Access::~Access ()
{
  Arena &a = arena ();

  if (--a.n_accesses == 0 && a.is_protected && a.top > 0)
    mprotect (a.bytes, a.top, PROT_NONE);
}

void
poison (void *pointer, size_t bytes)
{
  memset (pointer, 0xff, bytes);
}

}

using namespace emulation;

cudaError_t
cudaMalloc (void **pointer, size_t bytes)
{
  Guard guard (mutex ());

  if (is_recording ())
    return failed (cudaErrorStreamCaptureUnsupported);
  return allocate (pointer, bytes);
}

cudaError_t
cudaFree (void *pointer)
{
  Guard guard (mutex ());

  if (is_recording ())
    return failed (cudaErrorStreamCaptureUnsupported);
  run_everything ();
  if (pointer != nullptr)
    give (pointer);
  return cudaSuccess;
}

cudaError_t
cudaMallocHost (void **pointer, size_t bytes)
{
  Guard guard (mutex ());

  if (is_recording ())
    return failed (cudaErrorStreamCaptureUnsupported);
  *pointer = malloc (bytes);
  if (*pointer == nullptr)
    return failed (cudaErrorMemoryAllocation);
  poison (*pointer, bytes);
  pinned ()[static_cast<char *> (*pointer)] = bytes;
  return cudaSuccess;
}

cudaError_t
cudaFreeHost (void *pointer)
{
  Guard guard (mutex ());

  if (pointer == nullptr)
    return cudaSuccess;
  if (is_recording ())
    return failed (cudaErrorStreamCaptureUnsupported);
  if (pinned ().erase (static_cast<char *> (pointer)) == 0)
    die ("freed is what was not page-locked");
  run_everything ();
  free (pointer);
  return cudaSuccess;
}

cudaError_t
cudaMemPoolCreate (cudaMemPool_t *pool, const cudaMemPoolProps *properties)
{
  if (properties->allocType != cudaMemAllocationTypePinned || properties->location.type != cudaMemLocationTypeDevice)
    return failed (cudaErrorInvalidValue);
  *pool = new CUmemPoolHandle_st;
  return cudaSuccess;
}

cudaError_t
cudaMemPoolDestroy (cudaMemPool_t pool)
{
  delete pool;
  return cudaSuccess;
}

cudaError_t
cudaMemPoolSetAttribute (cudaMemPool_t, cudaMemPoolAttr attribute, void *)
{
  return attribute == cudaMemPoolAttrReleaseThreshold ? cudaSuccess : failed (cudaErrorInvalidValue);
}

cudaError_t
cudaMemPoolGetAttribute (cudaMemPool_t, cudaMemPoolAttr attribute, void *value)
{
  Guard guard (mutex ());

  if (attribute != cudaMemPoolAttrReservedMemCurrent && attribute != cudaMemPoolAttrUsedMemCurrent)
    return failed (cudaErrorInvalidValue);
  *static_cast<uint64_t *> (value) = arena ().used;
  return cudaSuccess;
}

cudaError_t
cudaMemPoolTrimTo (cudaMemPool_t, size_t)
{
  return cudaSuccess;
}

/* In a recording it would be a node of the graph, which nothing here wants. */
cudaError_t
cudaMallocFromPoolAsync (void **pointer, size_t bytes, cudaMemPool_t, cudaStream_t)
{
  Guard guard (mutex ());

  if (is_recording ())
    return failed (cudaErrorStreamCaptureUnsupported);
  return allocate (pointer, bytes);
}

cudaError_t
cudaFreeAsync (void *pointer, cudaStream_t stream)
{
  Guard guard (mutex ());

  if (is_recording ())
    return failed (cudaErrorStreamCaptureUnsupported);
  return queue (stream, [pointer] { give (pointer); });
}

cudaError_t
cudaMemGetInfo (size_t *n_free, size_t *n_total)
{
  Guard guard (mutex ());

  *n_total = limit ();
  *n_free = limit () > arena ().used ? limit () - arena ().used : 0;
  return cudaSuccess;
}

/* Page-locked memory travels when its turn comes, other memory of the host while the caller waits. */
cudaError_t
cudaMemcpyAsync (void *dst, const void *src, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream)
{
  Guard guard (mutex ());
  const void *host = kind == cudaMemcpyHostToDevice ? src : kind == cudaMemcpyDeviceToHost ? dst : nullptr;
  const bool waits = host != nullptr && !is_pinned (host, bytes);
  cudaError_t status;

  if (kind != cudaMemcpyHostToDevice && kind != cudaMemcpyDeviceToHost && kind != cudaMemcpyDeviceToDevice)
    die ("a copy of a kind that is not emulated");
  if (waits && is_recording ())
    return failed (cudaErrorStreamCaptureUnsupported);
  status = queue (stream, [=] {
    Access access;

    if (kind != cudaMemcpyDeviceToHost)
      expect_device ("a copy's destination", dst, bytes);
    if (kind != cudaMemcpyHostToDevice)
      expect_device ("a copy's source", src, bytes);
    memmove (dst, src, bytes);
  });
  return status == cudaSuccess && waits ? cudaStreamSynchronize (stream) : status;
}

cudaError_t
cudaMemsetAsync (void *dst, int value, size_t bytes, cudaStream_t stream)
{
  Guard guard (mutex ());

  return queue (stream, [=] {
    Access access;

    expect_device ("memset", dst, bytes);
    memset (dst, value, bytes);
  });
}
