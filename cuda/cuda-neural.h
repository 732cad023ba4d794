#pragma once

/* The network's slots, file by file; cuda-neural.c gathers them in the table. */

#include "cuda/cuda-state.h"

#ifdef __cplusplus
extern "C"
{
#endif

  extern const MsmNeuralOps msm_cuda_neural;

  /* nn-pointwise.cu */
  void msm_cuda_silu_forward (MsmDeviceState *state, float *y, const float *x, size_t n);
  void msm_cuda_silu_backward (MsmDeviceState *state, float *dx, const float *dy, const float *x, size_t n,
                               int accumulate);
  void msm_cuda_upsample (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                          size_t c, int accumulate);
  void msm_cuda_downsample (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                            size_t c, int accumulate);
  void msm_cuda_concat (MsmDeviceState *state, float *y, const float *a, const float *b, size_t m, size_t ca,
                        size_t cb);
  void msm_cuda_split (MsmDeviceState *state, float *da, float *db, const float *dy, size_t m, size_t ca, size_t cb,
                       int accumulate_a, int accumulate_b);
  void msm_cuda_add_channel (MsmDeviceState *state, float *y, const float *x, const float *e, size_t n, size_t hw,
                             size_t c);
  void msm_cuda_adam_step (MsmDeviceState *state, float *w, float *m, float *v, const float *g, size_t n,
                           const MsmAdamStep *step);

  /* nn-norm.cu */
  void msm_cuda_norm_forward (MsmDeviceState *state, float *y, float *stats, const float *x, const float *gamma,
                              const float *beta, const float *scale_shift, const MsmNormShape *shape);
  void msm_cuda_norm_backward (MsmDeviceState *state, float *dx, float *dgamma, float *dbeta, float *dscale_shift,
                               float *dy, const float *x, const float *stats, const float *gamma, const float *beta,
                               const float *scale_shift, float *scratch, const MsmNormShape *shape, int accumulate);

  /* nn-sum.cu */
  void msm_cuda_sum_positions (MsmDeviceState *state, float *de, const float *dy, size_t n, size_t hw, size_t c);
  /* db[c] += Σ dy [m, c], in a fixed order. */
  void msm_cuda_add_bias_gradient (MsmDeviceState *state, float *db, const float *dy, size_t m, size_t c);

  /* cuda-linear.c */
  void msm_cuda_linear_forward (MsmDeviceState *state, float *y, const float *x, const float *w, const float *b,
                                size_t m, size_t c_in, size_t c_out);
  void msm_cuda_linear_backward (MsmDeviceState *state, float *dx, float *dw, float *db, const float *dy,
                                 const float *x, const float *w, size_t m, size_t c_in, size_t c_out, int accumulate);
  int msm_cuda_linear_prepare (MsmDeviceState *state, size_t m, size_t c_in, size_t c_out, int backward);

  /* A matrix of a batch: its first element, the distance of its rows, and that to the next matrix. */
  typedef struct
  {
    const void *data;
    size_t ld, stride;
  } MsmCudaMatrix;

  /* @batch times C [m, n] = α op (A) op (B), row-major. Fields have one size: products are compared byte for byte. */
  typedef struct
  {
    MsmCudaMatrix a, b, c;
    size_t ta, tb; /* transposed: A is stored as [k, m], B as [n, k] */
    size_t m, n, k, batch;
    double alpha;
    size_t accumulate; /* C += … */
    const float *bias; /* [n], added to every row of a single C without gaps; or NULL */
    size_t narrow;     /* A and B are bfloat16; else float32, which the state's precision may round */
  } MsmCudaProduct;

  /* cuda-product.c: 0: cuBLASLt has no algorithm for it. */
  int msm_cuda_product_find (MsmDeviceState *state, const MsmCudaProduct *product, size_t *workspace_bytes);
  /* One that has been found. @workspace: so many bytes of the device's. */
  void msm_cuda_product_run (MsmDeviceState *state, const MsmCudaProduct *product, void *workspace);
  /* Both, with the state's scratch; 0: nothing was done. */
  int msm_cuda_multiply (MsmDeviceState *state, const MsmCudaProduct *product);
  void msm_cuda_product_free (MsmDeviceState *state); /* all, at the end */

  /* cuda-linear.c: y [m, c_out] = x [m, c_in] wᵀ + b, and dx (+)= dy w, as products. */
  typedef struct
  {
    size_t m, c_in, c_out;
    size_t narrow; /* x, w and dy are bfloat16 */
  } MsmCudaLayer;

  MsmCudaProduct msm_cuda_layer_forward (float *y, const void *x, const void *w, const float *b,
                                         const MsmCudaLayer *layer, int accumulate);
  MsmCudaProduct msm_cuda_layer_backward_data (float *dx, const void *dy, const void *w, const MsmCudaLayer *layer,
                                               int accumulate);

  /* nn-attention.cu */
  void msm_cuda_attention_forward (MsmDeviceState *state, float *y, const float *qkv, float *scratch,
                                   const MsmAttentionShape *shape);
  size_t msm_cuda_attention_scratch (MsmDeviceState *state, const MsmAttentionShape *shape, int backward);
  int msm_cuda_attention_prepare (MsmDeviceState *state, const MsmAttentionShape *shape, int backward);
  void msm_cuda_attention_backward (MsmDeviceState *state, float *dqkv, const float *dy, const float *qkv,
                                    float *scratch, const MsmAttentionShape *shape);

  /* nn-layout.cu: filters between the arena's OIHW and cuDNN's OHWI. */
  /* @narrow: what cuDNN writes or reads is bfloat16. */
  void msm_cuda_filter_to_ohwi (MsmDeviceState *state, void *dst, const float *src, size_t c_out, size_t c_in,
                                size_t kernel, int narrow);
  void msm_cuda_filter_add_ohwi (MsmDeviceState *state, float *dst, const void *src, size_t c_out, size_t c_in,
                                 size_t kernel, int narrow); /* dst OIHW += src OHWI */
  /* y[m, c] = (accumulate ? y : 0) + x[m, c] + b[c]; x may be y. */
  void msm_cuda_add_bias (MsmDeviceState *state, float *y, const void *x, const float *b, size_t m, size_t c,
                          int accumulate, int narrow);
  void msm_cuda_to_bf16 (MsmDeviceState *state, void *dst, const float *src, size_t n);

  /* nn-direct.cu: convolutions that cuDNN has no engine for. */
  void msm_cuda_direct_forward (MsmDeviceState *state, const MsmConvShape *shape, float *y, const float *x,
                                const float *w, const float *b, int accumulate);
  void msm_cuda_direct_backward_data (MsmDeviceState *state, const MsmConvShape *shape, float *dx, const float *dy,
                                      const float *w, int accumulate);
  void msm_cuda_direct_backward_weights (MsmDeviceState *state, const MsmConvShape *shape, float *dw, const float *x,
                                         const float *dy);

  /* nn-pad.cu */
  void msm_cuda_pad (MsmDeviceState *state, float *y, const float *x, const MsmPadShape *shape);
  void msm_cuda_pad_adjoint (MsmDeviceState *state, float *dx, const float *dy, const MsmPadShape *shape);

  /* cuda-conv.c */
  void msm_cuda_conv_free (MsmDeviceState *state); /* the handle, at the end */
  MsmConvPlan *msm_cuda_conv_plan_new (MsmDeviceState *state, const MsmConvShape *shape, int backward);
  void msm_cuda_conv_plan_free (MsmDeviceState *state, MsmConvPlan *plan);
  void msm_cuda_conv_forward (MsmDeviceState *state, MsmConvPlan *plan, float *y, const float *x, const float *w,
                              const float *b, int accumulate);
  void msm_cuda_conv_backward_data (MsmDeviceState *state, MsmConvPlan *plan, float *dx, const float *dy,
                                    const float *w, int accumulate);
  void msm_cuda_conv_backward_weights (MsmDeviceState *state, MsmConvPlan *plan, float *dw, float *db, const float *x,
                                       const float *dy);

#ifdef __cplusplus
}
#endif
