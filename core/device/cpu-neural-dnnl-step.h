#pragma once

#include <glib.h>

#include "core/device/cpu-neural-dnnl-compat.h"
#include "core/device/device-ops.h"

G_BEGIN_DECLS

/*
 * A primitive of oneDNN and its scratchpad, which is the caller's: with the library's own, a primitive could not run in
 * another thread than the one that made it.
 */
typedef struct
{
  dnnl_primitive_t primitive;
  dnnl_memory_t scratchpad; /* NULL: it needs none */
  size_t floats;            /* of it; a multiple of 16 */
} MsmDnnlStep;

/*
 * Weights: the descriptor that oneDNN chose, our own beside it, and the reorder between the two. What is reordered lies
 * in the workspace during one call, since all convolutions together would need as much as the network; or is kept.
 */
typedef struct
{
  dnnl_memory_t ours;   /* float32; a caller's pointer is set before each call */
  dnnl_memory_t theirs; /* NULL: they agree */
  MsmDnnlStep reorder;  /* ours → theirs, or back for gradients */
  size_t floats;        /* of theirs, 0 without; a multiple of 16 */
  gboolean back;
  float *kept;      /* theirs, of weights that stay; NULL: in the workspace */
  gboolean is_kept; /* by an earlier call */
} MsmDnnlWeights;

dnnl_engine_t msm_dnnl_engine (void);
/* At least @n floats, in whole cache lines. */
size_t msm_dnnl_lines (size_t n);

/* Of a step: its scratchpad is the caller's; @accumulate: the result is added to what is there. NULL: no memory */
dnnl_primitive_attr_t msm_dnnl_attributes (gboolean accumulate);

gboolean msm_dnnl_step_init (MsmDnnlStep *self, dnnl_primitive_desc_t pd);
void msm_dnnl_step_clear (MsmDnnlStep *self);
/* @args: @n of them and room for one more; @scratch: self->floats */
void msm_dnnl_step_run (const MsmDnnlStep *self, MsmDeviceState *state, dnnl_stream_t stream, int n,
                        dnnl_exec_arg_t *args, float *scratch);

/* @back: gradients flow to ours; @keep: of weights that do not change */
gboolean msm_dnnl_weights_init (MsmDnnlWeights *self, MsmDnnlConstMd ours, MsmDnnlConstMd chosen, gboolean back,
                                gboolean keep);
void msm_dnnl_weights_clear (MsmDnnlWeights *self);
/* What the convolution is given. */
dnnl_memory_t msm_dnnl_weights_memory (const MsmDnnlWeights *self);
/* Floats of workspace that theirs need. */
size_t msm_dnnl_weights_floats (const MsmDnnlWeights *self);
/* Where they are in the call that follows: ours at @w, theirs at @room. */
void msm_dnnl_weights_place (MsmDnnlWeights *self, float *w, float *room);
/* Theirs from ours, or for gradients ours from theirs; @scratch: of self->reorder */
void msm_dnnl_weights_reorder (MsmDnnlWeights *self, MsmDeviceState *state, dnnl_stream_t stream, float *scratch);

G_END_DECLS
