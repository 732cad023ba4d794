#pragma once

/* What the files of the module share: the state, the sticky error, and the rule of every call. */

#include <cuda_runtime_api.h>
#include <pthread.h>
#include <stddef.h>

#include "core/device/device-ops.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define MSM_CUDA_MAX_BLOCKS 1024
#define MSM_CUDA_STAGES     4

  /*
 * What a call does: it is queued, or recorded, or only compared with the recording that end will launch; or it is made
 * beforehand, to find its products and reserve its scratch.
 */
  typedef enum
  {
    MSM_CUDA_QUEUE,
    MSM_CUDA_RECORD,
    MSM_CUDA_COLLECT,
    MSM_CUDA_PLAN
  } MsmCudaMode;

  /* Page-locked memory that uploads pass through, so that nobody waits for them. */
  typedef struct
  {
    char *bytes;
    cudaEvent_t is_free; /* the copy out of it is done */
  } MsmCudaStage;

  struct MsmDeviceState
  {
    int index;
    cudaStream_t stream;
    cudaMemPool_t pool; /* NULL where the driver has none */
    MsmCudaStage stages[MSM_CUDA_STAGES];
    int stage;            /* the next one */
    double *partial;      /* MSM_CUDA_MAX_BLOCKS × 2 on the device: the blocks' sums of a reduction */
    double *partial_host; /* the same, page-locked on the host */
    void *workspace;      /* grows to what the largest call needs, at its first call */
    size_t workspace_bytes;
    size_t missing;         /* what it could not grow to, since the plan in hand was begun; 0: nothing */
    unsigned workspace_age; /* how often it has grown: recorded calls hold the pointer of their time */
    MsmPrecision precision;
    /* What a normalisation wrote last, rounded to bfloat16 too: for the convolution that is the very next call. */
    const float *twin_of;
    void *twin;
    size_t twin_bytes;
    void *cublaslt;    /* cublasLtHandle_t, made when first used */
    void *products;    /* cuda-product.c: those found so far */
    void *cudnn;       /* cudnnHandle_t, as well */
    void *conv_plans;  /* cuda-conv.c: those found so far */
    MsmFetch *fetches; /* cuda-fetch.c: free ones, under fetch_lock */
    pthread_mutex_t fetch_lock;
    cudaStream_t fetch_stream;
    MsmReplay *section; /* between its begin and end */
    int nested;         /* sections within it */
    MsmCudaMode mode;
    int spoiled;         /* the section cannot be recorded, or there is no memory for the plan */
    uint64_t trace;      /* of the section's calls and their arguments */
    size_t n_parameters; /* bytes of what may be new */
    int failed;
    char error[256];
  };

  extern const MsmMemoryOps msm_cuda_memory;
  extern const MsmVectorOps msm_cuda_vector;
  extern const MsmFourierOps msm_cuda_fourier;
  extern const MsmReplayOps msm_cuda_replay;
  extern const MsmGroupOps msm_cuda_group; /* with NCCL */

  /* Keeps the first failure; "what: the driver's sentence". */
  void msm_cuda_fail (MsmDeviceState *state, const char *what, const char *reason);
  /* The same when @status is not success. */
  void msm_cuda_check (MsmDeviceState *state, const char *what, cudaError_t status);
  /*
 * Every call asks before it is queued, with all of its arguments but those that a launch may change. 1: it is to be
 * queued (or recorded) now. 0: the device has failed, or a recording has been told.
 */
  int msm_cuda_call (MsmDeviceState *state, const char *what, const void *arguments, size_t bytes);
  /* A part of the arguments alone. */
  void msm_cuda_note (MsmDeviceState *state, const void *bytes, size_t n);
  /*
 * Calls from now on are not queued: what they need is found and reserved. An address of the device as aligned as
 * tensors are, for all their pointers; NULL: not now. And the end: 0: no memory, or a call that cannot be done.
 */
  float *msm_cuda_begin_plan (MsmDeviceState *state);
  int msm_cuda_end_plan (MsmDeviceState *state);
  /* Before whatever gives a result to the host or takes memory: 0 in a section, which then cannot be recorded. */
  int msm_cuda_ask (MsmDeviceState *state);
  /* In a section where on the device the value will be, which a launch may change; else NULL. */
  const void *msm_cuda_parameter (MsmDeviceState *state, const void *value, size_t bytes);
  /* Makes the GPU current in this thread; 0 when a call failed before, and the caller does nothing. */
  int msm_cuda_enter (MsmDeviceState *state);

  /* cuda-memory.c: memory out of the device's pool, in the stream's order; NULL: there is none, which is not sticky. */
  void *msm_cuda_take (MsmDeviceState *state, size_t bytes);
  void msm_cuda_give (MsmDeviceState *state, void *pointer);
  /* 0 after failing (sticky). */
  int msm_cuda_open_pool (MsmDeviceState *state);
  void msm_cuda_close_pool (MsmDeviceState *state);

  /* cuda-fetch.c */
  MsmFetch *msm_cuda_fetch (MsmDeviceState *state, const void *src, size_t bytes);
  const void *msm_cuda_fetched (MsmFetch *fetch);
  void msm_cuda_fetch_free (MsmFetch *fetch);
  void msm_cuda_open_fetches (MsmDeviceState *state);
  void msm_cuda_close_fetches (MsmDeviceState *state);

  /*
 * Scratch of the call that asks, until the next call asks: calls run in order on one stream. NULL after
 * failing (sticky).
 */
  void *msm_cuda_workspace (MsmDeviceState *state, size_t bytes);
  /* Makes the scratch at least so large; 0 without memory, which is not sticky. */
  int msm_cuda_reserve (MsmDeviceState *state, size_t bytes);
  /* What it was asked for when there was none, since the last plan was begun; else 0. */
  size_t msm_cuda_missing (MsmDeviceState *state);

  /* reduce.cu */
  double msm_cuda_dot (MsmDeviceState *state, const float *x, const float *y, size_t n);
  void msm_cuda_cdot (MsmDeviceState *state, const float *x, const float *y, size_t n, double result[2]);
  double msm_cuda_asum (MsmDeviceState *state, const float *x, size_t n);
  double msm_cuda_casum (MsmDeviceState *state, const float *x, size_t n);
  double msm_cuda_max_abs (MsmDeviceState *state, const float *x, size_t n);
  int msm_cuda_is_finite (MsmDeviceState *state, const float *x, size_t n);

  /* coil.cu */
  void msm_cuda_mask (MsmDeviceState *state, float *dst, const float *mask, const float *x, size_t n_batch,
                      size_t n_plane);
  void msm_cuda_coil_expand (MsmDeviceState *state, float *y, const float *sens, const float *x, size_t n_batch,
                             size_t n_set, size_t n_coil, size_t n_plane);
  void msm_cuda_coil_combine (MsmDeviceState *state, float *x, const float *sens, const float *y, size_t n_batch,
                              size_t n_set, size_t n_coil, size_t n_plane);
  void msm_cuda_rss (MsmDeviceState *state, float *dst, const float *y, size_t n_batch, size_t n_coil, size_t n_plane);

  /* cg.cu */
  void msm_cuda_cg_begin (MsmDeviceState *state, double *rr, float *p, const float *r, const float *m, size_t n_batch,
                          size_t n);
  void msm_cuda_cg_advance (MsmDeviceState *state, double *rr, float *x, float *r, const float *p, const float *q,
                            size_t n_batch, size_t n);
  void msm_cuda_cg_turn (MsmDeviceState *state, double *rr, float *p, const float *r, const float *m, size_t n_batch,
                         size_t n);
  void msm_cuda_cg_weights (MsmDeviceState *state, float *weight, float *inverse, const float *mask, const float *power,
                            double flat, double coloured, size_t n);

  /* random.cu */
  void msm_cuda_random_normal (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream,
                               uint32_t step, uint64_t first);
  void msm_cuda_random_uniform (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream,
                                uint32_t step, uint64_t first);

#ifdef __cplusplus
}
#endif
