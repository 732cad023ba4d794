#pragma once

#include <glib.h>

#include "core/device/neural-ops.h"

G_BEGIN_DECLS

/* Whether oneDNN computes in bfloat16 here: with avx512_bf16 or AMX, slowly with AVX-512 alone, not at all. */
typedef enum
{
  MSM_DNNL_BF16_NONE,
  MSM_DNNL_BF16_SLOW,
  MSM_DNNL_BF16_FAST,
} MsmDnnlBf16;

MsmDnnlBf16 msm_dnnl_bf16 (void);

/*
 * A convolution by oneDNN's primitives on channels-last activations. The weights' layout is oneDNN's choice,
 * reordered from the arena's OIHW on each call; in bfloat16 and with the forward direction alone, on the first. It may
 * be used in any thread, by one at a time.
 */
typedef struct _MsmDnnlConv MsmDnnlConv;

/* The directions that it is made for. */
enum
{
  MSM_DNNL_FORWARD = 1 << 0,
  MSM_DNNL_DATA = 1 << 1,
  MSM_DNNL_WEIGHTS = 1 << 2,
};

/* NULL: no memory, sizes that oneDNN cannot do, or no fast primitive for them in bfloat16. */
MsmDnnlConv *msm_dnnl_conv_new (const MsmConvShape *shape, MsmPrecision precision, guint directions);
void msm_dnnl_conv_free (MsmDnnlConv *self);
void msm_dnnl_conv_forward (MsmDnnlConv *self, MsmDeviceState *state, float *y, const float *x, const float *w,
                            const float *b, gboolean accumulate);
void msm_dnnl_conv_backward_data (MsmDnnlConv *self, MsmDeviceState *state, float *dx, const float *dy, const float *w,
                                  gboolean accumulate);
/* In float32, by one thread; dw and db accumulate. */
void msm_dnnl_conv_backward_weights (MsmDnnlConv *self, MsmDeviceState *state, float *dw, float *db, const float *x,
                                     const float *dy);
/*
 * The same of factors that are as the precision has them, and assigned. db: NULL in bfloat16. room: as many floats as
 * the other says.
 */
void msm_dnnl_conv_weights (MsmDnnlConv *self, MsmDeviceState *state, float *dw, float *db, const void *x,
                            const void *dy, float *room);
size_t msm_dnnl_conv_weights_room (const MsmDnnlConv *self);

/* The gradient of the weights in bfloat16, by all threads; no result depends on their number. */
typedef struct _MsmDnnlGradient MsmDnnlGradient;

/* Channels: multiples of MSM_DNNL_CHANNELS. NULL: no memory, or no fast primitive. */
MsmDnnlGradient *msm_dnnl_gradient_new (const MsmConvShape *shape);
void msm_dnnl_gradient_free (MsmDnnlGradient *self);
/* dw accumulates. */
void msm_dnnl_gradient_add (MsmDnnlGradient *self, MsmDeviceState *state, float *dw, const float *x, const float *dy);

/* What bfloat16 kernels work on at a time. */
#define MSM_DNNL_CHANNELS 16

G_END_DECLS
