/*
 * Convolutions: one execution plan of cuDNN for each direction. Filters are turned from the arena's OIHW to
 * cuDNN's OHWI before each use (a copy of the weights, small beside the convolution).
 */

#include <stdlib.h>

#include "cuda/cuda-neural.h"
#include "cuda/cudnn-plan.h"

struct MsmConvPlan
{
  MsmConvShape shape;
  MsmCudnnPlan forward, backward_data, backward_filter;
  float       *filter; /* OHWI: the weights, or their gradient */
  float       *y;      /* what an accumulating call adds: as large as x or y, whichever is larger */
};

void
msm_cuda_conv_free (MsmDeviceState *state)
{
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

void
msm_cuda_conv_plan_free (MsmDeviceState *state, MsmConvPlan *plan)
{
  if (plan == NULL)
    return;
  cudaSetDevice (state->index);
  msm_cudnn_plan_clear (&plan->forward);
  msm_cudnn_plan_clear (&plan->backward_data);
  msm_cudnn_plan_clear (&plan->backward_filter);
  cudaFree (plan->filter);
  cudaFree (plan->y);
  free (plan);
}

MsmConvPlan *
msm_cuda_conv_plan_new (MsmDeviceState *state, const MsmConvShape *shape, int backward)
{
  const size_t  n_filter = shape->c_out * shape->c_in * shape->kernel * shape->kernel;
  const size_t  n_y = n_out (shape) * shape->c_out;
  const size_t  n_scratch = backward && n_x (shape) > n_y ? n_x (shape) : n_y;
  cudnnHandle_t handle;
  MsmConvPlan  *plan;
  int           ok;

  if (!msm_cuda_enter (state) || (handle = handle_of (state)) == NULL)
    return NULL;
  plan = (MsmConvPlan *) calloc (1, sizeof *plan);
  if (plan == NULL)
    return NULL;
  plan->shape = *shape;
  ok = msm_cudnn_plan_init (&plan->forward, handle, MSM_CUDNN_FORWARD, shape, 0)
       && (!backward
           || (msm_cudnn_plan_init (&plan->backward_data, handle, MSM_CUDNN_BACKWARD_DATA, shape, 0)
               && msm_cudnn_plan_init (&plan->backward_filter, handle, MSM_CUDNN_BACKWARD_FILTER, shape, 0)));
  if (ok
      && (cudaMalloc ((void **) &plan->filter, n_filter * sizeof (float)) != cudaSuccess
          || cudaMalloc ((void **) &plan->y, n_scratch * sizeof (float)) != cudaSuccess))
    {
      cudaGetLastError (); /* not sticky: the caller reports that memory is short */
      ok = 0;
    }
  if (!ok)
    {
      msm_cuda_conv_plan_free (state, plan);
      return NULL;
    }
  return plan;
}

static void
load_filter (MsmDeviceState *state, MsmConvPlan *plan, const float *w)
{
  msm_cuda_filter_to_ohwi (state, plan->filter, w, plan->shape.c_out, plan->shape.c_in, plan->shape.kernel);
}

void
msm_cuda_conv_forward (MsmDeviceState *state, MsmConvPlan *plan, float *y, const float *x, const float *w,
                       const float *b, int accumulate)
{
  float *result = accumulate ? plan->y : y;

  load_filter (state, plan, w);
  msm_cudnn_plan_run (state, &plan->forward, x, plan->filter, result);
  msm_cuda_add_bias (state, y, result, b, n_out (&plan->shape), plan->shape.c_out, accumulate);
}

void
msm_cuda_conv_backward_data (MsmDeviceState *state, MsmConvPlan *plan, float *dx, const float *dy,
                             const float *w, int accumulate)
{
  const MsmConvShape *s = &plan->shape;

  load_filter (state, plan, w);
  msm_cudnn_plan_run (state, &plan->backward_data, accumulate ? plan->y : dx, plan->filter, dy);
  if (accumulate)
    msm_cuda_add_bias (state, dx, plan->y, NULL, s->n * s->h * s->w, s->c_in, 1);
}

void
msm_cuda_conv_backward_weights (MsmDeviceState *state, MsmConvPlan *plan, float *dw, float *db,
                                const float *x, const float *dy)
{
  const MsmConvShape *s = &plan->shape;

  msm_cudnn_plan_run (state, &plan->backward_filter, x, plan->filter, dy);
  msm_cuda_filter_add_ohwi (state, dw, plan->filter, s->c_out, s->c_in, s->kernel);
  msm_cuda_add_bias_gradient (state, db, dy, n_out (s), s->c_out);
}
