#pragma once

#include <glib.h>

#include "core/device/neural-ops.h"

G_BEGIN_DECLS

/*
 * A convolution by oneDNN's primitives on channels-last activations. The weights' layout is oneDNN's
 * choice, reordered from the arena's OIHW on each call. All its memory is taken by msm_dnnl_conv_new().
 */
typedef struct _MsmDnnlConv MsmDnnlConv;

/* NULL: no memory, or sizes that oneDNN cannot do. */
MsmDnnlConv *msm_dnnl_conv_new              (const MsmConvShape *shape,
                                             gboolean            backward_data,
                                             gboolean            backward_weights);
void         msm_dnnl_conv_free             (MsmDnnlConv        *self);
void         msm_dnnl_conv_forward          (MsmDnnlConv        *self,
                                             MsmDeviceState     *state,
                                             float              *y,
                                             const float        *x,
                                             const float        *w,
                                             const float        *b,
                                             gboolean            accumulate);
void         msm_dnnl_conv_backward_data    (MsmDnnlConv        *self,
                                             MsmDeviceState     *state,
                                             float              *dx,
                                             const float        *dy,
                                             const float        *w,
                                             gboolean            accumulate);
/* dw and db accumulate. */
void         msm_dnnl_conv_backward_weights (MsmDnnlConv        *self,
                                             MsmDeviceState     *state,
                                             float              *dw,
                                             float              *db,
                                             const float        *x,
                                             const float        *dy);

G_END_DECLS
