/*
 * Calls recorded from the stream into a CUDA graph and launched as one: a network evaluation is hundreds of
 * short kernels, and launching them one by one costs more than many of them run.
 */

#include <stdlib.h>

#include "cuda/cuda-state.h"

struct MsmReplay
{
  cudaGraphExec_t exec;
  unsigned        workspace_age; /* when it was recorded */
};

static int
replay_begin (MsmDeviceState *state)
{
  if (!msm_cuda_enter (state))
    return 0;
  /* Thread-local: what other threads do with other devices meanwhile is their own affair. */
  if (cudaStreamBeginCapture (state->stream, cudaStreamCaptureModeThreadLocal) != cudaSuccess)
    {
      cudaGetLastError ();
      return 0;
    }
  return 1;
}

static void
replay_free (MsmDeviceState *state, MsmReplay *replay)
{
  if (replay == NULL)
    return;
  cudaSetDevice (state->index);
  cudaStreamSynchronize (state->stream); /* it may be running */
  if (replay->exec != NULL)
    cudaGraphExecDestroy (replay->exec);
  free (replay);
}

static MsmReplay *
replay_end (MsmDeviceState *state)
{
  MsmReplay  *replay = (MsmReplay *) calloc (1, sizeof *replay);
  cudaGraph_t graph = NULL;
  cudaError_t status = cudaStreamEndCapture (state->stream, &graph);
  int         ok = replay != NULL && status == cudaSuccess && graph != NULL && !state->failed;

  ok = ok && cudaGraphInstantiate (&replay->exec, graph, 0) == cudaSuccess;
  if (graph != NULL)
    cudaGraphDestroy (graph);
  if (!ok)
    {
      /* A call that may not be recorded fails as if the device had: nothing has run, so nothing is broken. */
      cudaGetLastError ();
      state->failed = 0;
      if (replay != NULL)
        replay->exec = NULL;
      free (replay);
      return NULL;
    }
  replay->workspace_age = state->workspace_age;
  return replay;
}

static int
replay_launch (MsmDeviceState *state, MsmReplay *replay)
{
  if (replay->workspace_age != state->workspace_age)
    return 0;
  if (msm_cuda_enter (state))
    msm_cuda_check (state, "replay", cudaGraphLaunch (replay->exec, state->stream));
  return 1;
}

const MsmReplayOps msm_cuda_replay = {
  .begin = replay_begin,
  .end = replay_end,
  .launch = replay_launch,
  .free = replay_free,
};
