#pragma once

/* The layers of the reference device, file by file; ref-neural.c has the convolution, and gathers the table. */

#include "core/device/neural-ops.h"
#include "core/kernels/bf16.inc"

/* A factor of a product, in bfloat16 if it is to be @narrow. */
static inline float
msm_ref_factor (float x, int narrow)
{
  return narrow ? msm_bf16_value (msm_bf16_bits (x)) : x;
}

/* Row-major C [m, n] = α op (A) op (B), op by 'N' or 'T', as BLAS; sums in double. */
void msm_ref_gemm (char ta, char tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                   const float *b, size_t ldb, float *c, size_t ldc);

/* ref-neural-pointwise.c */
void msm_ref_silu_forward (MsmDeviceState *state, float *y, const float *x, size_t n);
void msm_ref_silu_backward (MsmDeviceState *state, float *dx, const float *dy, const float *x, size_t n,
                            int accumulate);
void msm_ref_upsample (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                       size_t c, int accumulate);
void msm_ref_downsample (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                         size_t c, int accumulate);
void msm_ref_pad (MsmDeviceState *state, float *y, const float *x, const MsmPadShape *s);
void msm_ref_pad_adjoint (MsmDeviceState *state, float *dx, const float *dy, const MsmPadShape *s);
void msm_ref_concat (MsmDeviceState *state, float *y, const float *a, const float *b, size_t m, size_t ca, size_t cb);
void msm_ref_split (MsmDeviceState *state, float *da, float *db, const float *dy, size_t m, size_t ca, size_t cb,
                    int accumulate_a, int accumulate_b);
void msm_ref_add_channel (MsmDeviceState *state, float *y, const float *x, const float *e, size_t n, size_t hw,
                          size_t c);
void msm_ref_sum_positions (MsmDeviceState *state, float *de, const float *dy, size_t n, size_t hw, size_t c);
void msm_ref_linear_forward (MsmDeviceState *state, float *y, const float *x, const float *w, const float *b, size_t m,
                             size_t c_in, size_t c_out);
void msm_ref_linear_backward (MsmDeviceState *state, float *dx, float *dw, float *db, const float *dy, const float *x,
                              const float *w, size_t m, size_t c_in, size_t c_out, int accumulate);
void msm_ref_adam_step (MsmDeviceState *state, float *w, float *m, float *v, const float *g, size_t n,
                        const MsmAdamStep *step);

/* ref-neural-norm.c */
void msm_ref_norm_forward (MsmDeviceState *state, float *y, float *stats, const float *x, const float *gamma,
                           const float *beta, const float *scale_shift, const MsmNormShape *shape);
void msm_ref_norm_backward (MsmDeviceState *state, float *dx, float *dgamma, float *dbeta, float *dscale_shift,
                            float *dy, const float *x, const float *stats, const float *gamma, const float *beta,
                            const float *scale_shift, float *scratch, const MsmNormShape *shape, int accumulate);

/* ref-neural-attention.c */
void msm_ref_attention_forward (MsmDeviceState *state, float *y, const float *qkv, float *scratch,
                                const MsmAttentionShape *shape);
void msm_ref_attention_backward (MsmDeviceState *state, float *dqkv, const float *dy, const float *qkv, float *scratch,
                                 const MsmAttentionShape *shape);
