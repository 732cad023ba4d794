/*
 * GPUs of several processes that add up their gradients: NCCL, opened when it is first asked for, so that the module
 * works where it is not installed.
 */

#include <dlfcn.h>
#include <nccl.h>
#include <stdio.h>
#include <stdlib.h>

#include "cuda/cuda-state.h"

_Static_assert(MSM_GROUP_ID_BYTES == NCCL_UNIQUE_ID_BYTES, "a group's id is NCCL's");

struct MsmGroup
{
  ncclComm_t comm;
};

/* The functions that are used, under the types of NCCL's header. */
typedef struct
{
  __typeof__ (&ncclGetUniqueId) get_unique_id;
  __typeof__ (&ncclCommInitRank) comm_init_rank;
  __typeof__ (&ncclCommDestroy) comm_destroy;
  __typeof__ (&ncclAllReduce) all_reduce;
  __typeof__ (&ncclGetErrorString) get_error_string;
} Library;

/* From one thread at a time: a process trains in one. NULL with the reason. */
static const Library *
library (char *message, size_t size)
{
  static Library found;
  static int is_open;
  void *handle;

  if (is_open)
    return &found;
  handle = dlopen ("libnccl.so.2", RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL)
    {
      snprintf (message, size, "NCCL is not installed: %s", dlerror ());
      return NULL;
    }
  *(void **) &found.get_unique_id = dlsym (handle, "ncclGetUniqueId");
  *(void **) &found.comm_init_rank = dlsym (handle, "ncclCommInitRank");
  *(void **) &found.comm_destroy = dlsym (handle, "ncclCommDestroy");
  *(void **) &found.all_reduce = dlsym (handle, "ncclAllReduce");
  *(void **) &found.get_error_string = dlsym (handle, "ncclGetErrorString");
  is_open = found.get_unique_id != NULL && found.comm_init_rank != NULL && found.comm_destroy != NULL
            && found.all_reduce != NULL && found.get_error_string != NULL;
  if (!is_open)
    snprintf (message, size, "libnccl.so.2 lacks functions");
  return is_open ? &found : NULL;
}

static int
group_make_id (void *id, char *message, size_t size)
{
  const Library *nccl = library (message, size);
  ncclResult_t status;

  if (nccl == NULL)
    return 0;
  status = nccl->get_unique_id ((ncclUniqueId *) id);
  if (status != ncclSuccess)
    snprintf (message, size, "NCCL: %s", nccl->get_error_string (status));
  return status == ncclSuccess;
}

static MsmGroup *
group_open (MsmDeviceState *state, const void *id, int rank, int n, char *message, size_t size)
{
  const Library *nccl = library (message, size);
  MsmGroup *self = nccl != NULL && msm_cuda_enter (state) ? (MsmGroup *) calloc (1, sizeof *self) : NULL;
  ncclResult_t status;

  if (self == NULL)
    return NULL;
  status = nccl->comm_init_rank (&self->comm, n, *(const ncclUniqueId *) id, rank);
  if (status == ncclSuccess)
    return self;
  snprintf (message, size, "NCCL: %s", nccl->get_error_string (status));
  cudaGetLastError (); /* it is not the device that failed */
  free (self);
  return NULL;
}

static void
group_close (MsmDeviceState *state, MsmGroup *group)
{
  cudaSetDevice (state->index);
  cudaStreamSynchronize (state->stream);
  library (NULL, 0)->comm_destroy (group->comm);
  free (group);
}

static void
group_sum (MsmDeviceState *state, MsmGroup *group, float *x, size_t n)
{
  const Library *nccl = library (NULL, 0);
  ncclResult_t status;

  if (!msm_cuda_ask (state))
    return;
  status = nccl->all_reduce (x, x, n, ncclFloat, ncclSum, group->comm, state->stream);
  if (status != ncclSuccess)
    msm_cuda_fail (state, "NCCL", nccl->get_error_string (status));
}

const MsmGroupOps msm_cuda_group = {
  .make_id = group_make_id,
  .open = group_open,
  .close = group_close,
  .sum = group_sum,
};
