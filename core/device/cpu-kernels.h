#pragma once

#include <stdint.h>

#include "core/device/neural-ops.h"

/*
 * What is compiled once for each level of instructions: the network's table without its convolutions'
 * plans, and the 3 × 3 convolution by Winograd's minimal filtering. See cpu-simd.h.
 */

typedef struct
{
  size_t n, h, w;
  size_t c_in, c_out;
} MsmWinogradShape;

/* c [m, n] = alpha a [m, k] b [k, n] (+ bias [n]) (+ c); c's rows are contiguous, a and b have any steps. */
typedef struct
{
  size_t m, n, k;
  float alpha;
  const float *a;
  size_t a_row, a_column;
  const float *b;
  size_t b_row, b_column;
  float *c;
  size_t c_row;
  const float *bias;
  int accumulate;
} MsmMatrices;

typedef struct
{
  MsmNeuralOps layers; /* all slots but the convolutions' */

  /* Floats of the transformed weights, forward or back. */
  size_t (*winograd_weights_size) (const MsmWinogradShape *shape);
  /* u = the transform of w [c_out, c_in, 3, 3]; @back: of the filters that give dx from dy. */
  void (*winograd_weights) (float *u, const float *w, const MsmWinogradShape *shape, int back);
  /* Floats of scratch for the other calls with this number of threads. */
  size_t (*winograd_scratch_size) (const MsmWinogradShape *shape, int threads);
  /* y = w ∗ x + b (b may be NULL), or y += ; for dx swap c_in and c_out. */
  void (*winograd_forward) (float *y, const float *x, const float *u, const float *b, float *scratch,
                            const MsmWinogradShape *shape, int threads, int accumulate);
  /* The same by direct sums, from or to a few channels; w as it is. */
  int (*narrow_fits) (const MsmWinogradShape *shape);
  size_t (*narrow_scratch_size) (const MsmWinogradShape *shape, int threads);
  void (*narrow_forward) (float *y, const float *x, const float *w, const float *b, float *scratch,
                          const MsmWinogradShape *shape, int threads, int accumulate);
  /* dw += Σ dy x; du is as large as the transformed weights. */
  void (*winograd_gradient) (float *dw, float *du, const float *x, const float *dy, float *scratch,
                             const MsmWinogradShape *shape, int threads);
  void (*multiply) (MsmDeviceState *state, const MsmMatrices *matrices);
  /* c [c_a, c_b] += Σ_m a[m, c_a] b[m, c_b] */
  void (*add_outer_products) (float *c, const float *a, const float *b, size_t m, size_t c_a, size_t c_b);
  /* sum[c] += Σ_m x[m, c]; partial: MSM_SUM_PARTS c doubles */
  void (*add_column_sums) (float *sum, const float *x, double *partial, size_t m, size_t c);
  /* dst [c / block, m, block] = src [m, c] in bfloat16; block divides c */
  void (*round_to_bf16) (uint16_t *dst, const float *src, size_t m, size_t c, size_t block);
  /* dst [8 n]: the normal numbers of 4 n blocks of core/kernels/philox.inc from @block on. */
  void (*normal_blocks) (float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step, uint64_t block);
  /* Rows of n complex numbers: y = s x;  y = m y, m real;  y = s̄ x, or += */
  void (*complex_multiply) (float *y, const float *s, const float *x, size_t n);
  void (*complex_weigh) (float *y, const float *m, size_t n);
  void (*complex_add_conjugate) (float *y, const float *s, const float *x, size_t n, int add);
} MsmCpuKernels;

/* Sums over positions are of this many parts, whatever the threads. */
#define MSM_SUM_PARTS 16

extern const MsmCpuKernels msm_cpu_kernels_base;
extern const MsmCpuKernels msm_cpu_kernels_avx2; /* AVX2 and FMA; x86 only */

/* The best that this processor can do. */
const MsmCpuKernels *msm_cpu_kernels (void);
/* Memory of the calling thread, of at least that many bytes, until its next call; NULL: no memory. */
void *msm_host_workspace (size_t bytes);
/* The sticky error of that NULL. */
void msm_host_no_memory (MsmDeviceState *state);
