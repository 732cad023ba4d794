#include "config.h"

#include "core/nn/graph.h"

#include "core/nn/graph-private.h"

MsmGraph *
msm_graph_new (MsmDevice *device, MsmWeights *weights, gsize n)
{
  MsmGraph *self = g_new0 (MsmGraph, 1);

  self->device = msm_device_ref (device);
  self->weights = weights;
  self->n = n;
  self->values = g_array_new (FALSE, TRUE, sizeof (Value));
  self->nodes = g_array_new (FALSE, TRUE, sizeof (Node));
  self->buffers = g_array_new (FALSE, TRUE, sizeof (Buffer));
  return self;
}

void
msm_graph_free (MsmGraph *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->nodes->len; i++)
    if (NODE (self, i)->plan != NULL)
      msm_device_ops (self->device)->neural->conv_plan_free (msm_device_state (self->device), NODE (self, i)->plan);
  g_clear_pointer (&self->arena, msm_tensor_unref);
  g_array_unref (self->values);
  g_array_unref (self->nodes);
  g_array_unref (self->buffers);
  msm_device_unref (self->device);
  g_free (self);
}

static int
add_value (MsmGraph *self, gsize h, gsize w, gsize c, int producer, int with_gradient)
{
  Value value = {
    .h = h,
    .w = w,
    .c = c,
    .producer = producer,
    .last_consumer = MSM_GRAPH_NONE,
    .last_backward = MSM_GRAPH_NONE,
    .with_gradient = with_gradient,
    .buffer = MSM_GRAPH_NONE,
    .gradient = MSM_GRAPH_NONE,
  };

  g_array_append_val (self->values, value);
  return (int) self->values->len - 1;
}

/* @x is read by node @node, and again by its backward when @saved. */
static void
consume (MsmGraph *self, int x, int node, gboolean saved)
{
  Value *value = VALUE (self, x);

  value->last_consumer = node;
  if (saved && value->last_backward == MSM_GRAPH_NONE)
    value->last_backward = node;
}

static Node *
add_node (MsmGraph *self, NodeKind kind, int x, int other, gboolean saves_x, gboolean saves_other, gsize h, gsize w,
          gsize c)
{
  int index = (int) self->nodes->len;
  Node node = {
    .kind = kind,
    .x = x,
    .other = other,
    .stats = MSM_GRAPH_NONE,
    .scratch = MSM_GRAPH_NONE,
    .scratch_backward = MSM_GRAPH_NONE,
  };

  g_assert (self->arena == NULL);
  consume (self, x, index, saves_x);
  if (other != MSM_GRAPH_NONE)
    consume (self, other, index, saves_other);
  node.y = add_value (self, h, w, c, index, TRUE);
  g_array_append_val (self->nodes, node);
  return NODE (self, index);
}

int
msm_graph_input (MsmGraph *self, gsize h, gsize w, gsize c, gboolean with_gradient)
{
  return add_value (self, h, w, c, MSM_GRAPH_NONE, with_gradient);
}

int
msm_graph_conv (MsmGraph *self, int x, guint weight, gsize c_out, gsize kernel, gsize stride, int residual)
{
  Value v = *VALUE (self, x);
  Node *node =
      add_node (self, NODE_CONV, x, residual, TRUE, FALSE, (v.h - 1) / stride + 1, (v.w - 1) / stride + 1, c_out);

  node->weight = weight;
  node->conv = (MsmConvShape){ self->n, v.h, v.w, v.c, c_out, kernel, stride };
  return node->y;
}

int
msm_graph_linear (MsmGraph *self, int x, guint weight, gsize c_out)
{
  Node *node = add_node (self, NODE_LINEAR, x, MSM_GRAPH_NONE, TRUE, FALSE, 1, 1, c_out);

  node->weight = weight;
  return node->y;
}

int
msm_graph_norm (MsmGraph *self, int x, guint weight, gsize groups, gboolean silu, int scale_shift)
{
  Value v = *VALUE (self, x);
  Node *node = add_node (self, NODE_NORM, x, scale_shift, TRUE, TRUE, v.h, v.w, v.c);

  node->weight = weight;
  node->norm = (MsmNormShape){ self->n, v.h * v.w, v.c, groups, silu };
  return node->y;
}

int
msm_graph_upsample (MsmGraph *self, int x)
{
  Value v = *VALUE (self, x);

  return add_node (self, NODE_UPSAMPLE, x, MSM_GRAPH_NONE, FALSE, FALSE, 2 * v.h, 2 * v.w, v.c)->y;
}

int
msm_graph_downsample (MsmGraph *self, int x)
{
  Value v = *VALUE (self, x);

  return add_node (self, NODE_DOWNSAMPLE, x, MSM_GRAPH_NONE, FALSE, FALSE, v.h / 2, v.w / 2, v.c)->y;
}

int
msm_graph_attention (MsmGraph *self, int qkv, gsize heads, gboolean new_order)
{
  Value v = *VALUE (self, qkv);
  Node *node = add_node (self, NODE_ATTENTION, qkv, MSM_GRAPH_NONE, TRUE, FALSE, v.h, v.w, v.c / 3);

  node->attention = (MsmAttentionShape){ self->n, v.h * v.w, heads, v.c / 3 / heads, new_order };
  return node->y;
}

int
msm_graph_concat (MsmGraph *self, int a, int b)
{
  Value v = *VALUE (self, a);

  return add_node (self, NODE_CONCAT, a, b, FALSE, FALSE, v.h, v.w, v.c + VALUE (self, b)->c)->y;
}

int
msm_graph_silu (MsmGraph *self, int x)
{
  Value v = *VALUE (self, x);

  return add_node (self, NODE_SILU, x, MSM_GRAPH_NONE, TRUE, FALSE, v.h, v.w, v.c)->y;
}

int
msm_graph_add_channel (MsmGraph *self, int x, int e)
{
  Value v = *VALUE (self, x);

  return add_node (self, NODE_ADD_CHANNEL, x, e, FALSE, FALSE, v.h, v.w, v.c)->y;
}

gsize
msm_graph_channels (MsmGraph *self, int value)
{
  return VALUE (self, value)->c;
}

GArray *
msm_graph_conv_shapes (MsmGraph *self)
{
  GArray *shapes = g_array_new (FALSE, FALSE, sizeof (MsmConvShape));

  for (guint i = 0; i < self->nodes->len; i++)
    if (NODE (self, i)->kind == NODE_CONV)
      g_array_append_val (shapes, NODE (self, i)->conv);
  return shapes;
}

gsize
msm_graph_bytes (MsmGraph *self)
{
  return self->arena == NULL ? 0 : msm_tensor_bytes (self->arena);
}

float *
msm_graph_value (MsmGraph *self, int value)
{
  return (float *) msm_tensor_data (self->arena) + BUFFER (self, VALUE (self, value)->buffer)->offset;
}

float *
msm_graph_gradient (MsmGraph *self, int value)
{
  int gradient = VALUE (self, value)->gradient;

  return gradient == MSM_GRAPH_NONE ? NULL : (float *) msm_tensor_data (self->arena) + BUFFER (self, gradient)->offset;
}
