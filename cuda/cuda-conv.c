/*
 * Convolutions: one execution plan of cuDNN for each direction, in the state's precision or the next better
 * one that has an engine, and kernels of our own where cuDNN has none at all. Filters are turned from the
 * arena's OIHW to cuDNN's OHWI: once where there is no backward, else before each use; with bfloat16 the activations
 * are rounded to it. Those of 1 × 1 are products of matrices, but for the gradient of their filter: it sums over all
 * positions, which cuDNN's engines do in parts of fixed order. All of that is in the state's scratch, which is reserved
 * when a plan is made: a call allocates nothing.
 */

#include <stdlib.h>
#include <string.h>

#include "cuda/cuda-neural.h"
#include "cuda/cudnn-plan.h"

/* Layers of one shape share a plan: finding one takes cuDNN longer than many of its runs. */
typedef struct KnownPlan
{
  struct KnownPlan *next;
  MsmCudnnKind kind;
  MsmConvShape shape;
  MsmPrecision wanted; /* what it was asked for, which may be less than it has */
  MsmCudnnPlan plan;
} KnownPlan;

struct MsmConvPlan
{
  MsmConvShape shape;
  int is_product;                                                /* forward and the data's gradient */
  int is_narrow;                                                 /* forward takes bfloat16 */
  const MsmCudnnPlan *forward, *backward_data, *backward_filter; /* the state's */
  const MsmCudnnPlan *forward_bias; /* where nothing is accumulated; NULL: the bias has a kernel of its own */
  void *filter; /* without backward: the weights as forward takes them, kept from its first call on */
  int is_filled;
};

/* A call's scratch: the library's, the filter, the two activations. */
typedef struct
{
  char *library, *filter, *x, *y;
} Scratch;

void
msm_cuda_conv_free (MsmDeviceState *state)
{
  for (KnownPlan *known = (KnownPlan *) state->conv_plans, *next; known != NULL; known = next)
    {
      next = known->next;
      msm_cudnn_plan_clear (&known->plan);
      free (known);
    }
  state->conv_plans = NULL;
  if (state->cudnn != NULL)
    cudnnDestroy ((cudnnHandle_t) state->cudnn);
  state->cudnn = NULL;
}

static cudnnHandle_t
handle_of (MsmDeviceState *state)
{
  cudnnHandle_t handle = NULL;

  if (state->cudnn != NULL)
    return (cudnnHandle_t) state->cudnn;
  if (cudnnCreate (&handle) != CUDNN_STATUS_SUCCESS)
    return NULL;
  if (cudnnSetStream (handle, state->stream) != CUDNN_STATUS_SUCCESS)
    {
      cudnnDestroy (handle);
      return NULL;
    }
  state->cudnn = handle;
  return handle;
}

static size_t
n_x (const MsmConvShape *s)
{
  return s->n * s->h * s->w * s->c_in;
}

/* Positions of the output. */
static size_t
n_out (const MsmConvShape *s)
{
  return s->n * ((s->h - 1) / s->stride + 1) * ((s->w - 1) / s->stride + 1);
}

static size_t
n_filter (const MsmConvShape *s)
{
  return s->c_out * s->c_in * s->kernel * s->kernel;
}

static size_t
aligned (size_t bytes)
{
  return (bytes + 255) / 256 * 256;
}

static size_t
scratch_bytes (size_t library_bytes, const MsmConvShape *s)
{
  return aligned (library_bytes) + aligned (n_filter (s) * sizeof (float)) + aligned (n_x (s) * sizeof (float))
         + aligned (n_out (s) * s->c_out * sizeof (float));
}

/* NULLs after a failure, which is sticky. */
static Scratch
scratch_of (MsmDeviceState *state, size_t library_bytes, const MsmConvShape *s)
{
  Scratch at = { msm_cuda_workspace (state, scratch_bytes (library_bytes, s)), NULL, NULL, NULL };

  if (at.library == NULL)
    return at;
  at.filter = at.library + aligned (library_bytes);
  at.x = at.filter + aligned (n_filter (s) * sizeof (float));
  at.y = at.x + aligned (n_x (s) * sizeof (float));
  return at;
}

void
msm_cuda_conv_plan_free (MsmDeviceState *state, MsmConvPlan *plan)
{
  if (plan == NULL)
    return;
  msm_cuda_give (state, plan->filter);
  free (plan);
}

/* In the state's precision, else the next better one; without an engine the plan stays empty. NULL: no memory. */
static const MsmCudnnPlan *
find_plan (MsmDeviceState *state, cudnnHandle_t handle, MsmCudnnKind kind, const MsmConvShape *shape)
{
  KnownPlan *known = (KnownPlan *) state->conv_plans;
  int precision = state->precision;

  while (known != NULL
         && (known->kind != kind || known->wanted != state->precision
             || memcmp (&known->shape, shape, sizeof *shape) != 0))
    known = known->next;
  if (known != NULL)
    return &known->plan;
  known = (KnownPlan *) calloc (1, sizeof *known);
  if (known == NULL)
    return NULL;
  known->kind = kind;
  known->shape = *shape;
  known->wanted = state->precision;
  while (!msm_cudnn_plan_init (&known->plan, handle, kind, shape, (MsmPrecision) precision)
         && precision > MSM_PRECISION_F32)
    precision--;
  known->next = (KnownPlan *) state->conv_plans;
  state->conv_plans = known;
  return &known->plan;
}

/* And the scratch for it. */
static int
prepare (MsmDeviceState *state, const MsmCudnnPlan **plan, cudnnHandle_t handle, MsmCudnnKind kind,
         const MsmConvShape *shape)
{
  *plan = find_plan (state, handle, kind, shape);
  return *plan != NULL && msm_cuda_reserve (state, scratch_bytes ((*plan)->workspace_bytes, shape));
}

/*
 * An engine that adds the bias too, where the precision is no worse for it. Not in bfloat16, whose result a kernel has
 * to widen anyway, and there the bias is added in float32. 0: no memory.
 */
static int
prepare_bias (MsmDeviceState *state, MsmConvPlan *plan, cudnnHandle_t handle)
{
  const MsmCudnnPlan *found;

  if (plan->is_narrow || plan->forward->plan == NULL)
    return 1;
  if (!prepare (state, &found, handle, MSM_CUDNN_FORWARD_BIAS, &plan->shape))
    return 0;
  if (found->plan != NULL && found->precision == plan->forward->precision)
    plan->forward_bias = found;
  return 1;
}

/* y (+)= w ∗ x + b as a product; what is rounded lies in the scratch. */
static MsmCudaProduct
forward_product (MsmDeviceState *state, const MsmConvPlan *plan, float *y, const float *x, const float *w,
                 const float *b, int accumulate)
{
  const MsmConvShape *s = &plan->shape;
  const MsmCudaLayer layer = { n_out (s), s->c_in, s->c_out, (size_t) plan->is_narrow };
  const void *narrow = state->partial; /* as aligned as the scratch */

  return msm_cuda_layer_forward (y, plan->is_narrow ? narrow : x, plan->is_narrow ? narrow : w, b, &layer, accumulate);
}

static MsmCudaProduct
data_product (MsmDeviceState *state, const MsmConvPlan *plan, float *dx, const float *dy, const float *w,
              int accumulate)
{
  const MsmConvShape *s = &plan->shape;
  const MsmCudaLayer layer = { n_out (s), s->c_in, s->c_out, (size_t) plan->is_narrow };
  const void *narrow = state->partial;

  return msm_cuda_layer_backward_data (dx, plan->is_narrow ? narrow : dy, plan->is_narrow ? narrow : w, &layer,
                                       accumulate);
}

/* Whether all there is to do of a convolution of 1 × 1 can be done by products, and the larger workspace. */
static int
find_products (MsmDeviceState *state, MsmConvPlan *plan, int backward, size_t *library_bytes)
{
  float *any = (float *) state->partial; /* as aligned as tensors are */
  size_t bytes = 0;
  MsmCudaProduct product;

  *library_bytes = 0;
  if (plan->shape.kernel != 1 || plan->shape.stride != 1)
    return 0;
  product = forward_product (state, plan, any, any, any, any, 0);
  if (!msm_cuda_product_find (state, &product, library_bytes))
    return 0;
  product = data_product (state, plan, any, any, any, 0);
  if (backward && !msm_cuda_product_find (state, &product, &bytes))
    return 0;
  if (bytes > *library_bytes)
    *library_bytes = bytes;
  return 1;
}

/* Engines or algorithms of all directions, and the scratch for them; 0: no memory. */
static int
prepare_all (MsmDeviceState *state, MsmConvPlan *plan, cudnnHandle_t handle, int backward)
{
  const MsmConvShape *shape = &plan->shape;
  size_t library_bytes;

  plan->is_narrow = state->precision == MSM_PRECISION_BF16;
  plan->is_product = find_products (state, plan, backward, &library_bytes);
  if (plan->is_product)
    {
      if (!msm_cuda_reserve (state, scratch_bytes (library_bytes, shape)))
        return 0;
    }
  else
    {
      if (!prepare (state, &plan->forward, handle, MSM_CUDNN_FORWARD, shape)
          || (backward && !prepare (state, &plan->backward_data, handle, MSM_CUDNN_BACKWARD_DATA, shape)))
        return 0;
      plan->is_narrow = plan->forward->precision == MSM_PRECISION_BF16;
      if (!prepare_bias (state, plan, handle))
        return 0;
    }
  return !backward || prepare (state, &plan->backward_filter, handle, MSM_CUDNN_BACKWARD_FILTER, shape);
}

/* Without memory for it values are rounded by themselves. */
static void
reserve_twin (MsmDeviceState *state, size_t bytes)
{
  if (bytes <= state->twin_bytes)
    return;
  msm_cuda_give (state, state->twin);
  state->twin = msm_cuda_take (state, bytes);
  state->twin_bytes = state->twin != NULL ? bytes : 0;
  state->workspace_age++; /* recordings hold the pointer */
}

MsmConvPlan *
msm_cuda_conv_plan_new (MsmDeviceState *state, const MsmConvShape *shape, int backward)
{
  cudnnHandle_t handle;
  MsmConvPlan *plan;

  state->missing = 0;
  if (!msm_cuda_ask (state) || (handle = handle_of (state)) == NULL)
    return NULL;
  plan = (MsmConvPlan *) calloc (1, sizeof *plan);
  if (plan == NULL)
    return NULL;
  plan->shape = *shape;
  if (!prepare_all (state, plan, handle, backward))
    {
      msm_cuda_conv_plan_free (state, plan);
      cudaGetLastError ();
      return NULL;
    }
  if (plan->is_narrow)
    reserve_twin (state, 2 * n_x (shape));
  /* Or there is no memory, and it is made anew each time. */
  if (!backward && (plan->is_product ? plan->is_narrow : plan->forward->plan != NULL))
    plan->filter = msm_cuda_take (state, n_filter (shape) * (plan->is_narrow ? 2 : sizeof (float)));
  /* What the library tried and could not do is no failure of the next kernel. */
  cudaGetLastError ();
  return plan;
}

/* The values as a plan takes them: @x itself, or rounded into @scratch. */
static const void *
rounded (MsmDeviceState *state, int is_narrow, const float *x, char *scratch, size_t n)
{
  if (!is_narrow)
    return x;
  msm_cuda_to_bf16 (state, scratch, x, n);
  return scratch;
}

/*
 * The weights in cuDNN's order, which of 1 × 1 is ours. A recording that is not used must not count as having filled
 * them.
 */
static const void *
filter_of (MsmDeviceState *state, MsmConvPlan *plan, const float *w, char *scratch)
{
  const MsmConvShape *s = &plan->shape;
  const int keep = plan->filter != NULL && state->mode == MSM_CUDA_QUEUE;
  void *dst = keep ? plan->filter : scratch;

  if (plan->is_filled)
    return plan->filter;
  msm_cuda_filter_to_ohwi (state, dst, w, s->c_out, s->c_in, s->kernel, plan->is_narrow);
  plan->is_filled = keep && !state->failed;
  return dst;
}

/* Finds @product's workspace among the scratch; 0 after failing. */
static int
find_scratch (MsmDeviceState *state, const MsmConvPlan *plan, const MsmCudaProduct *product, Scratch *at)
{
  size_t bytes;

  if (msm_cuda_product_find (state, product, &bytes))
    *at = scratch_of (state, bytes, &plan->shape);
  else
    msm_cuda_fail (state, "convolution", "cuBLASLt has no algorithm for it in this precision");
  return !state->failed;
}

static void
multiply_forward (MsmDeviceState *state, MsmConvPlan *plan, float *y, const float *x, const void *twin, const float *w,
                  const float *b, int accumulate)
{
  MsmCudaProduct product = forward_product (state, plan, y, x, w, b, accumulate);
  Scratch at;

  if (!find_scratch (state, plan, &product, &at))
    return;
  if (plan->is_narrow)
    {
      product.a.data = twin != NULL ? twin : rounded (state, 1, x, at.x, n_x (&plan->shape));
      product.b.data = filter_of (state, plan, w, at.filter);
    }
  msm_cuda_product_run (state, &product, at.library);
}

static void
multiply_backward (MsmDeviceState *state, MsmConvPlan *plan, float *dx, const float *dy, const float *w, int accumulate)
{
  MsmCudaProduct product = data_product (state, plan, dx, dy, w, accumulate);
  Scratch at;

  if (!find_scratch (state, plan, &product, &at))
    return;
  if (plan->is_narrow)
    {
      product.a.data = rounded (state, 1, dy, at.y, n_out (&plan->shape) * plan->shape.c_out);
      product.b.data = rounded (state, 1, w, at.filter, n_filter (&plan->shape));
    }
  msm_cuda_product_run (state, &product, at.library);
}

void
msm_cuda_conv_forward (MsmDeviceState *state, MsmConvPlan *plan, float *y, const float *x, const float *w,
                       const float *b, int accumulate)
{
  const MsmConvShape *s = &plan->shape;
  const int narrow = plan->is_narrow;
  const void *twin = narrow && state->twin_of == x ? state->twin : NULL; /* any call forgets it */
  Scratch at;
  void *result;

  if (plan->is_product)
    {
      multiply_forward (state, plan, y, x, twin, w, b, accumulate);
      return;
    }
  if (plan->forward->plan == NULL)
    {
      msm_cuda_direct_forward (state, s, y, x, w, b, accumulate);
      return;
    }
  if (!accumulate && b != NULL && plan->forward_bias != NULL)
    {
      at = scratch_of (state, plan->forward_bias->workspace_bytes, s);
      msm_cudnn_plan_run (state, plan->forward_bias, x, filter_of (state, plan, w, at.filter), y, b, at.library);
      return;
    }
  at = scratch_of (state, plan->forward->workspace_bytes, s);
  result = narrow || accumulate ? (void *) at.y : y;
  if (twin == NULL)
    twin = rounded (state, narrow, x, at.x, n_x (s));
  msm_cudnn_plan_run (state, plan->forward, twin, filter_of (state, plan, w, at.filter), result, NULL, at.library);
  msm_cuda_add_bias (state, y, result, b, n_out (s), s->c_out, accumulate, narrow);
}

void
msm_cuda_conv_backward_data (MsmDeviceState *state, MsmConvPlan *plan, float *dx, const float *dy, const float *w,
                             int accumulate)
{
  const MsmConvShape *s = &plan->shape;
  Scratch at;
  void *result;
  int narrow;

  if (plan->is_product)
    {
      multiply_backward (state, plan, dx, dy, w, accumulate);
      return;
    }
  narrow = plan->backward_data->precision == MSM_PRECISION_BF16;
  if (plan->backward_data->plan == NULL)
    {
      msm_cuda_direct_backward_data (state, s, dx, dy, w, accumulate);
      return;
    }
  at = scratch_of (state, plan->backward_data->workspace_bytes, s);
  result = narrow || accumulate ? (void *) at.x : dx;
  msm_cuda_filter_to_ohwi (state, at.filter, w, s->c_out, s->c_in, s->kernel, narrow);
  msm_cudnn_plan_run (state, plan->backward_data, result, at.filter,
                      rounded (state, narrow, dy, at.y, n_out (s) * s->c_out), NULL, at.library);
  if (result != dx)
    msm_cuda_add_bias (state, dx, result, NULL, s->n * s->h * s->w, s->c_in, accumulate, narrow);
}

void
msm_cuda_conv_backward_weights (MsmDeviceState *state, MsmConvPlan *plan, float *dw, float *db, const float *x,
                                const float *dy)
{
  const MsmConvShape *s = &plan->shape;
  const MsmCudnnPlan *p = plan->backward_filter;
  const int narrow = p->precision == MSM_PRECISION_BF16;
  Scratch at;

  if (p->plan == NULL)
    msm_cuda_direct_backward_weights (state, s, dw, x, dy);
  else
    {
      at = scratch_of (state, p->workspace_bytes, s);
      msm_cudnn_plan_run (state, p, rounded (state, narrow, x, at.x, n_x (s)), at.filter,
                          rounded (state, narrow, dy, at.y, n_out (s) * s->c_out), NULL, at.library);
      msm_cuda_filter_add_ohwi (state, dw, at.filter, s->c_out, s->c_in, s->kernel, narrow);
    }
  msm_cuda_add_bias_gradient (state, db, dy, n_out (s), s->c_out);
}
