/*
 * Sections of calls recorded from the stream into a CUDA graph and launched as one: a step of a sampler is hundreds of
 * short kernels, and launching them one by one costs more than many of them run.
 *
 * What may be new at a launch (factors, counters of noise, uploads) lies in a block of the device's memory that the
 * recorded kernels read. It is filled on the host while the section's calls are made again, which queue nothing: they
 * put their values into a page-locked twin of the block and add their other arguments to a trace. When the trace is
 * the recording's, the twin is copied and the graph launched.
 */

#include <stdlib.h>
#include <string.h>

#include "cuda/cuda-state.h"

#define BLOCK_BYTES ((size_t) 256 << 10)
/* How far the host may run ahead of the copies. */
#define N_TWINS     4
/* A section that keeps changing is not worth recording. */
#define MAX_CHANGES 16

typedef enum
{
  FRESH,
  WARM,
  RECORDED,
  REFUSED
} Stage;

struct MsmReplay
{
  Stage stage;
  cudaGraphExec_t exec;
  uint64_t trace;
  size_t n_parameters;
  unsigned workspace_age; /* when it was recorded */
  int changes;            /* since it was last launched unchanged */
  char *block;            /* on the device */
  char *twins[N_TWINS];   /* page-locked */
  cudaEvent_t is_free[N_TWINS];
  int twin;
};

void
msm_cuda_note (MsmDeviceState *state, const void *bytes, size_t n)
{
  const char *at = (const char *) bytes;
  uint64_t word;

  for (; n > 0; at += sizeof word)
    {
      size_t part = n < sizeof word ? n : sizeof word;

      word = 0;
      memcpy (&word, at, part);
      state->trace = (state->trace ^ word) * 0x9E3779B97F4A7C15u;
      state->trace ^= state->trace >> 29;
      n -= part;
    }
}

int
msm_cuda_call (MsmDeviceState *state, const char *what, const void *arguments, size_t bytes)
{
  state->twin_of = NULL;
  if (state->mode != MSM_CUDA_QUEUE)
    {
      msm_cuda_note (state, &what, sizeof what);
      msm_cuda_note (state, arguments, bytes);
    }
  return (state->mode == MSM_CUDA_QUEUE || state->mode == MSM_CUDA_RECORD) && msm_cuda_enter (state);
}

int
msm_cuda_ask (MsmDeviceState *state)
{
  if (state->mode == MSM_CUDA_QUEUE || state->mode == MSM_CUDA_PLAN)
    return msm_cuda_enter (state);
  state->spoiled = 1;
  return 0;
}

const void *
msm_cuda_parameter (MsmDeviceState *state, const void *value, size_t bytes)
{
  MsmReplay *replay = state->section;
  size_t at = state->n_parameters;

  if (state->mode == MSM_CUDA_QUEUE)
    return NULL;
  if (bytes > BLOCK_BYTES - at)
    {
      state->spoiled = 1;
      return replay->block;
    }
  memcpy (replay->twins[replay->twin] + at, value, bytes);
  state->n_parameters = (at + bytes + 15) / 16 * 16;
  return replay->block + at;
}

/* The block and its twins, before the first recording. */
static int
take_blocks (MsmDeviceState *state, MsmReplay *replay)
{
  int ok = 1;

  if (replay->block != NULL)
    return 1;
  for (int i = 0; ok && i < N_TWINS; i++)
    ok = cudaMallocHost ((void **) &replay->twins[i], BLOCK_BYTES) == cudaSuccess
         && cudaEventCreateWithFlags (&replay->is_free[i], cudaEventDisableTiming) == cudaSuccess;
  ok = ok && (replay->block = (char *) msm_cuda_take (state, BLOCK_BYTES)) != NULL;
  if (!ok)
    cudaGetLastError ();
  return ok;
}

static void
drop_recording (MsmDeviceState *state, MsmReplay *replay)
{
  if (replay->exec == NULL)
    return;
  cudaStreamSynchronize (state->stream); /* it may be running */
  cudaGraphExecDestroy (replay->exec);
  replay->exec = NULL;
}

static void
replay_free (MsmDeviceState *state, MsmReplay *replay)
{
  if (replay == NULL)
    return;
  cudaSetDevice (state->index);
  drop_recording (state, replay);
  msm_cuda_give (state, replay->block);
  for (int i = 0; i < N_TWINS; i++)
    {
      if (replay->is_free[i] != NULL)
        {
          cudaEventSynchronize (replay->is_free[i]);
          cudaEventDestroy (replay->is_free[i]);
        }
      cudaFreeHost (replay->twins[i]);
    }
  free (replay);
}

/* Thread-local: what other threads do with other devices meanwhile is their own affair. */
static int
begin_recording (MsmDeviceState *state, MsmReplay *replay)
{
  drop_recording (state, replay);
  if (take_blocks (state, replay) && cudaEventSynchronize (replay->is_free[replay->twin]) == cudaSuccess
      && cudaStreamBeginCapture (state->stream, cudaStreamCaptureModeThreadLocal) == cudaSuccess)
    return 1;
  cudaGetLastError ();
  replay->stage = REFUSED;
  return 0;
}

static void
replay_begin (MsmDeviceState *state, MsmReplay **pointer)
{
  MsmReplay *replay;

  if (state->section != NULL)
    {
      state->nested++;
      return;
    }
  if (*pointer == NULL)
    *pointer = (MsmReplay *) calloc (1, sizeof **pointer);
  replay = *pointer;
  if (replay == NULL || !msm_cuda_enter (state))
    return;
  state->section = replay;
  state->spoiled = 0;
  state->trace = 0;
  state->n_parameters = 0;
  if (replay->stage == RECORDED && replay->workspace_age != state->workspace_age)
    replay->stage = WARM;
  if (replay->stage == WARM && begin_recording (state, replay))
    state->mode = MSM_CUDA_RECORD;
  if (replay->stage == RECORDED)
    {
      state->mode = MSM_CUDA_COLLECT;
      msm_cuda_check (state, "replay", cudaEventSynchronize (replay->is_free[replay->twin]));
    }
}

/* What was recorded, ready to be launched; 0: nothing has run, and nothing is broken. */
static int
end_recording (MsmDeviceState *state, MsmReplay *replay)
{
  cudaGraph_t graph = NULL;
  cudaError_t status = cudaStreamEndCapture (state->stream, &graph);
  int ok = status == cudaSuccess && graph != NULL && !state->failed && !state->spoiled;

  ok = ok && cudaGraphInstantiate (&replay->exec, graph, 0) == cudaSuccess;
  if (graph != NULL)
    cudaGraphDestroy (graph);
  if (!ok)
    {
      /* A call that may not be recorded fails as if the device had. */
      cudaGetLastError ();
      state->failed = 0;
      replay->exec = NULL;
      replay->stage = REFUSED;
      return 0;
    }
  replay->trace = state->trace;
  replay->n_parameters = state->n_parameters;
  replay->workspace_age = state->workspace_age;
  replay->stage = RECORDED;
  return 1;
}

static void
launch (MsmDeviceState *state, MsmReplay *replay)
{
  const int twin = replay->twin;

  if (!msm_cuda_enter (state))
    return;
  if (replay->n_parameters > 0)
    {
      msm_cuda_check (state, "replay",
                      cudaMemcpyAsync (replay->block, replay->twins[twin], replay->n_parameters, cudaMemcpyHostToDevice,
                                       state->stream));
      msm_cuda_check (state, "replay", cudaEventRecord (replay->is_free[twin], state->stream));
      replay->twin = (twin + 1) % N_TWINS;
    }
  msm_cuda_check (state, "replay", cudaGraphLaunch (replay->exec, state->stream));
}

static int
replay_end (MsmDeviceState *state, MsmReplay **pointer)
{
  MsmReplay *replay = state->section;
  MsmCudaMode mode = state->mode;

  (void) pointer; /* the one that begin was given */
  if (state->nested > 0)
    {
      state->nested--;
      return 1;
    }
  if (replay == NULL)
    return 1;
  state->section = NULL;
  state->mode = MSM_CUDA_QUEUE;
  if (mode == MSM_CUDA_QUEUE)
    {
      if (replay->stage == FRESH)
        replay->stage = WARM;
      return 1;
    }
  if (mode == MSM_CUDA_RECORD && !end_recording (state, replay))
    return 0;
  if (mode == MSM_CUDA_COLLECT && !state->failed
      && (state->spoiled || state->trace != replay->trace || state->n_parameters != replay->n_parameters
          || state->workspace_age != replay->workspace_age))
    {
      drop_recording (state, replay);
      replay->stage = ++replay->changes > MAX_CHANGES ? REFUSED : FRESH;
      return 0;
    }
  if (mode == MSM_CUDA_COLLECT)
    replay->changes = 0; /* worth it after all */
  launch (state, replay);
  return 1;
}

const MsmReplayOps msm_cuda_replay = {
  .begin = replay_begin,
  .end = replay_end,
  .free = replay_free,
};
