#pragma once

#include "core/nn/weights.h"

G_BEGIN_DECLS

/*
 * A network as a list of nodes in the order of computation, and its memory. Nodes are added once;
 * msm_graph_plan() makes the convolution plans and places every activation, gradient and scratch buffer
 * in one arena by the time it lives. Forward and backward then allocate nothing.
 *
 * Values are numbered; all are channels-last [n, h, w, c] with the graph's n. A parameter pair is given
 * by the index of its weight; the bias is the next one in the table.
 */
typedef struct _MsmGraph MsmGraph;

#define MSM_GRAPH_NONE (-1)

/* @weights is borrowed and must outlive the graph. */
MsmGraph *msm_graph_new (MsmDevice *device, MsmWeights *weights, gsize n);
void msm_graph_free (MsmGraph *self);
int msm_graph_input (MsmGraph *self, gsize h, gsize w, gsize c, gboolean with_gradient);
/* w ∗ x + b, plus @residual unless it is NONE. */
int msm_graph_conv (MsmGraph *self, int x, guint weight, gsize c_out, gsize kernel, gsize stride, int residual);
int msm_graph_linear (MsmGraph *self, int x, guint weight, gsize c_out);
/* GroupNorm, scale-shift when it is not NONE, SiLU when @silu. */
int msm_graph_norm (MsmGraph *self, int x, guint weight, gsize groups, gboolean silu, int scale_shift);
int msm_graph_upsample (MsmGraph *self, int x);   /* nearest, × 2 */
int msm_graph_downsample (MsmGraph *self, int x); /* mean of 2 × 2 */
int msm_graph_attention (MsmGraph *self, int qkv, gsize heads, gboolean new_order);
int msm_graph_concat (MsmGraph *self, int a, int b);
int msm_graph_silu (MsmGraph *self, int x);
int msm_graph_add_channel (MsmGraph *self, int x, int e);
gsize msm_graph_channels (MsmGraph *self, int value);
/**
 * msm_graph_plan:
 * @output: what forward computes; nothing may consume it
 *
 * Returns: %FALSE with MSM_ERROR_MEMORY or MSM_ERROR_DEVICE (a convolution that the device cannot do)
 */
gboolean msm_graph_plan (MsmGraph *self, int output, gboolean backward, GError **error);
/* (transfer full) (element-type MsmConvShape): of all convolutions, in the order of computation. */
GArray *msm_graph_conv_shapes (MsmGraph *self);
gsize msm_graph_bytes (MsmGraph *self);
/* Device pointers. Inputs are filled before forward; the output's gradient before backward. */
float *msm_graph_value (MsmGraph *self, int value);
float *msm_graph_gradient (MsmGraph *self, int value);
void msm_graph_forward (MsmGraph *self);
/*
 * Parameters' gradients accumulate; those of the inputs only where @inputs asks for them. Once for each forward:
 * buffers of activations are used again.
 */
void msm_graph_backward (MsmGraph *self, gboolean inputs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmGraph, msm_graph_free)

G_END_DECLS
