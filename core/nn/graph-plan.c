#include "config.h"

#include "core/nn/graph.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

#include "core/base/error.h"
#include "core/nn/graph-private.h"

static int
add_buffer (MsmGraph *self, gsize size, int start, int end)
{
  Buffer buffer = { (size + 15) / 16 * 16, start, end, 0 };

  g_array_append_val (self->buffers, buffer);
  return (int) self->buffers->len - 1;
}

/* The node that adds @index to something and is the last to read it, or NULL. */
static const Node *
adding_node (MsmGraph *self, int index)
{
  const Value *v = VALUE (self, index);
  const Node *node;

  if (v->last_consumer == MSM_GRAPH_NONE)
    return NULL;
  node = NODE (self, v->last_consumer);
  if (node->kind == NODE_CONV)
    return node->other == index && node->x != index ? node : NULL;
  return node->kind == NODE_ADD_CHANNEL && node->x == index ? node : NULL;
}

/* A sum takes the place of what it was added to, where nobody else wants that. */
static int
takes_place_of (MsmGraph *self, int index)
{
  const Node *node;
  int other;

  if (VALUE (self, index)->producer == MSM_GRAPH_NONE)
    return MSM_GRAPH_NONE;
  node = NODE (self, VALUE (self, index)->producer);
  other = node->kind == NODE_ADD_CHANNEL ? node->x : node->other;
  if (other == MSM_GRAPH_NONE || adding_node (self, other) != node || VALUE (self, other)->producer == MSM_GRAPH_NONE
      || (self->backward && VALUE (self, other)->last_backward != MSM_GRAPH_NONE))
    return MSM_GRAPH_NONE;
  return other;
}

static void
add_value_buffer (MsmGraph *self, int index, int output)
{
  Value *v = VALUE (self, index);
  int n = (int) self->nodes->len;
  int end = v->last_consumer;
  gsize size = self->n * v->h * v->w * v->c;
  int other = takes_place_of (self, index);

  if (self->backward && v->last_backward != MSM_GRAPH_NONE)
    end = 2 * n - 1 - v->last_backward;
  if (index == output)
    end = 2 * n;
  end = MAX (end, v->producer);
  if (other == MSM_GRAPH_NONE)
    v->buffer = add_buffer (self, size, v->producer, end);
  else
    {
      v->buffer = VALUE (self, other)->buffer;
      BUFFER (self, v->buffer)->end = MAX (BUFFER (self, v->buffer)->end, end);
    }
}

/*
 * Written first by the backward of the last consumer, or by the caller; read last by the producer's. The gradient
 * of what is added to something is that of the sum.
 */
static void
add_gradient_buffer (MsmGraph *self, int index, int output)
{
  Value *v = VALUE (self, index);
  int n = (int) self->nodes->len;
  int end = v->producer == MSM_GRAPH_NONE ? 2 * n : 2 * n - 1 - v->producer;
  const Node *node = adding_node (self, index);

  if (!v->with_gradient)
    return;
  if (node != NULL && index != output)
    {
      v->gradient = VALUE (self, node->y)->gradient;
      BUFFER (self, v->gradient)->end = MAX (BUFFER (self, v->gradient)->end, end);
    }
  else
    v->gradient =
        add_buffer (self, self->n * v->h * v->w * v->c, index == output ? n - 1 : 2 * n - 1 - v->last_consumer, end);
}

static void
add_node_buffers (MsmGraph *self, int index)
{
  Node *node = NODE (self, index);
  int back = 2 * (int) self->nodes->len - 1 - index;

  if (node->kind == NODE_NORM)
    {
      node->stats = add_buffer (self, 2 * self->n * node->norm.groups, index, self->backward ? back : index);
      if (self->backward)
        node->scratch_backward = add_buffer (self, 4 * self->n * node->norm.c, back, back);
    }
  if (node->kind == NODE_ATTENTION)
    {
      node->scratch =
          add_buffer (self, msm_device_attention_scratch (self->device, &node->attention, FALSE), index, index);
      if (self->backward)
        node->scratch_backward =
            add_buffer (self, msm_device_attention_scratch (self->device, &node->attention, TRUE), back, back);
    }
}

static int
by_size (const void *a, const void *b)
{
  const Buffer *x = *(Buffer *const *) a;
  const Buffer *y = *(Buffer *const *) b;

  if (x->size != y->size)
    return x->size > y->size ? -1 : 1;
  return x < y ? -1 : 1;
}

static int
by_offset (const void *a, const void *b)
{
  const Buffer *x = *(Buffer *const *) a;
  const Buffer *y = *(Buffer *const *) b;

  return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* First fit, largest first: each buffer goes to the lowest gap among those that live when it does. */
static gsize
place (MsmGraph *self)
{
  guint n = self->buffers->len;
  g_autofree Buffer **order = g_new (Buffer *, n);
  g_autofree Buffer **alive = g_new (Buffer *, n);
  gsize total = 0;

  for (guint i = 0; i < n; i++)
    order[i] = BUFFER (self, i);
  qsort (order, n, sizeof *order, by_size);
  for (guint i = 0; i < n; i++)
    {
      guint n_alive = 0;
      gsize offset = 0;

      for (guint j = 0; j < i; j++)
        if (order[j]->start <= order[i]->end && order[i]->start <= order[j]->end)
          alive[n_alive++] = order[j];
      qsort (alive, n_alive, sizeof *alive, by_offset);
      for (guint j = 0; j < n_alive; j++)
        {
          if (alive[j]->offset >= offset + order[i]->size)
            break;
          offset = MAX (offset, alive[j]->offset + alive[j]->size);
        }
      order[i]->offset = offset;
      total = MAX (total, offset + order[i]->size);
    }
  return total;
}

/* What the device must find or reserve for @node before it runs. FALSE: no memory, or it cannot. */
static gboolean
make_plan (MsmGraph *self, Node *node)
{
  const MsmNeuralOps *ops = msm_device_ops (self->device)->neural;
  MsmDeviceState *state = msm_device_state (self->device);
  const Value *in = VALUE (self, node->x), *out = VALUE (self, node->y);

  switch (node->kind)
    {
    case NODE_CONV:
      node->plan = ops->conv_plan_new (state, &node->conv, self->backward);
      return node->plan != NULL;
    case NODE_LINEAR:
      return ops->linear_prepare == NULL || ops->linear_prepare (state, self->n, in->c, out->c, self->backward);
    case NODE_ATTENTION:
      return ops->attention_prepare == NULL || ops->attention_prepare (state, &node->attention, self->backward);
    default:
      return TRUE;
    }
}

/* With the need where the device knows it to be that, and what is free. */
static void
refuse (MsmGraph *self, const Node *node, GError **error)
{
  const MsmNeuralOps *ops = msm_device_ops (self->device)->neural;
  const Value *in = VALUE (self, node->x), *out = VALUE (self, node->y);
  const char *name = msm_device_name (self->device);
  g_autofree char *left = msm_device_memory_text (self->device);
  gsize missing = ops->missing != NULL ? ops->missing (msm_device_state (self->device)) : 0;

  if (missing > 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY,
                 node->kind == NODE_CONV
                     ? _("not enough memory on %s for a convolution from %zu to %zu channels on %zu × %zu pixels "
                          "(%.1f MB of scratch%s)")
                     : _("not enough memory on %s for a layer from %zu to %zu channels on %zu × %zu pixels "
                          "(%.1f MB of scratch%s)"),
                 name, in->c, out->c, in->h, in->w, missing / 1e6, left);
  else
    g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE,
                 node->kind == NODE_CONV
                     ? _("the device %s has no memory for, or cannot do, a convolution from %zu to %zu channels on "
                          "%zu × %zu pixels%s")
                     : _("the device %s has no memory for, or cannot do, a layer from %zu to %zu channels on "
                          "%zu × %zu pixels%s"),
                 name, in->c, out->c, in->h, in->w, left);
}

static gboolean
make_plans (MsmGraph *self, GError **error)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      Node *node = NODE (self, i);

      if (!make_plan (self, node))
        {
          refuse (self, node, error);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
msm_graph_plan (MsmGraph *self, int output, gboolean backward, GError **error)
{
  g_assert (self->arena == NULL);
  g_assert (VALUE (self, output)->last_consumer == MSM_GRAPH_NONE);

  if (msm_device_ops (self->device)->neural == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("the device %s cannot compute networks"),
                   msm_device_name (self->device));
      return FALSE;
    }
  self->backward = backward;
  for (int i = 0; i < (int) self->values->len; i++)
    add_value_buffer (self, i, output);
  /* From the last, so that a sum has its buffer before what was added. */
  for (int i = (int) self->values->len - 1; backward && i >= 0; i--)
    add_gradient_buffer (self, i, output);
  for (int i = 0; i < (int) self->nodes->len; i++)
    add_node_buffers (self, i);
  self->arena = msm_tensor_new (self->device, MSM_F32, msm_shape1 (place (self)), error);
  return self->arena != NULL && make_plans (self, error);
}
