/*
 * Layers y = x wᵀ + b as products of cuBLASLt, the bias in the product's own kernel: the linear ones, and convolutions
 * of 1 × 1, which are linear in each position. A linear layer that it has no algorithm for is a convolution of 1 × 1 by
 * our own kernels.
 */

#include "cuda/cuda-neural.h"

MsmCudaProduct
msm_cuda_layer_forward (float *y, const void *x, const void *w, const float *b, const MsmCudaLayer *layer,
                        int accumulate)
{
  const MsmCudaProduct product = {
    .a = { x, layer->c_in, 0 },
    .b = { w, layer->c_in, 0 },
    .c = { y, layer->c_out, 0 },
    .tb = 1,
    .m = layer->m,
    .n = layer->c_out,
    .k = layer->c_in,
    .batch = 1,
    .alpha = 1,
    .accumulate = accumulate,
    .bias = b,
    .narrow = layer->narrow,
  };

  return product;
}

MsmCudaProduct
msm_cuda_layer_backward_data (float *dx, const void *dy, const void *w, const MsmCudaLayer *layer, int accumulate)
{
  const MsmCudaProduct product = {
    .a = { dy, layer->c_out, 0 },
    .b = { w, layer->c_in, 0 },
    .c = { dx, layer->c_in, 0 },
    .m = layer->m,
    .n = layer->c_in,
    .k = layer->c_out,
    .batch = 1,
    .alpha = 1,
    .accumulate = accumulate,
    .narrow = layer->narrow,
  };

  return product;
}

/* dw += dyᵀ x */
static MsmCudaProduct
backward_weights (float *dw, const float *dy, const float *x, const MsmCudaLayer *layer)
{
  const MsmCudaProduct product = {
    .a = { dy, layer->c_out, 0 },
    .b = { x, layer->c_in, 0 },
    .c = { dw, layer->c_in, 0 },
    .ta = 1,
    .m = layer->c_out,
    .n = layer->c_in,
    .k = layer->m,
    .batch = 1,
    .alpha = 1,
    .accumulate = 1,
  };

  return product;
}

static MsmConvShape
conv_of (size_t m, size_t c_in, size_t c_out)
{
  const MsmConvShape shape = { m, 1, 1, c_in, c_out, 1, 1 };

  return shape;
}

void
msm_cuda_linear_forward (MsmDeviceState *state, float *y, const float *x, const float *w, const float *b, size_t m,
                         size_t c_in, size_t c_out)
{
  const MsmCudaLayer layer = { m, c_in, c_out, 0 };
  const MsmConvShape shape = conv_of (m, c_in, c_out);
  const MsmCudaProduct product = msm_cuda_layer_forward (y, x, w, b, &layer, 0);

  if (!msm_cuda_multiply (state, &product))
    msm_cuda_direct_forward (state, &shape, y, x, w, b, 0);
}

/*
 * The bias's gradient is not left to the products' kernels (CUBLASLT_EPILOGUE_BGRADB): they would assign what is to be
 * added, and it sums as many rows as there are images.
 */
void
msm_cuda_linear_backward (MsmDeviceState *state, float *dx, float *dw, float *db, const float *dy, const float *x,
                          const float *w, size_t m, size_t c_in, size_t c_out, int accumulate)
{
  const MsmCudaLayer layer = { m, c_in, c_out, 0 };
  const MsmConvShape shape = conv_of (m, c_in, c_out);
  const MsmCudaProduct weights = backward_weights (dw, dy, x, &layer);
  const MsmCudaProduct data = msm_cuda_layer_backward_data (dx, dy, w, &layer, accumulate);

  if (!msm_cuda_multiply (state, &weights))
    msm_cuda_direct_backward_weights (state, &shape, dw, x, dy);
  msm_cuda_add_bias_gradient (state, db, dy, m, c_out);
  if (dx != NULL && !msm_cuda_multiply (state, &data))
    msm_cuda_direct_backward_data (state, &shape, dx, dy, w, accumulate);
}

int
msm_cuda_linear_prepare (MsmDeviceState *state, size_t m, size_t c_in, size_t c_out, int backward)
{
  float *any = msm_cuda_begin_plan (state);

  if (any == NULL)
    return 0;
  msm_cuda_linear_forward (state, any, any, any, any, m, c_in, c_out);
  if (backward)
    msm_cuda_linear_backward (state, any, any, any, any, any, any, m, c_in, c_out, 0);
  return msm_cuda_end_plan (state);
}
