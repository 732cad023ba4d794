/*
 * Downloads on a stream of their own: the values are copied aside on the GPU, which takes microseconds, and travel to
 * page-locked memory while the main stream computes on. Both places are kept for the next one: page-locked memory takes
 * long to get, and memory of the pool that another stream gives back could make the main stream wait for that one.
 */

#include <stdlib.h>

#include "cuda/cuda-state.h"

struct MsmFetch
{
  MsmFetch *next; /* among the free ones */
  MsmDeviceState *state;
  void *aside, *host; /* on the GPU; page-locked */
  size_t size;        /* of both */
  cudaEvent_t is_aside, is_there;
};

void
msm_cuda_open_fetches (MsmDeviceState *state)
{
  pthread_mutex_init (&state->fetch_lock, NULL);
}

static void
destroy (MsmFetch *self)
{
  if (self->is_aside != NULL)
    cudaEventDestroy (self->is_aside);
  if (self->is_there != NULL)
    cudaEventDestroy (self->is_there);
  msm_cuda_give (self->state, self->aside);
  cudaFreeHost (self->host);
  free (self);
}

void
msm_cuda_close_fetches (MsmDeviceState *state)
{
  if (state->fetch_stream != NULL)
    {
      cudaStreamSynchronize (state->fetch_stream);
      cudaStreamDestroy (state->fetch_stream);
    }
  for (MsmFetch *self = state->fetches, *next; self != NULL; self = next)
    {
      next = self->next;
      destroy (self);
    }
  state->fetches = NULL;
  pthread_mutex_destroy (&state->fetch_lock);
}

/* One that is free, and large enough without being wasteful; or NULL. */
static MsmFetch *
take_free (MsmDeviceState *state, size_t bytes)
{
  MsmFetch *found = NULL;

  pthread_mutex_lock (&state->fetch_lock);
  for (MsmFetch **at = &state->fetches; *at != NULL && found == NULL; at = &(*at)->next)
    if ((*at)->size >= bytes && (*at)->size / 2 <= bytes)
      {
        found = *at;
        *at = found->next;
        break;
      }
  pthread_mutex_unlock (&state->fetch_lock);
  return found;
}

static MsmFetch *
make (MsmDeviceState *state, size_t bytes)
{
  MsmFetch *self = (MsmFetch *) calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->state = state;
  self->size = bytes;
  self->aside = msm_cuda_take (state, bytes);
  if (self->aside != NULL && cudaMallocHost (&self->host, bytes) == cudaSuccess
      && cudaEventCreateWithFlags (&self->is_aside, cudaEventDisableTiming) == cudaSuccess
      && cudaEventCreateWithFlags (&self->is_there, cudaEventDisableTiming) == cudaSuccess)
    return self;
  cudaGetLastError ();
  destroy (self);
  return NULL;
}

MsmFetch *
msm_cuda_fetch (MsmDeviceState *state, const void *src, size_t bytes)
{
  MsmFetch *self;

  if (!msm_cuda_ask (state))
    return NULL;
  if (state->fetch_stream == NULL
      && cudaStreamCreateWithFlags (&state->fetch_stream, cudaStreamNonBlocking) != cudaSuccess)
    {
      cudaGetLastError ();
      state->fetch_stream = NULL;
      return NULL;
    }
  self = take_free (state, bytes);
  if (self == NULL)
    self = make (state, bytes);
  if (self == NULL)
    return NULL;
  msm_cuda_check (state, "fetch", cudaMemcpyAsync (self->aside, src, bytes, cudaMemcpyDeviceToDevice, state->stream));
  msm_cuda_check (state, "fetch", cudaEventRecord (self->is_aside, state->stream));
  msm_cuda_check (state, "fetch", cudaStreamWaitEvent (state->fetch_stream, self->is_aside, 0));
  msm_cuda_check (state, "fetch",
                  cudaMemcpyAsync (self->host, self->aside, bytes, cudaMemcpyDeviceToHost, state->fetch_stream));
  msm_cuda_check (state, "fetch", cudaEventRecord (self->is_there, state->fetch_stream));
  return self;
}

const void *
msm_cuda_fetched (MsmFetch *fetch)
{
  cudaSetDevice (fetch->state->index);
  if (cudaEventSynchronize (fetch->is_there) == cudaSuccess)
    return fetch->host;
  cudaGetLastError (); /* the device's own thread meets it too, and says so */
  return NULL;
}

void
msm_cuda_fetch_free (MsmFetch *fetch)
{
  pthread_mutex_lock (&fetch->state->fetch_lock);
  fetch->next = fetch->state->fetches;
  fetch->state->fetches = fetch;
  pthread_mutex_unlock (&fetch->state->fetch_lock);
}
