#pragma once

#include "core/device/device.h"
#include "core/nn/graph.h"

typedef enum
{
  NODE_CONV,
  NODE_LINEAR,
  NODE_NORM,
  NODE_UPSAMPLE,
  NODE_DOWNSAMPLE,
  NODE_ATTENTION,
  NODE_CONCAT,
  NODE_SILU,
  NODE_ADD_CHANNEL,
} NodeKind;

typedef struct
{
  gsize h, w, c;
  int producer;      /* node, or NONE for an input */
  int last_consumer; /* node, or NONE */
  int last_backward; /* the first node in order whose backward reads it, or NONE */
  int with_gradient;
  int buffer;
  int gradient; /* buffer, or NONE */
} Value;

typedef struct
{
  NodeKind kind;
  int x;
  int other; /* residual, scale-shift, second input; or NONE */
  int y;
  guint weight;
  MsmConvShape conv;
  MsmConvPlan *plan;
  MsmNormShape norm;
  MsmAttentionShape attention;
  int stats;
  int scratch;
  int scratch_backward;
} Node;

/* Lives from start to end, both included; forward of node i is time i, its backward 2 n_nodes − 1 − i. */
typedef struct
{
  gsize size;
  int start, end;
  gsize offset;
} Buffer;

struct _MsmGraph
{
  MsmDevice *device;
  MsmWeights *weights;
  gsize n;
  GArray *values;  /* Value */
  GArray *nodes;   /* Node */
  GArray *buffers; /* Buffer */
  MsmTensor *arena;
  gboolean backward;
};

#define VALUE(self, i)  (&g_array_index ((self)->values, Value, i))
#define NODE(self, i)   (&g_array_index ((self)->nodes, Node, i))
#define BUFFER(self, i) (&g_array_index ((self)->buffers, Buffer, i))
