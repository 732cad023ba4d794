/*
 * The threads of a block take turns on stacks of their own, each until the next barrier or its end. Threads that meet
 * no barrier run one after another on one stack.
 */

#include <sys/mman.h>
#include <ucontext.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "tests/cuda-emulation/device-code.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

extern "C" char __start_msm_shared[] __attribute__ ((weak)), __stop_msm_shared[] __attribute__ ((weak));

namespace emulation
{
namespace
{

constexpr size_t STACK_BYTES = 256 << 10;

/* A stack and where its code stands. The compiler's own jumps: the library's look after signals and cancellation. */
struct Place
{
  void *state[5];
  char *stack = nullptr;
  size_t size = 0;
  void *fake = nullptr; /* AddressSanitizer's own stack */
};

struct Fiber : Place
{
  bool is_started = false;
  unsigned thread = 0; /* the one that waits on it */
};

Place scheduler;
Fiber *running;
/* Kept for the next block, and beyond all destructors: devices are closed at the very end. */
std::vector<Fiber *> &idle = *new std::vector<Fiber *>;
std::vector<Fiber *> waiting;
const Work *body;
std::vector<unsigned> turns; /* threads of the block in the order in which they begin */
size_t n_begun, n_ended, n_barriers;
uint64_t dice = 1;

void
begin_switch (Place &from, Place &to)
{
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber (&from.fake, to.stack, to.size);
#else
  (void) from, (void) to;
#endif
}

/* After a switch, on the new stack. */
void
end_switch (Place &here)
{
#ifdef __SANITIZE_ADDRESS__
  const void *bottom;
  size_t size;

  __sanitizer_finish_switch_fiber (here.fake, &bottom, &size);
  if (scheduler.stack == nullptr)
    {
      scheduler.stack = static_cast<char *> (const_cast<void *> (bottom));
      scheduler.size = size;
    }
#else
  (void) here;
#endif
}

void
set_thread (unsigned t)
{
  threadIdx = { t % blockDim.x, t / blockDim.x % blockDim.y, t / blockDim.x / blockDim.y };
}

/* Not in the function that it may come back to. */
[[noreturn]] __attribute__ ((noinline)) void
go_to (Place &place)
{
  __builtin_longjmp (place.state, 1);
}

/* Back to who shares out the turns. */
__attribute__ ((noinline)) void
leave (Fiber *self)
{
  if (__builtin_setjmp (self->state) == 0)
    {
      begin_switch (*self, scheduler);
      go_to (scheduler);
    }
  end_switch (*self);
}

void
fiber_main ()
{
  Fiber *self = running;

  end_switch (*self);
  for (;;)
    {
      while (n_begun < turns.size ())
        {
          set_thread (turns[n_begun++]);
          (*body) ();
          n_ended++;
        }
      idle.push_back (self);
      leave (self);
    }
}

/* Runs the fiber until it waits or is idle. */
__attribute__ ((noinline)) void
enter (Fiber *fiber)
{
  running = fiber;
  if (__builtin_setjmp (scheduler.state) == 0)
    {
      if (fiber->is_started)
        {
          begin_switch (scheduler, *fiber);
          go_to (*fiber);
        }
      else
        {
          ucontext_t context;

          fiber->is_started = true;
          fiber->stack = static_cast<char *> (
              mmap (nullptr, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
          if (fiber->stack == MAP_FAILED)
            die ("no memory for a stack");
          fiber->size = STACK_BYTES;
          getcontext (&context);
          context.uc_stack.ss_sp = fiber->stack;
          context.uc_stack.ss_size = STACK_BYTES;
          context.uc_link = nullptr;
          makecontext (&context, fiber_main, 0);
          begin_switch (scheduler, *fiber);
          setcontext (&context);
        }
    }
  end_switch (scheduler);
}

unsigned
random_below (size_t n)
{
  dice = dice * 6364136223846793005u + 1442695040888963407u;
  return static_cast<unsigned> ((dice >> 32) * n >> 32);
}

template <typename T>
void
arrange (std::vector<T> &items)
{
  static const char *const order = setting ("MSM_EMULATION_ORDER", "shuffled");

  if (strcmp (order, "reverse") == 0)
    for (size_t i = 0; i < items.size () / 2; i++)
      std::swap (items[i], items[items.size () - 1 - i]);
  else if (strcmp (order, "shuffled") == 0)
    for (size_t i = items.size (); i > 1; i--)
      std::swap (items[i - 1], items[random_below (i)]);
  else if (strcmp (order, "forward") != 0)
    die ("MSM_EMULATION_ORDER: no order “%s”", order);
}

/* AddressSanitizer keeps zones between its variables, which may be overwritten but by whom it watches. */
#ifdef __SANITIZE_ADDRESS__
__attribute__ ((no_sanitize_address)) void
spoil_shared ()
{
  for (volatile char *at = __start_msm_shared; at < __stop_msm_shared; at++)
    *at = static_cast<char> (0xff);
}
#else
void
spoil_shared ()
{
  poison (__start_msm_shared, (size_t) (__stop_msm_shared - __start_msm_shared));
}
#endif

void
run_block (const char *name, size_t n_threads)
{
  turns.resize (n_threads);
  for (size_t t = 0; t < n_threads; t++)
    turns[t] = static_cast<unsigned> (t);
  arrange (turns);
  n_begun = n_ended = 0;
  while (n_begun < n_threads)
    {
      if (idle.empty ())
        idle.push_back (new Fiber);
      Fiber *fiber = idle.back ();

      idle.pop_back ();
      enter (fiber);
    }
  while (!waiting.empty ())
    {
      static std::vector<Fiber *> met;

      met.clear ();
      std::swap (met, waiting);
      if (met.size () != n_threads)
        die ("%s: %zu of %zu threads came to a barrier, the others ended before it", name, met.size (), n_threads);
      n_barriers++;
      arrange (met);
      for (Fiber *fiber : met)
        {
          set_thread (fiber->thread);
          enter (fiber);
        }
    }
  if (n_ended != n_threads)
    die ("%s: a block has not ended", name);
}

void
run_grid (const char *name, dim3 grid, dim3 block, const Work &work)
{
  std::vector<size_t> blocks ((size_t) grid.x * grid.y * grid.z);
  size_t n_spoilt = n_barriers;

  for (size_t b = 0; b < blocks.size (); b++)
    blocks[b] = b;
  arrange (blocks);
  body = &work;
  gridDim = grid;
  blockDim = block;
  spoil_shared ();
  for (size_t b : blocks)
    {
      blockIdx = { static_cast<unsigned> (b % grid.x), static_cast<unsigned> (b / grid.x % grid.y),
                   static_cast<unsigned> (b / grid.x / grid.y) };
      if (n_spoilt != n_barriers) /* who shares something meets a barrier */
        spoil_shared ();
      n_spoilt = n_barriers;
      run_block (name, (size_t) block.x * block.y * block.z);
    }
}

}

namespace
{

/* Counts the launches from where the setting was last changed. */
bool
is_to_fail ()
{
  static long last, n;
  const long at = strtol (setting ("MSM_EMULATION_FAIL", "0"), nullptr, 10);

  n = at != last ? 1 : n + 1;
  last = at;
  return n == at;
}

}

cudaError_t
launch (const char *name, dim3 grid, dim3 block, cudaStream_t stream, Work work)
{
  Guard guard (mutex ());

  count (Count::Launch);
  if (is_to_fail ())
    return failed (cudaErrorLaunchOutOfResources);
  if (grid.x == 0 || grid.x > 0x7fffffff || grid.y == 0 || grid.y > 65535 || grid.z == 0 || grid.z > 65535
      || block.x == 0 || block.y == 0 || block.z == 0 || block.z > 64 || (size_t) block.x * block.y * block.z > 1024)
    return failed (cudaErrorInvalidConfiguration);
  return queue (stream, [=] {
    Access access;

    run_grid (name, grid, block, work);
  });
}

}

/* A thread's wait for the others of its block. */
void
__syncthreads (void)
{
  emulation::Fiber *self = emulation::running;

  self->thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  emulation::waiting.push_back (self);
  emulation::leave (self);
}
