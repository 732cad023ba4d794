#pragma once

/*
 * The network's slots of the device table. Plain C, as device-ops.h. Activations are channels-last,
 * [n, h, w, c] float32; weights in the layout of the reference's state dicts (OIHW). Parameters'
 * gradients accumulate (+=); an activation's gradient is assigned unless `accumulate` is true.
 * Nothing here allocates but the plans.
 */

#include <stddef.h>

#include "core/kernels/conv-shape.h"

typedef struct MsmDeviceState MsmDeviceState;
typedef struct MsmConvPlan MsmConvPlan;

/*
 * What convolutions and matrix products may round their factors to (to the nearest, ties to even); results, sums and
 * biases are float32. The reference device rounds those of convolutions and linear layers.
 */
typedef enum
{
  MSM_PRECISION_F32,
  MSM_PRECISION_TF32, /* 10 bits of mantissa */
  MSM_PRECISION_BF16, /* 7 bits */
} MsmPrecision;

/* All fields have one size: recordings compare shapes byte for byte. */
typedef struct
{
  size_t n, hw, c, groups;
  size_t silu; /* y = v σ(v) of the normalised v, else v */
} MsmNormShape;

typedef struct
{
  size_t n, t, heads, c; /* t = h w positions; c channels of one head; qkv is [n, t, 3 heads c] */
  size_t new_order;      /* 0: qkv is [head][q k v][c]; 1: [q k v][head][c] */
} MsmAttentionShape;

typedef struct
{
  size_t n, h, w, c;
  size_t h_out, w_out; /* at least h, w */
  size_t mirror;       /* beyond x: x mirrored at its last row and column, and so on; else zeros */
} MsmPadShape;

typedef struct
{
  float lr, beta1, beta2, epsilon, decay;
  float correction1, correction2; /* c₁, c₂ */
  float gradient_scale;           /* of g: one over the micro-batches, and the clipping factor */
} MsmAdamStep;

typedef struct MsmNeuralOps
{
  /*
   * NULL: no memory, or sizes that the device cannot do. Without @backward the weights must stay what they were in
   * the first forward: the device may keep them in another form.
   */
  MsmConvPlan *(*conv_plan_new) (MsmDeviceState *state, const MsmConvShape *shape, int backward);
  void (*conv_plan_free) (MsmDeviceState *state, MsmConvPlan *plan);
  /* y = w ∗ x + b, or y += w ∗ x + b */
  void (*conv_forward) (MsmDeviceState *state, MsmConvPlan *plan, float *y, const float *x, const float *w,
                        const float *b, int accumulate);
  void (*conv_backward_data) (MsmDeviceState *state, MsmConvPlan *plan, float *dx, const float *dy, const float *w,
                              int accumulate);
  void (*conv_backward_weights) (MsmDeviceState *state, MsmConvPlan *plan, float *dw, float *db, const float *x,
                                 const float *dy);

  /* y[m, o] = Σ_i x[m, i] w[o, i] + b[o] */
  void (*linear_forward) (MsmDeviceState *state, float *y, const float *x, const float *w, const float *b, size_t m,
                          size_t c_in, size_t c_out);
  void (*linear_backward) (MsmDeviceState *state, float *dx, float *dw, float *db, const float *dy, const float *x,
                           const float *w, size_t m, size_t c_in, size_t c_out, int accumulate);
  /* At planning: finds and reserves what these calls will need. 0: no memory. NULL: nothing. */
  int (*linear_prepare) (MsmDeviceState *state, size_t m, size_t c_in, size_t c_out, int backward);

  /*
   * x̂ = (x − μ) r over each group, u = γ x̂ + β, v = u (1 + s) + t with scale_shift [n, 2c] = (s, t)
   * (NULL: v = u), y = silu (v) or v. stats [n, groups, 2] receives (μ, r = 1 / √(var + 1e-5)).
   */
  void (*norm_forward) (MsmDeviceState *state, float *y, float *stats, const float *x, const float *gamma,
                        const float *beta, const float *scale_shift, const MsmNormShape *shape);
  /* dscale_shift is assigned (one consumer). dy may be used up. scratch: 4 n c floats. */
  void (*norm_backward) (MsmDeviceState *state, float *dx, float *dgamma, float *dbeta, float *dscale_shift, float *dy,
                         const float *x, const float *stats, const float *gamma, const float *beta,
                         const float *scale_shift, float *scratch, const MsmNormShape *shape, int accumulate);

  /* softmax (q kᵀ / √c) v for each head; the weights are recomputed in backward. */
  void (*attention_forward) (MsmDeviceState *state, float *y, const float *qkv, float *scratch,
                             const MsmAttentionShape *shape);
  void (*attention_backward) (MsmDeviceState *state, float *dqkv, const float *dy, const float *qkv, float *scratch,
                              const MsmAttentionShape *shape);
  /* Floats of its scratch; NULL: t² forward, 2 t² backward. */
  size_t (*attention_scratch) (MsmDeviceState *state, const MsmAttentionShape *shape, int backward);
  /* As linear_prepare; or a size that the device cannot do. */
  int (*attention_prepare) (MsmDeviceState *state, const MsmAttentionShape *shape, int backward);

  /*
   * Bytes that the last of conv_plan_new, linear_prepare and attention_prepare asked for in vain; 0: it did not fail
   * for want of the device's memory. NULL: not known.
   */
  size_t (*missing) (MsmDeviceState *state);

  /* [n, h, w, c] → [n, 2h, 2w, c], each pixel repeated; and the sum over 2 × 2, scaled. h, w of the small one. */
  void (*upsample) (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                    size_t c, int accumulate);
  void (*downsample) (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                      size_t c, int accumulate);
  /* y [n, h_out, w_out, c] begins with x [n, h, w, c]; and its adjoint, which without mirror crops. */
  void (*pad) (MsmDeviceState *state, float *y, const float *x, const MsmPadShape *shape);
  void (*pad_adjoint) (MsmDeviceState *state, float *dx, const float *dy, const MsmPadShape *shape);
  /* y[m, ca + cb] = (a[m, ca], b[m, cb]) and back; either of da, db may be NULL. */
  void (*concat) (MsmDeviceState *state, float *y, const float *a, const float *b, size_t m, size_t ca, size_t cb);
  void (*split) (MsmDeviceState *state, float *da, float *db, const float *dy, size_t m, size_t ca, size_t cb,
                 int accumulate_a, int accumulate_b);
  void (*silu_forward) (MsmDeviceState *state, float *y, const float *x, size_t n);
  void (*silu_backward) (MsmDeviceState *state, float *dx, const float *dy, const float *x, size_t n, int accumulate);
  /* y[n, hw, c] = x + e[n, c]; de[n, c] = Σ_hw dy, assigned */
  void (*add_channel) (MsmDeviceState *state, float *y, const float *x, const float *e, size_t n, size_t hw, size_t c);
  void (*sum_positions) (MsmDeviceState *state, float *de, const float *dy, size_t n, size_t hw, size_t c);

  /*
   * AdamW on n parameters: m = β₁ m + (1 − β₁) g, v = β₂ v + (1 − β₂) g²,
   * w ← (1 − lr decay) w − lr (m / c₁) / (√(v / c₂) + ε), c = 1 − β^step.
   */
  void (*adam_step) (MsmDeviceState *state, float *w, float *m, float *v, const float *g, size_t n,
                     const MsmAdamStep *step);
} MsmNeuralOps;
