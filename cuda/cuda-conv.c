/*
 * Convolutions: one execution plan of cuDNN for each direction, in the state's precision or the next better
 * one that has an engine, and kernels of our own where cuDNN has none at all. Filters are turned from the
 * arena's OIHW to cuDNN's OHWI: once where there is no backward, else before each use; with bfloat16 the activations
 * are rounded to it. All of that is in the state's scratch, which is reserved when a
 * plan is made: a call allocates nothing.
 */

#include <stdlib.h>
#include <string.h>

#include "cuda/cuda-neural.h"
#include "cuda/cudnn-plan.h"

/* Layers of one shape share a plan: finding one takes cuDNN longer than many of its runs. */
typedef struct KnownPlan
{
  struct KnownPlan *next;
  MsmCudnnKind      kind;
  MsmConvShape      shape;
  MsmPrecision      wanted; /* what it was asked for, which may be less than it has */
  MsmCudnnPlan      plan;
} KnownPlan;

struct MsmConvPlan
{
  MsmConvShape        shape;
  const MsmCudnnPlan *forward, *backward_data, *backward_filter; /* the state's */
  void        *filter;    /* without backward: the weights as forward takes them, kept from its first call on */
  int          is_filled;
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
scratch_bytes (const MsmCudnnPlan *plan, const MsmConvShape *s)
{
  return aligned (plan->workspace_bytes) + aligned (n_filter (s) * sizeof (float))
         + aligned (n_x (s) * sizeof (float)) + aligned (n_out (s) * s->c_out * sizeof (float));
}

/* NULLs after a failure, which is sticky. */
static Scratch
scratch_of (MsmDeviceState *state, const MsmCudnnPlan *plan, const MsmConvShape *s)
{
  Scratch at = { msm_cuda_workspace (state, scratch_bytes (plan, s)), NULL, NULL, NULL };

  if (at.library == NULL)
    return at;
  at.filter = at.library + aligned (plan->workspace_bytes);
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
  int        precision = state->precision;

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
  return *plan != NULL && msm_cuda_reserve (state, scratch_bytes (*plan, shape));
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
  MsmConvPlan  *plan;

  if (!msm_cuda_ask (state) || (handle = handle_of (state)) == NULL)
    return NULL;
  plan = (MsmConvPlan *) calloc (1, sizeof *plan);
  if (plan == NULL)
    return NULL;
  plan->shape = *shape;
  if (!prepare (state, &plan->forward, handle, MSM_CUDNN_FORWARD, shape)
      || (backward
          && (!prepare (state, &plan->backward_data, handle, MSM_CUDNN_BACKWARD_DATA, shape)
              || !prepare (state, &plan->backward_filter, handle, MSM_CUDNN_BACKWARD_FILTER, shape))))
    {
      msm_cuda_conv_plan_free (state, plan);
      cudaGetLastError ();
      return NULL;
    }
  if (plan->forward->precision == MSM_PRECISION_BF16)
    reserve_twin (state, 2 * n_x (shape));
  if (!backward && plan->forward->plan != NULL) /* or there is no memory, and it is made anew each time */
    plan->filter = msm_cuda_take (state, n_filter (shape)
                                           * (plan->forward->precision == MSM_PRECISION_BF16 ? 2 : sizeof (float)));
  /* What the library tried and could not do is no failure of the next kernel. */
  cudaGetLastError ();
  return plan;
}

/* The values as the plan takes them: @x itself, or rounded into @scratch. */
static const void *
rounded (MsmDeviceState *state, const MsmCudnnPlan *plan, const float *x, char *scratch, size_t n)
{
  if (plan->precision != MSM_PRECISION_BF16)
    return x;
  msm_cuda_to_bf16 (state, scratch, x, n);
  return scratch;
}

/* The weights in cuDNN's order. A recording that is not used must not count as having filled them. */
static const void *
filter_of (MsmDeviceState *state, MsmConvPlan *plan, const float *w, char *scratch)
{
  const MsmConvShape *s = &plan->shape;
  const int           keep = plan->filter != NULL && state->mode == MSM_CUDA_QUEUE;
  void               *dst = keep ? plan->filter : scratch;

  if (plan->is_filled)
    return plan->filter;
  msm_cuda_filter_to_ohwi (state, dst, w, s->c_out, s->c_in, s->kernel,
                           plan->forward->precision == MSM_PRECISION_BF16);
  plan->is_filled = keep && !state->failed;
  return dst;
}

void
msm_cuda_conv_forward (MsmDeviceState *state, MsmConvPlan *plan, float *y, const float *x, const float *w,
                       const float *b, int accumulate)
{
  const MsmConvShape *s = &plan->shape;
  const int           narrow = plan->forward->precision == MSM_PRECISION_BF16;
  const void         *twin = narrow && state->twin_of == x ? state->twin : NULL; /* any call forgets it */
  Scratch             at;
  void               *result;

  if (plan->forward->plan == NULL)
    {
      msm_cuda_direct_forward (state, s, y, x, w, b, accumulate);
      return;
    }
  at = scratch_of (state, plan->forward, s);
  result = narrow || accumulate ? (void *) at.y : y;
  if (twin == NULL)
    twin = rounded (state, plan->forward, x, at.x, n_x (s));
  msm_cudnn_plan_run (state, plan->forward, twin, filter_of (state, plan, w, at.filter), result, at.library);
  msm_cuda_add_bias (state, y, result, b, n_out (s), s->c_out, accumulate, narrow);
}

void
msm_cuda_conv_backward_data (MsmDeviceState *state, MsmConvPlan *plan, float *dx, const float *dy,
                             const float *w, int accumulate)
{
  const MsmConvShape *s = &plan->shape;
  const int           narrow = plan->backward_data->precision == MSM_PRECISION_BF16;
  Scratch             at;
  void               *result;

  if (plan->backward_data->plan == NULL)
    {
      msm_cuda_direct_backward_data (state, s, dx, dy, w, accumulate);
      return;
    }
  at = scratch_of (state, plan->backward_data, s);
  result = narrow || accumulate ? (void *) at.x : dx;
  msm_cuda_filter_to_ohwi (state, at.filter, w, s->c_out, s->c_in, s->kernel, narrow);
  msm_cudnn_plan_run (state, plan->backward_data, result, at.filter,
                      rounded (state, plan->backward_data, dy, at.y, n_out (s) * s->c_out), at.library);
  if (result != dx)
    msm_cuda_add_bias (state, dx, result, NULL, s->n * s->h * s->w, s->c_in, accumulate, narrow);
}

void
msm_cuda_conv_backward_weights (MsmDeviceState *state, MsmConvPlan *plan, float *dw, float *db,
                                const float *x, const float *dy)
{
  const MsmConvShape *s = &plan->shape;
  const MsmCudnnPlan *p = plan->backward_filter;
  Scratch             at;

  if (p->plan == NULL)
    msm_cuda_direct_backward_weights (state, s, dw, x, dy);
  else
    {
      at = scratch_of (state, p, s);
      msm_cudnn_plan_run (state, plan->backward_filter, rounded (state, p, x, at.x, n_x (s)), at.filter,
                          rounded (state, p, dy, at.y, n_out (s) * s->c_out), at.library);
      msm_cuda_filter_add_ohwi (state, dw, at.filter, s->c_out, s->c_in, s->kernel,
                                p->precision == MSM_PRECISION_BF16);
    }
  msm_cuda_add_bias_gradient (state, db, dy, n_out (s), s->c_out);
}
