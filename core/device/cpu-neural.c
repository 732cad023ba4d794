#include "config.h"

#include "core/device/neural-ops.h"

#include <stdlib.h>

#include <glib/gi18n-lib.h>

#include "core/device/cpu-kernels.h"
#include "core/device/cpu-neural-dnnl.h"
#include "core/device/device.h"
#include "core/device/host-neural.h"
#include "core/device/host-state.h"

/*
 * The network's table on the processor. Convolutions of 3 × 3 go by Winograd's minimal filtering, forward from or to
 * a few channels by direct sums; those of 1 × 1 are products of matrices; strides and tiny images are left to oneDNN.
 * Weights are transformed on each call, for training; a plan without backward keeps them. In bfloat16 all are oneDNN's
 * whose channels are multiples of 16; others, of which there are few, and linear layers, which read more than they
 * compute, stay in float32. No result depends on the threads.
 */

/* From this many tiles of 4 × 4 on, 36 / 9 as many weights cost less than the multiplications they save. */
#define WINOGRAD_TILES 12
/* Transformed weights larger than this many bytes are not kept: they are four times the weights. */
#define KEPT_BYTES     (8 << 20)

struct MsmConvPlan
{
  MsmConvShape shape;
  gboolean narrow; /* forward by direct sums */
  gboolean tiled;  /* by Winograd: the gradient of the weights, and the rest without dnnl */
  MsmWinogradShape forward;
  MsmWinogradShape backward; /* input and output exchanged */
  MsmDnnlConv *dnnl;         /* or NULL */
  MsmDnnlGradient *gradient; /* in bfloat16, or NULL */
  float *kept;               /* transformed weights, from the first forward on; or NULL */
  gboolean keeps;
};

static void
cpu_conv_plan_free (MsmDeviceState *state, MsmConvPlan *plan)
{
  g_clear_pointer (&plan->dnnl, msm_dnnl_conv_free);
  g_clear_pointer (&plan->gradient, msm_dnnl_gradient_free);
  free (plan->kept);
  free (plan);
}

/* The workspace: transformed weights, then the convolution's own scratch. */
static float *
winograd_workspace (const MsmConvPlan *plan, float **scratch)
{
  const MsmCpuKernels *kernels = msm_cpu_kernels ();
  const int threads = msm_device_get_threads ();
  const size_t weights = kernels->winograd_weights_size (&plan->forward);
  const size_t forward = kernels->winograd_scratch_size (&plan->forward, threads);
  const size_t backward = kernels->winograd_scratch_size (&plan->backward, threads);
  float *u = msm_host_workspace ((weights + MAX (forward, backward)) * sizeof (float));

  *scratch = u == NULL ? NULL : u + weights;
  return u;
}

/* In bfloat16, all by oneDNN; FALSE: it has no fast primitives for this shape. */
static gboolean
plan_bf16 (MsmConvPlan *plan, int backward)
{
  const MsmConvShape *s = &plan->shape;

  if (s->c_in % MSM_DNNL_CHANNELS != 0 || s->c_out % MSM_DNNL_CHANNELS != 0)
    return FALSE;
  plan->dnnl = msm_dnnl_conv_new (s, MSM_PRECISION_BF16, MSM_DNNL_FORWARD | (backward ? MSM_DNNL_DATA : 0));
  if (plan->dnnl != NULL && backward)
    plan->gradient = msm_dnnl_gradient_new (s);
  if (plan->dnnl != NULL && (plan->gradient != NULL || !backward))
    return TRUE;
  g_clear_pointer (&plan->dnnl, msm_dnnl_conv_free);
  return FALSE;
}

static MsmConvPlan *
cpu_conv_plan_new (MsmDeviceState *state, const MsmConvShape *shape, int backward)
{
  MsmConvPlan *plan = calloc (1, sizeof *plan);
  const size_t tiles = shape->n * ((shape->h + 3) / 4) * ((shape->w + 3) / 4);
  gboolean needs_dnnl;
  float *scratch;

  if (plan == NULL)
    return NULL;
  plan->shape = *shape;
  if (state->precision == MSM_PRECISION_BF16 && plan_bf16 (plan, backward))
    return plan;
  plan->forward = (MsmWinogradShape){ shape->n, shape->h, shape->w, shape->c_in, shape->c_out };
  plan->backward = (MsmWinogradShape){ shape->n, shape->h, shape->w, shape->c_out, shape->c_in };
  plan->tiled = shape->kernel == 3 && shape->stride == 1;
  plan->narrow = plan->tiled && msm_cpu_kernels ()->narrow_fits (&plan->forward);
  plan->keeps = plan->tiled && !plan->narrow && !backward
                && msm_cpu_kernels ()->winograd_weights_size (&plan->forward) * sizeof (float) <= KEPT_BYTES;
  needs_dnnl = plan->tiled ? tiles < WINOGRAD_TILES : shape->kernel != 1 || shape->stride != 1;
  if (needs_dnnl)
    plan->dnnl = msm_dnnl_conv_new (shape, MSM_PRECISION_F32,
                                    MSM_DNNL_FORWARD | (backward ? MSM_DNNL_DATA : 0)
                                        | (backward && !plan->tiled ? MSM_DNNL_WEIGHTS : 0));
  if ((needs_dnnl && plan->dnnl == NULL) || (plan->tiled && winograd_workspace (plan, &scratch) == NULL))
    {
      cpu_conv_plan_free (state, plan);
      return NULL;
    }
  return plan;
}

/* From or to a few channels. */
static void
narrow_forward (MsmDeviceState *state, const MsmConvPlan *plan, float *y, const float *x, const float *w,
                const float *b, int accumulate)
{
  const MsmCpuKernels *kernels = msm_cpu_kernels ();
  const int threads = msm_device_get_threads ();
  float *scratch = msm_host_workspace (kernels->narrow_scratch_size (&plan->forward, threads) * sizeof (float));

  if (scratch == NULL)
    msm_host_no_memory (state);
  else
    kernels->narrow_forward (y, x, w, b, scratch, &plan->forward, threads, accumulate);
}

/* The transformed weights and scratch of a forward convolution; NULL: no memory. */
static const float *
forward_weights (MsmConvPlan *plan, const float *w, float **scratch)
{
  const MsmCpuKernels *kernels = msm_cpu_kernels ();
  float *u = winograd_workspace (plan, scratch);

  if (u == NULL || plan->kept != NULL)
    return u == NULL ? NULL : plan->kept;
  if (plan->keeps)
    {
      const size_t bytes = kernels->winograd_weights_size (&plan->forward) * sizeof (float);

      plan->kept = aligned_alloc (64, (bytes + 63) / 64 * 64);
      plan->keeps = plan->kept != NULL;
    }
  kernels->winograd_weights (plan->kept != NULL ? plan->kept : u, w, &plan->forward, FALSE);
  return plan->kept != NULL ? plan->kept : u;
}

static void
cpu_conv_forward (MsmDeviceState *state, MsmConvPlan *plan, float *y, const float *x, const float *w, const float *b,
                  int accumulate)
{
  const MsmCpuKernels *kernels = msm_cpu_kernels ();
  const MsmConvShape *s = &plan->shape;

  if (plan->narrow)
    narrow_forward (state, plan, y, x, w, b, accumulate);
  else if (plan->dnnl != NULL)
    msm_dnnl_conv_forward (plan->dnnl, state, y, x, w, b, accumulate);
  else if (plan->tiled)
    {
      float *scratch;
      const float *u = forward_weights (plan, w, &scratch);

      if (u == NULL)
        {
          msm_host_no_memory (state);
          return;
        }
      kernels->winograd_forward (y, x, u, b, scratch, &plan->forward, msm_device_get_threads (), accumulate);
    }
  else
    {
      const MsmMatrices matrices = {
        .m = s->n * s->h * s->w,
        .n = s->c_out,
        .k = s->c_in,
        .alpha = 1,
        .a = x,
        .a_row = s->c_in,
        .a_column = 1,
        .b = w,
        .b_row = 1,
        .b_column = s->c_in,
        .c = y,
        .c_row = s->c_out,
        .bias = b,
        .accumulate = accumulate,
      };

      kernels->multiply (state, &matrices);
    }
}

static void
cpu_conv_backward_data (MsmDeviceState *state, MsmConvPlan *plan, float *dx, const float *dy, const float *w,
                        int accumulate)
{
  const MsmCpuKernels *kernels = msm_cpu_kernels ();
  const MsmConvShape *s = &plan->shape;

  if (plan->dnnl != NULL)
    msm_dnnl_conv_backward_data (plan->dnnl, state, dx, dy, w, accumulate);
  else if (plan->tiled)
    {
      float *scratch;
      float *u = winograd_workspace (plan, &scratch);

      if (u == NULL)
        {
          msm_host_no_memory (state);
          return;
        }
      kernels->winograd_weights (u, w, &plan->forward, TRUE);
      kernels->winograd_forward (dx, dy, u, NULL, scratch, &plan->backward, msm_device_get_threads (), accumulate);
    }
  else
    {
      const MsmMatrices matrices = {
        .m = s->n * s->h * s->w,
        .n = s->c_in,
        .k = s->c_out,
        .alpha = 1,
        .a = dy,
        .a_row = s->c_out,
        .a_column = 1,
        .b = w,
        .b_row = s->c_in,
        .b_column = 1,
        .c = dx,
        .c_row = s->c_in,
        .accumulate = accumulate,
      };

      kernels->multiply (state, &matrices);
    }
}

static void
cpu_conv_backward_weights (MsmDeviceState *state, MsmConvPlan *plan, float *dw, float *db, const float *x,
                           const float *dy)
{
  const MsmCpuKernels *kernels = msm_cpu_kernels ();
  const MsmConvShape *s = &plan->shape;
  const size_t pixels = s->n * ((s->h - 1) / s->stride + 1) * ((s->w - 1) / s->stride + 1);
  double *partial;

  if (plan->gradient == NULL && s->stride != 1)
    {
      msm_dnnl_conv_backward_weights (plan->dnnl, state, dw, db, x, dy);
      return;
    }
  if (plan->gradient != NULL)
    msm_dnnl_gradient_add (plan->gradient, state, dw, x, dy);
  else if (plan->tiled)
    {
      float *scratch;
      float *du = winograd_workspace (plan, &scratch);

      if (du != NULL)
        kernels->winograd_gradient (dw, du, x, dy, scratch, &plan->forward, msm_device_get_threads ());
    }
  else
    kernels->add_outer_products (dw, dy, x, pixels, s->c_out, s->c_in);
  partial = msm_host_workspace (MSM_SUM_PARTS * s->c_out * sizeof (double));
  if (partial == NULL)
    msm_host_no_memory (state);
  else
    kernels->add_column_sums (db, dy, partial, pixels, s->c_out);
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

int
msm_cpu_set_precision (MsmDeviceState *state, MsmPrecision precision, char *message, size_t size)
{
  const gboolean has_bf16 = msm_dnnl_bf16 () != MSM_DNNL_BF16_NONE;

  if (precision == MSM_PRECISION_TF32)
    g_snprintf (message, size, _("tf32 is for GPUs"));
  else if (precision == MSM_PRECISION_BF16 && !has_bf16)
    g_snprintf (message, size, _("this processor has neither avx512_bf16 nor amx, nor AVX-512 to do without them"));
  else
    {
      state->precision = precision;
      return 1;
    }
  return 0;
}

MsmPrecision
msm_cpu_best_precision (MsmDeviceState *state)
{
  return msm_dnnl_bf16 () == MSM_DNNL_BF16_FAST ? MSM_PRECISION_BF16 : MSM_PRECISION_F32;
}
