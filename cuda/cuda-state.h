#pragma once

/* What the files of the module share: the state, the sticky error, and the rule of every call. */

#include <cuda_runtime_api.h>
#include <stddef.h>

#include "core/device/device-ops.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MSM_CUDA_MAX_BLOCKS 1024

struct MsmDeviceState
{
  int          index;
  cudaStream_t stream;
  double      *partial;      /* MSM_CUDA_MAX_BLOCKS × 2 on the device: the blocks' sums of a reduction */
  double      *partial_host; /* the same, page-locked on the host */
  void        *workspace;    /* grows to what the largest call needs, at its first call */
  size_t       workspace_bytes;
  unsigned     workspace_age; /* how often it has grown: recorded calls hold the pointer of their time */
  MsmPrecision precision;
  void        *cublas;       /* cublasHandle_t, made when first used */
  void        *cublas_workspace;
  void        *cudnn;        /* cudnnHandle_t, as well */
  int          failed;
  char         error[256];
};

extern const MsmMemoryOps  msm_cuda_memory;
extern const MsmVectorOps  msm_cuda_vector;
extern const MsmFourierOps msm_cuda_fourier;
extern const MsmReplayOps  msm_cuda_replay;

/* Keeps the first failure; "what: the driver's sentence". */
void msm_cuda_fail  (MsmDeviceState *state, const char *what, const char *reason);
/* The same when @status is not success. */
void msm_cuda_check (MsmDeviceState *state, const char *what, cudaError_t status);
/* Makes the GPU current in this thread; 0 when a call failed before, and the caller does nothing. */
int  msm_cuda_enter (MsmDeviceState *state);

/*
 * Scratch of the call that asks, until the next call asks: calls run in order on one stream. NULL after
 * failing (sticky).
 */
void *msm_cuda_workspace (MsmDeviceState *state, size_t bytes);
/* Makes the scratch at least so large; 0 without memory, which is not sticky. */
int   msm_cuda_reserve   (MsmDeviceState *state, size_t bytes);

/* reduce.cu */
double msm_cuda_dot       (MsmDeviceState *state, const float *x, const float *y, size_t n);
void   msm_cuda_cdot      (MsmDeviceState *state, const float *x, const float *y, size_t n,
                           double result[2]);
double msm_cuda_asum      (MsmDeviceState *state, const float *x, size_t n);
double msm_cuda_casum     (MsmDeviceState *state, const float *x, size_t n);
double msm_cuda_max_abs   (MsmDeviceState *state, const float *x, size_t n);
int    msm_cuda_is_finite (MsmDeviceState *state, const float *x, size_t n);

/* coil.cu */
void msm_cuda_mask         (MsmDeviceState *state, float *dst, const float *mask, const float *x,
                            size_t n_batch, size_t n_plane);
void msm_cuda_coil_expand  (MsmDeviceState *state, float *y, const float *sens, const float *x,
                            size_t n_batch, size_t n_set, size_t n_coil, size_t n_plane);
void msm_cuda_coil_combine (MsmDeviceState *state, float *x, const float *sens, const float *y,
                            size_t n_batch, size_t n_set, size_t n_coil, size_t n_plane);
void msm_cuda_rss          (MsmDeviceState *state, float *dst, const float *y, size_t n_batch,
                            size_t n_coil, size_t n_plane);

/* random.cu */
void msm_cuda_random_normal  (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream,
                              uint32_t step, uint64_t first);
void msm_cuda_random_uniform (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream,
                              uint32_t step, uint64_t first);

#ifdef __cplusplus
}
#endif
