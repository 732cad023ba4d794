#include "config.h"

#include "core/device/cpu-neural-dnnl.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "core/device/cpu-kernels.h"
#include "core/device/cpu-neural-dnnl-step.h"
#include "core/device/device.h"
#include "core/device/host-state.h"

struct _MsmDnnlConv
{
  MsmConvShape shape;
  gboolean narrow; /* factors in bfloat16 */
  size_t n_in;     /* elements of x */
  size_t n_out;    /* of y */
  dnnl_stream_t stream;
  dnnl_memory_t x; /* as a factor */
  dnnl_memory_t y;
  dnnl_memory_t x_sum; /* as a result */
  dnnl_memory_t y_sum;
  dnnl_memory_t bias;
  MsmDnnlStep forward[2]; /* [accumulate] */
  MsmDnnlWeights w_forward;
  MsmDnnlStep backward_data;
  MsmDnnlWeights w_backward;
  MsmDnnlStep backward_weights;
  MsmDnnlWeights dw;
};

MsmDnnlBf16
msm_dnnl_bf16 (void)
{
  const guint isa = dnnl_get_effective_cpu_isa ();

  if ((isa & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16)
    return MSM_DNNL_BF16_FAST;
  return (isa & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core ? MSM_DNNL_BF16_SLOW : MSM_DNNL_BF16_NONE;
}

void
msm_dnnl_conv_free (MsmDnnlConv *self)
{
  dnnl_memory_t memories[] = { self->x, self->y, self->x_sum, self->y_sum, self->bias };

  msm_dnnl_step_clear (&self->forward[0]);
  msm_dnnl_step_clear (&self->forward[1]);
  msm_dnnl_step_clear (&self->backward_data);
  msm_dnnl_step_clear (&self->backward_weights);
  msm_dnnl_weights_clear (&self->w_forward);
  msm_dnnl_weights_clear (&self->w_backward);
  msm_dnnl_weights_clear (&self->dw);
  for (guint i = 0; i < G_N_ELEMENTS (memories); i++)
    if (memories[i] != NULL)
      dnnl_memory_destroy (memories[i]);
  if (self->stream != NULL)
    dnnl_stream_destroy (self->stream);
  free (self);
}

typedef struct
{
  MsmDnnlMd x, y, w;             /* factors: float32, or bfloat16; w in oneDNN's order */
  MsmDnnlMd x_sum, y_sum, w_sum; /* results, float32 */
  MsmDnnlMd ours, b;             /* weights and bias of the arena */
  dnnl_dims_t strides, padding, padding_right;
  MsmDnnlWindow window; /* of the three */
} Descriptors;

static void
descriptors_clear (Descriptors *d)
{
  MsmDnnlMd *all[] = { &d->x, &d->y, &d->w, &d->x_sum, &d->y_sum, &d->w_sum, &d->ours, &d->b };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    msm_dnnl_md_clear (all[i]);
}

static gboolean
describe (Descriptors *d, const MsmConvShape *s, dnnl_data_type_t factor)
{
  const dnnl_dim_t h_out = (dnnl_dim_t) ((s->h - 1) / s->stride + 1);
  const dnnl_dim_t w_out = (dnnl_dim_t) ((s->w - 1) / s->stride + 1);
  const dnnl_dim_t k = (dnnl_dim_t) s->kernel;
  dnnl_dims_t x = { (dnnl_dim_t) s->n, (dnnl_dim_t) s->c_in, (dnnl_dim_t) s->h, (dnnl_dim_t) s->w };
  dnnl_dims_t y = { (dnnl_dim_t) s->n, (dnnl_dim_t) s->c_out, h_out, w_out };
  dnnl_dims_t w = { (dnnl_dim_t) s->c_out, (dnnl_dim_t) s->c_in, k, k };
  dnnl_dims_t b = { (dnnl_dim_t) s->c_out };

  d->strides[0] = d->strides[1] = (dnnl_dim_t) s->stride;
  d->padding[0] = d->padding[1] = k / 2;
  /* What makes the last window end where stride and size say it does. */
  d->padding_right[0] = (h_out - 1) * (dnnl_dim_t) s->stride + k - (dnnl_dim_t) s->h - k / 2;
  d->padding_right[1] = (w_out - 1) * (dnnl_dim_t) s->stride + k - (dnnl_dim_t) s->w - k / 2;
  d->window = (MsmDnnlWindow){ d->strides, d->padding, d->padding_right };
  return msm_dnnl_md_init (&d->x, 4, x, factor, dnnl_nhwc) && msm_dnnl_md_init (&d->y, 4, y, factor, dnnl_nhwc)
         && msm_dnnl_md_init (&d->w, 4, w, factor, dnnl_format_tag_any)
         && msm_dnnl_md_init (&d->x_sum, 4, x, dnnl_f32, dnnl_nhwc)
         && msm_dnnl_md_init (&d->y_sum, 4, y, dnnl_f32, dnnl_nhwc)
         && msm_dnnl_md_init (&d->w_sum, 4, w, dnnl_f32, dnnl_format_tag_any)
         && msm_dnnl_md_init (&d->ours, 4, w, dnnl_f32, dnnl_oihw) && msm_dnnl_md_init (&d->b, 1, b, dnnl_f32, dnnl_x);
}

/* Whether it is more than oneDNN's plain loops. */
static gboolean
is_fast (const_dnnl_primitive_desc_t pd)
{
  const char *name = NULL;

  return dnnl_primitive_desc_query (pd, dnnl_query_impl_info_str, 0, &name) == dnnl_success
         && !g_str_has_prefix (name, "ref");
}

/* For bfloat16 only a fast one: else the caller has better. */
static gboolean
make_step (const MsmDnnlConv *self, MsmDnnlStep *step, dnnl_primitive_desc_t pd)
{
  return (!self->narrow || is_fast (pd)) && msm_dnnl_step_init (step, pd);
}

static gboolean
make_forward (MsmDnnlConv *self, const Descriptors *d, dnnl_primitive_desc_t hint, gboolean keep)
{
  /* Borrowed from @hint, which outlives this. */
  MsmDnnlConstMd chosen = dnnl_primitive_desc_query_md (hint, dnnl_query_weights_md, 0);
  dnnl_primitive_attr_t attr = msm_dnnl_attributes (TRUE);
  dnnl_primitive_desc_t pd = NULL;
  gboolean ok;

  /* The accumulating twin takes the same weights. */
  ok = attr != NULL && make_step (self, &self->forward[0], hint)
       && msm_dnnl_weights_init (&self->w_forward, msm_dnnl_md (&d->ours), chosen, FALSE, keep)
       && msm_dnnl_forward_pd (&pd, msm_dnnl_engine (), msm_dnnl_md (&d->x), chosen, msm_dnnl_md (&d->b),
                               msm_dnnl_md (&d->y_sum), &d->window, attr)
              == dnnl_success
       && make_step (self, &self->forward[1], pd);
  if (pd != NULL)
    dnnl_primitive_desc_destroy (pd);
  if (attr != NULL)
    dnnl_primitive_attr_destroy (attr);
  return ok;
}

static gboolean
make_backward_data (MsmDnnlConv *self, const Descriptors *d, dnnl_primitive_desc_t hint, dnnl_primitive_attr_t attr)
{
  dnnl_primitive_desc_t pd = NULL;
  gboolean ok;

  if (msm_dnnl_backward_data_pd (&pd, msm_dnnl_engine (), msm_dnnl_md (&d->x_sum), msm_dnnl_md (&d->w),
                                 msm_dnnl_md (&d->y), &d->window, hint, attr)
      != dnnl_success)
    return FALSE;
  ok = make_step (self, &self->backward_data, pd)
       && msm_dnnl_weights_init (&self->w_backward, msm_dnnl_md (&d->ours),
                                 dnnl_primitive_desc_query_md (pd, dnnl_query_weights_md, 0), FALSE, FALSE);
  dnnl_primitive_desc_destroy (pd);
  return ok;
}

/* oneDNN would sum over threads, in an order that depends on their number: it is given one. */
static gboolean
make_backward_weights (MsmDnnlConv *self, const Descriptors *d, dnnl_primitive_desc_t hint, dnnl_primitive_attr_t attr)
{
  dnnl_primitive_desc_t pd = NULL;
  const int threads = omp_get_max_threads ();
  gboolean ok;

  omp_set_num_threads (1);
  ok = msm_dnnl_backward_weights_pd (&pd, msm_dnnl_engine (), msm_dnnl_md (&d->x), msm_dnnl_md (&d->w_sum),
                                     self->narrow ? NULL : msm_dnnl_md (&d->b), msm_dnnl_md (&d->y), &d->window, hint,
                                     attr)
           == dnnl_success
       && make_step (self, &self->backward_weights, pd)
       && msm_dnnl_weights_init (&self->dw, msm_dnnl_md (&d->ours),
                                 dnnl_primitive_desc_query_md (pd, dnnl_query_diff_weights_md, 0), TRUE, FALSE);
  if (pd != NULL)
    dnnl_primitive_desc_destroy (pd);
  omp_set_num_threads (threads);
  return ok;
}

static gboolean
make_memory (dnnl_memory_t *memory, const MsmDnnlMd *md)
{
  return dnnl_memory_create (memory, msm_dnnl_md (md), msm_dnnl_engine (), DNNL_MEMORY_NONE) == dnnl_success;
}

/* Floats that @n factors take beside the float32 that they are rounded from. */
static size_t
factor_floats (const MsmDnnlConv *self, size_t n)
{
  return self->narrow ? msm_dnnl_lines ((n + 1) / 2) : 0;
}

MsmDnnlConv *
msm_dnnl_conv_new (const MsmConvShape *shape, MsmPrecision precision, guint directions)
{
  MsmDnnlConv *self = calloc (1, sizeof *self);
  dnnl_primitive_attr_t attr = NULL;
  dnnl_primitive_desc_t hint = NULL;
  Descriptors d = { 0 };
  gboolean ok;

  if (self == NULL)
    return NULL;
  self->shape = *shape;
  self->narrow = precision == MSM_PRECISION_BF16;
  self->n_in = shape->n * shape->h * shape->w * shape->c_in;
  self->n_out = shape->n * ((shape->h - 1) / shape->stride + 1) * ((shape->w - 1) / shape->stride + 1) * shape->c_out;
  omp_set_num_threads (msm_device_get_threads ());
  attr = msm_dnnl_attributes (FALSE);
  ok = attr != NULL && msm_dnnl_engine () != NULL && describe (&d, shape, self->narrow ? dnnl_bf16 : dnnl_f32)
       && dnnl_stream_create (&self->stream, msm_dnnl_engine (), dnnl_stream_default_flags) == dnnl_success
       && make_memory (&self->x, &d.x) && make_memory (&self->y, &d.y) && make_memory (&self->x_sum, &d.x_sum)
       && make_memory (&self->y_sum, &d.y_sum) && make_memory (&self->bias, &d.b)
       && msm_dnnl_forward_pd (&hint, msm_dnnl_engine (), msm_dnnl_md (&d.x), msm_dnnl_md (&d.w), msm_dnnl_md (&d.b),
                               msm_dnnl_md (&d.y_sum), &d.window, attr)
              == dnnl_success
       && (!(directions & MSM_DNNL_FORWARD)
           || make_forward (self, &d, hint, self->narrow && directions == MSM_DNNL_FORWARD))
       && (!(directions & MSM_DNNL_DATA) || make_backward_data (self, &d, hint, attr))
       && (!(directions & MSM_DNNL_WEIGHTS) || make_backward_weights (self, &d, hint, attr));
  if (hint != NULL)
    dnnl_primitive_desc_destroy (hint);
  if (attr != NULL)
    dnnl_primitive_attr_destroy (attr);
  descriptors_clear (&d);
  if (!ok)
    {
      msm_dnnl_conv_free (self);
      return NULL;
    }
  return self;
}

/* The workspace of one call: theirs of the weights, factors in bfloat16, a sum, what the primitives need. */
typedef struct
{
  float *weights, *factors, *sum, *scratch;
} Room;

static gboolean
take_room (Room *room, MsmDeviceState *state, const MsmDnnlWeights *weights, size_t factors, size_t sum,
           const MsmDnnlStep *step)
{
  const size_t n_weights = msm_dnnl_weights_floats (weights);
  const size_t scratch = MAX (step->floats, weights->reorder.floats);

  room->weights = msm_host_workspace ((n_weights + factors + sum + scratch + 1) * sizeof (float));
  if (room->weights == NULL)
    {
      msm_host_no_memory (state);
      return FALSE;
    }
  room->factors = room->weights + n_weights;
  room->sum = room->factors + factors;
  room->scratch = room->sum + sum;
  return TRUE;
}

/* @x [m, c] is what @memory holds: as it is, or rounded into @room. */
static void
place_factor (const MsmDnnlConv *self, dnnl_memory_t memory, const float *x, float *room, size_t m, size_t c)
{
  if (self->narrow)
    msm_cpu_kernels ()->round_to_bf16 ((uint16_t *) room, x, m, c, c);
  dnnl_memory_set_data_handle (memory, self->narrow ? (void *) room : (void *) x);
}

void
msm_dnnl_conv_forward (MsmDnnlConv *self, MsmDeviceState *state, float *y, const float *x, const float *w,
                       const float *b, gboolean accumulate)
{
  const MsmDnnlStep *step = &self->forward[accumulate != 0];
  const size_t c = self->shape.c_in;
  dnnl_exec_arg_t args[5] = {
    { DNNL_ARG_SRC, self->x },
    { DNNL_ARG_WEIGHTS, msm_dnnl_weights_memory (&self->w_forward) },
    { DNNL_ARG_BIAS, self->bias },
    { DNNL_ARG_DST, self->y_sum },
  };
  Room room;

  if (!take_room (&room, state, &self->w_forward, factor_floats (self, self->n_in), 0, step))
    return;
  place_factor (self, self->x, x, room.factors, self->n_in / c, c);
  dnnl_memory_set_data_handle (self->y_sum, y);
  dnnl_memory_set_data_handle (self->bias, (void *) b);
  msm_dnnl_weights_place (&self->w_forward, (void *) w, room.weights);
  msm_dnnl_weights_reorder (&self->w_forward, state, self->stream, room.scratch);
  msm_dnnl_step_run (step, state, self->stream, 4, args, room.scratch);
  dnnl_stream_wait (self->stream);
}

void
msm_dnnl_conv_backward_data (MsmDnnlConv *self, MsmDeviceState *state, float *dx, const float *dy, const float *w,
                             gboolean accumulate)
{
  const size_t c = self->shape.c_out;
  dnnl_exec_arg_t args[4] = {
    { DNNL_ARG_DIFF_DST, self->y },
    { DNNL_ARG_WEIGHTS, msm_dnnl_weights_memory (&self->w_backward) },
    { DNNL_ARG_DIFF_SRC, self->x_sum },
  };
  Room room;

  if (!take_room (&room, state, &self->w_backward, factor_floats (self, self->n_out),
                  accumulate ? msm_dnnl_lines (self->n_in) : 0, &self->backward_data))
    return;
  place_factor (self, self->y, dy, room.factors, self->n_out / c, c);
  /* oneDNN's has no accumulating form. */
  dnnl_memory_set_data_handle (self->x_sum, accumulate ? room.sum : dx);
  msm_dnnl_weights_place (&self->w_backward, (void *) w, room.weights);
  msm_dnnl_weights_reorder (&self->w_backward, state, self->stream, room.scratch);
  msm_dnnl_step_run (&self->backward_data, state, self->stream, 3, args, room.scratch);
  dnnl_stream_wait (self->stream);
  if (accumulate)
#pragma omp parallel for num_threads(msm_device_get_threads()) schedule(static)
    for (size_t i = 0; i < self->n_in; i++)
      dx[i] += room.sum[i];
}

size_t
msm_dnnl_conv_weights_room (const MsmDnnlConv *self)
{
  return self->dw.floats + MAX (self->backward_weights.floats, self->dw.reorder.floats);
}

void
msm_dnnl_conv_weights (MsmDnnlConv *self, MsmDeviceState *state, float *dw, float *db, const void *x, const void *dy,
                       float *room)
{
  float *scratch = room + self->dw.floats;
  dnnl_exec_arg_t args[5] = {
    { DNNL_ARG_SRC, self->x },
    { DNNL_ARG_DIFF_DST, self->y },
    { DNNL_ARG_DIFF_WEIGHTS, msm_dnnl_weights_memory (&self->dw) },
  };
  int n = 3;

  dnnl_memory_set_data_handle (self->x, (void *) x);
  dnnl_memory_set_data_handle (self->y, (void *) dy);
  msm_dnnl_weights_place (&self->dw, dw, room);
  if (db != NULL)
    {
      dnnl_memory_set_data_handle (self->bias, db);
      args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_DIFF_BIAS, self->bias };
    }
  msm_dnnl_step_run (&self->backward_weights, state, self->stream, n, args, scratch);
  msm_dnnl_weights_reorder (&self->dw, state, self->stream, scratch);
  dnnl_stream_wait (self->stream);
}

void
msm_dnnl_conv_backward_weights (MsmDnnlConv *self, MsmDeviceState *state, float *dw, float *db, const float *x,
                                const float *dy)
{
  const MsmConvShape *s = &self->shape;
  const size_t n = s->c_out * s->c_in * s->kernel * s->kernel;
  const size_t lines = msm_dnnl_lines (n) + msm_dnnl_lines (s->c_out);
  float *dw_part = msm_host_workspace ((lines + msm_dnnl_conv_weights_room (self)) * sizeof (float));
  float *db_part;

  if (dw_part == NULL)
    {
      msm_host_no_memory (state);
      return;
    }
  db_part = dw_part + msm_dnnl_lines (n);
  msm_dnnl_conv_weights (self, state, dw_part, db_part, x, dy, dw_part + lines);
  for (size_t i = 0; i < n; i++)
    dw[i] += dw_part[i];
  for (size_t i = 0; i < s->c_out; i++)
    db[i] += db_part[i];
}
