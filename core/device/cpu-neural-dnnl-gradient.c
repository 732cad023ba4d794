#include "config.h"

#include "core/device/cpu-neural-dnnl.h"

#include <omp.h>
#include <stdlib.h>

#include "core/device/cpu-kernels.h"
#include "core/device/cpu-neural-dnnl-step.h"
#include "core/device/device.h"
#include "core/device/host-state.h"

/*
 * The gradient of the weights is a sum over all pixels. oneDNN would split it over its threads, and the result would
 * depend on their number. Here it is cut into tasks by the shape alone, each done by one thread: a block of the input's
 * channels with a block of the output's, and, where those are few, a part of the images; parts are added in order.
 * Factors are rounded into [block][pixel][channel], so that a task reads what is contiguous.
 */

/* Channels of a block, where they are that many: two of oneDNN's own, of which it computes 2 × 2 at a time. */
#define BLOCK 32
/* Enough of them to keep many cores busy. */
#define TASKS 16

typedef struct
{
  size_t channels; /* of a block */
  size_t blocks;
  size_t pixels; /* of all images */
} Side;

struct _MsmDnnlGradient
{
  MsmConvShape shape;
  Side in, out;
  size_t parts;
  size_t task_floats; /* of a task's result */
  size_t room_floats; /* of a thread's */
  size_t n_threads;
  MsmDnnlConv **task; /* [n_threads]: the convolution of one task */
};

static Side
side_of (size_t c, size_t pixels)
{
  const size_t channels = c % BLOCK == 0 ? BLOCK : MSM_DNNL_CHANNELS;

  return (Side){ channels, c / channels, pixels };
}

/* The largest divisor of @n that is at most @most. */
static size_t
divisor (size_t n, size_t most)
{
  size_t d = MIN (n, MAX (most, 1));

  while (n % d != 0)
    d--;
  return d;
}

void
msm_dnnl_gradient_free (MsmDnnlGradient *self)
{
  for (size_t i = 0; self->task != NULL && i < self->n_threads; i++)
    g_clear_pointer (&self->task[i], msm_dnnl_conv_free);
  free (self->task);
  free (self);
}

static size_t
factor_floats (const Side *side)
{
  return msm_dnnl_lines (side->blocks * side->pixels * side->channels / 2);
}

static size_t
n_tasks (const MsmDnnlGradient *self)
{
  return self->parts * self->in.blocks * self->out.blocks;
}

/* Both sides' factors, the tasks' results, each thread's room. */
static float *
take_workspace (const MsmDnnlGradient *self)
{
  const size_t factors = factor_floats (&self->in) + factor_floats (&self->out);

  return msm_host_workspace ((factors + n_tasks (self) * self->task_floats + self->n_threads * self->room_floats)
                             * sizeof (float));
}

MsmDnnlGradient *
msm_dnnl_gradient_new (const MsmConvShape *s)
{
  MsmDnnlGradient *self = calloc (1, sizeof *self);
  MsmConvShape task = *s;

  if (self == NULL)
    return NULL;
  self->shape = *s;
  self->in = side_of (s->c_in, s->n * s->h * s->w);
  self->out = side_of (s->c_out, s->n * ((s->h - 1) / s->stride + 1) * ((s->w - 1) / s->stride + 1));
  self->parts = divisor (s->n, TASKS / (self->in.blocks * self->out.blocks));
  self->task_floats = msm_dnnl_lines (self->in.channels * self->out.channels * s->kernel * s->kernel);
  task.n /= self->parts;
  task.c_in = self->in.channels;
  task.c_out = self->out.channels;
  self->n_threads = MIN ((size_t) msm_device_get_threads (), n_tasks (self));
  self->task = calloc (self->n_threads, sizeof *self->task);
  for (size_t i = 0; self->task != NULL && i < self->n_threads; i++)
    if ((self->task[i] = msm_dnnl_conv_new (&task, MSM_PRECISION_BF16, MSM_DNNL_WEIGHTS)) == NULL)
      {
        msm_dnnl_gradient_free (self);
        return NULL;
      }
  if (self->task != NULL)
    self->room_floats = msm_dnnl_conv_weights_room (self->task[0]);
  if (self->task == NULL || take_workspace (self) == NULL)
    {
      msm_dnnl_gradient_free (self);
      return NULL;
    }
  return self;
}

/* dw += the tasks' results, parts in their order. */
static void
add_results (const MsmDnnlGradient *self, float *dw, const float *results)
{
  const size_t area = self->shape.kernel * self->shape.kernel;
  const size_t row = self->in.channels * area; /* contiguous in both */

#pragma omp parallel for num_threads(msm_device_get_threads()) schedule(static)
  for (size_t i = 0; i < self->shape.c_out * self->in.blocks; i++)
    {
      const size_t o = i / self->in.blocks, block = i % self->in.blocks;

      for (size_t part = 0; part < self->parts; part++)
        {
          const size_t task = (part * self->out.blocks + o / self->out.channels) * self->in.blocks + block;
          const float *src = results + task * self->task_floats + o % self->out.channels * row;
          float *dst = dw + i * row;

          for (size_t k = 0; k < row; k++)
            dst[k] += src[k];
        }
    }
}

void
msm_dnnl_gradient_add (MsmDnnlGradient *self, MsmDeviceState *state, float *dw, const float *x, const float *dy)
{
  const MsmCpuKernels *kernels = msm_cpu_kernels ();
  const Side *in = &self->in, *out = &self->out;
  float *workspace = take_workspace (self);
  uint16_t *x_factor = (uint16_t *) workspace, *dy_factor;
  float *results, *rooms;

  if (workspace == NULL)
    {
      msm_host_no_memory (state);
      return;
    }
  dy_factor = (uint16_t *) (workspace + factor_floats (in));
  results = workspace + factor_floats (in) + factor_floats (out);
  rooms = results + n_tasks (self) * self->task_floats;
  kernels->round_to_bf16 (x_factor, x, in->pixels, self->shape.c_in, in->channels);
  kernels->round_to_bf16 (dy_factor, dy, out->pixels, self->shape.c_out, out->channels);
#pragma omp parallel for num_threads((int) self->n_threads) schedule(dynamic)
  for (size_t t = 0; t < n_tasks (self); t++)
    {
      const size_t thread = (size_t) omp_get_thread_num ();
      const size_t block_in = t % in->blocks, block_out = t / in->blocks % out->blocks;
      const size_t part = t / in->blocks / out->blocks;

      msm_dnnl_conv_weights (self->task[thread], state, results + t * self->task_floats, NULL,
                             x_factor + (block_in * in->pixels + part * (in->pixels / self->parts)) * in->channels,
                             dy_factor + (block_out * out->pixels + part * (out->pixels / self->parts)) * out->channels,
                             rooms + thread * self->room_floats);
    }
  add_results (self, dw, results);
}
