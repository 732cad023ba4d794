#include "config.h"

#include "core/device/cpu-neural-dnnl.h"

#include <omp.h>
#include <stdlib.h>

#include <glib.h>

#include "core/device/cpu-kernels.h"
#include "core/device/cpu-neural-dnnl-compat.h"
#include "core/device/device.h"
#include "core/device/host-state.h"

/*
 * A primitive's descriptor chosen by oneDNN, our own beside it, and the reorder between the two. What is reordered
 * lies in the thread's workspace during one call, since all convolutions together would need as much as the network.
 */
typedef struct
{
  dnnl_memory_t    ours;    /* a caller's pointer is set before each call */
  dnnl_memory_t    theirs;  /* in the workspace, or NULL when the layouts agree */
  dnnl_primitive_t reorder; /* ours → theirs, or back for gradients */
  size_t           floats;  /* of theirs, 0 without; a multiple of 16 */
} Weights;

struct _MsmDnnlConv
{
  MsmConvShape     shape;
  size_t           n_in; /* elements of x */
  dnnl_stream_t    stream;
  dnnl_memory_t    x;
  dnnl_memory_t    y;
  dnnl_memory_t    bias;
  dnnl_primitive_t forward[2]; /* [accumulate] */
  Weights          w_forward;
  dnnl_primitive_t backward_data;
  Weights          w_backward;
  dnnl_primitive_t backward_weights;
  Weights          dw;
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

/* A cache line's multiple of at least @n floats. */
static size_t
whole_lines (size_t n)
{
  return (n + 15) / 16 * 16;
}

/* Our descriptor of the weights, and the blocked one that @chosen wants; @back: gradients flow to ours. */
static gboolean
weights_init (Weights *self, MsmDnnlConstMd ours, MsmDnnlConstMd chosen, gboolean back)
{
  dnnl_primitive_desc_t pd = NULL;
  dnnl_status_t         status;

  if (dnnl_memory_create (&self->ours, ours, cpu_engine (), DNNL_MEMORY_NONE) != dnnl_success)
    return FALSE;
  if (dnnl_memory_desc_equal (ours, chosen))
    return TRUE;
  if (dnnl_memory_create (&self->theirs, chosen, cpu_engine (), DNNL_MEMORY_NONE) != dnnl_success)
    return FALSE;
  self->floats = whole_lines (dnnl_memory_desc_get_size (chosen) / sizeof (float) + 1);
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

/* @floats of workspace after those of the reordered weights; NULL: no memory, which the state then says. */
static float *
take_workspace (MsmDeviceState *state, Weights *self, size_t floats)
{
  float *workspace = msm_host_workspace ((self->floats + floats + 1) * sizeof (float));

  if (workspace == NULL)
    msm_host_no_memory (state);
  else if (self->theirs != NULL)
    dnnl_memory_set_data_handle (self->theirs, workspace);
  return workspace == NULL ? NULL : workspace + self->floats;
}

static dnnl_memory_t
weights_memory (const Weights *self)
{
  return self->theirs != NULL ? self->theirs : self->ours;
}

void
msm_dnnl_conv_free (MsmDnnlConv *self)
{
  dnnl_primitive_t primitives[] = { self->forward[0], self->forward[1], self->backward_data,
                                    self->backward_weights };
  dnnl_memory_t    memories[] = { self->x, self->y, self->bias };

  for (guint i = 0; i < G_N_ELEMENTS (primitives); i++)
    if (primitives[i] != NULL)
      dnnl_primitive_destroy (primitives[i]);
  weights_clear (&self->w_forward);
  weights_clear (&self->w_backward);
  weights_clear (&self->dw);
  for (guint i = 0; i < G_N_ELEMENTS (memories); i++)
    if (memories[i] != NULL)
      dnnl_memory_destroy (memories[i]);
  if (self->stream != NULL)
    dnnl_stream_destroy (self->stream);
  free (self);
}

typedef struct
{
  MsmDnnlMd     x, y, w, w_any, b;
  dnnl_dims_t   strides, padding, padding_right;
  MsmDnnlWindow window; /* of the three */
} Descriptors;

static void
descriptors_clear (Descriptors *d)
{
  MsmDnnlMd *all[] = { &d->x, &d->y, &d->w, &d->w_any, &d->b };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    msm_dnnl_md_clear (all[i]);
}

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
  d->window = (MsmDnnlWindow) { d->strides, d->padding, d->padding_right };
  return msm_dnnl_md_init (&d->x, 4, x, dnnl_nhwc) && msm_dnnl_md_init (&d->y, 4, y, dnnl_nhwc)
         && msm_dnnl_md_init (&d->w, 4, w, dnnl_oihw) && msm_dnnl_md_init (&d->w_any, 4, w, dnnl_format_tag_any)
         && msm_dnnl_md_init (&d->b, 1, b, dnnl_x);
}

static gboolean
make_forward (MsmDnnlConv *self, const Descriptors *d, dnnl_primitive_desc_t *hint)
{
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_attr_t attr = NULL;
  dnnl_post_ops_t       sum = NULL;
  MsmDnnlConstMd        chosen;
  gboolean              ok;

  if (msm_dnnl_forward_pd (hint, cpu_engine (), msm_dnnl_md (&d->x), msm_dnnl_md (&d->w_any), msm_dnnl_md (&d->b),
                           msm_dnnl_md (&d->y), &d->window, NULL) != dnnl_success)
    return FALSE;
  /* Borrowed from @hint, which outlives this. */
  chosen = dnnl_primitive_desc_query_md (*hint, dnnl_query_weights_md, 0);
  if (dnnl_primitive_create (&self->forward[0], *hint) != dnnl_success
      || !weights_init (&self->w_forward, msm_dnnl_md (&d->w), chosen, FALSE))
    return FALSE;
  /* The accumulating twin takes the same weights. */
  ok = dnnl_post_ops_create (&sum) == dnnl_success && msm_dnnl_append_sum (sum) == dnnl_success
       && dnnl_primitive_attr_create (&attr) == dnnl_success
       && dnnl_primitive_attr_set_post_ops (attr, sum) == dnnl_success
       && msm_dnnl_forward_pd (&pd, cpu_engine (), msm_dnnl_md (&d->x), chosen, msm_dnnl_md (&d->b),
                               msm_dnnl_md (&d->y), &d->window, attr) == dnnl_success
       && dnnl_primitive_create (&self->forward[1], pd) == dnnl_success;
  if (pd != NULL)
    dnnl_primitive_desc_destroy (pd);
  if (sum != NULL)
    dnnl_post_ops_destroy (sum);
  if (attr != NULL)
    dnnl_primitive_attr_destroy (attr);
  return ok;
}

static gboolean
make_backward_data (MsmDnnlConv *self, const Descriptors *d, dnnl_primitive_desc_t hint)
{
  dnnl_primitive_desc_t pd = NULL;
  gboolean              ok;

  if (msm_dnnl_backward_data_pd (&pd, cpu_engine (), msm_dnnl_md (&d->x), msm_dnnl_md (&d->w_any),
                                    msm_dnnl_md (&d->y), &d->window, hint) != dnnl_success)
    return FALSE;
  ok = dnnl_primitive_create (&self->backward_data, pd) == dnnl_success
       && weights_init (&self->w_backward, msm_dnnl_md (&d->w),
                        dnnl_primitive_desc_query_md (pd, dnnl_query_weights_md, 0), FALSE);
  dnnl_primitive_desc_destroy (pd);
  return ok;
}

/* oneDNN would sum over threads, in an order that depends on their number: it is given one. */
static gboolean
make_backward_weights (MsmDnnlConv *self, const Descriptors *d, dnnl_primitive_desc_t hint)
{
  dnnl_primitive_desc_t pd = NULL;
  const int             threads = omp_get_max_threads ();
  gboolean              ok;

  omp_set_num_threads (1);
  ok = msm_dnnl_backward_weights_pd (&pd, cpu_engine (), msm_dnnl_md (&d->x), msm_dnnl_md (&d->w_any),
                                        msm_dnnl_md (&d->b), msm_dnnl_md (&d->y), &d->window, hint) == dnnl_success
       && dnnl_primitive_create (&self->backward_weights, pd) == dnnl_success
       && weights_init (&self->dw, msm_dnnl_md (&d->w),
                        dnnl_primitive_desc_query_md (pd, dnnl_query_diff_weights_md, 0), TRUE);
  if (pd != NULL)
    dnnl_primitive_desc_destroy (pd);
  omp_set_num_threads (threads);
  return ok;
}

MsmDnnlConv *
msm_dnnl_conv_new (const MsmConvShape *shape, gboolean backward_data, gboolean backward_weights)
{
  MsmDnnlConv          *self = calloc (1, sizeof *self);
  dnnl_primitive_desc_t hint = NULL;
  Descriptors           d = { 0 };
  gboolean              ok;

  if (self == NULL)
    return NULL;
  self->shape = *shape;
  self->n_in = shape->n * shape->h * shape->w * shape->c_in;
  omp_set_num_threads (msm_device_get_threads ());
  ok = cpu_engine () != NULL && describe (&d, shape)
       && dnnl_stream_create (&self->stream, cpu_engine (), dnnl_stream_default_flags) == dnnl_success
       && dnnl_memory_create (&self->x, msm_dnnl_md (&d.x), cpu_engine (), DNNL_MEMORY_NONE) == dnnl_success
       && dnnl_memory_create (&self->y, msm_dnnl_md (&d.y), cpu_engine (), DNNL_MEMORY_NONE) == dnnl_success
       && dnnl_memory_create (&self->bias, msm_dnnl_md (&d.b), cpu_engine (), DNNL_MEMORY_NONE) == dnnl_success
       && make_forward (self, &d, &hint) && (!backward_data || make_backward_data (self, &d, hint))
       && (!backward_weights || make_backward_weights (self, &d, hint));
  if (hint != NULL)
    dnnl_primitive_desc_destroy (hint);
  descriptors_clear (&d);
  if (!ok)
    {
      msm_dnnl_conv_free (self);
      return NULL;
    }
  return self;
}

void
msm_dnnl_conv_forward (MsmDnnlConv *self, MsmDeviceState *state, float *y, const float *x, const float *w,
                       const float *b, gboolean accumulate)
{
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_SRC, self->x },
    { DNNL_ARG_WEIGHTS, weights_memory (&self->w_forward) },
    { DNNL_ARG_BIAS, self->bias },
    { DNNL_ARG_DST, self->y },
  };

  if (take_workspace (state, &self->w_forward, 0) == NULL)
    return;
  dnnl_memory_set_data_handle (self->x, (void *) x);
  dnnl_memory_set_data_handle (self->y, y);
  dnnl_memory_set_data_handle (self->bias, (void *) b);
  dnnl_memory_set_data_handle (self->w_forward.ours, (void *) w);
  run_reorder (state, &self->w_forward, self->stream, FALSE);
  execute (state, self->forward[accumulate != 0], self->stream, 4, args);
  dnnl_stream_wait (self->stream);
}

void
msm_dnnl_conv_backward_data (MsmDnnlConv *self, MsmDeviceState *state, float *dx, const float *dy,
                             const float *w, gboolean accumulate)
{
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_DIFF_DST, self->y },
    { DNNL_ARG_WEIGHTS, weights_memory (&self->w_backward) },
    { DNNL_ARG_DIFF_SRC, self->x },
  };

  float *sum = take_workspace (state, &self->w_backward, accumulate ? self->n_in : 0);

  if (sum == NULL)
    return;
  /* oneDNN's has no accumulating form. */
  dnnl_memory_set_data_handle (self->x, accumulate ? sum : dx);
  dnnl_memory_set_data_handle (self->y, (void *) dy);
  dnnl_memory_set_data_handle (self->w_backward.ours, (void *) w);
  run_reorder (state, &self->w_backward, self->stream, FALSE);
  execute (state, self->backward_data, self->stream, 3, args);
  dnnl_stream_wait (self->stream);
  if (accumulate)
    for (size_t i = 0; i < self->n_in; i++)
      dx[i] += sum[i];
}

void
msm_dnnl_conv_backward_weights (MsmDnnlConv *self, MsmDeviceState *state, float *dw, float *db,
                                const float *x, const float *dy)
{
  const MsmConvShape *s = &self->shape;
  const size_t        n = s->c_out * s->c_in * s->kernel * s->kernel;
  dnnl_exec_arg_t     args[] = {
    { DNNL_ARG_SRC, self->x },
    { DNNL_ARG_DIFF_DST, self->y },
    { DNNL_ARG_DIFF_WEIGHTS, weights_memory (&self->dw) },
    { DNNL_ARG_DIFF_BIAS, self->bias },
  };

  float *dw_part = take_workspace (state, &self->dw, whole_lines (n) + s->c_out);
  float *db_part;

  if (dw_part == NULL)
    return;
  db_part = dw_part + whole_lines (n);
  dnnl_memory_set_data_handle (self->x, (void *) x);
  dnnl_memory_set_data_handle (self->y, (void *) dy);
  dnnl_memory_set_data_handle (self->bias, db_part);
  dnnl_memory_set_data_handle (self->dw.ours, dw_part);
  execute (state, self->backward_weights, self->stream, 4, args);
  run_reorder (state, &self->dw, self->stream, TRUE);
  dnnl_stream_wait (self->stream);
  for (size_t i = 0; i < n; i++)
    dw[i] += dw_part[i];
  for (size_t i = 0; i < s->c_out; i++)
    db[i] += db_part[i];
}
