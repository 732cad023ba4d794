/*
 * A device module without a GPU: the reference device behind memory that the host cannot touch (a host read or
 * write of it crashes, an operation on memory of the host fails), with as little memory as is asked for, calls that
 * fail or do nothing, and recorded calls. It tries everything that stands between a GPU and the user. Set in the
 * environment before the device is opened:
 *
 *   MSM_FAKE_MEMORY=BYTES     all memory there is (1 MiB)
 *   MSM_FAKE_FAIL=SLOT[:N]    the N-th call of the slot fails (the first)
 *   MSM_FAKE_IDLE=SLOT        the slot does nothing: a GPU that computes wrongly
 *   MSM_FAKE_STALE=N          the N-th launch of a recording finds it out of date
 *   MSM_FAKE_TRACE=FILE       at the end: how many sections ran as they are, were recorded, launched, out of date
 *   MSM_FAKE_GROUP=1          devices of one process (of threads that stand for processes) form groups
 *   MSM_FAKE_NONE=TEXT        there is no GPU, because TEXT
 *   MSM_FAKE_REFUSE=TEXT      opening a GPU fails, because TEXT
 */

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#include "core/device/device-ops.h"

#ifndef FAKE_ABI
#define FAKE_ABI MSM_DEVICE_ABI
#endif

extern "C" const MsmDeviceOps msm_ref_ops;

namespace
{

using Call = std::function<void ()>;

/* A section of calls: what they were when it was recorded, but for what a launch may change. */
struct Recording
{
  enum
  {
    Fresh,
    Warm,
    Recorded,
    Refused
  } stage = Fresh;
  std::vector<std::string> keys;
};

enum class Mode
{
  Run,
  Record,
  Collect
};

struct Fake
{
  MsmDeviceState *ref;
  char *arena;
  size_t size, used, top;          /* bytes: all, handed out, above which all is free */
  std::map<size_t, size_t> blocks; /* offset and size */
  std::string fail_slot, idle_slot, error;
  long fail_at, stale_at, launches;
  bool failed, spoiled;
  Mode mode;
  Recording *section; /* between begin and end; NULL elsewhere */
  int nested;
  std::vector<std::string> keys; /* of the calls since begin, which wait in calls */
  std::vector<Call> calls;
  long n_run, n_recorded, n_launched, n_stale;
};

Fake *
self_of (MsmDeviceState *state)
{
  return reinterpret_cast<Fake *> (state);
}

const char *
setting (const char *name, const char *otherwise)
{
  const char *value = getenv (name);

  return value != nullptr && value[0] != '\0' ? value : otherwise;
}

void
fail (Fake *self, const std::string &text)
{
  if (!self->failed)
    self->error = text;
  self->failed = true;
}

/* Memory can be touched between open_memory and close_memory alone. */
void
protect (Fake *self, int protection)
{
  if (self->top > 0)
    mprotect (self->arena, self->top, protection);
}

bool
is_device (const Fake *self, const void *pointer)
{
  const char *at = static_cast<const char *> (pointer);

  return pointer == nullptr || (at >= self->arena && at < self->arena + self->size);
}

/* An argument as a recorded call holds it: what a shape points to is copied, as a kernel's arguments are. */
template <typename T> struct Kept
{
  T value;
  T
  get () const
  {
    return value;
  }
};

template <typename T> struct Kept<const T *>
{
  static constexpr bool is_shape =
      std::is_same_v<
          T,
          MsmNormShape> || std::is_same_v<T, MsmAttentionShape> || std::is_same_v<T, MsmPadShape> || std::is_same_v<T, MsmAdamStep> || std::is_same_v<T, MsmConvShape>;
  std::conditional_t<is_shape, std::remove_cv_t<T>, const T *> value;

  Kept (const T *pointer)
  {
    if constexpr (is_shape)
      value = *pointer;
    else
      value = pointer;
  }
  const T *
  get () const
  {
    if constexpr (is_shape)
      return &value;
    else
      return value;
  }
};

/* The bytes that two calls of a recording must have in common: all but the values that a launch may change. */
template <typename T>
void
add_key (std::string &key, const Kept<T> &kept)
{
  key.append (reinterpret_cast<const char *> (&kept.value), sizeof kept.value);
}

template <auto Member, typename T>
constexpr bool
may_change ()
{
  if constexpr (std::is_same_v<decltype (Member), decltype (&MsmVectorOps::lincomb)>)
    return Member == &MsmVectorOps::lincomb && std::is_same_v<T, float>;
  else if constexpr (std::is_same_v<decltype (Member), decltype (&MsmVectorOps::scale)>) /* axpy too */
    return (Member == &MsmVectorOps::scale || Member == &MsmVectorOps::axpy) && std::is_same_v<T, float>;
  else if constexpr (std::is_same_v<decltype (Member), decltype (&MsmVectorOps::random_normal)>)
    return std::is_same_v<T, uint64_t> || std::is_same_v<T, uint32_t>;
  else if constexpr (std::is_same_v<decltype (Member), decltype (&MsmVectorOps::cg_weights)>)
    return std::is_same_v<T, double>;
  else
    return false;
}

/* Numbers of a device lie in its memory; results of reductions, shapes and plans on the host. */
template <typename T>
bool
is_acceptable (const Fake *self, T argument)
{
  if constexpr (std::is_pointer_v<T>)
    {
      using Target = std::remove_cv_t<std::remove_pointer_t<T> >;

      if constexpr (std::is_same_v<Target, float> || std::is_same_v<Target, uint32_t> || std::is_void_v<Target>)
        return is_device (self, argument);
    }
  return true;
}

template <typename Table> const Table *reference ();
template <>
const MsmMemoryOps *
reference<MsmMemoryOps> ()
{
  return msm_ref_ops.memory;
}
template <>
const MsmVectorOps *
reference<MsmVectorOps> ()
{
  return msm_ref_ops.vector;
}
template <>
const MsmFourierOps *
reference<MsmFourierOps> ()
{
  return msm_ref_ops.fourier;
}
template <>
const MsmNeuralOps *
reference<MsmNeuralOps> ()
{
  return msm_ref_ops.neural;
}

template <auto Member> struct Slot;

/* One slot of a table: the reference's, between the checks. */
template <typename Table, typename R, typename... A, R (*Table::*Member) (MsmDeviceState *, A...)> struct Slot<Member>
{
  static const char *name;

  static R
  call (MsmDeviceState *state, A... arguments)
  {
    Fake *self = self_of (state);

    if (!(is_acceptable (self, arguments) && ...))
      fail (self, std::string (name) + ": the fake device was given memory of the host");
    if (self->fail_slot == name && --self->fail_at == 0)
      fail (self, std::string (name) + ": the fake device has been asked to fail");
    if (self->failed || self->idle_slot == name)
      return R ();
    if constexpr (std::is_void_v<R>)
      {
        if (self->mode != Mode::Run)
          {
            record (self, Kept<A>{ arguments }...);
            return;
          }
      }
    else if (self->mode != Mode::Run)
      {
        self->spoiled = true;
        return R ();
      }
    return run (self, arguments...);
  }

private:
  static R
  run (Fake *self, A... arguments)
  {
    struct Open
    {
      Fake *fake;
      Open (Fake *f) : fake (f)
      {
        protect (fake, PROT_READ | PROT_WRITE);
      }
      ~Open ()
      {
        protect (fake, PROT_NONE);
      }
    } open (self);

    return (reference<Table> ()->*Member) (self->ref, arguments...);
  }

  static void
  record (Fake *self, Kept<A>... kept)
  {
    std::string key = name;

    ((may_change<Member, A> () ? void () : add_key (key, kept)), ...);
    self->keys.push_back (key);
    self->calls.push_back ([self, kept...] { run (self, kept.get ()...); });
  }
};

template <typename Table, typename R, typename... A, R (*Table::*Member) (MsmDeviceState *, A...)>
const char *Slot<Member>::name = "";

/* -- memory ---------------------------------------------------------------------------------------------- */

void *
fake_alloc (MsmDeviceState *state, size_t bytes)
{
  Fake *self = self_of (state);
  size_t size = (bytes + 63) / 64 * 64 + 64, at = 0;

  if (self->mode != Mode::Run)
    self->spoiled = true;
  if (self->failed)
    return nullptr;
  for (const auto &[offset, length] : self->blocks) /* first fit */
    {
      if (offset >= at + size)
        break;
      at = offset + length;
    }
  if (at + size > self->size)
    return nullptr;
  self->blocks[at] = size;
  self->used += size;
  if (at + size > self->top)
    self->top = at + size;
  protect (self, PROT_READ | PROT_WRITE);
  memset (self->arena + at, 0, size);
  protect (self, PROT_NONE);
  return self->arena + at;
}

void
fake_free (MsmDeviceState *state, void *pointer)
{
  Fake *self = self_of (state);
  auto block = pointer != nullptr
                   ? self->blocks.find (static_cast<size_t> (static_cast<char *> (pointer) - self->arena))
                   : self->blocks.end ();

  if (block == self->blocks.end ())
    return;
  self->used -= block->second;
  self->blocks.erase (block);
}

void
write (Fake *self, void *dst, const std::string &content)
{
  protect (self, PROT_READ | PROT_WRITE);
  memcpy (dst, content.data (), content.size ());
  protect (self, PROT_NONE);
}

/* To and from the host: one of the two is the device's. */
void
cross (MsmDeviceState *state, const char *name, const void *device, void *dst, const void *src, size_t bytes)
{
  Fake *self = self_of (state);

  if (!is_device (self, device))
    fail (self, std::string (name) + ": the fake device was given memory of the host");
  if (self->fail_slot == name && --self->fail_at == 0)
    fail (self, std::string (name) + ": the fake device has been asked to fail");
  if (self->failed)
    return;
  if (self->mode != Mode::Run && dst == device)
    {
      /* What is uploaded travels with the launch; the host may write over it meanwhile. */
      std::string content (static_cast<const char *> (src), bytes);
      std::string key =
          std::string (name) + std::to_string (reinterpret_cast<uintptr_t> (dst)) + ":" + std::to_string (bytes);

      self->keys.push_back (key);
      self->calls.push_back ([self, dst, content] { write (self, dst, content); });
      return;
    }
  if (self->mode != Mode::Run)
    {
      self->spoiled = true;
      return;
    }
  protect (self, PROT_READ | PROT_WRITE);
  memcpy (dst, src, bytes);
  protect (self, PROT_NONE);
}

void
fake_upload (MsmDeviceState *state, void *dst, const void *host, size_t bytes)
{
  cross (state, "upload", dst, dst, host, bytes);
}

void
fake_download (MsmDeviceState *state, void *host, const void *src, size_t bytes)
{
  cross (state, "download", src, host, src, bytes);
}

/* What src holds now; the host sees it when it asks for it. */
MsmFetch *
fake_fetch (MsmDeviceState *state, const void *src, size_t bytes)
{
  Fake *self = self_of (state);

  if (self->mode != Mode::Run)
    self->spoiled = true;
  if (self->failed || self->mode != Mode::Run || self->fail_slot == "fetch")
    return nullptr;
  auto *copy = new std::string (bytes, '\0');
  cross (state, "download", src, copy->data (), src, bytes);
  return reinterpret_cast<MsmFetch *> (copy);
}

const void *
fake_fetched (MsmFetch *fetch)
{
  return reinterpret_cast<std::string *> (fetch)->data ();
}

void
fake_fetch_free (MsmFetch *fetch)
{
  delete reinterpret_cast<std::string *> (fetch);
}

void
fake_memory_info (MsmDeviceState *state, size_t *n_free, size_t *n_total)
{
  *n_total = self_of (state)->size;
  *n_free = self_of (state)->size - self_of (state)->used;
}

/* -- recorded calls -------------------------------------------------------------------------------------- */

/* As a GPU does it: calls of a section that has been recorded wait until end, and are compared with what was recorded. */
void
replay_begin (MsmDeviceState *state, MsmReplay **replay)
{
  Fake *self = self_of (state);

  if (self->section != nullptr)
    {
      self->nested++;
      return;
    }
  if (*replay == nullptr)
    *replay = reinterpret_cast<MsmReplay *> (new Recording ());
  self->section = reinterpret_cast<Recording *> (*replay);
  self->spoiled = false;
  self->keys.clear ();
  self->calls.clear ();
  if (self->failed)
    return;
  self->mode = self->section->stage == Recording::Warm       ? Mode::Record
               : self->section->stage == Recording::Recorded ? Mode::Collect
                                                             : Mode::Run;
}

void
make_calls (Fake *self)
{
  for (const auto &call : self->calls)
    if (!self->failed)
      call ();
}

int
replay_end (MsmDeviceState *state, MsmReplay **)
{
  Fake *self = self_of (state);
  Recording *section = self->section;
  Mode mode = self->mode;

  if (self->nested > 0)
    {
      self->nested--;
      return 1;
    }
  self->section = nullptr;
  self->mode = Mode::Run;
  if (mode == Mode::Run)
    {
      self->n_run++;
      if (section->stage == Recording::Fresh)
        section->stage = Recording::Warm;
      return 1;
    }
  if (self->failed)
    return 1;
  if (self->spoiled)
    {
      section->stage = Recording::Refused;
      return 0;
    }
  if (mode == Mode::Record)
    {
      section->keys = self->keys;
      section->stage = Recording::Recorded;
      self->n_recorded++;
    }
  else if (section->keys != self->keys || ++self->launches == self->stale_at)
    {
      section->stage = Recording::Fresh;
      self->n_stale++;
      return 0;
    }
  else
    self->n_launched++;
  make_calls (self);
  return 1;
}

void
replay_free (MsmDeviceState *, MsmReplay *replay)
{
  delete reinterpret_cast<Recording *> (replay);
}

/* -- groups ---------------------------------------------------------------------------------------------- */

/* What the members of a group have brought, and the sum once all have. */
struct Circle
{
  std::mutex lock;
  std::condition_variable changed;
  std::vector<std::vector<float> > brought;
  std::vector<float> sum;
  int n_here = 0;
  unsigned round = 0;
};

struct Seat
{
  std::shared_ptr<Circle> circle;
  int rank, n;
};

std::mutex circles_lock;
std::map<unsigned, std::weak_ptr<Circle> > circles;

int
group_make_id (void *id, char *message, size_t size)
{
  static unsigned next; /* by the one thread that is the first of its group */

  snprintf (message, size, "the fake GPU forms no groups");
  if (setting ("MSM_FAKE_GROUP", nullptr) == nullptr)
    return 0;
  ++next;
  memcpy (id, &next, sizeof next);
  return 1;
}

MsmGroup *
group_open (MsmDeviceState *, const void *id, int rank, int n, char *, size_t)
{
  std::lock_guard<std::mutex> guard (circles_lock);
  unsigned number;

  memcpy (&number, id, sizeof number);
  auto circle = circles[number].lock ();
  if (circle == nullptr)
    {
      circle = std::make_shared<Circle> ();
      circles[number] = circle;
    }
  circle->brought.resize (n);
  return reinterpret_cast<MsmGroup *> (new Seat{ circle, rank, n });
}

void
group_close (MsmDeviceState *, MsmGroup *group)
{
  delete reinterpret_cast<Seat *> (group);
}

void
group_sum (MsmDeviceState *state, MsmGroup *group, float *x, size_t n)
{
  Fake *self = self_of (state);
  Seat *seat = reinterpret_cast<Seat *> (group);
  Circle &circle = *seat->circle;

  if (self->failed || !is_device (self, x))
    {
      fail (self, "sum: the fake device was given memory of the host");
      return;
    }
  protect (self, PROT_READ | PROT_WRITE);
  {
    std::unique_lock<std::mutex> guard (circle.lock);
    unsigned round = circle.round;

    circle.brought[seat->rank].assign (x, x + n);
    if (++circle.n_here == seat->n)
      {
        circle.sum.assign (n, 0);
        for (const auto &part : circle.brought)
          for (size_t i = 0; i < n; i++)
            circle.sum[i] += part[i];
        circle.n_here = 0;
        circle.round++;
        circle.changed.notify_all ();
      }
    circle.changed.wait (guard, [&] { return circle.round != round; });
    memcpy (x, circle.sum.data (), n * sizeof (float));
  }
  protect (self, PROT_NONE);
}

/* -- the device ------------------------------------------------------------------------------------------ */

int
fake_count (char *message, size_t size)
{
  const char *none = setting ("MSM_FAKE_NONE", nullptr);

  snprintf (message, size, "%s", none != nullptr ? none : "");
  return none == nullptr ? 1 : 0;
}

void
fake_describe (int index, char *text, size_t size)
{
  snprintf (text, size, "Fake GPU %d", index);
}

MsmDeviceState *
fake_open (int index, char *message, size_t size)
{
  const char *refuse = setting ("MSM_FAKE_REFUSE", nullptr);
  Fake *self;

  if (refuse != nullptr)
    {
      snprintf (message, size, "GPU %d cannot be used: %s", index, refuse);
      return nullptr;
    }
  self = new Fake ();
  self->size = strtoull (setting ("MSM_FAKE_MEMORY", "1048576"), nullptr, 10);
  self->arena =
      static_cast<char *> (mmap (nullptr, self->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  self->ref = msm_ref_ops.open (0, message, size);
  self->fail_slot = setting ("MSM_FAKE_FAIL", "");
  self->fail_at = 1;
  if (size_t colon = self->fail_slot.find (':'); colon != std::string::npos)
    {
      self->fail_at = atol (self->fail_slot.c_str () + colon + 1);
      self->fail_slot.resize (colon);
    }
  self->idle_slot = setting ("MSM_FAKE_IDLE", "");
  self->stale_at = atol (setting ("MSM_FAKE_STALE", "0"));
  return reinterpret_cast<MsmDeviceState *> (self);
}

void
fake_close (MsmDeviceState *state)
{
  Fake *self = self_of (state);

  if (const char *path = setting ("MSM_FAKE_TRACE", nullptr); path != nullptr)
    if (FILE *file = fopen (path, "w"); file != nullptr)
      {
        fprintf (file, "%ld run, %ld recorded, %ld launched, %ld out of date\n", self->n_run, self->n_recorded,
                 self->n_launched, self->n_stale);
        fclose (file);
      }
  munmap (self->arena, self->size);
  msm_ref_ops.close (self->ref);
  delete self;
}

void
fake_synchronise (MsmDeviceState *)
{
}

const char *
fake_get_error (MsmDeviceState *state)
{
  const char *inner = msm_ref_ops.get_error (self_of (state)->ref);

  return self_of (state)->failed ? self_of (state)->error.c_str () : inner;
}

void
fake_clear_error (MsmDeviceState *state)
{
  self_of (state)->failed = false;
  msm_ref_ops.clear_error (self_of (state)->ref);
}

int
fake_set_precision (MsmDeviceState *, MsmPrecision, char *, size_t)
{
  return 1;
}

MsmPrecision
fake_best_precision (MsmDeviceState *)
{
  return MSM_PRECISION_TF32;
}

MsmMemoryOps memory = { fake_alloc, fake_free,  fake_upload,  fake_download,  nullptr,
                        nullptr,    fake_fetch, fake_fetched, fake_fetch_free };
MsmVectorOps vector;
MsmFourierOps fourier;
MsmNeuralOps neural;
MsmReplayOps replay = { replay_begin, replay_end, replay_free };
MsmGroupOps group = { group_make_id, group_open, group_close, group_sum };
MsmDeviceOps ops;

template <auto Member, typename Table>
void
use (Table *table, const char *name)
{
  Slot<Member>::name = name;
  table->*Member = Slot<Member>::call;
}

#define USE(table, Type, slot) use<&Type::slot> (&table, #slot)

void
fill_vector ()
{
  USE (vector, MsmVectorOps, fill);
  USE (vector, MsmVectorOps, lincomb);
  USE (vector, MsmVectorOps, axpy);
  USE (vector, MsmVectorOps, scale);
  USE (vector, MsmVectorOps, mul);
  USE (vector, MsmVectorOps, cmul);
  USE (vector, MsmVectorOps, cmulc);
  USE (vector, MsmVectorOps, cabs);
  USE (vector, MsmVectorOps, dot);
  USE (vector, MsmVectorOps, cdot);
  USE (vector, MsmVectorOps, asum);
  USE (vector, MsmVectorOps, casum);
  USE (vector, MsmVectorOps, max_abs);
  USE (vector, MsmVectorOps, is_finite);
  USE (vector, MsmVectorOps, mask);
  USE (vector, MsmVectorOps, coil_expand);
  USE (vector, MsmVectorOps, coil_combine);
  USE (vector, MsmVectorOps, rss);
  USE (vector, MsmVectorOps, soft_threshold);
  USE (vector, MsmVectorOps, sparse);
  USE (vector, MsmVectorOps, random_normal);
  USE (vector, MsmVectorOps, random_uniform);
  USE (vector, MsmVectorOps, transpose);
  USE (vector, MsmVectorOps, cg_begin);
  USE (vector, MsmVectorOps, cg_advance);
  USE (vector, MsmVectorOps, cg_turn);
  USE (vector, MsmVectorOps, cg_weights);
}

void
fill_neural ()
{
  USE (neural, MsmNeuralOps, conv_plan_new);
  USE (neural, MsmNeuralOps, conv_plan_free);
  USE (neural, MsmNeuralOps, conv_forward);
  USE (neural, MsmNeuralOps, conv_backward_data);
  USE (neural, MsmNeuralOps, conv_backward_weights);
  USE (neural, MsmNeuralOps, linear_forward);
  USE (neural, MsmNeuralOps, linear_backward);
  USE (neural, MsmNeuralOps, norm_forward);
  USE (neural, MsmNeuralOps, norm_backward);
  USE (neural, MsmNeuralOps, attention_forward);
  USE (neural, MsmNeuralOps, attention_backward);
  USE (neural, MsmNeuralOps, upsample);
  USE (neural, MsmNeuralOps, downsample);
  USE (neural, MsmNeuralOps, pad);
  USE (neural, MsmNeuralOps, pad_adjoint);
  USE (neural, MsmNeuralOps, concat);
  USE (neural, MsmNeuralOps, split);
  USE (neural, MsmNeuralOps, silu_forward);
  USE (neural, MsmNeuralOps, silu_backward);
  USE (neural, MsmNeuralOps, add_channel);
  USE (neural, MsmNeuralOps, sum_positions);
  USE (neural, MsmNeuralOps, adam_step);
}

} /* namespace */

extern "C" __attribute__ ((visibility ("default"))) const MsmDeviceOps *
msm_device_module_open (void)
{
  fill_vector ();
  fill_neural ();
  USE (memory, MsmMemoryOps, copy);
  USE (memory, MsmMemoryOps, zero);
  USE (fourier, MsmFourierOps, plan_new);
  USE (fourier, MsmFourierOps, plan_free);
  USE (fourier, MsmFourierOps, execute);
  ops = { FAKE_ABI,
          "cuda",
          0,
          fake_open,
          fake_close,
          fake_count,
          fake_describe,
          fake_synchronise,
          fake_get_error,
          fake_clear_error,
          &memory,
          &vector,
          &fourier,
          &neural,
          &replay,
          fake_set_precision,
          fake_best_precision,
          fake_memory_info,
          &group };
  return &ops;
}
