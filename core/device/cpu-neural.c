#include "config.h"

#include "core/device/neural-ops.h"

#include <dnnl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "core/device/cpu-kernels.h"
#include "core/device/device.h"
#include "core/device/host-neural.h"
#include "core/device/host-state.h"

/*
 * Convolutions on the processor, on channels-last activations. 3 × 3 of many channels and enough pixels go
 * by cpu-neural-winograd.c; the others are oneDNN primitives, whose layout of the weights is oneDNN's choice.
 * Either way the arena's OIHW weights are transformed on each call, which is little beside the
 * convolution. All oneDNN memory is taken when a plan is made.
 */

/* From this many tiles of 4 × 4 on, 36 / 9 as many weights cost less than the multiplications they save. */
#define WINOGRAD_TILES 12

/* A primitive's descriptor chosen by oneDNN, our own beside it, and the reorder between the two. */
typedef struct
{
  dnnl_memory_t    ours;    /* a caller's pointer is set before each call */
  dnnl_memory_t    theirs;  /* owned buffer, or NULL when the layouts agree */
  dnnl_primitive_t reorder; /* ours → theirs, or back for gradients */
} Weights;

struct MsmConvPlan
{
  MsmConvShape     shape;
  gboolean         winograd;
  MsmWinogradShape tiled;
  MsmWinogradShape tiled_back; /* input and output exchanged */
  size_t           n_in; /* elements of x */
  dnnl_stream_t    stream;
  dnnl_memory_t    x;
  dnnl_memory_t    y;
  dnnl_memory_t    bias;
  dnnl_primitive_t forward[2]; /* [accumulate] */
  Weights          w_forward;
  dnnl_primitive_t backward_data;
  Weights          w_backward;
  float           *dx_scratch; /* backward-data has no accumulating form */
  dnnl_primitive_t backward_weights;
  Weights          dw;
  float           *dw_scratch;
  float           *db_scratch;
};

static dnnl_engine_t
cpu_engine (void)
{
  static dnnl_engine_t engine;
  static gsize         once;

  if (g_once_init_enter (&once))
    {
      if (dnnl_engine_create (&engine, dnnl_cpu, 0) != dnnl_success)
        engine = NULL;
      g_once_init_leave (&once, 1);
    }
  return engine;
}

/* Our descriptor of the weights, and the blocked one that @chosen wants; @back: gradients flow to ours. */
static gboolean
weights_init (Weights *self, const dnnl_memory_desc_t *ours, const dnnl_memory_desc_t *chosen,
              gboolean back)
{
  dnnl_primitive_desc_t pd = NULL;
  dnnl_status_t         status;

  if (dnnl_memory_create (&self->ours, ours, cpu_engine (), DNNL_MEMORY_NONE) != dnnl_success)
    return FALSE;
  if (dnnl_memory_desc_equal (ours, chosen))
    return TRUE;
  if (dnnl_memory_create (&self->theirs, chosen, cpu_engine (), DNNL_MEMORY_ALLOCATE) != dnnl_success)
    return FALSE;
  status = dnnl_reorder_primitive_desc_create (&pd, back ? chosen : ours, cpu_engine (),
                                               back ? ours : chosen, cpu_engine (), NULL);
  if (status != dnnl_success)
    return FALSE;
  status = dnnl_primitive_create (&self->reorder, pd);
  dnnl_primitive_desc_destroy (pd);
  return status == dnnl_success;
}

static void
weights_clear (Weights *self)
{
  if (self->reorder != NULL)
    dnnl_primitive_destroy (self->reorder);
  if (self->theirs != NULL)
    dnnl_memory_destroy (self->theirs);
  if (self->ours != NULL)
    dnnl_memory_destroy (self->ours);
}

static void
execute (MsmDeviceState *state, dnnl_primitive_t primitive, dnnl_stream_t stream, int n,
         const dnnl_exec_arg_t *args)
{
  dnnl_status_t status = dnnl_primitive_execute (primitive, stream, n, args);

  if (status != dnnl_success)
    msm_host_fail (state, "oneDNN failed in a convolution (status %d)", (int) status);
}

static void
run_reorder (MsmDeviceState *state, Weights *self, dnnl_stream_t stream, gboolean back)
{
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_FROM, back ? self->theirs : self->ours },
    { DNNL_ARG_TO, back ? self->ours : self->theirs },
  };

  if (self->reorder != NULL)
    execute (state, self->reorder, stream, 2, args);
}

static dnnl_memory_t
weights_memory (const Weights *self)
{
  return self->theirs != NULL ? self->theirs : self->ours;
}

static void
cpu_conv_plan_free (MsmDeviceState *state, MsmConvPlan *plan)
{
  dnnl_primitive_t primitives[] = { plan->forward[0], plan->forward[1], plan->backward_data,
                                    plan->backward_weights };
  dnnl_memory_t    memories[] = { plan->x, plan->y, plan->bias };

  for (guint i = 0; i < G_N_ELEMENTS (primitives); i++)
    if (primitives[i] != NULL)
      dnnl_primitive_destroy (primitives[i]);
  weights_clear (&plan->w_forward);
  weights_clear (&plan->w_backward);
  weights_clear (&plan->dw);
  for (guint i = 0; i < G_N_ELEMENTS (memories); i++)
    if (memories[i] != NULL)
      dnnl_memory_destroy (memories[i]);
  if (plan->stream != NULL)
    dnnl_stream_destroy (plan->stream);
  free (plan->dx_scratch);
  free (plan->dw_scratch);
  free (plan->db_scratch);
  free (plan);
}

typedef struct
{
  dnnl_memory_desc_t x, y, w, w_any, b;
  dnnl_dims_t        strides, padding, padding_right;
} Descriptors;

static gboolean
describe (Descriptors *d, const MsmConvShape *s)
{
  const dnnl_dim_t h_out = (dnnl_dim_t) ((s->h - 1) / s->stride + 1);
  const dnnl_dim_t w_out = (dnnl_dim_t) ((s->w - 1) / s->stride + 1);
  const dnnl_dim_t k = (dnnl_dim_t) s->kernel;
  dnnl_dims_t      x = { (dnnl_dim_t) s->n, (dnnl_dim_t) s->c_in, (dnnl_dim_t) s->h, (dnnl_dim_t) s->w };
  dnnl_dims_t      y = { (dnnl_dim_t) s->n, (dnnl_dim_t) s->c_out, h_out, w_out };
  dnnl_dims_t      w = { (dnnl_dim_t) s->c_out, (dnnl_dim_t) s->c_in, k, k };
  dnnl_dims_t      b = { (dnnl_dim_t) s->c_out };

  d->strides[0] = d->strides[1] = (dnnl_dim_t) s->stride;
  d->padding[0] = d->padding[1] = k / 2;
  /* What makes the last window end where stride and size say it does. */
  d->padding_right[0] = (h_out - 1) * (dnnl_dim_t) s->stride + k - (dnnl_dim_t) s->h - k / 2;
  d->padding_right[1] = (w_out - 1) * (dnnl_dim_t) s->stride + k - (dnnl_dim_t) s->w - k / 2;
  return dnnl_memory_desc_init_by_tag (&d->x, 4, x, dnnl_f32, dnnl_nhwc) == dnnl_success
         && dnnl_memory_desc_init_by_tag (&d->y, 4, y, dnnl_f32, dnnl_nhwc) == dnnl_success
         && dnnl_memory_desc_init_by_tag (&d->w, 4, w, dnnl_f32, dnnl_oihw) == dnnl_success
         && dnnl_memory_desc_init_by_tag (&d->w_any, 4, w, dnnl_f32, dnnl_format_tag_any) == dnnl_success
         && dnnl_memory_desc_init_by_tag (&d->b, 1, b, dnnl_f32, dnnl_x) == dnnl_success;
}

/* Makes the primitive of @op; @chosen receives the weights' descriptor that it wants. */
static gboolean
make_primitive (dnnl_primitive_t *primitive, dnnl_memory_desc_t *chosen, const void *op,
                const_dnnl_primitive_attr_t attr, dnnl_primitive_desc_t hint, dnnl_query_t query,
                dnnl_primitive_desc_t *keep)
{
  dnnl_primitive_desc_t pd = NULL;
  gboolean              ok;

  if (dnnl_primitive_desc_create (&pd, op, attr, cpu_engine (), hint) != dnnl_success)
    return FALSE;
  *chosen = *dnnl_primitive_desc_query_md (pd, query, 0);
  ok = dnnl_primitive_create (primitive, pd) == dnnl_success;
  if (keep != NULL && ok)
    *keep = pd;
  else
    dnnl_primitive_desc_destroy (pd);
  return ok;
}

static gboolean
make_forward (MsmConvPlan *plan, const Descriptors *d, dnnl_primitive_desc_t *hint)
{
  dnnl_convolution_desc_t desc;
  dnnl_memory_desc_t      chosen;
  dnnl_memory_desc_t      fixed;
  dnnl_primitive_attr_t   attr = NULL;
  dnnl_post_ops_t         sum = NULL;
  gboolean                ok;

  ok = dnnl_convolution_forward_desc_init (&desc, dnnl_forward_training, dnnl_convolution_direct, &d->x,
                                           &d->w_any, &d->b, &d->y, d->strides, d->padding,
                                           d->padding_right) == dnnl_success
       && make_primitive (&plan->forward[0], &chosen, &desc, NULL, NULL, dnnl_query_weights_md, hint)
       && weights_init (&plan->w_forward, &d->w, &chosen, FALSE);
  if (!ok)
    return FALSE;
  /* The accumulating twin takes the same weights. */
  ok = dnnl_post_ops_create (&sum) == dnnl_success && dnnl_post_ops_append_sum (sum, 1.0f) == dnnl_success
       && dnnl_primitive_attr_create (&attr) == dnnl_success
       && dnnl_primitive_attr_set_post_ops (attr, sum) == dnnl_success
       && dnnl_convolution_forward_desc_init (&desc, dnnl_forward_training, dnnl_convolution_direct,
                                              &d->x, &chosen, &d->b, &d->y, d->strides, d->padding,
                                              d->padding_right) == dnnl_success
       && make_primitive (&plan->forward[1], &fixed, &desc, attr, NULL, dnnl_query_weights_md, NULL);
  if (sum != NULL)
    dnnl_post_ops_destroy (sum);
  if (attr != NULL)
    dnnl_primitive_attr_destroy (attr);
  return ok;
}

static gboolean
make_backward (MsmConvPlan *plan, const Descriptors *d, dnnl_primitive_desc_t hint)
{
  dnnl_convolution_desc_t desc;
  dnnl_memory_desc_t      chosen;
  const MsmConvShape     *s = &plan->shape;

  plan->dx_scratch = aligned_alloc (64, (plan->n_in * sizeof (float) + 63) / 64 * 64);
  plan->dw_scratch = calloc (s->c_out * s->c_in * s->kernel * s->kernel, sizeof (float));
  plan->db_scratch = calloc (s->c_out, sizeof (float));
  return plan->dx_scratch != NULL && plan->dw_scratch != NULL && plan->db_scratch != NULL
         && dnnl_convolution_backward_data_desc_init (&desc, dnnl_convolution_direct, &d->x, &d->w_any,
                                                      &d->y, d->strides, d->padding, d->padding_right)
              == dnnl_success
         && make_primitive (&plan->backward_data, &chosen, &desc, NULL, hint, dnnl_query_weights_md, NULL)
         && weights_init (&plan->w_backward, &d->w, &chosen, FALSE)
         && dnnl_convolution_backward_weights_desc_init (&desc, dnnl_convolution_direct, &d->x, &d->w_any,
                                                         &d->b, &d->y, d->strides, d->padding,
                                                         d->padding_right)
              == dnnl_success
         && make_primitive (&plan->backward_weights, &chosen, &desc, NULL, hint,
                            dnnl_query_diff_weights_md, NULL)
         && weights_init (&plan->dw, &d->w, &chosen, TRUE);
}

/* Floats of the workspace: transformed weights, then the convolution's own. */
static float *
winograd_workspace (const MsmConvPlan *plan, float **scratch)
{
  const MsmCpuKernels *kernels = msm_cpu_kernels ();
  const size_t         weights = MSM_WINOGRAD_POINTS * plan->shape.c_in * plan->shape.c_out;
  const int            threads = msm_device_get_threads ();
  const size_t         forward = kernels->winograd_scratch_size (&plan->tiled, threads);
  const size_t         back = kernels->winograd_scratch_size (&plan->tiled_back, threads);
  float               *u = msm_host_workspace ((weights + MAX (forward, back)) * sizeof (float));

  *scratch = u == NULL ? NULL : u + weights;
  return u;
}

static gboolean
plan_winograd (MsmConvPlan *plan, const MsmConvShape *s)
{
  float *scratch;

  plan->tiled = (MsmWinogradShape) { s->n, s->h, s->w, s->c_in, s->c_out };
  plan->tiled_back = (MsmWinogradShape) { s->n, s->h, s->w, s->c_out, s->c_in };
  plan->winograd = s->kernel == 3 && s->stride == 1 && s->c_in % MSM_WINOGRAD_CHANNELS == 0
                   && s->c_out % MSM_WINOGRAD_CHANNELS == 0
                   && s->n * ((s->h + 3) / 4) * ((s->w + 3) / 4) >= WINOGRAD_TILES;
  return !plan->winograd || winograd_workspace (plan, &scratch) != NULL;
}

static MsmConvPlan *
cpu_conv_plan_new (MsmDeviceState *state, const MsmConvShape *shape, int backward)
{
  MsmConvPlan          *plan = calloc (1, sizeof *plan);
  dnnl_primitive_desc_t hint = NULL;
  Descriptors           d;
  gboolean              ok;

  if (plan == NULL)
    return NULL;
  plan->shape = *shape;
  plan->n_in = shape->n * shape->h * shape->w * shape->c_in;
  if (!plan_winograd (plan, shape))
    {
      free (plan);
      return NULL;
    }
  if (plan->winograd)
    return plan;
  ok = cpu_engine () != NULL && describe (&d, shape)
       && dnnl_stream_create (&plan->stream, cpu_engine (), dnnl_stream_default_flags) == dnnl_success
       && dnnl_memory_create (&plan->x, &d.x, cpu_engine (), DNNL_MEMORY_NONE) == dnnl_success
       && dnnl_memory_create (&plan->y, &d.y, cpu_engine (), DNNL_MEMORY_NONE) == dnnl_success
       && dnnl_memory_create (&plan->bias, &d.b, cpu_engine (), DNNL_MEMORY_NONE) == dnnl_success
       && make_forward (plan, &d, &hint) && (!backward || make_backward (plan, &d, hint));
  if (hint != NULL)
    dnnl_primitive_desc_destroy (hint);
  if (!ok)
    {
      cpu_conv_plan_free (state, plan);
      return NULL;
    }
  return plan;
}

static void
cpu_conv_forward (MsmDeviceState *state, MsmConvPlan *plan, float *y, const float *x, const float *w,
                  const float *b, int accumulate)
{
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_SRC, plan->x },
    { DNNL_ARG_WEIGHTS, weights_memory (&plan->w_forward) },
    { DNNL_ARG_BIAS, plan->bias },
    { DNNL_ARG_DST, plan->y },
  };

  if (plan->winograd)
    {
      float *scratch;
      float *u = winograd_workspace (plan, &scratch);

      if (u == NULL)
        {
          msm_host_no_memory (state);
          return;
        }
      msm_cpu_kernels ()->winograd_weights (u, w, &plan->tiled, FALSE);
      msm_cpu_kernels ()->winograd_forward (y, x, u, b, scratch, &plan->tiled, msm_device_get_threads (),
                                            accumulate);
      return;
    }
  dnnl_memory_set_data_handle (plan->x, (void *) x);
  dnnl_memory_set_data_handle (plan->y, y);
  dnnl_memory_set_data_handle (plan->bias, (void *) b);
  dnnl_memory_set_data_handle (plan->w_forward.ours, (void *) w);
  run_reorder (state, &plan->w_forward, plan->stream, FALSE);
  execute (state, plan->forward[accumulate != 0], plan->stream, 4, args);
  dnnl_stream_wait (plan->stream);
}

static void
cpu_conv_backward_data (MsmDeviceState *state, MsmConvPlan *plan, float *dx, const float *dy,
                        const float *w, int accumulate)
{
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_DIFF_DST, plan->y },
    { DNNL_ARG_WEIGHTS, weights_memory (&plan->w_backward) },
    { DNNL_ARG_DIFF_SRC, plan->x },
  };

  if (plan->winograd)
    {
      float *scratch;
      float *u = winograd_workspace (plan, &scratch);

      if (u == NULL)
        {
          msm_host_no_memory (state);
          return;
        }
      msm_cpu_kernels ()->winograd_weights (u, w, &plan->tiled, TRUE);
      msm_cpu_kernels ()->winograd_forward (dx, dy, u, NULL, scratch, &plan->tiled_back,
                                            msm_device_get_threads (), accumulate);
      return;
    }
  dnnl_memory_set_data_handle (plan->x, accumulate ? plan->dx_scratch : dx);
  dnnl_memory_set_data_handle (plan->y, (void *) dy);
  dnnl_memory_set_data_handle (plan->w_backward.ours, (void *) w);
  run_reorder (state, &plan->w_backward, plan->stream, FALSE);
  execute (state, plan->backward_data, plan->stream, 3, args);
  dnnl_stream_wait (plan->stream);
  if (accumulate)
    {
#pragma omp parallel for num_threads(msm_device_get_threads ()) schedule(static)
      for (size_t i = 0; i < plan->n_in; i++)
        dx[i] += plan->dx_scratch[i];
    }
}

static void
cpu_conv_backward_weights (MsmDeviceState *state, MsmConvPlan *plan, float *dw, float *db, const float *x,
                           const float *dy)
{
  const MsmConvShape *s = &plan->shape;
  const size_t        n = s->c_out * s->c_in * s->kernel * s->kernel;
  dnnl_exec_arg_t     args[] = {
    { DNNL_ARG_SRC, plan->x },
    { DNNL_ARG_DIFF_DST, plan->y },
    { DNNL_ARG_DIFF_WEIGHTS, weights_memory (&plan->dw) },
    { DNNL_ARG_DIFF_BIAS, plan->bias },
  };

  if (plan->winograd)
    {
      float *scratch;
      float *du = winograd_workspace (plan, &scratch);

      if (du == NULL)
        {
          msm_host_no_memory (state);
          return;
        }
      msm_cpu_kernels ()->winograd_gradient (dw, du, x, dy, scratch, &plan->tiled,
                                             msm_device_get_threads ());
      msm_cpu_kernels ()->add_column_sums (db, dy, (double *) scratch, s->n * s->h * s->w, s->c_out);
      return;
    }
  dnnl_memory_set_data_handle (plan->x, (void *) x);
  dnnl_memory_set_data_handle (plan->y, (void *) dy);
  dnnl_memory_set_data_handle (plan->bias, plan->db_scratch);
  dnnl_memory_set_data_handle (plan->dw.ours, plan->dw_scratch);
  execute (state, plan->backward_weights, plan->stream, 4, args);
  run_reorder (state, &plan->dw, plan->stream, TRUE);
  dnnl_stream_wait (plan->stream);
  for (size_t i = 0; i < n; i++)
    dw[i] += plan->dw_scratch[i];
  for (size_t i = 0; i < s->c_out; i++)
    db[i] += plan->db_scratch[i];
}

const MsmCpuKernels *
msm_cpu_kernels (void)
{
#ifdef MSM_CPU_HAS_AVX2
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    return &msm_cpu_kernels_avx2;
#endif
  return &msm_cpu_kernels_base;
}

MsmNeuralOps msm_cpu_neural_ops;

void
msm_cpu_neural_init (void)
{
  static gsize once;

  if (!g_once_init_enter (&once))
    return;
  msm_cpu_neural_ops = msm_cpu_kernels ()->layers;
  msm_cpu_neural_ops.conv_plan_new = cpu_conv_plan_new;
  msm_cpu_neural_ops.conv_plan_free = cpu_conv_plan_free;
  msm_cpu_neural_ops.conv_forward = cpu_conv_forward;
  msm_cpu_neural_ops.conv_backward_data = cpu_conv_backward_data;
  msm_cpu_neural_ops.conv_backward_weights = cpu_conv_backward_weights;
  g_once_init_leave (&once, 1);
}
