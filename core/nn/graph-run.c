#include "config.h"

#include "core/nn/graph.h"

#include "core/nn/graph-private.h"
#include "core/tensor/vector.h"

/* NULL for NONE. */
static float *
buffer (MsmGraph *self, int index)
{
  return index == MSM_GRAPH_NONE ? NULL : (float *) msm_tensor_data (self->arena) + BUFFER (self, index)->offset;
}

static float *
value (MsmGraph *self, int index)
{
  return index == MSM_GRAPH_NONE ? NULL : msm_graph_value (self, index);
}

static float *
gradient (MsmGraph *self, int index)
{
  return index == MSM_GRAPH_NONE ? NULL : msm_graph_gradient (self, index);
}

static void
forward (MsmGraph *self, const Node *node)
{
  const MsmDeviceOps *device = msm_device_ops (self->device);
  const MsmNeuralOps *ops = device->neural;
  MsmDeviceState *state = msm_device_state (self->device);
  const Value *in = VALUE (self, node->x);
  const Value *out = VALUE (self, node->y);
  float *x = value (self, node->x);
  float *other = value (self, node->other);
  float *y = value (self, node->y);
  gsize n = self->n;
  gsize size = n * out->h * out->w * out->c;

  switch (node->kind)
    {
    case NODE_CONV:
      if (other != NULL && other != y)
        msm_device_ops (self->device)->memory->copy (state, y, other, size * sizeof (float));
      ops->conv_forward (state, node->plan, y, x, msm_weights_value (self->weights, node->weight),
                         msm_weights_value (self->weights, node->weight + 1), other != NULL);
      break;
    case NODE_LINEAR:
      ops->linear_forward (state, y, x, msm_weights_value (self->weights, node->weight),
                           msm_weights_value (self->weights, node->weight + 1), n, in->c, out->c);
      break;
    case NODE_NORM:
      ops->norm_forward (state, y, buffer (self, node->stats), x, msm_weights_value (self->weights, node->weight),
                         msm_weights_value (self->weights, node->weight + 1), other, &node->norm);
      break;
    case NODE_UPSAMPLE:
      ops->upsample (state, y, x, 1.0f, n, in->h, in->w, in->c, 0);
      break;
    case NODE_DOWNSAMPLE:
      ops->downsample (state, y, x, 0.25f, n, out->h, out->w, out->c, 0);
      break;
    case NODE_ATTENTION:
      ops->attention_forward (state, y, x, buffer (self, node->scratch), &node->attention);
      break;
    case NODE_CONCAT:
      ops->concat (state, y, x, other, n * out->h * out->w, in->c, out->c - in->c);
      break;
    case NODE_SILU:
      ops->silu_forward (state, y, x, size);
      break;
    case NODE_ADD_CHANNEL:
      ops->add_channel (state, y, x, other, n, out->h * out->w, out->c);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* dst = src, or dst += src: the gradient of a residual, unless the two are one. */
static void
pass (MsmGraph *self, float *dst, const float *src, gsize size, gboolean accumulate)
{
  if (dst == NULL || dst == src)
    return;
  if (accumulate)
    msm_vector_axpy (self->device, dst, 1, src, size);
  else
    msm_device_ops (self->device)->memory->copy (msm_device_state (self->device), dst, src, size * sizeof (float));
}

static void
backward (MsmGraph *self, const Node *node, int index, gboolean inputs)
{
  const MsmNeuralOps *ops = msm_device_ops (self->device)->neural;
  MsmDeviceState *state = msm_device_state (self->device);
  MsmWeights *weights = self->weights;
  const Value *in = VALUE (self, node->x);
  const Value *out = VALUE (self, node->y);
  float *x = value (self, node->x);
  float *other = value (self, node->other);
  float *dx = gradient (self, node->x);
  float *dother = gradient (self, node->other);
  float *dy = gradient (self, node->y);
  float *scratch = buffer (self, node->scratch_backward);
  gsize n = self->n;
  gsize size = n * out->h * out->w * out->c;
  /* The last consumer is the first to write the gradient: it assigns, the others add. */
  gboolean add = in->last_consumer != index;
  gboolean add_other = node->other != MSM_GRAPH_NONE && VALUE (self, node->other)->last_consumer != index;

  switch (node->kind)
    {
    case NODE_CONV:
      ops->conv_backward_weights (state, node->plan, msm_weights_gradient (weights, node->weight),
                                  msm_weights_gradient (weights, node->weight + 1), x, dy);
      if (dx != NULL && (inputs || in->producer != MSM_GRAPH_NONE))
        ops->conv_backward_data (state, node->plan, dx, dy, msm_weights_value (weights, node->weight), add);
      pass (self, dother, dy, size, add_other);
      break;
    case NODE_LINEAR:
      ops->linear_backward (state, dx, msm_weights_gradient (weights, node->weight),
                            msm_weights_gradient (weights, node->weight + 1), dy, x,
                            msm_weights_value (weights, node->weight), n, in->c, out->c, add);
      break;
    case NODE_NORM:
      ops->norm_backward (state, dx, msm_weights_gradient (weights, node->weight),
                          msm_weights_gradient (weights, node->weight + 1), dother, dy, x, buffer (self, node->stats),
                          msm_weights_value (weights, node->weight), msm_weights_value (weights, node->weight + 1),
                          other, scratch, &node->norm, add);
      break;
    case NODE_UPSAMPLE:
      ops->downsample (state, dx, dy, 1.0f, n, in->h, in->w, in->c, add);
      break;
    case NODE_DOWNSAMPLE:
      ops->upsample (state, dx, dy, 0.25f, n, out->h, out->w, out->c, add);
      break;
    case NODE_ATTENTION:
      ops->attention_backward (state, dx, dy, x, scratch, &node->attention);
      break;
    case NODE_CONCAT:
      ops->split (state, dx, dother, dy, n * out->h * out->w, in->c, out->c - in->c, add, add_other);
      break;
    case NODE_SILU:
      ops->silu_backward (state, dx, dy, x, size, add);
      break;
    case NODE_ADD_CHANNEL:
      pass (self, dx, dy, size, add);
      ops->sum_positions (state, dother, dy, n, out->h * out->w, out->c);
      break;
    default:
      g_assert_not_reached ();
    }
}

void
msm_graph_forward (MsmGraph *self)
{
  for (int i = 0; i < (int) self->nodes->len; i++)
    forward (self, NODE (self, i));
}

void
msm_graph_backward (MsmGraph *self, gboolean inputs)
{
  g_assert (self->backward);
  for (int i = (int) self->nodes->len - 1; i >= 0; i--)
    backward (self, NODE (self, i), i, inputs);
}
