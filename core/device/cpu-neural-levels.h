#pragma once

/* The functions that cpu-neural-table.c collects; each exists once for each level. */

#include "core/device/cpu-kernels.h"
#include "core/device/cpu-simd.h"

void MSM_LEVEL (norm_forward) (MsmDeviceState *state, float *y, float *stats, const float *x, const float *gamma,
                               const float *beta, const float *scale_shift, const MsmNormShape *shape);
void MSM_LEVEL (norm_backward) (MsmDeviceState *state, float *dx, float *dgamma, float *dbeta, float *dscale_shift,
                                float *dy, const float *x, const float *stats, const float *gamma, const float *beta,
                                const float *scale_shift, float *scratch, const MsmNormShape *shape, int accumulate);
void MSM_LEVEL (attention_forward) (MsmDeviceState *state, float *y, const float *qkv, float *scratch,
                                    const MsmAttentionShape *shape);
void MSM_LEVEL (attention_backward) (MsmDeviceState *state, float *dqkv, const float *dy, const float *qkv,
                                     float *scratch, const MsmAttentionShape *shape);
size_t MSM_LEVEL (attention_scratch) (MsmDeviceState *state, const MsmAttentionShape *shape, int backward);
void MSM_LEVEL (linear_forward) (MsmDeviceState *state, float *y, const float *x, const float *w, const float *b,
                                 size_t m, size_t c_in, size_t c_out);
void MSM_LEVEL (linear_backward) (MsmDeviceState *state, float *dx, float *dw, float *db, const float *dy,
                                  const float *x, const float *w, size_t m, size_t c_in, size_t c_out, int accumulate);
void MSM_LEVEL (upsample) (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                           size_t c, int accumulate);
void MSM_LEVEL (downsample) (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                             size_t c, int accumulate);
void MSM_LEVEL (pad) (MsmDeviceState *state, float *y, const float *x, const MsmPadShape *shape);
void MSM_LEVEL (pad_adjoint) (MsmDeviceState *state, float *dx, const float *dy, const MsmPadShape *shape);
void MSM_LEVEL (concat) (MsmDeviceState *state, float *y, const float *a, const float *b, size_t m, size_t ca,
                         size_t cb);
void MSM_LEVEL (split) (MsmDeviceState *state, float *da, float *db, const float *dy, size_t m, size_t ca, size_t cb,
                        int accumulate_a, int accumulate_b);
void MSM_LEVEL (silu_forward) (MsmDeviceState *state, float *y, const float *x, size_t n);
void MSM_LEVEL (silu_backward) (MsmDeviceState *state, float *dx, const float *dy, const float *x, size_t n,
                                int accumulate);
void MSM_LEVEL (add_channel) (MsmDeviceState *state, float *y, const float *x, const float *e, size_t n, size_t hw,
                              size_t c);
void MSM_LEVEL (sum_positions) (MsmDeviceState *state, float *de, const float *dy, size_t n, size_t hw, size_t c);
void MSM_LEVEL (adam_step) (MsmDeviceState *state, float *w, float *m, float *v, const float *g, size_t n,
                            const MsmAdamStep *step);
void MSM_LEVEL (multiply) (MsmDeviceState *state, const MsmMatrices *matrices);
void MSM_LEVEL (add_outer_products) (float *c, const float *a, const float *b, size_t m, size_t c_a, size_t c_b);
size_t MSM_LEVEL (winograd_weights_size) (const MsmWinogradShape *shape);
void MSM_LEVEL (add_column_sums) (float *sum, const float *x, double *partial, size_t m, size_t c);
size_t MSM_LEVEL (winograd_scratch_size) (const MsmWinogradShape *shape, int threads);
void MSM_LEVEL (winograd_weights) (float *u, const float *w, const MsmWinogradShape *shape, int back);
void MSM_LEVEL (winograd_forward) (float *y, const float *x, const float *u, const float *b, float *scratch,
                                   const MsmWinogradShape *shape, int threads, int accumulate);
int MSM_LEVEL (narrow_fits) (const MsmWinogradShape *shape);
size_t MSM_LEVEL (narrow_scratch_size) (const MsmWinogradShape *shape, int threads);
void MSM_LEVEL (narrow_forward) (float *y, const float *x, const float *w, const float *b, float *scratch,
                                 const MsmWinogradShape *shape, int threads, int accumulate);
void MSM_LEVEL (winograd_gradient) (float *dw, float *du, const float *x, const float *dy, float *scratch,
                                    const MsmWinogradShape *shape, int threads);
void MSM_LEVEL (round_to_bf16) (uint16_t *dst, const float *src, size_t m, size_t c, size_t block);
void MSM_LEVEL (normal_blocks) (float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step, uint64_t block);
void MSM_LEVEL (complex_multiply) (float *y, const float *s, const float *x, size_t n);
void MSM_LEVEL (complex_weigh) (float *y, const float *m, size_t n);
void MSM_LEVEL (complex_add_conjugate) (float *y, const float *s, const float *x, size_t n, int add);
